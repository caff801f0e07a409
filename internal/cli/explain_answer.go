package cli

import (
	"fmt"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/analysis"
)

// explained is what is known about one code; `explain --json` prints it as it is. Its fields keep their names and meaning;
// those that do not apply are left out.
type explained struct {
	Query string `json:"query"`           // as it was asked, or found in the log
	Line  int    `json:"line,omitempty"`  // of the log, from 1
	Times int    `json:"times,omitempty"` // in how many lines of the log
	Kind  string `json:"kind"`            // rule, device, errno, capability, power control or function
	Name  string `json:"name"`            // AZS101, RequestedPeripheralsRequireSamePin, EACCES, Gpio
	Title string `json:"title,omitempty"` // of a rule or an errno

	// Of a device error; Code also of an errno.
	Code     int       `json:"code,omitempty"`  // 2097187
	Hex      string    `json:"hex,omitempty"`   // "0x200023"
	Short    string    `json:"short,omitempty"` // "2.35"
	Category *category `json:"category,omitempty"`
	OS       string    `json:"os,omitempty"`       // "22.07-24.06"
	Versions []named   `json:"versions,omitempty"` // other names of the number, and the OS versions that have them
	Internal bool      `json:"internal,omitempty"` // no cause outside the device is known
	FoundBy  []string  `json:"foundBy,omitempty"`  // rules that find it before the device does

	// Of a rule; Severity also under --strict.
	Severity string     `json:"severity,omitempty"`
	Strict   string     `json:"strict,omitempty"`
	Refuses  *refusedBy `json:"refuses,omitempty"` // by packer or device
	Fix      string     `json:"fix,omitempty"`

	// Of a capability.
	Apps     []string `json:"apps,omitempty"` // high-level, real-time
	Since    string   `json:"since,omitempty"`
	NeededBy []string `json:"neededBy,omitempty"` // also of a power control

	// Of a function of the C interface.
	Needs []string `json:"needs,omitempty"` // all of them
	Errno string   `json:"errno,omitempty"` // without them

	Text string   `json:"text,omitempty"` // what has happened; Markdown for a rule
	Help string   `json:"help,omitempty"` // what to do
	See  []string `json:"see,omitempty"`  // of a rule: where there is more, as a place in the documentation or a command
}

type category struct {
	Number int    `json:"number"`
	Name   string `json:"name"`
	About  string `json:"about"`
}

type named struct {
	Name string `json:"name"`
	OS   string `json:"os"`
}

// refusedBy is a rule's answer of packer or device: rule.Refuses in words.
type refusedBy struct {
	Code       int    `json:"code,omitempty"`       // device error
	Phase      string `json:"phase,omitempty"`      // source, packed or install
	Confidence string `json:"confidence,omitempty"` // sourced, inferred or recalled
	text       string // all of it in words
}

// isRule tells whether a query is written like a rule's code.
func isRule(s string) bool {
	return len(s) >= 3 && strings.EqualFold(s[:3], "AZS") && strings.Trim(s[3:], "0123456789") == ""
}

// isName tells whether a query is one word, as names are.
func isName(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}) < 0
}

// answersTo returns all that is known under a code or name, in any of its spellings: several answers where categories
// share a name.
func answersTo(query string) ([]explained, error) {
	if isRule(query) {
		return ruleAnswer(query)
	}
	n, isNumber := deverr.ParseNumber(query)
	if !isNumber {
		if e, err := deverr.ParseErrno(query); err == nil {
			return []explained{errnoAnswer(query, e)}, nil
		}
		if all := deverr.Named(query); len(all) > 0 {
			var found []explained
			for _, e := range all {
				found = append(found, deviceAnswer(query, e))
			}
			return found, nil
		}
		for _, c := range manifest.Capabilities() {
			if strings.EqualFold(c.Name, query) {
				return []explained{capabilityAnswer(query, &c)}, nil
			}
		}
		if a, ok := inC(query); ok {
			return []explained{a}, nil
		}
		var err error
		if n, err = deverr.Parse(query); err != nil {
			return nil, notKnown(query)
		}
	}
	if n < 1<<20 {
		// Category 0 has no errors of its own: its ids are errnos.
		e, err := deverr.ParseErrno(fmt.Sprint(n))
		if err != nil {
			return nil, fmt.Errorf("%w; a device error's number is at least 1048576", err)
		}
		return []explained{errnoAnswer(query, e)}, nil
	}
	e, ok := deverr.Lookup(n)
	if !ok {
		return nil, noSuchError(n)
	}
	return []explained{deviceAnswer(query, e)}, nil
}

