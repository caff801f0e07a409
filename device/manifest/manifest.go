// Package manifest knows app_manifest.json: its model over the tolerant JSON tree, the capability table, and the one
// table of rules that the editor shows, `check` prints, F5 stops on and the emulated device refuses with. It
// writes the manifest as it goes into an image package, and answers whether a packaged manifest allows something.
//
// Three tables carry it: fields (fields.go), capabilities (capability.go) and rules (rules_*.go). Whatever says
// something about a manifest reads it from there.
//
// The package is pure. It must not know CMake, folders, editors or output formats; a hardware definition is handed
// in as a hwdef.Set.
package manifest

import (
	"strconv"
	"strings"

	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
)

// FileName is what the file must be called, at the root of the app's folder and of the image.
const FileName = "app_manifest.json"

// Manifest is a typed view of one manifest. Fields that are absent are nil; fields of the wrong type are there.
type Manifest struct {
	File     *jsonc.File
	RealTime bool        // ApplicationType is RealTimeCapable
	Fragment bool        // there is nothing but Capabilities: a snippet to copy from, not an app
	Caps     []Entry     // the capabilities in order
	caps     *jsonc.Node // value of Capabilities, whatever it is; of the key that is meant for it, if that is misspelt
	root     *jsonc.Node // the object, or nil
	requests []Request   // peripherals, not resolved

	byKey map[*jsonc.Node]map[string]*jsonc.Node // members of root and caps, where they are too many to look through
}

// Entry is one capability of a manifest.
type Entry struct {
	Name  string      // as written
	Node  *jsonc.Node // its value
	Cap   *Capability // nil if there is none even by a similar name
	Exact bool        // Name is Cap.Name, so that the device understands it
}

// Read makes the typed view of a file. It never fails.
func Read(f *jsonc.File) *Manifest {
	m := &Manifest{File: f}
	if f.Root.Kind == jsonc.Object {
		m.root = f.Root
		m.index(m.root)
	}
	if m.caps = m.top("Capabilities"); m.caps == nil {
		m.caps = misspelt(m.root, "Capabilities")
	}
	m.Fragment = m.root != nil && len(m.root.Children) == 1 && m.caps != nil
	if s, ok := m.top("ApplicationType").Str(); ok {
		m.RealTime = s == "RealTimeCapable"
	}
	if m.caps == nil || m.caps.Kind != jsonc.Object {
		return m
	}
	m.index(m.caps)
	for _, n := range m.caps.Children {
		e := Entry{Name: n.Name(), Node: n, Cap: LookupCapability(n.Name()), Exact: true}
		if e.Cap == nil {
			e.Cap, e.Exact = similarCapability(e.Name), false
		}
		m.Caps = append(m.Caps, e)
		if e.Cap != nil && e.Cap.IsPeripheral() && n.Kind == jsonc.Array {
			for _, c := range n.Children {
				m.requests = append(m.requests, newRequest(e.Cap, c))
			}
		}
	}
	return m
}

// top returns a top-level value by its exact key.
func (m *Manifest) top(key string) *jsonc.Node { return m.member(m.root, key) }

// index prepares member for an object that has more keys than any real manifest.
func (m *Manifest) index(object *jsonc.Node) {
	if len(object.Children) <= 64 {
		return
	}
	if m.byKey == nil {
		m.byKey = map[*jsonc.Node]map[string]*jsonc.Node{}
	}
	m.byKey[object] = lastByKey(object)
}

// member is object.Member in constant time, for root and caps.
func (m *Manifest) member(object *jsonc.Node, key string) *jsonc.Node {
	if keys := m.byKey[object]; keys != nil {
		return keys[key]
	}
	return object.Member(key)
}

// CutOff reports whether the text ends inside of the manifest: what is not in it may be in the rest.
func (m *Manifest) CutOff() bool {
	return m.root != nil && m.root.Unclosed || m.caps != nil && m.caps.Unclosed
}

// means reports whether a member's key is the given one but for case or space around it.
func means(n *jsonc.Node, key string) bool {
	return n.Name() != key && strings.EqualFold(strings.TrimSpace(n.Name()), key)
}

