package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// ItemKind says what a completion stands for.
type ItemKind uint8

// What completions stand for.
const (
	KeyItem   ItemKind = iota // a member of an object
	ValueItem                 // a value out of a fixed set
	NameItem                  // a name of the hardware definition
	PinItem                   // a GPIO or a controller that nothing claims yet
)

// An Item is one proposal for what to write at a place.
type Item struct {
	Label    string
	Kind     ItemKind
	Detail   string    // one line: a type, a pin
	Markdown string    // longer text, may be empty
	Replace  rule.Span // what is replaced; on one line, and the cursor is in it
	New      string    // by what
	Snippet  string    // the same for an editor with placeholders ("$0"); empty: New
	Filter   string    // what the typed text is compared with, when that is not Label
}

// Complete proposes what could stand at offset, what is nearest at hand first.
func (f *File) Complete(offset int) []Item {
	if !f.Ours() {
		return nil
	}
	tree := f.FileReport.File
	c := tree.PathAt(offset)
	w := &writer{f: f, src: tree.Src}
	switch {
	case c.Place == jsonc.AtKey:
		w.at = rule.Span{Start: c.Node.Key.Start, End: c.Node.Key.End}
		w.bare = c.Node.Kind != jsonc.Missing
		w.keys(c.Container, c.Node)
	case c.Place == jsonc.Between && c.Container.Kind == jsonc.Object:
		w.at = rule.Span{Start: offset, End: offset}
		w.commas(c.Container, c.Index, offset)
		w.keys(c.Container, nil)
	case c.Place == jsonc.Between && c.Container.Kind == jsonc.Array:
		w.at = rule.Span{Start: offset, End: offset}
		w.commas(c.Container, c.Index, offset)
		w.values(c.Container, nil)
	case c.Place == jsonc.AtValue && c.Node != nil && scalar(c.Node):
		w.at = rule.Span{Start: c.Node.Start, End: c.Node.End}
		if c.Node.Kind == jsonc.Missing {
			w.at = rule.Span{Start: offset, End: offset}
		}
		if c.Node.Parent != nil && c.Node.Parent.Kind == jsonc.Array {
			w.values(c.Node.Parent, c.Node)
		} else {
			w.values(c.Node, c.Node)
		}
	}
	if strings.ContainsAny(w.src[w.at.Start:w.at.End], "\r\n") {
		return nil // a string that is not closed; the protocol allows only one line
	}
	return w.items
}

func scalar(n *jsonc.Node) bool { return n.Kind != jsonc.Array && n.Kind != jsonc.Object }

// writer collects the proposals for one place.
type writer struct {
	f             *File
	src           string
	at            rule.Span
	before, after string // commas that the new text needs around it
	bare          bool   // a key that has its value already
	items         []Item
}

// commas finds out which commas an entry needs that is written between the children of a container.
func (w *writer) commas(c *jsonc.Node, index, offset int) {
	if index > 0 && !strings.Contains(w.src[c.Children[index-1].Whole().End:offset], ",") {
		w.before = ", "
	}
	if index < len(c.Children) && !strings.Contains(w.src[offset:c.Children[index].Whole().Start], ",") {
		w.after = ","
		if !strings.HasPrefix(w.src[offset:], "\n") && !strings.HasPrefix(w.src[offset:], "\r") {
			w.after = ", "
		}
	}
}

var snippetEscapes = strings.NewReplacer(`\`, `\\`, "$", `\$`, "}", `\}`)

// add proposes a JSON text; "|" in it marks where the cursor goes.
func (w *writer) add(it Item, json string) {
	it.Replace = w.at
	it.New = w.before + strings.Replace(json, "|", "", 1) + w.after
	if before, after, ok := strings.Cut(json, "|"); ok {
		it.Snippet = snippetEscapes.Replace(w.before+before) + "$0" + snippetEscapes.Replace(after+w.after)
	}
	// The editor compares the filter with what it finds in the replaced range, which begins with the quote.
	it.Filter = it.Label
	if strings.HasPrefix(w.src[w.at.Start:w.at.End], `"`) {
		it.Filter = strconv.Quote(it.Label)
	}
	w.items = append(w.items, it)
}

