package project

import (
	"io/fs"

	"armillary.dev/device/hwdef"
)

// LoadDefinition reads a hardware definition with its imports, beginning with what opt.Cache remembers of it; nil if it
// cannot be read.
func LoadDefinition(fsys fs.FS, name string, opt Options) *hwdef.Set {
	var t target
	t.load(fsys, name, opt)
	return t.set
}
