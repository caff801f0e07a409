package manifest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

const sizeKey = "SizeKB"

// valueRules are the first part of group 3 of facts/diagnostics.md: capabilities, their types and values.
var valueRules = []entry{
	{rule.Rule{Code: "AZS040", Severity: rule.Error, Title: "unknown capability",
		Doc: "There is no capability of this name. The device refuses it, or drops it with a line in its log.",
		Fix: "writes the nearest capability", Source: "facts/manifest.md 1.2", Refuses: inferred(1, 3)}, checkUnknownCapability, false},
	{rule.Rule{Code: "AZS041", Severity: rule.Error, Title: "capability that customer apps cannot have",
		Doc: "The capability belongs to the vendor's own apps, or existed in one OS version only. A customer app that asks for it is refused.",
		Fix: "removes it", Source: "facts/manifest.md 1.2", Refuses: inferred(1, 3)}, func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.Reserved != "" {
				fix(p.atKey(e.Node, "%s is not for this app: %s", e.Name, e.Cap.Reserved), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS042", Severity: rule.Error, Title: "capability of the wrong type",
		Doc: "The value is not of the type that the capability has: a switch is `true` or `false` without quotes, a list is an array even of one entry.",
		Fix: "writes the value in the right type", Source: "facts/manifest.md 1.2", Refuses: inferred(2, 13)}, checkTypes, false},
	{rule.Rule{Code: "AZS043", Severity: rule.Hint, Title: "capability set to false",
		Doc: "`false` is the same as not being there.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, func(p *pass) {
		for _, e := range p.m.Caps {
			if v, ok := e.Node.Bool(); ok && !v && e.Cap != nil && e.Cap.Shape == Flag {
				fix(p.at(e.Node, "%s: false has no effect", e.Name), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS044", Severity: rule.Error, Title: "high-level capability in a real-time app",
		Doc: "The capability is about the network or the system, which only high-level apps on the Cortex-A7 reach. A real-time app cannot use it.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, func(p *pass) {
		for _, e := range p.m.Caps {
			if p.m.RealTime && e.Cap != nil && e.Cap.HL && !e.Cap.RT {
				fix(p.atKey(e.Node, "%s is for high-level apps; this one is RealTimeCapable", e.Cap.Name), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS045", Severity: rule.Error, Title: "real-time capability in a high-level app",
		Doc: "I2S and external interrupts exist for real-time apps only; the OS has no interface to them for high-level apps.",
		Fix: "removes it", Source: "facts/manifest.md 1.2"}, func(p *pass) {
		for _, e := range p.m.Caps {
			if !p.m.RealTime && e.Cap != nil && e.Cap.RT && !e.Cap.HL {
				fix(p.atKey(e.Node, "%s is for real-time apps; this one is a high-level app", e.Cap.Name), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS046", Severity: rule.Error, Title: "GPIO that the MT3620 does not have",
		Doc: "The GPIOs of the MT3620 are 0 to 23, 26 to 48, 56 to 75, and 80.",
		Fix: "writes the nearest GPIO that is free", Source: "facts/manifest.md 1.2, facts/mt3620_pins.tsv", Refuses: inferred(5, 3)}, checkGPIOs, false},
	{rule.Rule{Code: "AZS047", Severity: rule.Error, Title: "unknown ISU",
		Doc: "Serial interfaces are named ISU0 to ISU4, whatever they are used as. `ISU0_I2C` and the like are names of the C header.",
		Fix: "writes an ISU's name", Source: "facts/manifest.md 1.2", Refuses: inferred(5, 7)}, func(p *pass) {
		checkUnits(p, hwdef.Uart, hwdef.I2cMaster, hwdef.SpiMaster)
	}, false},
	{rule.Rule{Code: "AZS048", Severity: rule.Error, Title: "unknown PWM, ADC, I2S or interrupt",
		Doc: "The MT3620 has PWM-CONTROLLER-0 to -2, ADC-CONTROLLER-0, I2S0 and I2S1, and EINT0 to EINT23.",
		Fix: "writes the nearest one", Source: "facts/manifest.md 1.2", Refuses: inferred(5, 7)}, func(p *pass) {
		checkUnits(p, hwdef.Pwm, hwdef.Adc, hwdef.I2sSubordinate, hwdef.ExternalInterrupt)
	}, false},
	{rule.Rule{Code: "AZS049", Severity: rule.Warning, Title: "entry that is there twice",
		Doc: "One list names the same thing twice, possibly once by its number and once by a name for it.",
		Fix: "removes the second one", Source: "facts/diagnostics.md 3"}, checkTwice, false},
	{rule.Rule{Code: "AZS050", Severity: rule.Error, Title: "GPIO number in quotes",
		Doc: "GPIOs are numbers: 8, not \"8\".",
		Fix: "removes the quotes", Source: "facts/manifest.md 1.2", Refuses: refused(2, 10)}, func(p *pass) {
		p.entries(GPIOs, func(e Entry, c *jsonc.Node) {
			if s, ok := c.Str(); ok && isNumeric(s) {
				safeFix(p.at(c, "A GPIO is a number without quotes"), "Remove the quotes", replace(c, trimZeros(strings.TrimSpace(s))))
			}
		})
	}, false},
	{rule.Rule{Code: "AZS051", Severity: rule.Hint, Title: "empty list",
		Doc: "An empty list allows nothing, as if it were not there. Templates leave such lists; they do no harm.",
		Fix: "removes it", Source: "facts/manifest.md 1.4"}, func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.IsList() && e.Cap.Shape != Powers && e.Node.Kind == jsonc.Array && len(e.Node.Children) == 0 && !e.Node.Unclosed {
				fix(p.at(e.Node, "An empty %s has no effect", e.Name), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS052", Severity: rule.Error, Title: "PowerControls is empty",
		Doc: "Other lists may be empty; for PowerControls the device has an error of its own.",
		Fix: "removes it", Source: "facts/manifest.md 1.2", Refuses: refused(2, 49)}, func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap != nil && e.Cap.Shape == Powers && e.Node.Kind == jsonc.Array && len(e.Node.Children) == 0 && !e.Node.Unclosed {
				safeFix(p.at(e.Node, "PowerControls must not be empty"), "Remove "+e.Name, p.remove(e.Node))
			}
		}
	}, false},
	{rule.Rule{Code: "AZS053", Severity: rule.Error, Title: "unknown power control",
		Doc: "The power controls are ForceReboot, ForcePowerDown and SetPowerProfile.",
		Fix: "writes the nearest one", Source: "facts/manifest.md 1.2", Refuses: refused(2, 50)}, func(p *pass) {
		p.entries(Powers, func(e Entry, c *jsonc.Node) {
			if s, ok := c.Str(); ok && !slices.Contains(powerControls, s) && !p.enough(c) {
				near := rule.Nearest(s, powerControls)
				f := p.at(c, "There is no power control %q%s", s, didYouMean(near))
				for _, n := range near {
					fix(f, "Write "+strconv.Quote(n), replace(c, strconv.Quote(n)))
				}
			}
		})
	}, false},
	{rule.Rule{Code: "AZS054", Severity: rule.Error, Title: "power control that is there twice",
		Doc: "The device refuses a PowerControls list that names the same thing twice.",
		Fix: "removes the second one", Source: "facts/manifest.md 1.2", Refuses: refused(2, 48)}, func(p *pass) {
		p.twice(Powers, func(c *jsonc.Node) string { return c.Text() }, func(first, again *jsonc.Node) {
			f := p.at(again, "%q is there already", again.Text())
			f.Related = []rule.Related{{Span: rule.Span{Start: first.Start, End: first.End}, Message: "here"}}
			safeFix(f, "Remove it", p.remove(again))
		})
	}, false},
	{rule.Rule{Code: "AZS055", Severity: rule.Error, Title: "MutableStorage is not an object",
		Doc: "MutableStorage is an object that says how many kilobytes the app may keep: `{\"SizeKB\": 8}`.",
		Fix: "wraps the number", Source: "facts/manifest.md 1.2", Refuses: refused(2, 31)}, func(p *pass) {
		for _, e := range p.m.Caps {
			if e.Cap == nil || e.Cap.Shape != Storage || !present(e.Node) || e.Node.Kind == jsonc.Object {
				continue
			}
			f := p.at(e.Node, `MutableStorage must be an object like {"SizeKB": 8}`)
			size := int64(8)
			if v, ok := e.Node.Int(); ok && v > 0 {
				size = min(v, maxStorageKB)
			}
			text := fmt.Sprintf(`{ "SizeKB": %d }`, size)
			fix(f, "Write "+text, replace(e.Node, text))
		}
	}, false},
	{rule.Rule{Code: "AZS056", Severity: rule.Error, Title: "MutableStorage without SizeKB",
		Doc: "SizeKB says how many kilobytes the app may keep, 1 to 64.",
		Fix: "inserts 8", Source: "facts/manifest.md 1.2", Refuses: refused(2, 32)}, func(p *pass) {
		p.storage(func(e Entry, size *jsonc.Node) {
			if size != nil {
				return
			}
			for _, n := range e.Node.Children {
				if strings.EqualFold(strings.TrimSpace(n.Name()), sizeKey) {
					return // AZS006 says it
				}
			}
			if p.enough(e.Node) {
				return
			}
			fix(p.atKey(e.Node, "MutableStorage has no SizeKB"), `Insert "SizeKB": 8`, p.add(e.Node, `"SizeKB": 8`))
		})
	}, false},
	{rule.Rule{Code: "AZS057", Severity: rule.Error, Title: "SizeKB out of range",
		Doc: "An app may have 1 to 64 kilobytes of mutable storage, in whole numbers.",
		Fix: "writes the nearest size allowed", Source: "facts/manifest.md 1.2", Refuses: refused(2, 34)}, func(p *pass) {
		p.storage(func(e Entry, size *jsonc.Node) {
			v, ok := size.Int()
			switch {
			case !present(size) || ok && v >= 1 && v <= maxStorageKB:
			case ok && v > maxStorageKB:
				fix(p.at(size, "SizeKB is %d; the most an app can have is %d", v, maxStorageKB), "Set SizeKB to 64", replace(size, "64"))
			default:
				f := p.at(size, "SizeKB must be a whole number from 1 to %d", maxStorageKB)
				f.Refuses = inferred(2, 33)
				if n, err := strconv.Atoi(strings.TrimSpace(size.Text())); err == nil && n >= 1 && n <= maxStorageKB {
					safeFix(f, "Write it as a number", replace(size, strconv.Itoa(n)))
				} else {
					fix(f, "Set SizeKB to 8", replace(size, "8"))
				}
			}
		})
	}, false},
}

// entries calls f for every entry of every list of a shape.
func (p *pass) entries(s Shape, f func(e Entry, c *jsonc.Node)) {
	for _, e := range p.m.Caps {
		if e.Cap == nil || e.Cap.Shape != s || e.Node.Kind != jsonc.Array {
			continue
		}
		for _, c := range e.Node.Children {
			if present(c) {
				f(e, c)
			}
		}
	}
}

// twice calls report for every entry of a list of a shape whose key is there already; an empty key is not compared.
func (p *pass) twice(s Shape, key func(*jsonc.Node) string, report func(first, again *jsonc.Node)) {
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
		if first := seen[k]; first != nil {
			report(first, c)
			return
		}
		seen[k] = c
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
		if p.enough(e.Node) {
			continue
		}
		near := p.nearest(e.Name, names)
		f := p.atKey(e.Node, "There is no capability %q%s", e.Name, didYouMean(near))
		for _, n := range near {
			if p.m.capability(n) == nil {
				fix(f, "Write "+strconv.Quote(n), rename(e.Node, n))
			}
		}
		if lookupField(e.Name) != nil {
			f.Message = fmt.Sprintf("%s is no capability; it belongs to the top level of the manifest", e.Name)
		}
		fix(f, "Remove "+strconv.Quote(e.Name), p.remove(e.Node))
	}
}

func checkTypes(p *pass) {
	for _, e := range p.m.Caps {
		if e.Cap == nil || !present(e.Node) {
			continue
		}
		wrong := func(n *jsonc.Node, format string, args ...any) *rule.Finding {
			f := p.at(n, format, args...)
			f.Refuses = refusedAs(e.Cap.Parse)
			return f
		}
		switch {
		case e.Cap.Shape == Flag:
			if e.Node.Kind == jsonc.Bool {
				continue
			}
			f := wrong(e.Node, "%s must be true or false, this is %s", e.Cap.Name, article(e.Node.Kind.String()))
			switch strings.ToLower(e.Node.Text()) {
			case "true", "1":
				fix(f, "Write true", replace(e.Node, "true"))
			case "false", "0", "null":
				fix(f, "Remove "+e.Name, p.remove(e.Node))
			}
		case e.Cap.IsList() && e.Node.Kind != jsonc.Array:
			f := wrong(e.Node, "%s must be %s, this is %s", e.Cap.Name, e.Cap.Shape.describe(), article(e.Node.Kind.String()))
			if e.Node.Kind == jsonc.Null {
				fix(f, "Remove "+e.Name, p.remove(e.Node))
			} else if e.Node.Kind != jsonc.Object {
				fix(f, "Put it into an array", replace(e.Node, "[ "+p.file.Raw(e.Node)+" ]"))
			}
		case e.Cap.IsList():
			p.checkEntryTypes(e, wrong)
		}
	}
}

// checkEntryTypes looks at the entries of lists, but for what rules of their own do.
func (p *pass) checkEntryTypes(e Entry, wrong func(*jsonc.Node, string, ...any) *rule.Finding) {
	for _, c := range e.Node.Children {
		if !present(c) {
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
			f := wrong(c, "Gpio lists GPIO numbers, or names with a $; this is %s", article(c.Kind.String()))
			if isString && isSymbol(s) && !p.opt.Packaged {
				fix(f, "Write \"$"+s+"\"", replace(c, strconv.Quote("$"+s)))
			}
		case Units, Hosts, Powers:
			if !isString {
				wrong(c, "%s lists strings, this is %s", e.Cap.Name, article(c.Kind.String()))
			}
		}
	}
}

// isSymbol reports whether s could be a name of a hardware definition.
func isSymbol(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c == '_' || c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z') {
			return false
		}
	}
	return true
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
		if p.enough(c) {
			return
		}
		free := hwdef.FreeGPIOs(int(max(min(v, 1000), -1)), p.claims)
		f := p.at(c, "The MT3620 has no GPIO %s", c.Text())
		if len(free) > 0 {
			f.Message += fmt.Sprintf("; the nearest one that is free is %d", free[0])
		}
		for _, n := range free[:min(2, len(free))] {
			fix(f, fmt.Sprintf("Use GPIO %d", n), replace(c, strconv.Itoa(n)))
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
		if slices.Contains(valid, s) || p.knownSymbol(s) || p.enough(c) {
			return
		}
		near := nearestUnit(s, valid)
		f := p.at(c, "%q is none of %s%s", s, rangeOf(valid), didYouMean(near))
		for _, n := range near {
			fix(f, "Write "+strconv.Quote(n), replace(c, strconv.Quote(n)))
		}
		if isSymbol(s) && !p.opt.Packaged && !strings.HasPrefix(s, "ISU") {
			fix(f, "Write \"$"+s+"\"", replace(c, strconv.Quote("$"+s)))
		}
	})
}

// rangeOf writes a list of names that count up: "ISU0 to ISU4".
func rangeOf(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return names[0] + " to " + names[len(names)-1]
}

// nearestUnit returns the controllers that s may mean: the one it begins with, or those spelt like it.
func nearestUnit(s string, valid []string) []string {
	up := strings.ToUpper(strings.TrimSpace(s))
	for _, v := range valid {
		if rest, ok := strings.CutPrefix(up, v); ok && (rest == "" || rest[0] < '0' || rest[0] > '9') {
			return []string{v}
		}
	}
	return rule.Nearest(s, valid)
}

// checkTwice compares what entries stand for, so that a name and the number it resolves to are the same.
func checkTwice(p *pass) {
	report := func(first, again *jsonc.Node) {
		as := ""
		if p.file.Raw(first) != p.file.Raw(again) {
			as = ", as " + p.file.Raw(first)
		}
		f := p.at(again, "%s is there already%s", p.file.Raw(again), as)
		f.Related = []rule.Related{{Span: rule.Span{Start: first.Start, End: first.End}, Message: "here"}}
		safeFix(f, "Remove it", p.remove(again))
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
