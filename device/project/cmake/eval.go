package cmake

import (
	"path"
	"strings"

	"armillary.dev/device/rule"
)

// eval runs a project's commands.
type eval struct {
	p     *Project
	in    *reader
	scope *scope
	cache *scope // cache entries of presets and files
	dir   *directory
	file  *File  // that is being executed
	list  string // CMAKE_CURRENT_LIST_FILE, in the FS

	parsed    map[string]*File
	functions map[string]*function
	dirs      map[string]bool // folders that were added
	all       []*directory
	targets   map[string]*Target

	macros   []map[string]Value // of the macros that are being executed: what their bodies' references stand for
	journals []*journal
	cond     condition // that the current command stands under
	flow     flow
	commands int
	expanded int // bytes
	elements int
	items    int
	depth    int    // of blocks, calls and files
	setting  string // what a set command that is being executed sets
}

// scope holds the variables of a folder or a function. A nil value is a variable that was unset.
type scope struct {
	vars   map[string]*Value
	parent *scope
}

// directory is what a folder's targets have in common.
type directory struct {
	path        string
	includes    []Arg
	definitions []Arg
	targets     []*Target
}

type function struct {
	file       *File
	params     []string
	from, to   int
	macro      bool
	definition string // the file's path
}

// condition is what is known of the conditions around a command.
type condition struct {
	because  string // the variable; "" if it is executed in any case
	unlikely bool
}

type flow uint8

const (
	onward flow = iota
	broken
	continued
	returned
)

func newEval(p *Project, in *reader) *eval {
	return &eval{p: p, in: in, scope: &scope{vars: map[string]*Value{}}, cache: &scope{vars: map[string]*Value{}},
		parsed: map[string]*File{}, functions: map[string]*function{}, dirs: map[string]bool{}, targets: map[string]*Target{}}
}

// top executes the folder's CMakeLists.txt.
func (e *eval) top() {
	name := path.Join(e.p.Dir, listsFile)
	f, err := e.open(name)
	if err != nil {
		e.p.Err = err
		return
	}
	e.p.Found = true
	home := known(absolute(e.p.Dir))
	e.define("CMAKE_SOURCE_DIR", home)
	e.define("CMAKE_HOME_DIRECTORY", home)
	e.define("PROJECT_SOURCE_DIR", home)
	e.folder(e.p.Dir, f)
}

const listsFile = "CMakeLists.txt"

// open returns a parsed file.
func (e *eval) open(name string) (*File, error) {
	if f := e.parsed[name]; f != nil {
		return f, nil
	}
	s, err := e.in.read(name)
	if err != nil {
		return nil, err
	}
	f := Parse(name, s)
	e.parsed[name] = f
	e.p.Files = append(e.p.Files, f)
	return f, nil
}

// folder executes a folder's CMakeLists.txt in the current scope.
func (e *eval) folder(dir string, f *File) {
	was := e.dir
	d := &directory{path: dir}
	if was != nil {
		d.includes, d.definitions = append(d.includes, was.includes...), append(d.definitions, was.definitions...)
	}
	e.dir = d
	e.all = append(e.all, d)
	e.dirs[dir] = true
	e.define("CMAKE_CURRENT_SOURCE_DIR", known(absolute(dir)))
	e.execute(f)
	e.flags()
	e.dir = was
}

// execute runs a whole file.
func (e *eval) execute(f *File) {
	if e.depth >= maxNesting {
		e.p.stop("files include each other too deeply")
		return
	}
	file, list := e.file, e.list
	e.file, e.list = f, f.Path
	e.setList()
	e.depth++
	e.run(f, 0, len(f.Commands))
	e.depth--
	e.flow = onward
	e.file, e.list = file, list
	e.setList()
}

func (e *eval) setList() {
	if e.list == "" {
		return
	}
	e.define("CMAKE_CURRENT_LIST_FILE", known(absolute(e.list)))
	e.define("CMAKE_CURRENT_LIST_DIR", known(absolute(path.Dir(e.list))))
}

