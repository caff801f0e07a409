package project

import (
	"io/fs"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// checkDefinition holds a hardware definition against its rules, with what it imports and its C header. set is the
// definition with its imports.
func checkDefinition(fsys fs.FS, name string, tree *jsonc.File, opt Options) (findings []rule.Finding, set *hwdef.Set, reads []string) {
	o := hwdef.CheckOptions{Strict: opt.Strict, Show: opt.Show, Clashes: opt.Off != nil && opt.Off(name, hwdef.CodeClashes)}
	if name == "" { // it is nowhere yet, so there is nothing around it but what the program and the SDK have
		d := hwdef.Read(name, tree)
		set, _ = hwdef.Load(name, func(p string) (*hwdef.Definition, error) {
			if p == name {
				return d, nil
			}
			return opt.Cache.read(fsys, p, nil)
		}, opt.SearchDirs)
		return hwdef.Check(d, o), set, nil
	}
	o.Set = opt.Cache.load(name, func(p string) (*hwdef.Definition, error) {
		if p != name {
			reads = append(reads, p)
			return opt.Cache.read(fsys, p, nil)
		}
		d, err := opt.Cache.read(fsys, p, tree)
		if err != nil || d.File.Src != tree.Src { // the text is not that of the file
			return hwdef.Read(name, tree), nil
		}
		return d, nil
	}, opt.SearchDirs)
	header := hwdef.HeaderPath(name)
	reads = append(reads, header)
	o.Header = func() (string, error) { return ReadText(fsys, header) }
	o.List = func(dir string) []string {
		var names []string
		entries, _ := fs.ReadDir(fsys, dir) // a folder that cannot be read has no better names
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names
	}
	return hwdef.Check(o.Set.Target, o), o.Set, reads
}
