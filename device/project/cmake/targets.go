package cmake

import (
	"path"
	"slices"
	"strings"
)

// here returns the call for the project's lists.
func (c *call) here() Call {
	return Call{Place: Place{c.file.Path, c.command.Span}, File: c.file, Command: c.command, Dir: c.dir.path, When: c.cond.because, Unlikely: c.cond.unlikely}
}

// place makes an argument of the project's lists. A source of a target is relative to the folder of the call, which may
// differ from that of the target.
func (c *call) place(a argument) Arg { return Arg{a.Value, Place{c.file.Path, a.span}} }

func (c *call) places(args []argument) []Arg {
	var out []Arg
	for _, a := range args {
		if c.items++; c.items > maxItems {
			c.p.stop("the project has too many files")
			break
		}
		out = append(out, c.place(a))
	}
	return out
}

// inFolder makes relative paths absolute, by the folder of the call.
func (c *call) inFolder(args []Arg) []Arg {
	for i := range args {
		if a := &args[i]; a.Known() && a.Text != "" && !IsAbs(a.Text) {
			a.Text = absolute(Path(c.dir.path, a.Text))
		}
	}
	return args
}

func (c *call) addTarget() {
	if len(c.args) == 0 {
		return
	}
	t := &Target{Call: c.here(), Name: c.place(c.args[0]), Executable: c.command.Is("add_executable")}
	rest := c.args[1:]
	for len(rest) > 0 && rest[0].word([]string{"STATIC", "SHARED", "MODULE", "OBJECT", "INTERFACE", "WIN32", "MACOSX_BUNDLE", "EXCLUDE_FROM_ALL"}) {
		rest = rest[1:]
	}
	if len(rest) > 0 && rest[0].word([]string{"IMPORTED", "ALIAS", "UNKNOWN"}) {
		return
	}
	t.Sources = c.inFolder(c.places(rest))
	if len(c.p.Targets) >= maxFiles {
		c.p.stop("the project has too many targets")
		return
	}
	c.p.Targets = append(c.p.Targets, t)
	c.dir.targets = append(c.dir.targets, t)
	if was := c.targets[t.Name.Text]; was == nil || was.When != "" {
		c.targets[t.Name.Text] = t
	}
}

var scopeWords = []string{"PUBLIC", "PRIVATE", "INTERFACE", "SYSTEM", "BEFORE", "AFTER", "LINK_PUBLIC", "LINK_PRIVATE", "debug", "optimized", "general"}

// ofTarget returns the target of a call and its arguments without the words about scope.
func (c *call) ofTarget() (*Target, []argument) {
	if len(c.args) == 0 {
		return nil, nil
	}
	var rest []argument
	for _, a := range c.args[1:] {
		if !a.word(scopeWords) {
			rest = append(rest, a)
		}
	}
	return c.targets[c.text(0)], rest
}

func (c *call) targetSources() {
	t, rest := c.ofTarget()
	if t == nil {
		return
	}
	for _, a := range rest {
		if a.is("FILE_SET") {
			return
		}
	}
	t.Sources = append(t.Sources, c.inFolder(c.places(rest))...)
}

func (c *call) targetIncludes() {
	if t, rest := c.ofTarget(); t != nil {
		t.Includes = append(t.Includes, c.inFolder(c.places(rest))...)
	}
}

func (c *call) includes() {
	var rest []argument
	for _, a := range c.args {
		if !a.word(scopeWords) {
			rest = append(rest, a)
		}
	}
	c.dir.includes = append(c.dir.includes, c.inFolder(c.places(rest))...)
}

// macroArgs returns what defines macros: without -D; what is another option is left out.
func (c *call) macroArgs(args []argument) []Arg {
	var out []argument
	for _, a := range args {
		a = a.inner()
		if rest, ok := strings.CutPrefix(a.Text, "-D"); ok {
			a.Text, a.Others = rest, nil
		} else if strings.HasPrefix(a.Text, "-") || strings.HasPrefix(a.Text, "/") {
			continue
		}
		if a.Text != "" {
			out = append(out, a)
		}
	}
	return c.places(out)
}

func (c *call) targetDefinitions() {
	if t, rest := c.ofTarget(); t != nil {
		t.Definitions = append(t.Definitions, c.macroArgs(rest)...)
	}
}

func (c *call) definitions() { c.dir.definitions = append(c.dir.definitions, c.macroArgs(c.args)...) }

