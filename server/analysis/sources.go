package analysis

import (
	"cmp"
	"fmt"
	"path"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
	"sync"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/manifest"
	"armillary.dev/device/rule"
	"armillary.dev/server/csource"
)

// Sources are an app's C files beside its manifest.
type Sources struct {
	Manifest     *manifest.Manifest
	ManifestPath string
	Definitions  *hwdef.Set      // resolves names; nil if there is none
	Files        []*csource.File // the app's own C files and headers
	// Unseen names what the app is made of beside Files: libraries without their sources, files in other languages. With any,
	// nothing is called unused.
	Unseen []string
	Binary *Binary // what was built from the files; nil if nothing was
	// Macros are what CMake defines for the files, NAME or NAME=VALUE; nil if that is not known.
	Macros []string
	Strict bool
}

// CheckSources holds an app's sources against its manifest. The findings are sorted by place in each file; a rule has no more
// than jsonrule.MaxFindings in one. Nothing is said about real-time apps.
func CheckSources(s Sources) map[string][]rule.Finding {
	a := newAudit(s)
	if a == nil || s.Manifest.CutOff() { // what the manifest asks for may be in the rest
		return nil
	}
	// What is opened twice is reported where it is opened for certain.
	for _, likely := range [...]bool{true, false} {
		for i := range a.uses {
			if u := &a.uses[i]; (a.unlikely(u.call) == "") == likely {
				a.checkUse(u)
			}
		}
	}
	a.checkProvisioning()
	a.checkBinary()
	a.checkUnused()
	for file := range a.out {
		slices.SortStableFunc(a.out[file], func(x, y rule.Finding) int {
			return cmp.Or(x.Span.Start-y.Span.Start, strings.Compare(x.Rule.Code, y.Rule.Code))
		})
	}
	return a.out
}

// audit is one comparison of sources with a manifest.
type audit struct {
	Sources
	program *csource.Program
	editor  *manifest.Editor
	symbols bool // the manifest has a $ name, or no peripheral yet
	uses    []use
	live    map[*csource.Function]bool                        // see reached
	listed  map[string]*list                                  // by field
	off     map[*csource.File][]csource.Guard                 // by switchedOff
	defined map[string]bool                                   // macros that CMake or the app's files define; made when it is first asked for
	said    map[chosen]bool                                   // what was reported, each once
	openers map[*csource.Function]map[*manifest.Function]bool // by the function around the call; see ways
	out     map[string][]rule.Finding
	count   map[string]int // findings by file and code
}

// use is a call of a function that needs a capability.
type use struct {
	fn   *manifest.Function
	call *csource.Call
	arg  csource.Values // what Arg can be, where it matters
}

// chosen is a constant that says which entry of a field a call needs. It may come to several calls, as through a wrapper.
type chosen struct {
	field, file string
	span        csource.Span
}

// list is what a peripheral field of the manifest has.
type list struct {
	values  map[hwdef.Value]bool
	names   map[string]bool // $ names
	unclear bool            // some of them lead to no value
}

// newAudit returns nil if there is nothing to compare.
func newAudit(s Sources) *audit {
	if s.Manifest == nil || s.Manifest.RealTime {
		return nil
	}
	a := newRequests(s)
	a.program = csource.NewProgram(s.Files, func(name string) bool {
		return s.Definitions != nil && s.Definitions.Has(name) || chip().Has(name) || enumerators()[name]
	})
	a.live = reached(s.Files)
	own := map[string]bool{}
	add := func(c *csource.Call) {
		fn := manifest.LookupFunction(c.Name)
		if fn == nil {
			return
		}
		defined, seen := own[c.Name]
		if !seen {
			defined = slices.ContainsFunc(s.Files, func(f *csource.File) bool { return f.Defined(c.Name) })
			own[c.Name] = defined
		}
		if defined || c.Macro != nil && !a.expanded(c.Macro.Name) {
			return
		}
		u := use{fn: fn, call: c}
		if field(fn) != "" || len(fn.Only) > 0 {
			u.arg = a.program.Resolve(c, fn.Arg)
		}
		a.uses = append(a.uses, u)
	}
	for _, f := range s.Files {
		for _, c := range f.Calls {
			add(c)
			for _, c := range a.program.Through(c) {
				add(c)
			}
		}
	}
	return a
}

