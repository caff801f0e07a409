package analysis

import (
	"regexp"
	"strings"
	"testing"

	"armillary.dev/device/rule"
)

// hintMarks are the hints in the texts of the test.
var hintMarks = regexp.MustCompile("‹[^›]*›")

func TestInlays(t *testing.T) {
	const manifest, hw = "ws/app/app_manifest.json", "ws/hw/board.json"
	for _, tt := range []struct{ name, file, text string }{ // hints are written as ‹label› where they are shown
		{"names", manifest, app(`{ "Gpio": [ "$LED"‹= GPIO 8›, "$MT3620_GPIO9"‹= GPIO 9›, "$NONE", "$CS"‹= -1› ], "Uart": [ "$SERIAL"‹= ISU1›, "ISU0" ], "Nonsense": [ "$LED" ] }`)},
		{"numbers that have a name", manifest, app(`{ "Gpio": [ 8‹= $LED›, 9, "8", 1e9 ], "AllowedTcpServerPorts": [ 8 ] }`)},
		{"no definition", "x/app_manifest.json", app(`{ "Gpio": [ "$LED", 8 ] }`)},
		{"mappings", hw, definition(`[ { "Name": "LED", "Mapping": "MT3620_GPIO8"‹= GPIO 8›, "Type": "Gpio" }, { "Name": "A", "Type": "Gpio", "Mapping": "A" }, { "Name": "B", "Mapping": "MT3620_ISU0_SPI"‹= ISU0› },
			{ "Name": "P", "Type": "Pwm", "Mapping": "MT3620_PWM_CONTROLLER1"‹= PWM-CONTROLLER-1› }, { "Name": "L", "Type": "Gpio", "AppManifestValue": 8 }, { "Mapping": 5 }, 5 ]`)},
		{"half typed", manifest, `{ "SchemaVersion": 1, "CmdArgs": [], "Capabilities": { "Gpio": [ "$LED"‹= GPIO 8›`},
		{"another file", "package.json", `{ "Gpio": [ "$LED" ] }`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := hintMarks.ReplaceAllString(tt.text, "")
			f := read(tt.file, src)
			list := f.Inlays(rule.Span{End: len(src)})
			if list == nil {
				t.Error("the list is nil")
			}
			var b strings.Builder
			last := 0
			for i, h := range list {
				if h.Markdown == "" {
					t.Errorf("%s is not explained", h.Label)
				}
				b.WriteString(src[last:h.Offset] + "‹" + h.Label + "›")
				last = h.Offset
				one := f.Inlays(rule.Span{Start: h.Offset, End: h.Offset})
				if len(one) != 1 || one[0] != list[i] {
					t.Errorf("at %d alone: %v", h.Offset, one)
				}
			}
			if got := b.String() + src[last:]; got != tt.text {
				t.Errorf("got  %s\nwant %s", got, tt.text)
			}
			if got := f.Inlays(rule.Span{Start: len(src) + 5, End: len(src) + 9}); len(got) != 0 {
				t.Errorf("behind the end: %v", got)
			}
		})
	}
}
