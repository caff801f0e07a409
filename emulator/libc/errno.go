package libc

import (
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

func errnoFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "__errno_location", Group: "errno.h", Aliases: []string{"___errno_location"}, Asm: "gettls r0\nsub r0, r0, #8\nbx lr"},
		{Name: "strerror", Group: "string.h", Go: wrap(func(c call) {
			c.Return(c.intern(errno.Errno(c.Int(0)).Text()))
		})},
		{Name: "strerror_r", Group: "string.h", Aliases: []string{"__xpg_strerror_r"}, Go: wrap(func(c call) {
			text := append([]byte(errno.Errno(c.Int(0)).Text()), 0)
			n := c.Arg(2)
			if uint32(len(text)) <= n {
				c.Write(c.Arg(1), text)
				c.ReturnInt(0)
				return
			}
			if n > 0 {
				c.Write(c.Arg(1), append(text[:n-1:n-1], 0))
			}
			c.ReturnInt(int(errno.ERANGE))
		})},
		{Name: "perror", Group: "stdio.h", Go: wrap(func(c call) {
			prefix := ""
			if c.Arg(0) != 0 {
				s, ok := c.CString(c.Arg(0))
				if !ok {
					return
				}
				if s != "" {
					prefix = s + ": "
				}
			}
			c.print(2, prefix+c.errno().Text()+"\n")
		})},
	}
}

// errno is the calling thread's.
func (c call) errno() errno.Errno {
	v, _ := c.Word(errnoLocation(c.t))
	return errno.Errno(v)
}

// intern is a NUL-terminated copy of a text in guest memory, made once.
func (c call) intern(text string) uint32 {
	if at, ok := c.s.errors[text]; ok {
		return at
	}
	at := c.s.heap.alloc(c.p, uint32(len(text)+1))
	if at != 0 {
		c.Write(at, append([]byte(text), 0))
		c.s.errors[text] = at
	}
	return at
}