// keys proposes members for an object. One of them, at, may be there already, half written.
func (w *writer) keys(object, at *jsonc.Node) {
	if object == nil {
		return
	}
	present := map[string]bool{}
	for _, c := range object.Children {
		if c != at {
			present[c.Name()] = true
		}
	}
	for _, p := range w.properties(object, present) {
		if present[p.Name] {
			continue
		}
		text := strconv.Quote(p.Name)
		if !w.bare {
			text += ": " + p.Value
		}
		w.add(Item{Label: p.Name, Kind: KeyItem, Detail: p.Type, Markdown: p.Doc}, text)
	}
}

// properties are the keys that an object may have.
func (w *writer) properties(object *jsonc.Node, present map[string]bool) []property {
	if w.f.Kind == project.Definition {
		list := definitionKeys(object)
		// A name either maps to another or has values of its own.
		return slices.DeleteFunc(slices.Clone(list), func(p property) bool {
			values := p.Name == "MainCoreHeaderValue" || p.Name == "AppManifestValue"
			return values && present["Mapping"] || p.Name == "Mapping" && (present["MainCoreHeaderValue"] || present["AppManifestValue"])
		})
	}
	switch depth, field := place(object); {
	case depth == 0:
		return manifestRoot
	case depth == 1 && field == "Capabilities":
		var list []property
		for i, all := 0, manifest.Capabilities(); i < len(all); i++ {
			c := &all[i]
			if c.Reserved != "" || w.f.Manifest.RealTime && !c.RT || !w.f.Manifest.RealTime && !c.HL {
				continue
			}
			list = append(list, property{Name: c.Name, Type: shape(c), Value: template(c), Doc: describeCapability(c)})
		}
		return list
	case depth == 2 && field == "Capabilities" && object.Name() == "MutableStorage":
		return []property{{Name: "SizeKB", Type: "integer", Value: "8", Doc: "Size of the file in kilobytes, 1 to 64."}}
	}
	return nil
}

// values proposes values for a member, or elements for an array; at is the one that is half written, if any.
func (w *writer) values(holder, at *jsonc.Node) {
	if w.f.Kind == project.Definition {
		w.definitionValues(holder)
		return
	}
	depth, field := place(holder)
	name := holder.Name()
	if depth == 1 {
		for _, v := range fieldValues(name) {
			w.add(Item{Label: strings.Trim(v.Value, `"`), Kind: ValueItem, Detail: v.Doc}, v.Value)
		}
		return
	}
	c := manifest.LookupCapability(name)
	if c == nil || depth != 2 || field != "Capabilities" {
		return
	}
	if c.IsList() && holder.Kind != jsonc.Array {
		w.add(Item{Label: "[ ]", Kind: ValueItem, Detail: shape(c)}, template(c))
		return
	}
	present := map[string]bool{}
	if holder.Kind == jsonc.Array {
		for _, e := range holder.Children {
			if e != at {
				present[e.Text()] = true
			}
		}
	}
	switch c.Shape {
	case manifest.Flag:
		w.add(Item{Label: "true", Kind: ValueItem}, "true")
	case manifest.GPIOs, manifest.Units:
		w.peripherals(c, at, present)
	case manifest.Powers:
		for _, p := range powerControls {
			if !present[p] {
				w.add(Item{Label: p, Kind: ValueItem}, strconv.Quote(p))
			}
		}
	case manifest.Hosts:
		const dps = "global.azure-devices-provisioning.net"
		if !present[dps] {
			w.add(Item{Label: dps, Kind: ValueItem, Detail: "device provisioning service"}, strconv.Quote(dps))
		}
	}
}

