package project

import (
	"io/fs"
	"path"
	"strings"
)

// submoduleDepth is how many folders above one .gitmodules is looked for.
const submoduleDepth = 8

// submodule returns the git submodule that a folder which is not there belongs to, as .gitmodules names it; "" if it is in
// none.
func submodule(fsys fs.FS, dir string) string {
	at := dir
	for range submoduleDepth {
		at = path.Dir(at)
		if src, err := ReadText(fsys, path.Join(at, ".gitmodules")); err == nil {
			for line := range strings.Lines(src) {
				key, value, ok := strings.Cut(line, "=")
				name := strings.Trim(strings.TrimSpace(value), `"`)
				if !ok || strings.TrimSpace(key) != "path" || name == "" {
					continue
				}
				if m := path.Join(at, name); dir == m || strings.HasPrefix(dir, m+"/") {
					return name
				}
			}
			return ""
		}
		if at == "." || at == "/" {
			break
		}
	}
	return ""
}

// checkedOut is what a message says about a folder that is missing because its submodule is.
func checkedOut(fsys fs.FS, dir string) string {
	if m := submodule(fsys, dir); m != "" {
		return "; " + m + " is a git submodule that is not checked out (git submodule update --init)"
	}
	return ""
}
