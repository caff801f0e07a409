package project

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/jsonrule"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

func (p *appPass) sourcesFound() {
	if p.build.Unfollowed != "" || p.build.Incomplete != "" { // what was not read may make files
		return
	}
	for _, t := range p.targets() {
		if t.When != "" {
			continue
		}
		for _, s := range t.Sources {
			a := writtenArgument(t, s)
			if a == nil || !s.Known() || !cmake.IsSource(s.Text) || strings.ContainsAny(a.Text, "$;<*\\") {
				continue
			}
			name := cmake.Path(t.Dir, s.Text)
			if _, err := fs.Stat(p.fsys, name); !errors.Is(err, fs.ErrNotExist) || p.made(name) || submodule(p.fsys, path.Dir(name)) != "" {
				continue
			}
			near, others := p.sourcesLike(name)
			if !others {
				continue
			}
			f := p.report(s.File, s.Span, t.Command.Name, "There is no source file %s%s", a.Text, jsonrule.DidYouMean(near))
			for i := range near {
				near[i] = path.Join(path.Dir(a.Text), near[i])
			}
			offerNames(f, a, near)
		}
	}
}

// writtenArgument returns the argument of a target's own call in which a source is written; nil if it came there otherwise.
func writtenArgument(t *cmake.Target, s cmake.Arg) *cmake.Argument {
	if t.File.Path != s.File {
		return nil
	}
	for i := range t.Command.Args {
		if a := &t.Command.Args[i]; a.Span == s.Span {
			return a
		}
	}
	return nil
}

// made reports whether a file may be made by the build: it lies in a folder of one, or another command speaks of it.
func (p *appPass) made(name string) bool {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if base := path.Base(dir); base == "out" || base == "build" || strings.HasPrefix(base, "cmake-build") {
			return true
		}
		if path.Dir(dir) == dir {
			break
		}
	}
	base := path.Base(name)
	for _, f := range p.build.Files {
		for i := range f.Commands {
			c := &f.Commands[i]
			if c.Is("add_executable") || c.Is("add_library") || c.Is("target_sources") || c.Is("set") {
				continue
			}
			for _, a := range c.Args {
				if path.Base(a.Text) == base {
					return true
				}
			}
		}
	}
	return false
}

// sourcesLike returns the sources beside a file whose names are like it, and whether there are any sources.
func (p *appPass) sourcesLike(name string) (near []string, others bool) {
	var names []string
	entries, _ := fs.ReadDir(p.fsys, path.Dir(name))
	for _, e := range entries[:min(len(entries), maxEntries)] {
		if !e.IsDir() && cmake.IsSource(e.Name()) {
			names = append(names, e.Name())
		}
	}
	return rule.Nearest(path.Base(name), names), len(names) > 0
}
