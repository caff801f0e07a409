package eval

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

func (l Limits) str() int {
	if l.String <= 0 {
		return 200
	}
	return l.String
}

func (l Limits) elements() int {
	if l.Elements <= 0 {
		return 16
	}
	return l.Elements
}

func (l Limits) depth() int {
	if l.Depth <= 0 {
		return 2
	}
	return l.Depth
}

// maxText bounds a one-line summary.
const maxText = 4096

func (v *Value) text(f Format) string {
	p := printer{v: v, f: f, limits: v.ctx.limits()}
	p.value(v, 0)
	return p.b.String()
}

func (c *Context) limits() Limits {
	if c == nil {
		return Limits{}
	}
	return c.Limits
}

type printer struct {
	v      *Value
	f      Format
	limits Limits
	b      strings.Builder
}

// fault shows an error in the place of a value.
func fault(err error) string {
	if errors.Is(err, ErrOptimizedOut) {
		return "<optimized out>"
	}
	return "<" + err.Error() + ">"
}

func (p *printer) value(v *Value, depth int) {
	if v.err != nil {
		p.b.WriteString(fault(v.err))
		return
	}
	t := v.Type.Strip()
	switch t.Kind {
	case Struct, Union:
		p.aggregate(v, t, depth)
	case Array:
		p.array(v, t, depth)
	case Func:
		p.b.WriteString("{" + v.Type.String() + "} " + v.ctx.symbolic(v.loc.addr))
	case Void:
		p.b.WriteString("void")
	case Unknown:
		p.b.WriteString("<unknown type>")
	case ComplexKind:
		half := typeDouble
		if t.Size == 8 {
			half = typeFloat
		}
		re, im := v.sub("", half, 0), v.sub("", half, half.Size)
		p.value(re, depth)
		p.b.WriteString(" + ")
		p.value(im, depth)
		p.b.WriteString("i")
	default:
		p.scalar(v, t)
	}
}

func (p *printer) aggregate(v *Value, t *Type, depth int) {
	fields := t.Fields()
	if len(fields) == 0 {
		if t.Size == 0 && t.die != nil && len(fields) == 0 {
			p.b.WriteString("<incomplete type>")
			return
		}
		p.b.WriteString("{}")
		return
	}
	if depth >= p.limits.depth() {
		p.b.WriteString("{...}")
		return
	}
	v.prefetch(0, t.Size)
	p.b.WriteByte('{')
	for i, f := range fields {
		if i > 0 {
			p.b.WriteString(", ")
		}
		if p.b.Len() > maxText {
			p.b.WriteString("...")
			break
		}
		if f.Name != "" {
			p.b.WriteString(f.Name + " = ")
		}
		p.value(v.field(f), depth+1)
	}
	p.b.WriteByte('}')
}

func (p *printer) array(v *Value, t *Type, depth int) {
	n := t.count
	if n < 0 {
		if a, ok := v.address(); ok {
			fmt.Fprintf(&p.b, "%#x", a)
		} else {
			p.b.WriteString("{...}")
		}
		return
	}
	if t.Elem().isChar() && (p.f == Natural || p.f == StringValue) {
		p.charArray(v, n)
		return
	}
	if depth >= p.limits.depth()+1 {
		p.b.WriteString("{...}")
		return
	}
	size := t.Elem().size()
	shown := min(n, int64(p.limits.elements()))
	v.prefetch(0, uint32(min(uint64(shown)*uint64(size), 1<<20)))
	p.b.WriteByte('{')
	last, run := "", int64(0)
	first := true
	flush := func() {
		if run == 0 {
			return
		}
		if !first {
			p.b.WriteString(", ")
		}
		first = false
		if run > 3 {
			fmt.Fprintf(&p.b, "%s <repeats %d times>", last, run)
		} else {
			p.b.WriteString(last + strings.Repeat(", "+last, int(run-1)))
		}
	}
	for i := int64(0); i < shown; i++ {
		q := printer{v: p.v, f: p.f, limits: p.limits}
		q.value(v.index(i), depth+1)
		if s := q.b.String(); s == last && run > 0 {
			run++
		} else {
			flush()
			last, run = s, 1
		}
		if p.b.Len() > maxText {
			break
		}
	}
	flush()
	if shown < n {
		p.b.WriteString(", ...")
	}
	p.b.WriteByte('}')
}

