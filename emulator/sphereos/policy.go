package sphereos

import (
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// Policy is what one app may do: the Capabilities of its packaged manifest (facts/manifest.md 1.2). What is not listed
// is not allowed. It never changes while the app runs and may be used from any goroutine.
type Policy struct {
	component string
	caps      map[string]capability
	denied    func(device.Denied)
}

// capability is one entry of Capabilities in the form in which it is asked for.
type capability struct {
	on        bool     // true, or a value that is not empty
	entries   []string // of a list; numbers in decimal. A single string counts as a list of one
	storageKB int
}

// newPolicy reads the capabilities of a packaged manifest that the rules have passed. denied is told about every
// refusal; it must not block.
func newPolicy(component string, m *manifest.Manifest, denied func(device.Denied)) *Policy {
	p := &Policy{component: component, caps: map[string]capability{}, denied: denied}
	for _, e := range m.Caps {
		if !e.Exact {
			continue
		}
		var c capability
		switch n := e.Node; n.Kind {
		case jsonc.Bool:
			c.on, _ = n.Bool()
		case jsonc.String:
			c.on, c.entries = true, []string{n.Text()}
		case jsonc.Array:
			c.on = len(n.Children) > 0
			for _, child := range n.Children {
				if i, ok := child.Int(); ok {
					c.entries = append(c.entries, strconv.FormatInt(i, 10))
				} else if s, ok := child.Str(); ok {
					c.entries = append(c.entries, s)
				}
			}
		case jsonc.Object:
			c.on = true
			if size := n.Member("SizeKB"); size != nil {
				kb, _ := size.Int()
				c.storageKB = int(kb)
			}
		}
		p.caps[e.Cap.Name] = c
	}
	return p
}

// Allow reports whether the manifest grants a capability: value is the entry that a list must hold ("8", "ISU0",
// "example.com"), empty for a capability that is on or off. Entries are compared without regard to case, as ids and
// host names are.
func (p *Policy) Allow(capability, value string) bool {
	c := p.caps[capability]
	if value == "" {
		return c.on
	}
	return slices.ContainsFunc(c.entries, func(e string) bool { return strings.EqualFold(e, value) })
}

// Entries lists what the manifest names under a capability.
func (p *Policy) Entries(capability string) []string { return slices.Clone(p.caps[capability].entries) }

// StorageKB is MutableStorage.SizeKB, 0 without the capability.
func (p *Policy) StorageKB() int { return p.caps["MutableStorage"].storageKB }

// Pointer is where in the packaged manifest a capability stands or would have to stand.
func (p *Policy) Pointer(capability string) string { return "/Capabilities/" + capability }

// Denied is to be told of every call that the app was refused: the refusal is written to the device log and reported as
// a device.Denied. function is the call as a C programmer writes it, errno what the app is told (13 EACCES in applibs,
// 1 EPERM at sockets and in the kernel).
func (p *Policy) Denied(function, capability, value string, errno int) {
	if p.denied != nil {
		p.denied(device.Denied{
			Component: p.component, Function: function, Capability: capability, Value: value, Errno: errno,
			Pointer: p.Pointer(capability),
		})
	}
}
