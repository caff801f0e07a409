package symbols

import (
	"errors"
	"sort"
	"sync"
)

// Image is a File where it is loaded: run-time address = link-time address + Bias. All its methods take and give
// run-time addresses without the Thumb bit.
type Image struct {
	*File
	Bias uint32

	mu    sync.Mutex
	funcs map[*Unit][]*Function
}

// Contains reports whether addr is in one of the image's loaded segments.
func (m *Image) Contains(addr uint32) bool {
	a := addr - m.Bias
	for _, s := range m.segments {
		if a >= s.addr && a-s.addr < s.memsz {
			return true
		}
	}
	return false
}

// Span is the address range from the first to the last loaded segment.
func (m *Image) Span() Range {
	var r Range
	for i, s := range m.segments {
		if i == 0 || s.addr < r.Low {
			r.Low = s.addr
		}
		if end := s.addr + s.memsz; i == 0 || end > r.High {
			r.High = end
		}
	}
	return m.bias(r)
}

func (m *Image) bias(r Range) Range { return Range{r.Low + m.Bias, r.High + m.Bias} }

// EntryPoint is the run-time entry address.
func (m *Image) EntryPoint() uint32 { return m.Entry + m.Bias }

// ReadStatic reads code or constants from the file, without the target. It gives ErrNotStatic for what can change at
// run time. Relocated read-only data (.data.rel.ro) is in writable segments and so never served.
func (m *Image) ReadStatic(addr uint32, p []byte) error { return m.readStatic(addr-m.Bias, p) }

// CodeKind says whether A32, T32 or data is at addr.
func (m *Image) CodeKind(addr uint32) CodeKind { return m.codeKind(addr - m.Bias) }

// IsThumb reports whether addr is T32 code; unknown counts as T32, which is what the SDK compiles.
func (m *Image) IsThumb(addr uint32) bool { return m.CodeKind(addr) != KindARM }

// Symbol returns the symbol that covers addr.
func (m *Image) Symbol(addr uint32) (Symbol, bool) {
	k := m.symbolAt(addr - m.Bias)
	if k < 0 {
		return Symbol{}, false
	}
	s := m.syms[k]
	s.Addr += m.Bias
	return s, true
}

// SymbolsByName returns all symbols of that name, global ones first. Thread-local symbols keep their offset as Addr.
func (m *Image) SymbolsByName(name string) []Symbol {
	m.loadSymbols()
	var out []Symbol
	for _, i := range m.byName[name] {
		s := m.syms[i]
		if s.Kind != SymbolTLS {
			s.Addr += m.Bias
		}
		out = append(out, s)
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].Global && !out[j].Global })
	return out
}

// Symbols returns all symbols by address. The slice is the caller's.
func (m *Image) Symbols() []Symbol {
	m.loadSymbols()
	out := make([]Symbol, len(m.syms))
	copy(out, m.syms)
	for i := range out {
		if out[i].Kind != SymbolTLS {
			out[i].Addr += m.Bias
		}
	}
	return out
}

// Space is the images of one address space, the program first. A nil Space is empty.
type Space struct{ Images []*Image }

// NewSpace returns a Space of these images.
func NewSpace(images ...*Image) *Space { return &Space{Images: images} }

// Image returns the image that holds addr, or nil.
func (s *Space) Image(addr uint32) *Image {
	if s == nil {
		return nil
	}
	for _, m := range s.Images {
		if m.Contains(addr) {
			return m
		}
	}
	return nil
}

// ReadStatic reads code or constants of any image without the target; see Image.ReadStatic.
func (s *Space) ReadStatic(addr uint32, p []byte) error {
	if m := s.Image(addr); m != nil {
		return m.ReadStatic(addr, p)
	}
	return ErrNotStatic
}

// Function returns the function that contains pc.
func (s *Space) Function(pc uint32) (*Function, bool) {
	if m := s.Image(pc); m != nil {
		return m.Function(pc)
	}
	return nil, false
}

// FunctionsByName returns the functions of that name in all images.
func (s *Space) FunctionsByName(name string) []*Function {
	if s == nil {
		return nil
	}
	var out []*Function
	for _, m := range s.Images {
		out = append(out, m.FunctionsByName(name)...)
	}
	return out
}

// Line returns the source line of pc.
func (s *Space) Line(pc uint32) (Line, bool) {
	if m := s.Image(pc); m != nil {
		return m.Line(pc)
	}
	return Line{}, false
}

// Symbol returns the symbol that covers addr.
func (s *Space) Symbol(addr uint32) (Symbol, bool) {
	if m := s.Image(addr); m != nil {
		return m.Symbol(addr)
	}
	return Symbol{}, false
}

// SymbolsByName returns the symbols of that name in all images.
func (s *Space) SymbolsByName(name string) []Symbol {
	if s == nil {
		return nil
	}
	var out []Symbol
	for _, m := range s.Images {
		out = append(out, m.SymbolsByName(name)...)
	}
	return out
}

// ResolveLine finds the addresses of a source line in all images; see Image.ResolveLine. The error is that of the
// first image that knows the file, else ErrNoFile, or ErrNoDebug when no image has any debug information.
func (s *Space) ResolveLine(path string, line int, m *PathMatcher) ([]Location, error) {
	var out []Location
	err := error(ErrNoDebug)
	if s == nil {
		return nil, err
	}
	for _, im := range s.Images {
		l, e := im.ResolveLine(path, line, m)
		out = append(out, l...)
		switch {
		case e == nil, errors.Is(err, ErrNoCode):
		case errors.Is(e, ErrNoCode), errors.Is(e, ErrNoFile) && errors.Is(err, ErrNoDebug):
			err = e
		case err == ErrNoDebug: // broken debug information: say so
			err = e
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, err
}

// SectionRanges returns where the sections of that name are loaded.
func (m *Image) SectionRanges(name string) []Range {
	var out []Range
	for _, s := range m.elf.Sections {
		const alloc = 2
		if s.Name == name && s.Flags&alloc != 0 && s.Size > 0 {
			out = append(out, m.bias(Range{uint32(s.Addr), uint32(s.Addr + s.Size)}))
		}
	}
	return out
}