// partners is the field that lists the apps to which an app may connect.
const partners = "AllowedApplicationConnections"

// field returns the field of the manifest that must list what Arg of a function names; "" if there is none.
func field(fn *manifest.Function) string {
	if fn.Peripheral == "" && fn.Mentions(partners, "") {
		return partners
	}
	return fn.Peripheral
}

// newRequests reads what the manifest asks for, and nothing of the sources.
func newRequests(s Sources) *audit {
	a := &audit{Sources: s, editor: s.Manifest.Editor(), listed: map[string]*list{}, said: map[chosen]bool{}, off: map[*csource.File][]csource.Guard{}, out: map[string][]rule.Finding{}, count: map[string]int{}}
	a.symbols = len(s.Manifest.Requests()) == 0 || s.Manifest.UsesSymbols()
	for _, r := range s.Manifest.Requests() {
		l := a.list(r.Cap.Name)
		if r.Symbol != "" {
			l.names[r.Symbol] = true
		}
		if v, ok := a.requested(&r); ok {
			l.values[v] = true
		} else {
			l.unclear = true
		}
	}
	return a
}

// expanded reports whether a macro's name stands anywhere but where it is defined.
func (a *audit) expanded(macro string) bool {
	places := 0
	for _, f := range a.Files {
		places += len(f.Occurrences(macro))
		for _, d := range f.Defines {
			if d.Name == macro {
				places--
			}
		}
	}
	return places > 0
}

func (a *audit) list(field string) *list {
	l := a.listed[field]
	if l == nil {
		l = &list{values: map[hwdef.Value]bool{}, names: map[string]bool{}}
		a.listed[field] = l
	}
	return l
}

// requested returns what an entry of the manifest stands for.
func (a *audit) requested(r *manifest.Request) (hwdef.Value, bool) {
	if r.Symbol == "" {
		return r.Value, r.Value.Text != ""
	}
	return a.named(r.Cap.Name, r.Symbol)
}

// chip resolves the names of the MT3620 itself.
var chip = sync.OnceValue(func() *hwdef.Set {
	s, _ := hwdef.Load(hwdef.ChipFile, func(string) (*hwdef.Definition, error) { return hwdef.Chip(), nil }, nil)
	return s
})

// enumerators are the constants of applibs on which it depends what a call needs.
var enumerators = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for _, fn := range manifest.Functions() {
		for _, name := range fn.Only {
			m[name] = true
		}
	}
	return m
})

