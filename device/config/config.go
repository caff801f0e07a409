// Package config reads what users decide about findings: armillary.json, which lies beside or above the files that it is
// about, comments that suppress a finding beside it, and baselines of findings that a team has decided to live with.
//
//	{
//	  "check": {
//	    "strict": true,                                  // as --strict
//	    "failOn": "warning",                             // as --fail-on
//	    "hwdef": "hw/board.json",                        // as --hwdef: a file, relative to this one, or a board
//	    "device": "0123…",                               // the id of the device that capability files should be for
//	    "exclude": ["third_party/**"],                   // files that are not reported
//	    "severity": {"AZS051": "off"},                   // off, hint, info, warning, error
//	    "overrides": [{"files": ["old/**"], "severity": {"AZS049": "info"}, "strict": false}],
//	    "ignore": [{"code": "AZS300", "files": ["app/main.c"], "reason": "opened by the bootloader"}]
//	  }
//	}
//
// The nearest armillary.json above a file counts for it, up to the root of its repository (the folder with .git); others
// further up do not, and nothing is merged. The file may hold comments. What is wrong with it is a finding in it.
//
// What is decided here changes what is shown, never what a device does: a manifest that a device refuses is refused by
// F5 and by the emulated device whatever is suppressed.
//
// The package is pure: it reads through an fs.FS. It must not know which rules there are, nor output formats.
package config

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/capability"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// FileName is what the file is called.
const FileName = "armillary.json"

// maxFindings bounds what is said of one file.
const maxFindings = 200

// Config is one armillary.json.
type Config struct {
	Path string      // its name in the FS; patterns are relative to its folder
	File *jsonc.File // nil if Err is set
	Err  error       // why it could not be read; then all else is empty

	Strict    *bool         // nil: not said
	FailOn    rule.Severity // 0: not said
	HwDef     string        // name in the FS, or a board's; "" if not said
	Device    string        // id of the device that capability files should be for; "" if not said
	Exclude   []Glob
	Severity  map[string]rule.Severity // by code; 0 turns a rule off
	Overrides []Override               // later ones win
	Ignore    []*Ignore
	Findings  []rule.Finding // what is wrong with the file itself, sorted by place

	byCode  map[string][]*Ignore
	hwdefAt *jsonc.Node // of HwDef
}

// An Override has other choices for some files.
type Override struct {
	Files    []Glob
	Strict   *bool
	Severity map[string]rule.Severity
}

// An Ignore suppresses findings.
type Ignore struct {
	Code    string
	Files   []Glob // none: every file
	Pointer string // JSON pointer of an element; what lies below it counts too; "" is the whole file
	Reason  string
	node    *jsonc.Node
}

// Parse reads an armillary.json. It never fails: what is wrong is in Findings and has no effect. Codes are held to
// rules; without rules every code of the right form is taken.
func Parse(name, src string, rules []*rule.Rule) *Config {
	c := &Config{Path: name, File: jsonc.ParseString(src)}
	p := &parser{Config: c, rules: rules}
	for _, e := range c.File.Errors {
		if e.Code == jsonc.Comment || e.Code == jsonc.TrailingComma || e.Code == jsonc.BOM {
			continue
		}
		severity := rule.Error
		if e.Code.Tolerated() {
			severity = rule.Warning
		}
		p.say(severity, rule.Span{Start: e.Start, End: e.End}, "", "%s", e.Msg)
	}
	p.object(c.File.Root, "", map[string]func(*jsonc.Node){
		"$schema": func(*jsonc.Node) {},
		"check":   p.check,
	})
	slices.SortStableFunc(c.Findings, func(a, b rule.Finding) int { return a.Span.Start - b.Span.Start })
	return c
}

// Folder is where patterns begin.
func (c *Config) Folder() string { return path.Dir(c.Path) }

// StrictFor returns whether a file is held to strict severities, and whether the configuration says anything of that.
func (c *Config) StrictFor(file string) (strict, said bool) {
	if c == nil {
		return false, false
	}
	choice := c.Strict
	for _, o := range c.Overrides {
		if o.Strict != nil && c.matches(o.Files, file) {
			choice = o.Strict
		}
	}
	return choice != nil && *choice, choice != nil
}

