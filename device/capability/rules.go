package capability

import (
	"fmt"

	"armillary.dev/device/deverr"
	"armillary.dev/device/rule"
)

// Options say what is known around a capability file.
type Options struct {
	DeviceID string // of the device that it is meant for, 128 hexadecimal digits in any case; empty: not compared
	Strict   bool   // turns on the severities of --strict
}

// entry is one row of the rule table.
type entry struct {
	rule.Rule
	check func(*pass)
}

// table are group 8 of facts/diagnostics.md, in the order of codes.
var table = []entry{
	{rule.Rule{Code: "AZS400", Severity: rule.Error, Title: "not a whole capability file",
		Doc: "A device capability file has a magic number, a length and the id of one device, then the capabilities, metadata and the cloud's signature. " +
			"A file that is damaged, cut off or something else opens nothing on any device: download the capability again.",
		Source: "facts/manifest.md 4.1"}, func(p *pass) {
		for _, x := range p.problems {
			f := p.at(x.Span, "%s", x.Message)
			if !x.Grave {
				f.Severity = rule.Warning
			}
		}
	}},
	{rule.Rule{Code: "AZS401", Severity: rule.Warning, Title: "capability for another device",
		Doc: "A capability is signed for one device id and works on no other. The device keeps what it cannot do locked, and answers as if it had no capability. " +
			"Download one for this device.",
		Source: "facts/manifest.md 4.1", Refuses: rule.Refuses{Code: deverr.Code(1, 20), Phase: rule.Install, Confidence: rule.Inferred}}, checkDevice},
	{rule.Rule{Code: "AZS402", Severity: rule.Info, Title: "unknown capability number",
		Doc:    "The file grants a capability whose number nobody has described. The device may know it; what it opens cannot be said here.",
		Source: "facts/manifest.md 4.1"}, func(p *pass) {
		for _, s := range p.f.Capabilities {
			if _, ok := s.ID.Lookup(); !ok {
				p.at(rule.Span{Start: s.At, End: s.At + 4}, "Nothing is known of capability number %d", uint32(s.ID))
			}
		}
	}},
}

// Rules returns every rule, in the order of codes.
func Rules() []*rule.Rule {
	all := make([]*rule.Rule, len(table))
	for i := range table {
		all[i] = &table[i].Rule
	}
	return all
}

// Check holds a capability file against every rule. Spans are byte offsets into data as it is, in base64 too. Findings are
// in the order of codes.
func Check(data []byte, opt Options) []rule.Finding {
	f, problems := Read(data)
	return CheckFile(f, problems, opt)
}

// CheckFile is Check for what Read returned.
func CheckFile(f *File, problems []Problem, opt Options) []rule.Finding {
	p := &pass{f: f, problems: problems, opt: opt}
	for i := range table {
		p.rule = &table[i].Rule
		table[i].check(p)
	}
	return p.out
}

// pass is one run of the rules over one file.
type pass struct {
	f        *File
	problems []Problem
	opt      Options
	rule     *rule.Rule // the current one
	out      []rule.Finding
}

// at reports the current rule at a range of the binary. The result may be changed until the next report.
func (p *pass) at(s rule.Span, format string, args ...any) *rule.Finding {
	severity := p.rule.Severity
	if p.opt.Strict && p.rule.Strict != 0 {
		severity = p.rule.Strict
	}
	p.out = append(p.out, rule.Finding{Rule: p.rule, Severity: severity, Span: p.f.span(s), Message: fmt.Sprintf(format, args...), Refuses: p.rule.Refuses})
	return &p.out[len(p.out)-1]
}

func checkDevice(p *pass) {
	if p.opt.DeviceID == "" || p.f.DeviceIDString() == "" {
		return
	}
	at := rule.Span{Start: deviceAt, End: listAt}
	id, err := ParseDeviceID(p.opt.DeviceID)
	if err != nil {
		p.at(at, "Not compared: the id of the device is given as %.20q, but %v", p.opt.DeviceID, err).Refuses = rule.Refuses{}
	} else if id != p.f.DeviceID {
		p.at(at, "The capability is for device %.8x…, not for %.8x…; that device stays locked", p.f.DeviceID[:4], id[:4])
	}
}