// misspelt returns the first member of an object that means a key, or nil.
func misspelt(object *jsonc.Node, key string) *jsonc.Node {
	if object != nil {
		for _, n := range object.Children {
			if means(n, key) {
				return n
			}
		}
	}
	return nil
}

// lastByKey returns the members of an object; of those with one key the last, which counts.
func lastByKey(object *jsonc.Node) map[string]*jsonc.Node {
	keys := make(map[string]*jsonc.Node, len(object.Children))
	for _, n := range object.Children {
		if n.Key.Kind != jsonc.Missing {
			keys[n.Name()] = n
		}
	}
	return keys
}

// Name returns the app's name, "" if there is none.
func (m *Manifest) Name() string { s, _ := m.top("Name").Str(); return s }

// ComponentID returns the component id as written, "" if there is none.
func (m *Manifest) ComponentID() string { s, _ := m.top("ComponentId").Str(); return s }

// EntryPoint returns the program's path inside the image, "" if there is none.
func (m *Manifest) EntryPoint() string { s, _ := m.top("EntryPoint").Str(); return s }

// CmdArgs returns the arguments; what is no string is left out.
func (m *Manifest) CmdArgs() []string {
	var args []string
	if n := m.top("CmdArgs"); n != nil && n.Kind == jsonc.Array {
		for _, c := range n.Children {
			if s, ok := c.Str(); ok {
				args = append(args, s)
			}
		}
	}
	return args
}

// APISet returns TargetApplicationRuntimeVersion, which packaged manifests of high-level apps have; 0 if there is none.
func (m *Manifest) APISet() int {
	v, _ := m.top("TargetApplicationRuntimeVersion").Int()
	return int(v)
}

// capability returns the last entry of an exact name, or nil.
func (m *Manifest) capability(name string) *jsonc.Node { return m.member(m.caps, name) }

// enabled reports whether a boolean capability is true.
func (m *Manifest) enabled(name string) bool {
	v, _ := m.capability(name).Bool()
	return v
}

// Request is one entry of a peripheral field: a pin or controller that the app asks for.
type Request struct {
	Cap    *Capability
	Node   *jsonc.Node
	Symbol string      // "LED" for "$LED"; else ""
	Value  hwdef.Value // raw value; zero for symbols and for what has the wrong type
}

func newRequest(c *Capability, n *jsonc.Node) Request {
	r := Request{Cap: c, Node: n}
	s, isString := n.Str()
	switch {
	case isString && strings.HasPrefix(s, "$"):
		r.Symbol = s[1:]
	case isString && c.Shape == Units:
		r.Value = hwdef.Value{Text: s}
	case c.Shape == GPIOs:
		if v, ok := n.Int(); ok {
			r.Value = hwdef.Value{Text: strconv.FormatInt(v, 10), Number: true}
		}
	}
	return r
}

// Requests returns every entry of every peripheral field, in order. It must not be changed.
func (m *Manifest) Requests() []Request { return m.requests }

// UsesSymbols reports whether any peripheral is named by a $ name, so that a hardware definition is needed.
func (m *Manifest) UsesSymbols() bool {
	for i := range m.requests {
		if m.requests[i].Symbol != "" {
			return true
		}
	}
	return false
}

// Is reports whether a file is an app manifest by its content.
func Is(f *jsonc.File) bool {
	if f.Root.Kind != jsonc.Object {
		return false
	}
	hits := 0
	for _, n := range f.Root.Children {
		switch strings.ToLower(strings.TrimSpace(n.Name())) {
		case "capabilities":
			if n.Kind != jsonc.Object {
				continue
			}
			if len(f.Root.Children) == 1 { // a fragment
				for _, c := range n.Children {
					if similarCapability(c.Name()) != nil {
						return true
					}
				}
				continue
			}
			hits++
		case "schemaversion", "componentid", "entrypoint", "cmdargs", "applicationtype", "mallocversion":
			hits++
		}
	}
	return hits >= 2
}
