package project

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// maxFile is the largest file that is read. Manifests and definitions have kilobytes.
const maxFile = 8 << 20

// ErrTooLarge says that a file is far larger than any manifest or definition.
var ErrTooLarge = errors.New("larger than 8 MiB, which no manifest or hardware definition is")

// TextFS is an FS that has the texts of some files at hand: those that are open in an editor.
type TextFS interface {
	fs.FS
	Text(name string) (text string, ok bool)
}

// ReadText reads a file, of maxFile bytes at most.
func ReadText(fsys fs.FS, name string) (string, error) {
	if t, ok := fsys.(TextFS); ok {
		if text, ok := t.Text(name); ok && len(text) <= maxFile {
			return text, nil
		}
	}
	f, err := fsys.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return "", &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	if info.Size() > maxFile {
		return "", &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	// A file that grows while it is read, or that has no size, is still held to the limit.
	var src bytes.Buffer
	src.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := src.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return "", err
	}
	if src.Len() > maxFile {
		return "", &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	return src.String(), nil
}

func check(fsys fs.FS, paths []string, opt Options) *Report {
	if opt.Cache == nil {
		opt.Cache = NewCache()
	}
	r := &Report{roots: make([]string, 0, len(paths))}
	for _, p := range paths {
		p = path.Clean(p)
		r.roots = append(r.roots, p)
		info, err := fs.Stat(fsys, p)
		switch {
		case err != nil:
			r.add(FileReport{Path: p, Err: err})
		case !info.IsDir():
			if kind := KindOf(p); kind.ofApp() {
				src, err := ReadText(fsys, p)
				r.add(FileReport{Path: p, Kind: kind, Src: src, Err: err})
				continue
			}
			alone := opt
			alone.alone = true
			f := CheckFile(fsys, p, alone)
			if f.Err == nil && f.Kind == Other {
				f.Err = ErrNeither
			}
			r.add(f)
		default:
			found := false
			walk(fsys, p, func(name string, err error) bool {
				kind := KindOf(name)
				if kind != Other && kind != Capability && err == nil {
					return true // it is looked at as part of an app
				}
				f := FileReport{Path: name, Err: err}
				if err == nil {
					f = CheckFile(fsys, name, opt)
				}
				// Other tools' files that cannot be read are nobody's concern here.
				if f.Kind != Other || f.Err != nil && (err != nil || isManifestName(name)) {
					found = true
					r.add(f)
				}
				return true
			})
			if !found {
				r.add(FileReport{Path: p, Err: ErrNothing})
			}
		}
	}
	r.Sort()
	return r
}

// add adds a file's report, unless it is there already.
func (r *Report) add(f FileReport) {
	if r.index == nil {
		r.index = map[string]int{}
	}
	if _, there := r.index[f.Path]; there {
		return
	}
	r.index[f.Path] = len(r.Files)
	r.Files = append(r.Files, f)
	switch {
	case f.Err != nil:
	case f.Kind == Manifest:
		r.Manifests++
	case f.Kind == Definition:
		r.Definitions++
	}
}

// Add adds findings of rules that look at several files to the files' reports. A file that has none yet gets one; one
// that lies outside of what was asked for is left out. Sort orders the files when everything has been added.
func (r *Report) Add(fsys fs.FS, found []FileFinding) {
	for name, list := range ByFile(found) {
		if i, ok := r.index[name]; ok {
			r.Files[i].Findings = Merge(r.Files[i].Findings, list)
			continue
		}
		if !r.asked(name) {
			continue
		}
		src, err := ReadText(fsys, name)
		if err != nil {
			continue // it has vanished since
		}
		r.add(FileReport{Path: name, Kind: KindOf(name), Src: src, Findings: list})
	}
}

// Sort orders the files by path.
func (r *Report) Sort() {
	slices.SortFunc(r.Files, func(a, b FileReport) int { return cmp.Compare(a.Path, b.Path) })
	for i := range r.Files {
		r.index[r.Files[i].Path] = i
	}
}

// asked reports whether a file lies at or below what was to be checked.
func (r *Report) asked(name string) bool {
	return slices.ContainsFunc(r.roots, func(root string) bool {
		return root == "." || name == root || strings.HasPrefix(name, root+"/")
	})
}

// Apps returns the apps among the files, sorted by path.
func (r *Report) Apps() []*App {
	var apps []*App
	for i := range r.Files {
		if a := r.Files[i].App; a != nil {
			apps = append(apps, a)
		}
	}
	return apps
}

// Owned calls open for the app folder of each file that was asked for by its name and is checked as part of an app, each
// folder once and without those whose apps are checked anyway. A file that no app owns is marked as failed.
func (r *Report) Owned(fsys fs.FS, open func(dir string)) {
	seen := map[string]bool{}
	for _, a := range r.Apps() {
		seen[a.Dir] = true
	}
	for i := range r.Files {
		f := &r.Files[i]
		if f.Err != nil || !f.Kind.ofApp() {
			continue
		}
		dir, ok := OwnerDir(fsys, f.Path)
		switch {
		case !ok:
			f.Err = ErrNoApp
		case !seen[dir]:
			seen[dir] = true
			open(dir)
		}
	}
}

// walk visits the files below dir that rules could know: JSON, and those of a kind that the name says. What belongs to
// tools is left out: hidden folders but for .vscode, installed packages, and what builds leave, which holds copies. It
// ends when visit returns false.
func walk(fsys fs.FS, dir string, visit func(name string, err error) bool) {
	_ = fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		goOn := true
		switch {
		case err != nil:
			goOn = visit(name, err)
			if goOn && d != nil && d.IsDir() {
				return fs.SkipDir
			}
		case d.IsDir():
			if name != dir && skipDir(fsys, name, d.Name()) {
				return fs.SkipDir
			}
		case KindOf(name) != Other || strings.EqualFold(path.Ext(name), ".json"):
			goOn = visit(name, nil)
		}
		if !goOn {
			return fs.SkipAll
		}
		return nil
	})
}

