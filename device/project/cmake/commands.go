package cmake

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// command executes one command: one of the project's own functions, or a row of the table. Others have no effect here.
func (e *eval) command(f *File, c *Command) {
	name := strings.ToLower(c.Name)
	if fn := e.functions[name]; fn != nil {
		e.invoke(fn, e.arguments(f, c))
		return
	}
	run := commands[name]
	if run == nil {
		return
	}
	if name == "set" && len(c.Args) > 0 {
		e.setting = c.Args[0].Text
	}
	args := e.arguments(f, c)
	e.setting = ""
	run(&call{eval: e, file: f, command: c, args: args})
}

// call is one execution of a command.
type call struct {
	*eval
	file    *File
	command *Command
	args    []argument
}

// arg returns an argument's value, the empty one if there is none.
func (c *call) arg(i int) Value {
	if i < len(c.args) {
		return c.args[i].Value
	}
	return Value{}
}

// text returns an argument's text.
func (c *call) text(i int) string { return c.arg(i).Text }

// after returns the arguments behind a keyword up to the next of the keywords.
func (c *call) after(word string, words []string) []argument {
	var out []argument
	in := false
	for i := range c.args {
		if a := &c.args[i]; a.word(words) {
			in = a.Text == word
		} else if in {
			out = append(out, *a)
		}
	}
	return out
}

// has reports whether a keyword is among the arguments.
func (c *call) has(word string) bool {
	return slices.ContainsFunc(c.args, func(a argument) bool { return a.is(word) })
}

// texts returns the arguments' texts; unknown is the variable that makes one of them unknown.
func texts(args []argument) (out []string, because string) {
	for _, a := range args {
		because = orName(because, a.Because)
		out = append(out, a.Text)
	}
	return out, because
}

// commands is the table of what is followed.
var commands map[string]func(*call)

func init() {
	commands = map[string]func(*call){
		"set": (*call).set, "unset": (*call).unset, "option": (*call).option, "project": (*call).project,
		"list": (*call).listCommand, "string": (*call).stringCommand, "get_filename_component": (*call).filename,
		"cmake_path": (*call).cmakePath, "cmake_parse_arguments": (*call).parseArguments, "file": (*call).fileCommand,
		"find_path": (*call).find, "find_file": (*call).find, "find_program": (*call).findElsewhere, "find_library": (*call).findElsewhere,
		"math": func(c *call) { c.output(1) }, "execute_process": (*call).process,
		"include": (*call).include, "add_subdirectory": (*call).subdirectory,
		"return": func(c *call) { c.flow = returned }, "break": func(c *call) { c.flow = broken }, "continue": func(c *call) { c.flow = continued },
		"add_executable": (*call).addTarget, "add_library": (*call).addTarget, "target_sources": (*call).targetSources,
		"aux_source_directory": (*call).auxSources, "target_include_directories": (*call).targetIncludes, "include_directories": (*call).includes,
		"target_compile_definitions": (*call).targetDefinitions, "add_compile_definitions": (*call).definitions, "add_definitions": (*call).definitions,
		"target_compile_options": (*call).targetOptions, "add_compile_options": (*call).options,
		"target_link_libraries":               (*call).link,
		"azsphere_target_hardware_definition": (*call).hardwareDefinition,
		"azsphere_target_add_image_package":   (*call).imagePackage,
		"azsphere_configure_tools":            func(c *call) { c.p.ConfigureTools = c.configure(c.p.ConfigureTools, "TOOLS_REVISION") },
		"azsphere_configure_api":              func(c *call) { c.p.ConfigureAPI = c.configure(c.p.ConfigureAPI, "TARGET_API_SET") },
		"cmake_minimum_required":              func(*call) {},
		"message":                             func(*call) {},
		"set_target_properties":               func(*call) {},
		"set_source_files_properties":         func(*call) {},
		"add_custom_target":                   func(*call) {},
		"add_custom_command":                  func(*call) {},
	}
}

