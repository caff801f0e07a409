package project

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/image/strip"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
)

const (
	maxPackages = 1 << 20 // bytes of flash for all image packages of a device (facts/manifest.md 1.3)
	cores       = 2       // for real-time apps
	maxRelated  = 10      // other apps that one finding names
)

// sureDoc is how severity depends on what is known of the apps.
const sureDoc = "\n\nIt is an error between apps of which one allows connections with the other, or which one launch configuration names. " +
	"Where apps only have a partner in common, or a workspace file or a CMakeLists.txt lists both, it is a warning: they may be alternatives."

func installs(category, id int, c rule.Confidence) rule.Refuses {
	return rule.Refuses{Code: deverr.Code(category, id), Phase: rule.Install, Confidence: c}
}

type severalEntry = jsonrule.Entry[*severalPass]

// severalTable are the rules about apps beside others: AZS310 to AZS320 of facts/diagnostics.md 7. AZS316 is about
// launch.json and in a table of its own. What two apps do to each other is said at both.
var severalTable = []severalEntry{
	{Rule: rule.Rule{Code: "AZS310", Severity: rule.Error, Title: "two apps with one ComponentId",
		Doc: "The device tells apps apart by their ComponentId. Of two with the same one the later replaces the earlier, and takes over its mutable storage. " +
			"Give each app a GUID of its own, and put it into the partners' AllowedApplicationConnections.\n\n" +
			"It is an error between a high-level and a real-time app that belong together, or when one launch configuration names both; a warning between others that belong together; " +
			"and info between apps of a workspace that have different names. Nothing is said of two that look like versions of one app.",
		Fix: "writes a new GUID", Source: "facts/manifest.md 3.3"}, Check: checkSameID},
	{Rule: rule.Rule{Code: "AZS311", Severity: rule.Error, Title: "pin clash between two apps",
		Doc: "A pin or controller belongs to one app of a device. Installing a second app that asks for it fails; the app manager may say so with 1.25. A controller takes all its pins: an ISU five, a PWM controller four, the ADC eight." + sureDoc,
		Fix: "moves it to a pin or controller that is free on the device", Source: "facts/manifest.md 1, 2.4", Refuses: installs(5, 4, rule.Inferred)}, Check: checkPins},
	{Rule: rule.Rule{Code: "AZS312", Severity: rule.Error, Title: "one block of pins on two cores",
		Doc: "GPIOs are shared out to the cores in blocks. As soon as a real-time app has one pin of a block, apps on other cores cannot have another, and installing the second app fails. " +
			"Two high-level apps may probably share a block, which is info." + sureDoc,
		Fix: "moves it to a block that is free on the device", Source: "facts/manifest.md 2.4", Refuses: installs(5, 15, rule.Sourced)}, Check: checkSharedBlocks},
	{Rule: rule.Rule{Code: "AZS313", Severity: rule.Error, Title: "connection that the other app does not allow",
		Doc: "Two apps that exchange messages must list each other in AllowedApplicationConnections. Otherwise connecting fails with EACCES. Between two real-time apps it is a warning, as such an entry is mostly a leftover, and for the id of one of the vendor's samples, which may mean another app than the one here.",
		Fix: "adds this app to the other's list", Source: "facts/manifest.md 1.2"}, Check: checkOneSided},
	{Rule: rule.Rule{Code: "AZS314", Severity: rule.Error, Title: "one server port in two apps",
		Doc:    "A port that apps listen on belongs to one of them. The device notes in its log that an earlier app has it already, and the second app does not get it." + sureDoc,
		Source: "facts/manifest.md 3.3"}, Check: checkServerPorts},
	{Rule: rule.Rule{Code: "AZS315", Severity: rule.Warning, Title: "partner app that nobody is",
		Doc: "AllowedApplicationConnections lists a ComponentId that no app of the workspace has. Connecting fails with EACCES while the partner is not installed. " +
			"It is not said in a workspace of a single app, whose partner is elsewhere.",
		Source: "facts/manifest.md 1.2"}, Check: checkUnknownPartner},
	{Rule: rule.Rule{Code: "AZS317", Severity: rule.Error, Title: "more than two real-time apps",
		Doc:    "The MT3620 has two cores for real-time apps, and each runs one. Installing a third fails. An app may allow connections with more of them, of which two at a time are there; then it is a warning." + sureDoc,
		Source: "facts/manifest.md 1.3", Refuses: installs(1, 31, rule.Sourced)}, Check: checkCores},
	{Rule: rule.Rule{Code: "AZS318", Severity: rule.Warning, Title: "no high-level app",
		Doc:    "Every device needs a high-level app. The apps that belong together here are all real-time apps, and none of them names another partner.",
		Source: "facts/manifest.md 3.3"}, Check: checkHighLevel},
	{Rule: rule.Rule{Code: "AZS319", Severity: rule.Error, Title: "image packages over 1 MiB",
		Doc: "All image packages of a device have to fit into 1 MiB of flash, high-level and real-time apps together; the debug server counts while it is installed. " +
			"Counted are the newest packages that builds left, or the programs without their debug information where there is no package yet." + sureDoc,
		Source: "facts/manifest.md 1.3", Refuses: installs(14, 18, rule.Recalled)}, Check: checkSize},
	{Rule: rule.Rule{Code: "AZS320", Severity: rule.Info, Title: "ComponentId of a published sample",
		Doc: "The ComponentId is that of one of the vendor's published samples, under another name. Everybody who begins with that sample has it. " +
			"A copy that still has the sample's name is not told.",
		Fix: "writes a new GUID", Source: "facts/manifest.md 1.4"}, Check: checkSampleID},
}

