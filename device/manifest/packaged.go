package manifest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
)

// ErrNoAPISet says that a high-level app was to be packed without the API set that it is built for.
var ErrNoAPISet = errors.New("the target API set is not known; high-level apps need one")

// PackError says why a manifest cannot go into a package, and where.
type PackError struct {
	Offset  int    // in the manifest's text
	Pointer string // "/Capabilities/Gpio/0"
	Msg     string
}

func (e *PackError) Error() string {
	if e.Pointer == "" {
		return "app manifest cannot be packed: " + e.Msg
	}
	return fmt.Sprintf("app manifest cannot be packed: %s: %s", e.Pointer, e.Msg)
}

// Packaged returns the manifest as it stands in an image package (facts/image.md 1.8). For a high-level app that is one
// line without space, in the order of the source, with $ names resolved and TargetApplicationRuntimeVersion at its end.
// A real-time app's keeps its text; only $ names, and what is no JSON in it, are replaced. defs may be nil if there
// are no $ names, and apiSet 0 for a real-time app. JSON that needs guessing is an error; whether the device
// takes the content is not looked at.
func Packaged(m *Manifest, defs *hwdef.Set, apiSet int) ([]byte, error) {
	for _, e := range m.File.Errors {
		if !e.Code.Tolerated() || e.Code == jsonc.BadUTF8 {
			return nil, &PackError{e.Start, m.File.PathAt(e.Start).Pointer(), e.Msg}
		}
	}
	if m.root == nil {
		return nil, &PackError{m.File.Root.Start, "", "it is not a JSON object"}
	}
	values := map[*jsonc.Node]string{}
	for i := range m.requests {
		r := &m.requests[i]
		if r.Symbol == "" {
			continue
		}
		v, err := value(r, defs)
		if err != "" {
			return nil, &PackError{r.Node.Start, r.Node.Pointer(), err}
		}
		values[r.Node] = v.JSON()
	}
	if m.RealTime {
		if m.File.Dropped[jsonc.TrailingComma] > 0 { // only the first ones are known by their places
			return nil, &PackError{0, "", "it has more than a thousand trailing commas"}
		}
		return keepText(m, values), nil
	}
	if apiSet <= 0 {
		return nil, ErrNoAPISet
	}
	w := &packer{values: values}
	w.b.WriteByte('{')
	w.members(m.root, func(n *jsonc.Node) bool {
		f := lookupField(n.Name())
		return f == nil || !f.packer
	})
	if w.b.Len() > 1 {
		w.b.WriteByte(',')
	}
	w.b.WriteString(`"TargetApplicationRuntimeVersion":` + strconv.Itoa(apiSet) + "}")
	return w.b.Bytes(), nil
}

// value resolves a $ name, or says why not.
func value(r *Request, defs *hwdef.Set) (v hwdef.Value, problem string) {
	if defs == nil {
		return v, fmt.Sprintf("$%s needs a hardware definition, and there is none", r.Symbol)
	}
	res := defs.Resolve(r.Symbol)
	switch {
	case res.Status == hwdef.Resolved && res.Type == r.Cap.Name:
		return res.Value, ""
	case res.Status == hwdef.Resolved:
		return v, fmt.Sprintf("$%s is of type %s", r.Symbol, res.Type)
	case res.Status == hwdef.Constant:
		return v, fmt.Sprintf("$%s is a constant for the C code", r.Symbol)
	case res.Status == hwdef.NotChecked:
		return v, fmt.Sprintf("$%s was not found, and neither was the import %s", r.Symbol, defs.Missing[0].Import.Path)
	case res.Status == hwdef.Unknown:
		return v, fmt.Sprintf("%s has no name %s", defs.Target.Path, r.Symbol)
	}
	return v, fmt.Sprintf("$%s leads to no value: %s", r.Symbol, chainEnd(&res, res.Chain[len(res.Chain)-1]))
}

// keepText replaces in the source what cannot stay: $ names, a byte order mark, comments and trailing commas.
func keepText(m *Manifest, values map[*jsonc.Node]string) []byte {
	var out bytes.Buffer
	at := 0
	put := func(start, end int, text string) {
		out.WriteString(m.File.Src[at:start])
		out.WriteString(text)
		at = end
	}
	cut := slices.Clone(m.File.Comments)
	for _, e := range m.File.Errors {
		if e.Code == jsonc.BOM || e.Code == jsonc.TrailingComma {
			cut = append(cut, jsonc.Span{Start: e.Start, End: e.End})
		}
	}
	slices.SortFunc(cut, func(a, b jsonc.Span) int { return a.Start - b.Start })
	i := 0
	dropped := func(before int) {
		for ; i < len(cut) && cut[i].Start < before; i++ {
			put(cut[i].Start, cut[i].End, "")
		}
	}
	for j := range m.requests { // in the order of the text
		if v, ok := values[m.requests[j].Node]; ok {
			dropped(m.requests[j].Node.Start)
			put(m.requests[j].Node.Start, m.requests[j].Node.End, v)
		}
	}
	dropped(len(m.File.Src))
	put(len(m.File.Src), len(m.File.Src), "")
	return out.Bytes()
}

// packer writes JSON without space.
type packer struct {
	b      bytes.Buffer
	values map[*jsonc.Node]string // what stands in place of a node
}

// members writes the wanted members of an object; of those with one key the last.
func (w *packer) members(object *jsonc.Node, want func(*jsonc.Node) bool) {
	last := lastByKey(object)
	for _, n := range object.Children {
		if last[n.Name()] != n || !want(n) {
			continue
		}
		if b := w.b.Bytes(); b[len(b)-1] != '{' {
			w.b.WriteByte(',')
		}
		w.str(n.Name())
		w.b.WriteByte(':')
		w.value(n)
	}
}

func (w *packer) value(n *jsonc.Node) {
	if v, ok := w.values[n]; ok {
		w.b.WriteString(v)
		return
	}
	switch n.Kind {
	case jsonc.Object:
		w.b.WriteByte('{')
		w.members(n, func(*jsonc.Node) bool { return true })
		w.b.WriteByte('}')
	case jsonc.Array:
		w.b.WriteByte('[')
		for i, c := range n.Children {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(c)
		}
		w.b.WriteByte(']')
	case jsonc.String:
		w.str(n.Text())
	default:
		w.b.WriteString(n.Text())
	}
}

func (w *packer) str(s string) {
	e := json.NewEncoder(&w.b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s)             // a string cannot fail
	w.b.Truncate(w.b.Len() - 1) // the encoder's newline
}
