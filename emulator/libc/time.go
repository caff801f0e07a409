package libc

import (
	"encoding/binary"
	"time"

	"armillary.dev/emulator/guestlib"
)

func timeFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("time", "time.h", func(c call) {
			v := uint32(c.p.Machine().Date().Unix())
			if c.Arg(0) != 0 && !c.SetWord(c.Arg(0), v) {
				return
			}
			c.Return(v)
		}),
		fn("__time64", "time.h", func(c call) {
			v := uint64(c.p.Machine().Date().Unix())
			if at := c.Arg(0); at != 0 && !c.Write(at, binary.LittleEndian.AppendUint64(nil, v)) {
				return
			}
			c.Return64(v)
		}),
		{Name: "sleep", Group: "unistd.h", Status: guestlib.Partial, Note: "-1 and EINTR after a signal, not the seconds left",
			Go: wrap(func(c call) { c.sleep(time.Duration(c.Arg(0)) * time.Second) })},
		fn("usleep", "unistd.h", func(c call) { c.sleep(time.Duration(c.Arg(0)) * time.Microsecond) }),
		fn("__gmtime64_r", "time.h", func(c call) { c.broken(c.Arg(1), true) }, "__localtime64_r"),
		fn("gmtime_r", "time.h", func(c call) { c.broken(c.Arg(1), false) }, "localtime_r"),
		fn("__gmtime64", "time.h", func(c call) { c.broken(c.tmBuffer(), true) }, "__localtime64"),
		fn("gmtime", "time.h", func(c call) { c.broken(c.tmBuffer(), false) }, "localtime"),
	}
}

// sleep waits; a signal ends it early, which is the one way to a result other than 0.
func (c call) sleep(d time.Duration) {
	until, again := c.State.(time.Duration)
	if !again {
		until = c.p.Machine().Now() + d
		c.State = until
	}
	if c.p.Machine().Now() < until {
		c.Wait = &guestlib.Wait{Until: until}
		return
	}
	c.ReturnInt(0)
}

func (c call) tmBuffer() uint32 {
	at, ok := c.s.errors["\x00tm"]
	if !ok {
		at = c.s.heap.alloc(c.p, tmSize)
		c.s.errors["\x00tm"] = at
	}
	return at
}

const tmSize = 44

// broken writes a struct tm, UTC: the device has no other time zone. The time is the word or two behind r0.
func (c call) broken(at uint32, wide bool) {
	n := uint32(4)
	if wide {
		n = 8
	}
	b, ok := c.Read(c.Arg(0), n)
	if !ok {
		return
	}
	sec := int64(int32(binary.LittleEndian.Uint32(b)))
	if wide {
		sec = int64(binary.LittleEndian.Uint64(b))
	}
	t := time.Unix(sec, 0).UTC()
	var out []byte
	for _, v := range []int{t.Second(), t.Minute(), t.Hour(), t.Day(), int(t.Month()) - 1, t.Year() - 1900, int(t.Weekday()), t.YearDay() - 1, 0, 0} {
		out = binary.LittleEndian.AppendUint32(out, uint32(int32(v)))
	}
	out = binary.LittleEndian.AppendUint32(out, c.intern("UTC"))
	if c.Write(at, out) {
		c.Return(at)
	}
}
