package hwdef

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// valueRules are about entries that have values of their own, and about which of them share pins.
var valueRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS214", Severity: rule.Error, Title: "header value that is no number in parentheses",
		Doc: "`MainCoreHeaderValue` becomes the value of a macro. It is a string that holds a number in parentheses: `\"(8)\"`. A name belongs into `Mapping`, so that the manifest's value follows it too.",
		Fix: "writes the number in parentheses, or makes a mapping of the name", Source: "facts/manifest.md 2.1"}, Check: checkHeaderValues},
	{Rule: rule.Rule{Code: "AZS215", Severity: rule.Error, Title: "manifest value that is missing or of the wrong kind",
		Doc: "`AppManifestValue` is what the packer writes into the manifest: a number for a `Gpio`, the controller's name for all other types, and nothing for an `int`, which a manifest cannot name.",
		Fix: "writes the value that was probably meant", Source: "facts/manifest.md 2.1"}, Check: checkManifestValues},
	{Rule: rule.Rule{Code: "AZS216", Severity: rule.Warning, Title: "value that the chip does not have, or two that do not belong together",
		Doc: "The C code opens the peripheral by `MainCoreHeaderValue`, the manifest asks for `AppManifestValue`: both must mean the same. They are equal for a GPIO; for a controller the header has its number, " +
			"except that a UART's is 4 more than its ISU's: `ISU0` as UART is `(4)`.",
		Fix: "corrects one of the two", Source: "facts/manifest.md 2.3"}, Check: checkChipValues},
	{Rule: rule.Rule{Code: CodeClashes, Severity: rule.Hint, Off: true, Title: "names that share pins",
		Doc:    "Two names stand for one pin, or for two uses of a block of which an app can have one. This is off until armillary.json gives it a severity: most definitions, the official ones too, offer such choices on purpose." + menu,
		Source: "facts/manifest.md 2.4"}, Check: checkClashes},
}

var (
	headerValue = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\(-?[0-9]+\)$`) })
	plainNumber = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*\(?\s*(-?[0-9]{1,9})\s*\)?\s*$`) })
)

func checkHeaderValues(p *pass) {
	for i := range p.entries {
		e := &p.entries[i]
		n := e.header
		s, isString := n.Str()
		if !e.leaf() || !jsonrule.Present(n) || isString && headerValue().MatchString(s) || p.Enough(n) {
			continue
		}
		if m := plainNumber().FindStringSubmatch(n.Text()); m != nil && (isString || n.Kind == jsonc.Number) {
			want := `"(` + m[1] + `)"`
			jsonrule.SafeFix(p.At(n, "MainCoreHeaderValue is a string with a number in parentheses: %s", want), "Write "+want, jsonrule.Replace(n, want))
			continue
		}
		f := p.At(n, "MainCoreHeaderValue is a string with a number in parentheses, as \"(8)\"; this is %s", clip(p.File.Raw(n)))
		if isString && p.opt.Set != nil && p.opt.Set.Has(s) && n.Key.Kind == jsonc.String {
			if e.typeName() == Int { // the C header has the same macro either way
				f.Severity = rule.Warning
			}
			edits := []rule.Edit{jsonrule.Rename(n, "Mapping")}
			if e.manifest != nil {
				edits = append(edits, p.Remove(e.manifest))
			}
			jsonrule.Fix(f, "Make it a Mapping", edits...)
		}
	}
}

func checkManifestValues(p *pass) {
	for i := range p.entries {
		e := &p.entries[i]
		typ, n := e.typeName(), e.manifest
		switch {
		case !e.leaf() || !known(typ):
		case n == nil && typ != Int && e.header != nil:
			if p.Enough(firstOf(e.node)) {
				continue
			}
			f := p.At(firstOf(e.node), "The entry has no AppManifestValue, so that no manifest can use it")
			if v, ok := valueOf(typ, e.header); ok {
				jsonrule.Fix(f, "Insert "+v.JSON(), p.Insert(e.node, e.header.Index, `"AppManifestValue": `+v.JSON()))
			}
		case !jsonrule.Present(n) || p.Enough(n):
		case typ == Int:
			jsonrule.Fix(p.AtKey(n, "An int is a constant for C code; a manifest cannot name it"), "Remove AppManifestValue", p.Remove(n))
		case typ == Gpio && n.Kind != jsonc.Number, typ == Gpio && !isInt(n):
			f := p.At(n, "The manifest value of a Gpio is a number, this is %s", jsonrule.Article(n.Kind.String()))
			if v, err := strconv.Atoi(strings.TrimSpace(n.Text())); err == nil && n.Kind == jsonc.String {
				jsonrule.SafeFix(f, fmt.Sprintf("Write %d", v), jsonrule.Replace(n, strconv.Itoa(v)))
			}
		case typ != Gpio && n.Kind != jsonc.String:
			f := p.At(n, "The manifest value of %s is the name of a controller, as %q; this is %s", typ, controllers[typ][0], jsonrule.Article(n.Kind.String()))
			if v, ok := n.Int(); ok && v >= 0 && v < int64(len(controllers[typ])) {
				jsonrule.Fix(f, "Write "+strconv.Quote(controllers[typ][v]), jsonrule.Replace(n, strconv.Quote(controllers[typ][v])))
			}
		}
	}
}

