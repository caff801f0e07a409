package debugadapter_test

import (
	"testing"

	"armillary.dev/debugadapter"
)

func TestSteps(t *testing.T) {
	t.Parallel()
	p := build(t)
	server, _ := qemu(t, p.elf)
	c := start(t, debugadapter.Options{})
	bps := c.begin("launch", m{"program": p.elf, "gdb": server}, p.source, p.line(t, "shape ready"))
	if len(bps) != 1 || !bps[0].Verified || bps[0].Line != p.line(t, "shape ready") {
		t.Errorf("breakpoints %+v", bps)
	}
	tid := c.stopped("breakpoint").ThreadId
	f := c.at(tid, "work", p.line(t, "shape ready"))
	if _, text := c.frames(tid); text == "" {
		t.Error("no stack")
	} else {
		t.Log(text)
	}
	t.Logf("%v", c.scope(f.Id, "Locals"))
	step := func(command, name, mark string) {
		t.Helper()
		c.call(command, m{"threadId": tid}, nil)
		c.stopped("step")
		c.at(tid, name, p.line(t, mark))
	}
	step("next", "work", "two calls")
	step("next", "work", "recursive")
	step("next", "work", "through pointer")
	step("next", "work", "loop")
	step("next", "work", "body")
	step("next", "work", "loop")
	step("next", "work", "body")
}