// peripherals proposes the names of the hardware definition, then what the chip has free.
func (w *writer) peripherals(c *manifest.Capability, at *jsonc.Node, present map[string]bool) {
	claims := w.claims(at)
	set := w.f.Definitions
	if set != nil && !w.f.Manifest.RealTime {
		for _, p := range set.Peripherals() {
			if p.Type != c.Name || present["$"+p.Name] {
				continue
			}
			r := set.Resolve(p.Name)
			if r.Status != hwdef.Resolved {
				continue
			}
			claim := hwdef.Claim{Field: c.Name, Value: r.Value}
			detail := claim.String()
			if taken(claim, claims) {
				detail += ", taken"
			}
			w.add(Item{Label: "$" + p.Name, Kind: NameItem, Detail: detail, Markdown: escape(p.Comment)}, strconv.Quote("$"+p.Name))
		}
	}
	if c.Shape == manifest.GPIOs {
		free := hwdef.FreeGPIOs(0, claims)
		slices.Sort(free)
		for _, n := range free {
			label := strconv.Itoa(n)
			p, _ := hwdef.PinOf(n)
			w.add(Item{Label: label, Kind: PinItem, Detail: strings.Join(p.Functions, ", "), Markdown: describePin(n)}, label)
		}
		return
	}
	for _, name := range hwdef.FreeControllers(c.Name, claims) {
		first, last, _ := hwdef.Span(c.Name, name)
		w.add(Item{Label: name, Kind: PinItem, Detail: fmt.Sprintf("GPIO %d to %d", first, last)}, strconv.Quote(name))
	}
}

// claims are what the manifest asks for, but for the entry that is being written.
func (w *writer) claims(at *jsonc.Node) []hwdef.Claim {
	var claims []hwdef.Claim
	for _, r := range w.f.Manifest.Requests() {
		v := r.Value
		if r.Symbol != "" && w.f.Definitions != nil {
			if res := w.f.Definitions.Resolve(r.Symbol); res.Status == hwdef.Resolved {
				v = res.Value
			}
		}
		if r.Node != at && v.Text != "" {
			claims = append(claims, hwdef.Claim{Field: r.Cap.Name, Value: v})
		}
	}
	return claims
}

// taken reports whether a claim needs a pin that another has.
func taken(c hwdef.Claim, claims []hwdef.Claim) bool {
	first, last, ok := c.Pins()
	return ok && slices.ContainsFunc(claims, func(o hwdef.Claim) bool {
		f, l, ok := o.Pins()
		return ok && f <= last && first <= l
	})
}

// definitionValues proposes the types and names that an entry of a hardware definition can have.
func (w *writer) definitionValues(n *jsonc.Node) {
	depth, field := place(n)
	if depth != 3 || field != "Peripherals" {
		return
	}
	switch n.Name() {
	case "Type":
		for _, t := range definitionTypes {
			w.add(Item{Label: t, Kind: ValueItem}, strconv.Quote(t))
		}
	case "Mapping":
		set := w.f.names()
		if set == nil {
			return
		}
		self, _ := n.Parent.Member("Name").Str()
		typ, _ := n.Parent.Member("Type").Str()
		for _, p := range set.Peripherals() {
			if p.Name == self || typ != "" && p.Type != typ {
				continue
			}
			if p.File == set.Target && len(set.Files) > 1 {
				continue // a name stands for one of a lower level; only a file without imports maps to itself
			}
			detail := p.Type + " in " + base(p.File)
			if r := set.Resolve(p.Name); r.Status == hwdef.Resolved {
				detail = hwdef.Claim{Field: r.Type, Value: r.Value}.String() + " in " + base(p.File)
			}
			w.add(Item{Label: p.Name, Kind: NameItem, Detail: detail, Markdown: escape(p.Comment)}, strconv.Quote(p.Name))
		}
	}
}