func isInt(n *jsonc.Node) bool { _, ok := n.Int(); return ok }

// headerNumber is the number in a header value; ok is false if there is none.
func headerNumber(n *jsonc.Node) (int, bool) {
	s, ok := n.Str()
	if !ok || !headerValue().MatchString(s) {
		return 0, false
	}
	v, err := strconv.Atoi(s[1 : len(s)-1])
	return v, err == nil
}

// valueOf is what the manifest calls that which C code opens by a header value.
func valueOf(typ string, header *jsonc.Node) (v Value, ok bool) {
	n, ok := headerNumber(header)
	if !ok {
		return v, false
	}
	if typ == Gpio {
		_, ok := BlockOf(n)
		return number(n), ok
	}
	if typ == Uart {
		n -= uartOffset
	}
	if n < 0 || n >= len(controllers[typ]) {
		return v, false
	}
	return Value{Text: controllers[typ][n]}, true
}

// headerOf is the number by which C code opens what a manifest calls by a value.
func headerOf(typ string, v Value) (n int, ok bool) {
	if typ == Gpio {
		n, err := strconv.Atoi(v.Text)
		return n, err == nil
	}
	for i, c := range controllers[typ] {
		if c == v.Text {
			if typ == Uart {
				i += uartOffset
			}
			return i, true
		}
	}
	return 0, false
}

func checkChipValues(p *pass) {
	for i := range p.entries {
		e := &p.entries[i]
		typ := e.typeName()
		if !e.leaf() || e.p == nil || e.p.Value.Text == "" || e.p.Value.Number != (typ == Gpio) || !known(typ) || typ == Int || typ == I2sSubordinate || typ == ExternalInterrupt {
			continue
		}
		v := e.p.Value
		if _, _, ok := (Claim{typ, v}).Pins(); !ok {
			if p.Enough(e.manifest) {
				continue
			}
			what := "GPIO " + clip(v.Text)
			if typ != Gpio {
				what = typ + " " + strconv.Quote(clip(v.Text))
			}
			near := p.Nearest(v.Text, controllers[typ])
			f := p.At(e.manifest, "The MT3620 has no %s%s", what, jsonrule.DidYouMean(near))
			for _, c := range near {
				jsonrule.Fix(f, "Write "+strconv.Quote(c), jsonrule.Replace(e.manifest, strconv.Quote(c)))
			}
			continue
		}
		want, _ := headerOf(typ, v)
		if have, ok := headerNumber(e.header); ok && have != want && !p.Enough(e.header) {
			f := p.At(e.header, "In C, %s is (%d), not (%d)", Claim{typ, v}, want, have)
			f.Related = []rule.Related{{Span: rule.Span{Start: e.manifest.Start, End: e.manifest.End}, Message: "what the manifest would get"}}
			text := fmt.Sprintf(`"(%d)"`, want)
			jsonrule.Fix(f, "Write "+text, jsonrule.Replace(e.header, text))
			if other, ok := valueOf(typ, e.header); ok {
				jsonrule.Fix(f, "Let the manifest have "+other.JSON(), jsonrule.Replace(e.manifest, other.JSON()))
			}
		}
	}
}

// CodeClashes is the code of the rule that CheckOptions.Clashes turns on.
const CodeClashes = "AZS217"

func checkClashes(p *pass) {
	if !p.opt.Clashes || p.opt.Set == nil {
		return
	}
	var claims []Claim
	var of []*entry
	same := map[typedValue]*entry{}
	for i := range p.entries {
		e := &p.entries[i]
		if e.p == nil {
			continue
		}
		c, ok := p.opt.Set.claim(e.p)
		if !ok || e.p.Type != c.Field {
			continue
		}
		k := typedValue{c.Field, c.Value}
		if first := same[k]; first != nil {
			if !p.Enough(e.name) {
				f := p.At(e.name, "%s is %s, as %s is", e.p.Name, c, first.p.Name)
				f.Related = []rule.Related{{Span: rule.Span{Start: first.name.Start, End: first.name.End}, Message: first.p.Name}}
			}
			continue
		}
		same[k] = e
		claims, of = append(claims, c), append(of, e)
	}
	for _, c := range Conflicts(claims) {
		a, b := of[c.A], of[c.B]
		if p.Enough(b.name) {
			continue
		}
		f := p.At(b.name, "%s (%s) and %s (%s) need the same pins; one app cannot have both", b.p.Name, claims[c.B], a.p.Name, claims[c.A])
		f.Related = []rule.Related{{Span: rule.Span{Start: a.name.Start, End: a.name.End}, Message: a.p.Name}}
	}
}
