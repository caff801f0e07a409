package manifest

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/device/hwdef"
	"armillary.dev/internal/testenv"
)

// The table of functions says what the facts say, no less and no more.
func TestFunctionTable(t *testing.T) {
	src, err := os.Open(filepath.Join(testenv.Shared(t), "facts", "applibs_capabilities.tsv"))
	if err != nil {
		testenv.NotRun(t, "facts", err.Error())
	}
	defer src.Close()
	r := csv.NewReader(src)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{"PWM_Apply": true, "bind": true} // the facts say these in words
	for _, row := range rows[1:] {
		name, needs, errno := row[0], row[1], row[2]
		if strings.HasPrefix(name, "bind(") || strings.HasSuffix(name, "*") { // the latter is no function
			continue
		}
		listed[name] = true
		f := LookupFunction(name)
		if f == nil {
			t.Errorf("%s is not in the table", name)
			continue
		}
		var both []string
		for _, n := range f.Needs {
			var either []string
			for _, g := range n {
				either = append(either, strings.TrimSuffix(g.Capability+":"+g.Entry, ":"))
			}
			both = append(both, strings.Join(either, "|"))
		}
		if got := strings.Join(both, "+"); got != needs {
			t.Errorf("%s needs %s, not %s", name, needs, got)
		}
		errno, _, _ = strings.Cut(strings.TrimSuffix(errno, "-"), "|")
		if f.Errno != errno {
			t.Errorf("%s fails with %q, not %q", name, errno, f.Errno)
		}
	}
	for _, f := range Functions() {
		if !listed[f.Name] {
			t.Errorf("the facts do not list %s", f.Name)
		}
		if f.Peripheral != "" && (len(hwdef.Controllers(f.Peripheral)) == 0) != (f.Peripheral == hwdef.Gpio) {
			t.Errorf("%s opens %s, which is no peripheral field", f.Name, f.Peripheral)
		}
	}
}

func TestMentions(t *testing.T) {
	for _, c := range []struct {
		function, capability, entry string
		want                        bool
	}{
		{"GPIO_OpenAsInput", "Gpio", "", true},
		{"GPIO_OpenAsInput", "Uart", "", false},
		{"Networking_Proxy_Get", "NetworkConfig", "", true},
		{"SysEvent_DeferEvent", "SystemEventNotifications", "", true},
		{"PowerManagement_ForceSystemReboot", "PowerControls", "ForceReboot", true},
		{"PowerManagement_ForceSystemReboot", "PowerControls", "ForcePowerDown", false},
		{"WifiConfig_SetSecurityType", "EnterpriseWifiConfig", "", true},
	} {
		if got := LookupFunction(c.function).Mentions(c.capability, c.entry); got != c.want {
			t.Errorf("%s mentions %s %s: %v", c.function, c.capability, c.entry, got)
		}
	}
}