// define sets a variable of the current scope, write one of any. Both note what the branch that is being executed
// changes.
func (e *eval) define(name string, v Value) { e.write(e.scope, name, &v) }

func (e *eval) write(s *scope, name string, v *Value) {
	if v != nil && len(v.Text) > maxText {
		v = &Value{Text: "", Because: name}
	}
	if v != nil {
		e.spend(len(v.Text), 0)
	}
	if n := len(e.journals); n > 0 {
		e.journals[n-1].note(s, name)
	}
	s.vars[name] = v
}

// lookup returns a variable's value.
func (e *eval) lookup(name string) (Value, bool) {
	for s := e.scope; s != nil; s = s.parent {
		if v, ok := s.vars[name]; ok {
			if v == nil {
				break
			}
			return *v, true
		}
	}
	return e.lookupCache(name)
}

func (e *eval) lookupCache(name string) (Value, bool) {
	if v := e.cache.vars[name]; v != nil {
		return *v, true
	}
	if s, ok := e.in.cache(e.p.Dir)[name]; ok && !strings.HasSuffix(s, "-NOTFOUND") {
		return known(s), true
	}
	return Value{}, false
}

// spend counts bytes of values and elements of lists that were made; beyond the limit nothing more is executed.
func (e *eval) spend(bytes, elements int) {
	e.expanded += bytes
	if e.elements += elements; e.expanded > maxExpanded || e.elements > maxElements {
		e.p.stop("the project's variables hold too much text")
		e.commands = maxCommands
	}
}

// split is splitList, counted.
func (e *eval) split(s string) []string {
	items := splitList(s)
	e.spend(0, len(items))
	return items
}

// slot is one variable of one scope.
type slot struct {
	scope *scope
	name  string
}

// journal remembers what variables were before a branch.
type journal struct {
	old   map[slot]*Value // nil: unset
	had   map[slot]bool   // the scope said something about it
	order []slot
}

func newJournal() *journal { return &journal{old: map[slot]*Value{}, had: map[slot]bool{}} }

func (j *journal) note(s *scope, name string) {
	at := slot{s, name}
	if _, ok := j.old[at]; ok {
		return
	}
	v, had := s.vars[name]
	j.old[at], j.had[at] = v, had
	j.order = append(j.order, at)
}

// undo restores the variables and returns what the branch had made of them.
func (j *journal) undo() map[slot]*Value {
	made := make(map[slot]*Value, len(j.order))
	for _, at := range j.order {
		made[at] = at.scope.vars[at.name]
		if j.had[at] {
			at.scope.vars[at.name] = j.old[at]
		} else {
			delete(at.scope.vars, at.name)
		}
	}
	return made
}

// branch executes a range of commands that may or may not be executed, and takes back what it does to variables.
func (e *eval) branch(c condition, run func()) (*journal, map[slot]*Value) {
	was := e.cond
	c.because = orName(c.because, "a condition")
	if e.cond.because == "" || c.unlikely && !e.cond.unlikely {
		e.cond.because = c.because
	}
	e.cond.unlikely = e.cond.unlikely || c.unlikely
	j := newJournal()
	e.journals = append(e.journals, j)
	run()
	e.journals = e.journals[:len(e.journals)-1]
	e.cond, e.flow = was, onward
	return j, j.undo()
}

// join gives variables what the branches made of them. Without complete it may be that none was executed.
func (e *eval) join(because string, complete bool, journals []*journal, made []map[slot]*Value) {
	seen := map[slot]bool{}
	for _, j := range journals {
		for _, at := range j.order {
			if seen[at] {
				continue
			}
			seen[at] = true
			e.commands++
			var values []Value
			add := func(v *Value) {
				if v != nil {
					values = append(values, *v)
				}
			}
			before := at.scope.vars[at.name]
			if !complete {
				add(before)
			}
			for _, m := range made {
				if v, ok := m[at]; ok {
					add(v)
				} else {
					add(before)
				}
			}
			if len(values) == 0 {
				e.write(at.scope, at.name, nil)
				continue
			}
			v := merge(because, values)
			if v.Because == "" && (!complete && before == nil || len(values) < len(made)) { // it may be unset
				v.Because = because
			}
			e.write(at.scope, at.name, &v)
		}
	}
}