// Excludes reports whether a file is not to be reported.
func (c *Config) Excludes(file string) bool { return c != nil && c.matches(c.Exclude, file) }

// severities returns the severities that are chosen for the rules in a file, 0 for off.
func (c *Config) severities(file string) map[string]rule.Severity {
	if c == nil {
		return nil
	}
	chosen, own := c.Severity, false
	for _, o := range c.Overrides {
		if len(o.Severity) == 0 || !c.matches(o.Files, file) {
			continue
		}
		if !own {
			chosen, own = maps.Clone(chosen), true
			if chosen == nil {
				chosen = map[string]rule.Severity{}
			}
		}
		maps.Copy(chosen, o.Severity)
	}
	return chosen
}

// Chooses reports whether the severity of a rule in a file is chosen.
func (c *Config) Chooses(file, code string) bool {
	_, ok := c.severities(file)[code]
	return ok
}

// matches reports whether one of the patterns is about a file.
func (c *Config) matches(globs []Glob, file string) bool {
	if len(globs) == 0 {
		return false
	}
	rel, ok := below(c.Folder(), file)
	return ok && slices.ContainsFunc(globs, func(g Glob) bool { return g.Match(rel) })
}

// below returns the path of a file relative to a folder it lies in.
func below(folder, file string) (string, bool) {
	if folder == "." {
		return file, true
	}
	return strings.CutPrefix(file, folder+"/")
}

type parser struct {
	*Config
	rules []*rule.Rule
}

func (p *parser) say(severity rule.Severity, at rule.Span, pointer, format string, args ...any) *rule.Finding {
	return p.add(wrongRule, severity, at, pointer, format, args...)
}

func (p *parser) add(r *rule.Rule, severity rule.Severity, at rule.Span, pointer, format string, args ...any) *rule.Finding {
	if len(p.Findings) >= maxFindings {
		return &rule.Finding{}
	}
	p.Findings = append(p.Findings, rule.Finding{Rule: r, Severity: severity, Span: at, Pointer: pointer, Message: fmt.Sprintf(format, args...)})
	return &p.Findings[len(p.Findings)-1]
}

// wrong says that a value is not what is taken there. A value that is not there yet is said once, by the JSON reader.
func (p *parser) wrong(n *jsonc.Node, format string, args ...any) {
	if n.Kind != jsonc.Missing {
		p.say(rule.Error, span(n), n.Pointer(), format, args...)
	}
}

func span(n *jsonc.Node) rule.Span { return rule.Span{Start: n.Start, End: n.End} }

// short is a word of the file as a message holds it.
func short(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:57]) + "…"
	}
	return s
}

// object hands the members of an object to who takes them.
func (p *parser) object(n *jsonc.Node, what string, keys map[string]func(*jsonc.Node)) bool {
	if n.Kind != jsonc.Object {
		if what == "" {
			what = FileName
		}
		p.wrong(n, "%s must be an object, not %s", what, n.Kind)
		return false
	}
	for _, m := range n.Children {
		take, ok := keys[m.Name()]
		switch {
		case m.Key.Kind == jsonc.Missing:
		case ok:
			if n.Member(m.Name()) == m { // of duplicates the last one counts
				take(m)
			}
		default:
			p.unknownKey(m, keys)
		}
	}
	return true
}

func (p *parser) unknownKey(m *jsonc.Node, keys map[string]func(*jsonc.Node)) {
	var known []string
	for k := range keys {
		if k != "$schema" {
			known = append(known, k)
		}
	}
	slices.Sort(known)
	near := rule.Nearest(m.Name(), known)
	hint := "it can be " + strings.Join(known, ", ")
	if len(near) > 0 {
		hint = fmt.Sprintf("did you mean %q?", near[0])
	}
	f := p.say(rule.Warning, span(m.Key), m.Pointer(), "There is no key %q here; %s", short(m.Name()), hint)
	if len(near) > 0 {
		f.Fixes = []rule.Fix{{Title: fmt.Sprintf("Write %q", near[0]), Edits: []rule.Edit{{Span: span(m.Key), New: `"` + near[0] + `"`}}}}
	}
}

