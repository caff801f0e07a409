package cmake

import (
	"regexp"
	"strconv"
	"strings"
)

// truth of a condition.
type truth uint8

const (
	no truth = iota
	maybe
	yes
)

// verdict is what is known of a condition. It is sure if nothing outside the files can change it.
type verdict struct {
	truth   truth
	sure    bool
	because string // the variable, unless it is sure
}

func sure(is bool) verdict {
	if is {
		return verdict{truth: yes, sure: true}
	}
	return verdict{truth: no, sure: true}
}

func open(because string) verdict { return verdict{truth: maybe, because: because} }

// evalCondition evaluates the arguments of if, elseif or while.
func (e *eval) evalCondition(args []argument) verdict {
	c := conditionParser{e: e, args: args}
	v := c.or()
	if c.i < len(c.args) || c.bad {
		return open(orName(v.because, "a condition that is not understood"))
	}
	return v
}

type conditionParser struct {
	e     *eval
	args  []argument
	i     int
	depth int
	bad   bool
}

func (a *argument) isParen(p string) bool {
	return a.Text == p && a.kind != Quoted && a.kind != Bracket && a.Known()
}

func (c *conditionParser) peek(k int) *argument {
	if c.i+k < len(c.args) {
		return &c.args[c.i+k]
	}
	return &argument{kind: Quoted}
}

// or reads tests joined by AND and OR, which have one precedence.
func (c *conditionParser) or() verdict {
	v := c.not()
	for {
		switch {
		case c.peek(0).is("OR"):
			c.i++
			v = either(v, c.not())
		case c.peek(0).is("AND"):
			c.i++
			v = negate(either(negate(v), negate(c.not())))
		default:
			return v
		}
	}
}

func negate(v verdict) verdict {
	v.truth = yes - v.truth
	return v
}

// either is a OR b.
func either(a, b verdict) verdict {
	if b.truth > a.truth || b.truth == a.truth && a.truth == yes && b.sure {
		a, b = b, a
	}
	if a.truth == yes && a.sure {
		return a
	}
	a.sure = a.sure && b.sure
	a.because = orName(a.because, b.because)
	return a
}

func (c *conditionParser) not() verdict {
	flip := false
	for c.peek(0).is("NOT") {
		flip = !flip
		c.i++
	}
	v := c.primary()
	if flip {
		v = negate(v)
	}
	return v
}

func (c *conditionParser) primary() verdict {
	if c.i >= len(c.args) {
		c.bad = true
		return open("")
	}
	a := c.peek(0)
	if a.isParen("(") && c.depth < maxNesting {
		c.i++
		c.depth++
		v := c.or()
		c.depth--
		if !c.peek(0).isParen(")") {
			c.bad = true
		}
		c.i++
		return v
	}
	if op := c.peek(1); op.kind == Unquoted && op.Known() && binary[op.Text] {
		if c.i+2 >= len(c.args) {
			c.bad = true
			return open("")
		}
		b := c.peek(2)
		c.i += 3
		return c.compare(a, op.Text, b)
	}
	if a.kind == Unquoted && a.Known() && unary[a.Text] && c.i+1 < len(c.args) {
		c.i += 2
		return c.test(a.Text, &c.args[c.i-1])
	}
	c.i++
	return c.constant(a)
}

