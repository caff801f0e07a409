package manifest

import (
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

const conflictDoc = "\n\nAn ISU is one of UART, I2C or SPI and takes all its pins, used or not; a PWM controller takes its four GPIOs, the ADC all eight. " +
	"Plain GPIOs of one block never clash inside one app."

// pinRules are group 4 of facts/diagnostics.md: pins within one manifest.
var pinRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS100", Severity: rule.Error, Title: "one controller through two fields",
		Doc: "Two fields ask for the same ISU, which can be only one thing at a time. Which of the two is wrong, the code and the board know; " +
			"an entry that is a `$` name is not the one to change, it says what is soldered where." + conflictDoc,
		Fix: "writes an ISU that is free, for either", Source: "facts/manifest.md 2.4", Refuses: refused(2, 35)}, Check: func(p *pass) {
		p.conflicts(hwdef.SameController)
	}},
	{Rule: rule.Rule{Code: "AZS101", Severity: rule.Error, Title: "GPIO among the pins of a controller",
		Doc: "The GPIO's pin belongs to a controller that the same manifest asks for." + conflictDoc + "\n\nThe fifth pin of an ISU, which only SPI can use, is a warning beside a UART or I2C: " +
			"an official sample takes one so on a board (SAMPLE_BUTTON_1 of the Seeed MT3620), and whether a device refuses it is not known.",
		Fix: "moves it to a GPIO that is free", Source: "facts/manifest.md 2.4", Refuses: refused(2, 35)}, Check: func(p *pass) {
		p.conflicts(hwdef.InsideBlock)
	}},
	{Rule: rule.Rule{Code: "AZS102", Severity: rule.Error, Title: "external interrupt on a pin that is claimed",
		Doc: "EINTn uses the pin of GPIO n, which the same manifest asks for as a GPIO or within a PWM controller." + conflictDoc,
		Fix: "moves the interrupt to a pin that is free", Source: "facts/manifest.md 2.4", Refuses: inferred(2, 35)}, Check: func(p *pass) {
		p.conflicts(hwdef.Interrupted)
	}},
	{Rule: rule.Rule{Code: "AZS103", Severity: rule.Info, Title: "real-time app takes a block of pins from others",
		Doc:    "A block of pins belongs to one core. As soon as a real-time app has one GPIO, PWM or ADC channel of it, apps on other cores cannot have the rest. It is said once for all blocks.",
		Source: "facts/manifest.md 2.4"}, Check: checkBlocks},
}

// conflicts reports the conflicts of a kind at the entry that is easier to move, with where it could go. Of two controllers
// either can move, and the later one is as good a place as the other, but for a name: that says what is soldered where, and a
// value does not.
func (p *pass) conflicts(kind hwdef.ConflictKind) {
	for _, c := range p.pairs {
		if c.Kind != kind {
			continue
		}
		either := kind == hwdef.SameController
		if either && named(p.claimed[c.B]) && !named(p.claimed[c.A]) {
			c.A, c.B = c.B, c.A
		}
		pins := fmt.Sprintf("the pin of GPIO %d", c.First)
		if c.Last > c.First {
			pins = fmt.Sprintf("the pins of GPIO %d to %d", c.First, c.Last)
		}
		other := p.claimed[c.A]
		f := p.At(p.claimed[c.B], "%s and %s both need %s", p.claims[c.B], p.claims[c.A], pins)
		if c.Spare {
			f.Severity, f.Refuses = rule.Warning, rule.Refuses{}
			f.Message = fmt.Sprintf("%s is a pin of %s; only SPI uses it, but an ISU may take all its pins", p.claims[c.B], p.claims[c.A])
		}
		f.Related = []rule.Related{{Span: rule.Span{Start: other.Start, End: other.End}, Message: p.claims[c.A].String()}}
		p.offerFree(f, c.B)
		if either {
			p.offerFree(f, c.A)
		}
	}
}

// offerFree adds the fixes that move a claim to what is free, unless it is a name.
func (p *pass) offerFree(f *rule.Finding, claim int) {
	c, n := p.claims[claim], p.claimed[claim]
	if named(n) {
		return
	}
	var free []hwdef.Value
	if c.Field == hwdef.Gpio {
		gpio, _ := strconv.Atoi(c.Value.Text)
		for _, g := range hwdef.FreeGPIOs(gpio, p.claims) {
			free = append(free, hwdef.Value{Text: strconv.Itoa(g), Number: true})
		}
	} else {
		for _, name := range hwdef.FreeControllers(c.Field, p.claims) {
			free = append(free, hwdef.Value{Text: name})
		}
	}
	for _, v := range free[:min(3, len(free))] {
		c.Value = v
		jsonrule.Fix(f, "Use "+c.String(), jsonrule.Replace(n, v.JSON()))
	}
}

func checkBlocks(p *pass) {
	if !p.m.RealTime {
		return
	}
	used := map[string]int{} // GPIOs of the block that the app takes one by one
	for _, c := range p.claims {
		if first, last, _ := c.Pins(); first == last {
			b, _ := hwdef.BlockOf(first)
			used[b.Name]++
		}
	}
	var ranges []string
	var places []rule.Related
	var first *jsonc.Node
	said := map[string]bool{}
	for i, c := range p.claims {
		from, to, _ := c.Pins()
		b, _ := hwdef.BlockOf(from)
		// A PWM or ADC controller is seldom used with all its channels; an ISU or I2S leaves next to nothing.
		part := from == to && used[b.Name] < b.Last-b.First+1 || c.Field == hwdef.Pwm || c.Field == hwdef.Adc
		if !part || said[b.Name] {
			continue
		}
		said[b.Name] = true
		n := p.claimed[i]
		if first == nil {
			first = n
		}
		r := fmt.Sprintf("%d to %d", b.First, b.Last)
		ranges = append(ranges, r)
		places = append(places, rule.Related{Span: rule.Span{Start: n.Start, End: n.End}, Message: c.String() + " is in the block of GPIO " + r})
	}
	if first == nil {
		return
	}
	f := p.At(first, "Apps on other cores cannot use any of GPIO %s while this app is installed", strings.Join(ranges, ", "))
	if len(places) > 1 {
		f.Related = places
	}
}
