package manifest

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

const (
	entryPoint = "/bin/app"
	maxName    = 31 // bytes of the name that reach the image package (facts/image.md 1.3)
)

// refused is the device's answer on installation as read in a source, inferred as it follows from the catalogue.
func refused(category, id int) rule.Refuses {
	return rule.Refuses{Code: deverr.Code(category, id), Phase: rule.Install, Confidence: rule.Sourced}
}

func inferred(category, id int) rule.Refuses {
	return rule.Refuses{Code: deverr.Code(category, id), Phase: rule.Install, Confidence: rule.Inferred}
}

func recalled(category, id int) rule.Refuses {
	return rule.Refuses{Code: deverr.Code(category, id), Phase: rule.Install, Confidence: rule.Recalled}
}

// filledDoc is about the findings that pass.filled lowers.
const filledDoc = " Beside a file of another packer that writes it itself, such as platformio.ini, this is for information."

// spelling is about keys that are there, but misspelt.
const spelling = " Of a key in the wrong case AZS006 speaks."

// topRules are group 2 of facts/diagnostics.md: the manifest's top level. AZS018 and AZS026 need the build and are not here.
var topRules = []jsonrule.Entry[*pass]{
	{Rule: rule.Rule{Code: "AZS010", Severity: rule.Error, Title: "SchemaVersion is missing",
		Doc: "Every manifest says which version of the format it is written in. There is one: 1." + spelling,
		Fix: "inserts it", Source: "facts/manifest.md 1.1", Refuses: refused(2, 4)}, Check: func(p *pass) {
		if p.m.root != nil && p.m.top("SchemaVersion") == nil {
			jsonrule.SafeFix(p.missing("SchemaVersion", "SchemaVersion is missing"), "Insert \"SchemaVersion\": 1", p.insertField("SchemaVersion", "1"))
		}
	}},
	{Rule: rule.Rule{Code: "AZS011", Severity: rule.Error, Title: "SchemaVersion is not 1",
		Doc: "The only version of the format that a device understands is the number 1.",
		Fix: "sets it to 1", Source: "facts/manifest.md 1.1", Refuses: refused(2, 17)}, Check: func(p *pass) {
		n := p.m.top("SchemaVersion")
		if v, ok := n.Int(); jsonrule.Present(n) && !(ok && v == 1) {
			jsonrule.SafeFix(p.At(n, "SchemaVersion must be 1"), "Set SchemaVersion to 1", jsonrule.Replace(n, "1"))
		}
	}},
	{Rule: rule.Rule{Code: "AZS012", Severity: rule.Error, Title: "Name is missing or empty",
		Doc: "The name becomes the component's name on the device and in the image package." + filledDoc + spelling, Source: "facts/manifest.md 1.1"}, Check: func(p *pass) {
		if p.m.root == nil {
			return
		}
		n := p.m.top("Name")
		if n == nil {
			p.missing("Name", "Name is missing")
		} else if s, ok := n.Str(); jsonrule.Present(n) && (!ok || strings.TrimSpace(s) == "") {
			p.filled(p.At(n, "Name must be a string that is not empty"))
		}
	}},
	{Rule: rule.Rule{Code: "AZS013", Severity: rule.Warning, Title: "Name is longer than 31 bytes",
		Doc:    "The image package has room for 31 bytes of the name. Device and tools show the truncated form, and two long names may become the same.",
		Source: "facts/manifest.md 1.1, facts/image.md 1.3"}, Check: func(p *pass) {
		if n := p.m.top("Name"); len(p.m.Name()) > maxName {
			short := p.m.Name()[:maxName]
			for !utf8.ValidString(short) && len(short) > maxName-4 {
				short = short[:len(short)-1]
			}
			p.At(n, "Name has %d bytes, the image package takes %d: it will be %q", len(p.m.Name()), maxName, short)
		}
	}},
	{Rule: rule.Rule{Code: "AZS014", Severity: rule.Error, Title: "ComponentId is missing",
		Doc: "The component id is what tells one app from another on the device. Every app needs a GUID of its own." + spelling,
		Fix: "inserts a new GUID", Source: "facts/manifest.md 1.1", Refuses: inferred(14, 15)}, Check: func(p *pass) {
		if p.m.root != nil && p.m.top("ComponentId") == nil {
			jsonrule.Fix(p.missing("ComponentId", "ComponentId is missing"), "Insert a new ComponentId", p.insertField("ComponentId", strconv.Quote(newGUID())))
		}
	}},
	{Rule: rule.Rule{Code: "AZS015", Severity: rule.Error, Title: "ComponentId is not a GUID, or all zeros",
		Doc: "A component id is a GUID: 8-4-4-4-12 hexadecimal digits, without braces. With anything else the image gets no usable identity. " +
			"All zeros is a placeholder, which apps would share: a warning." + filledDoc + "\n\nAn app that devices in the field have must keep its id, so mend a typing error by hand: " +
			"with a new id it is another app, which does not replace the old one and does not get its mutable storage.",
		Fix: "brings it into form, or makes a new one", Source: "facts/manifest.md 1.1", Refuses: inferred(7, 47)}, Check: checkComponentID},
	{Rule: rule.Rule{Code: "AZS016", Severity: rule.Error, Title: "EntryPoint is missing",
		Doc: "EntryPoint is the path of the program inside the image. The standard build puts it at `/bin/app`." + spelling,
		Fix: "inserts /bin/app", Source: "facts/manifest.md 1.1", Refuses: refused(2, 3)}, Check: func(p *pass) {
		if p.m.root != nil && p.m.top("EntryPoint") == nil {
			jsonrule.SafeFix(p.missing("EntryPoint", "EntryPoint is missing"), "Insert \"EntryPoint\": \"/bin/app\"", p.insertField("EntryPoint", strconv.Quote(entryPoint)))
		}
	}},
	{Rule: rule.Rule{Code: "AZS017", Severity: rule.Error, Title: "EntryPoint is not an absolute path",
		Doc: "EntryPoint begins with a slash and names the program inside the image: `/bin/app`." + filledDoc,
		Fix: "writes /bin/app", Source: "facts/manifest.md 1.1", Refuses: refused(2, 16)}, Check: func(p *pass) {
		n := p.m.top("EntryPoint")
		if s, ok := n.Str(); jsonrule.Present(n) && (!ok || !strings.HasPrefix(s, "/") || strings.TrimSpace(s) == "/") {
			f := p.filled(p.At(n, "EntryPoint must be an absolute path inside the image, such as %s", entryPoint))
			if ok && !strings.HasPrefix(s, "/") && strings.TrimSpace(s) != "" {
				jsonrule.Fix(f, "Write \"/"+s+"\"", jsonrule.Replace(n, strconv.Quote("/"+s)))
			}
			jsonrule.Fix(f, "Write \"/bin/app\"", jsonrule.Replace(n, strconv.Quote(entryPoint)))
		}
	}},
	{Rule: rule.Rule{Code: "AZS019", Severity: rule.Warning, Title: "CmdArgs is missing",
		Doc: "Current versions of the OS take a manifest without CmdArgs, old ones refuse it. An empty array pleases both." + spelling,
		Fix: "inserts []", Source: "facts/manifest.md 1.1", Refuses: recalled(2, 5)}, Check: func(p *pass) {
		if p.m.root != nil && p.m.top("CmdArgs") == nil {
			jsonrule.SafeFix(p.missing("CmdArgs", "CmdArgs is missing; old versions of the OS ask for it"), "Insert \"CmdArgs\": []", p.insertField("CmdArgs", "[]"))
		}
	}},
	{Rule: rule.Rule{Code: "AZS020", Severity: rule.Error, Title: "CmdArgs is not an array of strings",
		Doc: "Each argument is one string of the array; numbers need quotes too.",
		Fix: "puts quotes around the value", Source: "facts/manifest.md 1.1", Refuses: refused(2, 5)}, Check: checkCmdArgs},
	{Rule: rule.Rule{Code: "AZS021", Severity: rule.Error, Title: "Capabilities is missing or no object",
		Doc: "Capabilities lists what the app may use. It may be empty, but it must be there." + spelling,
		Fix: "inserts {}", Source: "facts/manifest.md 1.1", Refuses: refused(2, 6)}, Check: func(p *pass) {
		switch n := p.m.caps; {
		case p.m.root == nil:
		case n == nil:
			jsonrule.SafeFix(p.missing("Capabilities", "Capabilities is missing"), "Insert \"Capabilities\": {}", p.insertField("Capabilities", "{}"))
		case jsonrule.Present(n) && n.Kind != jsonc.Object:
			f := p.At(n, "Capabilities must be an object, this is %s", jsonrule.Article(n.Kind.String()))
			if len(n.Children) == 0 {
				jsonrule.Fix(f, "Write {}", jsonrule.Replace(n, "{}"))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS022", Severity: rule.Error, Title: "unknown ApplicationType",
		Doc: "`Default` is a high-level app on the Cortex-A7, `RealTimeCapable` an app on one of the Cortex-M4 cores. Case counts.",
		Fix: "writes the nearest type", Source: "facts/manifest.md 1.1", Refuses: refused(2, 26)}, Check: checkType},
	{Rule: rule.Rule{Code: "AZS023", Severity: rule.Info, Title: "ApplicationType is missing",
		Doc: "Without an ApplicationType the app is a high-level one, as with `Default`. Saying so helps the reader.",
		Fix: "inserts Default", Source: "facts/manifest.md 1.1"}, Check: func(p *pass) {
		if p.m.root != nil && p.m.top("ApplicationType") == nil {
			jsonrule.Fix(p.missing("ApplicationType", "ApplicationType is missing, which means Default"), "Insert \"ApplicationType\": \"Default\"",
				p.insertField("ApplicationType", `"Default"`))
		}
	}},
	{Rule: rule.Rule{Code: "AZS024", Severity: rule.Error, Title: "MallocVersion is neither 1 nor 2",
		Doc: "MallocVersion chooses the allocator of the C library. 2 is the new one; 1, the old one, is also what an app without it gets.",
		Fix: "sets it to 2", Source: "facts/manifest.md 1.1", Refuses: inferred(2, 59)}, Check: func(p *pass) {
		n := p.m.top("MallocVersion")
		if v, ok := n.Int(); jsonrule.Present(n) && !(ok && (v == 1 || v == 2)) {
			jsonrule.Fix(p.At(n, "MallocVersion must be 2 (or 1, the old allocator)"), "Set MallocVersion to 2", jsonrule.Replace(n, "2"))
		}
	}},
	{Rule: rule.Rule{Code: "AZS025", Severity: rule.Info, Title: "MallocVersion in a real-time app",
		Doc: "Real-time apps bring their own C library, if any; MallocVersion does nothing for them. Published samples carry it all the same.",
		Fix: "removes it", Source: "facts/manifest.md 1.1"}, Check: func(p *pass) {
		if n := p.m.top("MallocVersion"); n != nil && p.m.RealTime {
			jsonrule.Fix(p.AtKey(n, "MallocVersion has no effect in a real-time app"), "Remove MallocVersion", p.Remove(n))
		}
	}},
	{Rule: rule.Rule{Code: "AZS027", Severity: rule.Warning, Title: "property that the packer writes",
		Doc: "TargetApplicationRuntimeVersion and TargetBetaApis are written by the packer from the target API set of the build. By hand they have no effect.",
		Fix: "removes it", Source: "facts/manifest.md 1.1"}, Check: func(p *pass) {
		// Visual Studio and others keep what they pack in approot.
		made := strings.HasPrefix(path.Base(path.Dir(p.opt.Path)), "approot")
		if p.opt.Packaged || made || p.m.root == nil {
			return
		}
		for _, n := range p.m.root.Children {
			if f := lookupField(n.Name()); f != nil && f.packer {
				jsonrule.SafeFix(p.AtKey(n, "%s is written by the packer; here it has no effect", f.name), "Remove "+f.name, p.Remove(n))
			}
		}
	}},
	{Rule: rule.Rule{Code: "AZS028", Severity: rule.Warning, Title: "unknown property",
		Doc: "Neither packer nor device knows this key; both read over it. It may be a misspelt one, or belong to another tool.",
		Fix: "writes the nearest property, or removes it", Source: "facts/manifest.md 1.1"}, Check: checkUnknown},
	{Rule: rule.Rule{Code: "AZS029", Severity: rule.Warning, Title: "capability at the top level",
		Doc: "Capabilities count only inside the `Capabilities` object. At the top level they are read over without a word, and the app is denied what they ask for.",
		Fix: "moves it into Capabilities", Source: "facts/manifest.md 1.1"}, Check: checkMisplaced},
	{Rule: rule.Rule{Code: "AZS030", Severity: rule.Error, Title: "policy in a customer app",
		Doc: "Policies grant rights of the system's own apps. The device refuses a customer app that has one.",
		Fix: "removes it", Source: "facts/manifest.md 1.1", Refuses: refused(1, 2)}, Check: func(p *pass) {
		report := func(parent *jsonc.Node) {
			if parent == nil || parent.Kind != jsonc.Object {
				return
			}
			for _, n := range parent.Children {
				if isPolicy(n.Name()) {
					jsonrule.Fix(p.AtKey(n, "%q is for the system's own apps; the device refuses it here", n.Name()), "Remove "+strconv.Quote(n.Name()), p.Remove(n))
				}
			}
		}
		report(p.m.root)
		report(p.m.caps)
	}},
}

func isPolicy(key string) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(key)), "polic")
}

