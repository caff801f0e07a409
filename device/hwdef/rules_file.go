package hwdef

import (
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

const menu = "\n\nA hardware definition is a menu: what it names clashes with nothing until a manifest asks for it."

// fileRules are about the file and the shape of its entries.
var fileRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS200", Severity: rule.Error, Title: "Metadata that is missing or wrong",
		Doc: "A hardware definition says what it is: `\"Metadata\": { \"Type\": \"Azure Sphere Hardware Definition\", \"Version\": 1 }`. " +
			"Tools know it by that, and there is no other version.",
		Fix: "inserts or corrects it", Source: "facts/manifest.md 2.1"}, Check: checkMetadata},
	{Rule: rule.Rule{Code: "AZS201", Severity: rule.Error, Title: "no list of peripherals",
		Doc: "`Peripherals` is the list of everything that the definition gives a name to. An empty list is allowed.",
		Fix: "inserts an empty list", Source: "facts/manifest.md 2.1"}, Check: checkPeripherals},
	{Rule: rule.Rule{Code: "AZS202", Severity: rule.Error, Title: "entry that is incomplete or contradicts itself",
		Doc: "An entry has a `Name`, a `Type`, and either a `Mapping`, which is the name of another entry that it stands for, or values of its own: " +
			"`MainCoreHeaderValue` for the C header and, unless it is an `int`, `AppManifestValue` for the manifest. It never has both.",
		Source: "facts/manifest.md 2.1"}, Check: checkShape},
	{Rule: rule.Rule{Code: "AZS204", Severity: rule.Error, Title: "name that is no identifier of C",
		Doc: "Every entry becomes a macro in the C header, so that its name must be an identifier: letters, digits and underscores, no digit first, no keyword.",
		Fix: "makes an identifier of it", Source: "facts/manifest.md 2.1"}, Check: checkIdentifiers},
	{Rule: rule.Rule{Code: "AZS205", Severity: rule.Error, Title: "unknown type",
		Doc: "Types are those of the manifest's lists that a name can be used in, `Gpio`, `Uart`, `I2cMaster`, `SpiMaster`, `Pwm` and `Adc`, and `int` for a constant of the C code.",
		Fix: "writes a type that was probably meant", Source: "facts/manifest.md 2.1"}, Check: checkTypes},
}

func checkMetadata(p *pass) {
	root := p.d.File.Root
	whole := `"Metadata": { "Type": ` + strconv.Quote(MetadataType) + `, "Version": 1 }`
	m := root.Member("Metadata")
	switch {
	case m == nil:
		f := p.top("/Metadata", "Metadata is missing, by which a hardware definition is known")
		after := -1
		if s := root.Member("$schema"); s != nil {
			after = s.Index
		}
		jsonrule.SafeFix(f, "Insert Metadata", p.Insert(root, after, whole))
		return
	case !jsonrule.Present(m):
		return
	case m.Kind != jsonc.Object:
		jsonrule.Fix(p.At(m, "Metadata is an object, this is %s", jsonrule.Article(m.Kind.String())), "Write it anew", jsonrule.Replace(m, whole[len(`"Metadata": `):]))
		return
	}
	for _, want := range []struct{ key, value string }{{"Type", strconv.Quote(MetadataType)}, {"Version", "1"}} {
		n := m.Member(want.key)
		switch {
		case n == nil:
			jsonrule.SafeFix(p.AtKey(m, "Metadata has no %s; it is %s", want.key, want.value), "Insert "+want.key, p.Add(m, strconv.Quote(want.key)+": "+want.value))
		case !jsonrule.Present(n) || want.key == "Type" && n.Text() == MetadataType && n.Kind == jsonc.String:
		case want.key == "Version":
			if v, ok := n.Int(); !ok || v != 1 {
				jsonrule.Fix(p.At(n, "There is no version of definitions but 1"), "Write 1", jsonrule.Replace(n, want.value))
			}
		default:
			jsonrule.Fix(p.At(n, "The type of a hardware definition is %s", want.value), "Write "+want.value, jsonrule.Replace(n, want.value))
		}
	}
}

func checkPeripherals(p *pass) {
	root := p.d.File.Root
	switch n := root.Member("Peripherals"); {
	case n == nil:
		jsonrule.Fix(p.top("/Peripherals", "Peripherals is missing, the list of what the definition names"), "Insert an empty list", p.Add(root, `"Peripherals": []`))
	case jsonrule.Present(n) && n.Kind != jsonc.Array:
		p.At(n, "Peripherals is a list, this is %s", jsonrule.Article(n.Kind.String()))
	}
}

