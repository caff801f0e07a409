package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

const sizeKey = "SizeKB"

// valueRules are the first part of group 3 of facts/diagnostics.md: capabilities, their types and values.
var valueRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS040", Severity: rule.Error, Title: "unknown capability",
		Doc: "There is no capability of this name. The device refuses it, or drops it with a line in its log.",
		Fix: "writes the nearest capability", Source: "facts/manifest.md 1.2", Refuses: inferred(1, 3)}, Check: checkUnknownCapability},
	{Rule: rule.Rule{Code: "AZS041", Severity: rule.Error, Title: "capability that customer apps cannot have",
		Doc: "The capability belongs to the vendor's own apps, or existed in one OS version only. A customer app that asks for it is refused.",
		Fix: "removes it", Source: "facts/manifest.md 1.2", Refuses: inferred(1, 3)}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.Reserved != "" {
				jsonrule.Fix(p.AtKey(e.Node, "%s is not for this app: %s", e.Name, e.Cap.Reserved), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS042", Severity: rule.Error, Title: "capability of the wrong type",
		Doc: "The value is not of the type that the capability has: a switch is `true` or `false` without quotes, a list is an array even of one entry.",
		Fix: "writes the value in the right type", Source: "facts/manifest.md 1.2", Refuses: inferred(2, 13)}, Check: checkTypes},
	{Rule: rule.Rule{Code: "AZS043", Severity: rule.Hint, Title: "capability set to false",
		Doc: "`false` is the same as not being there.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if v, ok := e.Node.Bool(); ok && !v && e.Cap != nil && e.Cap.Shape == Flag {
				jsonrule.Fix(p.At(e.Node, "%s: false has no effect", e.Name), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS044", Severity: rule.Error, Title: "high-level capability in a real-time app",
		Doc: "The capability is about the network or the system, which only high-level apps on the Cortex-A7 reach. A real-time app cannot use it.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if p.m.RealTime && e.Cap != nil && e.Cap.HL && !e.Cap.RT {
				jsonrule.Fix(p.AtKey(e.Node, "%s is for high-level apps; this one is RealTimeCapable", e.Cap.Name), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS045", Severity: rule.Error, Title: "real-time capability in a high-level app",
		Doc: "I2S and external interrupts exist for real-time apps only; the OS has no interface to them for high-level apps.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if !p.m.RealTime && e.Cap != nil && e.Cap.RT && !e.Cap.HL {
				jsonrule.Fix(p.AtKey(e.Node, "%s is for real-time apps; this one is a high-level app", e.Cap.Name), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS046", Severity: rule.Error, Title: "GPIO that the MT3620 does not have",
		Doc: "The GPIOs of the MT3620 are 0 to 23, 26 to 48, 56 to 75, and 80.",
		Fix: "writes the nearest GPIO that is free", Source: "facts/manifest.md 1.2, facts/mt3620_pins.tsv", Refuses: inferred(5, 3)}, Check: checkGPIOs},
	{Rule: rule.Rule{Code: "AZS047", Severity: rule.Error, Title: "unknown ISU",
		Doc: "Serial interfaces are named ISU0 to ISU4, whatever they are used as. `ISU0_I2C` and the like are names of the C header.",
		Fix: "writes an ISU's name", Source: "facts/manifest.md 1.2", Refuses: inferred(5, 7)}, Check: func(p *pass) {
		checkUnits(p, hwdef.Uart, hwdef.I2cMaster, hwdef.SpiMaster)
	}},
	{Rule: rule.Rule{Code: "AZS048", Severity: rule.Error, Title: "unknown PWM, ADC, I2S or interrupt",
		Doc: "The MT3620 has PWM-CONTROLLER-0 to -2, ADC-CONTROLLER-0, I2S0 and I2S1, and EINT0 to EINT23.",
		Fix: "writes the nearest one", Source: "facts/manifest.md 1.2", Refuses: inferred(5, 7)}, Check: func(p *pass) {
		checkUnits(p, hwdef.Pwm, hwdef.Adc, hwdef.I2sSubordinate, hwdef.ExternalInterrupt)
	}},
	{Rule: rule.Rule{Code: "AZS049", Severity: rule.Warning, Title: "entry that is there twice",
		Doc: "One list names the same thing twice, possibly once by its number and once by a name for it. " +
			"The name is the one to keep, which holds on another board too; in a real-time app the number is (AZS124).",
		Fix: "removes the second one, or the one that is no name", Source: "facts/diagnostics.md 3"}, Check: checkTwice},
	{Rule: rule.Rule{Code: "AZS050", Severity: rule.Error, Title: "GPIO number in quotes",
		Doc: "GPIOs are numbers: 8, not \"8\".",
		Fix: "removes the quotes", Source: "facts/manifest.md 1.2", Refuses: refused(2, 10)}, Check: func(p *pass) {
		p.entries(GPIOs, func(e Entry, c *jsonc.Node) {
			if s, ok := c.Str(); ok && isNumeric(s) {
				jsonrule.SafeFix(p.At(c, "A GPIO is a number without quotes"), "Remove the quotes", jsonrule.Replace(c, trimZeros(strings.TrimSpace(s))))
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS051", Severity: rule.Hint, Title: "empty list",
		Doc: "An empty list allows nothing, as if it were not there. Templates leave such lists; they do no harm.",
		Fix: "removes it", Source: "facts/manifest.md 1.4"}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.IsList() && e.Cap.Shape != Powers && e.Node.Kind == jsonc.Array && len(e.Node.Children) == 0 && !e.Node.Unclosed {
				jsonrule.Fix(p.At(e.Node, "An empty %s has no effect", e.Name), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS052", Severity: rule.Error, Title: "PowerControls is empty",
		Doc: "Other lists may be empty; for PowerControls the device has an error of its own.",
		Fix: "removes it", Source: "facts/manifest.md 1.2", Refuses: refused(2, 49)}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.Shape == Powers && e.Node.Kind == jsonc.Array && len(e.Node.Children) == 0 && !e.Node.Unclosed {
				jsonrule.SafeFix(p.At(e.Node, "PowerControls must not be empty"), "Remove "+e.Name, p.Remove(e.Node))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS053", Severity: rule.Error, Title: "unknown power control",
		Doc: "The power controls are ForceReboot, ForcePowerDown and SetPowerProfile.",
		Fix: "writes the nearest one", Source: "facts/manifest.md 1.2", Refuses: refused(2, 50)}, Check: func(p *pass) {
		p.entries(Powers, func(e Entry, c *jsonc.Node) {
			if s, ok := c.Str(); ok && !slices.Contains(powerControls, s) && !p.Enough(c) {
				near := meant(s, powerAliases)
				if near == nil {
					near = rule.Nearest(s, powerControls)
				}
				hint := jsonrule.DidYouMean(near)
				if near == nil {
					hint = "; there are " + strings.Join(powerControls[:2], ", ") + " and " + powerControls[2]
				}
				f := p.At(c, "There is no power control %q%s", s, hint)
				for _, n := range near {
					jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Replace(c, strconv.Quote(n)))
				}
			}
		})
	}},
	{Rule: rule.Rule{Code: "AZS054", Severity: rule.Error, Title: "power control that is there twice",
		Doc: "The device refuses a PowerControls list that names the same thing twice.",
		Fix: "removes the second one", Source: "facts/manifest.md 1.2", Refuses: refused(2, 48)}, Check: func(p *pass) {
		p.twice(Powers, func(c *jsonc.Node) string { return c.Text() }, func(first, again *jsonc.Node) {
			f := p.At(again, "%q is there already", again.Text())
			f.Related = []rule.Related{{Span: rule.Span{Start: first.Start, End: first.End}, Message: "here"}}
			jsonrule.SafeFix(f, "Remove it", p.Remove(again))
		})
	}},
	{Rule: rule.Rule{Code: "AZS055", Severity: rule.Error, Title: "MutableStorage is not an object",
		Doc: "MutableStorage is an object that says how many kilobytes the app may keep: `{\"SizeKB\": 8}`.",
		Fix: "wraps the number", Source: "facts/manifest.md 1.2", Refuses: refused(2, 31)}, Check: func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap == nil || e.Cap.Shape != Storage || !jsonrule.Present(e.Node) || e.Node.Kind == jsonc.Object {
				continue
			}
			f := p.At(e.Node, `MutableStorage must be an object like {"SizeKB": 8}`)
			size := int64(8)
			if v, ok := e.Node.Int(); ok && v > 0 {
				size = min(v, maxStorageKB)
			}
			text := fmt.Sprintf(`{ "SizeKB": %d }`, size)
			jsonrule.Fix(f, "Write "+text, jsonrule.Replace(e.Node, text))
		}
	}},
	{Rule: rule.Rule{Code: "AZS056", Severity: rule.Error, Title: "MutableStorage without SizeKB",
		Doc: "SizeKB says how many kilobytes the app may keep, 1 to 64." + spelling,
		Fix: "inserts 8", Source: "facts/manifest.md 1.2", Refuses: refused(2, 32)}, Check: func(p *pass) {
		p.storage(func(e Entry, size *jsonc.Node) {
			if size != nil {
				return
			}
			if misspelt(e.Node, sizeKey) != nil || p.Enough(e.Node) { // of what is misspelt, AZS006 speaks
				return
			}
			jsonrule.Fix(p.AtKey(e.Node, "MutableStorage has no SizeKB"), `Insert "SizeKB": 8`, p.Add(e.Node, `"SizeKB": 8`))
		})
	}},
	{Rule: rule.Rule{Code: "AZS057", Severity: rule.Error, Title: "SizeKB out of range",
		Doc: "An app may have 1 to 64 kilobytes of mutable storage, in whole numbers.",
		Fix: "writes the nearest size allowed", Source: "facts/manifest.md 1.2", Refuses: refused(2, 34)}, Check: func(p *pass) {
		p.storage(func(e Entry, size *jsonc.Node) {
			v, ok := size.Int()
			switch {
			case !jsonrule.Present(size) || ok && v >= 1 && v <= maxStorageKB:
			case ok && v > maxStorageKB:
				jsonrule.Fix(p.At(size, "SizeKB is %d; the most an app can have is %d", v, maxStorageKB), "Set SizeKB to 64", jsonrule.Replace(size, "64"))
			default:
				f := p.At(size, "SizeKB must be a whole number from 1 to %d", maxStorageKB)
				f.Refuses = inferred(2, 33)
				if n, err := strconv.Atoi(strings.TrimSpace(size.Text())); err == nil && n >= 1 && n <= maxStorageKB {
					jsonrule.SafeFix(f, "Write it as a number", jsonrule.Replace(size, strconv.Itoa(n)))
				} else {
					jsonrule.Fix(f, "Set SizeKB to 8", jsonrule.Replace(size, "8"))
				}
			}
		})
	}},
}

// entries calls f for every entry of every list of a shape.
func (p *pass) entries(s Shape, f func(e Entry, c *jsonc.Node)) {
	for _, e := range p.m.Caps {
		if e.Cap == nil || e.Cap.Shape != s || e.Node.Kind != jsonc.Array {
			continue
		}
		for _, c := range e.Node.Children {
			if jsonrule.Present(c) {
				f(e, c)
			}
		}
	}
}

// twice calls report for every entry of a list of a shape whose key is there already; an empty key is not compared. Of a
// name and a value, the one to keep is the name, or in a real-time app the value (AZS124), whichever comes first.
func (p *pass) twice(s Shape, key func(*jsonc.Node) string, report func(keep, again *jsonc.Node)) {
	var list *jsonc.Node
	var seen map[string]*jsonc.Node
	p.entries(s, func(e Entry, c *jsonc.Node) {
		if list != e.Node {
			list, seen = e.Node, map[string]*jsonc.Node{}
		}
		k := key(c)
		if k == "" {
			return
		}
		switch first := seen[k]; {
		case first == nil:
			seen[k] = c
		case named(c) != named(first) && named(c) != p.m.RealTime:
			seen[k] = c
			report(c, first)
		default:
			report(first, c)
		}
	})
}

// storage calls f for MutableStorage where it is an object.
func (p *pass) storage(f func(e Entry, size *jsonc.Node)) {
	for _, e := range p.m.Caps {
		if e.Cap != nil && e.Cap.Shape == Storage && e.Node.Kind == jsonc.Object {
			f(e, e.Node.Member(sizeKey))
		}
	}
}

func isNumeric(s string) bool {
	s = strings.TrimSpace(s)
	return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == ""
}

// trimZeros makes a JSON number of digits.
func trimZeros(s string) string {
	if s = strings.TrimLeft(s, "0"); s == "" {
		return "0"
	}
	return s
}

func checkUnknownCapability(p *pass) {
	var names []string
	for _, e := range p.m.Caps {
		if e.Cap != nil || isPolicy(e.Name) || e.Node.Key.Kind == jsonc.Missing {
			continue
		}
		if names == nil {
			for i := range capabilities {
				if capabilities[i].Reserved == "" {
					names = append(names, capabilities[i].Name)
				}
			}
		}
		if p.Enough(e.Node) {
			continue
		}
		near := meant(e.Name, capabilityAliases)
		if near == nil {
			near = p.Nearest(e.Name, names)
		}
		f := p.AtKey(e.Node, "There is no capability %q%s", e.Name, jsonrule.DidYouMean(near))
		for _, n := range near {
			if p.m.capability(n) == nil {
				jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Rename(e.Node, n))
			}
		}
		if lookupField(e.Name) != nil {
			f.Message = fmt.Sprintf("%s is no capability; it belongs to the top level of the manifest", e.Name)
		}
		jsonrule.Fix(f, "Remove "+strconv.Quote(e.Name), p.Remove(e.Node))
	}
}

func checkTypes(p *pass) {
	for _, e := range p.m.Caps {
		if e.Cap == nil || !jsonrule.Present(e.Node) {
			continue
		}
		wrong := func(n *jsonc.Node, format string, args ...any) *rule.Finding {
			f := p.At(n, format, args...)
			f.Refuses = refusedAs(e.Cap.Parse)
			return f
		}
		switch {
		case e.Cap.Shape == Flag:
			if e.Node.Kind == jsonc.Bool {
				continue
			}
			f := wrong(e.Node, "%s must be true or false, this is %s", e.Cap.Name, jsonrule.Article(e.Node.Kind.String()))
			switch strings.ToLower(e.Node.Text()) {
			case "true", "1":
				jsonrule.Fix(f, "Write true", jsonrule.Replace(e.Node, "true"))
			case "false", "0", "null":
				jsonrule.Fix(f, "Remove "+e.Name, p.Remove(e.Node))
			}
		case e.Cap.IsList() && e.Node.Kind != jsonc.Array:
			f := wrong(e.Node, "%s must be %s, this is %s", e.Cap.Name, e.Cap.Shape.describe(), jsonrule.Article(e.Node.Kind.String()))
			if e.Node.Kind == jsonc.Null {
				jsonrule.Fix(f, "Remove "+e.Name, p.Remove(e.Node))
			} else if e.Node.Kind != jsonc.Object {
				jsonrule.Fix(f, "Put it into an array", jsonrule.Replace(e.Node, "[ "+p.File.Raw(e.Node)+" ]"))
			}
		case e.Cap.IsList():
			p.checkEntryTypes(e, wrong)
		}
	}
}

// checkEntryTypes looks at the entries of lists, but for what rules of their own do.
func (p *pass) checkEntryTypes(e Entry, wrong func(*jsonc.Node, string, ...any) *rule.Finding) {
	for _, c := range e.Node.Children {
		if !jsonrule.Present(c) {
			continue
		}
		s, isString := c.Str()
		switch e.Cap.Shape {
		case GPIOs:
			_, whole := c.Int()
			symbol := strings.HasPrefix(s, "$") && !p.opt.Packaged
			if whole || isString && (symbol || isNumeric(s) || p.knownSymbol(s)) {
				continue
			}
			f := wrong(c, "Gpio lists GPIO numbers, or names with a $; this is %s", jsonrule.Article(c.Kind.String()))
			p.offerName(f, c, e.Cap.Name)
		case Units, Hosts, Powers:
			if !isString {
				wrong(c, "%s lists strings, this is %s", e.Cap.Name, jsonrule.Article(c.Kind.String()))
			}
		}
	}
}

// offerName offers the name of the hardware definition that an entry is but for its case and its $.
func (p *pass) offerName(f *rule.Finding, c *jsonc.Node, typ string) {
	s, ok := c.Str()
	if !ok || p.opt.Definitions == nil || p.opt.Packaged {
		return
	}
	for _, n := range p.namesOf(typ) {
		if strings.EqualFold(n, strings.TrimSpace(s)) {
			jsonrule.Fix(f, "Write \"$"+n+"\"", jsonrule.Replace(c, strconv.Quote("$"+n)))
			return
		}
	}
}

// refusedAs is a refusal with a code of the capability table; none where the table has none.
func refusedAs(code int) rule.Refuses {
	if code == 0 {
		return rule.Refuses{}
	}
	return rule.Refuses{Code: code, Phase: rule.Install, Confidence: rule.Inferred}
}

func checkGPIOs(p *pass) {
	p.entries(GPIOs, func(e Entry, c *jsonc.Node) {
		v, ok := c.Int()
		if !ok {
			return
		}
		if v >= 0 && v < 1000 {
			if _, ok := hwdef.BlockOf(int(v)); ok {
				return
			}
		}
		if p.Enough(c) {
			return
		}
		free := hwdef.FreeGPIOs(int(max(min(v, 1000), -1)), p.claims)
		f := p.At(c, "The MT3620 has no GPIO %s", c.Text())
		if len(free) > 0 {
			f.Message += fmt.Sprintf("; the nearest one that is free is %d", free[0])
		}
		for _, n := range free[:min(2, len(free))] {
			jsonrule.Fix(f, fmt.Sprintf("Use GPIO %d", n), jsonrule.Replace(c, strconv.Itoa(n)))
		}
	})
}

// checkUnits looks at the names of controllers in the lists of some fields.
func checkUnits(p *pass, fields ...string) {
	p.entries(Units, func(e Entry, c *jsonc.Node) {
		s, ok := c.Str()
		if !ok || !slices.Contains(fields, e.Cap.Name) || strings.HasPrefix(s, "$") && !p.opt.Packaged {
			return
		}
		valid := hwdef.Controllers(e.Cap.Name)
		if slices.Contains(valid, s) || p.knownSymbol(s) || p.Enough(c) {
			return
		}
		near := nearestUnit(s, valid)
		f := p.At(c, "%q is none of %s%s", s, rangeOf(valid), jsonrule.DidYouMean(near))
		for _, n := range near {
			jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Replace(c, strconv.Quote(n)))
		}
		p.offerName(f, c, e.Cap.Name)
	})
}

// rangeOf writes a list of names that count up: "ISU0 to ISU4".
func rangeOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return names[0] + " to " + names[len(names)-1]
}

// nearestUnit returns the controllers that s may mean: the one it begins with, the one of its number, or those spelt like it.
func nearestUnit(s string, valid []string) []string {
	up := strings.ToUpper(strings.TrimSpace(s))
	for _, v := range valid {
		if rest, ok := strings.CutPrefix(up, v); ok && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return []string{v}
		}
	}
	kind, number := splitUnit(up)
	for _, v := range valid {
		k, n := splitUnit(v)
		serial := k == "ISU" && (kind == "UART" || kind == "I2C" || kind == "SPI")
		if n == number && (serial || strings.HasPrefix(k, kind)) {
			return []string{v}
		}
	}
	return rule.Nearest(s, valid)
}

