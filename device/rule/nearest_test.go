package rule

import (
	"slices"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"WifiConfig", "NetworkConfig", "Gpio", "Pwm", "Adc", "EnterpriseWifiConfig"}
	for word, want := range map[string][]string{
		"WifiConfg": {"WifiConfig"}, "wificonfig": {"WifiConfig"}, " GPIO ": {"Gpio"}, "Gipo": {"Gpio"}, "PWM": {"Pwm"},
		"NetwrokConfig": {"NetworkConfig"}, "Teleport": nil, "": nil, "xyz": nil, strings.Repeat("Gpio", 100): nil,
	} {
		if got := Nearest(word, names); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", word, got, want)
		}
	}
	if got := Nearest("ISU10", []string{"ISU0", "ISU1", "ISU2", "ISU3", "ISU4"}); len(got) != 3 || got[0] != "ISU0" || got[1] != "ISU1" {
		t.Errorf("%v", got)
	}
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"ab", "ba", 1}, {"kitten", "sitting", 3}, {"abc", "abc", 0}} {
		if got := distance(tt.a, tt.b); got != tt.want {
			t.Errorf("%q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