// oldNames are those of the controllers in headers before hardware definitions: MT3620_UART_ISU0.
var oldNames = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^MT3620_(UART|I2C|SPI)_(ISU[0-4])$`) })

// named returns what a name of the C code or of the manifest means as a peripheral.
func (a *audit) named(field, name string) (hwdef.Value, bool) {
	for _, s := range []*hwdef.Set{a.Definitions, chip()} {
		if s == nil || !s.Has(name) {
			continue
		}
		if r := s.Resolve(name); r.Status == hwdef.Resolved && r.Type == field {
			return r.Value, true
		}
	}
	if m := oldNames().FindStringSubmatch(name); m != nil && m[1] == map[string]string{hwdef.Uart: "UART", hwdef.I2cMaster: "I2C", hwdef.SpiMaster: "SPI"}[field] {
		return hwdef.Value{Text: m[2]}, true
	}
	return hwdef.Value{}, false
}

// numbers are the chip's peripherals by their number in the C headers: 4 is ISU0 as a UART (facts/manifest.md 2.3).
var numbers = sync.OnceValue(func() map[string]hwdef.Value {
	m := map[string]hwdef.Value{}
	for _, p := range hwdef.Chip().Peripherals {
		m[p.Type+p.HeaderValue] = p.Value
	}
	return m
})

func numberKey(field string, n int64) string { return field + "(" + strconv.FormatInt(n, 10) + ")" }

// value returns the peripheral that a constant names, or that its number is.
func (a *audit) value(field string, c *csource.Constant) (hwdef.Value, bool) {
	for _, name := range c.Names {
		if v, ok := a.named(field, name); ok {
			return v, true
		}
		if a.Definitions != nil && a.Definitions.Has(name) {
			break // it is something else
		}
	}
	n, known := a.number(field, c)
	if !known {
		return hwdef.Value{}, false
	}
	v, ok := numbers()[numberKey(field, n)]
	return v, ok
}

// number returns the number that a call gets for a constant which names no peripheral of the field.
func (a *audit) number(field string, c *csource.Constant) (n int64, known bool) {
	if n, typ := a.other(field, c); typ != "" {
		return n, true
	}
	if a.Definitions != nil && slices.ContainsFunc(c.Names, a.Definitions.Has) {
		return 0, false // it leads nowhere: other rules say so
	}
	return c.Value, c.Known
}

// other returns the type and number of a peripheral that a constant names, if it is one of another type than the field; else
// typ is "".
func (a *audit) other(field string, c *csource.Constant) (n int64, typ string) {
	for _, name := range c.Names {
		for _, s := range []*hwdef.Set{a.Definitions, chip()} {
			if s == nil || !s.Has(name) {
				continue
			}
			r := s.Resolve(name)
			leaf := r.Chain[len(r.Chain)-1]
			n, err := strconv.ParseInt(strings.Trim(leaf.HeaderValue, "()"), 10, 64)
			// A header of another state than the definition, and a type that changes on the way, are for other rules.
			if r.Status != hwdef.Resolved || r.Type == field || leaf.Type != r.Type || err != nil || c.Known && c.Value != n {
				return 0, ""
			}
			return n, r.Type
		}
	}
	return 0, ""
}

// errno writes what a call fails with.
func errno(fn *manifest.Function) string {
	if fn.Mild != "" {
		return fn.Mild
	}
	if fn.Errno == "" {
		return "fails"
	}
	e, _ := deverr.ParseErrno(fn.Errno)
	return fmt.Sprintf("fails with %s (%d)", fn.Errno, e.Number)
}

// needs returns what a call needs, which for some functions depends on an argument.
func (u *use) needs() []manifest.Need {
	if len(u.fn.Only) == 0 {
		return u.fn.Needs
	}
	meant := slices.ContainsFunc(u.arg.Constants, func(c csource.Constant) bool {
		return c.Known && c.Value == u.fn.Value || slices.ContainsFunc(c.Names, func(n string) bool { return slices.Contains(u.fn.Only, n) })
	})
	switch {
	case u.fn.Also == nil && !meant:
		return nil
	case u.fn.Also != nil && meant:
		return append(slices.Clip(u.fn.Needs), u.fn.Also)
	}
	return u.fn.Needs
}

// checkUse holds a call against the manifest.
func (a *audit) checkUse(u *use) {
	if u.fn.Depends {
		return
	}
	dead := a.unlikely(u.call)
	for _, n := range u.needs() {
		if slices.ContainsFunc(n, func(g manifest.Grant) bool { return a.Manifest.Grants(g) || a.Manifest.Misplaced(g.Capability) }) {
			continue
		}
		a.unless(dead, a.missing(u.call.File.Path, u.call.NameSpan, u.fn, n, u.arg.Constants))
	}
	if list := field(u.fn); list == "" || !a.Manifest.Grants(manifest.Grant{Capability: list}) {
		return
	}
	for i := range u.arg.Constants {
		c := &u.arg.Constants[i]
		if f := a.element(u, c); f != nil && dead == "" && u.passes(c) {
			a.unless(a.unlikely(written(c)), f)
		} else {
			a.unless(dead, f)
		}
	}
}

// provisioners are functions that ask the device provisioning service, which is at provisioningHost.
var provisioners = []string{"IoTHubDeviceClient_LL_CreateWithAzureSphereDeviceAuthProvisioning", "Prov_Device_LL_Create", "Prov_Device_Create"}

const provisioningHost = "global.azure-devices-provisioning.net"

// checkProvisioning reports the first call of a provisioner if the manifest does not allow the host.
func (a *audit) checkProvisioning() {
	if ok, _ := a.Manifest.Allows("AllowedConnections", provisioningHost); ok || a.Manifest.Misplaced("AllowedConnections") {
		return
	}
	for _, f := range a.Files {
		for _, name := range provisioners {
			for _, c := range f.CallsOf(name) {
				if a.unlikely(c) != "" {
					continue
				}
				x := a.add(codeProvisioning, f.Path, rule.Span(c.NameSpan), "/Capabilities/AllowedConnections",
					fmt.Sprintf("%s connects to %s, which AllowedConnections in %s does not list", name, provisioningHost, path.Base(a.ManifestPath)))
				if x != nil {
					x.Related = []rule.Related{{File: a.ManifestPath, Span: a.Manifest.Place(), Message: "the app's capabilities"}}
					a.grant(x, "AllowedConnections", strconv.Quote(provisioningHost))
				}
				return
			}
		}
	}
}

// unlikely says why a call is probably never made; "" if nothing speaks against it.
func (a *audit) unlikely(c *csource.Call) string {
	if fn := a.dead(&use{call: c}); fn != nil {
		return "nothing here calls " + fn.Name
	}
	if macro := a.undefined(c); macro != "" {
		return "it is compiled only with " + macro + ", which nothing here defines"
	}
	return ""
}

// undefined returns the macro whose definition decides whether a call is compiled, if neither the app's files, its hardware
// definition's header nor CMake define it; else "".
func (a *audit) undefined(c *csource.Call) string {
	if a.Macros == nil {
		return ""
	}
	off, known := a.off[c.File]
	if !known {
		off = a.switchedOff(c.File)
		a.off[c.File] = off
	}
	at := sort.Search(len(off), func(i int) bool { return off[i].Span.Start > c.NameSpan.Start }) - 1
	if at < 0 || !within(c.NameSpan, off[at].Span) {
		return ""
	}
	return off[at].Macro
}

// switchedOff returns the outermost branches of a file that wait for a macro which nothing defines, in order.
func (a *audit) switchedOff(f *csource.File) (off []csource.Guard) {
	if a.defined == nil {
		a.defined = map[string]bool{}
		for _, m := range a.Macros {
			name, _, _ := strings.Cut(m, "=")
			a.defined[name] = true
		}
		for _, f := range a.Files {
			for _, d := range f.Defines {
				a.defined[d.Name] = true
			}
		}
	}
	guards := slices.Clone(f.Guards)
	slices.SortFunc(guards, func(x, y csource.Guard) int { return x.Span.Start - y.Span.Start })
	for _, g := range guards {
		if a.defined[g.Macro] || strings.HasPrefix(g.Macro, "_") || a.Definitions != nil && a.Definitions.Has(g.Macro) {
			continue
		}
		if n := len(off); n == 0 || g.Span.Start >= off[n-1].Span.End {
			off = append(off, g)
		}
	}
	return off
}

// unless lowers a finding about a call that is probably never made: the app does not miss what it never asks for.
func (a *audit) unless(why string, f *rule.Finding) {
	if why == "" || f == nil {
		return
	}
	f.Severity = rule.Hint
	f.Message += "; " + why
}

func within(inner, outer csource.Span) bool {
	return inner.Start >= outer.Start && inner.End <= outer.End
}

// manifestFor names the manifest in a message about a file. A file outside of the app's folder may belong to several apps, so
// the folder says which is meant.
func (a *audit) manifestFor(file string) string {
	dir, base := path.Split(a.ManifestPath)
	if strings.HasPrefix(file, dir) {
		return base
	}
	return path.Join(path.Base(dir), base)
}

// missing reports that nothing in the manifest grants what a call needs.
func (a *audit) missing(file string, at csource.Span, fn *manifest.Function, n manifest.Need, args []csource.Constant) *rule.Finding {
	g := n[len(n)-1] // of two, the one that grants less
	f := a.add(codeMissing, file, rule.Span(at), "/Capabilities/"+g.Capability,
		fmt.Sprintf("%s needs %s, which %s does not ask for; without it the call %s", fn.Name, n, a.manifestFor(file), errno(fn)))
	if f == nil {
		return nil
	}
	if fn.Mild != "" {
		f.Mild, f.Severity = true, f.Rule.Severity
	}
	f.Related = []rule.Related{{File: a.ManifestPath, Span: a.Manifest.Place(), Message: "the app's capabilities"}}
	value := ""
	if g.Entry != "" {
		value = strconv.Quote(g.Entry)
	}
	if list := field(fn); list != "" {
		for i := range args {
			if value = a.entry(list, &args[i]); value != "" {
				break
			}
		}
	}
	a.grant(f, g.Capability, value)
	return f
}

// ways counts the functions by which a function opens what a field lists, and all by which it opens peripherals.
func (a *audit) ways(in *csource.Function, field string) (same, all int) {
	if a.openers == nil {
		a.openers = map[*csource.Function]map[*manifest.Function]bool{}
		for i := range a.uses {
			u := &a.uses[i]
			if a.openers[u.call.Func] == nil {
				a.openers[u.call.Func] = map[*manifest.Function]bool{}
			}
			a.openers[u.call.Func][u.fn] = true
		}
	}
	for fn := range a.openers[in] {
		if fn.Peripheral == field {
			same++
		}
		if fn.Peripheral != "" {
			all++
		}
	}
	return same, all
}

// passes reports whether a constant comes to the call from elsewhere: a table, or the parameter of a wrapper.
func (u *use) passes(c *csource.Constant) bool {
	return c.File != u.call.File || !within(c.Span, u.call.Span)
}

// written returns where a constant stands as if it were a call: what speaks against it speaks against what comes of it.
func written(c *csource.Constant) *csource.Call {
	at := &csource.Call{File: c.File, NameSpan: c.Span}
	for _, fn := range c.File.Functions {
		if within(c.Span, fn.Body) {
			at.Func = fn
		}
	}
	return at
}

// element reports, where the constant is written, that the manifest's list lacks what a call asks for, if it does for certain.
func (a *audit) element(u *use, c *csource.Constant) *rule.Finding {
	list := field(u.fn)
	what, value := a.lacked(u, c)
	key := chosen{list, c.File.Path, c.Span}
	if what == "" || a.said[key] {
		return nil
	}
	a.said[key] = true
	f := a.add(codeElement, c.File.Path, rule.Span(c.Span), "/Capabilities/"+list, what)
	if f == nil {
		return nil
	}
	n := a.Manifest.Entry(list)
	f.Related = []rule.Related{{File: a.ManifestPath, Span: rule.Span{Start: n.Start, End: n.End}, Message: "what the app asks for"}}
	if u.passes(c) {
		f.Related = append(f.Related, rule.Related{File: u.call.File.Path, Span: rule.Span(u.call.NameSpan), Message: "the call that it comes to"})
	}
	if value != "" {
		a.grant(f, list, value)
	}
	return f
}

// lacked says of a call what the manifest's list lacks for it, if it does for certain, and how that is written in the list; value
// is "" where the call is wrong, and not the list.
func (a *audit) lacked(u *use, c *csource.Constant) (message, value string) {
	list, fails := field(u.fn), u.fn.Name+" "+errno(u.fn)
	if list == partners {
		if !a.stranger(c) {
			return "", ""
		}
		return fmt.Sprintf("The app %s, which %s in %s does not list; %s", c.Text, list, a.manifestFor(c.File.Path), fails), a.entry(list, c)
	}
	passes := u.passes(c)
	same, all := a.ways(u.call.Func, list)
	if passes && same > 1 {
		fails = "opening it " + errno(u.fn) // which way a wrapper takes is not followed
	}
	n, typ := a.other(list, c)
	if typ != "" && passes && same < all {
		return "", "" // it may open each kind by its own function
	}
	v, ok := a.unlisted(list, c)
	claim := hwdef.Claim{Field: list, Value: v}.String()
	switch {
	case !ok && a.impossible(list, c, passes):
		number, _ := a.number(list, c)
		message = fmt.Sprintf("%d is no %s of the MT3620%s; %s fails", number, list, units(list), u.fn.Name)
	case !ok:
		return "", ""
	case typ != "":
		message = fmt.Sprintf("its number %d is %s", n, claim)
	case len(c.Names) > 0:
		message = c.Names[0] + " is " + claim
	default:
		message = claim
	}
	if ok {
		message += fmt.Sprintf(", which %s in %s does not list; %s", list, a.manifestFor(c.File.Path), fails)
	}
	if typ != "" {
		message = fmt.Sprintf("%s is of type %s, not %s; %s", c.Names[0], typ, list, message)
	}
	return message, a.entry(list, c)
}

// impossible reports whether a constant is certainly a number that no peripheral of the chip has. One that has a name, or comes
// from a table, may stand for none, and then nothing is opened.
func (a *audit) impossible(field string, c *csource.Constant, passes bool) bool {
	n, known := a.number(field, c)
	if _, typ := a.other(field, c); typ == "" && (passes || len(c.Names) > 0 || n < 0) {
		return false
	}
	_, there := numbers()[numberKey(field, n)]
	return known && !there
}

// units says which controllers of a type the chip has, by their numbers in the C headers; "" for pins, which are many.
func units(typ string) string {
	var all []string
	for _, p := range hwdef.Chip().Peripherals {
		if p.Type == typ && typ != hwdef.Gpio {
			all = append(all, fmt.Sprintf("%s (%s)", strings.Trim(p.HeaderValue, "()"), p.Value.Text))
		}
	}
	if len(all) == 0 {
		return ""
	}
	return ", which has " + strings.Join(slices.Compact([]string{all[0], all[len(all)-1]}), " to ")
}

// stranger reports whether a constant is the id of an app that the manifest does not list, if that is certain.
func (a *audit) stranger(c *csource.Constant) bool {
	if !manifest.IsGUID(c.Text) || slices.ContainsFunc(a.Manifest.List(partners), func(id string) bool { return !manifest.IsGUID(id) }) {
		return false
	}
	listed, _ := a.Manifest.Allows(partners, c.Text)
	return !listed
}

// unlisted returns the pin or controller that a constant names, if the manifest's list lacks it for certain.
func (a *audit) unlisted(field string, c *csource.Constant) (hwdef.Value, bool) {
	l := a.list(field)
	v, ok := a.value(field, c)
	return v, ok && !l.values[v] && !l.unclear && !slices.ContainsFunc(c.Names, func(n string) bool { return l.names[n] })
}

// entry writes a constant as an entry of the manifest: as a $ name where the manifest has such, else as the raw value. It is ""
// if its value is not known, or hardly meant.
func (a *audit) entry(field string, c *csource.Constant) string {
	if field == partners && manifest.IsGUID(c.Text) {
		return strconv.Quote(c.Text)
	}
	v, ok := a.value(field, c)
	if _, typ := a.other(field, c); !ok || typ != "" {
		return ""
	}
	if a.Definitions != nil && a.symbols {
		for _, name := range c.Names {
			if r := a.Definitions.Resolve(name); r.Status == hwdef.Resolved && r.Value == v {
				return manifest.Quote(name)
			}
		}
		if p := a.Definitions.Name(field, v); p != nil {
			return manifest.Quote(p.Name)
		}
	}
	return v.JSON()
}

// grant offers to add to the manifest what is missing.
func (a *audit) grant(f *rule.Finding, capability, value string) {
	e, ok := a.editor.AddGrant(capability, value)
	if !ok {
		return
	}
	e.File = a.ManifestPath
	title := "Add " + capability
	if value != "" {
		title = fmt.Sprintf("Add %s to %s", value, capability)
	}
	jsonrule.Fix(f, title+" in "+path.Base(a.ManifestPath), e)
}

// add reports a rule; nil if it has enough findings in the file.
func (a *audit) add(code, file string, at rule.Span, pointer, message string) *rule.Finding {
	key := file + "\x00" + code
	if a.count[key]++; a.count[key] > jsonrule.MaxFindings {
		return nil
	}
	r := sourceRule(code)
	severity := r.Severity
	if a.Strict && r.Strict != 0 {
		severity = r.Strict
	}
	a.out[file] = append(a.out[file], rule.Finding{Rule: r, Severity: severity, Span: at, Pointer: pointer, Message: message})
	return &a.out[file][len(a.out[file])-1]
}

// also are beginnings of names that show that a capability is used, beside the functions that need it: libraries ask for it on
// the app's behalf, or a function has more to it than its row says.
var also = map[string][]string{
	"DeviceAuthentication":  {"IoTHub", "iothub_", "Prov_", "prov_", "PROV_", "DeviceAuth_"},
	"WifiConfig":            {"WifiConfig_"},
	"CertStore":             {"CertStore_", "WifiConfig_ReloadConfig"},
	"SystemTime":            {"adjtime", "clock_adjtime", "stime"},
	"AllowedTcpServerPorts": {"listen", "accept"},
	"AllowedUdpServerPorts": {"recvfrom"},
}

// checkUnused reports capabilities and entries that nothing needs, where that is certain.
func (a *audit) checkUnused() {
	main := slices.ContainsFunc(a.Files, func(f *csource.File) bool {
		return slices.ContainsFunc(f.Functions, func(fn *csource.Function) bool { return fn.Name == "main" })
	})
	if len(a.Unseen) > 0 || !main {
		return
	}
	for i := range a.Manifest.Caps {
		e := &a.Manifest.Caps[i]
		if e.Cap == nil || !e.Exact || e.Cap.Shape == manifest.Hosts || a.Manifest.Entry(e.Name) != e.Node || !a.Manifest.Grants(manifest.Grant{Capability: e.Name}) {
			continue
		}
		if a.used(e.Name, "") {
			a.unusedEntries(e)
			continue
		}
		key := e.Node.Key
		a.unused(rule.Span{Start: key.Start, End: key.End}, e.Node, "Nothing in the app's sources needs "+e.Name)
	}
}

// unusedEntries reports entries of a list of which something is used.
func (a *audit) unusedEntries(e *manifest.Entry) {
	switch e.Cap.Shape {
	case manifest.Powers:
		for _, n := range e.Node.Children {
			if s, ok := n.Str(); ok && !a.used(e.Name, s) {
				a.unused(rule.Span{Start: n.Start, End: n.End}, n, "Nothing in the app's sources needs "+e.Name+" "+strconv.Quote(s))
			}
		}
	case manifest.GPIOs, manifest.Units:
		opened, ok := a.opened(e.Name)
		if !ok {
			return
		}
		for _, r := range a.Manifest.Requests() {
			v, known := a.requested(&r)
			if r.Cap != e.Cap || r.Node.Parent != e.Node || !known || opened[v] || r.Symbol != "" && a.mentions(r.Symbol) {
				continue
			}
			a.unused(rule.Span{Start: r.Node.Start, End: r.Node.End}, r.Node,
				"Nothing in the app's sources opens "+hwdef.Claim{Field: e.Name, Value: v}.String())
		}
	}
}

func (a *audit) unused(at rule.Span, n *jsonc.Node, message string) {
	if f := a.add(codeUnused, a.ManifestPath, at, n.Pointer(), message); f != nil {
		jsonrule.Fix(f, "Remove it", a.editor.Remove(n))
	}
}

// used reports whether a function that needs a capability is named anywhere, called or not.
func (a *audit) used(capability, entry string) bool { return a.trace(capability, entry) != "" }

// trace says what in the sources or the program shows that a capability may be used; "" if nothing does.
func (a *audit) trace(capability, entry string) string {
	family := 0
	for _, fn := range manifest.Functions() {
		if !fn.Mentions(capability, entry) {
			continue
		}
		family++
		if a.mentions(fn.Name) {
			return fn.Name + " is named, though not in a call that could be followed"
		}
		if a.Binary != nil && slices.Contains(a.Binary.Imports, fn.Name) {
			return "the built program imports " + fn.Name
		}
	}
	if family == 0 {
		return "no function is known to need it"
	}
	if capability == "WifiConfig" && a.Manifest.Grants(manifest.Grant{Capability: "EnterpriseWifiConfig"}) {
		return "EnterpriseWifiConfig works only beside it"
	}
	for _, prefix := range also[capability] {
		if a.mentionsPrefix(prefix) {
			return prefix + "… is named, which can need it"
		}
	}
	return ""
}

func (a *audit) mentions(name string) bool {
	return slices.ContainsFunc(a.Files, func(f *csource.File) bool { return len(f.Occurrences(name)) > 0 })
}

func (a *audit) mentionsPrefix(prefix string) bool {
	return slices.ContainsFunc(a.Files, func(f *csource.File) bool { return f.HasPrefix(prefix) })
}

// opened returns what the calls for a field open; ok is false if one of them could not be followed.
func (a *audit) opened(field string) (values map[hwdef.Value]bool, ok bool) {
	values = map[hwdef.Value]bool{}
	for i := range a.uses {
		u := &a.uses[i]
		if u.fn.Peripheral != field {
			continue
		}
		if u.arg.Unknown {
			return nil, false
		}
		for k := range u.arg.Constants {
			v, ok := a.value(field, &u.arg.Constants[k])
			if !ok {
				return nil, false
			}
			values[v] = true
		}
	}
	// What is no call, or stands in a macro that nothing expands, was not followed.
	for _, fn := range manifest.Functions() {
		if fn.Peripheral != field {
			continue
		}
		places := 0
		for _, f := range a.Files {
			places += len(f.Occurrences(fn.Name))
		}
		for i := range a.uses {
			if a.uses[i].fn == fn {
				places--
			}
		}
		if places != 0 {
			return nil, false
		}
	}
	return values, true
}