func checkComponentID(p *pass) {
	n := p.m.top("ComponentId")
	s, ok := n.Str()
	anew := "Make a new ComponentId"
	switch {
	case !jsonrule.Present(n) || ok && IsGUID(s) && s != zeroGUID:
	case s == zeroGUID:
		f := p.At(n, "This is a placeholder; ComponentId is a GUID of the app's own")
		f.Severity, f.Refuses = rule.Warning, rule.Refuses{}
		jsonrule.Fix(p.filled(f), anew, jsonrule.Replace(n, strconv.Quote(newGUID())))
	default:
		wrong := notGUID(s)
		f := p.filled(p.At(n, "ComponentId must be a GUID: 8-4-4-4-12 hexadecimal digits%s", wrong))
		if g := NormalGUID(s); g != "" {
			jsonrule.SafeFix(f, "Write "+g, jsonrule.Replace(n, strconv.Quote(g)))
		}
		if wrong != "" { // it may have been an id before the typing error
			anew += " (another app to devices in the field)"
		}
		jsonrule.Fix(f, anew, jsonrule.Replace(n, strconv.Quote(newGUID())))
	}
}

func checkCmdArgs(p *pass) {
	n := p.m.top("CmdArgs")
	if !jsonrule.Present(n) {
		return
	}
	if n.Kind != jsonc.Array {
		f := p.At(n, "CmdArgs must be an array of strings, this is %s", jsonrule.Article(n.Kind.String()))
		switch n.Kind {
		case jsonc.String:
			jsonrule.Fix(f, "Put it into an array", jsonrule.Replace(n, "[ "+p.File.Raw(n)+" ]"))
		case jsonc.Null:
			jsonrule.Fix(f, "Write []", jsonrule.Replace(n, "[]"))
		}
		return
	}
	for _, c := range n.Children {
		if !jsonrule.Present(c) || c.Kind == jsonc.String {
			continue
		}
		f := p.At(c, "Each argument must be a string, this is %s", jsonrule.Article(c.Kind.String()))
		if len(c.Children) == 0 && c.Kind != jsonc.Object && c.Kind != jsonc.Array {
			jsonrule.SafeFix(f, "Put it in quotes", jsonrule.Replace(c, strconv.Quote(c.Text())))
		}
	}
}

