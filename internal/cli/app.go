package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/sdk"
	"armillary.dev/server/files"
)

// diskFS is the machine's whole disk: definitions lie where a CMake file points to, outside the app as often as not.
func diskFS() fs.FS { return files.Overlay{Disk: files.NewDisk()} }

// openApp reads the app in a folder, with findings.
func openApp(fsys fs.FS, dir, hwdef string) (*project.App, error) {
	var p places
	if err := p.start(); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	opt := project.Options{SearchDirs: searchDirs(), Show: p.show}
	var err error
	if hwdef != "" {
		if opt.HwDef, err = p.definition(fsys, hwdef); err != nil {
			return nil, fail(ExitFailed, "--hwdef %w", err)
		}
	}
	name, err := p.add(dir)
	if err != nil {
		return nil, fail(ExitUsage, "%w", err)
	}
	app, err := project.OpenApp(fsys, name, opt)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(ExitFailed, "%s is not an app's folder: it holds no app_manifest.json", dir)
	}
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return app, nil
}

// appProgram reads the given program, or the newest one that the app's build left.
func appProgram(fsys fs.FS, app *project.App, given string) (data []byte, path string, err error) {
	if path = given; path == "" {
		found := app.Programs(fsys)
		if len(found) == 0 {
			dir := relative(files.Path(app.Dir))
			return nil, "", fail(ExitFailed, "%s holds no built program. Build it:\n"+
				"  armillary sysroot install     # once: musl to build with\n"+
				"  armillary sdk export sdk      # once\n"+
				"  cmake -G Ninja -S %s -B %s -DCMAKE_BUILD_TYPE=Debug -DCMAKE_TOOLCHAIN_FILE=$PWD/sdk/%s\n"+
				"  cmake --build %[3]s\n"+
				"or name one with --program", dir, dir, filepath.Join(dir, "out"), sdk.ToolchainFile)
		}
		path = files.Path(found[0].Path)
	}
	if data, err = os.ReadFile(path); err != nil {
		return nil, "", fail(ExitFailed, "%w", err)
	}
	return data, path, nil
}

// refusedError explains why an app is not packed.
func refusedError(err error) error {
	var r *project.RefusedError
	if !errors.As(err, &r) {
		return fail(ExitFindings, "%w", err)
	}
	f := r.App.Refused()
	path := relative(files.Path(r.App.ManifestPath))
	line, col := jsonc.NewLines(r.App.Manifest.File.Src).Runes(f.Span.Start)
	text := fmt.Sprintf("%s%s: %s %s", path, position(line, col), f.Rule.Code, f.Message)
	if f.Refuses.Code != 0 {
		text += fmt.Sprintf("\na device refuses it with %d; armillary explain %s says more", f.Refuses.Code, f.Rule.Code)
	}
	return fail(ExitFindings, "%s", text)
}
