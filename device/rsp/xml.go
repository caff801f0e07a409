package rsp

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// Reg is a register of a target description, in the order of the g packet.
type Reg struct {
	Name   string
	Num    int // of p, P and expedited registers
	Bits   int
	Offset int // of its first byte in the g packet
}

// Description is a target description (target.xml).
type Description struct {
	Architecture string
	Regs         []Reg
	Size         int // of the g packet in bytes
}

// maxRegs bounds a description.
const maxRegs = 4096

type xmlNode struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []xmlNode  `xml:",any"`
}

func (n *xmlNode) attr(name string) string {
	for _, a := range n.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// maxXMLDepth bounds the nesting of a document before it is decoded into memory.
const maxXMLDepth = 32

func parseXML(text []byte) (root xmlNode, err error) {
	d := xml.NewDecoder(strings.NewReader(string(text)))
	for depth := 0; ; {
		tok, err := d.RawToken()
		if tok == nil || err != nil {
			break // the decoder below reports what is wrong
		}
		switch tok.(type) {
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return root, fmt.Errorf("rsp: XML nested deeper than %d", maxXMLDepth)
			}
		case xml.EndElement:
			depth--
		}
	}
	err = xml.Unmarshal(text, &root)
	return root, err
}

// ParseDescription parses target.xml. include fetches the documents that it names by xi:include; it may be nil.
// Registers without a number follow the one before, as GDB counts them.
func ParseDescription(text []byte, include func(annex string) ([]byte, error)) (*Description, error) {
	d, next := &Description{}, 0
	var walk func(n *xmlNode, depth int) error
	walk = func(n *xmlNode, depth int) error {
		if depth > 4 {
			return fmt.Errorf("rsp: target description includes itself")
		}
		switch n.XMLName.Local {
		case "architecture":
			d.Architecture = strings.TrimSpace(n.Text)
		case "include":
			if include == nil {
				return nil
			}
			sub, err := include(n.attr("href"))
			if err != nil {
				return err
			}
			root, err := parseXML(sub)
			if err != nil {
				return err
			}
			return walk(&root, depth+1)
		case "reg":
			bits, err := strconv.Atoi(n.attr("bitsize"))
			if err != nil || bits <= 0 || bits > 4096 {
				return fmt.Errorf("rsp: register %q has bitsize %q", n.attr("name"), n.attr("bitsize"))
			}
			if s := n.attr("regnum"); s != "" {
				if next, err = strconv.Atoi(s); err != nil || next < 0 || next > 1<<16 {
					return fmt.Errorf("rsp: register %q has number %q", n.attr("name"), s)
				}
			}
			if len(d.Regs) >= maxRegs {
				return fmt.Errorf("rsp: more than %d registers", maxRegs)
			}
			d.Regs = append(d.Regs, Reg{Name: n.attr("name"), Num: next, Bits: bits})
			next++
			return nil
		}
		for i := range n.Children {
			if err := walk(&n.Children[i], depth); err != nil {
				return err
			}
		}
		return nil
	}
	root, err := parseXML(text)
	if err != nil {
		return nil, fmt.Errorf("rsp: target description: %w", err)
	}
	if err := walk(&root, 0); err != nil {
		return nil, err
	}
	d.layout()
	return d, nil
}

// layout gives every register its place in the g packet: ascending by number, as GDB lays them out.
func (d *Description) layout() {
	for i := 1; i < len(d.Regs); i++ {
		for j := i; j > 0 && d.Regs[j].Num < d.Regs[j-1].Num; j-- {
			d.Regs[j], d.Regs[j-1] = d.Regs[j-1], d.Regs[j]
		}
	}
	for i := range d.Regs {
		d.Regs[i].Offset = d.Size
		d.Size += (d.Regs[i].Bits + 7) / 8
	}
}

// Lookup finds a register by name.
func (d *Description) Lookup(name string) (Reg, bool) {
	for _, r := range d.Regs {
		if r.Name == name {
			return r, true
		}
	}
	return Reg{}, false
}

// Number finds a register by number.
func (d *Description) Number(num int) (Reg, bool) {
	for _, r := range d.Regs {
		if r.Num == num {
			return r, true
		}
	}
	return Reg{}, false
}

// ThreadInfo is an entry of qXfer:threads.
type ThreadInfo struct {
	ID   ThreadID
	Name string
}

// ParseThreads parses the document of qXfer:threads:read.
func ParseThreads(text []byte) ([]ThreadInfo, error) {
	root, err := parseXML(text)
	if err != nil {
		return nil, fmt.Errorf("rsp: thread list: %w", err)
	}
	var out []ThreadInfo
	for i := range root.Children {
		n := &root.Children[i]
		if n.XMLName.Local != "thread" {
			continue
		}
		id, err := ParseThreadID([]byte(n.attr("id")))
		if err != nil {
			return nil, err
		}
		name := n.attr("name")
		if name == "" {
			name = strings.TrimSpace(n.Text)
		}
		out = append(out, ThreadInfo{id, name})
	}
	return out, nil
}

// AppendThreads builds that document.
func AppendThreads(dst []byte, threads []ThreadInfo) []byte {
	dst = append(dst, "<?xml version=\"1.0\"?>\n<threads>\n"...)
	for _, t := range threads {
		dst = append(t.ID.Append(append(dst, "<thread id=\""...)), "\" name=\""...)
		dst = append(append(dst, escape(t.Name)...), "\"/>\n"...)
	}
	return append(dst, "</threads>\n"...)
}

// Library is an entry of qXfer:libraries-svr4.
type Library struct {
	Name    string
	LinkMap uint64
	Base    uint64 // load bias
	Dynamic uint64
}

// ParseLibraries parses the document of qXfer:libraries-svr4:read.
func ParseLibraries(text []byte) (mainLM uint64, libs []Library, err error) {
	root, err := parseXML(text)
	if err != nil {
		return 0, nil, fmt.Errorf("rsp: library list: %w", err)
	}
	num := func(s string) uint64 {
		v, e := strconv.ParseUint(s, 0, 64)
		if e != nil && s != "" && err == nil {
			err = fmt.Errorf("rsp: library list: number %q", s)
		}
		return v
	}
	mainLM = num(root.attr("main-lm"))
	for i := range root.Children {
		if n := &root.Children[i]; n.XMLName.Local == "library" {
			libs = append(libs, Library{n.attr("name"), num(n.attr("lm")), num(n.attr("l_addr")), num(n.attr("l_ld"))})
		}
	}
	return mainLM, libs, err
}

// AppendLibraries builds that document.
func AppendLibraries(dst []byte, mainLM uint64, libs []Library) []byte {
	dst = append(dst, "<library-list-svr4 version=\"1.0\""...)
	if mainLM != 0 {
		dst = fmt.Appendf(dst, " main-lm=\"%#x\"", mainLM)
	}
	dst = append(dst, '>')
	for _, l := range libs {
		dst = fmt.Appendf(dst, "<library name=\"%s\" lm=\"%#x\" l_addr=\"%#x\" l_ld=\"%#x\" lmid=\"0x0\"/>",
			escape(l.Name), l.LinkMap, l.Base, l.Dynamic)
	}
	return append(dst, "</library-list-svr4>"...)
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a strings.Builder does not fail
	return b.String()
}