func checkType(p *pass) {
	n := p.m.top("ApplicationType")
	s, ok := n.Str()
	switch {
	case !jsonrule.Present(n):
	case !ok:
		f := p.At(n, "ApplicationType must be a string, this is %s", jsonrule.Article(n.Kind.String()))
		f.Refuses = refused(2, 27)
		jsonrule.Fix(f, `Write "Default"`, jsonrule.Replace(n, `"Default"`))
	case s == "Default" || s == "RealTimeCapable":
	case s == "Debugger":
		p.At(n, "ApplicationType Debugger is reserved for the vendor's debug server").Refuses = recalled(2, 26)
	default:
		near := rule.Nearest(s, []string{"Default", "RealTimeCapable"})
		f := p.At(n, "%q is no ApplicationType%s", s, jsonrule.DidYouMean(near))
		if len(near) == 0 {
			near = []string{"Default", "RealTimeCapable"}
		}
		for _, t := range near {
			jsonrule.Fix(f, "Write "+strconv.Quote(t), jsonrule.Replace(n, strconv.Quote(t)))
		}
	}
}

// rustKey is what a packer for Rust reads the target API set from (facts/manifest.md 1.1).
const rustKey = "AzureSphereTargetApiSet"

func checkUnknown(p *pass) {
	if p.m.root == nil {
		return
	}
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	for _, n := range p.m.root.Children {
		key := n.Name()
		if n.Key.Kind == jsonc.Missing || isPolicy(key) || topCapability(key) != nil ||
			slices.ContainsFunc(names, func(s string) bool { return strings.EqualFold(s, strings.TrimSpace(key)) }) {
			continue
		}
		if p.Enough(n) {
			continue
		}
		near := slices.DeleteFunc(p.Nearest(key, names), func(s string) bool { return p.m.top(s) != nil })
		f := p.AtKey(n, "The device does not know %q and reads over it%s", key, jsonrule.DidYouMean(near))
		if key == rustKey {
			f.Severity = rule.Info
		}
		for _, s := range near {
			jsonrule.Fix(f, "Write "+strconv.Quote(s), jsonrule.Rename(n, s))
		}
		jsonrule.Fix(f, "Remove "+strconv.Quote(key), p.Remove(n))
	}
}

// topCapability returns the capability that a top-level key means, or nil.
func topCapability(key string) *Capability {
	c := similarCapability(key)
	if c == nil || c.Reserved != "" {
		return nil
	}
	return c
}

func checkMisplaced(p *pass) {
	if p.m.root == nil {
		return
	}
	for _, n := range p.m.root.Children {
		c := topCapability(n.Name())
		if c == nil || p.Enough(n) {
			continue
		}
		f := p.AtKey(n, "%s has no effect here; it belongs into Capabilities", c.Name)
		if p.m.capability(c.Name) != nil {
			jsonrule.Fix(f, "Remove it; Capabilities has one", p.Remove(n))
			continue
		}
		if e, ok := p.addCapability(c.Name, p.File.Raw(n)); ok && n.Kind != jsonc.Missing {
			cut := p.Remove(n)
			if e.Span.End <= cut.Span.Start || e.Span.Start >= cut.Span.End {
				jsonrule.Fix(f, "Move it into Capabilities", e, cut)
			}
		}
	}
}
