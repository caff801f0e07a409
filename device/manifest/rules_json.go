package manifest

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// CodeSyntax is the rule about plain JSON syntax, which editors may leave to whoever else says it.
const CodeSyntax = "AZS001"

// maxSyntax is what MaxFindings is for syntax errors: the first ones are those that help.
const maxSyntax = 50

// jsonRules are group 1 of facts/diagnostics.md: the file as JSON.
var jsonRules = []entry{
	{rule.Rule{Code: CodeSyntax, Severity: rule.Error, Title: "JSON syntax error",
		Doc: "The text is not JSON. What can be understood of the rest is checked all the same.\n\nThe packer and the device refuse such a file.",
		Fix: "inserts what is missing", Source: "facts/diagnostics.md 1",
		Refuses: rule.Refuses{Code: deverr.Code(2, 1), Phase: rule.Source, Confidence: rule.Sourced}}, checkSyntax, true},
	{rule.Rule{Code: "AZS002", Severity: rule.Warning, Strict: rule.Error, Title: "comment in JSON",
		Doc: "JSON has no comments. Older tools for Azure Sphere took files with comments, others do not.",
		Fix: "removes the comment", Source: "facts/manifest.md 1.4"}, checkComments, true},
	{rule.Rule{Code: "AZS003", Severity: rule.Warning, Strict: rule.Error, Title: "trailing comma",
		Doc: "JSON allows no comma after the last entry. Some tools read over it, others refuse the file.",
		Fix: "removes the comma", Source: "facts/manifest.md 1.4"}, checkTrailing, true},
	{rule.Rule{Code: "AZS004", Severity: rule.Info, Title: "byte order mark",
		Doc: "The file begins with the three bytes of a UTF-8 byte order mark, as Visual Studio writes it. Strict JSON readers stumble over it.",
		Fix: "removes the mark", Source: "facts/manifest.md 1.4"}, checkBOM, true},
	{rule.Rule{Code: "AZS005", Severity: rule.Error, Title: "duplicate key",
		Doc: "One object has the same key twice. The last one counts, here as in most JSON readers; what the earlier one says is lost.",
		Fix: "deletes the earlier entry, or this one", Source: "facts/diagnostics.md 1"}, checkDuplicates, true},
	// Published packages carry such keys, so that a device seems to read over them; facts/diagnostics.md predicts 1.3.
	{rule.Rule{Code: "AZS006", Severity: rule.Warning, Title: "key in the wrong case, or with space around it",
		Doc: "Keys are compared letter by letter: `PWM` and `\"Pwm \"` are not `Pwm`. The device refuses an unknown capability, or drops it with a line in its log; " +
			"an unknown property has no effect.",
		Fix: "writes the key as the device knows it", Source: "facts/manifest.md 1.2",
		Refuses: rule.Refuses{Code: deverr.Code(1, 3), Phase: rule.Install, Confidence: rule.Recalled}}, checkSpelling, false},
	{rule.Rule{Code: "AZS007", Severity: rule.Warning, Title: "manifest under another name",
		Doc: "The packer takes `app_manifest.json` at the root of the app's folder and nothing else. A copy under another name, such as one per board, " +
			"has no effect until it is copied there.",
		Source:  "facts/manifest.md 1",
		Refuses: rule.Refuses{Code: deverr.Code(2, 25), Phase: rule.Source, Confidence: rule.Inferred}}, checkFileName, false},
	{rule.Rule{Code: "AZS008", Severity: rule.Warning, Title: "text that is not UTF-8",
		Doc:    "JSON is UTF-8. The file holds bytes of another encoding, often Shift-JIS or Windows-1252 in comments. Save it as UTF-8.",
		Source: "facts/manifest.md 2.1"}, checkUTF8, true},
}

// unlessManifest takes the refusal from a finding in a file that no device ever sees.
func (p *pass) unlessManifest(f *rule.Finding) *rule.Finding {
	if !p.isManifest {
		f.Refuses = rule.Refuses{}
	}
	return f
}

func checkSyntax(p *pass) {
	sound := true
	for i := range p.file.Errors {
		e := &p.file.Errors[i]
		if e.Code.Tolerated() {
			continue
		}
		sound = false
		// What is missing has no width: show it at the character before, if there is one on the line.
		s := rule.Span{Start: e.Start, End: e.End}
		if s.Start == s.End && s.Start > 0 && p.file.Src[s.Start-1] != '\n' {
			s.Start--
			for s.Start > 0 && p.file.Src[s.Start]&0xc0 == 0x80 {
				s.Start--
			}
		}
		f := p.unlessManifest(p.span(s, p.nodeAt(e.Start), "%s", capital(e.Msg)))
		if e.Code == jsonc.MissingClose {
			f.Related = []rule.Related{{Span: rule.Span(e.Related), Message: "opened here"}}
		}
		if e.Insert == "" {
			continue
		}
		at := e.Start
		if e.Code == jsonc.MissingQuote || e.Code == jsonc.MissingComment {
			at = e.End
		}
		title := "Insert " + strconv.Quote(e.Insert)
		if e.Insert == `"` {
			title = "Close the string"
		} else if len(e.Insert) > 8 {
			title = fmt.Sprintf("Insert %d closing brackets", len(e.Insert))
		}
		if e.Code == jsonc.MissingComma {
			safeFix(f, title, edit(at, at, e.Insert))
		} else {
			fix(f, title, edit(at, at, e.Insert))
		}
	}
	for c, n := range p.file.Dropped {
		if !jsonc.Code(c).Tolerated() {
			p.more += n
		}
	}
	if p.isManifest && p.m.root == nil && sound {
		p.at(p.file.Root, "An app manifest is a JSON object, this is %s", article(p.file.Root.Kind.String()))
	}
}

