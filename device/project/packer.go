package project

import (
	"io/fs"
	"path"

	"armillary.dev/device/manifest"
)

// otherPackers are files that show that a manifest is the source of another packer than the vendor's, which writes the app's
// name, component id and entry point itself: PlatformIO builds from src below its own file, and scripts keep what they
// make of a manifest in approot. Paths are relative to the manifest's folder.
var otherPackers = []string{"platformio.ini", "../platformio.ini", "approot/" + manifest.FileName}

// filledBy returns the file that shows that somebody else fills in what a manifest lacks; "" if there is none.
func filledBy(fsys fs.FS, name string, opt Options) string {
	if name == "" || !isManifestName(name) {
		return ""
	}
	for _, p := range otherPackers {
		p = path.Join(path.Dir(name), p)
		if !fs.ValidPath(p) {
			continue
		}
		if info, err := fs.Stat(fsys, p); err == nil && !info.IsDir() {
			if opt.Show != nil {
				return opt.Show(p)
			}
			return p
		}
	}
	return ""
}
