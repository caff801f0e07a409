package hwdef

import (
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
)

// MetadataType is what Metadata.Type of a hardware definition says.
const MetadataType = "Azure Sphere Hardware Definition"

// topKey names the first lines of the C header, in Description.
const topKey = "MainCoreHeaderFileTopContent"

// notice is what definitions and headers of ours begin with.
const notice = "/* Part of armillary, an open development kit for Azure Sphere. Apache-2.0. */"

// Definition is a typed view of one hardware definition file. What is wrong in the file is left out of it.
type Definition struct {
	Path        string      // as the loader knows it
	File        *jsonc.File // nil if it comes with the program
	Embedded    bool        // it comes with the program, not from a file
	Name        string
	Top         []string // MainCoreHeaderFileTopContent: the first lines of the C header
	Imports     []Import
	Peripherals []*Peripheral
}

// Display names the file for people: as show writes its path; show may be nil.
func (d *Definition) Display(show func(path string) string) string {
	if show == nil || d.Embedded {
		return d.Path
	}
	return show(d.Path)
}

// Import is one entry of Imports.
type Import struct {
	Path string
	Node *jsonc.Node // the string; nil in a definition that comes with the program
}

// Peripheral is one entry of Peripherals.
type Peripheral struct {
	Name        string
	Type        string // Gpio, Uart, ... or Int; as written
	Mapping     string // the name it stands for; "" for a leaf
	HeaderValue string // of a leaf: "(8)"
	Value       Value  // of a leaf; zero if there is none
	Comment     string
	File        *Definition
	Node        *jsonc.Node // the entry; nil in a definition that comes with the program
}

// Value is what a manifest finally says: a number for a GPIO, a name for everything else.
type Value struct {
	Text   string // "8", "ISU0"; "" if there is no value
	Number bool
}

// JSON writes the value as a manifest has it.
func (v Value) JSON() string {
	if v.Number {
		return v.Text
	}
	return strconv.Quote(v.Text)
}

// Read makes the typed view of a file. It never fails.
func Read(path string, f *jsonc.File) *Definition {
	d := &Definition{Path: path, File: f}
	d.Name, _ = f.Root.Get("Description", "Name").Str()
	if n := f.Root.Get("Description", topKey); n != nil && n.Kind == jsonc.Array {
		for _, c := range n.Children {
			s, _ := c.Str()
			d.Top = append(d.Top, s)
		}
	}
	if n := f.Root.Member("Imports"); n != nil && n.Kind == jsonc.Array {
		for _, c := range n.Children {
			p := c.Member("Path")
			if s, ok := p.Str(); ok && s != "" {
				d.Imports = append(d.Imports, Import{s, p})
			}
		}
	}
	n := f.Root.Member("Peripherals")
	if n == nil || n.Kind != jsonc.Array {
		return d
	}
	const maxName = 255 // bytes; they are C identifiers, and stand in messages
	slab := make([]Peripheral, len(n.Children))
	d.Peripherals = make([]*Peripheral, 0, len(n.Children))
	for i, c := range n.Children {
		name, ok := c.Member("Name").Str()
		if !ok || name == "" || len(name) > maxName {
			continue
		}
		p := &slab[i]
		*p = Peripheral{Name: name, File: d, Node: c}
		p.Type, _ = c.Member("Type").Str()
		p.Mapping, _ = c.Member("Mapping").Str()
		p.HeaderValue, _ = c.Member("MainCoreHeaderValue").Str()
		p.Comment, _ = c.Member("Comment").Str()
		if v := c.Member("AppManifestValue"); v != nil {
			if i, ok := v.Int(); ok {
				p.Value = Value{strconv.FormatInt(i, 10), true}
			} else if s, ok := v.Str(); ok {
				p.Value = Value{Text: s}
			}
		}
		d.Peripherals = append(d.Peripherals, p)
	}
	return d
}

// Is reports whether a file is a hardware definition by its content.
func Is(f *jsonc.File) bool {
	if t, ok := f.Root.Get("Metadata", "Type").Str(); ok {
		return strings.EqualFold(t, MetadataType)
	}
	p := f.Root.Member("Peripherals")
	if p == nil || p.Kind != jsonc.Array {
		return false
	}
	if f.Root.Member("Imports") != nil || f.Root.Member("Description") != nil {
		return true
	}
	for _, c := range p.Children {
		if c.Member("Name") != nil && (c.Member("Mapping") != nil || c.Member("MainCoreHeaderValue") != nil) {
			return true
		}
	}
	return false
}

// number is the value of a GPIO.
func number(n int) Value { return Value{strconv.Itoa(n), true} }
