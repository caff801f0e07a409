package emulator

import (
	"context"
	"sync"

	"armillary.dev/device"
)

// queueLength bounds what a slow subscriber may be behind.
const queueLength = 1024

// hub hands events to subscribers. Publishing never blocks: it happens on the machine's loop.
type hub struct {
	mu     sync.Mutex
	subs   map[*subscriber]struct{}
	closed bool
}

type subscriber struct {
	ch      chan device.Event
	dropped int
}

func (h *hub) publish(e device.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for s := range h.subs {
		if s.dropped > 0 {
			select {
			case s.ch <- device.Dropped{Stamp: device.Stamp(e.At()), Count: s.dropped}:
				s.dropped = 0
			default:
			}
		}
		if s.dropped > 0 {
			s.dropped++
			continue
		}
		select {
		case s.ch <- e:
		default:
			s.dropped++
		}
	}
}

func (h *hub) subscribe(ctx context.Context) <-chan device.Event {
	s := &subscriber{ch: make(chan device.Event, queueLength)}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(s.ch)
		return s.ch
	}
	if h.subs == nil {
		h.subs = map[*subscriber]struct{}{}
	}
	h.subs[s] = struct{}{}
	context.AfterFunc(ctx, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.remove(s)
	})
	return s.ch
}

// remove needs mu.
func (h *hub) remove(s *subscriber) {
	if _, ok := h.subs[s]; ok {
		delete(h.subs, s)
		close(s.ch)
	}
}

func (h *hub) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for s := range h.subs {
		h.remove(s)
	}
}
