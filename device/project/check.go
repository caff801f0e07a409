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
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/manifest"
)

// maxFile is the largest file that is read. Manifests and definitions have kilobytes.
const maxFile = 8 << 20

// ErrTooLarge says that a file is far larger than any manifest or definition.
var ErrTooLarge = errors.New("larger than 8 MiB, which no manifest or hardware definition is")

// readFile reads a file with the limit of maxFile.
func readFile(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errors.New("is a folder")}
	}
	if info.Size() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	// A file that grows while it is read, or that has no size, is still held to the limit.
	var src bytes.Buffer
	src.Grow(int(info.Size()) + bytes.MinRead)
	if _, err := src.ReadFrom(io.LimitReader(f, maxFile+1)); err != nil {
		return nil, err
	}
	if src.Len() > maxFile {
		return nil, &fs.PathError{Op: "read", Path: name, Err: ErrTooLarge}
	}
	return src.Bytes(), nil
}

func check(fsys fs.FS, paths []string, opt Options) *Report {
	if opt.Cache == nil {
		opt.Cache = NewCache()
	}
	r := &Report{}
	seen := map[string]bool{}
	add := func(f FileReport) {
		if seen[f.Path] {
			return
		}
		seen[f.Path] = true
		r.Files = append(r.Files, f)
		switch {
		case f.Err != nil:
		case f.Kind == Manifest:
			r.Manifests++
		case f.Kind == Definition:
			r.Definitions++
		}
	}
	for _, p := range paths {
		p = path.Clean(p)
		info, err := fs.Stat(fsys, p)
		switch {
		case err != nil:
			add(FileReport{Path: p, Err: err})
		case !info.IsDir():
			f := CheckFile(fsys, p, opt)
			if f.Err == nil && f.Kind == Other {
				f.Err = ErrNeither
			}
			add(f)
		default:
			found := false
			walk(fsys, p, func(name string, err error) {
				f := FileReport{Path: name, Err: err}
				if err == nil {
					f = CheckFile(fsys, name, opt)
				}
				// Other tools' files that cannot be read are nobody's concern here.
				if f.Kind != Other || f.Err != nil && (err != nil || isManifestName(name)) {
					found = true
					add(f)
				}
			})
			if !found {
				add(FileReport{Path: p, Err: ErrNothing})
			}
		}
	}
	slices.SortFunc(r.Files, func(a, b FileReport) int { return cmp.Compare(a.Path, b.Path) })
	return r
}

// walk visits the JSON files below dir. What belongs to tools is left out: hidden folders, installed packages, and what
// builds leave, which holds copies.
func walk(fsys fs.FS, dir string, visit func(name string, err error)) {
	_ = fs.WalkDir(fsys, dir, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			visit(name, err)
			if d != nil && d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			if name != dir && skipDir(fsys, name, d.Name()) {
				return fs.SkipDir
			}
			return nil
		case strings.EqualFold(path.Ext(name), ".json"):
			visit(name, nil)
		}
		return nil
	})
}

func skipDir(fsys fs.FS, name, base string) bool {
	if strings.HasPrefix(base, ".") || base == "node_modules" || base == "out" {
		return true
	}
	_, err := fs.Stat(fsys, path.Join(name, "CMakeCache.txt"))
	return err == nil
}

// isManifestName reports whether a file is meant to be a manifest by its name.
func isManifestName(name string) bool { return strings.EqualFold(path.Base(name), manifest.FileName) }

func checkText(fsys fs.FS, name string, tree *jsonc.File, opt Options) FileReport {
	f := FileReport{Path: name, Kind: Classify(tree), File: tree}
	if f.Kind == Other && isManifestName(name) { // broken or empty, but it can be nothing else
		f.Kind = Manifest
	}
	switch f.Kind {
	case Manifest:
		f.Manifest = manifest.Read(tree)
		o := manifest.Options{Path: name, Strict: opt.Strict, Show: opt.Show}
		if f.Manifest.UsesSymbols() || name != "" {
			t := findTarget(fsys, name, opt)
			o.Definitions, o.NoDefinitions, f.Reads = t.set, t.why, t.reads
			f.Definitions = t.set
		}
		f.Findings = manifest.Check(f.Manifest, o)
		if f.Manifest.UsesSymbols() {
			f.NotChecked = notChecked(o, f.Manifest)
		}
	case Definition:
		f.Findings = jsonrule.Check(tree, jsonrule.Options{What: "A hardware definition", Strict: opt.Strict})
	}
	return f
}

// notChecked says what could not be resolved.
func notChecked(o manifest.Options, m *manifest.Manifest) []string {
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
