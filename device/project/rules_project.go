package project

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/project/cmake"
	"armillary.dev/device/rule"
)

// projectRules are the rules that hold a manifest against the files that build its app, in the order of codes.
var projectRules []jsonrule.Entry[*appPass]

// The rules refer to the packer's entry point in their texts and checks.
const packedEntryPoint = "/bin/app"

func init() {
	projectRules = []jsonrule.Entry[*appPass]{
		{Rule: rule.Rule{Code: "AZS018", Severity: rule.Warning, Title: "EntryPoint is not where CMake puts the program",
			Doc: "`azsphere_target_add_image_package` packs the program as `/bin/app`. A manifest with another EntryPoint names a program that is not in " +
				"the image. Where a packer of one's own makes the image, as for Rust, the rule is silent.",
			Fix: "writes /bin/app", Source: "facts/manifest.md 3.1",
			Refuses: rule.Refuses{Code: deverr.Code(2, 22), Phase: rule.Install, Confidence: rule.Inferred}}, Check: (*appPass).entryPoint},
		{Rule: rule.Rule{Code: "AZS026", Severity: rule.Warning, Title: "MallocVersion is newer than what the app is built for",
			Doc: "MallocVersion came with release 22.11; the catalogues of earlier releases do not know it. The app names an API set or a revision of the " +
				"tools that is older, so where that is meant, MallocVersion has no place.",
			Source: "facts/manifest.md 1.1"}, Check: (*appPass).mallocVersion},
		{Rule: rule.Rule{Code: "AZS074", Severity: rule.Warning, Title: "capability is newer than what the app is built for",
			Doc: "The app names an API set or a revision of the tools that is older than the release with which the capability came. A device of that time " +
				"refuses the capability, or drops it with a line in its log. Said only where the release is known for certain.",
			Source:  "facts/manifest.md 1.2",
			Refuses: rule.Refuses{Code: deverr.Code(1, 24), Phase: rule.Install, Confidence: rule.Recalled}}, Check: (*appPass).newCapability},
		{Rule: rule.Rule{Code: "AZS303", Severity: rule.Error, Title: "hardware definition of CMakeLists.txt is not found",
			Doc: "The file of TARGET_DEFINITION is in none of the folders of TARGET_DIRECTORY, nor is it one of an SDK's boards. Configuring the build stops, " +
				"and the names of the manifest cannot be resolved. Folders are relative to the CMakeLists.txt.",
			Fix: "writes the name of a definition that is there", Source: "facts/manifest.md 2.2, 3.1"}, Check: (*appPass).definitionFound},
		{Rule: rule.Rule{Code: "AZS304", Severity: rule.Warning, Title: "toolchain and ApplicationType disagree",
			Doc: "`AzureSphereToolchain.cmake` builds for the Cortex-A7, where `Default` apps run; `AzureSphereRTCoreToolchain.cmake` builds for the Cortex-M4, " +
				"where `RealTimeCapable` apps run. A program for the one does not start on the other.",
			Fix: "sets the type that belongs to the toolchain", Source: "facts/manifest.md 3.1"}, Check: (*appPass).toolchain},
		{Rule: rule.Rule{Code: "AZS305", Severity: rule.Warning, Title: "azsphere_configure call beside presets",
			Doc: "Presets say which API set and which toolchain a build uses. `azsphere_configure_tools` and `azsphere_configure_api` did so before there were " +
				"presets; beside them they are left over, and may say something else.",
			Fix: "removes the call", Source: "facts/manifest.md 3.1"}, Check: (*appPass).configured},
		{Rule: rule.Rule{Code: "AZS306", Severity: rule.Error, Title: "resource file with an absolute path",
			Doc: "A resource file's path is also its path in the image, so `azsphere_target_add_image_package` takes only paths that are relative to the app's folder.",
			Fix: "makes the path relative", Source: "facts/manifest.md 3.1"}, Check: (*appPass).resources},
		{Rule: rule.Rule{Code: "AZS307", Severity: rule.Warning, Title: "source file of CMakeLists.txt is not found",
			Doc: "`add_executable` or `add_library` names a source that is not there; configuring the build stops. The rule is silent about files that another " +
				"command speaks of, as it may make them, about names with variables, and where there are no sources at all.",
			Fix: "writes the name of a source that is there", Source: "facts/manifest.md 3.1"}, Check: (*appPass).sourcesFound},
		{Rule: rule.Rule{Code: "AZS308", Severity: rule.Error, Title: "CMake file with a syntax error",
			Doc: "CMake reads a file as a whole before it does anything, so that an error of syntax stops the build: a parenthesis, a quotation mark or a bracket " +
				"that is not closed, or text that is no command. The first error of each file is said; what comes after it may be read in another way.",
			Source: "cmake-language(7)"}, Check: (*appPass).cmakeSyntax},
		{Rule: rule.Rule{Code: "AZS309", Severity: rule.Error, Title: "call of the packer for a target that is not ready",
			Doc: "`azsphere_target_hardware_definition` and `azsphere_target_add_image_package` work on a target that `add_executable` has made, and the first has to come " +
				"before the second, which makes the image with what the target has by then. The rule is silent where not all of the project could be followed.",
			Fix: "writes the name of a target that is there", Source: "facts/manifest.md 3.1"}, Check: (*appPass).packerCalls},
	}
}

