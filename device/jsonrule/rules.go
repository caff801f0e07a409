package jsonrule

import (
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// CodeSyntax is the rule about plain JSON syntax, which editors may leave to whoever else says it.
const CodeSyntax = "AZS001"

// Table is group 1 of facts/diagnostics.md: the file as JSON. AZS006 and AZS007 are about manifests and not here.
var Table = []Entry[*Pass]{
	{Rule: rule.Rule{Code: CodeSyntax, Severity: rule.Error, Title: "JSON syntax error",
		Doc: "The text is not JSON. What can be understood of the rest is checked all the same. Of a merge conflict only its first marker is reported; " +
			"what stands in the conflict is not judged.\n\nThe packer and the device refuse such a file.",
		Fix: "inserts what is missing", Source: "facts/diagnostics.md 1",
		Refuses: rule.Refuses{Code: deverr.Code(2, 1), Phase: rule.Source, Confidence: rule.Sourced}}, Check: checkSyntax},
	{Rule: rule.Rule{Code: "AZS002", Severity: rule.Warning, Strict: rule.Error, Title: "comment in JSON",
		Doc: "JSON has no comments. Older tools for Azure Sphere took files with comments, others do not. What a comment says may be worth keeping elsewhere, " +
			"so `--fix` leaves it. A comment that suppresses a finding (`armillary:ignore`) is not reported.",
		Fix: "removes the comment", Source: "facts/manifest.md 1.4"}, Check: checkComments},
	{Rule: rule.Rule{Code: "AZS003", Severity: rule.Warning, Strict: rule.Error, Title: "trailing comma",
		Doc: "JSON allows no comma after the last entry. Some tools read over it, others refuse the file.",
		Fix: "removes the comma", Source: "facts/manifest.md 1.4"}, Check: checkTrailing},
	{Rule: rule.Rule{Code: "AZS004", Severity: rule.Info, Title: "byte order mark",
		Doc: "The file begins with the three bytes of a UTF-8 byte order mark, as Visual Studio writes it. Strict JSON readers stumble over it.",
		Fix: "removes the mark", Source: "facts/manifest.md 1.4"}, Check: checkBOM},
	{Rule: rule.Rule{Code: "AZS005", Severity: rule.Error, Title: "duplicate key",
		Doc: "One object has the same key twice. The last one counts, here as in most JSON readers; what the earlier one says is lost.",
		Fix: "deletes the earlier entry, or this one", Source: "facts/diagnostics.md 1"}, Check: checkDuplicates},
	{Rule: rule.Rule{Code: "AZS008", Severity: rule.Warning, Title: "text that is not UTF-8",
		Doc:    "JSON is UTF-8. The file holds bytes of another encoding, often Shift-JIS or Windows-1252 in comments. Save it as UTF-8.",
		Source: "facts/manifest.md 2.1"}, Check: checkUTF8},
}

func checkSyntax(p *Pass) {
	if p.reportConflicts() {
		return
	}
	sound := true
	for i := range p.File.Errors {
		e := &p.File.Errors[i]
		if e.Code.Tolerated() {
			continue
		}
		sound = false
		// What is missing has no width: show it at the character before, if there is one on the line.
		s := rule.Span{Start: e.Start, End: e.End}
		if s.Start == s.End && s.Start > 0 && p.File.Src[s.Start-1] != '\n' {
			s.Start--
			for s.Start > 0 && p.File.Src[s.Start]&0xc0 == 0x80 {
				s.Start--
			}
		}
		f := p.Report(s, p.nodeAt(e.Start), "%s", capital(e.Msg))
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
			SafeFix(f, title, Edit(at, at, e.Insert))
		} else {
			Fix(f, title, Edit(at, at, e.Insert))
		}
	}
	for c, n := range p.File.Dropped {
		if !jsonc.Code(c).Tolerated() {
			p.more += n
		}
	}
	if p.opt.What != "" && p.File.Root.Kind != jsonc.Object && sound {
		p.At(p.File.Root, "%s is a JSON object, this is %s", p.opt.What, Article(p.File.Root.Kind.String()))
	}
}

// nodeAt is the place of an error for baselines: the innermost value around it.
func (p *Pass) nodeAt(offset int) *jsonc.Node { return p.File.PathAt(offset).Node }