func (p *parser) check(n *jsonc.Node) {
	p.object(n, `"check"`, map[string]func(*jsonc.Node){
		"strict":    func(v *jsonc.Node) { p.Strict = p.boolean(v) },
		"failOn":    func(v *jsonc.Node) { p.FailOn, _ = p.level(v, false) },
		"hwdef":     p.hwdef,
		"device":    p.device,
		"exclude":   func(v *jsonc.Node) { p.Exclude = p.globs(v) },
		"severity":  func(v *jsonc.Node) { p.Severity = p.chosen(v) },
		"overrides": func(v *jsonc.Node) { p.list(v, p.override) },
		"ignore":    func(v *jsonc.Node) { p.list(v, p.ignore) },
	})
}

func (p *parser) boolean(n *jsonc.Node) *bool {
	b, ok := n.Bool()
	if !ok {
		p.wrong(n, "%q must be true or false, not %s", n.Name(), n.Kind)
		return nil
	}
	return &b
}

// levels are the severities as users write them, gravest first.
var levels = []rule.Severity{rule.Error, rule.Warning, rule.Info, rule.Hint}

// ParseSeverity reads the name of a severity.
func ParseSeverity(name string) (rule.Severity, bool) {
	for _, s := range levels {
		if s.String() == name {
			return s, true
		}
	}
	return 0, false
}

func (p *parser) level(n *jsonc.Node, off bool) (rule.Severity, bool) {
	name, isString := n.Str()
	if s, ok := ParseSeverity(name); ok {
		return s, true
	}
	if off && name == "off" {
		return 0, true
	}
	all := "error, warning, info or hint"
	if off {
		all = "error, warning, info, hint or off"
	}
	said := n.Kind.String()
	if isString {
		said = fmt.Sprintf("%q", short(name))
	}
	p.wrong(n, "A severity is %s, not %s", all, said)
	return 0, false
}

