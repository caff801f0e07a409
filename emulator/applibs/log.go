package applibs

import (
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/guestlib/cformat"
	"armillary.dev/emulator/linux/errno"
)

func logFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "Log_Debug", Group: "log.h", Status: guestlib.Partial, Note: noErrno, Go: wrap(func(c call) { c.log(c.VarArgs(1)) })},
		{Name: "Log_DebugVarArgs", Group: "log.h", Status: guestlib.Partial, Note: noErrno, Go: wrap(func(c call) { c.log(c.VaList(c.Arg(1))) })},
	}
}

// noErrno is what printf's extension has to do without: where errno lies is the C library's secret.
const noErrno = "%m is always \"No error information\""

// log formats as printf does and sends the text to the debug output. An unreadable format or argument is EFAULT.
func (c call) log(args *guestlib.Args) {
	format, ok := c.text(c.Arg(0))
	if !ok {
		return
	}
	out, st := cformat.Format(nil, []byte(format), args, func() string { return errno.Errno(0).Text() })
	c.HasFault = false // an argument's fault is an error here, not a signal
	switch st {
	case cformat.Fault:
		c.fail(errno.EFAULT)
		return
	case cformat.BadValue:
		c.fail(errno.EINVAL)
		return
	case cformat.Overflow:
		c.fail(errno.EOVERFLOW)
		return
	}
	if w := c.p.Spec().Output; w != nil {
		w.Write(out) // nobody listening is not the app's business
	}
	c.ReturnInt(0)
}
