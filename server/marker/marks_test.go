package marker

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"text/scanner"
)

// A mark is one call in a marker.
type mark struct {
	verb *verb
	args []value // parallel to the verb's kinds; optional ones that are not given are zero
	file *file
	line int    // of the file, from 0
	at   string // in the archive: "rules/azs050.txtar:12"
}

// A value is one argument.
type value struct {
	given  bool
	str    string // the text of a string, the name of a word, the digits of a number
	isWord bool
	number int
	re     *regexp.Regexp // of regexp and expect
	list   []value        // of a kind that repeats
}

// A kind is what an argument must be.
//
//	text     TEXT: a place on the line
//	string   a string
//	regexp   a string that is a regular expression
//	expect   a regexp or the name of a golden
//	code     a code of a rule
//	severity error, warning, info or hint
//	word     a name
//	golden   the name of a golden
//	number   a number
//	value    a string or a number
//
// A kind with a ? may be left out, one with a * may come any number of times.
type kind string

func (k kind) repeats() bool  { return strings.HasSuffix(string(k), "*") }
func (k kind) optional() bool { return strings.HasSuffix(string(k), "?") || k.repeats() }
func (k kind) base() kind     { return kind(strings.TrimRight(string(k), "?*")) }

var codePattern = regexp.MustCompile(`^[A-Z]+[0-9]+$`)

var severities = []string{"", "error", "warning", "info", "hint"} // as LSP counts

// take reads one argument as a kind. False: it is another.
func (k kind) take(a value) (value, bool) {
	isString := !a.isWord && a.number < 0
	switch k.base() {
	case "text", "string":
		return a, isString
	case "value":
		return a, !a.isWord
	case "regexp", "expect":
		if k.base() == "expect" && a.isWord {
			return a, true
		}
		re, err := regexp.Compile(a.str)
		a.re = re
		return a, isString && err == nil
	case "code":
		return a, a.isWord && codePattern.MatchString(a.str)
	case "severity":
		a.number = slices.Index(severities, a.str)
		return a, a.isWord && a.number > 0
	case "word", "golden":
		return a, a.isWord
	case "number":
		return a, a.number >= 0
	}
	panic("there is no kind " + string(k))
}

// readMarks reads the calls of a marker.
func readMarks(s string) ([]*mark, error) {
	var sc scanner.Scanner
	var bad error
	sc.Init(strings.NewReader(s))
	sc.Mode = scanner.ScanIdents | scanner.ScanStrings | scanner.ScanRawStrings | scanner.ScanInts
	sc.Error = func(_ *scanner.Scanner, msg string) { bad = fmt.Errorf("%s in the marker", msg) }
	var marks []*mark
	for tok := sc.Scan(); tok != scanner.EOF; tok = sc.Scan() {
		if tok == ',' || tok == '@' {
			continue
		}
		name := sc.TokenText()
		if tok != scanner.Ident || sc.Scan() != '(' {
			return nil, fmt.Errorf("a call is expected at %q", name)
		}
		v := lookupVerb(name)
		if v == nil {
			return nil, fmt.Errorf("there is no verb %q", name)
		}
		args, err := readArgs(&sc)
		if err == nil {
			err = bad
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %v", name, err)
		}
		m := &mark{verb: v}
		if m.args, err = v.arguments(args); err != nil {
			return nil, err
		}
		marks = append(marks, m)
	}
	return marks, bad
}

// readArgs reads arguments up to the closing parenthesis.
func readArgs(sc *scanner.Scanner) ([]value, error) {
	var args []value
	for {
		a := value{given: true, str: sc.TokenText(), number: -1}
		switch tok := sc.Scan(); tok {
		case ')':
			return args, nil
		case ',':
			continue
		case scanner.Ident:
			a.str, a.isWord = sc.TokenText(), true
		case scanner.String, scanner.RawString:
			s, err := strconv.Unquote(sc.TokenText())
			if err != nil {
				return nil, fmt.Errorf("%s is no string", sc.TokenText())
			}
			a.str = s
		case scanner.Int:
			n, err := strconv.Atoi(sc.TokenText())
			if err != nil {
				return nil, err
			}
			a.str, a.number = sc.TokenText(), n
		case scanner.EOF:
			return nil, fmt.Errorf("the parenthesis is not closed")
		default:
			return nil, fmt.Errorf("%q is no argument", sc.TokenText())
		}
		args = append(args, a)
	}
}

// arguments sorts arguments into the kinds of a verb.
func (v *verb) arguments(args []value) ([]value, error) {
	kinds := v.kinds()
	out := make([]value, len(kinds))
	for i, k := range kinds {
		for len(args) > 0 {
			a, ok := k.take(args[0])
			if !ok {
				break
			}
			args = args[1:]
			if !k.repeats() {
				out[i] = a
				break
			}
			out[i].list = append(out[i].list, a)
		}
		if !out[i].given && !k.optional() {
			if len(args) > 0 {
				return nil, fmt.Errorf("%s(%s): %q is no %s", v.name, v.args, args[0].str, k.base())
			}
			return nil, fmt.Errorf("%s(%s): the %s is missing", v.name, v.args, k.base())
		}
	}
	if len(args) > 0 {
		return nil, fmt.Errorf("%s(%s): what is %q for?", v.name, v.args, args[0].str)
	}
	return out, nil
}

func (v *verb) kinds() []kind {
	var kinds []kind
	for _, s := range strings.Fields(v.args) {
		kinds = append(kinds, kind(s))
	}
	return kinds
}

// A place is a range of a file, or a point in it.
type place struct {
	start, end int
	point      bool // written with one bar
}

// bars takes the bars out of a TEXT and returns where they were.
func bars(s string) (text string, at []int) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] != '|':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '|':
			b.WriteByte('|')
			i++
		default:
			at = append(at, b.Len())
		}
	}
	return b.String(), at
}

// find looks up a TEXT between two offsets: it begins between them, and may end behind.
func find(src string, from, to int, s string) (place, error) {
	context, at := bars(s)
	if len(at) > 2 {
		return place{}, fmt.Errorf("%q has more than two bars; a bar itself is written twice", s)
	}
	first, found := -1, 0
	for i := from; i <= to; i++ {
		if strings.HasPrefix(src[i:], context) {
			if found++; first < 0 {
				first = i
			}
		}
	}
	switch {
	case found == 0:
		return place{}, fmt.Errorf("%q is not there", context)
	case found > 1:
		return place{}, fmt.Errorf("%q is there %d times; write more of what is around it and put bars around it", context, found)
	}
	switch len(at) {
	case 0:
		return place{first, first + len(context), false}, nil
	case 1:
		return place{first + at[0], first + at[0], true}, nil
	}
	return place{first + at[0], first + at[1], false}, nil
}

// place finds a TEXT on the mark's line.
func (m *mark) place(s string) (place, error) {
	start := m.file.lines.LineStart(m.line)
	p, err := find(m.file.text, start, start+len(m.file.lines.Line(m.line)), s)
	if err != nil {
		err = fmt.Errorf("line %q: %w", m.file.lines.Line(m.line), err)
	}
	return p, err
}

// isAt reports whether a range of the file is what a "text there" names.
func (f *file) isAt(r place, s string) (bool, error) {
	if text, at := bars(s); len(at) == 0 {
		return f.text[r.start:r.end] == text, nil
	}
	p, err := find(f.text, 0, len(f.text), s)
	return err == nil && p.start == r.start && p.end == r.end, err
}