// ProjectRules returns the rules that CheckProject knows, in the order of codes.
func ProjectRules() []*rule.Rule { return jsonrule.Rules(projectRules) }

// CheckProject holds the app against the rules about manifest, CMake files and presets together. Each finding is in the
// file where it is mended.
func (a *App) CheckProject(fsys fs.FS) []FileFinding {
	p := &appPass{App: a, fsys: fsys}
	for i := range projectRules {
		p.rule = &projectRules[i].Rule
		p.shown = 0
		projectRules[i].Check(p)
	}
	if jsonrule.Conflicted(a.Manifest.File) {
		for i := range p.out {
			if p.out[i].File == a.ManifestPath {
				for k := range p.out[i].Fixes {
					p.out[i].Fixes[k].Preferred = false
				}
			}
		}
	}
	return p.out
}

// maxProjectFindings is how many findings of one rule are reported for one app.
const maxProjectFindings = 100

// appPass is one run of the rules over one app.
type appPass struct {
	*App
	fsys  fs.FS
	rule  *rule.Rule
	shown int
	out   []FileFinding
}

// report adds a finding of the current rule. It may be changed until the next report.
func (p *appPass) report(file string, at rule.Span, pointer, format string, args ...any) *rule.Finding {
	if p.shown++; p.shown > maxProjectFindings {
		return &rule.Finding{}
	}
	severity := p.rule.Severity
	if p.strict && p.rule.Strict != 0 {
		severity = p.rule.Strict
	}
	msg := fmt.Sprintf(format, args...)
	if len(msg) > jsonrule.MaxMessage {
		msg = strings.ToValidUTF8(msg[:jsonrule.MaxMessage], "") + "…"
	}
	p.out = append(p.out, FileFinding{File: file, Finding: rule.Finding{Rule: p.rule, Severity: severity, Span: at, Pointer: pointer,
		Message: msg, Refuses: p.rule.Refuses}})
	return &p.out[len(p.out)-1].Finding
}

// inManifest reports the current rule at the value of the manifest's node.
func (p *appPass) inManifest(n *jsonc.Node, format string, args ...any) *rule.Finding {
	return p.report(p.ManifestPath, rule.Span{Start: n.Start, End: n.End}, n.Pointer(), format, args...)
}

// related adds a second place.
func related(f *rule.Finding, at cmake.Place, format string, args ...any) {
	f.Related = append(f.Related, rule.Related{File: at.File, Span: at.Span, Message: fmt.Sprintf(format, args...)})
}

