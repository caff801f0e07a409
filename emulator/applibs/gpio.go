package applibs

import (
	"errors"
	"strconv"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
	"armillary.dev/emulator/pins"
)

func gpioFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "GPIO_OpenAsInput", Group: "gpio.h", Go: wrap(gpioOpenAsInput)},
		{Name: "GPIO_OpenAsOutput", Group: "gpio.h", Go: wrap(gpioOpenAsOutput)},
		{Name: "GPIO_GetValue", Group: "gpio.h", Go: wrap(gpioGetValue)},
		{Name: "GPIO_SetValue", Group: "gpio.h", Go: wrap(gpioSetValue)},
	}
}

// gpioFile is the descriptor of an open line.
type gpioFile struct {
	linux.NoFile
	line *pins.Line
}

func (f *gpioFile) Close() { f.line.Close() }

func (f *gpioFile) Stat() linux.Stat { return linux.Stat{Mode: linux.ModeChar | 0o660} }

func gpioOpenAsInput(c call) {
	n := int(c.Int(0))
	if c.gpioAllowed(n) {
		line, err := c.p.Spec().Pins.OpenInput(c.p.Spec().Component, n)
		c.gpioInstall(line, err)
	}
}

func gpioOpenAsOutput(c call) {
	n, mode, value := int(c.Int(0)), c.Arg(1)&0xFF, c.Arg(2)&0xFF
	if !c.gpioAllowed(n) {
		return
	}
	if mode > uint32(pins.OpenSource) || value > 1 {
		c.fail(errno.EINVAL)
		return
	}
	line, err := c.p.Spec().Pins.OpenOutput(c.p.Spec().Component, n, pins.Mode(mode), int(value))
	c.gpioInstall(line, err)
}

// gpioAllowed asks for the capability; a number the chip does not have is ENODEV whatever the manifest says.
func (c call) gpioAllowed(n int) bool {
	if !pins.Exists(n) {
		c.fail(errno.ENODEV)
		return false
	}
	return c.allow("Gpio", strconv.Itoa(n))
}

func (c call) gpioInstall(line *pins.Line, err error) {
	switch {
	case errors.Is(err, pins.ErrBusy):
		c.fail(errno.EBUSY)
		return
	case err != nil:
		c.fail(errno.ENODEV)
		return
	}
	fd, e := c.p.Install(&gpioFile{line: line}, linux.ReadWrite|linux.Cloexec)
	if e != 0 {
		c.fail(e)
		return
	}
	c.ReturnInt(fd)
}

func (c call) gpio() *pins.Line {
	f, ok := c.p.File(c.Arg(0)).(*gpioFile)
	if !ok {
		c.fail(errno.EBADF)
		return nil
	}
	return f.line
}

func gpioGetValue(c call) {
	if l := c.gpio(); l != nil && c.store(c.Arg(1), byte(l.Level())) {
		c.ReturnInt(0)
	}
}

func gpioSetValue(c call) {
	l := c.gpio()
	if l == nil {
		return
	}
	v := c.Arg(1) & 0xFF
	if v > 1 {
		c.fail(errno.EINVAL)
		return
	}
	l.Drive(int(v))
	c.ReturnInt(0)
}