// charArray shows text up to its NUL; what follows the NUL is not text.
func (p *printer) charArray(v *Value, n int64) {
	limit := int64(p.limits.str())
	k := min(n, limit)
	w := *v
	w.Type = arrayOf(v.Type.Strip().Elem(), k)
	w.Type.Size = uint32(k)
	b, err := w.raw()
	if err != nil {
		p.b.WriteString(fault(err))
		return
	}
	cut := n > k
	if i := strings.IndexByte(string(b), 0); i >= 0 {
		b, cut = b[:i], false
	}
	p.b.WriteString(quoteC(b, '"'))
	if cut {
		p.b.WriteString("...")
	}
}

// quoteC writes text as a C literal; valid UTF-8 stays readable.
func quoteC(b []byte, q byte) string {
	var s strings.Builder
	s.WriteByte(q)
	for len(b) > 0 {
		c := b[0]
		if c >= utf8.RuneSelf {
			if r, n := utf8.DecodeRune(b); r != utf8.RuneError && strconv.IsPrint(r) {
				s.Write(b[:n])
				b = b[n:]
				continue
			}
		}
		b = b[1:]
		switch {
		case c == q || c == '\\':
			s.WriteByte('\\')
			s.WriteByte(c)
		case c >= ' ' && c < 0x7f:
			s.WriteByte(c)
		default:
			if i := strings.IndexByte("\a\b\f\n\r\t\v", c); i >= 0 {
				s.WriteByte('\\')
				s.WriteByte("abfnrtv"[i])
			} else {
				fmt.Fprintf(&s, "\\%03o", c)
			}
		}
	}
	s.WriteByte(q)
	return s.String()
}

func (p *printer) scalar(v *Value, t *Type) {
	if t.Kind == FloatKind && (p.f == Natural || p.f == Float || p.f == Decimal || p.f == StringValue) {
		x, err := v.float()
		if err != nil {
			p.b.WriteString(fault(err))
			return
		}
		p.b.WriteString(formatFloat(x, t.Size))
		return
	}
	var u uint64
	var err error
	if t.Kind == FloatKind { // other formats show the bits
		u, err = v.bits()
	} else {
		u, err = v.uint64()
	}
	if err != nil {
		p.b.WriteString(fault(err))
		return
	}
	w := v.width()
	if p.f != Natural && !(p.f == StringValue && (t.Kind == PointerKind || t.Kind != CharKind)) {
		p.b.WriteString(v.ctx.number(u, w, t.signed(), p.f, t.Size))
		return
	}
	switch t.Kind {
	case Bool:
		switch u {
		case 0:
			p.b.WriteString("false")
		case 1:
			p.b.WriteString("true")
		default:
			p.b.WriteString(strconv.FormatUint(u, 10))
		}
	case CharKind:
		if t.Size != 1 {
			p.b.WriteString(v.ctx.number(u, w, t.signed(), Natural, t.Size))
			break
		}
		p.b.WriteString(charText(u, t.Signed))
	case Enum:
		p.b.WriteString(enumText(t, u, w))
	case PointerKind:
		p.pointer(v, t, uint32(u))
	default:
		p.b.WriteString(v.ctx.number(u, w, t.signed(), Natural, t.Size))
	}
}

func charText(u uint64, signed bool) string {
	n := strconv.FormatUint(u&0xff, 10)
	if signed {
		n = strconv.FormatInt(int64(int8(u)), 10)
	}
	return n + " " + quoteC([]byte{byte(u)}, '\'')
}

// formatFloat writes the shortest text that means the same number.
func formatFloat(x float64, size uint32) string {
	bits := 64
	if size == 4 {
		bits = 32
	}
	switch {
	case math.IsNaN(x):
		return "nan"
	case math.IsInf(x, 1):
		return "inf"
	case math.IsInf(x, -1):
		return "-inf"
	}
	s := strconv.FormatFloat(x, 'g', -1, bits)
	if a := math.Abs(x); a >= 1e-5 && a < 1e16 {
		s = strconv.FormatFloat(x, 'f', -1, bits)
	}
	return s
}

