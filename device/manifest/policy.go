package manifest

import (
	"fmt"
	"strconv"
	"strings"

	"armillary.dev/device/deverr"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// Refusal is the error of a device that turns a packaged manifest down.
type Refusal struct {
	Code    int          // device code, "2.35" as 2097187
	Finding rule.Finding // what is wrong, and where in the packaged text
}

func (r *Refusal) Error() string {
	where := r.Finding.Pointer
	if where != "" {
		where = " (" + where + ")"
	}
	return fmt.Sprintf("app manifest refused with %s: %s%s", deverr.Short(r.Code), r.Finding.Message, where)
}

// Refused returns the first finding for which packer or device turn the app down, or nil. What the facts do not confirm
// (rule.Recalled) refuses nothing.
// Text that is no JSON is turned down before anything in it is.
func Refused(findings []rule.Finding) *rule.Finding {
	var first *rule.Finding
	for i := range findings {
		f := &findings[i]
		if f.Refuses.Phase == "" || f.Refuses.Confidence == rule.Recalled {
			continue
		}
		if f.Rule.Code == jsonrule.CodeSyntax {
			return f
		}
		if first == nil {
			first = f
		}
	}
	return first
}

// Load reads the manifest out of an image package as a device does. If a device refuses it, the error is a *Refusal; the
// manifest is returned all the same.
func Load(packaged []byte) (*Manifest, error) {
	m := Read(jsonc.Parse(packaged))
	if f := Refused(Check(m, Options{Path: FileName, Packaged: true})); f != nil {
		return m, &Refusal{f.Refuses.Code, *f}
	}
	return m, nil
}

// Allows reports whether the manifest, which must be a packaged one, allows something: Allows("Gpio", "8"),
// Allows("PowerControls", "ForceReboot"), Allows("AllowedConnections", host), Allows("WifiConfig", ""). Hosts and ids
// are compared without regard to case. The pointer is that of the entry that allows it, or else of the place where the
// entry would have to be: "/Capabilities/Gpio".
func (m *Manifest) Allows(capability, value string) (ok bool, pointer string) {
	c, n := LookupCapability(capability), m.capability(capability)
	if c == nil || n == nil {
		return false, "/Capabilities/" + jsonc.EscapePointer(capability)
	}
	switch {
	case c.IsList():
		for _, e := range n.Children {
			if c.matches(e, value) {
				return true, e.Pointer()
			}
		}
	case c.Shape == Flag:
		ok, _ = n.Bool()
	case c.Shape == Tenant:
		s, _ := n.Str()
		ok = IsGUID(s) && (value == "" || strings.EqualFold(s, value))
	case c.Shape == Storage:
		ok = m.StorageKB() > 0
	}
	return ok, n.Pointer()
}

// matches compares an entry of a list with a value.
func (c *Capability) matches(e *jsonc.Node, value string) bool {
	switch c.Shape {
	case GPIOs, Ports:
		v, ok := e.Int()
		return ok && strconv.FormatInt(v, 10) == value
	case Hosts, Apps:
		s, ok := e.Str()
		return ok && strings.EqualFold(s, value)
	}
	s, ok := e.Str()
	return ok && s == value
}

// List returns the entries of a capability that is a list, as text; the app must not rely on their order.
func (m *Manifest) List(capability string) []string {
	n := m.capability(capability)
	if n == nil || n.Kind != jsonc.Array {
		return nil
	}
	var list []string
	for _, e := range n.Children {
		if v, ok := e.Int(); ok {
			list = append(list, strconv.FormatInt(v, 10))
		} else if s, ok := e.Str(); ok {
			list = append(list, s)
		}
	}
	return list
}

// StorageKB returns MutableStorage.SizeKB, 0 if the app has none.
func (m *Manifest) StorageKB() int {
	v, _ := m.capability("MutableStorage").Member(sizeKey).Int()
	return int(max(v, 0))
}

// TenantID returns the value of DeviceAuthentication, "" if there is none.
func (m *Manifest) TenantID() string { s, _ := m.capability("DeviceAuthentication").Str(); return s }