// each calls report for every error of a code.
func (p *Pass) each(c jsonc.Code, report func(e *jsonc.Error)) {
	for i := range p.File.Errors {
		if p.File.Errors[i].Code == c {
			report(&p.File.Errors[i])
		}
	}
	p.more += p.File.Dropped[c]
}

func checkComments(p *Pass) {
	p.each(jsonc.Comment, func(e *jsonc.Error) {
		if suppresses(p.File.Src[e.Start:e.End]) {
			return
		}
		f := p.Report(rule.Span{Start: e.Start, End: e.End}, p.nodeAt(e.End), "JSON has no comments")
		Fix(f, "Remove the comment", p.uncomment(e.Start, e.End))
	})
}

// suppresses reports whether a comment is one of armillary's own, by its beginning.
func suppresses(comment string) bool {
	return strings.HasPrefix(strings.TrimLeft(comment, "/* \t\r\n"), "armillary:ignore")
}

// uncomment takes a comment out. One that has its lines to itself takes them along; behind something it takes the space before
// it; at the end of the file it takes the empty lines around it.
func (p *Pass) uncomment(start, end int) rule.Edit {
	src := p.File.Src
	rest := strings.TrimLeft(src[end:], " \t\r")
	if strings.TrimSpace(rest) == "" {
		left := ""
		if rest != "" {
			left = p.newline()
		}
		return Edit(len(strings.TrimRight(src[:start], " \t\r\n")), len(src), left)
	}
	first := start
	for first > 0 && (src[first-1] == ' ' || src[first-1] == '\t') {
		first--
	}
	switch alone := first == 0 || src[first-1] == '\n'; {
	case alone && rest[0] == '\n':
		return Edit(first, len(src)-len(rest)+1, "")
	case alone:
		return Edit(start, end, "")
	}
	return Edit(first, end, "")
}

func checkTrailing(p *Pass) {
	p.each(jsonc.TrailingComma, func(e *jsonc.Error) {
		f := p.Report(rule.Span{Start: e.Start, End: e.End}, p.nodeAt(e.Start), "JSON allows no comma after the last entry")
		SafeFix(f, "Remove the comma", Edit(e.Start, e.End, ""))
	})
}

func checkBOM(p *Pass) {
	p.each(jsonc.BOM, func(e *jsonc.Error) {
		f := p.Report(rule.Span{Start: e.Start, End: e.End}, nil, "The file begins with a byte order mark")
		SafeFix(f, "Remove the byte order mark", Edit(e.Start, e.End, ""))
	})
}

func checkDuplicates(p *Pass) {
	p.each(jsonc.DuplicateKey, func(e *jsonc.Error) {
		c := p.File.PathAt(e.Start + 1)
		if c.Place != jsonc.AtKey {
			return
		}
		f := p.AtKey(c.Node, "%q is there already; this last one counts", c.Node.Name())
		f.Related = []rule.Related{{Span: rule.Span(e.Related), Message: "this one has no effect"}}
		if first := p.File.PathAt(e.Related.Start + 1); first.Place == jsonc.AtKey {
			Fix(f, "Delete the earlier entry, which has no effect", p.Remove(first.Node))
			Fix(f, "Delete this entry, so that the earlier one counts", p.Remove(c.Node))
		}
	})
}

func checkUTF8(p *Pass) {
	p.each(jsonc.BadUTF8, func(e *jsonc.Error) {
		p.Report(rule.Span{Start: e.Start, End: e.End}, nil, "The file is not UTF-8, which JSON is: here is byte 0x%02x; save it as UTF-8", p.File.Src[e.Start])
	})
	// An editor that takes such a file for UTF-8 puts U+FFFD in the place of what it cannot read.
	const lost = "\uFFFD"
	if i := strings.Index(p.File.Src, lost); i >= 0 {
		p.Report(rule.Span{Start: i, End: i + len(lost)}, nil,
			"U+FFFD stands for what could not be read as UTF-8, which JSON is; open the file in its own encoding and save it as UTF-8")
	}
}

// capital makes a clause the beginning of a sentence.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}

// Article puts "a" or "an" before a noun that needs one.
func Article(noun string) string {
	if noun == "null" || noun == "nothing" || strings.HasPrefix(noun, "invalid") {
		return noun
	}
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