// enumText names a constant: one enumerator, or for a flag set those that are in it.
func enumText(t *Type, u uint64, width uint32) string {
	mask := uint64(1)<<width - 1
	if width >= 64 || width == 0 {
		mask = math.MaxUint64
	}
	for _, e := range t.enums {
		if uint64(e.Value)&mask == u&mask {
			return e.Name
		}
	}
	plain := strconv.FormatUint(u, 10)
	if t.Signed {
		plain = strconv.FormatInt(int64(u), 10)
	}
	if !t.flagSet || u == 0 {
		return plain
	}
	var names []string
	rest := u
	for _, e := range t.enums {
		if x := uint64(e.Value); x != 0 && u&x == x {
			names = append(names, e.Name)
			rest &^= x
		}
	}
	if len(names) == 0 {
		return plain
	}
	if rest != 0 {
		names = append(names, fmt.Sprintf("unknown: %#x", rest))
	}
	return "(" + strings.Join(names, " | ") + ")"
}

func (p *printer) pointer(v *Value, t *Type, a uint32) {
	e := t.Elem()
	if e.Strip().Kind == Func {
		p.b.WriteString(v.ctx.symbolic(a))
		return
	}
	fmt.Fprintf(&p.b, "%#x", a)
	if a == 0 {
		return
	}
	if e.isChar() && v.ctx != nil {
		if s, ok := v.ctx.readString(a, p.limits.str()); ok {
			p.b.WriteString(" " + s)
		} else {
			p.b.WriteString(" <cannot read the text>")
		}
		return
	}
	if n := v.ctx.symbolName(a); n != "" {
		p.b.WriteString(" <" + n + ">")
	}
}

// readString reads text up to a NUL, in pieces so that a text at the end of a page can be read.
func (c *Context) readString(a uint32, limit int) (string, bool) {
	var b []byte
	for len(b) < limit {
		at := a + uint32(len(b))
		if at < a {
			break
		}
		n := min(64-int(at&63), limit-len(b))
		chunk := make([]byte, n)
		err := c.read(at, chunk)
		for ; err != nil && n > 1; err = c.read(at, chunk) { // memory may end right behind the text
			n /= 2
			chunk = chunk[:n]
		}
		if err != nil {
			if len(b) == 0 {
				return "", false
			}
			break
		}
		if i := strings.IndexByte(string(chunk), 0); i >= 0 {
			return quoteC(append(b, chunk[:i]...), '"'), true
		}
		b = append(b, chunk...)
	}
	return quoteC(b, '"') + "...", true
}

// symbolName is the symbol at an address with an offset, "" when there is none.
func (c *Context) symbolName(a uint32) string {
	if c == nil || c.Space == nil {
		return ""
	}
	look := a
	code := false
	if m := c.Space.Image(a); m != nil && a&1 == 1 {
		if s, ok := m.Symbol(a &^ 1); ok && s.Thumb && s.Addr == a&^1 {
			look, code = a&^1, true
		}
	}
	s, ok := c.Space.Symbol(look)
	if !ok || s.Size == 0 && s.Addr != look {
		return ""
	}
	if d := look - s.Addr; d != 0 && !code {
		return fmt.Sprintf("%s+%d", s.Name, d)
	}
	return s.Name
}

func (c *Context) symbolic(a uint32) string {
	if n := c.symbolName(a); n != "" {
		return fmt.Sprintf("%#x <%s>", a, n)
	}
	return fmt.Sprintf("%#x", a)
}

// number writes an integer of width bits.
func (c *Context) number(u uint64, width uint32, signed bool, f Format, size uint32) string {
	m := u
	if width < 64 && width > 0 {
		m &= 1<<width - 1
	}
	s := int64(u)
	if width < 64 && width > 0 {
		s = int64(u<<(64-width)) >> (64 - width)
	}
	switch f {
	case Hex:
		return fmt.Sprintf("%#x", m)
	case Octal:
		if m == 0 {
			return "0"
		}
		return "0" + strconv.FormatUint(m, 8)
	case Binary:
		return "0b" + strconv.FormatUint(m, 2)
	case Unsigned:
		return strconv.FormatUint(m, 10)
	case Char:
		return charText(m&0xff, signed)
	case Pointer:
		return c.symbolic(uint32(m))
	case Float:
		switch size {
		case 4:
			return formatFloat(float64(math.Float32frombits(uint32(m))), 4)
		case 8:
			return formatFloat(math.Float64frombits(m), 8)
		}
	case Decimal:
		return strconv.FormatInt(s, 10)
	}
	if signed {
		return strconv.FormatInt(s, 10)
	}
	return strconv.FormatUint(m, 10)
}