// nodeAt is the place of an error for baselines: the innermost value around it.
func (p *pass) nodeAt(offset int) *jsonc.Node { return p.file.PathAt(offset).Node }

// each calls report for every error of a code.
func (p *pass) each(c jsonc.Code, report func(e *jsonc.Error)) {
	for i := range p.file.Errors {
		if p.file.Errors[i].Code == c {
			report(&p.file.Errors[i])
		}
	}
	p.more += p.file.Dropped[c]
}

func checkComments(p *pass) {
	p.each(jsonc.Comment, func(e *jsonc.Error) {
		f := p.span(rule.Span{Start: e.Start, End: e.End}, p.nodeAt(e.End), "JSON has no comments")
		// A comment that has its lines to itself takes them along; behind something it takes the space before it.
		start, end := e.Start, e.End
		for start > 0 && (p.file.Src[start-1] == ' ' || p.file.Src[start-1] == '\t') {
			start--
		}
		rest := strings.TrimLeft(p.file.Src[end:], " \t\r")
		if alone := start == 0 || p.file.Src[start-1] == '\n'; alone && strings.HasPrefix(rest, "\n") {
			end = len(p.file.Src) - len(rest) + 1
		} else if alone {
			start = e.Start
		}
		safeFix(f, "Remove the comment", edit(start, end, ""))
	})
}

func checkTrailing(p *pass) {
	p.each(jsonc.TrailingComma, func(e *jsonc.Error) {
		f := p.span(rule.Span{Start: e.Start, End: e.End}, p.nodeAt(e.Start), "JSON allows no comma after the last entry")
		safeFix(f, "Remove the comma", edit(e.Start, e.End, ""))
	})
}

func checkBOM(p *pass) {
	p.each(jsonc.BOM, func(e *jsonc.Error) {
		f := p.span(rule.Span{Start: e.Start, End: e.End}, nil, "The file begins with a byte order mark")
		safeFix(f, "Remove the byte order mark", edit(e.Start, e.End, ""))
	})
}

func checkDuplicates(p *pass) {
	p.each(jsonc.DuplicateKey, func(e *jsonc.Error) {
		c := p.file.PathAt(e.Start + 1)
		if c.Place != jsonc.AtKey {
			return
		}
		f := p.atKey(c.Node, "%q is there already; this last one counts", c.Node.Name())
		f.Related = []rule.Related{{Span: rule.Span(e.Related), Message: "this one has no effect"}}
		if first := p.file.PathAt(e.Related.Start + 1); first.Place == jsonc.AtKey {
			fix(f, "Delete the earlier entry, which has no effect", p.remove(first.Node))
			fix(f, "Delete this entry, so that the earlier one counts", p.remove(c.Node))
		}
	})
}

func checkUTF8(p *pass) {
	p.each(jsonc.BadUTF8, func(e *jsonc.Error) {
		p.span(rule.Span{Start: e.Start, End: e.End}, nil, "The file is not UTF-8, which JSON is: here is byte 0x%02x; save it as UTF-8", p.file.Src[e.Start])
	})
}

func checkSpelling(p *pass) {
	if p.m.root == nil {
		return
	}
	misspelt := func(n *jsonc.Node, right string, has *jsonc.Node, refuses rule.Refuses) {
		f := p.atKey(n, "%q must be written %q", n.Name(), right)
		f.Refuses = refuses
		if has == nil {
			safeFix(f, fmt.Sprintf("Write %q", right), rename(n, right))
		}
	}
	for _, n := range p.m.root.Children {
		if lookupField(n.Name()) != nil || n.Key.Kind == jsonc.Missing {
			continue
		}
		for i := range fields {
			if strings.EqualFold(strings.TrimSpace(n.Name()), fields[i].name) {
				r, has := rule.Refuses{}, p.m.top(fields[i].name)
				if fields[i].required && fields[i].missing != 0 && has == nil {
					r = rule.Refuses{Code: fields[i].missing, Phase: rule.Install, Confidence: rule.Inferred}
				}
				misspelt(n, fields[i].name, has, r)
			}
		}
	}
	for _, e := range p.m.Caps {
		if e.Cap != nil && !e.Exact && e.Cap.Reserved == "" {
			misspelt(e.Node, e.Cap.Name, p.m.capability(e.Cap.Name), p.rule.Refuses)
		}
		if e.Cap != nil && e.Cap.Shape == Storage && e.Node.Kind == jsonc.Object {
			has := e.Node.Member(sizeKey)
			for _, n := range e.Node.Children {
				if n.Name() != sizeKey && strings.EqualFold(strings.TrimSpace(n.Name()), sizeKey) {
					misspelt(n, sizeKey, has, rule.Refuses{Code: deverr.Code(2, 32), Phase: rule.Install, Confidence: rule.Inferred})
				}
			}
		}
	}
}

func checkFileName(p *pass) {
	if name := path.Base(p.opt.Path); p.opt.Path != "" && name != FileName {
		p.span(rule.Span{Start: p.file.Root.Start, End: min(p.file.Root.Start+1, len(p.file.Src))}, nil,
			"The packer takes %s only; under the name %s this has no effect", FileName, name)
	}
}

// capital makes a clause the beginning of a sentence.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// article puts "a" or "an" before a noun that needs one.
func article(noun string) string {
	if noun == "null" || noun == "nothing" || strings.HasPrefix(noun, "invalid") {
		return noun
	}
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
