package manifest

import (
	"testing"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

func applied(src string, e rule.Edit) string { return src[:e.Span.Start] + e.New + src[e.Span.End:] }

func TestAddGrant(t *testing.T) {
	for _, c := range []struct{ name, src, capability, value, want string }{
		{"flag", `{"Capabilities": {"Gpio": [8]}}`, "WifiConfig", "", `{"Capabilities": {"Gpio": [8], "WifiConfig": true}}`},
		{"flag that is false", `{"Capabilities": {"WifiConfig": false}}`, "WifiConfig", "", `{"Capabilities": {"WifiConfig": true}}`},
		{"no capabilities", `{"Name": "a"}`, "WifiConfig", "", `{"Name": "a", "Capabilities": { "WifiConfig": true }}`},
		{"new list", `{"Capabilities": {}}`, "Gpio", `"$LED"`, `{"Capabilities": { "Gpio": [ "$LED" ] }}`},
		{"longer list", `{"Capabilities": {"Gpio": [8]}}`, "Gpio", "9", `{"Capabilities": {"Gpio": [8, 9]}}`},
		{"already there", `{"Capabilities": {"Gpio": [8]}}`, "Gpio", "8", ""},
		{"storage", `{"Capabilities": {"Gpio": []}}`, "MutableStorage", "", `{"Capabilities": {"Gpio": [], "MutableStorage": { "SizeKB": 8 }}}`},
		{"nobody knows the tenant", `{"Capabilities": {}}`, "DeviceAuthentication", "", ""},
		{"nobody knows the entry", `{"Capabilities": {}}`, "Gpio", "", ""},
		{"no place", `[]`, "WifiConfig", "", ""},
		{"capabilities are no object", `{"Capabilities": 3}`, "WifiConfig", "", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			e, ok := Read(jsonc.ParseString(c.src)).Editor().AddGrant(c.capability, c.value)
			got := ""
			if ok {
				got = applied(c.src, e)
			}
			if got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestGrants(t *testing.T) {
	m := Read(jsonc.ParseString(`{"Capabilities": {"WifiConfig": true, "SystemTime": false, "Gpio": [], "Uart": ["ISU0"],
		"PowerControls": ["ForceReboot"], "DeviceAuthentication": "TODO"}}`))
	for _, c := range []struct {
		grant Grant
		want  bool
	}{
		{Grant{"WifiConfig", ""}, true}, {Grant{"SystemTime", ""}, false}, {Grant{"CertStore", ""}, false}, {Grant{"Gpio", ""}, false},
		{Grant{"Uart", ""}, true}, {Grant{"PowerControls", "ForceReboot"}, true}, {Grant{"PowerControls", "ForcePowerDown"}, false},
		{Grant{"DeviceAuthentication", ""}, true}, {Grant{"Nonsense", ""}, false},
	} {
		if got := m.Grants(c.grant); got != c.want {
			t.Errorf("%s: %v", c.grant, got)
		}
	}
}
