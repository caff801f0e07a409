package breakpoints

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/debugadapter/symbols"
)

// Spec is what the user asks for, in the editor's terms.
type Spec struct {
	Path         string // source file, or "" for a function
	Line         int    // from 1
	Function     string
	Condition    string
	HitCondition string // "5", ">= 5", "% 3"
	LogMessage   string // not to stop but to print; {expressions} are evaluated
}

// Breakpoint is one breakpoint of the user.
type Breakpoint struct {
	ID int
	Spec
	Locations []symbols.Location
	Message   string // why it is not verified
	Hits      int
	hit       func(int) bool
}

// Verified reports whether it is somewhere in the program.
func (b *Breakpoint) Verified() bool { return len(b.Locations) > 0 }

// Set is all of the user's breakpoints. It is for one goroutine.
type Set struct {
	Matcher *symbols.PathMatcher

	space  *symbols.Space
	nextID int
	list   []*Breakpoint
}

// SetSource replaces the breakpoints of a file; those that stay the same keep their id and count. It returns them in the
// order of specs.
func (s *Set) SetSource(path string, specs []Spec) []*Breakpoint {
	return s.replace(func(b *Breakpoint) bool { return b.Function == "" && b.Path == path }, specs)
}

// SetFunctions replaces the function breakpoints.
func (s *Set) SetFunctions(specs []Spec) []*Breakpoint {
	return s.replace(func(b *Breakpoint) bool { return b.Function != "" }, specs)
}

func (s *Set) replace(old func(*Breakpoint) bool, specs []Spec) []*Breakpoint {
	var keep, before []*Breakpoint
	for _, b := range s.list {
		if old(b) {
			before = append(before, b)
		} else {
			keep = append(keep, b)
		}
	}
	out := make([]*Breakpoint, len(specs))
	for i, spec := range specs {
		for k, b := range before {
			if b != nil && b.Spec == spec {
				out[i], before[k] = b, nil
				break
			}
		}
		if out[i] == nil {
			s.nextID++
			out[i] = &Breakpoint{ID: s.nextID, Spec: spec}
			s.resolve(out[i])
		}
	}
	s.list = append(keep, out...)
	return out
}

// Resolve looks all breakpoints up in the images of space and returns those whose state has changed.
func (s *Set) Resolve(space *symbols.Space) []*Breakpoint {
	s.space = space
	var changed []*Breakpoint
	for _, b := range s.list {
		n, msg := len(b.Locations), b.Message
		if s.resolve(b); len(b.Locations) != n || b.Message != msg {
			changed = append(changed, b)
		}
	}
	return changed
}

func (s *Set) resolve(b *Breakpoint) {
	b.Locations, b.Message, b.hit = nil, "", nil
	var err error
	if b.hit, err = parseHit(b.HitCondition); err != nil {
		b.Message = err.Error()
		return
	}
	if s.space == nil {
		b.Message = "the program is not loaded yet"
		return
	}
	if b.Function != "" {
		for _, m := range s.space.Images {
			b.Locations = append(b.Locations, m.ResolveFunction(b.Function)...)
		}
		if len(b.Locations) == 0 {
			b.Message = fmt.Sprintf("there is no function %q in the program", b.Function)
		}
		return
	}
	b.Locations, err = s.space.ResolveLine(b.Path, b.Line, s.Matcher)
	switch {
	case errors.Is(err, symbols.ErrNoFile):
		b.Message = fmt.Sprintf("%s is not part of the program, or was compiled at another place (sourceMap tells which)", b.Path)
	case err != nil:
		b.Message = err.Error()
	case len(b.Locations) == 0:
		b.Message = fmt.Sprintf("there is no code at line %d", b.Line)
	}
}

// At returns the breakpoints that have a location at addr.
func (s *Set) At(addr uint32) []*Breakpoint {
	var out []*Breakpoint
	for _, b := range s.list {
		for _, l := range b.Locations {
			if l.Addr == addr {
				out = append(out, b)
				break
			}
		}
	}
	return out
}

// Wanted adds the addresses of all breakpoints to want, with the kind of their instruction.
func (s *Set) Wanted(want map[uint32]int) {
	for _, b := range s.list {
		for _, l := range b.Locations {
			want[l.Addr] = l.Kind()
		}
	}
}

// Hit counts a pass over the breakpoint and reports whether the count lets it stop there.
func (b *Breakpoint) Hit() bool {
	b.Hits++
	return b.hit == nil || b.hit(b.Hits)
}

// parseHit reads a hit condition: a number stops from that pass on, as in VS Code's own wording "hit count"; an operator
// (== = > >= < <= %) compares.
func parseHit(text string) (func(int) bool, error) {
	t := strings.TrimSpace(text)
	if t == "" {
		return nil, nil
	}
	op := strings.TrimRight(t[:len(t)-len(strings.TrimLeft(t, "=<>%"))], " ")
	n, err := strconv.Atoi(strings.TrimSpace(t[len(op):]))
	if err != nil || n < 0 || op == "%" && n == 0 {
		return nil, fmt.Errorf("hit condition %q is not a number with an optional ==, >, >=, <, <= or %% before it", text)
	}
	switch op {
	case "", ">=":
		return func(h int) bool { return h >= n }, nil
	case "==", "=":
		return func(h int) bool { return h == n }, nil
	case ">":
		return func(h int) bool { return h > n }, nil
	case "<":
		return func(h int) bool { return h < n }, nil
	case "<=":
		return func(h int) bool { return h <= n }, nil
	case "%":
		return func(h int) bool { return h%n == 0 }, nil
	}
	return nil, fmt.Errorf("hit condition %q begins with an unknown operator", text)
}
