package analysis

import (
	"cmp"
	"context"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// Use states of a privilege.
const (
	Used      = "used"          // a call needs it
	NotSeen   = "not seen"      // no call does, and everything that could be looked at was
	Unclear   = "unclear"       // none for certain; Why says what stands against calling it unused
	NotLooked = "not looked at" // the app is a real-time app, whose sources are not looked at
)

// PrivilegeReport is what apps ask for and what they use of it: the least-privilege report. Its JSON form is documented in
// docs/lsp.md and keeps its names and meaning while Version stays. Everything in it is sorted, and no path in it is absolute.
type PrivilegeReport struct {
	Version int             `json:"version"` // 1
	Apps    []AppPrivileges `json:"apps"`    // by manifest
}

// AppPrivileges is the report about one app. Paths are relative to the app's folder but for Manifest.
type AppPrivileges struct {
	Manifest    string      `json:"manifest"` // as the reader of the report knows it
	Name        string      `json:"name"`
	ComponentID string      `json:"componentId"`
	Kind        string      `json:"kind"`       // "high-level" or "real-time"
	Asked       []Privilege `json:"asked"`      // by capability and entry
	Missing     []Lack      `json:"missing"`    // what calls need that is not asked for
	NotFollowed []Use       `json:"unfollowed"` // calls that open a pin or controller which is not known
	NotRead     []string    `json:"notRead"`    // parts of the app without readable C sources: libraries, files in other languages
	Files       int         `json:"files"`      // C sources and headers that were read
	Program     bool        `json:"program"`    // that a built program was read beside them
	ID          string      `json:"-"`          // the manifest's name in the view
}

// Privilege is one thing that an app asks for: a capability, or an entry of its list.
type Privilege struct {
	Capability string    `json:"capability"`
	Entry      string    `json:"entry,omitempty"` // as written: $LED, 8, ForceReboot
	Value      string    `json:"value,omitempty"` // what it stands for: GPIO 8
	State      string    `json:"state"`           // used, not seen, unclear, not looked at
	Why        []Reason  `json:"why,omitempty"`   // of an unclear one
	Uses       []Use     `json:"uses"`            // by file and line; of an unclear one those that may be uses
	Asked      rule.Span `json:"-"`               // where in the manifest
}

// Kinds of reasons for an unclear state.
const (
	WhyNotRead  = "notRead"   // parts of the app were not read
	WhyArgument = "argument"  // a call opens a pin or controller that could not be followed
	WhyName     = "name"      // the entry's $ name leads to no value
	WhyEntry    = "entry"     // calls need the list, but which of its entries is decided at run time
	WhyDead     = "unreached" // only functions use it that nothing calls
	WhyMention  = "mention"   // something that may need it is named without being called
)

// Reason is why a state is unclear.
type Reason struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

// Lack is what calls need and the manifest does not ask for: a capability, or an entry of its list.
type Lack struct {
	Capability string `json:"capability"`
	Entry      string `json:"entry,omitempty"` // as it would be written, if the calls say so: $LED, 8, ForceReboot
	Value      string `json:"value,omitempty"` // what it stands for
	Uses       []Use  `json:"uses"`
}

// Use is a call that needs a privilege.
type Use struct {
	Function string    `json:"function"`     // what is called
	In       string    `json:"in,omitempty"` // the function or macro around the call
	File     string    `json:"file"`
	Line     int       `json:"line"`                // from 1
	Dead     bool      `json:"unreached,omitempty"` // nothing that was read calls the function around the call
	Span     rule.Span `json:"-"`                   // of the call
}

// PrivilegesAll reports on every app at or below paths, and on the apps that sources and CMake files among them belong to.
// Left out are those that skip says so of; it may be nil. Manifest is written by opt.Show. What could not be read is in
// failed, as in project.Check.
func (c *Checker) PrivilegesAll(ctx context.Context, view fs.FS, paths []string, opt project.Options, skip func(manifest string) bool) (r PrivilegeReport, failed []project.FileReport) {
	opt.Cache = c.cache
	checked := project.Check(view, paths, opt)
	apps := checked.Apps()
	checked.Owned(view, func(dir string) {
		if a, err := project.OpenApp(view, dir, opt); err == nil {
			apps = append(apps, a)
		}
	})
	w := c.Workspace(view, paths, Settings{Strict: opt.Strict, Hwdef: opt.HwDef, SearchDirs: opt.SearchDirs, Program: opt.Program})
	r = PrivilegeReport{Version: 1, Apps: []AppPrivileges{}}
	for _, a := range apps {
		if ctx.Err() != nil {
			break
		}
		if skip == nil || !skip(a.ManifestPath) {
			r.Apps = append(r.Apps, w.privileges(a, opt.Show))
		}
	}
	slices.SortFunc(r.Apps, func(a, b AppPrivileges) int {
		return cmp.Or(strings.Compare(a.Manifest, b.Manifest), strings.Compare(a.ID, b.ID))
	})
	return r, checked.Failed()
}

// Privileges reports on the app that a file belongs to; ok is false if there is none. show writes the path of the manifest.
func (w *Workspace) Privileges(name string, show func(name string) string) (r PrivilegeReport, ok bool) {
	a := w.owner(name)
	if a == nil {
		return r, false
	}
	return PrivilegeReport{Version: 1, Apps: []AppPrivileges{w.privileges(a, show)}}, true
}

func (w *Workspace) privileges(a *project.App, show func(string) string) AppPrivileges {
	p := Privileges(w.Sources(a))
	p.Manifest = a.ManifestPath
	if show != nil {
		p.Manifest = strings.ReplaceAll(show(a.ManifestPath), `\`, "/")
	}
	return p
}

// Privileges reports what an app asks for and which calls need it. Unlike AZS301 it makes no difference whether that is certain.
func Privileges(s Sources) AppPrivileges {
	p := AppPrivileges{ID: s.ManifestPath, Manifest: s.ManifestPath, Name: s.Manifest.Name(), ComponentID: s.Manifest.ComponentID(),
		Kind: "high-level", Asked: []Privilege{}, Missing: []Lack{}, NotFollowed: []Use{}, NotRead: []string{}}
	a := newAudit(s)
	if a == nil {
		p.Kind = "real-time"
		a = newRequests(s)
	}
	r := reporter{audit: a, dir: path.Dir(s.ManifestPath), lines: map[*csource.File]*jsonc.Lines{}, opened: map[*use][]*csource.Constant{}}
	if p.Kind == "high-level" {
		p.Files, p.Program = len(s.Files), s.Binary != nil
		for _, name := range s.Unseen {
			p.NotRead = append(p.NotRead, r.part(name))
		}
		slices.Sort(p.NotRead)
		p.NotRead = slices.Compact(p.NotRead)
		for i := range a.uses {
			r.opened[&a.uses[i]] = constants(&a.uses[i])
		}
		for _, b := range a.binaryArguments() {
			r.opened[b.use] = append(r.opened[b.use], b.value)
		}
		p.Missing, p.NotFollowed = r.missing(), r.notFollowed()
	}
	requests := map[*jsonc.Node]*manifest.Request{}
	for i := range s.Manifest.Requests() {
		r := &s.Manifest.Requests()[i]
		requests[r.Node] = r
	}
	for i := range s.Manifest.Caps {
		e := &s.Manifest.Caps[i]
		if e.Cap == nil || !e.Exact || !s.Manifest.Grants(manifest.Grant{Capability: e.Name}) || s.Manifest.Entry(e.Name) != e.Node {
			continue
		}
		if !e.Cap.IsList() {
			p.Asked = append(p.Asked, r.privilege(e, e.Node, nil))
			continue
		}
		for _, n := range e.Node.Children {
			p.Asked = append(p.Asked, r.privilege(e, n, requests[n]))
		}
	}
	slices.SortStableFunc(p.Asked, func(a, b Privilege) int { return compareEntries(a.Capability, a.Entry, b.Capability, b.Entry) })
	return p
}

// compareEntries orders what is asked for: by capability, numbers by their size and before names.
func compareEntries(capA, entryA, capB, entryB string) int {
	if c := strings.Compare(capA, capB); c != 0 {
		return c
	}
	a, errA := strconv.Atoi(entryA)
	b, errB := strconv.Atoi(entryB)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(a, b)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(entryA, entryB)
}

// reporter makes the report about one app.
type reporter struct {
	*audit
	dir    string // the app's folder
	lines  map[*csource.File]*jsonc.Lines
	opened map[*use][]*csource.Constant // what a call opens, as far as sources and program say
}

// constants are what an argument can be.
func constants(u *use) []*csource.Constant {
	var all []*csource.Constant
	for i := range u.arg.Constants {
		all = append(all, &u.arg.Constants[i])
	}
	return all
}

// privilege looks for the uses of a capability or an entry of its list; q is the peripheral that is asked for, or nil.
func (r *reporter) privilege(e *manifest.Entry, n *jsonc.Node, q *manifest.Request) Privilege {
	at := n.Whole()
	p := Privilege{Capability: e.Name, State: NotLooked, Uses: []Use{}, Asked: rule.Span{Start: at.Start, End: at.End}}
	entry := ""
	if e.Cap.IsList() {
		p.Entry = n.Text()
		if e.Cap.Shape == manifest.Powers {
			entry = p.Entry
		}
	}
	var want hwdef.Value
	if q != nil {
		if v, ok := r.requested(q); ok {
			want = v
			p.Value = hwdef.Claim{Field: e.Name, Value: v}.String()
		}
	}
	if r.Manifest.RealTime {
		return p
	}
	why := func(kind, text string) { p.Why = append(p.Why, Reason{kind, text}) }
	open := 0 // calls that may open it
	for i := range r.uses {
		u := &r.uses[i]
		if !u.fn.Mentions(e.Name, entry) {
			continue
		}
		if q != nil && u.fn.Peripheral == e.Name {
			opens, maybe := r.opens(u, want, q.Symbol)
			if maybe {
				open++
			}
			if !opens {
				continue
			}
		}
		p.Uses = append(p.Uses, r.use(u))
	}
	p.Uses = sortUses(p.Uses)
	certain := live(p.Uses)
	switch e.Cap.Shape {
	case manifest.Hosts, manifest.Ports, manifest.Apps:
		certain = false
		if len(p.Uses) > 0 {
			why(WhyEntry, "calls need the list; which of its entries is decided at run time")
		} else if e.Cap.Shape == manifest.Hosts {
			why(WhyEntry, "libraries connect too; which hosts is decided at run time")
		}
	}
	if certain {
		p.State, p.Why = Used, nil
		return p
	}
	if len(p.Uses) > 0 && !live(p.Uses) {
		why(WhyDead, "nothing here calls the functions that use it")
	}
	if q != nil && p.Value == "" {
		why(WhyName, "it leads to no value")
	}
	if open > 0 {
		why(WhyArgument, plainCount(open, "call")+" could not be followed to a pin or controller")
	} else if q != nil {
		if _, clear := r.audit.opened(e.Name); !clear {
			why(WhyMention, "a function that opens it is named, though not in a call that could be followed")
		}
	}
	if trace := r.trace(e.Name, entry); q == nil && len(p.Uses) == 0 && trace != "" && e.Cap.Shape != manifest.Hosts {
		why(WhyMention, trace)
	}
	if len(r.Unseen) > 0 {
		why(WhyNotRead, "parts of the app were not read")
	}
	if p.State = NotSeen; len(p.Why) > 0 {
		p.State = Unclear
	}
	return p
}

// live reports whether something calls the function around one of the uses.
func live(uses []Use) bool { return slices.ContainsFunc(uses, func(u Use) bool { return !u.Dead }) }

// Live reports whether a call that lacks it can be reached.
func (l *Lack) Live() bool { return live(l.Uses) }

func plainCount(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return strconv.Itoa(n) + " " + what + "s"
}

// opens reports whether a call opens a value or name; maybe that it could also be something that was not followed.
func (r *reporter) opens(u *use, want hwdef.Value, symbol string) (opens, maybe bool) {
	maybe = u.arg.Unknown
	for _, c := range r.opened[u] {
		v, ok := r.value(u.fn.Peripheral, c)
		if ok && v == want || symbol != "" && len(c.Names) > 0 && c.Names[0] == symbol {
			opens = true
		}
		maybe = maybe || !ok
	}
	return opens, maybe
}

// notFollowed are the calls that open something which neither the sources nor the program say.
func (r *reporter) notFollowed() []Use {
	uses := []Use{}
	for i := range r.uses {
		u := &r.uses[i]
		if u.fn.Peripheral == "" {
			continue
		}
		if _, maybe := r.opens(u, hwdef.Value{}, ""); maybe {
			uses = append(uses, r.use(u))
		}
	}
	return sortUses(uses)
}

// missing collects what calls need and the manifest does not ask for: what AZS300 and AZS302 report.
func (r *reporter) missing() []Lack {
	all := []Lack{}
	add := func(capability, entry, value string, u *use) {
		i := slices.IndexFunc(all, func(l Lack) bool { return l.Capability == capability && l.Entry == entry && l.Value == value })
		if i < 0 {
			i = len(all)
			all = append(all, Lack{Capability: capability, Entry: entry, Value: value})
		}
		all[i].Uses = append(all[i].Uses, r.use(u))
	}
	for i := range r.uses {
		u := &r.uses[i]
		if u.fn.Depends {
			continue
		}
		for _, n := range u.needs() {
			g := n[len(n)-1] // of two, the one that grants less
			if slices.ContainsFunc(n, r.Manifest.Grants) || g.Capability == u.fn.Peripheral && len(r.opened[u]) > 0 {
				continue
			}
			add(g.Capability, g.Entry, "", u)
		}
		for _, c := range r.opened[u] {
			field := u.fn.Peripheral
			v, ok := r.unlisted(field, c)
			switch {
			case u.fn.Mentions(partners, "") && r.stranger(c):
				add(partners, c.Text, "", u)
			case field == "":
			case ok:
				entry, err := strconv.Unquote(r.entry(field, c))
				if err != nil {
					entry = r.entry(field, c) // a number
				}
				add(field, entry, hwdef.Claim{Field: field, Value: v}.String(), u)
			case !r.Manifest.Grants(manifest.Grant{Capability: field}):
				add(field, "", "", u)
			}
		}
	}
	for i := range all {
		all[i].Uses = sortUses(all[i].Uses)
	}
	slices.SortStableFunc(all, func(a, b Lack) int { return compareEntries(a.Capability, a.Entry, b.Capability, b.Entry) })
	return all
}

// use says where a call is.
func (r *reporter) use(u *use) Use {
	f := u.call.File
	if r.lines[f] == nil {
		r.lines[f] = jsonc.NewLines(f.Src)
	}
	line, _ := r.lines[f].UTF8(u.call.Span.Start)
	out := Use{Function: u.call.Name, Dead: r.dead(u) != nil, File: relativeTo(r.dir, f.Path), Line: line + 1, Span: rule.Span(u.call.Span)}
	switch {
	case u.call.Func != nil:
		out.In = u.call.Func.Name
	case u.call.Macro != nil:
		out.In = u.call.Macro.Name
	}
	return out
}

// sortUses sorts uses by place; each is there once.
func sortUses(uses []Use) []Use {
	slices.SortFunc(uses, func(a, b Use) int {
		return cmp.Or(strings.Compare(a.File, b.File), a.Line-b.Line, a.Span.Start-b.Span.Start, strings.Compare(a.Function, b.Function))
	})
	return slices.Compact(uses)
}

// part names a part of the app that was not read: a source by its place, a library as CMake has it, less the folders that
// differ from machine to machine.
func (r *reporter) part(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	top, _, _ := strings.Cut(r.dir, "/")
	switch {
	case cmake.IsSource(name) && !path.IsAbs(name), strings.HasPrefix(name, top+"/"):
		return relativeTo(r.dir, name)
	case path.IsAbs(name) || strings.Contains(name, ":/"):
		return path.Base(name)
	}
	return name
}

// relativeTo writes a file's name relative to a folder.
func relativeTo(dir, name string) string {
	var from []string
	if dir != "." {
		from = strings.Split(dir, "/")
	}
	to := strings.Split(name, "/")
	n := 0
	for n < len(from) && n < len(to)-1 && from[n] == to[n] {
		n++
	}
	return strings.Repeat("../", len(from)-n) + strings.Join(to[n:], "/")
}

// String writes a privilege on one line: Gpio $LED (GPIO 8).
func (p *Privilege) String() string {
	s := p.Capability
	if p.Entry != "" {
		s += " " + p.Entry
	}
	if p.Value != "" && p.Value != p.Entry {
		s += " (" + p.Value + ")"
	}
	return s + ": " + p.State + " (" + strconv.Itoa(len(p.Uses)) + ")"
}
