package libc

import (
	"encoding/binary"
	"math/bits"
	"net/netip"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

// Addresses as text and as bytes. There is no network behind them; names are not resolved.
func networkFunctions() []guestlib.Function {
	return []guestlib.Function{
		fn("htons", "arpa/inet.h", func(c call) { c.Return(uint32(bits.ReverseBytes16(uint16(c.Arg(0))))) }, "ntohs"),
		fn("htonl", "arpa/inet.h", func(c call) { c.Return(bits.ReverseBytes32(c.Arg(0))) }, "ntohl"),
		fn("inet_ntop", "arpa/inet.h", func(c call) {
			size := uint32(4)
			if c.Arg(0) == afINET6 {
				size = 16
			} else if c.Arg(0) != afINET {
				c.FailWith(int32(errno.EAFNOSUPPORT), 0)
				return
			}
			b, ok := c.Read(c.Arg(1), size)
			if !ok {
				return
			}
			a, _ := netip.AddrFromSlice(b)
			text := append([]byte(a.String()), 0)
			if uint32(len(text)) > c.Arg(3) {
				c.FailWith(int32(errno.ENOSPC), 0)
				return
			}
			if c.Write(c.Arg(2), text) {
				c.Return(c.Arg(2))
			}
		}),
		fn("inet_pton", "arpa/inet.h", func(c call) {
			if c.Arg(0) != afINET && c.Arg(0) != afINET6 {
				c.fail(errno.EAFNOSUPPORT)
				return
			}
			text, ok := c.CString(c.Arg(1))
			if !ok {
				return
			}
			a, err := netip.ParseAddr(text)
			if err != nil || a.Is4() != (c.Arg(0) == afINET) || a.Zone() != "" {
				c.Return(0)
				return
			}
			if c.Write(c.Arg(2), a.AsSlice()) {
				c.Return(1)
			}
		}),
		fn("inet_addr", "arpa/inet.h", func(c call) {
			c.with(func(s string) {
				if a, err := netip.ParseAddr(s); err == nil && a.Is4() {
					c.Return(binary.LittleEndian.Uint32(a.AsSlice()))
				} else {
					c.Return(^uint32(0))
				}
			})
		}),
		fn("inet_aton", "arpa/inet.h", func(c call) {
			c.with(func(s string) {
				a, err := netip.ParseAddr(s)
				if err != nil || !a.Is4() {
					c.Return(0)
					return
				}
				if c.Write(c.Arg(1), a.AsSlice()) {
					c.Return(1)
				}
			})
		}),
		fn("inet_ntoa", "arpa/inet.h", func(c call) {
			b := binary.LittleEndian.AppendUint32(nil, c.Arg(0))
			a, _ := netip.AddrFromSlice(b)
			c.Return(c.intern(a.String()))
		}),
		{Name: "getaddrinfo", Group: "netdb.h", Status: guestlib.Unsupported, Note: "EAI_AGAIN: there is no network",
			Go: wrap(func(c call) { c.p.Unsupported("name resolution"); c.ReturnInt(-3) })},
		fn("freeaddrinfo", "netdb.h", nothing),
		fn("gai_strerror", "netdb.h", func(c call) { c.Return(c.intern("Try again")) }),
		{Name: "getifaddrs", Group: "ifaddrs.h", Status: guestlib.Unsupported, Note: "-1 and ENOSYS", Result: -1},
		fn("freeifaddrs", "ifaddrs.h", nothing),
		fn("strftime", "time.h", strftime),
	}
}

const afINET, afINET6 = 2, 10

// strftime formats a struct tm in the C locale.
func strftime(c call) {
	format, ok := c.CString(c.Arg(2))
	if !ok {
		return
	}
	b, ok := c.Read(c.Arg(3), tmSize)
	if !ok {
		return
	}
	field := func(i int) int { return int(int32(binary.LittleEndian.Uint32(b[4*i:]))) }
	out := formatTime(format, field)
	if uint32(len(out)) >= c.Arg(1) {
		c.Return(0)
		return
	}
	if c.Write(c.Arg(0), append([]byte(out), 0)) {
		c.ReturnInt(len(out))
	}
}

var (
	dayNames   = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	monthNames = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// formatTime knows the directives of C11 7.27.3.5 but for those of the ISO week; an unknown one is kept as it is.
func formatTime(format string, tm func(int) int) string {
	const sec, minute, hour, mday, mon, year, wday, yday = 0, 1, 2, 3, 4, 5, 6, 7
	name := func(list []string, i int) string {
		if i < 0 || i >= len(list) {
			return "-"
		}
		return list[i]
	}
	pad := func(v, width int, fill string) string {
		s := itoa(int64(v))
		return strings.Repeat(fill, max(0, width-len(s))) + s
	}
	var out strings.Builder
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out.WriteByte(format[i])
			continue
		}
		i++
		h12 := (tm(hour)+11)%12 + 1
		s := ""
		switch format[i] {
		case 'a':
			s = name(dayNames, tm(wday))
			s = s[:min(3, len(s))]
		case 'A':
			s = name(dayNames, tm(wday))
		case 'b', 'h':
			s = name(monthNames, tm(mon))
			s = s[:min(3, len(s))]
		case 'B':
			s = name(monthNames, tm(mon))
		case 'c':
			s = formatTime("%a %b %e %T %Y", tm)
		case 'C':
			s = pad((tm(year)+1900)/100, 2, "0")
		case 'd':
			s = pad(tm(mday), 2, "0")
		case 'D', 'x':
			s = formatTime("%m/%d/%y", tm)
		case 'e':
			s = pad(tm(mday), 2, " ")
		case 'F':
			s = formatTime("%Y-%m-%d", tm)
		case 'H':
			s = pad(tm(hour), 2, "0")
		case 'I':
			s = pad(h12, 2, "0")
		case 'j':
			s = pad(tm(yday)+1, 3, "0")
		case 'm':
			s = pad(tm(mon)+1, 2, "0")
		case 'M':
			s = pad(tm(minute), 2, "0")
		case 'n':
			s = "\n"
		case 'p':
			if s = "AM"; tm(hour) >= 12 {
				s = "PM"
			}
		case 'r':
			s = formatTime("%I:%M:%S %p", tm)
		case 'R':
			s = formatTime("%H:%M", tm)
		case 'S':
			s = pad(tm(sec), 2, "0")
		case 't':
			s = "\t"
		case 'T', 'X':
			s = formatTime("%H:%M:%S", tm)
		case 'u':
			s = itoa(int64((tm(wday)+6)%7 + 1))
		case 'w':
			s = itoa(int64(tm(wday)))
		case 'y':
			s = pad(((tm(year)+1900)%100+100)%100, 2, "0")
		case 'Y':
			s = itoa(int64(tm(year)) + 1900)
		case 'z':
			s = "+0000"
		case 'Z':
			s = "UTC"
		case '%':
			s = "%"
		default:
			s = "%" + format[i:i+1]
		}
		out.WriteString(s)
	}
	return out.String()
}
