package debugadapter

import (
	"armillary.dev/debugadapter/eval"
	"armillary.dev/debugadapter/target"
	"armillary.dev/debugadapter/unwind"
)

// handles give numbers to what clients refer to: frames and containers of variables. A number is never used twice in a
// session, so one of an earlier stop is known for what it is.
type handles struct {
	next   int
	frames map[int]*frameRef
	vars   map[int]*container
	snap   *target.Snapshot // of the stop that the maps belong to
}

// frameRef is a frame of a thread.
type frameRef struct {
	tid   int
	frame *unwind.Frame
	id    int
}

// container is something with variables in it.
type container struct {
	kind  containerKind
	ref   *frameRef
	value *eval.Value // of children
	ctx   *eval.Context
}

type containerKind uint8

const (
	locals containerKind = iota
	globals
	registers
	children
)

// maxHandles bounds what one stop hands out.
const maxHandles = 100000

// begin makes the maps those of a stop, forgetting earlier ones.
func (h *handles) begin(snap *target.Snapshot) {
	if h.snap == snap && h.frames != nil && len(h.frames)+len(h.vars) < maxHandles {
		return
	}
	h.snap, h.frames, h.vars = snap, map[int]*frameRef{}, map[int]*container{}
	if h.next == 0 {
		h.next = 1000 // so that thread numbers and the like are not taken for handles by mistake
	}
}

func (h *handles) frame(tid int, f *unwind.Frame) *frameRef {
	for _, r := range h.frames {
		if r.frame == f {
			return r
		}
	}
	h.next++
	r := &frameRef{tid, f, h.next}
	h.frames[h.next] = r
	return r
}

func (h *handles) container(c *container) int {
	h.next++
	h.vars[h.next] = c
	return h.next
}

// stack is as much of a thread's call stack as was asked for.
type stack struct {
	frames []*unwind.Frame
	end    error // why there are no more; nil while there may be
}

// grow walks on until there are n frames or no more.
func (st *stack) grow(n int) {
	for len(st.frames) < n && st.end == nil {
		f, err := st.frames[len(st.frames)-1].Caller()
		if err != nil {
			st.end = err
			return
		}
		st.frames = append(st.frames, f)
	}
}
