package analysis

import (
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// A Link leads from a place to a file or a page. Exactly one of File and URL is set.
type Link struct {
	Span rule.Span // the content of a string, not empty
	File string    // in the view
	URL  string    // http or https
	Note string    // where it leads, for people
}

// maxLinks is how many links of a file are told: each is looked up on the disk.
const maxLinks = 256

// Links returns the file's links, in order. What a definition imports is looked for as the tools do: beside the file,
// then in the SDK's folders. A board that comes with the program has no file to lead to. In CMake files and C sources it is
// what they name of the app's own.
func (f *File) Links() []Link {
	l := linker{f: f, links: []Link{}}
	switch f.Kind {
	case project.Manifest:
		l.schema()
	case project.Definition:
		l.schema()
		l.imports()
	case project.Source:
		l.includes()
	case project.CMake:
		l.commands()
	}
	return l.links
}

// linker collects links.
type linker struct {
	f     *File
	links []Link
	asked int
}

// file adds a link to the first of some folders that has a file of that name.
func (l *linker) file(at rule.Span, name string, dirs ...string) {
	name = strings.ReplaceAll(name, `\`, "/") // the vendor's tools run on Windows
	for _, dir := range dirs {
		if l.found(at, path.Join(dir, name)) {
			return
		}
	}
}

// found adds a link to a file, if it is there.
func (l *linker) found(at rule.Span, name string) bool {
	if l.asked++; at.Start >= at.End || l.asked > maxLinks {
		return false
	}
	info, err := fs.Stat(l.f.ws.view, name)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	l.links = append(l.links, Link{Span: at, File: name, Note: near(l.f.Path, name)})
	return true
}

// schema leads to a JSON schema, on the web or beside the file.
func (l *linker) schema() {
	n := l.f.FileReport.File.Root.Member("$schema")
	text, _ := n.Str()
	switch {
	case strings.HasPrefix(text, "https://"), strings.HasPrefix(text, "http://"):
		if at := content(n); at.Start < at.End {
			l.links = append(l.links, Link{Span: at, URL: text, Note: "JSON schema"})
		}
	case text != "" && !strings.Contains(text, ":") && l.f.Path != "":
		l.file(content(n), text, path.Dir(l.f.Path))
	}
}

// imports leads to the definitions that a definition imports.
func (l *linker) imports() {
	n := l.f.FileReport.File.Root.Member("Imports")
	if n == nil || n.Kind != jsonc.Array {
		return
	}
	dirs := l.f.ws.set.SearchDirs
	if l.f.Path != "" {
		dirs = append([]string{path.Dir(l.f.Path)}, dirs...)
	}
	for _, c := range n.Children {
		p := c.Member("Path")
		if name, ok := p.Str(); ok {
			l.file(content(p), name, dirs...)
		}
	}
}

// includes leads to the headers that a C file includes, as far as they are the app's.
func (l *linker) includes() {
	for _, inc := range l.f.C.Includes {
		if len(inc.Path)+2 != inc.Span.End-inc.Span.Start || l.asked == maxLinks {
			continue
		}
		l.asked++
		if name, ok := l.f.ws.header(l.f.app, l.f.Path, inc); ok {
			at := rule.Span{Start: inc.Span.Start + 1, End: inc.Span.End - 1} // without quotes
			l.links = append(l.links, Link{Span: at, File: name, Note: near(l.f.Path, name)})
		}
	}
}

// fileCommands are the commands of CMake with files among their arguments.
var fileCommands = map[string]bool{
	"add_executable": true, "add_library": true, "target_sources": true, "include": true, "configure_file": true,
	"azsphere_target_add_image_package": true, "azsphere_target_hardware_definition": true,
}

// commands leads to the files that a CMake file names without variables, and to the hardware definition, however it is
// named.
func (l *linker) commands() {
	if l.f.Path == "" {
		return
	}
	dir := path.Dir(l.f.Path)
	file := cmake.Parse(l.f.Path, l.f.Src)
	for i := range file.Commands {
		c := &file.Commands[i]
		name := strings.ToLower(c.Name)
		for k, a := range c.Args {
			literal := !strings.Contains(a.Text, "$")
			switch {
			case a.Text == "" || a.Kind == cmake.Paren:
			case name == "add_subdirectory" && k == 0 && literal:
				l.found(a.Content, path.Join(dir, a.Text, path.Base(l.f.Path)))
			case !fileCommands[name]:
			case k > 0 && c.Args[k-1].Text == "TARGET_DEFINITION":
				l.target(a)
			case literal && strings.ContainsAny(a.Text, "./"):
				l.found(a.Content, path.Join(dir, a.Text))
			}
		}
	}
}

// target leads from the value of TARGET_DEFINITION to the definition that the app is built with.
func (l *linker) target(a cmake.Argument) {
	app := l.f.app
	if app == nil || app.DefinitionPath == "" || l.f.ws.set.Hwdef != "" {
		return
	}
	if strings.Contains(a.Text, "$") || path.Base(app.DefinitionPath) == path.Base(a.Text) {
		l.found(a.Content, app.DefinitionPath)
	}
}
