package cli

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDemo holds the guided tour to what it promises: every step done, with the figures that matter.
func TestDemo(t *testing.T) {
	cleanHome(t)
	var out, errs bytes.Buffer
	if code := run(context.Background(), []string{"demo", "--json"}, streams{strings.NewReader(""), &out, &errs}); code != ExitOK {
		t.Errorf("exit code %d\n%s", code, errs.String())
	}
	steps := map[string]tourStep{}
	var names []string
	for sc := bufio.NewScanner(&out); sc.Scan(); {
		var s tourStep
		if err := json.Unmarshal(sc.Bytes(), &s); err != nil {
			t.Fatalf("%v\n%s", err, sc.Text())
		}
		if !s.OK {
			t.Errorf("step %s: %s\n%s", s.Step, s.Error, strings.Join(s.Lines, "\n"))
		}
		steps[s.Step] = s
		names = append(names, s.Step)
	}
	var want []string
	for _, s := range tourSteps {
		want = append(want, s.name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Fatalf("steps (-want +got)\n%s", diff)
	}
	get := func(step, value string) any { return steps[step].Values[value] }
	for _, c := range []struct {
		step, value string
		want        any
	}{
		{"check", "exitCode", 1.0},
		{"fix", "exitCode", 0.0},
		{"deploy", "function", "OnBlink"},
		{"evaluate", "result", "1000"},
		{"denied", "manifest", "app_manifest.json"},
		{"denied", "line", 8.0},
		{"exit", "exitCode", 0.0},
	} {
		if got := get(c.step, c.value); got != c.want {
			t.Errorf("%s: %s is %v, want %v", c.step, c.value, got, c.want)
		}
	}
	if deploy, next := get("deploy", "line"), get("next", "line"); deploy == next {
		t.Errorf("a step stayed on line %v", next)
	}
	frames, _ := get("stack", "frames").([]any)
	if len(frames) < 4 || frames[0] != "OnBlink" || frames[len(frames)-1] == "OnBlink" {
		t.Errorf("frames %v", frames)
	}
	members, _ := get("struct", "members").(map[string]any)
	if members["limit"] != "3" || !strings.Contains(members["name"].(string), "blink") {
		t.Errorf("members %v", members)
	}
}
