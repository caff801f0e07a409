package analysis

import (
	"path"
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
	w := &writer{f: f, src: f.Src, at: rule.Span{Start: offset, End: offset}}
	switch f.Kind {
	case project.Source:
		w.inC(offset)
	case project.CMake:
		w.inCMake(offset)
	case project.Manifest, project.Definition, project.Launch:
		c := f.FileReport.File.PathAt(offset)
		if c.Place == jsonc.Between {
			w.commas(c.Container, c.Index, offset)
		}
		switch f.Kind {
		case project.Manifest:
			w.skeleton(offset)
			w.manifest(offset)
			w.beyond(c)
		case project.Definition:
			w.definition(c, offset)
		default:
			w.launch(c)
		}
	}
	return slices.DeleteFunc(w.items, func(it Item) bool {
		// The protocol replaces text around the cursor, on one line: nothing beside a value, or in a string that is not
		// closed.
		return offset < it.Replace.Start || offset > it.Replace.End || strings.ContainsAny(w.src[it.Replace.Start:it.Replace.End], "\r\n")
	})
}

// skeleton proposes a whole manifest where there is nothing yet.
func (w *writer) skeleton(offset int) {
	root := w.f.FileReport.File.Root
	dir := path.Base(path.Dir(w.f.Path))
	if dir == "." || dir == "/" {
		dir = "App"
	}
	text := manifest.Skeleton(strings.ToValidUTF8(dir, ""))
	switch {
	case strings.TrimSpace(w.src) == "":
		text = "{\n" + text + "\n}\n"
	case root.Kind == jsonc.Object && len(root.Children) == 0 && root.Start < offset && offset < root.End:
		if !strings.Contains(w.src[root.Start:offset], "\n") {
			text = "\n" + text
		}
		if !strings.Contains(w.src[offset:root.End], "\n") {
			text += "\n"
		}
	default:
		return
	}
	const label = "new app manifest"
	w.items = append(w.items, Item{Label: label, Kind: ValueItem, Detail: "all that an app needs, with a new ComponentId",
		Replace: rule.Span{Start: offset, End: offset}, New: text, Filter: label})
}

// manifest takes over what the manifest's own tables propose.
func (w *writer) manifest(offset int) {
	kinds := [...]ItemKind{manifest.KeyItem: KeyItem, manifest.ValueItem: ValueItem, manifest.NameItem: NameItem, manifest.PinItem: PinItem}
	for _, m := range w.f.Manifest.Complete(offset, w.f.Definitions) {
		it := Item{Label: m.Label, Kind: kinds[m.Kind], Detail: m.Detail, Markdown: m.Doc, Replace: m.Replace, Filter: m.Filter}
		if m.Taken {
			it.Detail += ", taken"
		}
		// The editor compares the filter with what it finds in the replaced range.
		if quoted := strings.HasPrefix(w.src[m.Replace.Start:m.Replace.End], `"`); !quoted {
			it.Filter = m.Label
		} else if !strings.HasPrefix(it.Filter, `"`) {
			it.Filter = strconv.Quote(it.Filter)
		}
		it.New = w.before + m.New
		if w.after != "" && !strings.HasSuffix(it.New, ",") {
			it.New += w.after
		}
		it.Snippet = intoEmpty(it.New)
		w.items = append(w.items, it)
	}
}

// intoEmpty returns a snippet that leaves the cursor in the first empty string, list or object of a text, or nothing.
func intoEmpty(text string) string {
	at := -1
	for _, empty := range []string{`""`, "[]", "{}"} {
		if i := strings.Index(text, empty); i >= 0 && (at < 0 || i < at) {
			at = i + 1
		}
	}
	if at < 0 {
		return ""
	}
	return snippetEscapes.Replace(text[:at]) + "$0" + snippetEscapes.Replace(text[at:])
}

// definition proposes for a hardware definition.
func (w *writer) definition(c jsonc.Cursor, offset int) {
	switch {
	case c.Place == jsonc.AtKey:
		w.at = rule.Span{Start: c.Node.Key.Start, End: c.Node.Key.End}
		w.bare = c.Node.Kind != jsonc.Missing
		w.keys(c.Container, c.Node)
	case c.Place == jsonc.Between && c.Container.Kind == jsonc.Object:
		w.keys(c.Container, nil)
	case c.Place == jsonc.AtValue && c.Node != nil && scalar(c.Node):
		if c.Node.Kind != jsonc.Missing {
			w.at = rule.Span{Start: c.Node.Start, End: c.Node.End}
		}
		w.definitionValues(c.Node)
	}
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
	for _, p := range definitionKeys(object) {
		// A name either maps to another or has values of its own.
		values := p.Name == "MainCoreHeaderValue" || p.Name == "AppManifestValue"
		if present[p.Name] || values && present["Mapping"] || p.Name == "Mapping" && (present["MainCoreHeaderValue"] || present["AppManifestValue"]) {
			continue
		}
		text := strconv.Quote(p.Name)
		if !w.bare {
			text += ": " + p.Value
		}
		w.add(Item{Label: p.Name, Kind: KeyItem, Detail: p.Type, Markdown: p.Doc}, text)
	}
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
		// What nothing uses yet comes first, and what only an import imports, which AZS208 speaks of, last.
		var ranks [3][]*hwdef.Peripheral
		direct, available := set.Imported(set.Target), set.Available(typ)
		free := make(map[*hwdef.Peripheral]bool, len(available))
		for _, p := range available {
			free[p] = true
		}
		for _, p := range set.Peripherals() {
			// A name stands for one of a lower level; only a file without imports maps to itself.
			if p.Name == self || typ != "" && p.Type != typ || p.File == set.Target && len(set.Files) > 1 {
				continue
			}
			rank := 1
			switch {
			case free[p]:
				rank = 0
			case p.File != set.Target && !slices.Contains(direct, p.File):
				rank = 2
			}
			ranks[rank] = append(ranks[rank], p)
		}
		for _, p := range slices.Concat(ranks[:]...) {
			detail := p.Type + " in " + base(p.File)
			if r := set.Resolve(p.Name); r.Status == hwdef.Resolved {
				detail = hwdef.Claim{Field: r.Type, Value: r.Value}.String() + " in " + base(p.File)
			}
			w.add(Item{Label: p.Name, Kind: NameItem, Detail: detail, Markdown: escape(p.Comment)}, strconv.Quote(p.Name))
		}
	}
}