// output makes a command's result unknown: the variable that the argument i names.
func (c *call) output(i int) {
	if i < 0 || i >= len(c.args) {
		return
	}
	name := c.text(i)
	c.define(name, unknown("${"+name+"}", name))
}

// cached defines a cache entry, unless there is one.
func (c *call) cached(name string, v Value, force bool) {
	if c.cache.vars[name] != nil && !force {
		return
	}
	c.write(c.cache, name, &v)
}

func (c *call) set() {
	if len(c.args) == 0 || !c.args[0].Known() {
		return
	}
	name := c.text(0)
	if strings.HasPrefix(name, "ENV{") {
		return
	}
	args, cache, parent, force := c.args[1:], false, false, false
	for i := range args {
		if args[i].is("CACHE") {
			cache, force = true, args[len(args)-1].is("FORCE")
			args = args[:i]
			break
		}
	}
	if n := len(args); !cache && n > 0 && args[n-1].is("PARENT_SCOPE") {
		parent, args = true, args[:n-1]
	}
	switch v := joinList(args); {
	case cache:
		c.cached(name, v, force)
	case parent && c.scope.parent == nil: // there is nobody to see it
	case parent && len(args) == 0:
		c.write(c.scope.parent, name, nil)
	case parent:
		c.write(c.scope.parent, name, &v)
	case len(args) == 0:
		c.write(c.scope, name, nil)
	default:
		c.define(name, v)
	}
}

func (c *call) unset() {
	switch name := c.text(0); {
	case len(c.args) == 0 || !c.args[0].Known() || strings.HasPrefix(name, "ENV{"):
	case c.has("CACHE"):
		c.write(c.cache, name, nil)
	case c.has("PARENT_SCOPE"):
		if c.scope.parent != nil {
			c.write(c.scope.parent, name, nil)
		}
	default:
		c.write(c.scope, name, nil)
	}
}

func (c *call) option() {
	if _, ok := c.lookup(c.text(0)); len(c.args) == 0 || ok {
		return
	}
	v := known("OFF")
	if len(c.args) > 2 {
		v = c.arg(2)
	}
	c.cached(c.text(0), v, false)
}

func (c *call) project() {
	if len(c.args) == 0 {
		return
	}
	name, dir := c.arg(0), known(absolute(c.dir.path))
	c.define("PROJECT_NAME", name)
	c.define("PROJECT_SOURCE_DIR", dir)
	if name.Known() {
		c.define(name.Text+"_SOURCE_DIR", dir)
	}
	if _, ok := c.lookup("CMAKE_PROJECT_NAME"); !ok || c.dir.path == c.p.Dir {
		c.define("CMAKE_PROJECT_NAME", name)
		c.p.Name = name
	}
	version := c.after("VERSION", []string{"VERSION", "DESCRIPTION", "HOMEPAGE_URL", "LANGUAGES"})
	if len(version) == 1 {
		c.define("PROJECT_VERSION", version[0].Value)
	}
}