// splitUnit separates a controller's name, without its hyphens, from its number: PWM and 0 of PWM0.
func splitUnit(s string) (kind, number string) {
	kind = strings.TrimRight(s, "0123456789")
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(kind), s[len(kind):]
}

// checkTwice compares what entries stand for, so that a name and the number it resolves to are the same.
func checkTwice(p *pass) {
	report := func(first, again *jsonc.Node) {
		as := "already"
		if p.File.Raw(first) != p.File.Raw(again) {
			as = "twice, also as " + p.File.Raw(first)
		}
		f := p.At(again, "%s is there %s", p.File.Raw(again), as)
		f.Related = []rule.Related{{Span: rule.Span{Start: first.Start, End: first.End}, Message: "here"}}
		jsonrule.SafeFix(f, "Remove it", p.Remove(again))
	}
	values := make(map[*jsonc.Node]string, len(p.values))
	for i, v := range p.values {
		values[p.m.requests[i].Node] = v.Text
	}
	peripheral := func(c *jsonc.Node) string {
		if v := values[c]; v != "" {
			return v
		}
		return c.Text()
	}
	p.twice(GPIOs, peripheral, report)
	p.twice(Units, peripheral, report)
	lower := func(c *jsonc.Node) string { s, _ := c.Str(); return strings.ToLower(s) }
	p.twice(Hosts, lower, report)
	p.twice(Apps, lower, report)
}
