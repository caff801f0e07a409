package cformat

import (
	"math"
	"testing"
)

type list struct {
	args []any
	set  map[uint32]uint32
}

func (l *list) pop() any {
	if len(l.args) == 0 {
		return 0
	}
	v := l.args[0]
	l.args = l.args[1:]
	return v
}
func (l *list) Uint32() uint32 {
	switch v := l.pop().(type) {
	case int:
		return uint32(v)
	case string:
		if v == "" {
			return 0
		}
		l.args = append([]any{v}, l.args...)
		return 1
	}
	return 0
}
func (l *list) Uint64() uint64   { return uint64(l.pop().(int)) }
func (l *list) Float64() float64 { return l.pop().(float64) }
func (l *list) CString(addr, limit uint32) ([]byte, bool) {
	s := l.pop().(string)
	return []byte(s[:min(len(s), int(limit))]), s != "fault"
}
func (l *list) SetWord(addr, v uint32) bool { l.set[addr] = v; return true }

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		want, format string
		args         []any
	}{
		{"plain 100%", "plain 100%%", nil},
		{"[42|-42|   42|42   |00042|+42| 42]", "[%d|%i|%5d|%-5d|%05d|%+d|% d]", []any{42, -42, 42, 42, 42, 42, 42}},
		{"[00042|  042||+]", "[%.5d|%5.3d|%.0d|%+.0d]", []any{42, 42, 0, 0}},
		{"4294967295 -1 ff FF 0xff 0 377 0377 0", "%u %hhd %x %X %#x %#x %o %#o %#o", []any{-1, 255, 255, 255, 255, 0, 255, 255, 0}},
		{"-5000000000 5000000000 12a05f200", "%lld %llu %llx", []any{-5000000000, 5000000000, 5000000000}},
		{"abc|  abc|abc  |ab|(null)|(n", "%s|%5s|%-5s|%.2s|%s|%.2s", []any{"abc", "abc", "abc", "abc", "", ""}},
		{"x|    x", "%c|%*c", []any{'x', 5, 'x'}[0:3:3]},
		{"3.141593 3.14 3 3. -0.000000 1e+06 1.5", "%f %.2f %.0f %#.0f %f %g %g", []any{math.Pi, math.Pi, math.Pi, math.Pi, math.Copysign(0, -1), 1e6, 1.5}},
		{"100000 1e-05 0.0001 1.23457e+08 123456 1.00000", "%g %g %g %g %g %#g", []any{100000.0, 0.00001, 0.0001, 123456789.0, 123456.0, 1.0}},
		{"1.000000e+00 1.5E-100 INF nan      inf", "%e %.1E %F %f %08f", []any{1.0, 1.5e-100, math.Inf(1), math.NaN(), math.Inf(1)}},
		{"0x1.8p+1 0X1P-1 0x1p+0 0x2.00p+1 0x2p-1", "%a %A %.0a %.2a %.0a", []any{3.0, 0.5, 1.0, 3.999, 0.9999}},
		{"-00012.5|12.5    |+12.5", "%08.1f|%-8.1f|%+.1f", []any{-12.5, 12.5, 12.5}},
		{"0xbeef 0", "%p %p", []any{0xBEEF, 0}},
		{"no such thing", "%m", nil},
		{"2.5 0.125", "%.1f %.3f", []any{2.45, 0.125}},
	} {
		if c.format == "%c|%*c" {
			c.args = []any{'x', 5, 'x'}
			for i, a := range c.args {
				if r, ok := a.(rune); ok {
					c.args[i] = int(r)
				}
			}
		}
		got, st := Format(nil, []byte(c.format), &list{args: c.args}, func() string { return "no such thing" })
		if st != OK || string(got) != c.want {
			t.Errorf("%q: %q (%d), want %q", c.format, got, st, c.want)
		}
	}
}

func TestEndings(t *testing.T) {
	l := &list{args: []any{7}, set: map[uint32]uint32{}}
	if _, st := Format([]byte("before"), []byte("abc%n"), l, nil); st != OK || l.set[7] != 3 {
		t.Error(st, l.set)
	}
	for format, want := range map[string]Status{"%s": Fault, "%y": BadValue, "%": BadValue, "%1$d": BadValue, "%99999999999d": Overflow, "%.9999999d": Overflow} {
		if _, st := Format(nil, []byte(format), &list{args: []any{"fault"}}, nil); st != want {
			t.Errorf("%q: %v, want %v", format, st, want)
		}
	}
}

func FuzzFormat(f *testing.F) {
	f.Add("%5.3d%s%*f")
	f.Fuzz(func(t *testing.T, format string) { Format(nil, []byte(format), fixed{}, func() string { return "m" }) })
}

type fixed struct{}

func (fixed) Uint32() uint32                        { return 40 }
func (fixed) Uint64() uint64                        { return 1 << 40 }
func (fixed) Float64() float64                      { return 1.25 }
func (fixed) CString(addr, n uint32) ([]byte, bool) { return []byte("text")[:min(4, n)], true }
func (fixed) SetWord(addr, v uint32) bool           { return true }
