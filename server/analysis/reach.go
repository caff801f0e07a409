package analysis

import (
	"path"
	"slices"
	"sort"

	"armillary.dev/server/csource"
)

// reached returns the functions of an app that may run: main, and what is named in functions that may run and in the macros
// and tables that those name. Shared libraries bring functions, and tables of them, that an app never uses; what those lack,
// the app does not miss. nil means that it cannot be told.
func reached(files []*csource.File) map[*csource.Function]bool {
	byName := map[string][]*csource.Function{}
	home := map[*csource.Function]*csource.File{}
	other := map[string][][]csource.Token{} // bodies of macros, initialisers of tables
	for _, f := range files {
		if path.Ext(f.Path) != ".c" && path.Ext(f.Path) != ".h" {
			return nil // C++ calls in ways that its text does not show
		}
		for _, fn := range f.Functions {
			byName[fn.Name] = append(byName[fn.Name], fn)
			home[fn] = f
		}
		for _, d := range f.Defines {
			other[d.Name] = append(other[d.Name], d.Body)
		}
		for _, v := range f.Vars {
			if v.Func == nil && v.Init != nil {
				other[v.Name] = append(other[v.Name], v.Init)
			}
		}
	}
	if len(byName["main"]) == 0 {
		return nil
	}
	live, named := map[*csource.Function]bool{}, map[string]bool{}
	var queue [][]csource.Token // of what may run
	name := func(s string) {
		if named[s] {
			return
		}
		named[s] = true
		queue = append(queue, other[s]...)
		for _, fn := range byName[s] {
			live[fn] = true
			queue = append(queue, body(home[fn], fn))
		}
	}
	name("main")
	for _, f := range files {
		// What runs before main, or lies where a linker script finds it.
		if len(f.Occurrences("constructor"))+len(f.Occurrences("section")) == 0 {
			continue
		}
		for _, fn := range f.Functions {
			name(fn.Name)
		}
		for _, v := range f.Vars {
			name(v.Name)
		}
	}
	for len(queue) > 0 {
		tokens := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		for _, t := range tokens {
			if t.Kind == csource.Ident {
				name(t.Text)
			}
		}
	}
	return live
}

// body returns the tokens of a function.
func body(f *csource.File, fn *csource.Function) []csource.Token {
	from := sort.Search(len(f.Tokens), func(i int) bool { return f.Tokens[i].Span().Start >= fn.Body.Start })
	to := sort.Search(len(f.Tokens), func(i int) bool { return f.Tokens[i].Span().Start >= fn.Body.End })
	return f.Tokens[from:to]
}

// dead returns the function around a use if nothing that may run names it, else nil.
func (a *audit) dead(u *use) *csource.Function {
	fn := u.call.Func
	if fn == nil || a.live == nil || a.live[fn] || slices.Contains(a.Unseen, fn.Name) {
		return nil
	}
	return fn
}
