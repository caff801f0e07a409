package marker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"armillary.dev/server/text"
)

// A testCase is one archive, read.
type testCase struct {
	name     string // of the archive, for messages
	archive  *txtar.Archive
	flags    flags
	settings json.RawMessage
	files    []*file
	marks    []*mark
	goldens  map[string]*golden
	wrong    problems // what cannot be read
	patience time.Duration
	stub     serve // instead of the server; nil in all but tests of this package
}

// A file is one file of the workspace, as the server sees it.
type file struct {
	name    string
	text    string // without markers
	disk    string // its bytes on the disk, which differ if the encoding is another
	lines   *text.Map
	marked  bool
	uri     string
	version int // of the open document
}

// A golden is an expected text.
type golden struct {
	at    int // index in the archive; -1 until it is there
	asked bool
	text  string
}

// problems is what is wrong with a case, a line each.
type problems []string

func (p *problems) add(at, format string, args ...any) {
	*p = append(*p, at+": "+fmt.Sprintf(format, args...))
}

// flags are the options of a case.
type flags struct {
	ignore   []string
	encoding string
	folders  []string
	sdk      string
	crlf     bool
	bom      string
	latin1   string
	base64   string
	sizes    map[string]int64
}

// readCase reads an archive.
func readCase(name string, data []byte) *testCase {
	c := &testCase{name: name, archive: txtar.Parse(data), goldens: map[string]*golden{}, patience: patience}
	line := 1 + strings.Count(string(c.archive.Comment), "\n")
	for i, f := range c.archive.Files {
		first := line + 1 // behind the line with the name
		line = first + strings.Count(string(f.Data), "\n")
		at := fmt.Sprintf("%s:%d", name, first-1)
		switch golden, isGolden := strings.CutPrefix(f.Name, "@"); {
		case isGolden:
			c.golden(golden).at, c.golden(golden).text = i, string(f.Data)
		case f.Name == "flags":
			c.readFlags(at, string(f.Data))
		case f.Name == "settings.json":
			if c.settings = f.Data; !json.Valid(f.Data) {
				c.wrong.add(at, "the settings are not JSON")
			}
		default:
			c.readFile(f.Name, string(f.Data), first)
		}
	}
	for _, f := range c.files {
		var err error
		if f.disk, err = c.flags.encode(f.name, f.text); err != nil {
			c.wrong.add(c.name, "%s: %v", f.name, err)
		}
		f.text = asUTF8(f.disk)
		f.lines = text.NewMap(f.text)
	}
	if len(c.marks) == 0 && len(c.wrong) == 0 {
		c.wrong.add(name, "there is no marker, so nothing is tested")
	}
	return c
}

func (c *testCase) readFlags(at, s string) {
	for _, word := range strings.Fields(s) {
		switch key, value, _ := strings.Cut(word, "="); key {
		case "-ignore":
			c.flags.ignore = append(c.flags.ignore, strings.Split(value, ",")...)
		case "-encoding":
			c.flags.encoding = value
		case "-folders":
			c.flags.folders = strings.Split(value, ",")
		case "-sdk":
			c.flags.sdk = value
		case "-crlf":
			c.flags.crlf = true
		case "-bom":
			c.flags.bom = value
		case "-latin1":
			c.flags.latin1 = value
		case "-base64":
			c.flags.base64 = value
		case "-size":
			name, size, _ := strings.Cut(value, ":")
			n, err := strconv.ParseInt(size, 10, 64)
			if err != nil {
				c.wrong.add(at, "%s is no size: %v", word, err)
			}
			if c.flags.sizes == nil {
				c.flags.sizes = map[string]int64{}
			}
			c.flags.sizes[name] = n
		default:
			c.wrong.add(at, "there is no flag %q", word)
		}
	}
}

// encode writes a file as the flags ask for it.
func (f *flags) encode(name, s string) (string, error) {
	if f.crlf {
		s = strings.ReplaceAll(s, "\n", "\r\n")
	}
	if f.bom == name {
		s = "\ufeff" + s
	}
	if f.latin1 == name {
		var b strings.Builder
		for _, r := range s {
			b.WriteByte(byte(r))
		}
		s = b.String()
	}
	if f.base64 == name {
		data, err := base64.StdEncoding.DecodeString(s) // which passes over line ends
		return string(data), err
	}
	return s, nil
}

// golden returns a golden; one that is not in the archive is empty.
func (c *testCase) golden(name string) *golden {
	g := c.goldens[name]
	if g == nil {
		g = &golden{at: -1}
		c.goldens[name] = g
	}
	return g
}

// readFile takes the markers out of a file. first is its first line in the archive.
func (c *testCase) readFile(name, data string, first int) {
	f := &file{name: name}
	c.files = append(c.files, f)
	intro := markerIntro(name)
	var out strings.Builder
	kept := 0 // lines
	for i, line := range strings.SplitAfter(data, "\n") {
		begin := findMarker(line, intro)
		if begin < 0 {
			out.WriteString(line)
			if line != "" {
				kept++
			}
			continue
		}
		f.marked = true
		of := kept
		if before := strings.TrimRight(line[:begin], " \t"); before != "" {
			out.WriteString(before + "\n")
			kept++
		} else {
			of = max(0, kept-1)
		}
		marks, err := readMarks(line[begin+len(intro):])
		at := fmt.Sprintf("%s:%d", c.name, first+i)
		if err != nil {
			c.wrong.add(at, "%v", err)
		}
		for _, m := range marks {
			m.file, m.line, m.at = f, of, at
			c.marks = append(c.marks, m)
		}
	}
	f.text = out.String()
}

// markerIntro is what markers begin with in a file.
func markerIntro(name string) string {
	switch base := path.Base(name); {
	case base == "CMakeLists.txt", base == "CMakeCache.txt", path.Ext(base) == ".cmake", path.Ext(base) == ".yml":
		return "#@"
	}
	return "//@"
}

// findMarker returns where a marker begins in a line, or -1: behind white space or at the beginning, and a call follows.
func findMarker(line, intro string) int {
	for from := 0; ; {
		i := strings.Index(line[from:], intro)
		if i < 0 {
			return -1
		}
		i += from
		rest := strings.TrimLeft(line[i+len(intro):], "abcdefghijklmnopqrstuvwxyz")
		if (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') && strings.HasPrefix(rest, "(") && line[i+len(intro)] != '(' {
			return i
		}
		from = i + len(intro)
	}
}

// asUTF8 is what an editor makes of a file that it takes for UTF-8: U+FFFD for each byte that is none.
func asUTF8(s string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteRune(r)
	}
	return b.String()
}

// layOut writes the files of a case into a folder.
func (c *testCase) layOut(dir string) error {
	for _, f := range c.files {
		name := filepath.Join(dir, filepath.FromSlash(f.name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, []byte(f.disk), 0o644); err != nil {
			return err
		}
		if n, ok := c.flags.sizes[f.name]; ok {
			if err := os.Truncate(name, n); err != nil {
				return err
			}
		}
	}
	return nil
}

// file returns the file of a name, or nil.
func (c *testCase) file(name string) *file {
	for _, f := range c.files {
		if f.name == name {
			return f
		}
	}
	return nil
}