func notKnown(query string) error {
	if isName(query) {
		if near := rule.Nearest(query, explainable()); len(near) > 0 {
			return fmt.Errorf("%q is nothing that can be explained; did you mean %s?", query, strings.Join(near, " or "))
		}
	}
	return fmt.Errorf("%q is nothing that can be explained: write a rule (AZS101), a device error (2097187, 0x200023, 2.35 or its name), "+
		"an errno (EACCES, 13), a capability (Gpio) or a function (GPIO_OpenAsOutput)", query)
}

// explainable are all names that answersTo knows, but for the rules' codes.
func explainable() []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, c := range manifest.Capabilities() {
		add(c.Name)
	}
	for _, c := range manifest.PowerControls() {
		add(c)
	}
	for _, f := range manifest.Functions() {
		add(f.Name)
	}
	for _, e := range deverr.Errnos() {
		add(e.Name)
	}
	for _, e := range deverr.All() {
		add(e.Name)
	}
	return names
}

func noSuchError(code int) error {
	n, id := deverr.Split(code)
	name, about := deverr.Category(n)
	if name == "" {
		return fmt.Errorf("device error %s (%d, %#x) is not in the catalogue, and neither is its category %d", deverr.Short(code), code, code, n)
	}
	return fmt.Errorf("device error %s (%d, %#x) is not in the catalogue: category %d is %s (%s), but it has no id %d that is known",
		deverr.Short(code), code, code, n, name, about, id)
}

func ruleAnswer(query string) ([]explained, error) {
	r := analysis.LookupRule(strings.ToUpper(query))
	if r == nil {
		all := analysis.Rules()
		return nil, fmt.Errorf("there is no rule %s; the rules go from %s to %s, see docs/rules.md", strings.ToUpper(query), all[0].Code, all[len(all)-1].Code)
	}
	a := explained{Query: query, Kind: "rule", Name: r.Code, Title: r.Title, Severity: r.Severity.String(), Fix: r.Fix, Text: strings.TrimSpace(r.Doc)}
	if r.Strict != 0 && r.Strict != r.Severity {
		a.Strict = r.Strict.String()
	}
	if said := format.Refusal(r.Refuses); said != "" {
		a.Refuses = &refusedBy{r.Refuses.Code, string(r.Refuses.Phase), string(r.Refuses.Confidence), said}
	}
	a.See = []string{"docs/rules.md#" + strings.ToLower(r.Code)}
	if r.Refuses.Code != 0 {
		a.See = append(a.See, "armillary explain "+deverr.Short(r.Refuses.Code))
	}
	return []explained{a}, nil
}

func deviceAnswer(query string, e deverr.Error) explained {
	code := e.Code()
	name, about := deverr.Category(e.Category)
	a := explained{Query: query, Kind: "device", Name: e.Name, Code: code, Hex: fmt.Sprintf("%#x", code), Short: e.Short(), OS: e.OS,
		Category: &category{e.Category, name, about}, Internal: e.Internal, Text: e.Text, Help: e.Help}
	for _, other := range deverr.Versions(code) {
		if other.Name != e.Name {
			a.Versions = append(a.Versions, named{other.Name, other.OS})
		}
	}
	for _, r := range analysis.Rules() {
		if r.Refuses.Code == code {
			a.FoundBy = append(a.FoundBy, r.Code)
		}
	}
	return a
}

func errnoAnswer(query string, e deverr.Errno) explained {
	return explained{Query: query, Kind: "errno", Name: e.Name, Title: e.Text, Code: e.Number, Text: e.Sphere}
}

func capabilityAnswer(query string, c *manifest.Capability) explained {
	a := explained{Query: query, Kind: "capability", Name: c.Name}
	if c.Reserved != "" {
		a.Text = "Customer apps cannot have it: " + c.Reserved + "."
		return a
	}
	if c.HL {
		a.Apps = append(a.Apps, "high-level")
	}
	if c.RT {
		a.Apps = append(a.Apps, "real-time")
	}
	a.Since, a.NeededBy, a.Text = c.Since, c.Needs(), strings.TrimSpace(c.Allows+" "+c.Note)
	return a
}
