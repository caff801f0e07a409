package hwdef

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// importRules are about the files that a definition imports.
var importRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS209", Severity: rule.Error, Title: "import that is not there",
		Doc: "An import is looked up beside the file that imports it, then in the SDK's HardwareDefinitions. The definitions that SDKs ship are known to the program and are never missing. " +
			"While an import is missing, names that might be in it are not checked.",
		Fix: "writes the name of a file that was probably meant", Source: "facts/manifest.md 2.2"}, Check: checkMissing},
	{Rule: rule.Rule{Code: "AZS210", Severity: rule.Error, Title: "imports that go in a circle",
		Doc:    "The file imports itself, directly or through others. Tools may follow such imports without end; the headers include each other.",
		Source: "facts/lsp-peers.md 1.1"}, Check: checkCircles},
	{Rule: rule.Rule{Code: "AZS211", Severity: rule.Error, Title: "imported file with errors",
		Doc:    "A file that is imported, directly or not, is no JSON, is no hardware definition, cannot be read, imports something that is not there, or has an error of its own. What it would have given names to may be lost.",
		Source: "facts/diagnostics.md 6"}, Check: checkImported},
	{Rule: rule.Rule{Code: "AZS212", Severity: rule.Warning, Title: "import that is there twice, or that nothing uses",
		Doc: "The same file is imported a second time; or no entry maps to anything in the file or behind it, though entries map to other imports.",
		Fix: "removes the import", Source: "facts/diagnostics.md 6"}, Check: checkUnused},
	{Rule: rule.Rule{Code: "AZS213", Severity: rule.Warning, Title: "import path that works on some systems only",
		Doc: "A back-slash separates folders on Windows only, and only there `Board.json` finds `board.json`. The build fails on Linux, in containers and in continuous integration. " +
			"It is an error where the file is not found for that reason.",
		Fix: "corrects the path", Source: "facts/diagnostics.md 6"}, Check: checkPaths},
}

// imports calls use for every import of the file and what it is; nil if it was not found.
func (p *pass) imports(use func(imp Import, d *Definition)) {
	if p.opt.Set == nil {
		return
	}
	for i, d := range p.opt.Set.Imported(p.d) {
		use(p.d.Imports[i], d)
	}
}

// missing is why an import of a file was not found.
func (p *pass) missing(from *Definition, imp Import) error {
	for _, m := range p.opt.Set.Missing {
		if m.From == from && m.Import == imp {
			return m.Err
		}
	}
	return nil
}

