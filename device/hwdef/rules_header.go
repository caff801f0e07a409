package hwdef

import (
	"errors"
	"io/fs"
	"slices"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// headerRules are about the C header of a definition.
var headerRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS220", Severity: rule.Warning, Title: "C header that is missing or stale",
		Doc: "`inc/hw/NAME.h` beside the definition is generated from it, and C code includes it. It is not there, though the definition says how it should begin (`MainCoreHeaderFileTopContent`), or says something else than the definition, as one that was generated from another state of it, " +
			"so that C code opens other peripherals than the manifest asks for. `armillary hwdef header FILE` writes it.",
		Fix: "generates a stale header anew; without a look only where no macro, `#include` or code goes away", Source: "facts/manifest.md 2.5"}, Check: func(p *pass) { p.checkHeader(HeaderStale, HeaderMissing) }},
	{Rule: rule.Rule{Code: "AZS221", Severity: rule.Warning, Title: "C header that was edited by hand",
		Doc: "`inc/hw/NAME.h` beside the definition holds what generation never writes and says something else than the definition. The next generation overwrites it: " +
			"bring what is meant into the definition, and what is no peripheral into a header of its own.",
		Fix: "generates the header anew", Source: "facts/manifest.md 2.5"}, Check: func(p *pass) { p.checkHeader(HeaderEdited) }},
}

// checkHeader reports a header that is in one of the states.
func (p *pass) checkHeader(states ...HeaderState) {
	if p.opt.Header == nil {
		return
	}
	text, state := p.header()
	for _, s := range states {
		if s != state || state == HeaderMissing && len(p.d.Top) == 0 { // nobody meant it to have one
			continue
		}
		header := HeaderPath(p.d.Path)
		shown := header
		if p.opt.Show != nil {
			shown = p.opt.Show(header)
		}
		said := map[HeaderState]string{HeaderStale: "is stale: it says something else than this file",
			HeaderMissing: "is missing; 'armillary hwdef header' writes it", HeaderEdited: "was edited by hand and differs from what this file says"}[state]
		f := p.top("", "The C header %s %s", shown, said)
		edit := rule.Edit{File: header, Span: rule.Span{Start: 0, End: len(text)}, New: UpdateHeader(p.d, text)}
		lost := Lost(p.headerText, edit.New)
		switch {
		case state == HeaderStale && lost != "":
			jsonrule.Fix(f, "Generate the header anew, without "+lost, edit)
		case state == HeaderStale:
			jsonrule.SafeFix(f, "Generate the header anew", edit)
		case state == HeaderEdited:
			jsonrule.Fix(f, "Generate the header anew; what was written by hand is lost", edit)
		}
	}
}

// header returns the C header and its state. Of a file that is no sound JSON it is current: what would be generated would
// be a guess.
func (p *pass) header() (string, HeaderState) {
	if p.compareHeader {
		p.compareHeader = false
		var err error
		p.headerText, err = p.opt.Header()
		missing := errors.Is(err, fs.ErrNotExist)
		if (err == nil || missing) && !slices.ContainsFunc(p.d.File.Errors, func(e jsonc.Error) bool { return !e.Code.Tolerated() }) {
			p.headerState = CompareHeader(p.d, p.headerText, !missing)
		}
	}
	return p.headerText, p.headerState
}