func (c *call) listCommand() {
	op, name := c.text(0), c.text(1)
	if len(c.args) < 2 {
		return
	}
	v, _ := c.lookup(name)
	rest := c.args[2:]
	var items []string
	if op != "APPEND" && op != "PREPEND" {
		items = c.split(v.Text)
	}
	texts, because := texts(rest)
	put := func(out string, items []string) {
		w := known(strings.Join(items, ";"))
		w.Because = orName(v.Because, because)
		c.define(out, w)
	}
	switch {
	case op == "APPEND" || op == "PREPEND":
		if len(rest) == 0 {
			return
		}
		more := argument{Value: v}
		all := append([]argument{more}, rest...)
		if op == "PREPEND" {
			all = append(slices.Clone(rest), more)
		}
		if v.Text == "" && v.Known() {
			all = rest
		}
		c.define(name, joinList(all))
	case len(v.Others) > 0:
		c.define(c.text(len(c.args)-1), unknown("", v.Because))
	case op == "LENGTH" && len(rest) == 1:
		put(texts[0], []string{itoa(len(items))})
	case op == "JOIN" && len(rest) == 2:
		w := known(strings.Join(items, texts[0]))
		w.Because = orName(v.Because, because)
		c.define(texts[1], w)
	case op == "REMOVE_ITEM":
		put(name, slices.DeleteFunc(items, func(s string) bool { return slices.Contains(texts, s) }))
	case op == "REMOVE_DUPLICATES":
		seen := map[string]bool{}
		put(name, slices.DeleteFunc(items, func(s string) bool {
			was := seen[s]
			seen[s] = true
			return was
		}))
	case op == "REVERSE":
		slices.Reverse(items)
		put(name, items)
	case op == "SORT" && len(rest) == 0:
		slices.Sort(items)
		put(name, items)
	case op == "GET" && len(rest) >= 2:
		var got []string
		for _, t := range texts[:len(texts)-1] {
			n, ok := number(t)
			i := int(n)
			if i < 0 {
				i += len(items)
			}
			if !ok || i < 0 || i >= len(items) {
				because = orName(because, name)
				continue
			}
			got = append(got, items[i])
		}
		put(texts[len(texts)-1], got)
	case op == "FIND" && len(rest) == 2:
		put(texts[1], []string{itoa(slices.Index(items, texts[0]))})
	case op == "SUBLIST" && len(rest) == 3:
		c.output(4)
	default: // FILTER, INSERT, TRANSFORM and others change the list
		c.define(name, unknown(v.Text, name))
	}
}

func (c *call) stringCommand() {
	op := c.text(0)
	n := len(c.args)
	// mapped applies a function to the known texts of the arguments and defines out.
	mapped := func(out int, from []argument, f func([]string) string) {
		if out >= n {
			return
		}
		in, because := texts(from)
		if because != "" {
			c.output(out)
			return
		}
		c.define(c.text(out), known(f(in)))
	}
	one := func(f func(string) string) {
		if n == 3 {
			mapped(2, c.args[1:2], func(s []string) string { return f(s[0]) })
		} else if n == 2 { // an empty input is no argument any more
			c.define(c.text(1), known(""))
		}
	}
	switch op {
	case "TOUPPER":
		one(strings.ToUpper)
	case "TOLOWER":
		one(strings.ToLower)
	case "STRIP":
		one(strings.TrimSpace)
	case "LENGTH":
		one(func(s string) string { return itoa(len(s)) })
	case "CONCAT":
		if n > 1 {
			mapped(1, c.args[2:], func(s []string) string { return strings.Join(s, "") })
		}
	case "APPEND", "PREPEND":
		if n < 2 {
			return
		}
		v, _ := c.lookup(c.text(1))
		var b builder
		if op == "APPEND" {
			b.value(v)
		}
		for _, a := range c.args[2:] {
			b.value(a.Value)
		}
		if op == "PREPEND" {
			b.value(v)
		}
		c.define(c.text(1), b.done())
	case "JOIN":
		if n > 2 {
			mapped(2, append([]argument{c.args[1]}, c.args[3:]...), func(s []string) string { return strings.Join(s[1:], s[0]) })
		}
	case "REPLACE":
		if n > 3 {
			mapped(3, append(slices.Clone(c.args[1:3]), c.args[4:]...), func(s []string) string {
				in := strings.Join(s[2:], "")
				if s[0] == "" || len(in)*len(s[1]) > maxText {
					return in
				}
				return strings.ReplaceAll(in, s[0], s[1])
			})
		}
	case "REGEX":
		if n > 5 && c.text(1) == "REPLACE" {
			c.regexReplace()
			return
		}
		c.output(map[string]int{"MATCH": 3, "MATCHALL": 3, "REPLACE": 4}[c.text(1)])
	case "FIND":
		c.output(3)
	case "SUBSTRING":
		c.output(4)
	case "COMPARE", "REPEAT":
		c.output(n - 1)
	case "TIMESTAMP", "RANDOM", "MAKE_C_IDENTIFIER", "GENEX_STRIP", "CONFIGURE", "HEX", "ASCII", "MD5", "SHA1", "SHA256":
		c.output(n - 1)
	}
}