func checkMissing(p *pass) {
	p.imports(func(imp Import, d *Definition) {
		if d != nil || !errors.Is(p.missing(p.d, imp), fs.ErrNotExist) || p.otherCase(imp.Path) != "" || p.Enough(imp.Node) {
			return
		}
		name := strings.ReplaceAll(imp.Path, `\`, "/")
		names := append(slices.Clone(p.siblings(name)), append(Boards(), ChipFile)...)
		near := p.Nearest(path.Base(name), names)
		f := p.At(imp.Node, "%s is not there: neither beside this file nor in an SDK%s", clip(imp.Path), jsonrule.DidYouMean(near))
		for _, n := range near {
			to := path.Join(path.Dir(name), n)
			if Board(n) != nil && !slices.Contains(p.siblings(name), n) {
				to = n
			}
			jsonrule.Fix(f, "Write "+strconv.Quote(to), jsonrule.Replace(imp.Node, quote(to)))
		}
	})
}

// siblings are the definitions in the folder that an import's path names.
func (p *pass) siblings(name string) []string {
	if p.opt.List == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(p.opt.List(path.Join(folder(p.d), path.Dir(name)))), func(s string) bool {
		return !strings.EqualFold(path.Ext(s), ".json") || s == path.Base(p.d.Path)
	})
}

func checkCircles(p *pass) {
	seen := map[*Definition]bool{}
	p.imports(func(imp Import, d *Definition) {
		if d == nil || seen[d] {
			return
		}
		seen[d] = true
		if d == p.d {
			if Board(path.Base(p.d.Path)) != nil {
				p.At(imp.Node, "The file imports itself, not the SDK's board of the same name: what lies beside the importing file comes first")
			} else {
				p.At(imp.Node, "The file imports itself")
			}
			return
		}
		for _, via := range p.closure(d) {
			if i := slices.Index(p.opt.Set.Imported(via), p.d); i >= 0 && !p.Enough(imp.Node) {
				back := via.Imports[i]
				f := p.At(imp.Node, "%s imports this file again", p.show(via))
				if back.Node != nil {
					f.Related = []rule.Related{{File: via.Path, Span: rule.Span{Start: back.Node.Start, End: back.Node.End}, Message: "the way back"}}
				}
				return
			}
		}
	})
}

func checkImported(p *pass) {
	seen := map[*Definition]bool{}
	p.imports(func(imp Import, d *Definition) {
		if d == nil {
			if err := p.missing(p.d, imp); err != nil && !errors.Is(err, fs.ErrNotExist) && !p.Enough(imp.Node) {
				p.At(imp.Node, "%s cannot be read: %s", clip(imp.Path), plainError(err))
			}
			return
		}
		if seen[d] {
			return
		}
		seen[d] = true
		for _, file := range p.closure(d) {
			if file == p.d || file.File == nil {
				continue
			}
			w, ok := p.defects[file]
			if !ok {
				w = p.defect(file)
				if p.defects == nil {
					p.defects = map[*Definition]defect{}
				}
				p.defects[file] = w
			}
			if w.msg == "" {
				continue
			}
			if p.Enough(imp.Node) {
				return
			}
			f := p.At(imp.Node, "%s %s", p.show(file), w.msg)
			f.Related = []rule.Related{{File: file.Path, Span: w.at, Message: "here"}}
			return
		}
	})
}

// defect is what makes an imported file of little use, and where it is.
type defect struct {
	msg string // continues "FILE "; "" if there is nothing
	at  rule.Span
}

// defect looks for the first defect of an imported file. Of its names and values only those are looked at that need no
// other file.
func (p *pass) defect(d *Definition) defect {
	for _, e := range d.File.Errors {
		if !e.Code.Tolerated() {
			return defect{"is no sound JSON: " + e.Msg, rule.Span{Start: e.Start, End: e.End}}
		}
	}
	if !Is(d.File) {
		root := d.File.Root
		return defect{"is no hardware definition", rule.Span{Start: root.Start, End: min(root.Start+1, root.End)}}
	}
	for i, next := range p.opt.Set.Imported(d) {
		if imp := d.Imports[i]; next == nil && p.missing(d, imp) != nil {
			return defect{fmt.Sprintf("imports %s, which is not there", clip(imp.Path)), rule.Span{Start: imp.Node.Start, End: imp.Node.End}}
		}
	}
	for _, f := range p.check(d, CheckOptions{}) {
		if f.Severity == rule.Error {
			return defect{"has an error: " + f.Message, f.Span}
		}
	}
	return defect{}
}

// plainError is an error without the path, which is said otherwise.
func plainError(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}

func checkUnused(p *pass) {
	first := map[*Definition]Import{}
	used := false // some entry maps to something imported
	for i := range p.entries {
		used = used || p.entries[i].to != nil && p.entries[i].to.File != p.d
	}
	p.imports(func(imp Import, d *Definition) {
		if d == nil {
			return
		}
		if earlier, ok := first[d]; ok {
			if p.Enough(imp.Node) {
				return
			}
			f := p.At(imp.Node, "%s is imported already", p.show(d))
			f.Related = []rule.Related{{Span: rule.Span{Start: earlier.Node.Start, End: earlier.Node.End}, Message: "here"}}
			jsonrule.SafeFix(f, "Remove the import", p.Remove(imp.Node.Parent))
			return
		}
		first[d] = imp
		if !used || !p.opt.Set.Complete() || p.serves(d) || p.Enough(imp.Node) {
			return
		}
		f := p.At(imp.Node, "No entry maps to anything in %s or what it imports", p.show(d))
		jsonrule.Fix(f, "Remove the import", p.Remove(imp.Node.Parent))
	})
}

// serves reports whether an entry maps to something in a file or behind it.
func (p *pass) serves(d *Definition) bool {
	files := map[*Definition]bool{}
	for _, f := range p.closure(d) {
		files[f] = f != p.d
	}
	return slices.ContainsFunc(p.entries, func(e entry) bool { return e.to != nil && files[e.to.File] })
}

func checkPaths(p *pass) {
	list := p.d.File.Root.Member("Imports")
	if list == nil || list.Kind != jsonc.Array {
		return
	}
	found := map[*jsonc.Node]bool{}
	p.imports(func(imp Import, d *Definition) { found[imp.Node] = d != nil })
	for _, imp := range p.d.Imports {
		slashes := strings.ReplaceAll(imp.Path, `\`, "/")
		right := slashes
		if other := p.otherCase(imp.Path); other != "" {
			right = path.Join(path.Dir(slashes), other)
			if path.Dir(slashes) == "." {
				right = other
			}
		}
		if right == imp.Path || p.Enough(imp.Node) {
			continue
		}
		var f *rule.Finding
		if right == slashes {
			f = p.At(imp.Node, "Folders are separated by / on every system, by a back-slash on Windows only")
		} else {
			f = p.At(imp.Node, "The file is called %s, and upper and lower case differ on most systems", path.Base(right))
			if p.opt.Set != nil && !found[imp.Node] {
				f.Severity = rule.Error
			}
		}
		jsonrule.SafeFix(f, "Write "+strconv.Quote(right), jsonrule.Replace(imp.Node, quote(right)))
	}
}

// otherCase returns what the file that an import means is really called, if that differs in case alone; else "".
func (p *pass) otherCase(imp string) string {
	name := path.Base(strings.ReplaceAll(imp, `\`, "/"))
	names := p.siblings(strings.ReplaceAll(imp, `\`, "/"))
	if slices.Contains(names, name) || Board(name) != nil {
		return ""
	}
	for _, n := range append(names, append(Boards(), ChipFile)...) {
		if strings.EqualFold(n, name) {
			return n
		}
	}
	return ""
}
