package project

import (
	"cmp"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// A workspace may hold apps that run side by side on one device, and as many that never meet: a collection of samples is
// one workspace and sixty devices. So apps are together only where something says so.

// EvidenceKind is what says that apps are together on a device.
type EvidenceKind string

// Kinds of evidence. The first two name apps that run at the same time; the others name apps that are worked on at the
// same time, which mostly, but not always, run so.
const (
	ByConnection EvidenceKind = "connection" // AllowedApplicationConnections of one names the other
	ByLaunch     EvidenceKind = "launch"     // a launch configuration leaves the others on the device
	ByOldLaunch  EvidenceKind = "old launch" // a launch configuration leaves an app that does not allow the one that is started
	ByWorkspace  EvidenceKind = "workspace"  // a *.code-workspace lists their folders
	ByBuild      EvidenceKind = "build"      // a CMakeLists.txt adds their folders
)

// Certain reports whether apps that are joined so run at the same time.
func (k EvidenceKind) Certain() bool { return k == ByConnection || k == ByLaunch }

// Evidence is one place that says that apps are together.
type Evidence struct {
	Kind EvidenceKind
	File string // in the FS
	Span rule.Span
	Apps []*App // at least two
}

// Group is the apps of one device.
type Group struct {
	Apps     []*App // sorted by folder
	Evidence []Evidence
}

// Together sorts apps into those that belong to one device, by what their files and the folders around them say; an app
// that nothing is known of is a group of its own. Looked at are the manifests' AllowedApplicationConnections, the launch
// configurations of the apps, and in every folder above two apps or more, up to the one above all, its CMakeLists.txt,
// *.code-workspace and launch configurations. Of several apps with one component id the nearest by folder is meant.
//
// What is only a piece of a manifest is left out. Time is linear in the number of apps and files but for sorting.
func Together(fsys fs.FS, apps []*App) []Group { return newSeveral(fsys, apps).groups }

// member is an app among others.
type member struct {
	*App
	id       string          // ComponentId in lower case; "" if it is no GUID
	identity string          // id, or something of its own: two members with one identity are never on a device together
	partners []partner       // that the manifest allows, each once and without the app itself
	allowed  map[string]bool // their ids
	edits    *jsonrule.Pass  // of the manifest's text; nil until it is asked for
	claims   []claim
	launch   *jsonc.File // .vscode/launch.json, nil if there is none
	configs  []launchConfig

	group int   // index of groups
	near  []int // the members that run at the same time as this one; each once
	named int   // a member with the same id that one place beyond connections names as well, -1 if there is none
	sure  bool  // that place names apps that run at the same time

	crowded bool // a launch configuration runs it with more real-time apps than there are cores
}

// partner is an entry of AllowedApplicationConnections.
type partner struct {
	id   string // in lower case
	node *jsonc.Node
}

// claim is a pin or controller that an app asks for, and where.
type claim struct {
	hwdef.Claim
	first, last int // pins
	node        *jsonc.Node
}

// several is what is known of the apps of a workspace.
type several struct {
	fsys    fs.FS
	members []*member // sorted by folder
	byDir   map[string]int
	byID    map[string][]int   // ascending
	allows  map[[2]string]bool // id, partner's id
	groups  []Group

	all      joined
	evidence []Evidence
	about    []int           // parallel to evidence: one of its members
	pairs    map[[2]int]bool // of near
}

func newSeveral(fsys fs.FS, apps []*App) *several {
	s := &several{fsys: fsys, byDir: map[string]int{}, byID: map[string][]int{}, allows: map[[2]string]bool{}}
	apps = slices.Clone(apps)
	slices.SortStableFunc(apps, func(a, b *App) int { return compareDirs(a.Dir, b.Dir) })
	for _, a := range apps {
		if _, twice := s.byDir[a.Dir]; twice || a.Manifest.Fragment {
			continue
		}
		m := newMember(a)
		i := len(s.members)
		s.byDir[a.Dir] = i
		s.members = append(s.members, m)
		if m.id == "" {
			m.identity = a.Dir
			continue
		}
		s.byID[m.id] = append(s.byID[m.id], i)
		for _, p := range m.partners {
			s.allows[[2]string{m.id, p.id}] = true
		}
	}
	s.all, s.pairs = newJoined(len(s.members)), map[[2]int]bool{}
	for i, m := range s.members {
		for _, p := range m.partners {
			j, ok := s.nearest(m.Dir, m.id, p.id)
			if !ok {
				continue
			}
			// Ids are copied along with samples. Where the other app means a nearer one by this id, the two are strangers.
			// One that does not mean this app at all is a stranger too, unless it lies beside it.
			o := s.members[j]
			if !o.allowed[m.id] && !beside(m.Dir, o.Dir) {
				continue
			}
			if o.allowed[m.id] {
				if back, ok := s.nearest(o.Dir, o.id, m.id); ok && back != i {
					continue
				}
			}
			s.join(ByConnection, m.ManifestPath, p.node, i, j)
		}
		for _, name := range launchPaths {
			s.readLaunch(path.Join(m.Dir, name), m.Dir, i)
		}
	}
	for _, dir := range s.folders() {
		s.readFolder(dir)
	}
	s.makeGroups()
	return s
}

func newMember(a *App) *member {
	m := &member{App: a, named: -1}
	if id := a.Manifest.ComponentID(); manifest.IsGUID(id) {
		m.id = strings.ToLower(id)
		m.identity = m.id
	}
	if list := a.Manifest.File.Root.Get("Capabilities", "AllowedApplicationConnections"); list != nil && list.Kind == jsonc.Array {
		m.allowed = map[string]bool{}
		for _, n := range list.Children {
			s, ok := n.Str()
			if id := strings.ToLower(s); ok && manifest.IsGUID(s) && id != m.id && !m.allowed[id] {
				m.allowed[id] = true
				m.partners = append(m.partners, partner{id, n})
			}
		}
	}
	type pin struct {
		field string
		first int
	}
	seen := map[pin]bool{}
	for _, r := range a.Manifest.Requests() {
		v := r.Value
		if r.Symbol != "" && a.Definitions != nil {
			if res := a.Definitions.Resolve(r.Symbol); res.Status == hwdef.Resolved && res.Type == r.Cap.Name {
				v = res.Value
			}
		}
		if v.Text == "" {
			continue
		}
		c := claim{Claim: hwdef.Claim{Field: r.Cap.Name, Value: v}, node: r.Node}
		var ok bool
		if c.first, c.last, ok = c.Pins(); ok && !seen[pin{c.Field, c.first}] {
			seen[pin{c.Field, c.first}] = true
			m.claims = append(m.claims, c)
		}
	}
	return m
}

// compareDirs orders folders so that what is below one stands together.
func compareDirs(a, b string) int {
	if a == "." || b == "." { // which is above all others
		return cmp.Compare(len(strings.TrimPrefix(a, ".")), len(strings.TrimPrefix(b, ".")))
	}
	for i := 0; i < min(len(a), len(b)); i++ {
		if x, y := a[i], b[i]; x != y {
			if x == '/' {
				return -1
			}
			if y == '/' {
				return 1
			}
			return cmp.Compare(x, y)
		}
	}
	return cmp.Compare(len(a), len(b))
}

// shared returns how many steps two folders have in common from the root on.
func shared(a, b string) int {
	n, i := 0, 0
	for ; i < min(len(a), len(b)) && a[i] == b[i]; i++ {
		if a[i] == '/' {
			n++
		}
	}
	if (i == len(a) || a[i] == '/') && (i == len(b) || b[i] == '/') {
		n++
	}
	return n
}

// maxNear is how many equally near apps with one id are looked at, and how many one launch configuration may name to be
// taken as running at the same time.
const maxNear = 16

// nearest returns the app with an id that is nearest to a folder. Of several that are equally near it is the one that
// allows back; if that does not decide either, there is no answer: only one of them can be on the device.
func (s *several) nearest(dir, back, id string) (i int, ok bool) {
	list := s.byID[id]
	switch len(list) {
	case 0:
		return 0, false
	case 1:
		return list[0], true
	}
	near := s.near(dir, list)
	if len(near) == 1 {
		return near[0], true
	}
	found := -1
	for _, i := range near {
		if s.members[i].allowed[back] {
			if found >= 0 {
				return 0, false
			}
			found = i
		}
	}
	return found, found >= 0
}

// near returns those members of an ascending list, up to maxNear, whose folders share most with dir. They are neighbours
// of the place where dir would stand.
func (s *several) near(dir string, list []int) []int {
	at := sort.Search(len(list), func(k int) bool { return compareDirs(s.members[list[k]].Dir, dir) >= 0 })
	common := func(k int) int { return shared(s.members[list[k]].Dir, dir) }
	best := -1
	for _, k := range []int{at - 1, at} {
		if k >= 0 && k < len(list) {
			best = max(best, common(k))
		}
	}
	var near []int
	for k := at - 1; k >= 0 && len(near) < maxNear && common(k) == best; k-- {
		near = append(near, list[k])
	}
	for k := at; k < len(list) && len(near) < maxNear && common(k) == best; k++ {
		near = append(near, list[k])
	}
	slices.Sort(near)
	return near
}

// join notes that members are together; fewer than two are none.
func (s *several) join(kind EvidenceKind, file string, at *jsonc.Node, members ...int) {
	span := rule.Span{}
	if at != nil {
		span = rule.Span{Start: at.Start, End: at.End}
	}
	s.joinSpan(kind, file, span, members)
}

func (s *several) joinSpan(kind EvidenceKind, file string, span rule.Span, members []int) {
	slices.Sort(members)
	if members = slices.Compact(members); len(members) < 2 {
		return
	}
	e := Evidence{Kind: kind, File: file, Span: span}
	for _, i := range members {
		e.Apps = append(e.Apps, s.members[i].App)
		s.all.join(members[0], i)
	}
	certain := kind.Certain()
	if kind == ByConnection { // one that is not returned may be a leftover
		certain = s.mutual(members[0], members[1]) && s.mutual(members[1], members[0])
	} else {
		s.sameID(kind, members)
	}
	if kind == ByLaunch {
		s.crowd(members)
	}
	if certain && len(members) <= maxNear {
		for _, i := range members {
			for _, j := range members {
				if i != j && !s.pairs[[2]int{i, j}] {
					s.pairs[[2]int{i, j}] = true
					s.members[i].near = append(s.members[i].near, j)
				}
			}
		}
	}
	s.evidence, s.about = append(s.evidence, e), append(s.about, members[0])
}

// crowd notes real-time apps that are more than there are cores, in one launch configuration.
func (s *several) crowd(members []int) {
	ids := map[string]bool{}
	for _, i := range members {
		if m := s.members[i]; m.Manifest.RealTime {
			ids[m.identity] = true
		}
	}
	for _, i := range members {
		s.members[i].crowded = s.members[i].crowded || len(ids) > cores
	}
}

// sameID notes members with one id that a place names together.
func (s *several) sameID(kind EvidenceKind, members []int) {
	first := map[string]int{}
	for _, i := range members {
		m := s.members[i]
		j, twice := first[m.id]
		if m.id == "" || !twice {
			first[m.id] = i
			continue
		}
		m.named, s.members[j].named = j, i
		m.sure, s.members[j].sure = kind.Certain(), kind.Certain()
	}
}

// readLaunch reads launch configurations: those of an app, or, with own -1, of a folder above several.
func (s *several) readLaunch(name, dir string, own int) {
	src, err := ReadText(s.fsys, name)
	if err != nil {
		return
	}
	f := jsonc.ParseString(src)
	configs := launchConfigs(f.Root, dir)
	if own >= 0 && path.Base(name) == path.Base(launchFile) {
		s.members[own].launch, s.members[own].configs = f, configs
	}
	s.joinLaunched(name, dir, own, configs)
}

func (s *several) joinLaunched(name, dir string, own int, configs []launchConfig) {
	for _, c := range configs {
		var together, loose []int
		back := ""
		if own >= 0 {
			together, loose = append(together, own), append(loose, own)
			back = s.members[own].id
		}
		for _, p := range c.partners {
			i, ok := s.launched(dir, back, p)
			switch {
			case !ok:
			case own < 0 || p.folder != "" || s.mutual(own, i):
				together = append(together, i)
			case beside(dir, s.members[i].Dir):
				loose = append(loose, i)
			default: // an id that was copied along
			}
		}
		s.join(ByLaunch, name, c.list, together...)
		s.join(ByOldLaunch, name, c.list, loose...)
	}
}

// beside reports whether two folders lie in one.
func beside(a, b string) bool { return path.Dir(a) == path.Dir(b) }

// mutual reports whether two apps mean each other: each allows the other's id, and none nearer has it.
func (s *several) mutual(i, j int) bool {
	a, b := s.members[i], s.members[j]
	if !a.allowed[b.id] || !b.allowed[a.id] {
		return false
	}
	back, ok := s.nearest(b.Dir, b.id, a.id)
	return ok && back == i
}

// launched returns the app that an entry of a launch configuration means.
func (s *several) launched(dir, back string, p launchPartner) (int, bool) {
	if p.folder != "" {
		i, ok := s.byDir[p.folder]
		return i, ok
	}
	return s.nearest(dir, back, p.id)
}

// folders returns the folders that hold two apps or more, the deepest first, up to the one above all.
func (s *several) folders() []string {
	above := map[string]int{}
	for _, m := range s.members {
		above[m.Dir]++ // and below it there may be others
		for d := m.Dir; d != "."; {
			d = path.Dir(d)
			above[d]++
		}
	}
	var dirs []string
	for d, n := range above {
		if n >= 2 {
			dirs = append(dirs, d)
		}
	}
	slices.SortFunc(dirs, func(a, b string) int { return compareDirs(b, a) })
	for i, d := range dirs { // what is above all is only its own folder's business
		if above[d] == len(s.members) {
			return dirs[:i+1]
		}
	}
	return dirs
}

// readFolder looks for what names several apps in a folder above them.
func (s *several) readFolder(dir string) {
	lists := path.Join(dir, "CMakeLists.txt")
	if src, err := ReadText(s.fsys, lists); err == nil {
		s.joinSpan(ByBuild, lists, rule.Span{}, s.added(dir, src))
	}
	if _, isApp := s.byDir[dir]; !isApp { // an app's own were read with it
		for _, name := range launchPaths {
			s.readLaunch(path.Join(dir, name), dir, -1)
		}
	}
	entries, _ := fs.ReadDir(s.fsys, dir)
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) != ".code-workspace" {
			continue
		}
		name := path.Join(dir, e.Name())
		src, err := ReadText(s.fsys, name)
		if err != nil {
			continue
		}
		root := jsonc.ParseString(src).Root
		folders := root.Get("folders")
		if folders != nil && folders.Kind == jsonc.Array {
			var together []int
			for _, f := range folders.Children {
				if p, ok := f.Get("path").Str(); ok {
					if i, ok := s.byDir[path.Join(dir, strings.ReplaceAll(p, `\`, "/"))]; ok {
						together = append(together, i)
					}
				}
			}
			s.join(ByWorkspace, name, folders, together...)
		}
		s.joinLaunched(name, dir, -1, launchConfigs(root.Get("launch"), dir))
	}
}

// added returns the apps whose folders a CMakeLists.txt adds, and the app that it belongs to itself.
func (s *several) added(dir, src string) []int {
	var together []int
	if i, ok := s.byDir[dir]; ok {
		together = append(together, i)
	}
	for _, sub := range subdirectories(src) {
		if i, ok := s.byDir[path.Join(dir, sub)]; ok {
			together = append(together, i)
		}
	}
	return together
}

// subdirectories returns the arguments of add_subdirectory() that are literal.
func subdirectories(src string) []string {
	var dirs []string
	for _, c := range cmake.Parse("", src).Commands {
		if c.Is("add_subdirectory") && len(c.Args) > 0 && !strings.Contains(c.Args[0].Text, "$") {
			dirs = append(dirs, c.Args[0].Text)
		}
	}
	return dirs
}

func (s *several) makeGroups() {
	index := map[int]int{} // by root
	for i, m := range s.members {
		root := s.all.root(i)
		g, ok := index[root]
		if !ok {
			g = len(s.groups)
			index[root] = g
			s.groups = append(s.groups, Group{})
		}
		m.group = g
		s.groups[g].Apps = append(s.groups[g].Apps, m.App)
	}
	for k, e := range s.evidence {
		g := &s.groups[s.members[s.about[k]].group]
		g.Evidence = append(g.Evidence, e)
	}
}

// joined is a set of numbers, some of them joined to others.
type joined []int

func newJoined(n int) joined {
	j := make(joined, n)
	for i := range j {
		j[i] = i
	}
	return j
}

// root returns the number that stands for all that i is joined to.
func (j joined) root(i int) int {
	for j[i] != i {
		j[i] = j[j[i]]
		i = j[i]
	}
	return i
}

func (j joined) join(a, b int) { j[j.root(b)] = j.root(a) }
