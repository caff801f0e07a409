// Package sdk is the open SDK for apps on the high-level core, embedded in the program: our own declarations of the
// applibs headers, link stubs for the device's libraries, a CMake toolchain file with the azsphere_* functions, and the
// MT3620's hardware definition. Exported to a folder it stands where the vendor's SDK stands, so that an app's own
// CMakeLists.txt builds unchanged with the distribution's cross compiler and musl's headers (facts/toolchain.md 1.1,
// facts/applibs.md 2-4).
//
// It holds nothing of the vendor's and no code of a library: a stub defines names and does nothing. It must not know the
// emulator, editors or the command line.
package sdk

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

//go:embed include CMakeFiles HardwareDefinitions
var files embed.FS

//go:embed symbols/*.txt
var symbolLists embed.FS

// Folders of an exported SDK.
const (
	IncludeDir     = "include"             // applibs/*.h
	LibDir         = "lib"                 // link stubs
	DefinitionsDir = "HardwareDefinitions" // mt3620.json and inc/hw/mt3620.h
	ToolchainFile  = "CMakeFiles/AzureSphereToolchain.cmake"
)

// Library is a library of the device as a link stub.
type Library struct {
	File   string // name to link by: "libapplibs.so" for -lapplibs
	Soname string // name that programs then ask the loader for
	list   string // its symbol list
}

// Libraries are the link stubs of the SDK.
var Libraries = []Library{
	{"libapplibs.so", "libapplibs.so.0", "symbols/libapplibs.txt"},
	{"libc.so", "libc.so.1", "symbols/libc.txt"},
	{"libgcc_s.so", "libgcc_s.so.1", "symbols/libgcc_s.txt"},
}

// partsOfLibc are the archives that programs name though their functions are in libc.so; they are empty.
var partsOfLibc = []string{"libcrypt.a", "libdl.a", "libm.a", "libpthread.a", "libresolv.a", "librt.a", "libutil.a"}

const emptyArchive = "!<arch>\n"

// Symbols returns what the library with the given soname defines, or an error for an unknown one.
func Symbols(soname string) ([]Symbol, error) {
	for _, l := range Libraries {
		if l.Soname == soname {
			text, err := symbolLists.ReadFile(l.list)
			if err != nil {
				return nil, err
			}
			return parseSymbols(string(text))
		}
	}
	return nil, fmt.Errorf("sdk: no library %s", soname)
}

// Files returns everything Export writes, by slash-separated path. The caller must not change the contents.
var Files = sync.OnceValues(func() (map[string][]byte, error) {
	out := make(map[string][]byte)
	err := fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		out[path], err = files.ReadFile(path)
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, l := range Libraries {
		syms, err := Symbols(l.Soname)
		if err != nil {
			return nil, err
		}
		out[LibDir+"/"+l.File] = Stub(l.Soname, syms)
	}
	for _, a := range partsOfLibc {
		out[LibDir+"/"+a] = []byte(emptyArchive)
	}
	return out, nil
})

// Options say what an exported SDK knows of the computer it is exported to.
type Options struct {
	Sysroot   string // armhf musl sysroot that builds use unless told otherwise; may be ""
	Armillary string // program that packs images; "" leaves it to PATH
	// Definitions are further files for DefinitionsDir, by slash-separated path below it: the boards.
	Definitions map[string]string
}

// Export writes the SDK to dir, making it where needed and replacing files of an earlier export. Files that have not
// changed are left alone, so that builds against them stay up to date. Other files in dir are not touched.
func Export(dir string, o Options) error {
	all, err := Files()
	if err != nil {
		return err
	}
	for path, data := range all {
		if err := write(filepath.Join(dir, filepath.FromSlash(path)), data); err != nil {
			return err
		}
	}
	for path, text := range o.Definitions {
		if err := write(filepath.Join(dir, DefinitionsDir, filepath.FromSlash(path)), []byte(text)); err != nil {
			return err
		}
	}
	return write(filepath.Join(dir, "CMakeFiles", "sysroot.cmake"), []byte(settings(o)))
}

// settings is the CMake file that carries the options.
func settings(o Options) string {
	var b strings.Builder
	b.WriteString("# Written by `armillary sdk export`.\n")
	if o.Sysroot != "" {
		fmt.Fprintf(&b, "set(ARMILLARY_DEFAULT_SYSROOT %s)\n", cmakeString(o.Sysroot))
	}
	if o.Armillary != "" {
		fmt.Fprintf(&b, "set(ARMILLARY_DEFAULT %s)\n", cmakeString(o.Armillary))
	}
	return b.String()
}

// cmakeString quotes a path for CMake, which wants forward slashes.
func cmakeString(path string) string {
	r := strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, `;`, `\;`)
	return `"` + r.Replace(filepath.ToSlash(path)) + `"`
}

// write puts data into a file unless it is there already.
func write(path string, data []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(data) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o644)
}
