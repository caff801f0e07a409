// Package analysis runs the rules over one view of files. The language server and `armillary check` both go through
// it, which is why they give the same answers.
//
// It reads only through the fs.FS that it is given, and must not know the protocol, positions in anything but bytes,
// or output formats. What a rule means is the device packages' business.
package analysis

import (
	"io/fs"

	"armillary.dev/device/rule"
)

// Kind says what a file is.
type Kind uint8

// The kinds of files that the rules know.
const (
	Other      Kind = iota // none of ours
	Manifest               // app_manifest.json, under whatever name
	Definition             // hardware definition
)

// Settings are the user's choices for one check.
type Settings struct {
	Strict bool
	// Hwdef names a hardware definition in the view that is used for every app, instead of the one that the app's
	// CMake file names.
	Hwdef string
	// NoSyntax leaves out plain JSON syntax, which the user's editor reports.
	NoSyntax bool
}

// A File is what the rules say about one file. It is immutable.
type File struct {
	Name     string
	Text     string
	Kind     Kind
	Findings []rule.Finding // in the order of their places
}

// Hover is an explanation of a place.
type Hover struct {
	Span     rule.Span
	Markdown string
}

// ItemKind says what a completion stands for.
type ItemKind uint8

// What completions stand for.
const (
	KeyItem   ItemKind = iota // a member of an object
	ValueItem                 // a value out of a fixed set
	NameItem                  // a $NAME of the hardware definition
	PinItem                   // a GPIO or a peripheral that nothing claims yet
)

// An Item is one proposal for what to write at a place.
type Item struct {
	Label    string
	Kind     ItemKind
	Detail   string    // one line: a type, a pin
	Markdown string    // longer text, may be empty
	Replace  rule.Span // what is replaced
	New      string    // by what
	Snippet  string    // the same for an editor with placeholders; empty: New
	Filter   string    // what the typed text is compared with, when that is not Label
}

// A Checker checks files and remembers between checks what is expensive to read. It may be used by several
// goroutines at once.
type Checker struct{}

// NewChecker returns a Checker.
func NewChecker() *Checker { return &Checker{} }

// Check reads content, the file called name in fsys. An empty name is a file that is nowhere yet; it is checked by
// itself.
func (c *Checker) Check(fsys fs.FS, name, content string, set Settings) *File {
	return &File{Name: name, Text: content}
}

// Unnecessary reports whether a finding says that its place has no effect, so that an editor may fade it.
func Unnecessary(f *rule.Finding) bool { return false }

// Hover explains the place at offset.
func (f *File) Hover(offset int) (Hover, bool) { return Hover{}, false }

// Complete proposes what could stand at offset.
func (f *File) Complete(offset int) []Item { return nil }