// regexReplace is string(REGEX REPLACE <pattern> <replacement> <out> <input>...).
func (c *call) regexReplace() {
	in, because := texts(c.args[2:])
	pattern, with, input := in[0], in[1], strings.Join(in[3:], "")
	re, err := regexp.Compile(pattern)
	if because != "" || err != nil || len(pattern) > maxPattern || len(input)*(1+len(with)) > maxText || strings.Contains(with, "$") {
		c.output(4)
		return
	}
	for d := byte('0'); d <= '9'; d++ {
		with = strings.ReplaceAll(with, `\`+string(d), "${"+string(d)+"}")
	}
	c.define(c.text(4), known(re.ReplaceAllString(input, with)))
}

// filename is get_filename_component(<var> <path> DIRECTORY|NAME|...).
func (c *call) filename() {
	if len(c.args) < 3 {
		return
	}
	p := strings.ReplaceAll(c.text(1), `\`, "/")
	if !c.args[1].Known() {
		c.output(0)
		return
	}
	base := absolute(c.dir.path)
	if b := c.after("BASE_DIR", []string{"BASE_DIR", "CACHE"}); len(b) > 0 {
		if !b[0].Known() {
			c.output(0)
			return
		}
		base = b[0].Text
	}
	name := path.Base(p)
	out := ""
	switch c.text(2) {
	case "DIRECTORY", "PATH":
		if i := strings.LastIndexByte(p, '/'); i > 0 {
			out = p[:i]
		} else if i == 0 {
			out = "/"
		}
	case "NAME":
		out = name
	case "EXT", "NAME_WE":
		stem, ext, ok := strings.Cut(name, ".")
		if out = stem; c.text(2) == "EXT" {
			if out = ""; ok {
				out = "." + ext
			}
		}
	case "LAST_EXT":
		out = path.Ext(name)
	case "NAME_WLE":
		out = strings.TrimSuffix(name, path.Ext(name))
	case "ABSOLUTE", "REALPATH":
		if out = path.Clean(p); !IsAbs(p) {
			out = path.Join(base, p)
		}
	default:
		c.output(0)
		return
	}
	c.define(c.text(0), known(out))
}

// cmakePath is cmake_path, as far as it puts paths together.
func (c *call) cmakePath() {
	words := []string{"OUTPUT_VARIABLE", "NORMALIZE", "BASE_DIRECTORY", "LAST_ONLY"}
	op, name := c.text(0), c.text(1)
	if len(c.args) < 2 {
		return
	}
	out := name
	if o := c.after("OUTPUT_VARIABLE", words); len(o) == 1 {
		out = o[0].Text
	}
	var rest []argument
	for _, a := range c.args[2:] {
		if a.word(words) && a.Text != "NORMALIZE" {
			break
		}
		if !a.is("NORMALIZE") {
			rest = append(rest, a)
		}
	}
	v, _ := c.lookup(name)
	in, because := texts(rest)
	because = orName(because, v.Because)
	switch {
	case op == "SET" && len(rest) == 1:
		w := rest[0].Value
		if w.Text = strings.ReplaceAll(w.Text, `\`, "/"); c.has("NORMALIZE") && w.Known() && w.Text != "" {
			w.Text = path.Clean(w.Text)
		}
		c.define(name, w)
	case op == "APPEND" && because == "":
		p := v.Text
		for _, s := range in {
			switch s = strings.ReplaceAll(s, `\`, "/"); {
			case IsAbs(s) || p == "":
				p = s
			default:
				p = strings.TrimSuffix(p, "/") + "/" + s
			}
		}
		c.define(out, known(p))
	case op == "NORMAL_PATH" && because == "" && v.Text != "":
		c.define(out, known(path.Clean(v.Text)))
	case op == "ABSOLUTE_PATH" && because == "" && !c.has("BASE_DIRECTORY"):
		p := v.Text
		if !IsAbs(p) {
			p = strings.TrimSuffix(absolute(c.dir.path), "/") + "/" + p
		}
		if c.has("NORMALIZE") {
			p = path.Clean(p)
		}
		c.define(out, known(p))
	case op == "GET":
		c.output(len(c.args) - 1)
	default:
		c.define(out, unknown(v.Text, orName(because, out)))
	}
}

// parseArguments is cmake_parse_arguments in both forms.
func (c *call) parseArguments() {
	args := c.args
	var given []argument
	if len(args) > 2 && args[0].is("PARSE_ARGV") {
		from, _ := number(args[1].Text)
		args = args[2:]
		for i := max(int(from), 0); i < maxItems; i++ {
			v, ok := c.lookup("ARGV" + itoa(i))
			if n, _ := c.lookup("ARGC"); !ok || n.Text == itoa(i) {
				break
			}
			given = append(given, argument{Value: v})
		}
	} else if len(args) > 4 {
		given = args[4:]
	}
	if len(args) < 4 {
		return
	}
	prefix := args[0].Text + "_"
	flags, ones, many := splitList(args[1].Text), splitList(args[2].Text), splitList(args[3].Text)
	for _, n := range flags {
		c.define(prefix+n, known("FALSE"))
	}
	for _, n := range append(slices.Clone(ones), many...) {
		c.write(c.scope, prefix+n, nil)
	}
	values := map[string][]argument{}
	at, single := "", false
	for _, a := range given {
		switch {
		case a.word(flags):
			c.define(prefix+a.Text, known("TRUE"))
			at = ""
		case a.word(ones):
			at, single = a.Text, true
		case a.word(many):
			at, single = a.Text, false
		case at != "":
			values[at] = append(values[at], a)
			if single {
				at = ""
			}
		default:
			values["UNPARSED_ARGUMENTS"] = append(values["UNPARSED_ARGUMENTS"], a)
		}
	}
	for n, v := range values {
		c.define(prefix+n, joinList(v))
	}
}

// process makes what execute_process returns unknown.
func (c *call) process() {
	for i := range c.args {
		switch c.args[i].Text {
		case "OUTPUT_VARIABLE", "ERROR_VARIABLE", "RESULT_VARIABLE", "RESULTS_VARIABLE":
			c.output(i + 1)
		}
	}
}

func (c *call) include() {
	v := c.arg(0)
	if !v.Known() {
		c.p.Unfollowed = v.Because
	}
	if len(c.args) == 0 || !v.Known() || v.Text == "" {
		return
	}
	name := Path(c.dir.path, v.Text)
	if modules, ok := c.lookup("CMAKE_MODULE_PATH"); ok && modules.Known() && !strings.Contains(v.Text, "/") {
		for _, m := range splitList(modules.Text) {
			if module := path.Join(Path(c.dir.path, m), v.Text+".cmake"); c.in.stat(module) == file {
				name = module
				break
			}
		}
	}
	f, err := c.open(name)
	if out := c.after("RESULT_VARIABLE", []string{"RESULT_VARIABLE", "OPTIONAL", "NO_POLICY_SCOPE"}); len(out) == 1 {
		c.define(out[0].Text, unknown(absolute(name), name))
	}
	if err == nil {
		c.execute(f)
	}
}

func (c *call) subdirectory() {
	v := c.arg(0)
	if !v.Known() {
		c.p.Unfollowed = v.Because
	}
	if len(c.args) == 0 || !v.Known() || v.Text == "" {
		return
	}
	dir := Path(c.dir.path, v.Text)
	if c.dirs[dir] {
		return
	}
	f, err := c.open(path.Join(dir, listsFile))
	if err != nil {
		return
	}
	was, macros := c.scope, c.macros
	c.eval.scope, c.eval.macros = &scope{vars: map[string]*Value{}, parent: was}, nil
	c.folder(dir, f)
	c.eval.scope, c.eval.macros = was, macros
}
