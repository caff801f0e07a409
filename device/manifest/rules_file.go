package manifest

import (
	"fmt"
	"path"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// fileRules are those of group 1 of facts/diagnostics.md that are about manifests; the others are jsonrule.Table.
var fileRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS006", Severity: rule.Warning, Title: "key in the wrong case, or with space around it",
		Doc: "Keys are compared letter by letter: `PWM` and `\"Pwm \"` are not `Pwm`. The device refuses an unknown capability, or drops it with a line in its log; " +
			"an unknown property has no effect. A key that must be there, such as `Capabilities`, is missing in any other spelling: " +
			"that is an error, with the device's answer to a manifest without it.",
		Fix: "writes the key as the device knows it", Source: "facts/manifest.md 1.1, 1.2",
		Refuses: unknownKey}, Check: checkSpelling},
	{Rule: rule.Rule{Code: "AZS007", Severity: rule.Warning, Title: "manifest under another name",
		Doc: "The packer takes `app_manifest.json` at the root of the app's folder and nothing else. A copy under another name, such as one per board, " +
			"has no effect until it is copied there.",
		Source:  "facts/manifest.md 1",
		Refuses: rule.Refuses{Code: deverr.Code(2, 25), Phase: rule.Source, Confidence: rule.Inferred}}, Check: checkFileName},
}

// unknownKey is what a device may say to a capability in the wrong spelling. Published packages carry such keys, so
// that a device seems to read over them; facts/diagnostics.md predicts 1.3.
var unknownKey = rule.Refuses{Code: deverr.Code(1, 3), Phase: rule.Install, Confidence: rule.Recalled}

func checkSpelling(p *pass) {
	if p.m.root == nil {
		return
	}
	report := func(n *jsonc.Node, right string, has *jsonc.Node, refuses rule.Refuses) *rule.Finding {
		f := p.AtKey(n, "%q must be written %q", n.Name(), right)
		f.Refuses = refuses
		if has == nil {
			jsonrule.SafeFix(f, fmt.Sprintf("Write %q", right), jsonrule.Rename(n, right))
		}
		return f
	}
	// A key that must be there, and is there in this spelling only, is missing to the device.
	lacks := func(n *jsonc.Node, right string, code int) *rule.Finding {
		f := report(n, right, nil, refusedAs(code))
		f.Severity = rule.Error
		f.Message += fmt.Sprintf("; as it is, %s is missing", right)
		return f
	}
	for _, n := range p.m.root.Children {
		if lookupField(n.Name()) != nil || n.Key.Kind == jsonc.Missing {
			continue
		}
		for i := range fields {
			if !means(n, fields[i].name) {
				continue
			}
			if has := p.m.top(fields[i].name); has != nil || !fields[i].required || p.m.Fragment {
				report(n, fields[i].name, has, rule.Refuses{})
			} else if f := lacks(n, fields[i].name, fields[i].missing); fields[i].filled {
				p.filled(f)
			}
		}
	}
	for _, e := range p.m.Caps {
		if e.Cap != nil && !e.Exact && e.Cap.Reserved == "" {
			report(e.Node, e.Cap.Name, p.m.capability(e.Cap.Name), unknownKey)
		}
		if e.Cap != nil && e.Cap.Shape == Storage && e.Node.Kind == jsonc.Object {
			has := e.Node.Member(sizeKey)
			for _, n := range e.Node.Children {
				if !means(n, sizeKey) {
					continue
				}
				if has != nil {
					report(n, sizeKey, has, rule.Refuses{})
				} else {
					lacks(n, sizeKey, deverr.Code(2, 32))
				}
			}
		}
	}
}

func checkFileName(p *pass) {
	if name := path.Base(p.opt.Path); p.opt.Path != "" && name != FileName {
		p.Report(rule.Span{Start: p.File.Root.Start, End: min(p.File.Root.Start+1, len(p.File.Src))}, nil,
			"The packer takes %s only; under the name %s this has no effect", FileName, name)
	}
}