// run executes the commands from and up to an index of a file.
func (e *eval) run(f *File, from, to int) {
	next := f.blocks()
	for i := from; i < to && e.flow == onward; i++ {
		if e.commands++; e.commands > maxCommands {
			e.p.stop("the project executes too many commands")
			return
		}
		c := &f.Commands[i]
		end := i
		for k := next[i]; k > 0; { // the last clause
			end = k
			if k == len(f.Commands) {
				break
			}
			k = next[k]
		}
		if end == i {
			e.command(f, c)
			continue
		}
		if e.depth >= maxNesting {
			e.p.stop("blocks are nested too deeply")
		} else {
			e.depth++
			e.block(f, i, end, next)
			e.depth--
		}
		i = end
	}
}

// block executes a block.
func (e *eval) block(f *File, i, end int, next []int) {
	switch c := &f.Commands[i]; strings.ToLower(c.Name) {
	case "if":
		e.ifBlock(f, i, end, next)
	case "foreach":
		e.foreach(f, c, i+1, end)
	case "while":
		cond := e.evalCondition(e.arguments(f, c))
		if cond.truth != no || !cond.sure {
			e.loop(cond.because, func() { e.run(f, i+1, end) })
		}
	case "function", "macro":
		e.declare(f, c, i+1, end)
	default:
		e.run(f, i+1, end)
	}
}

// ifBlock executes if to endif.
func (e *eval) ifBlock(f *File, i, end int, next []int) {
	const (
		open   = iota // nothing was executed for certain
		passed        // something was, as far as the files say: the rest is read only for what it calls
		shut          // something was for certain
	)
	state, complete, because := open, false, ""
	var journals []*journal
	var made []map[slot]*Value
	for at := i; at < end && state != shut; at = next[at] {
		c := &f.Commands[at]
		verdict := verdict{truth: yes, sure: true}
		if !c.Is("else") {
			verdict = e.evalCondition(e.arguments(f, c))
		}
		body := func() { e.run(f, at+1, next[at]) }
		switch {
		case verdict.truth == no && verdict.sure:
			continue
		case state == passed || verdict.truth == no:
			why := verdict.because
			if why == "" {
				why = because
			}
			e.branch(condition{why, true}, body)
		case verdict.truth == yes && len(made) == 0:
			body()
		default:
			if because == "" {
				because = verdict.because
			}
			j, m := e.branch(condition{because, false}, body)
			journals, made = append(journals, j), append(made, m)
			complete = verdict.truth == yes
		}
		if because == "" {
			because = verdict.because
		}
		switch {
		case verdict.truth == yes && verdict.sure:
			state = shut
		case verdict.truth == yes:
			state = passed
		}
	}
	if len(made) > 0 {
		e.join(because, complete, journals, made)
	}
}

// loop executes a body that is executed any number of times.
func (e *eval) loop(because string, body func()) {
	j, m := e.branch(condition{because, false}, body)
	e.join(because, false, []*journal{j}, []map[slot]*Value{m})
	for _, at := range j.order { // what it makes of a variable in further rounds is open
		if v := at.scope.vars[at.name]; v != nil && v.Because == "" {
			w := *v
			w.Because = because
			e.write(at.scope, at.name, &w)
		}
	}
}

