package analysis

import (
	"path"
	"slices"
	"sort"

	"armillary.dev/server/csource"
)

// reached returns the functions of an app that may run: main, what functions that may run name, and what is named outside
// of functions, as in a table or a macro. Shared libraries bring functions that an app never calls; what those lack, the
// app does not miss. nil means that it cannot be told.
func reached(files []*csource.File) map[*csource.Function]bool {
	byName := map[string][]*csource.Function{}
	home := map[*csource.Function]*csource.File{}
	for _, f := range files {
		if path.Ext(f.Path) != ".c" && path.Ext(f.Path) != ".h" {
			return nil // C++ calls in ways that its text does not show
		}
		for _, fn := range f.Functions {
			byName[fn.Name] = append(byName[fn.Name], fn)
			home[fn] = f
		}
	}
	if len(byName["main"]) == 0 {
		return nil
	}
	live := map[*csource.Function]bool{}
	var queue []*csource.Function
	name := func(t csource.Token) {
		if t.Kind != csource.Ident {
			return
		}
		for _, fn := range byName[t.Text] {
			if !live[fn] {
				live[fn] = true
				queue = append(queue, fn)
			}
		}
	}
	for _, fn := range byName["main"] {
		live[fn] = true
		queue = append(queue, fn)
	}
	for _, f := range files {
		if len(f.Occurrences("constructor")) > 0 { // runs before main
			for _, fn := range f.Functions {
				name(csource.Token{Kind: csource.Ident, Text: fn.Name})
			}
		}
		for _, d := range f.Defines {
			for _, t := range d.Body {
				name(t)
			}
		}
		for _, v := range f.Vars {
			if v.Func != nil {
				continue
			}
			for _, t := range v.Init {
				name(t)
			}
		}
	}
	for len(queue) > 0 {
		fn := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		tokens := home[fn].Tokens
		from := sort.Search(len(tokens), func(i int) bool { return tokens[i].Span().Start >= fn.Body.Start })
		for _, t := range tokens[from:] {
			if t.Span().Start >= fn.Body.End {
				break
			}
			name(t)
		}
	}
	return live
}

// dead returns the function around a use if nothing that may run names it, else nil.
func (a *audit) dead(u *use) *csource.Function {
	fn := u.call.Func
	if fn == nil || a.live == nil || a.live[fn] || slices.Contains(a.Unseen, fn.Name) {
		return nil
	}
	return fn
}