// top returns a top-level value of the manifest.
func (p *appPass) top(key string) *jsonc.Node { return p.Manifest.File.Root.Get(key) }

func (p *appPass) entryPoint() {
	n, c := p.top("EntryPoint"), p.ImagePackage()
	s, ok := n.Str()
	if c == nil || c.When != "" || !ok || !strings.HasPrefix(s, "/") || path.Clean(s) == packedEntryPoint || path.Clean(s) == "/" {
		return // of what is no absolute path AZS017 speaks
	}
	f := p.inManifest(n, "EntryPoint is %s, but CMake packs the program as %s", s, packedEntryPoint)
	related(f, c.Place, "here the program becomes %s", packedEntryPoint)
	jsonrule.SafeFix(f, `Write "`+packedEntryPoint+`"`, jsonrule.Replace(n, strconv.Quote(packedEntryPoint)))
}

// release is what an app says that it is built for.
type release struct {
	name string // "21.01"; no later than this
	what string // how the app says it: "API set 7"
	at   cmake.Place
}

// lastNumbered is the newest API set whose release the vendor's documentation names, and that release. A greater number
// says nothing here.
const (
	lastNumbered        = 8
	lastNumberedRelease = "21.01"
)

// builtFor returns the oldest release that the app is built for, as far as it is certain.
func (p *appPass) builtFor() (oldest release, ok bool) {
	note := func(r release) {
		if !ok || r.name < oldest.name {
			oldest, ok = r, true
		}
	}
	sets := p.apiSets()
	for _, s := range sets {
		number, beta, isBeta := strings.Cut(s.Text, "+Beta")
		n, err := strconv.Atoi(number)
		switch {
		case !s.Known() || err != nil || n <= 0:
		case isBeta && isRelease(beta):
			note(release{beta[:2] + "." + beta[2:], "API set " + s.Text, s.Place})
		case !isBeta && n <= lastNumbered:
			note(release{lastNumberedRelease, "API set " + s.Text, s.Place})
		}
	}
	if len(sets) > 0 {
		return oldest, ok
	}
	for i := range p.build.ConfigureTools {
		c := &p.build.ConfigureTools[i]
		if c.When != "" || c.Value == nil || !c.Value.Known() {
			continue
		}
		if year, month, cut := strings.Cut(c.Value.Text, "."); cut && isRelease(year+month) {
			note(release{c.Value.Text, "tools revision " + c.Value.Text, c.Value.Place})
		}
	}
	return oldest, ok
}

// isRelease reports whether s is the year and month of a release, as 2011.
func isRelease(s string) bool {
	if len(s) != 4 {
		return false
	}
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1800 && n%100 >= 1 && n%100 <= 12
}

func (p *appPass) mallocVersion() {
	const since = "22.11"
	n := p.top("MallocVersion")
	if n == nil || n.Kind == jsonc.Missing || p.Manifest.RealTime { // of real-time apps AZS025 speaks
		return
	}
	if r, ok := p.builtFor(); ok && r.name < since {
		f := p.inManifest(n, "MallocVersion came with release %s, but the app is built for %s", since, r.what)
		related(f, r.at, "the app is built for %s", r.what)
	}
}

func (p *appPass) newCapability() {
	const certain = "22.07" // from then on the catalogues say when something came (facts/manifest.md 1.2)
	r, ok := p.builtFor()
	if !ok {
		return
	}
	for _, e := range p.Manifest.Caps {
		if e.Cap == nil || !e.Exact || e.Cap.Reserved != "" || !isRelease(strings.Replace(e.Cap.Since, ".", "", 1)) {
			continue
		}
		if on, isBool := e.Node.Bool(); isBool && !on {
			continue
		}
		if e.Cap.Since >= certain && r.name < e.Cap.Since {
			at := e.Node
			if at.Key != nil {
				at = at.Key
			}
			f := p.report(p.ManifestPath, rule.Span{Start: at.Start, End: at.End}, e.Node.Pointer(),
				"%s came with release %s, but the app is built for %s", e.Name, e.Cap.Since, r.what)
			related(f, r.at, "the app is built for %s", r.what)
		}
	}
}

