package sphereos

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"armillary.dev/device"
)

// Policy is what one app may do: the Capabilities of its packaged manifest (facts/manifest.md 1.2). What is not listed
// is not allowed. It never changes while the app is installed and may be used from any goroutine.
type Policy struct {
	component string
	caps      map[string]capability
	denied    func(device.Denied)
}

// capability is one entry of Capabilities in the form in which it is asked for.
type capability struct {
	flag    bool     // true or a non-empty value
	entries []string // of a list; integers in decimal; a single string counts as a list of one
	object  map[string]json.Number
}

// newPolicy reads the capabilities of a packaged manifest. denied is told about every refusal; it must not block.
func newPolicy(component string, caps map[string]json.RawMessage, denied func(device.Denied)) (*Policy, error) {
	p := &Policy{component: component, caps: map[string]capability{}, denied: denied}
	for name, raw := range caps {
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.UseNumber()
		var v any
		if err := dec.Decode(&v); err != nil {
			return nil, fmt.Errorf("/Capabilities/%s: %w", name, err)
		}
		var c capability
		switch v := v.(type) {
		case bool:
			c.flag = v
		case string:
			c.flag, c.entries = true, []string{v}
		case []any:
			c.flag = len(v) > 0
			for _, e := range v {
				c.entries = append(c.entries, fmt.Sprint(e))
			}
		case map[string]any:
			c.flag, c.object = true, map[string]json.Number{}
			for k, e := range v {
				if n, ok := e.(json.Number); ok {
					c.object[k] = n
				}
			}
		}
		p.caps[name] = c
	}
	return p, nil
}

// Allows reports whether the manifest grants a capability: value is the entry that a list must hold ("8", "ISU0",
// "example.com"), empty for a capability that is on or off. Entries are compared without regard to case, as the
// device does for ids and host names.
func (p *Policy) Allows(capability, value string) bool {
	c := p.caps[capability]
	if value == "" {
		return c.flag
	}
	return slices.ContainsFunc(c.entries, func(e string) bool { return strings.EqualFold(e, value) })
}

// AllowsInt is Allows for a list of integers.
func (p *Policy) AllowsInt(capability string, value int) bool {
	return p.Allows(capability, strconv.Itoa(value))
}

// Entries lists what the manifest names under a capability.
func (p *Policy) Entries(capability string) []string { return slices.Clone(p.caps[capability].entries) }

// StorageKB is MutableStorage.SizeKB, 0 without the capability.
func (p *Policy) StorageKB() int {
	n, err := p.caps["MutableStorage"].object["SizeKB"].Int64()
	if err != nil {
		return 0
	}
	return int(n)
}

// Pointer is where in the packaged manifest a capability stands or would have to stand.
func (p *Policy) Pointer(capability string) string { return "/Capabilities/" + capability }

// Check is Allows for a call that the app makes: a refusal is written to the device log and reported as a
// device.Denied. function is the call as a C programmer writes it, errno what the app is told (13 EACCES in applibs,
// 1 EPERM at sockets and in the kernel).
func (p *Policy) Check(function, capability, value string, errno int) bool {
	if p.Allows(capability, value) {
		return true
	}
	p.Deny(function, capability, value, errno)
	return false
}

// Deny reports a refusal that the caller has decided on.
func (p *Policy) Deny(function, capability, value string, errno int) {
	if p.denied != nil {
		p.denied(device.Denied{
			Component: p.component, Function: function, Capability: capability, Value: value, Errno: errno,
			Pointer: p.Pointer(capability),
		})
	}
}