func (p *parser) hwdef(n *jsonc.Node) {
	name, ok := n.Str()
	if !ok || name == "" || path.IsAbs(name) || strings.Contains(name, `\`) {
		p.wrong(n, `"hwdef" must be a board or the path of a hardware definition, relative to this file and with forward slashes`)
		return
	}
	joined := path.Join(p.Folder(), name)
	if joined == ".." || strings.HasPrefix(joined, "../") {
		p.wrong(n, "%s leads above the root of all files", short(name))
		return
	}
	p.HwDef, p.hwdefAt = joined, n
}

func (p *parser) device(n *jsonc.Node) {
	id, _ := n.Str()
	if _, err := capability.ParseDeviceID(id); err != nil {
		p.wrong(n, `"device" must be the id of a device, as capability files name it: %v`, err)
		return
	}
	p.Device = id
}

func (p *parser) list(n *jsonc.Node, one func(*jsonc.Node)) {
	if n.Kind != jsonc.Array {
		p.wrong(n, "%q must be a list, not %s", n.Name(), n.Kind)
		return
	}
	for _, e := range n.Children {
		one(e)
	}
}

func (p *parser) globs(n *jsonc.Node) []Glob {
	var globs []Glob
	p.list(n, func(e *jsonc.Node) {
		text, ok := e.Str()
		if !ok {
			p.wrong(e, "A file pattern must be a string, not %s", e.Kind)
			return
		}
		g, err := ParseGlob(text)
		if err != nil {
			p.wrong(e, "%q is no file pattern: %v", short(text), err)
			return
		}
		globs = append(globs, g)
	})
	return globs
}

func (p *parser) chosen(n *jsonc.Node) map[string]rule.Severity {
	if n.Kind != jsonc.Object {
		p.wrong(n, `"severity" must be an object from rules to severities, not %s`, n.Kind)
		return nil
	}
	m := map[string]rule.Severity{}
	for _, v := range n.Children {
		if v.Key.Kind == jsonc.Missing {
			continue
		}
		known := p.code(v.Name(), span(v.Key), v.Pointer())
		if s, ok := p.level(v, true); ok && known {
			m[v.Name()] = s
		}
	}
	return m
}

// code reports whether a text names a rule, and says so where not.
func (p *parser) code(code string, at rule.Span, pointer string) bool {
	if known(p.rules, code) {
		return true
	}
	hint := "docs/rules.md lists them"
	if right := strings.ToUpper(strings.TrimSpace(code)); len(code) < 20 && known(p.rules, right) {
		hint = fmt.Sprintf("did you mean %q?", right)
	}
	p.say(rule.Error, at, pointer, "There is no rule %q; %s", short(code), hint)
	return false
}

func known(rules []*rule.Rule, code string) bool {
	if len(rules) > 0 {
		return slices.ContainsFunc(rules, func(r *rule.Rule) bool { return r.Code == code })
	}
	return isCode(code)
}

func isCode(s string) bool {
	return len(s) == 6 && strings.HasPrefix(s, "AZS") && strings.Trim(s[3:], "0123456789") == ""
}

func (p *parser) override(n *jsonc.Node) {
	var o Override
	files := false
	if !p.object(n, "An override", map[string]func(*jsonc.Node){
		"files":    func(v *jsonc.Node) { files, o.Files = true, p.globs(v) },
		"strict":   func(v *jsonc.Node) { o.Strict = p.boolean(v) },
		"severity": func(v *jsonc.Node) { o.Severity = p.chosen(v) },
	}) {
		return
	}
	if !files {
		p.wrong(n, `An override needs "files", the patterns of the files it is for`)
		return
	}
	p.Overrides = append(p.Overrides, o)
}

func (p *parser) ignore(n *jsonc.Node) {
	ig := &Ignore{node: n}
	files, sound := false, true
	text := func(into *string) func(*jsonc.Node) {
		return func(v *jsonc.Node) {
			s, ok := v.Str()
			if !ok {
				p.wrong(v, "%q must be a string, not %s", v.Name(), v.Kind)
				sound = false
			}
			*into = s
		}
	}
	if !p.object(n, "An ignored finding", map[string]func(*jsonc.Node){
		"code":    text(&ig.Code),
		"files":   func(v *jsonc.Node) { files, ig.Files = true, p.globs(v) },
		"pointer": text(&ig.Pointer),
		"reason":  text(&ig.Reason),
	}) || !sound {
		return
	}
	at, pointer := span(n), n.Pointer()
	if code := n.Member("code"); code == nil {
		p.add(reasonRule, rule.Error, at, pointer, `It does not say which finding is ignored: "code" is missing`)
		return
	} else if !p.code(ig.Code, span(code), code.Pointer()) {
		return
	}
	if !hasReason(ig.Reason) {
		p.add(reasonRule, rule.Error, at, pointer, `%s is not ignored without a "reason"`, ig.Code)
		return
	}
	if ig.Pointer != "" && ig.Pointer[0] != '/' {
		p.wrong(n.Member("pointer"), `A JSON pointer begins with "/", as in "/Capabilities/Gpio/2"`)
		return
	}
	if files && len(ig.Files) == 0 {
		if len(n.Member("files").Children) == 0 {
			p.wrong(n.Member("files"), `"files" is empty, so nothing is ignored; leave it out for every file`)
		}
		return
	}
	p.Ignore = append(p.Ignore, ig)
	if p.byCode == nil {
		p.byCode = map[string][]*Ignore{}
	}
	p.byCode[ig.Code] = append(p.byCode[ig.Code], ig)
}

// covers reports whether a finding in a file, of the code of ig, is one that ig is about.
func (c *Config) covers(ig *Ignore, file string, f *rule.Finding) bool {
	if len(ig.Files) > 0 && !c.matches(ig.Files, file) {
		return false
	}
	return ig.Pointer == "" || f.Pointer == ig.Pointer || strings.HasPrefix(f.Pointer, ig.Pointer+"/")
}