// cmakeQuote writes a text as a quoted argument.
func cmakeQuote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`).Replace(s) + `"`
}

// literal returns the argument that a value stands in if it is written as it is, without variables; else nil.
func literal(c *cmake.Call, v *cmake.Arg) *cmake.Argument {
	for i := range c.Command.Args {
		if a := &c.Command.Args[i]; a.Span == v.Span && a.Text == v.Text && c.File.Path == v.File {
			return a
		}
	}
	return nil
}

// offerNames adds the fixes that write another name as an argument, with quotes where the argument has or needs them.
func offerNames(f *rule.Finding, a *cmake.Argument, names []string) {
	for _, n := range names {
		text := n
		if a.Kind != cmake.Unquoted || strings.ContainsAny(n, "\"\\$;()# ") {
			text = cmakeQuote(n)
		}
		jsonrule.Fix(f, "Write "+strconv.Quote(n), jsonrule.Edit(a.Span.Start, a.Span.End, text))
	}
}

func (p *appPass) toolchain() {
	t := p.Toolchain()
	n := p.top("ApplicationType")
	s, isText := n.Str()
	if t == UnknownToolchain || n != nil && (!isText || s != "Default" && s != "RealTimeCapable") || p.Manifest.Fragment {
		return // of other types AZS022 speaks
	}
	if p.Manifest.RealTime == (t == RealTime) {
		return
	}
	want, cpu := "Default", "Cortex-A7"
	if t == RealTime {
		want, cpu = "RealTimeCapable", "Cortex-M4"
	}
	var f *rule.Finding
	if n != nil {
		f = p.inManifest(n, "ApplicationType is %s, but the toolchain builds for the %s", s, cpu)
		jsonrule.Fix(f, "Set ApplicationType to "+strconv.Quote(want), jsonrule.Replace(n, strconv.Quote(want)))
	} else {
		root := p.Manifest.File.Root
		if root.Kind != jsonc.Object {
			return
		}
		f = p.report(p.ManifestPath, rule.Span{Start: root.Start, End: root.Start + 1}, "/ApplicationType",
			"Without an ApplicationType the app is a high-level one, but the toolchain builds for the %s", cpu)
		jsonrule.Fix(f, `Insert "ApplicationType": `+strconv.Quote(want),
			jsonrule.New(p.Manifest.File, jsonrule.Options{}).Add(root, `"ApplicationType": `+strconv.Quote(want)))
	}
	for _, s := range p.Presets() {
		if s.Toolchain != nil && toolchainOf(s.Toolchain.Text) == t {
			related(f, s.Toolchain.Place, "the toolchain for the %s", cpu)
			break
		}
	}
}

func (p *appPass) configured() {
	var preset *cmake.Preset
	for _, s := range p.Presets() {
		if s.APISet != nil || s.Toolchain != nil && toolchainOf(s.Toolchain.Text) != UnknownToolchain {
			preset = &s
			break
		}
	}
	if preset == nil {
		return
	}
	seen := map[cmake.Place]bool{}
	for _, c := range slices.Concat(p.build.ConfigureTools, p.build.ConfigureAPI) {
		if c.Unlikely || seen[c.Place] || c.Dir != p.Dir {
			continue
		}
		seen[c.Place] = true
		f := p.report(c.Place.File, c.Span, c.Command.Name, "%s is left over: presets say what the app is built with", c.Command.Name)
		related(f, preset.Place, "preset %s", preset.Name)
		jsonrule.Fix(f, "Remove the call", rule.Edit{Span: wholeLine(c.File.Src, c.Span)})
	}
}

