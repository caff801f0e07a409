package cli

import (
	"strings"

	"armillary.dev/device/manifest"
)

// inC explains a function of the C interface that needs a capability, or a power control.
func inC(query string) (explained, bool) {
	for _, name := range manifest.PowerControls() {
		if strings.EqualFold(name, query) {
			return powerAnswer(query, name), true
		}
	}
	for _, f := range manifest.Functions() {
		if strings.EqualFold(f.Name, query) {
			return functionAnswer(query, f), true
		}
	}
	return explained{}, false
}

func powerAnswer(query, name string) explained {
	a := explained{Query: query, Kind: "power control", Name: name, Text: "A value of PowerControls in the manifest."}
	for _, f := range manifest.Functions() {
		if f.Mentions("PowerControls", name) {
			a.NeededBy = append(a.NeededBy, f.Name)
		}
	}
	return a
}

func functionAnswer(query string, f *manifest.Function) explained {
	a := explained{Query: query, Kind: "function", Name: f.Name, Errno: f.Errno}
	for _, n := range f.Needs {
		a.Needs = append(a.Needs, n.String())
	}
	var text []string
	if f.Peripheral != "" {
		text = append(text, "The list in the manifest has to name what the call opens.")
	}
	if len(f.Only) > 0 && len(f.Also) > 0 {
		text = append(text, "With "+strings.Join(f.Only, ", ")+" it needs "+f.Also.String()+" too.")
	} else if len(f.Only) > 0 {
		text = append(text, "Only a call with "+strings.Join(f.Only, ", ")+" needs it.")
	}
	if f.Depends {
		text = append(text, "Whether a call needs it depends on the other end: a socket may be a local one.")
	}
	if f.Note != "" {
		text = append(text, strings.ToUpper(f.Note[:1])+f.Note[1:]+".")
	}
	a.Text = strings.Join(text, " ")
	return a
}