func skipDir(fsys fs.FS, name, base string) bool {
	if strings.HasPrefix(base, ".") && base != ".vscode" || base == "node_modules" || base == "out" {
		return true
	}
	if base == "ARM" && path.Base(path.Dir(name)) == "bin" { // where Visual Studio's first projects for it were built
		return true
	}
	_, err := fs.Stat(fsys, path.Join(name, "CMakeCache.txt"))
	return err == nil
}

// isManifestName reports whether a file is meant to be a manifest by its name.
func isManifestName(name string) bool { return strings.EqualFold(path.Base(name), manifest.FileName) }

func checkText(fsys fs.FS, name string, tree *jsonc.File, opt Options) FileReport {
	if opt.ShowIn != nil {
		opt.Show = func(other string) string { return opt.ShowIn(name, other) }
	}
	f := FileReport{Path: name, Kind: Classify(tree), Src: tree.Src, File: tree}
	if f.Kind == Other && isManifestName(name) { // broken or empty, but it can be nothing else
		f.Kind = Manifest
	}
	switch f.Kind {
	case Manifest:
		f.Manifest = manifest.Read(tree)
		o := manifest.Options{Path: name, Strict: opt.Strict, Show: opt.Show, FilledBy: filledBy(fsys, name, opt)}
		if f.Manifest.UsesSymbols() || name != "" {
			t := findTarget(fsys, name, opt)
			if opt.alone {
				t.why.Said = ""
			}
			o.Definitions, o.NoDefinitions, f.Reads = t.set, t.why, t.reads
			f.Definitions = t.set
			if isManifestName(name) {
				f.App = newApp(name, f.Manifest, t, opt)
			}
		}
		f.Findings = manifest.Check(f.Manifest, o)
		if f.App != nil {
			f.App.Findings = f.Findings
		}
		if f.Manifest.UsesSymbols() {
			f.NotChecked = notChecked(o, f.Manifest)
		}
	case Definition:
		f.Findings, f.Definitions, f.Reads = checkDefinition(fsys, name, tree, opt)
	}
	return f
}

// notChecked says what could not be resolved.
func notChecked(o manifest.Options, m *manifest.Manifest) []string {
	if o.Definitions == nil && o.NoDefinitions.Certain {
		return nil // an error says so
	}
	if o.Definitions == nil {
		return []string{"$ names: " + o.NoDefinitions.Why}
	}
	if o.Definitions.Complete() {
		return nil
	}
	const most = 20
	var names []string
	more := 0
	for _, r := range m.Requests() {
		switch {
		case r.Symbol == "" || o.Definitions.Resolve(r.Symbol).Status != hwdef.NotChecked:
		case len(names) == most:
			more++
		default:
			names = append(names, "$"+r.Symbol)
		}
	}
	if len(names) == 0 {
		return nil
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	missing := o.Definitions.Missing[0]
	return []string{fmt.Sprintf("%s: %s, which %s imports, was not found", strings.Join(names, ", "), missing.Import.Path, missing.From.Display(o.Show))}
}