// outside reports whether a variable that no file defines is likely to be defined all the same: by CMake itself, by the
// toolchain file.
func outside(name string) bool {
	for _, p := range [...]string{"CMAKE_", "AZURE_SPHERE_", "ARMILLARY_", "ENV{", "CACHE{"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	switch name {
	case "WIN32", "UNIX", "APPLE", "MSVC", "LINUX", "MINGW", "CYGWIN":
		return true
	}
	return false
}

// isVariable reports whether a word can be the name of a variable.
func isVariable(s string) bool {
	if s == "" || !isNameStart(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isName(s[i]) && s[i] != '-' && s[i] != '.' {
			return false
		}
	}
	return true
}

// constant is if(<constant>) or if(<variable>).
func (c *conditionParser) constant(a *argument) verdict {
	switch {
	case !a.Known():
		return truthOf(a.Value)
	case isOff(a.Text):
		return sure(false)
	case isOn(a.Text):
		return sure(true)
	case a.kind != Unquoted:
		return sure(false)
	}
	v, ok := c.e.lookup(a.Text)
	switch {
	case ok && !v.Known():
		return truthOf(v)
	case ok:
		return sure(!isOff(v.Text))
	case outside(a.Text):
		return open(a.Text)
	}
	return verdict{truth: no, because: a.Text}
}

// truthOf is what the candidates of a value have in common.
func truthOf(v Value) verdict {
	if len(v.Others) == 0 {
		return open(v.Because)
	}
	n := 0
	for _, s := range v.Candidates() {
		if !isOff(s) {
			n++
		}
	}
	switch n {
	case 0:
		return verdict{truth: no, because: v.Because}
	case 1 + len(v.Others):
		return verdict{truth: yes, because: v.Because}
	}
	return open(v.Because)
}

var unary = map[string]bool{"EXISTS": true, "DEFINED": true, "IS_DIRECTORY": true, "IS_ABSOLUTE": true, "TARGET": true,
	"COMMAND": true, "POLICY": true, "TEST": true, "IS_SYMLINK": true, "IS_READABLE": true, "IS_WRITABLE": true, "IS_EXECUTABLE": true}

// test is a unary test.
func (c *conditionParser) test(op string, a *argument) verdict {
	if !a.Known() {
		return open(a.Because)
	}
	switch op {
	case "DEFINED":
		_, ok := c.e.lookup(a.Text)
		if name, isCache := strings.CutPrefix(a.Text, "CACHE{"); isCache {
			_, ok = c.e.lookupCache(strings.TrimSuffix(name, "}"))
		}
		switch {
		case ok:
			return sure(true)
		case outside(a.Text):
			return open(a.Text)
		}
		return verdict{truth: no, because: a.Text}
	case "EXISTS", "IS_DIRECTORY":
		if a.Text == "" {
			return sure(false)
		}
		if !IsAbs(a.Text) { // CMake does not say what it is relative to
			return open(a.Text)
		}
		k := c.e.in.stat(Path("", a.Text))
		return sure(k == folder || k == file && op == "EXISTS")
	case "IS_ABSOLUTE":
		return sure(IsAbs(a.Text))
	case "TARGET":
		if c.e.targets[a.Text] != nil {
			return sure(true)
		}
		return open(a.Text)
	case "COMMAND":
		if c.e.functions[strings.ToLower(a.Text)] != nil || commands[strings.ToLower(a.Text)] != nil {
			return sure(true)
		}
		return open(a.Text)
	}
	return open(a.Text)
}

var binary = map[string]bool{"STREQUAL": true, "STRLESS": true, "STRGREATER": true, "STRLESS_EQUAL": true, "STRGREATER_EQUAL": true,
	"EQUAL": true, "LESS": true, "GREATER": true, "LESS_EQUAL": true, "GREATER_EQUAL": true,
	"VERSION_EQUAL": true, "VERSION_LESS": true, "VERSION_GREATER": true, "VERSION_LESS_EQUAL": true, "VERSION_GREATER_EQUAL": true,
	"MATCHES": true, "IN_LIST": true, "PATH_EQUAL": true, "IS_NEWER_THAN": true}

// operand is one side of a comparison: a variable's value, or the text itself.
func (c *conditionParser) operand(a *argument, left bool) Value {
	if a.kind != Unquoted || !a.Known() {
		return a.Value
	}
	if v, ok := c.e.lookup(a.Text); ok {
		return v
	}
	if isVariable(a.Text) && (outside(a.Text) || left && a.Text == strings.ToUpper(a.Text)) {
		return unknown(a.Text, a.Text) // it may come from the command line
	}
	return a.Value
}

// compare is a binary test.
func (c *conditionParser) compare(l *argument, op string, r *argument) verdict {
	a := c.operand(l, true)
	b := r.Value
	switch op {
	case "IN_LIST":
		var ok bool
		if b, ok = c.e.lookup(r.Text); !ok {
			return verdict{truth: no, because: r.Text}
		}
	case "MATCHES":
	default:
		b = c.operand(r, false)
	}
	because := orName(a.Because, b.Because)
	if because != "" && len(a.Others) == 0 && len(b.Others) == 0 {
		return open(because)
	}
	n, all := 0, 0
	if op == "IN_LIST" {
		c.e.spend(0, strings.Count(b.Text, ";"))
	}
	for _, x := range a.Candidates() {
		for _, y := range b.Candidates() {
			is, ok := compare(x, op, y)
			if !ok {
				return open(orName(because, op))
			}
			if all++; is {
				n++
			}
		}
	}
	switch {
	case because == "":
		return sure(n > 0)
	case n == 0:
		return verdict{truth: no, because: because}
	case n == all:
		return verdict{truth: yes, because: because}
	}
	return open(because)
}

const maxPattern = 1000 // bytes of a regular expression

func compare(a, op, b string) (is, ok bool) {
	switch op {
	case "IN_LIST":
		for _, s := range splitList(b) {
			if s == a {
				return true, true
			}
		}
		return false, true
	case "MATCHES":
		if len(b) > maxPattern {
			return false, false
		}
		re, err := regexp.Compile(b)
		return err == nil && re.MatchString(a), err == nil
	case "PATH_EQUAL", "IS_NEWER_THAN":
		return false, false
	}
	var order int
	kind, test, versioned := strings.Cut(op, "VERSION_")
	switch {
	case versioned:
		kind, order = test, compareVersions(a, b)
	case strings.HasPrefix(op, "STR"):
		kind, order = op[len("STR"):], strings.Compare(a, b)
	default:
		x, okX := number(a)
		y, okY := number(b)
		if !okX || !okY {
			return false, true
		}
		switch {
		case x < y:
			order = -1
		case x > y:
			order = 1
		}
	}
	switch kind {
	case "EQUAL":
		return order == 0, true
	case "LESS":
		return order < 0, true
	case "GREATER":
		return order > 0, true
	case "LESS_EQUAL":
		return order <= 0, true
	}
	return order >= 0, true
}

// compareVersions compares 3.20.1 with 3.9 by components.
func compareVersions(a, b string) int {
	for a != "" || b != "" {
		var x, y uint64
		x, a = component(a)
		y, b = component(b)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
	}
	return 0
}

func component(s string) (n uint64, rest string) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	n, _ = strconv.ParseUint(s[:i], 10, 64)
	if i < len(s) && s[i] == '.' {
		return n, s[i+1:]
	}
	return n, "" // what follows does not count
}

// number reads a number as if() does.
func number(s string) (float64, bool) {
	if s == "" || strings.ContainsAny(s, "_xXpPiInN") {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

func itoa(n int) string { return strconv.Itoa(n) }

func orName(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
