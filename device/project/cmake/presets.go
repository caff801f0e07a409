package cmake

import (
	"maps"
	"path"
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// Preset is one configure preset.
type Preset struct {
	Name      string
	Hidden    bool // only others inherit from it
	Place          // of its name
	APISet    *Arg // AZURE_SPHERE_TARGET_API_SET, its own or inherited; nil if there is none
	Toolchain *Arg // CMAKE_TOOLCHAIN_FILE or toolchainFile
	Variables map[string]Arg
}

const (
	presetsFile     = "CMakePresets.json"
	userPresetsFile = "CMakeUserPresets.json"
	maxPresets      = 256

	// APISetVariable names the API set in presets and in a build's cache.
	APISetVariable    = "AZURE_SPHERE_TARGET_API_SET"
	toolchainVariable = "CMAKE_TOOLCHAIN_FILE"
)

// presetReader collects presets over files.
type presetReader struct {
	e     *eval
	seen  map[string]bool // files
	nodes []*presetNode
	by    map[string]*presetNode
	work  int
}

type presetNode struct {
	Preset
	node *jsonc.Node
	raw  map[string]rawVariable // its own and inherited ones
	done bool
	busy bool
}

// rawVariable is a variable whose macros are not replaced: they stand for what they are in the preset that inherits.
type rawVariable struct {
	text string
	at   Place
}

// presets reads the folder's presets. A variable that all presets set alike is known, otherwise each is a candidate.
func (e *eval) presets() {
	r := &presetReader{e: e, seen: map[string]bool{}, by: map[string]*presetNode{}}
	r.file(path.Join(e.p.Dir, presetsFile), 0)
	r.file(path.Join(e.p.Dir, userPresetsFile), 0)
	var visible []Preset
	for _, n := range r.nodes {
		r.resolve(n, 0)
		r.finish(n)
		e.p.Presets = append(e.p.Presets, n.Preset)
		if !n.Hidden {
			visible = append(visible, n.Preset)
		}
	}
	values := map[string][]Value{}
	for _, p := range visible {
		for name, a := range p.Variables {
			values[name] = append(values[name], a.Value)
		}
	}
	for name, all := range values {
		v := merge("the preset", all)
		if v.Because == "" && len(all) < len(visible) {
			v = Value{Text: v.Text, Because: "the preset", Others: []string{""}}
		}
		e.cache.vars[name] = &v
	}
}

// file reads one file of presets, and what it includes.
func (r *presetReader) file(name string, depth int) {
	if r.seen[name] || depth > 8 || len(r.seen) > 32 {
		return
	}
	r.seen[name] = true
	s, err := r.e.in.read(name)
	if err != nil {
		return
	}
	root := jsonc.ParseString(s).Root
	if inc := root.Get("include"); inc != nil {
		for _, n := range inc.Children {
			if s, ok := n.Str(); ok {
				r.file(Path(path.Dir(name), strings.ReplaceAll(s, "${sourceDir}", absolute(r.e.p.Dir))), depth+1)
			}
		}
	}
	list := root.Get("configurePresets")
	if list == nil {
		return
	}
	for _, n := range list.Children {
		id := n.Get("name")
		text, ok := id.Str()
		if n.Kind != jsonc.Object || len(r.nodes) >= maxPresets || ok && r.by[text] != nil {
			continue
		}
		if !ok { // one that is being written
			id = n
		}
		p := &presetNode{node: n}
		p.Name, p.Place = text, place(name, id)
		p.Hidden, _ = n.Get("hidden").Bool()
		r.nodes = append(r.nodes, p)
		r.by[text] = p
	}
}

func place(file string, n *jsonc.Node) Place {
	return Place{file, rule.Span{Start: n.Start, End: n.End}}
}

// resolve works out a preset's variables; what it inherits first is nearest.
func (r *presetReader) resolve(p *presetNode, depth int) {
	if p.done || p.busy || depth > maxNesting {
		return
	}
	p.busy = true
	p.raw = map[string]rawVariable{}
	set := func(name string, v rawVariable) {
		if _, ok := p.raw[name]; !ok && r.work < 4*maxItems {
			r.work++
			p.raw[name] = v
		}
	}
	if vars := p.node.Get("cacheVariables"); vars != nil {
		for _, n := range vars.Children {
			v := n
			if n.Kind == jsonc.Object {
				if v = n.Get("value"); v == nil {
					continue
				}
			}
			text := v.Text()
			switch v.Kind {
			case jsonc.Null, jsonc.Missing:
				continue
			case jsonc.Bool:
				text = strings.ToUpper(text)
			}
			set(n.Name(), rawVariable{text, place(p.File, v)})
		}
	}
	if n := p.node.Get("toolchainFile"); n != nil {
		set(toolchainVariable, rawVariable{n.Text(), place(p.File, n)})
	}
	var parents []string
	if n := p.node.Get("inherits"); n != nil {
		if s, ok := n.Str(); ok {
			parents = []string{s}
		}
		for _, c := range n.Children {
			parents = append(parents, c.Text())
		}
	}
	for _, name := range parents {
		parent := r.by[name]
		if parent == nil {
			continue
		}
		r.resolve(parent, depth+1)
		for _, k := range slices.Sorted(maps.Keys(parent.raw)) {
			set(k, parent.raw[k])
		}
	}
	p.done, p.busy = true, false
}

// finish replaces the macros in a preset's variables.
func (r *presetReader) finish(p *presetNode) {
	p.Variables = make(map[string]Arg, len(p.raw))
	for name, v := range p.raw {
		p.Variables[name] = Arg{r.expand(p, v.text), v.at}
	}
	if a, ok := p.Variables[APISetVariable]; ok {
		p.APISet = &a
	}
	if a, ok := p.Variables[toolchainVariable]; ok {
		p.Toolchain = &a
	}
}

// expand replaces the macros of presets: ${sourceDir} and the like; what comes from the environment is unknown.
func (r *presetReader) expand(p *presetNode, s string) Value {
	if !strings.Contains(s, "$") {
		return known(s)
	}
	dir := absolute(r.e.p.Dir)
	var b builder
	for s != "" {
		i := strings.IndexByte(s, '$')
		if i < 0 {
			b.add(s)
			break
		}
		b.add(s[:i])
		s = s[i:]
		open := strings.IndexByte(s, '{')
		end := strings.IndexByte(s, '}')
		if open < 0 || end < open {
			b.add(s)
			break
		}
		kind, name := s[1:open], s[open+1:end]
		switch {
		case kind == "" && name == "sourceDir":
			b.add(dir)
		case kind == "" && name == "sourceParentDir":
			b.add(path.Dir(dir))
		case kind == "" && name == "sourceDirName":
			b.add(path.Base(dir))
		case kind == "" && name == "presetName":
			b.add(p.Name)
		case kind == "" && name == "fileDir":
			b.add(absolute(path.Dir(p.File)))
		case kind == "" && name == "dollar":
			b.add("$")
		case kind == "" && name == "pathListSep":
			b.add(":")
		default:
			b.value(unknown(s[:end+1], name))
		}
		s = s[end+1:]
	}
	return b.done()
}