func checkShape(p *pass) {
	if list := p.d.File.Root.Member("Peripherals"); list != nil && list.Kind == jsonc.Array {
		for _, n := range list.Children {
			if jsonrule.Present(n) && n.Kind != jsonc.Object {
				p.At(n, "An entry is an object, this is %s", jsonrule.Article(n.Kind.String()))
			}
		}
	}
	for i := range p.entries {
		e := &p.entries[i]
		for _, m := range []struct {
			key  string
			node *jsonc.Node
		}{{"Name", e.name}, {"Type", e.typ}, {"Mapping", e.mapping}} {
			switch {
			case m.node == nil && m.key != "Mapping":
				p.At(firstOf(e.node), "The entry has no %s", m.key)
			case m.node == nil || !jsonrule.Present(m.node):
			case m.node.Kind != jsonc.String:
				p.At(m.node, "%s is a string, this is %s", m.key, jsonrule.Article(m.node.Kind.String()))
			case m.key == "Mapping" && m.node.Text() == "":
				p.At(m.node, "Mapping names nothing")
			}
		}
		switch {
		case e.mapping != nil && (e.header != nil || e.manifest != nil):
			own := e.header
			if own == nil {
				own = e.manifest
			}
			f := p.AtKey(own, "The entry has a Mapping, so that it can have no values of its own")
			f.Related = []rule.Related{{Span: rule.Span{Start: e.mapping.Start, End: e.mapping.End}, Message: "the mapping"}}
		case e.mapping == nil && e.header == nil:
			p.At(firstOf(e.node), "The entry has neither Mapping nor MainCoreHeaderValue, so that it stands for nothing")
		}
	}
}

// firstOf is where something about an entry as a whole is shown: at its name, else at the entry.
func firstOf(n *jsonc.Node) *jsonc.Node {
	if name := n.Member("Name"); jsonrule.Present(name) {
		return name
	}
	return n
}

func checkIdentifiers(p *pass) {
	for i := range p.entries {
		n := p.entries[i].name
		s, ok := n.Str()
		keyword := keywords()[s]
		if !ok || isIdentifier(s) && !keyword || p.Enough(n) {
			continue
		}
		if keyword {
			f := p.At(n, "%s is a keyword of C and cannot be the name of a macro", s)
			jsonrule.Fix(f, "Write "+strings.ToUpper(s)+"_", jsonrule.Replace(n, strconv.Quote(strings.ToUpper(s)+"_")))
			continue
		}
		f := p.At(n, "%q cannot be the name of a macro: letters, digits and underscores only, no digit first", clip(s))
		if id := identifier(s); id != "" {
			jsonrule.Fix(f, "Write "+strconv.Quote(id), jsonrule.Replace(n, strconv.Quote(id)))
		}
	}
}

// identifier makes an identifier of a name; "" if nothing is left of it.
func identifier(s string) string {
	id := strings.Trim(strings.Map(func(r rune) rune {
		if r < 0x80 && isIdentifier("_"+string(r)) {
			return r
		}
		return '_'
	}, clip(s)), "_")
	if id != "" && !isIdentifier(id) {
		id = "_" + id
	}
	return id
}

// clip shortens what is quoted in a message.
func clip(s string) string {
	const limit = 80
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit], "") + "…"
}

// known reports whether a definition's entry can be of a type. Those that only real-time apps use in manifests are in no
// definition that was seen, and nothing says that they may not be.
func known(typ string) bool {
	return slices.Contains(types, typ) || typ == I2sSubordinate || typ == ExternalInterrupt
}

func checkTypes(p *pass) {
	for i := range p.entries {
		e := &p.entries[i]
		s, ok := e.typ.Str()
		if !ok || known(s) || p.Enough(e.typ) {
			continue
		}
		near := p.Nearest(s, types)
		f := p.At(e.typ, "There is no type %q%s", clip(s), jsonrule.DidYouMean(near))
		for _, t := range near {
			if strings.EqualFold(strings.TrimSpace(s), t) {
				jsonrule.SafeFix(f, "Write "+strconv.Quote(t), jsonrule.Replace(e.typ, strconv.Quote(t)))
				break
			}
			jsonrule.Fix(f, "Write "+strconv.Quote(t), jsonrule.Replace(e.typ, strconv.Quote(t)))
		}
	}
}