func (e *eval) foreach(f *File, c *Command, from, to int) {
	args := e.arguments(f, c)
	if len(args) == 0 {
		return
	}
	name, rest := args[0].Text, args[1:]
	var items []Value
	because := ""
	list := func(v Value) {
		if !v.Known() {
			because = v.Because
			return
		}
		for _, s := range e.split(v.Text) {
			items = append(items, known(s))
		}
	}
	switch {
	case len(rest) > 0 && rest[0].is("RANGE"):
		var n [3]int
		n[2] = 1
		if len(rest) > 4 {
			return
		}
		for i, a := range rest[1:] {
			v, ok := number(a.Text)
			if !ok || !a.Known() {
				because = orName(a.Because, name)
			}
			n[i] = int(v)
		}
		if len(rest) == 2 {
			n[0], n[1] = 0, n[0]
		}
		for i := n[0]; because == "" && i <= n[1] && n[2] > 0 && len(items) < maxListed; i += n[2] {
			items = append(items, known(itoa(i)))
		}
		e.spend(0, len(items))
	case len(rest) > 0 && rest[0].is("IN"):
		mode := ""
		for _, a := range rest[1:] {
			switch {
			case a.is("LISTS") || a.is("ITEMS") || a.is("ZIP_LISTS"):
				mode = a.Text
			case mode == "LISTS":
				if v, ok := e.lookup(a.Text); ok {
					list(v)
				}
			case mode == "ITEMS":
				list(a.Value)
			default:
				because = name
			}
		}
	default:
		for _, a := range rest {
			list(a.Value)
		}
	}
	old, had := e.lookup(name)
	if because != "" {
		e.loop(because, func() {
			e.define(name, unknown("${"+name+"}", because))
			e.run(f, from, to)
		})
	} else {
		for _, v := range items {
			e.define(name, v)
			e.run(f, from, to)
			if e.flow == continued {
				e.flow = onward
			}
			if e.flow != onward || e.commands > maxCommands {
				break
			}
		}
		if e.flow == broken {
			e.flow = onward
		}
	}
	if had {
		e.define(name, old)
	} else {
		e.write(e.scope, name, nil)
	}
}

// declare notes a function or macro.
func (e *eval) declare(f *File, c *Command, from, to int) {
	args := e.arguments(f, c)
	if len(args) == 0 {
		return
	}
	fn := &function{file: f, from: from, to: to, macro: c.Is("macro"), definition: f.Path}
	for _, a := range args[1:] {
		fn.params = append(fn.params, a.Text)
	}
	e.functions[strings.ToLower(args[0].Text)] = fn
}

// invoke calls a function or macro.
func (e *eval) invoke(fn *function, args []argument) {
	if e.depth >= maxNesting {
		e.p.stop("functions call each other too deeply")
		return
	}
	vars := map[string]Value{"ARGC": known(itoa(len(args)))}
	for i, a := range args {
		vars["ARGV"+itoa(i)] = a.Value
		if i < len(fn.params) {
			vars[fn.params[i]] = a.Value
		}
	}
	vars["ARGV"] = joinList(args)
	vars["ARGN"] = joinList(args[min(len(fn.params), len(args)):])
	e.depth++
	file := e.file
	e.file = fn.file
	if fn.macro {
		e.macros = append(e.macros, vars)
		e.run(fn.file, fn.from, fn.to)
		e.macros = e.macros[:len(e.macros)-1]
	} else {
		macros := e.macros
		e.macros = nil
		e.scope = &scope{vars: make(map[string]*Value, len(vars)+2), parent: e.scope}
		for name, v := range vars {
			e.scope.vars[name] = &v
		}
		e.define("CMAKE_CURRENT_FUNCTION_LIST_FILE", known(absolute(fn.definition)))
		e.define("CMAKE_CURRENT_FUNCTION_LIST_DIR", known(absolute(path.Dir(fn.definition))))
		e.run(fn.file, fn.from, fn.to)
		e.scope = e.scope.parent
		e.macros = macros
		if e.flow == returned {
			e.flow = onward
		}
	}
	e.file = file
	e.depth--
}

// joinList makes a list of arguments.
func joinList(args []argument) Value {
	var b builder
	for i, a := range args {
		if i > 0 {
			b.byte(';')
		}
		b.value(a.Value)
	}
	return b.done()
}

