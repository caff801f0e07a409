package project

import (
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonrule"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// definitionCommand is the command that names an app's hardware definition.
const definitionCommand = "azsphere_target_hardware_definition"

// maxEntries is how many entries of a folder are looked at for a better name.
const maxEntries = 1000

func (p *appPass) definitionFound() {
	c := p.call
	if c == nil || c.When != "" || p.Definitions != nil || !p.NoDefinitions.Certain || c.Definition == nil || len(c.Directories) == 0 {
		return
	}
	if p.NoDefinitions.Foreign {
		p.report(c.Definition.File, c.Definition.Span, definitionCommand, "%s", p.NoDefinitions.Why)
		return
	}
	file, first := c.Definition.Text, c.Directories[0]
	var dirs []string
	variable, inVain := strings.CutSuffix(first.Text, "-NOTFOUND")
	if inVain = inVain && len(c.Directories) == 1; inVain {
		dirs = p.build.Searched[variable]
	} else {
		for _, d := range c.Directories {
			dirs = append(dirs, cmake.Path(c.Dir, d.Text))
		}
	}
	var there, gone, shown []string
	for _, dir := range dirs {
		shown = append(shown, stepsTo(c.Dir, dir))
		if info, err := fs.Stat(p.fsys, dir); err == nil && info.IsDir() {
			there = append(there, dir)
		} else {
			gone = append(gone, dir)
		}
	}
	var wrong string
	var near []string
	if len(there) == 0 {
		for _, dir := range gone {
			if wrong, near = p.misspelt(dir, file); near != nil {
				break
			}
		}
	}
	switch {
	case inVain && len(dirs) == 0:
		p.report(first.File, first.Span, definitionCommand, "%s is in none of the folders in which it is looked for", file)
		return
	case inVain:
		if near == nil {
			wrong, near = file, p.definitionsIn(there, file)
		}
		f := p.report(first.File, first.Span, definitionCommand, "%s is in none of the folders in which it is looked for: %s%s", file,
			strings.Join(shown, ", "), jsonrule.DidYouMean(near))
		p.offer(f, wrong, near)
	case len(there) == 0:
		f := p.report(first.File, first.Span, definitionCommand, "There is no folder %s, in which %s should be%s%s", strings.Join(shown, " nor "), file,
			jsonrule.DidYouMean(near), checkedOut(p.fsys, dirs[0]))
		p.offer(f, wrong, near)
	default:
		near := p.definitionsIn(there, file)
		if slices.Contains(near, file) { // a link in a circle, a pipe, far too large
			p.report(c.Definition.File, c.Definition.Span, definitionCommand, "%s cannot be read; it has to be a file of at most 8 MiB", file)
			return
		}
		f := p.report(c.Definition.File, c.Definition.Span, definitionCommand, "%s is not in %s%s", file, strings.Join(shown, ", "), jsonrule.DidYouMean(near))
		if a := literal(&c.Call, c.Definition); a != nil {
			for _, n := range near {
				jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Edit(a.Span.Start, a.Span.End, cmakeQuote(n)))
			}
		} else {
			p.offer(f, file, near)
		}
	}
}

// definitionsIn returns the names of JSON files in folders that look like file.
func (p *appPass) definitionsIn(dirs []string, file string) []string {
	var names []string
	for _, dir := range dirs {
		entries, _ := fs.ReadDir(p.fsys, dir)
		for _, e := range entries[:min(len(entries), maxEntries)] {
			if !e.IsDir() && strings.EqualFold(path.Ext(e.Name()), ".json") && !slices.Contains(names, e.Name()) {
				names = append(names, e.Name())
			}
		}
	}
	return rule.Nearest(file, names)
}

// misspelt returns the first step of a folder's path that is not there, and the folders beside it that look like it: those
// that lead to file, or all if none does.
func (p *appPass) misspelt(dir, file string) (step string, near []string) {
	at := dir
	for {
		parent := path.Dir(at)
		if parent == at {
			return "", nil
		}
		if info, err := fs.Stat(p.fsys, parent); err == nil && info.IsDir() {
			break
		}
		at = parent
	}
	step = path.Base(at)
	var names []string
	entries, _ := fs.ReadDir(p.fsys, path.Dir(at))
	for _, e := range entries[:min(len(entries), maxEntries)] {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	all := rule.Nearest(step, names)
	for _, n := range all {
		if _, err := fs.Stat(p.fsys, path.Join(path.Dir(at), n, strings.TrimPrefix(dir, at), file)); err == nil {
			near = append(near, n)
		}
	}
	if near == nil {
		near = all
	}
	return step, near
}

// offer adds fixes that write a better name where the wrong one is written, if that is one place only.
func (p *appPass) offer(f *rule.Finding, wrong string, near []string) {
	if wrong == "" || len(near) == 0 {
		return
	}
	var at []cmake.Place
	for _, file := range p.build.Files {
		for i := range file.Commands {
			c := &file.Commands[i]
			if !c.Is("set") && !c.Is("find_path") && !c.Is("find_file") && !c.Is(definitionCommand) {
				continue
			}
			for _, a := range c.Args {
				if start := stepIn(file.Src[a.Content.Start:a.Content.End], wrong); start >= 0 {
					start += a.Content.Start
					at = append(at, cmake.Place{File: file.Path, Span: rule.Span{Start: start, End: start + len(wrong)}})
				}
			}
		}
	}
	if len(at) != 1 {
		return
	}
	for _, n := range near {
		if strings.ContainsAny(n, "\"\\$;()# ") { // it would have to be quoted
			continue
		}
		jsonrule.Fix(f, "Write "+strconv.Quote(n), rule.Edit{File: at[0].File, Span: at[0].Span, New: n})
	}
}

// stepIn returns where a step stands in a path; -1 if it does not.
func stepIn(path, step string) int {
	at := 0
	for s := range strings.SplitSeq(path, "/") {
		if s == step {
			return at
		}
		at += len(s) + 1
	}
	return -1
}

// stepsTo writes a folder as it is seen from another, as "../hw"; both are in the FS.
func stepsTo(from, dir string) string {
	if from == dir {
		return "."
	}
	split := func(s string) []string {
		if s == "." {
			return nil
		}
		return strings.Split(s, "/")
	}
	a, b := split(from), split(dir)
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return path.Join(strings.Repeat("../", len(a)), path.Join(b...))
}