// wholeLine extends a span to the whole lines that it stands on, unless there is something else on them.
func wholeLine(src string, s rule.Span) rule.Span {
	start, end := s.Start, s.End
	for start > 0 && (src[start-1] == ' ' || src[start-1] == '\t') {
		start--
	}
	for end < len(src) && (src[end] == ' ' || src[end] == '\t' || src[end] == '\r') {
		end++
	}
	if start > 0 && src[start-1] != '\n' || end < len(src) && src[end] != '\n' {
		return s
	}
	return rule.Span{Start: start, End: min(end+1, len(src))}
}

func (p *appPass) resources() {
	seen := map[cmake.Place]int{}
	for i := range p.build.ImagePackages {
		for _, r := range p.build.ImagePackages[i].Resources {
			seen[r.Place]++
		}
	}
	for i := range p.build.ImagePackages {
		c := &p.build.ImagePackages[i]
		if c.Dir != p.Dir || c.Unlikely {
			continue
		}
		for _, r := range c.Resources {
			if !isAbsolute(r.Value) {
				continue
			}
			f := p.report(r.File, r.Span, "azsphere_target_add_image_package", "The resource file %s is absolute; its path has to be relative to the app's folder", r.Text)
			name := cmake.Path(c.Dir, r.Text)
			rel, below := strings.CutPrefix(name, p.Dir+"/")
			if p.Dir == "." {
				rel, below = name, true
			}
			if below && r.Known() && seen[r.Place] == 1 {
				jsonrule.SafeFix(f, "Write "+strconv.Quote(rel), jsonrule.Edit(r.Span.Start, r.Span.End, cmakeQuote(rel)))
			}
		}
	}
}

// isAbsolute reports whether a path is absolute for certain.
func isAbsolute(v cmake.Value) bool {
	if v.Known() {
		return cmake.IsAbs(v.Text)
	}
	for _, dir := range [...]string{"${CMAKE_BINARY_DIR}/", "${CMAKE_CURRENT_BINARY_DIR}/"} { // where the build is, it is absolute
		if strings.HasPrefix(v.Text, dir) && len(v.Others) == 0 {
			return true
		}
	}
	return false
}

func (p *appPass) cmakeSyntax() {
	for _, f := range p.build.Files {
		if len(f.Errors) > 0 {
			e := slices.MinFunc(f.Errors, func(a, b cmake.SyntaxError) int { return a.Span.Start - b.Span.Start })
			p.report(f.Path, e.Span, "", "CMake cannot read this: %s", e.Msg)
		}
	}
}

func (p *appPass) packerCalls() {
	if p.build.Unfollowed != "" || p.build.Incomplete != "" || len(p.build.Targets) == 0 {
		return
	}
	var names []string
	for _, t := range p.build.Targets {
		if !t.Name.Known() {
			return
		}
		names = append(names, t.Name.Text)
	}
	known := func(c *cmake.Call, target *cmake.Arg) bool {
		if c.When != "" || !target.Known() || slices.Contains(names, target.Text) {
			return c.When == "" && target.Known()
		}
		near := rule.Nearest(target.Text, names)
		f := p.report(target.File, target.Span, c.Command.Name, "No target has the name %s%s", target.Text, jsonrule.DidYouMean(near))
		if a := literal(c, target); a != nil {
			offerNames(f, a, near)
		}
		return false
	}
	made := map[string]*cmake.ImagePackage{}
	for i := range p.build.ImagePackages {
		if c := &p.build.ImagePackages[i]; known(&c.Call, &c.Target) && made[c.Target.Text] == nil {
			made[c.Target.Text] = c
		}
	}
	for i := range p.build.HardwareDefinitions {
		c := &p.build.HardwareDefinitions[i]
		if !known(&c.Call, &c.Target) {
			continue
		}
		if image := made[c.Target.Text]; image != nil && image.File == c.File && image.Span.Start < c.Span.Start {
			f := p.report(c.Place.File, c.Command.NameSpan, c.Command.Name, "The image of %s is made before this is known", c.Target.Text)
			related(f, image.Place, "here")
		}
		delete(made, c.Target.Text) // one before is enough
	}
}