// argument is an argument with its variables expanded; an element of a list.
type argument struct {
	Value
	kind ArgumentKind
	span rule.Span
}

// is reports whether the argument is a keyword.
func (a *argument) is(word string) bool { return a.Text == word && a.kind == Unquoted && a.Known() }

// word reports whether it is one of several.
func (a *argument) word(words []string) bool {
	for _, w := range words {
		if a.Text == w && a.Known() {
			return true
		}
	}
	return false
}

// arguments expands a command's arguments and takes lists apart.
func (e *eval) arguments(f *File, c *Command) []argument {
	out := make([]argument, 0, len(c.Args))
	for i := range c.Args {
		a := &c.Args[i]
		raw := f.Src[a.Content.Start:a.Content.End]
		arg := argument{kind: a.Kind, span: a.Span}
		if a.Kind == Bracket || a.Kind == Paren || strings.IndexByte(raw, '$') < 0 {
			arg.Value = known(a.Text)
		} else {
			arg.Value = e.expand(unixLines(raw))
		}
		if a.Kind != Unquoted || len(arg.Others) > 0 {
			out = append(out, arg)
			continue
		}
		for _, s := range e.split(arg.Text) {
			arg.Text = s
			out = append(out, arg)
		}
	}
	return out
}

// expand decodes escape sequences and replaces references: ${X}, $CACHE{X}, $ENV{X}, also inside one another.
func (e *eval) expand(s string) Value {
	type frame struct {
		b    builder // what stands before the reference
		kind string  // "${"
	}
	var stack []frame
	var b builder
	for i := 0; i < len(s); {
		switch c := s[i]; {
		case c == '\\':
			text, n := escape(nil, s[i:])
			b.add(string(text))
			i += n
			continue
		case c == '$':
			kind := ""
			for _, k := range [...]string{"${", "$ENV{", "$CACHE{"} {
				if strings.HasPrefix(s[i:], k) {
					kind = k
				}
			}
			if kind != "" && len(stack) < maxNesting {
				stack = append(stack, frame{b, kind})
				b = builder{}
				i += len(kind)
				continue
			}
			if strings.HasPrefix(s[i:], "$<") && b.because == "" { // a generator expression
				b.because = "$<>"
			}
			b.byte(c)
		case c == '}' && len(stack) > 0:
			top := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			v := e.reference(top.kind, b.done())
			b = top.b
			b.value(v)
		default:
			b.byte(c)
		}
		i++
		if len(b.text) > maxText {
			return unknown("", "a text that is too long")
		}
	}
	for len(stack) > 0 { // not closed: it stands for itself
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		v := b.done()
		b = top.b
		b.add(top.kind)
		b.value(v)
	}
	v := b.done()
	e.spend(len(v.Text), 0)
	return v
}

// reference is the value of a reference.
func (e *eval) reference(kind string, name Value) Value {
	if !name.Known() {
		if len(name.Others) == 0 || kind != "${" {
			return unknown(kind+name.Text+"}", name.Because)
		}
		var values []Value
		for _, n := range name.Candidates() {
			values = append(values, e.reference(kind, known(n)))
		}
		v := merge(name.Because, values)
		if v.Because == "" {
			v.Because = name.Because
		}
		return v
	}
	switch kind {
	case "$ENV{":
		return unknown("$ENV{"+name.Text+"}", name.Text)
	case "$CACHE{":
		if v, ok := e.lookupCache(name.Text); ok {
			return v
		}
		return unknown("$CACHE{"+name.Text+"}", name.Text)
	}
	if n := len(e.macros); n > 0 {
		if v, ok := e.macros[n-1][name.Text]; ok {
			return v
		}
	}
	if v, ok := e.lookup(name.Text); ok {
		return v
	}
	if name.Text == e.setting && !outside(name.Text) { // set(X "${X} more") begins with nothing
		return known("")
	}
	return unknown("${"+name.Text+"}", name.Text)
}