// launchTable are the rules about .vscode/launch.json.
var launchTable = []jsonrule.Entry[*launchPass]{
	{Rule: rule.Rule{Code: "AZS316", Severity: rule.Warning, Title: "partners of launch.json differ from the manifest's",
		Doc: "When an app is started from the editor, the other apps on the device are cleared away, except those that partnerComponents lists (partners, for the type armillary). " +
			"With the vendor's extension the partner is deleted from the device, and connecting to it fails. " +
			"The list should be that of AllowedApplicationConnections. An id too many only leaves an app where it is, which is info.",
		Fix: "writes the manifest's partners", Source: "facts/manifest.md 3.1"}, Check: checkLaunch},
}

// SeveralRules returns the rules about several apps, in the order of codes.
func SeveralRules() []*rule.Rule {
	all := append(jsonrule.Rules(severalTable), jsonrule.Rules(launchTable)...)
	slices.SortFunc(all, func(a, b *rule.Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// CheckTogether holds the apps of a workspace against the rules about several apps, and each app's .vscode/launch.json
// against its manifest. Together says which apps are compared. Findings come app by app, sorted by folder; each file's
// are sorted by place. Time is linear in the number of apps but for sorting.
func CheckTogether(fsys fs.FS, apps []*App, opt Options) []FileFinding {
	s := newSeveral(fsys, apps)
	x := s.index(opt)
	var out []FileFinding
	add := func(file string, found []rule.Finding) {
		for _, f := range found {
			out = append(out, FileFinding{file, f})
		}
	}
	for i, m := range s.members {
		p := &severalPass{Pass: jsonrule.New(m.Manifest.File, jsonrule.Options{Refused: true, Strict: opt.Strict}), x: x, m: m, i: i}
		jsonrule.Run(p.Pass, p, severalTable)
		add(m.ManifestPath, p.Findings())
		if m.launch != nil {
			l := &launchPass{Pass: jsonrule.New(m.launch, jsonrule.Options{Strict: opt.Strict}), p: p}
			jsonrule.Run(l.Pass, l, launchTable)
			add(path.Join(m.Dir, launchFile), l.Findings())
		}
	}
	return out
}

// use is one thing of which a device has one.
type use struct {
	what string // "pin", "TCP", "hl block", "component"
	n    int
	id   string
}

// groupUse is a use among the apps of a group.
type groupUse struct {
	group int
	use
}

// user is who asks for it.
type user struct {
	member int
	node   *jsonc.Node
	claim  *claim
}

// index finds those who ask for the same.
type index struct {
	*several
	opt    Options
	users  map[groupUse][]user // at most two, with different identities
	uses   []map[use]user      // by member, of those that are with others
	names  map[string][]int    // by id: the first app with it, and the first of another name
	sizes  []int64             // by member, of its package
	totals []*total            // by group
	around []*total            // by member: itself and those that run at the same time
}

func (s *several) index(opt Options) *index {
	n := len(s.members)
	x := &index{several: s, opt: opt, users: map[groupUse][]user{}, names: map[string][]int{},
		uses: make([]map[use]user, n), sizes: make([]int64, n), totals: make([]*total, len(s.groups)), around: make([]*total, n)}
	for g := range x.totals {
		x.totals[g] = newTotal()
	}
	for i, m := range s.members {
		if m.id != "" {
			if list := x.names[m.id]; len(list) == 0 || len(list) == 1 && s.members[list[0]].Manifest.Name() != m.Manifest.Name() {
				x.names[m.id] = append(list, i)
			}
		}
		x.sizes[i] = x.packed(m)
		x.totals[m.group].count(x, i)
		x.enter(i)
	}
	for i, m := range s.members {
		x.around[i] = newTotal()
		x.around[i].count(x, i)
		for _, j := range m.near {
			x.around[i].count(x, j)
		}
	}
	return x
}

// enter notes what an app asks for.
func (x *index) enter(i int) {
	m := x.members[i]
	if len(x.groups[m.group].Apps) == 1 { // nobody to share with
		return
	}
	x.uses[i] = map[use]user{}
	enter := func(u use, who user) {
		if _, twice := x.uses[i][u]; twice {
			return
		}
		x.uses[i][u] = who
		at := groupUse{m.group, u}
		if list := x.users[at]; len(list) == 0 || len(list) == 1 && (u.what == "component" || x.members[list[0].member].identity != m.identity) {
			x.users[at] = append(list, who)
		}
	}
	for k := range m.claims {
		c := &m.claims[k]
		who := user{i, c.node, c}
		for n := c.first; n <= c.last; n++ {
			enter(use{what: "pin", n: n}, who)
		}
		b, _ := hwdef.BlockOf(c.first)
		what := "hl block"
		if m.Manifest.RealTime {
			what = "rt block"
		}
		enter(use{what: what, n: b.First}, who)
	}
	m.eachPort(func(protocol string, port int, n *jsonc.Node) {
		enter(use{what: protocol, n: port}, user{member: i, node: n})
	})
	if m.id != "" { // of these both have one identity
		enter(use{what: "component", id: m.id}, user{member: i, node: m.top("ComponentId")})
	}
}

// eachPort calls f for the server ports of an app, each once.
func (m *member) eachPort(f func(protocol string, port int, n *jsonc.Node)) {
	for _, l := range [...][2]string{{"AllowedTcpServerPorts", "TCP"}, {"AllowedUdpServerPorts", "UDP"}} {
		list := m.top("Capabilities").Get(l[0])
		if list == nil || list.Kind != jsonc.Array {
			continue
		}
		seen := map[int64]bool{}
		for _, n := range list.Children {
			if v, ok := n.Int(); ok && v >= 1 && v <= 65535 && !seen[v] {
				seen[v] = true
				f(l[1], int(v), n)
			}
		}
	}
}

func (m *member) top(key string) *jsonc.Node { return m.Manifest.File.Root.Get(key) }

// total is what some apps need together.
type total struct {
	members  []int
	rt       []int // real-time apps, one of each identity
	hl, open bool  // there is a high-level app; a partner is not known
	bytes    int64
	largest  int // member
	claims   []hwdef.Claim
	blocks   map[string]bool  // that claims lie in
	sizes    map[string]int64 // by identity
}

func newTotal() *total {
	return &total{largest: -1, sizes: map[string]int64{}, blocks: map[string]bool{}}
}

// count enters an app.
func (t *total) count(x *index, i int) {
	m, size := x.members[i], x.sizes[i]
	t.members = append(t.members, i)
	known, twice := t.sizes[m.identity]
	if !twice && m.Manifest.RealTime {
		t.rt = append(t.rt, i)
	}
	if twice && size > known { // of versions only one is installed: the smallest, to claim no more than is certain
		size = known
	}
	t.bytes += size - known
	t.sizes[m.identity] = size
	if t.largest < 0 || size > t.sizes[x.members[t.largest].identity] {
		t.largest = i
	}
	t.hl = t.hl || !m.Manifest.RealTime
	for _, p := range m.partners {
		t.open = t.open || len(x.byID[p.id]) == 0
	}
	for _, c := range m.claims {
		if b, _ := hwdef.BlockOf(c.first); !t.blocks[b.Name] {
			t.blocks[b.Name] = true
			t.claims = append(t.claims, c.Claim)
		}
	}
}

// packed is the size of an app's newest image package, or of its program as it would be packed; 0 if nothing is built.
func (x *index) packed(m *member) int64 {
	if packages := m.Packages(x.fsys); len(packages) > 0 {
		return packages[0].Size
	}
	programs := m.Programs(x.fsys)
	if len(programs) == 0 {
		return 0
	}
	src, err := ReadText(x.fsys, programs[0].Path)
	if err != nil {
		return 0
	}
	small, err := strip.Debug([]byte(src))
	if err != nil {
		return 0
	}
	return int64(len(small))
}

// severalPass is one run of the rules over one app among others.
type severalPass struct {
	*jsonrule.Pass
	x *index
	m *member
	i int
}

// other returns who else asks for the same, and whether that app runs at the same time for certain. Those that do come
// first.
func (p *severalPass) other(what string, n int) (who user, sure, ok bool) {
	u := use{what: what, n: n}
	for _, j := range p.m.near {
		if who, ok = p.x.uses[j][u]; ok && p.x.members[j].identity != p.m.identity {
			return who, true, true
		}
	}
	for _, who := range p.x.users[groupUse{p.m.group, u}] {
		if p.x.members[who.member].identity != p.m.identity {
			return who, false, true
		}
	}
	return user{}, false, false
}

// doubt lowers a finding about apps that may not be on one device.
func doubt(f *rule.Finding, sure bool) {
	if !sure && f.Severity == rule.Error {
		f.Severity = rule.Warning
	}
}

// show names an app by its manifest.
func (x *index) show(i int) string {
	if x.opt.Show != nil {
		return x.opt.Show(x.members[i].ManifestPath)
	}
	return x.members[i].ManifestPath
}

// relate adds a place in another app's manifest.
func (p *severalPass) relate(f *rule.Finding, i int, n *jsonc.Node, format string, args ...any) {
	r := rule.Related{File: p.x.members[i].ManifestPath, Message: fmt.Sprintf(format, args...)}
	if n != nil {
		r.Span = rule.Span{Start: n.Start, End: n.End}
	}
	f.Related = append(f.Related, r)
}

func checkSameID(p *severalPass) {
	if p.m.id == "" {
		return
	}
	n := p.m.top("ComponentId")
	say := func(i int, severity rule.Severity, format string) {
		f := p.At(n, format, p.x.show(i))
		f.Severity = severity
		p.relate(f, i, p.x.members[i].top("ComponentId"), "the same ComponentId")
		jsonrule.Fix(f, "Write a new ComponentId", jsonrule.Replace(n, strconv.Quote(manifest.NewGUID())))
	}
	// Two that have to do with one partner may be versions of one app, unless they run on different cores.
	i, severity := p.m.named, rule.Warning
	if p.m.sure {
		severity = rule.Error
	}
	for _, u := range p.x.users[groupUse{p.m.group, use{what: "component", id: p.m.id}}] {
		switch o := p.x.members[u.member]; {
		case u.member == p.i:
		case o.Manifest.RealTime != p.m.Manifest.RealTime:
			i, severity = u.member, rule.Error
		case i < 0 && o.Manifest.Name() != p.m.Manifest.Name():
			i = u.member
		}
	}
	if i >= 0 {
		say(i, severity, "%s has the same ComponentId; on the device one of them replaces the other")
		return
	}
	for _, i := range p.x.names[p.m.id] {
		if p.x.members[i].Manifest.Name() != p.m.Manifest.Name() {
			say(i, rule.Info, "%s has the same ComponentId and another name; on a device one of them would replace the other")
			return
		}
	}
}

func checkPins(p *severalPass) {
	for k := range p.m.claims {
		c := &p.m.claims[k]
		u, sure, n, ok := p.clash(c)
		if !ok || p.Enough(c.node) {
			continue
		}
		var f *rule.Finding
		if c.Claim == u.claim.Claim {
			f = p.At(c.node, "%s asks for %s too; the second of them to be installed is refused", p.x.show(u.member), c)
		} else {
			f = p.At(c.node, "%s and %s of %s both need GPIO %d; the second of them to be installed is refused", c, u.claim, p.x.show(u.member), n)
		}
		doubt(f, sure)
		p.relate(f, u.member, u.node, "%s", u.claim)
		p.move(f, c)
	}
}

// clash returns another app that needs a pin of the claim, and the first such pin; an app that certainly is on the same
// device before others.
func (p *severalPass) clash(c *claim) (who user, sure bool, pin int, ok bool) {
	for n := c.first; n <= c.last; n++ {
		if u, s, found := p.other("pin", n); found && (!ok || s) {
			if who, sure, pin, ok = u, s, n, true; s {
				return
			}
		}
	}
	return
}

// move offers what is free on the device, in blocks that nobody uses. A $ name says what is soldered where; it stays.
func (p *severalPass) move(f *rule.Finding, c *claim) {
	if strings.HasPrefix(c.node.Text(), "$") {
		return
	}
	t := p.x.totals[p.m.group]
	free := func(first int) bool {
		b, _ := hwdef.BlockOf(first)
		return !t.blocks[b.Name]
	}
	offered := 0
	offer := func(name, text string, first int) {
		if offered < 3 && free(first) {
			offered++
			jsonrule.Fix(f, "Use "+name, jsonrule.Replace(c.node, text))
		}
	}
	if c.Field == hwdef.Gpio {
		for _, n := range hwdef.FreeGPIOs(c.first, t.claims) {
			offer("GPIO "+strconv.Itoa(n), strconv.Itoa(n), n)
		}
		return
	}
	for _, name := range hwdef.FreeControllers(c.Field, t.claims) {
		first, _, _ := hwdef.Span(c.Field, name)
		offer(name, strconv.Quote(name), first)
	}
}

func checkSharedBlocks(p *severalPass) {
	said := map[string]bool{}
	for k := range p.m.claims { // where pins themselves clash, AZS311 says it
		c := &p.m.claims[k]
		if _, _, _, clash := p.clash(c); clash {
			b, _ := hwdef.BlockOf(c.first)
			said[b.Name] = true
		}
	}
	for k := range p.m.claims {
		c := &p.m.claims[k]
		b, _ := hwdef.BlockOf(c.first)
		if said[b.Name] {
			continue
		}
		u, sure, cores := p.sharer(b.First)
		if u == nil {
			continue
		}
		said[b.Name] = true
		if !cores {
			f := p.At(c.node, "%s uses GPIO %d to %d as well; two high-level apps may probably share them", p.x.show(u.member), b.First, b.Last)
			f.Severity, f.Refuses = rule.Info, rule.Refuses{}
			p.relate(f, u.member, u.node, "%s", u.claim)
			continue
		}
		f := p.At(c.node, "%s and %s of %s are in one block, GPIO %d to %d, which cannot be on two cores; the second of them to be installed is refused",
			c, u.claim, p.x.show(u.member), b.First, b.Last)
		doubt(f, sure)
		p.relate(f, u.member, u.node, "%s", u.claim)
		p.move(f, c)
	}
}

// sharer returns another app that uses a block, and whether on another core.
func (p *severalPass) sharer(block int) (who *user, sure, cores bool) {
	kinds := []string{"rt block", "hl block"}
	for _, what := range kinds {
		if u, s, ok := p.other(what, block); ok {
			return &u, s, p.m.Manifest.RealTime || what == kinds[0]
		}
	}
	return nil, false, false
}

func checkOneSided(p *severalPass) {
	for _, o := range p.m.partners {
		list := p.x.byID[o.id]
		if len(list) == 0 || p.m.id == "" || p.x.allows[[2]string{o.id, p.m.id}] || p.Enough(o.node) {
			continue
		}
		i := p.x.near(p.m.Dir, list)[0]
		other := p.x.members[i]
		fails := "connecting fails with EACCES"
		if p.m.Manifest.RealTime && other.Manifest.RealTime {
			fails = "messages between the two are not let through"
		}
		f := p.At(o.node, "%s does not list this app in its AllowedApplicationConnections; %s", p.x.show(i), fails)
		_, published := samples[o.id]
		// Whoever copied the id may mean another app, which is not here. Between real-time apps an entry is mostly a leftover:
		// it is high-level apps that connect.
		doubt(f, !published && !(p.m.Manifest.RealTime && other.Manifest.RealTime))
		p.relate(f, i, other.top("ComponentId"), "this app is allowed, but does not allow back")
		if e, ok := allow(other, p.m.id); ok {
			jsonrule.Fix(f, "Add this app to "+p.x.show(i), e)
		}
	}
}

// allow adds a component id to an app's AllowedApplicationConnections.
func allow(m *member, id string) (rule.Edit, bool) {
	const key = "AllowedApplicationConnections"
	var e rule.Edit
	if m.edits == nil {
		m.edits = jsonrule.New(m.Manifest.File, jsonrule.Options{})
	}
	caps := m.top("Capabilities")
	if caps == nil || caps.Kind != jsonc.Object {
		return e, false
	}
	switch list := caps.Get(key); {
	case list == nil:
		e = m.edits.Add(caps, strconv.Quote(key)+": [ "+strconv.Quote(id)+" ]")
	case list.Kind == jsonc.Array:
		e = m.edits.Add(list, strconv.Quote(id))
	default:
		return e, false
	}
	e.File = m.ManifestPath
	return e, true
}

func checkServerPorts(p *severalPass) {
	p.m.eachPort(func(protocol string, port int, n *jsonc.Node) {
		u, sure, ok := p.other(protocol, port)
		if !ok || p.Enough(n) {
			return
		}
		f := p.At(n, "%s listens on %s port %d too; only one of them gets it", p.x.show(u.member), protocol, port)
		doubt(f, sure)
		p.relate(f, u.member, u.node, "%s port %d", protocol, port)
	})
}

func checkUnknownPartner(p *severalPass) {
	if len(p.x.members) < 2 {
		return
	}
	for _, o := range p.m.partners {
		if len(p.x.byID[o.id]) == 0 {
			p.At(o.node, "No app here has this ComponentId; connecting fails with EACCES while the partner is not installed")
		}
	}
}

func checkCores(p *severalPass) {
	t := p.x.totals[p.m.group]
	if at, found := slices.BinarySearch(t.rt, p.i); !found || at < cores {
		return
	}
	format := "%d real-time apps have to do with each other, and there are %d cores: no more of them can be installed at a time"
	if p.m.crowded {
		format = "%d real-time apps belong to this device, and there are %d cores for them"
	}
	f := p.At(p.m.top("ApplicationType"), format, len(t.rt), cores)
	doubt(f, p.m.crowded) // an app may allow several of which one at a time is there
	for _, i := range t.rt[:min(len(t.rt), maxRelated)] {
		if i != p.i {
			p.relate(f, i, p.x.members[i].top("ApplicationType"), "real-time app")
		}
	}
}

func checkHighLevel(p *severalPass) {
	t := p.x.totals[p.m.group]
	if t.hl || t.open || len(t.rt) < 2 || t.members[0] != p.i {
		return
	}
	f := p.At(p.m.top("ApplicationType"), "The %d apps that belong together here are all real-time apps; a device needs a high-level app", len(t.rt))
	for _, i := range t.rt[1:min(len(t.rt), maxRelated)] {
		p.relate(f, i, p.x.members[i].top("ApplicationType"), "real-time app")
	}
}

func checkSize(p *severalPass) {
	t, sure := p.x.around[p.i], true
	if t.bytes <= maxPackages {
		t, sure = p.x.totals[p.m.group], false
	}
	if t.bytes <= maxPackages || t.largest != p.i {
		return
	}
	n := p.m.top("Name")
	if n == nil {
		n = p.m.Manifest.File.Root
	}
	f := p.At(n, "The image packages of this device have at least %d bytes, of which this app has %d; %d fit", t.bytes, t.sizes[p.m.identity], maxPackages)
	doubt(f, sure)
	for _, i := range t.members {
		if size := t.sizes[p.x.members[i].identity]; i != p.i && size > 0 && len(f.Related) < maxRelated {
			p.relate(f, i, p.x.members[i].top("Name"), "%d bytes", size)
		}
	}
}

func checkSampleID(p *severalPass) {
	if name, ok := samples[p.m.id]; ok && !strings.EqualFold(name, p.m.Manifest.Name()) {
		n := p.m.top("ComponentId")
		f := p.At(n, "This is the ComponentId of the vendor's sample %s, which many copies have", name)
		jsonrule.Fix(f, "Write a new ComponentId", jsonrule.Replace(n, strconv.Quote(manifest.NewGUID())))
	}
}

// launchPass is one run of the rules over an app's launch.json.
type launchPass struct {
	*jsonrule.Pass
	p *severalPass
}

func checkLaunch(l *launchPass) {
	m := l.p.m
	for _, c := range m.configs {
		if !c.known || l.Enough(c.node) {
			continue
		}
		listed, surplus := map[string]bool{}, map[string]bool{}
		var keep, extra []string // entries as they are written
		unknown := false
		for _, q := range c.partners {
			id := q.id
			if q.folder != "" {
				i, ok := l.p.x.byDir[q.folder]
				if !ok {
					unknown = true
					continue
				}
				id = l.p.x.members[i].id
			}
			listed[id] = true
			if m.allowed[id] || id == m.id {
				keep = append(keep, l.File.Src[q.node.Start:q.node.End])
			} else if !surplus[id] {
				surplus[id] = true
				extra = append(extra, q.node.Text())
			}
		}
		var missing []string
		for _, o := range m.partners {
			if !listed[o.id] {
				listed[o.id] = true
				missing = append(missing, o.node.Text())
				keep = append(keep, strconv.Quote(o.node.Text()))
			}
		}
		if unknown || len(missing)+len(extra) == 0 {
			continue
		}
		l.report(c, keep, missing, extra)
	}
}

func (l *launchPass) report(c launchConfig, keep, missing, extra []string) {
	m := l.p.m
	at := c.list
	if at == nil {
		at = c.node.Get("type")
	}
	var f *rule.Finding
	if len(missing) > 0 {
		what := "deleted from"
		if t, _ := c.node.Get("type").Str(); t == "armillary" {
			what = "stopped on"
		}
		who := "that app is"
		if len(missing) > 1 {
			who = "those apps are"
		}
		f = l.At(at, "%s lacks %s, which the manifest allows connections with; starting from here, %s %s the device", c.attr, jsonrule.QuoteAll(missing), who, what)
	} else {
		f = l.At(at, "%s lists %s, which the manifest does not allow connections with", c.attr, jsonrule.QuoteAll(extra))
		f.Severity = rule.Info
	}
	if list := m.top("Capabilities").Get("AllowedApplicationConnections"); list != nil {
		l.p.relate(f, l.p.i, list, "the manifest's partners")
	}
	text := "[ " + strings.Join(keep, ", ") + " ]"
	if len(keep) == 0 {
		text = "[]"
	}
	if c.list != nil {
		jsonrule.Fix(f, "Write the manifest's partners", jsonrule.Replace(c.list, text))
	} else {
		jsonrule.Fix(f, "Add the manifest's partners", l.Add(c.node, strconv.Quote(c.attr)+": "+text))
	}
}

// samples are the ids and names of the vendor's published samples (Azure/azure-sphere-samples).
var samples = map[string]string{
	"005180bc-402f-4cb3-a662-72937dbcde47": "IntercoreComms_RTApp_MT3620_BareMetal",
	"011b3254-6b4e-4af1-bc81-22e7f677f4bf": "HTTPS_Curl_Easy",
	"0af255ff-8640-41fd-aea7-f85d34c491d5": "LoggingToAzure",
	"1139a8b2-c835-2e27-27dd-e894b6d15fa9": "Cert_HighLevelApp",
	"12932655-bab6-4dc9-8250-d3d1481a469e": "ExternalMcuUpdateNrf52",
	"1689d8b2-c835-2e27-27ad-e894d6d15fa9": "HelloWorld_HighLevelApp",
	"23ff44fa-2ce2-4663-9bae-969078f746ed": "WolfSSLDemo_HighLevelApp",
	"25025d2c-66da-4448-bae1-ac26fcdd3627": "IntercoreComms_HighLevelApp",
	"274f308f-ef6d-4686-ba77-a56c3a9d93f3": "ADC_HighLevelApp",
	"283b16c8-d6a2-4d56-8abb-f390b0d3dda9": "PrivateNetworkServices",
	"2a1982f4-e540-429d-a19c-916299ddd88e": "Powerdown_HighLevelApp",
	"4f2d9823-dbbd-4740-a7dd-198c32ba34fe": "UART_HighLevelApp",
	"541fc56d-1da1-452b-b0d3-dcac70700f59": "DeferredUpdate",
	"55286fbe-3ec7-4a16-f997-6e0670fc97e2": "LowPowerMcuToCloud",
	"58981b9a-38be-4de2-9fba-7b00fe15a2c3": "iperf3",
	"685f13af-25a5-40b2-8dd8-8cbc253ecbd8": "I2C_LSM6DS3_HighLevelApp",
	"7e0f4a84-4b47-493f-b0b1-3b797fb998bb": "SPI_LSM6DS3_HighLevelApp",
	"819255ff-8640-41fd-aea7-f85d34c491d5": "AzureIoT",
	"99f54421-c65f-4d5f-a93a-7f4ab3701055": "WifiSetupAndDeviceControlViaBle",
	"9ccf1aac-b73b-4aa5-a5db-628a5fdf99b9": "MemoryUsageStage2",
	"a60a27ff-8936-4a49-b73f-70861db03d43": "ErrorReportingStage1",
	"a7d43534-9f43-4e89-8e5f-44c985abe034": "ErrorReportingStage2",
	"ace2be54-d439-4d24-a78c-11c728f1c4f2": "HTTPS_Curl_Multi",
	"ae4714aa-03aa-492b-9663-962f966a9cc3": "MutableStorage",
	"cd359cc1-4aac-414e-8d26-8acb71ddba6d": "DHCP_HighLevelApp",
	"cdbd26c6-411f-4aaf-acdf-e50bf9315e21": "PWM_HighLevelApp",
	"d062b1e4-74c1-4732-969b-94ae82ee6006": "SystemTime",
	"d2058930-996f-408f-bb75-4be9e0703e91": "Wifi_HighLevelApp",
	"d3b80666-feaf-433a-b294-6a5846853b4a": "HelloWorld_RTApp_MT3620_BareMetal",
	"d8339aec-466c-4fa2-9b60-0ad3f6eeecb4": "DNSServiceDiscovery",
	"dc7f135c-6074-4d49-aa3a-160e4eed884f": "GPIO_HighLevelApp",
	"fc73de2b-4560-4ccd-933c-e00e39920ce3": "CustomNTP_HighLevelApp",
	"ffad2b4c-d53d-4c35-a5db-f9785eaf99a2": "MemoryUsageStage1",
}
