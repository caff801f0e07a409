package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"armillary.dev/device/image"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/internal/cli/format"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// addApp reads an app's folder into the package, as F5 does: a manifest that would be refused is refused here.
func (o *packOptions) addApp(in *image.Input, dir string) error {
	var p places
	if err := p.start(); err != nil {
		return fail(ExitFailed, "%w", err)
	}
	name, err := p.add(dir)
	if err != nil {
		return fail(ExitUsage, "%w", err)
	}
	view := files.Overlay{Disk: files.NewDisk()}
	opt := project.Options{SearchDirs: searchDirs()}
	for _, d := range o.hwdefDirs {
		n, err := p.add(d)
		if err != nil {
			return fail(ExitUsage, "--hwdef-dir: %w", err)
		}
		opt.SearchDirs = append(opt.SearchDirs, n)
	}
	if o.hwdef != "" {
		if opt.HwDef, err = p.definition(view, o.hwdef); err != nil {
			return fail(ExitFailed, "--hwdef %w", err)
		}
	}
	app, err := project.OpenApp(view, name, opt)
	if err != nil {
		return fail(ExitFailed, "no app in %s: %s: %w", relative(dir), manifest.FileName, bare(err))
	}
	file := format.File{Path: p.show(app.ManifestPath), Map: text.NewMap(app.Manifest.File.Src)}
	if f := app.Refused(); f != nil {
		file.Findings = []rule.Finding{*f}
		if err := format.Short(o.log, &format.Report{Files: []format.File{file}}, format.Options{}); err != nil {
			return fail(ExitFailed, "%w", err)
		}
		return fail(ExitFindings, "%s would be refused; 'armillary check %s' says all that is wrong", file.Path, relative(dir))
	}
	if o.program == "" {
		built := app.Programs(view)
		if len(built) == 0 {
			return fail(ExitFindings, "no built program in %s: build the app, or name its program with --program", relative(dir))
		}
		o.program = files.Path(built[0].Path)
		fmt.Fprintf(o.log, "program %s\n", relative(o.program))
	}
	program, err := os.ReadFile(o.program)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(ExitFailed, "no program %s: build the app first", relative(o.program))
	} else if err != nil {
		return fail(ExitFailed, "%w", err)
	}
	packed, err := app.Package(view, project.PackageOptions{Program: program, APISet: int(o.apiSet), Resources: o.resources})
	var pe *manifest.PackError
	switch {
	case errors.As(err, &pe):
		line, col := file.Map.LineCol(pe.Offset)
		return fail(ExitFindings, "%s:%d:%d: %s", file.Path, line, col, pe.Msg)
	case err != nil:
		return fail(ExitFindings, "%w", err)
	}
	packed.KeepDebug = in.KeepDebug
	*in = packed
	o.program = "" // it is in
	return nil
}
