package libc

import (
	"bytes"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/guestlib/cformat"
	"armillary.dev/emulator/linux/errno"
)

// Streams are the three standard ones. Output is kept until a newline, as on a terminal; standard error is not kept.
func stdioFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("printf", "stdio.h", func(c call) { c.stream(c.stdout(), 0, c.VarArgs(1)) }),
		fn("vprintf", "stdio.h", func(c call) { c.stream(c.stdout(), 0, c.VaList(c.Arg(1))) }),
		fn("fprintf", "stdio.h", func(c call) { c.stream(c.Arg(0), 1, c.VarArgs(2)) }),
		fn("vfprintf", "stdio.h", func(c call) { c.stream(c.Arg(0), 1, c.VaList(c.Arg(2))) }),
		fn("dprintf", "stdio.h", func(c call) {
			if text, ok := c.formatted(1, c.VarArgs(2)); ok {
				c.descriptor(c.Arg(0), text)
			}
		}),
		fn("sprintf", "stdio.h", func(c call) { c.buffer(1, ^uint32(0), c.VarArgs(2)) }),
		fn("vsprintf", "stdio.h", func(c call) { c.buffer(1, ^uint32(0), c.VaList(c.Arg(2))) }),
		fn("snprintf", "stdio.h", func(c call) { c.buffer(2, c.Arg(1), c.VarArgs(3)) }),
		fn("vsnprintf", "stdio.h", func(c call) { c.buffer(2, c.Arg(1), c.VaList(c.Arg(3))) }),
		fn("puts", "stdio.h", func(c call) { c.with(func(s string) { c.put(c.stdout(), []byte(s+"\n")); c.ReturnInt(0) }) }),
		fn("fputs", "stdio.h", func(c call) { c.with(func(s string) { c.put(c.Arg(1), []byte(s)); c.ReturnInt(0) }) }),
		fn("putchar", "stdio.h", func(c call) { c.put(c.stdout(), []byte{byte(c.Arg(0))}); c.Return(c.Arg(0) & 0xFF) }),
		fn("fputc", "stdio.h", func(c call) { c.put(c.Arg(1), []byte{byte(c.Arg(0))}); c.Return(c.Arg(0) & 0xFF) }, "putc", "_IO_putc"),
		fn("fwrite", "stdio.h", func(c call) {
			n := uint64(c.Arg(1)) * uint64(c.Arg(2))
			if n > 1<<26 {
				c.Segv(c.Arg(0))
				return
			}
			if b, ok := c.Read(c.Arg(0), uint32(n)); ok {
				c.put(c.Arg(3), b)
				c.Return(c.Arg(2))
			}
		}),
		fn("fflush", "stdio.h", func(c call) {
			if c.Arg(0) == 0 {
				c.flushAll()
			} else {
				c.flush(c.Arg(0))
			}
			c.ReturnInt(0)
		}),
		fn("setvbuf", "stdio.h", func(c call) {
			c.flush(c.Arg(0))
			c.streamOf(c.Arg(0)).unbuffered = c.Arg(2) == 2 // _IONBF
			c.ReturnInt(0)
		}),
		fn("setbuf", "stdio.h", func(c call) {
			c.flush(c.Arg(0))
			c.streamOf(c.Arg(0)).unbuffered = c.Arg(1) == 0
		}),
		fn("fileno", "stdio.h", func(c call) {
			if fd, ok := c.fdOf(c.Arg(0)); ok {
				c.Return(fd)
			} else {
				c.fail(errno.EBADF)
			}
		}),
		{Name: "fgets", Group: "stdio.h", Status: guestlib.Partial, Note: "standard input is at its end: NULL", Go: wrap(func(c call) { c.Return(0) })},
		{Name: "fopen", Group: "stdio.h", Status: guestlib.Unsupported, Note: "NULL and ENOSYS; use open"},
		{Name: "sscanf", Group: "stdio.h", Status: guestlib.Unsupported, Note: "-1 and ENOSYS", Result: -1},
	}
}

type stream struct {
	pending    []byte
	unbuffered bool
}

func (c call) stdout() uint32 {
	v, _ := c.Word(c.symbol("stdout"))
	return v
}

// fdOf reads a FILE's descriptor.
func (c call) fdOf(file uint32) (uint32, bool) {
	v, ok := c.Word(file)
	return v, ok && v < 3
}

func (c call) streamOf(file uint32) *stream {
	s := c.s.streams[file]
	if s == nil {
		s = &stream{}
		if fd, ok := c.fdOf(file); ok && fd == 2 {
			s.unbuffered = true
		}
		c.s.streams[file] = s
	}
	return s
}

// maxPending is when a line is written before its end.
const maxPending = 1024

func (c call) put(file uint32, b []byte) {
	if _, ok := c.fdOf(file); !ok {
		return
	}
	s := c.streamOf(file)
	s.pending = append(s.pending, b...)
	if s.unbuffered {
		c.flush(file)
		return
	}
	if i := bytes.LastIndexByte(s.pending, '\n'); i >= 0 {
		c.emit(file, s.pending[:i+1])
		s.pending = s.pending[i+1:]
	}
	if len(s.pending) >= maxPending {
		c.flush(file)
	}
}

func (c call) flush(file uint32) {
	if s := c.s.streams[file]; s != nil && len(s.pending) > 0 {
		c.emit(file, s.pending)
		s.pending = nil
	}
}

func (c call) flushAll() {
	for _, name := range []string{"stdout", "stderr"} {
		if file, ok := c.Word(c.symbol(name)); ok {
			c.flush(file)
		}
	}
}

func (c call) emit(file uint32, b []byte) {
	if fd, ok := c.fdOf(file); ok {
		c.print(fd, string(b))
	}
}

// print writes to a descriptor of the process, wherever it leads by now.
func (c call) print(fd uint32, text string) {
	if f := c.p.File(fd); f != nil {
		f.Write([]byte(text))
	}
}

func (c call) descriptor(fd uint32, b []byte) {
	f := c.p.File(fd)
	if f == nil {
		c.fail(errno.EBADF)
		return
	}
	n, e := f.Write(b)
	if e != 0 {
		c.fail(e)
		return
	}
	c.ReturnInt(n)
}

// formatted formats with the format string of argument word n.
func (c call) formatted(n int, args *guestlib.Args) ([]byte, bool) {
	format, ok := c.CString(c.Arg(n))
	if !ok {
		return nil, false
	}
	out, st := cformat.Format(nil, []byte(format), args, func() string { return c.errno().Text() })
	switch {
	case c.HasFault:
		return nil, false
	case st == cformat.BadValue:
		c.fail(errno.EINVAL)
	case st == cformat.Overflow:
		c.fail(errno.EOVERFLOW)
	case st == cformat.Fault:
		c.Segv(0)
	default:
		return out, true
	}
	return nil, false
}

func (c call) stream(file uint32, n int, args *guestlib.Args) {
	if out, ok := c.formatted(n, args); ok {
		c.put(file, out)
		c.ReturnInt(len(out))
	}
}

// buffer formats into the memory of the first argument, at most size bytes with the NUL.
func (c call) buffer(n int, size uint32, args *guestlib.Args) {
	out, ok := c.formatted(n, args)
	if !ok {
		return
	}
	if size > 0 {
		cut := out
		if uint32(len(cut)) > size-1 {
			cut = cut[:size-1]
		}
		if !c.Write(c.Arg(0), append(cut[:len(cut):len(cut)], 0)) {
			return
		}
	}
	c.ReturnInt(len(out))
}
