package libc

import (
	"strings"

	"armillary.dev/emulator/guestlib"
)

// Options of a command line (POSIX getopt, and the long form of its GNU extension).
func optionFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "getopt", Group: "unistd.h", Go: wrap(func(c call) { c.getopt(0, 0) })},
		{Name: "getopt_long", Group: "getopt.h", Status: guestlib.Partial,
			Note: "arguments are not moved behind the options, and a long option is not abbreviated",
			Go:   wrap(func(c call) { c.getopt(c.Arg(3), c.Arg(4)) })},
	}
}

const endOfOptions = ^uint32(0)

// getopt takes argc, argv and the short options from r0-r2; long and longIndex are 0 for the short form.
func (c call) getopt(long, longIndex uint32) {
	argc, argv := c.Int(0), c.Arg(1)
	short, ok := c.CString(c.Arg(2))
	if !ok {
		return
	}
	indexAt := c.symbol("optind")
	index, ok := c.Word(indexAt)
	if !ok {
		return
	}
	if index == 0 {
		index, c.s.optionAt = 1, 0
	}
	next := func() {
		index++
		c.s.optionAt = 0
		c.SetWord(indexAt, index)
	}
	if int32(index) >= argc {
		c.Return(endOfOptions)
		return
	}
	wordAt, ok := c.Word(argv + 4*index)
	if !ok || wordAt == 0 {
		c.Return(endOfOptions)
		return
	}
	word, ok := c.CString(wordAt)
	if !ok {
		return
	}
	if c.s.optionAt == 0 {
		switch {
		case !strings.HasPrefix(word, "-") || word == "-":
			c.Return(endOfOptions)
			return
		case word == "--":
			next()
			c.Return(endOfOptions)
			return
		case strings.HasPrefix(word, "--") && long != 0:
			c.longOption(long, longIndex, wordAt, word[2:], index, argc, next)
			return
		}
		c.s.optionAt = 1
	}
	ch := word[c.s.optionAt]
	c.s.optionAt++
	rest := wordAt + uint32(c.s.optionAt)
	last := c.s.optionAt >= len(word)
	i := strings.IndexByte(strings.TrimLeft(short, ":+-"), ch)
	spec := strings.TrimLeft(short, ":+-")
	if ch == ':' || i < 0 {
		c.SetWord(c.symbol("optopt"), uint32(ch))
		if last {
			next()
		}
		c.optionError(short, ": unrecognized option: "+string(ch))
		c.Return('?')
		return
	}
	takes := i+1 < len(spec) && spec[i+1] == ':'
	optional := takes && i+2 < len(spec) && spec[i+2] == ':'
	switch {
	case !takes:
		if last {
			next()
		}
	case !last:
		c.SetWord(c.symbol("optarg"), rest)
		next()
	case optional:
		c.SetWord(c.symbol("optarg"), 0)
		next()
	case int32(index)+1 >= argc:
		next()
		c.SetWord(c.symbol("optopt"), uint32(ch))
		c.missingArgument(short, string(ch))
		return
	default:
		v, ok := c.Word(argv + 4*(index+1))
		if !ok {
			return
		}
		c.SetWord(c.symbol("optarg"), v)
		index++
		next()
	}
	c.Return(uint32(ch))
}

func (c call) missingArgument(short, name string) {
	if strings.HasPrefix(strings.TrimLeft(short, "+-"), ":") {
		c.Return(':')
		return
	}
	c.optionError(short, ": option requires an argument: "+name)
	c.Return('?')
}

// optionError says what is wrong unless the program said that it will.
func (c call) optionError(short, text string) {
	wanted, _ := c.Word(c.symbol("opterr"))
	if wanted == 0 || strings.HasPrefix(short, ":") {
		return
	}
	if at, ok := c.Word(c.Arg(1)); ok {
		name, _ := c.CString(at)
		c.print(2, name+text+"\n")
	}
}

func (c call) longOption(table, longIndex, wordAt uint32, word string, index uint32, argc int32, next func()) {
	name, _, given := strings.Cut(word, "=")
	short, _ := c.CString(c.Arg(2))
	for i := uint32(0); i < 1024; i++ {
		b := [4]uint32{} // struct option: name, whether it takes an argument, where to put the value, the value
		for k := range b {
			v, ok := c.Word(table + 16*i + 4*uint32(k))
			if !ok {
				return
			}
			b[k] = v
		}
		if b[0] == 0 {
			break
		}
		if n, ok := c.CString(b[0]); !ok || n != name {
			continue
		}
		const none, required = 0, 1
		arg := uint32(0)
		switch {
		case given && b[1] == none:
			next()
			c.optionError(short, ": option does not take an argument: "+name)
			c.Return('?')
			return
		case given:
			arg = wordAt + uint32(2+len(name)+1)
		case b[1] == required:
			if int32(index)+1 >= argc {
				next()
				c.missingArgument(short, name)
				return
			}
			v, ok := c.Word(c.Arg(1) + 4*(index+1))
			if !ok {
				return
			}
			arg = v
			next()
		}
		next()
		c.SetWord(c.symbol("optarg"), arg)
		if longIndex != 0 {
			c.SetWord(longIndex, i)
		}
		if b[2] != 0 {
			c.SetWord(b[2], b[3])
			c.Return(0)
			return
		}
		c.Return(b[3])
		return
	}
	next()
	c.optionError(short, ": unrecognized option: "+name)
	c.Return('?')
}
