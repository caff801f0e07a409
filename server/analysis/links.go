package analysis

import (
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/project"
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
// then in the SDK's folders. A board that comes with the program has no file to lead to.
func (f *File) Links() []Link {
	l := linker{f: f, links: []Link{}}
	switch f.Kind {
	case project.Manifest:
		l.schema()
	case project.Definition:
		l.schema()
		l.imports()
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
func (l *linker) file(n *jsonc.Node, dirs ...string) {
	name, ok := n.Str()
	if !ok {
		return
	}
	name = strings.ReplaceAll(name, `\`, "/") // the vendor's tools run on Windows
	at := content(n)
	if at.Start >= at.End || l.asked == maxLinks {
		return
	}
	l.asked++
	for _, dir := range dirs {
		to := path.Join(dir, name)
		if info, err := fs.Stat(l.f.ws.view, to); err == nil && info.Mode().IsRegular() {
			l.links = append(l.links, Link{Span: at, File: to, Note: near(l.f.Path, to)})
			return
		}
	}
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
	case !strings.Contains(text, ":") && l.f.Path != "":
		l.file(n, path.Dir(l.f.Path))
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
		l.file(c.Member("Path"), dirs...)
	}
}
