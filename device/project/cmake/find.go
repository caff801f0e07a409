package cmake

import (
	"path"
	"slices"
	"strings"
)

var findWords = []string{"NAMES", "HINTS", "PATHS", "PATH_SUFFIXES", "DOC", "ENV", "REGISTRY_VIEW", "VALIDATOR", "REQUIRED",
	"NO_CACHE", "NO_DEFAULT_PATH", "NO_PACKAGE_ROOT_PATH", "NO_CMAKE_PATH", "NO_CMAKE_ENVIRONMENT_PATH", "NO_SYSTEM_ENVIRONMENT_PATH",
	"NO_CMAKE_SYSTEM_PATH", "NO_CMAKE_INSTALL_PREFIX", "CMAKE_FIND_ROOT_PATH_BOTH", "ONLY_CMAKE_FIND_ROOT_PATH", "NO_CMAKE_FIND_ROOT_PATH"}

// find is find_path and find_file. Folders are relative to the source folder; those that CMake would add by itself are
// not searched.
func (c *call) find() {
	if len(c.args) < 2 || !c.args[0].Known() {
		return
	}
	name := c.text(0)
	if v, ok := c.lookup(name); ok && !isOff(v.Text) { // found before, or given
		return
	}
	var names, paths []argument
	suffixes := append(c.after("PATH_SUFFIXES", findWords), argument{})
	if c.has("NAMES") || c.has("PATHS") || c.has("HINTS") {
		names, paths = c.after("NAMES", findWords), append(c.after("HINTS", findWords), c.after("PATHS", findWords)...)
		for _, a := range c.args[1:] { // find_path(X name PATHS ...)
			if a.word(findWords) {
				break
			}
			names = append(names, a)
		}
	} else {
		names = c.args[1:2]
		for _, a := range c.args[2:] {
			if a.word(findWords) {
				break
			}
			paths = append(paths, a)
		}
	}
	because := ""
	put := func(v Value) { c.cached(name, v, true) }
	for _, n := range names {
		for _, p := range paths {
			for _, s := range suffixes {
				if b := orName(n.Because, orName(p.Because, s.Because)); b != "" {
					because = orName(because, b)
					continue
				}
				full := Path(Path(c.dir.path, p.Text), path.Join(".", s.Text, n.Text))
				k := c.in.stat(full)
				if k == nothing || k == folder && c.command.Is("find_file") {
					continue
				}
				found := absolute(full)
				if c.command.Is("find_path") {
					found = strings.TrimSuffix(absolute(path.Join(Path(c.dir.path, p.Text), s.Text)), "/")
				}
				if because != "" { // an earlier folder might have it too
					put(unknown(found, because))
					return
				}
				put(known(found))
				return
			}
		}
	}
	if because == "" && !c.has("NO_DEFAULT_PATH") {
		because = name
	}
	if because == "" {
		c.searched(name, paths, suffixes)
		put(known(name + "-NOTFOUND"))
		return
	}
	if s, ok := c.in.cache(c.p.Dir)[name]; ok && !isOff(s) {
		put(known(s))
		return
	}
	put(unknown("${"+name+"}", because))
}

// searched notes in which folders nothing was found.
func (c *call) searched(name string, paths, suffixes []argument) {
	var dirs []string
	for _, p := range paths {
		for _, s := range suffixes {
			if dir := Path(Path(c.dir.path, p.Text), path.Join(".", s.Text)); len(dirs) < maxFiles && !slices.Contains(dirs, dir) {
				dirs = append(dirs, dir)
			}
		}
	}
	if c.p.Searched == nil {
		c.p.Searched = map[string][]string{}
	}
	c.p.Searched[name] = dirs
}

// findElsewhere is find_program and find_library: what they find is outside the project.
func (c *call) findElsewhere() {
	if _, ok := c.lookup(c.text(0)); len(c.args) > 0 && !ok {
		v := unknown("${"+c.text(0)+"}", c.text(0))
		c.write(c.cache, c.text(0), &v)
	}
}

// fileCommand is file(GLOB ...) and file(GLOB_RECURSE ...); of the others what they return is unknown.
func (c *call) fileCommand() {
	op := c.text(0)
	switch op {
	case "GLOB", "GLOB_RECURSE":
	case "READ", "STRINGS", "TIMESTAMP", "SIZE", "READ_SYMLINK", "MD5", "SHA1", "SHA256":
		c.output(2)
		return
	case "TO_CMAKE_PATH", "TO_NATIVE_PATH":
		if v := c.arg(1); len(c.args) > 2 {
			v.Text = strings.ReplaceAll(v.Text, `\`, "/")
			c.define(c.text(2), v)
		}
		return
	case "REAL_PATH", "RELATIVE_PATH":
		c.output(map[string]int{"REAL_PATH": 2, "RELATIVE_PATH": 1}[op])
		return
	default:
		return
	}
	var found []argument
	because := ""
	relative, directories := "", true
	args := c.args[min(2, len(c.args)):]
	seen := map[string]bool{}
	for i := 0; i < len(args); i++ {
		a := &args[i]
		next := Value{}
		if i+1 < len(args) {
			next = args[i+1].Value
		}
		switch {
		case a.is("LIST_DIRECTORIES"):
			directories = !isOff(next.Text)
			i++
		case a.is("RELATIVE"):
			relative = Path(c.dir.path, next.Text)
			because = orName(because, next.Because)
			i++
		case a.is("CONFIGURE_DEPENDS") || a.is("FOLLOW_SYMLINKS"):
		case !a.Known():
			because = orName(because, a.Because)
		default:
			for _, name := range c.glob(Path(c.dir.path, a.Text), op == "GLOB_RECURSE", directories && op == "GLOB") {
				if seen[name] {
					continue
				}
				seen[name] = true
				text := absolute(name)
				if rest, ok := strings.CutPrefix(name, relative+"/"); ok && relative != "" {
					text = rest
				}
				found = append(found, argument{Value: known(text)})
			}
		}
	}
	v := joinList(found)
	v.Because = because
	c.define(c.text(1), v)
}

// glob returns the names that match a pattern, sorted; with below also those in folders below.
func (c *call) glob(pattern string, below, directories bool) []string {
	dir, base := path.Dir(pattern), path.Base(pattern)
	if len(pattern) > maxPattern {
		return nil
	}
	dirs := []string{dir}
	if strings.ContainsAny(dir, "*?[") {
		dirs = c.glob(dir, false, true)
	}
	var out []string
	visited := 0
	var look func(dir string, depth int)
	look = func(dir string, depth int) {
		if visited++; visited > 1000 || len(out) >= maxListed {
			return
		}
		var sub []string
		for _, name := range c.in.list(dir) {
			clean, isDir := strings.CutSuffix(name, "/")
			if isDir {
				sub = append(sub, clean)
			}
			if isDir && !directories {
				continue
			}
			if ok, _ := path.Match(base, clean); ok {
				out = append(out, path.Join(dir, clean))
			}
		}
		if below && depth > 0 {
			for _, s := range sub {
				look(path.Join(dir, s), depth-1)
			}
		}
	}
	for _, d := range dirs {
		look(d, 16)
	}
	return out
}
