package project

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// Inventory says what lies below some folders, by name: what belongs to a workspace beyond the files that are open.
type Inventory struct {
	Apps        []string // folders with an app_manifest.json
	Definitions []string // hardware definitions, by their content
	Others      []string // files of the kinds that are known by their names
	Incomplete  bool     // there were more than maxInventory files
}

// maxInventory is how many files an inventory looks at: far more than projects have, but less than a whole disk.
const maxInventory = 200_000

// TakeInventory walks the folders; what cannot be read is passed over. It ends early, with what it has, when ctx does.
// What the cache knows is not read again; nothing is added to it, and it may be nil.
func TakeInventory(ctx context.Context, fsys fs.FS, roots []string, cache *Cache) *Inventory {
	inv, seen := &Inventory{}, 0
	for _, root := range roots {
		walk(fsys, path.Clean(root), func(name string, err error) bool {
			if seen++; seen > maxInventory {
				inv.Incomplete = true
			}
			if ctx.Err() != nil || inv.Incomplete {
				return false
			}
			switch kind := KindOf(name); {
			case err != nil:
			case isManifestName(name):
				inv.Apps = append(inv.Apps, path.Dir(name))
			case kind != Other && kind != Source:
				inv.Others = append(inv.Others, name)
			case strings.EqualFold(path.Ext(name), ".json") && mayDefine(fsys, name, cache):
				inv.Definitions = append(inv.Definitions, name)
			}
			return true
		})
	}
	for _, list := range []*[]string{&inv.Apps, &inv.Definitions, &inv.Others} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return inv
}

// mayDefine reports whether a JSON file is a hardware definition.
func mayDefine(fsys fs.FS, name string, cache *Cache) bool {
	src, err := ReadText(fsys, name)
	if err != nil || !strings.Contains(src, `"Peripherals"`) {
		return false
	}
	tree := cache.tree(name, src)
	if tree == nil {
		tree = jsonc.ParseString(src)
	}
	return Classify(tree) == Definition
}

// ownerDepth is how many folders above a file an app's manifest is looked for.
const ownerDepth = 16

// OwnerDir returns the nearest folder at or above a file that holds an app_manifest.json; ok is false if there is none.
func OwnerDir(fsys fs.FS, name string) (dir string, ok bool) {
	dir = path.Dir(name)
	for range ownerDepth {
		if info, err := fs.Stat(fsys, path.Join(dir, manifest.FileName)); err == nil && !info.IsDir() {
			return dir, true
		}
		if dir == "." || dir == "/" || dir == "" {
			break
		}
		dir = path.Dir(dir)
	}
	return "", false
}