// macroOptions returns the options that define macros.
func macroOptions(args []argument) []argument {
	return slices.DeleteFunc(slices.Clone(args), func(a argument) bool { return !strings.HasPrefix(a.inner().Text, "-D") })
}

// inner returns what a generator expression stands for where its condition holds: NAME of $<$<CONFIG:Debug>:NAME>.
func (a argument) inner() argument {
	if at := strings.LastIndexByte(a.Text, ':'); at >= 0 && strings.HasPrefix(a.Text, "$<") {
		a.Value = known(strings.TrimRight(a.Text[at+1:], ">"))
	}
	return a
}

func (c *call) targetOptions() {
	if t, rest := c.ofTarget(); t != nil {
		t.Definitions = append(t.Definitions, c.macroArgs(macroOptions(rest))...)
	}
}

func (c *call) options() {
	c.dir.definitions = append(c.dir.definitions, c.macroArgs(macroOptions(c.args))...)
}

// flags gives the folder the macros of the variables that hold its compilers' flags. What their values have from outside of the
// files is not known, and what is added to that is.
func (e *eval) flags() {
	for _, name := range []string{"CMAKE_C_FLAGS", "CMAKE_CXX_FLAGS"} {
		v, _ := e.lookup(name)
		for _, text := range v.Candidates() {
			for flag := range strings.FieldsSeq(text) {
				macro, ok := strings.CutPrefix(flag, "-D")
				if !ok || macro == "" || strings.Contains(macro, "${") {
					continue
				}
				if e.items++; e.items > maxItems {
					e.p.stop("the project has too many files")
					return
				}
				e.dir.definitions = append(e.dir.definitions, Arg{Value: known(macro)})
			}
		}
	}
}

func (c *call) link() {
	if t, rest := c.ofTarget(); t != nil {
		t.Libraries = append(t.Libraries, c.places(rest)...)
	}
}

// auxSources is aux_source_directory(<dir> <variable>).
func (c *call) auxSources() {
	if len(c.args) < 2 {
		return
	}
	if !c.args[0].Known() {
		c.output(1)
		return
	}
	var found []argument
	if v, ok := c.lookup(c.text(1)); ok && v.Text != "" {
		found = append(found, argument{Value: v})
	}
	dir := strings.TrimSuffix(c.text(0), "/")
	for _, name := range c.in.list(Path(c.dir.path, dir)) {
		if IsSource(name) {
			found = append(found, argument{Value: known(dir + "/" + name)})
		}
	}
	c.define(c.text(1), joinList(found))
}

// IsSource reports whether a name is that of a C or C++ source.
func IsSource(name string) bool {
	switch strings.ToLower(path.Ext(name)) {
	case ".c", ".cc", ".cpp", ".cxx", ".c++":
		return true
	}
	return false
}

func (c *call) hardwareDefinition() {
	words := []string{"TARGET_DIRECTORY", "TARGET_DEFINITION"}
	if len(c.args) == 0 || len(c.p.HardwareDefinitions) >= maxFiles {
		return
	}
	h := HardwareDefinition{Call: c.here(), Target: c.place(c.args[0]), Directories: c.places(c.after(words[0], words))}
	if d := c.places(c.after(words[1], words)); len(d) > 0 {
		h.Definition = &d[0]
	}
	c.p.HardwareDefinitions = append(c.p.HardwareDefinitions, h)
}

func (c *call) imagePackage() {
	words := []string{"RESOURCE_FILES", "DEBUG_LIB"}
	if len(c.args) == 0 || len(c.p.ImagePackages) >= maxFiles {
		return
	}
	c.p.ImagePackages = append(c.p.ImagePackages, ImagePackage{Call: c.here(), Target: c.place(c.args[0]),
		Resources: c.places(c.after(words[0], words)), DebugLibs: c.places(c.after(words[1], words))})
}

func (c *call) configure(all []Configure, word string) []Configure {
	if len(all) >= maxFiles {
		return all
	}
	f := Configure{Call: c.here()}
	if v := c.places(c.after(word, []string{word})); len(v) > 0 {
		f.Value = &v[0]
	}
	return append(all, f)
}

// finish gives targets what belongs to their folders.
func (e *eval) finish() {
	for _, d := range e.all {
		for _, t := range d.targets {
			if e.items += len(d.includes) + len(d.definitions); e.items > 4*maxItems {
				e.p.stop("the project has too many files")
				return
			}
			t.Includes = append(t.Includes, d.includes...)
			t.Definitions = append(t.Definitions, d.definitions...)
		}
	}
}
