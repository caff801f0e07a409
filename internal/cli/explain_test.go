package cli

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/device/deverr"
	"armillary.dev/device/manifest"
	"armillary.dev/server/analysis"
)

// explain prints what its standard input holds for - and for --log -.
func TestExplainStandardInput(t *testing.T) {
	for _, args := range [][]string{{"explain", "-"}, {"explain", "--log", "-"}} {
		var out, errw bytes.Buffer
		if code := run(context.Background(), args, streams{strings.NewReader("EACCES\nupload: error 14.18\n"), &out, &errw}); code != ExitOK || errw.Len() > 0 {
			t.Errorf("%v: exit %d, %s", args, code, &errw)
		}
		for _, want := range []string{"line 1: EACCES\nerrno 13", "line 2: 14.18\ndevice error 14.18: NotEnoughFreeSpace"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v lacks %q:\n%s", args, want, &out)
			}
		}
	}
}

// Every id of the catalogue is explained in its three spellings and by its name, every errno and capability by name.
func TestExplainEverything(t *testing.T) {
	for _, e := range deverr.All() {
		newest, _ := deverr.Lookup(e.Code())
		for _, query := range []string{e.Short(), strconv.Itoa(e.Code()), fmt.Sprintf("%#x", e.Code())} {
			all, err := answersTo(query)
			if err != nil || len(all) != 1 || all[0].Name != newest.Name || all[0].Text == "" || all[0].Help == "" {
				t.Fatalf("%s: %+v, %v", query, all, err)
			}
		}
		if !isName(e.Name) {
			continue // in words
		}
		all, err := answersTo(e.Name)
		if err != nil || !slices.ContainsFunc(all, func(a explained) bool { return a.Code == e.Code() && a.OS == e.OS }) {
			t.Errorf("%s: %+v, %v", e.Name, all, err)
		}
	}
	for _, e := range deverr.Errnos() {
		if all, err := answersTo(e.Name); err != nil || all[0].Code != e.Number {
			t.Errorf("%s: %+v, %v", e.Name, all, err)
		}
	}
	for _, c := range manifest.Capabilities() {
		if all, err := answersTo(c.Name); err != nil || all[0].Kind != "capability" {
			t.Errorf("%s: %+v, %v", c.Name, all, err)
		}
	}
}

func TestCompleteExplain(t *testing.T) {
	for begun, want := range map[string]string{
		"AZS10": "AZS101\tGPIO among the pins of a controller", "eacc": "EACCES\tpermission denied", "Requested": "RequestedPeripheralsRequireSamePin\tdevice error 2.35",
		"gp": "Gpio\tcapability", "": "AZS101\tGPIO among the pins of a controller",
	} {
		got := completeExplain(begun)
		if !slices.Contains(got, want) {
			t.Errorf("%q lacks %q", begun, want)
		}
		for _, o := range got {
			if !strings.EqualFold(o[:len(begun)], begun) {
				t.Errorf("%q offers %q", begun, o)
			}
		}
	}
	if got := completeExplain("Nothing begins so"); len(got) > 0 {
		t.Errorf("%q", got)
	}
}

func FuzzScanLine(f *testing.F) {
	for _, s := range []string{"error 2.35 (2097187)", "0x200023", "AppManifestError::InvalidJson", "errno 13 EACCES", "AZS101", "", "::"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, a := range scanLine(line) {
			if !strings.Contains(line, a.Query) || a.Kind == "" || a.Name == "" {
				t.Errorf("%q: %+v", line, a)
			}
		}
	})
}

// Every rule is explained, and says where there is more: a place that docs/rules.md has, and a device error that is known.
func TestExplainSee(t *testing.T) {
	doc := string(rulesDoc())
	for _, r := range analysis.Rules() {
		all, err := answersTo(strings.ToLower(r.Code))
		if err != nil || len(all) != 1 || all[0].Text == "" || len(all[0].See) == 0 {
			t.Errorf("%s: %+v, %v", r.Code, all, err)
			continue
		}
		if want := "docs/rules.md#" + strings.ToLower(r.Code); all[0].See[0] != want || !strings.Contains(doc, "\n### "+r.Code+"\n") {
			t.Errorf("%s: %s leads nowhere", r.Code, all[0].See[0])
		}
		for _, command := range all[0].See[1:] {
			if _, err := answersTo(strings.TrimPrefix(command, "armillary explain ")); err != nil {
				t.Errorf("%s: %s: %v", r.Code, command, err)
			}
		}
	}
}
