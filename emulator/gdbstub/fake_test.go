package gdbstub

import (
	"encoding/binary"
	"errors"
	"slices"
	"sync"
)

// fake is a target that executes a toy of T32: nop (bf00), adds r0,#1 (3001), b . (e7fe), svc (df00: exit with r0).
// Anything else is a bus error. It is deterministic: `b .` waits for an interrupt.
type fake struct {
	mu      sync.Mutex
	regs    Registers
	code    []byte // at codeAt
	data    []byte // at dataAt
	breaks  map[uint32]bool
	watches map[watch]bool
	stops   chan Stop
	intr    chan struct{}
	log     []string
}

const (
	codeAt = 0x10000
	dataAt = 0x20000
)

func newFake(code ...uint16) *fake {
	f := &fake{data: make([]byte, 256), breaks: map[uint32]bool{}, watches: map[watch]bool{}, stops: make(chan Stop, 4), intr: make(chan struct{}, 4)}
	for _, c := range code {
		f.code = binary.LittleEndian.AppendUint16(f.code, c)
	}
	f.regs.R[13], f.regs.R[15], f.regs.CPSR = dataAt+128, codeAt, 0x30
	f.regs.D[1] = 0x3ff0000000000000
	return f
}

func (f *fake) Threads() []Thread { return []Thread{{1, "main"}} }

func (f *fake) Registers(tid int) (Registers, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if tid != 1 {
		return Registers{}, errors.New("no such thread")
	}
	return f.regs, nil
}

func (f *fake) SetRegisters(tid int, r Registers) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.regs = r
	return nil
}

func (f *fake) at(addr uint32) []byte {
	switch {
	case addr >= codeAt && addr < codeAt+uint32(len(f.code)):
		return f.code[addr-codeAt:]
	case addr >= dataAt && addr < dataAt+uint32(len(f.data)):
		return f.data[addr-dataAt:]
	}
	return nil
}

func (f *fake) ReadMemory(addr uint32, buf []byte) (int, error) {
	n := copy(buf, f.at(addr))
	if n < len(buf) {
		return n, errors.New("fault")
	}
	return n, nil
}

func (f *fake) WriteMemory(addr uint32, data []byte) error {
	if m := f.at(addr); len(m) >= len(data) {
		copy(m, data)
		return nil
	}
	return errors.New("fault")
}

func (f *fake) SetBreakpoint(a uint32) error   { f.breaks[a] = true; return nil }
func (f *fake) ClearBreakpoint(a uint32) error { delete(f.breaks, a); return nil }
func (f *fake) SetWatchpoint(k WatchKind, a, n uint32) error {
	f.watches[watch{k, a, n}] = true
	return nil
}
func (f *fake) ClearWatchpoint(k WatchKind, a, n uint32) error {
	delete(f.watches, watch{k, a, n})
	return nil
}

func (f *fake) Resume(a []Action) error {
	go f.run(a[0])
	return nil
}

func (f *fake) run(a Action) {
	for first := true; ; first = false {
		stop, ok := f.step(a, first)
		if ok {
			if stop.Kind == StopSignal && stop.Signal == 2 {
				<-f.intr
			}
			f.stops <- stop
			return
		}
	}
}

// step executes one instruction, unless the target has to stop before it.
func (f *fake) step(a Action, first bool) (Stop, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	pc := f.regs.R[15]
	if !first {
		if f.breaks[pc] {
			return Stop{Kind: StopBreakpoint, TID: 1}, true
		}
		if a.Kind == Step || a.Kind == StepRange && (pc < a.Start || pc >= a.End) {
			return Stop{Kind: StopSignal, TID: 1, Signal: sigTRAP}, true
		}
	}
	m := f.at(pc)
	if len(m) < 2 {
		return Stop{Kind: StopSignal, TID: 1, Signal: 11}, true
	}
	switch op := binary.LittleEndian.Uint16(m); op {
	case 0x3001:
		f.regs.R[0]++
	case 0xbf00:
	case 0xe7fe:
		return Stop{Kind: StopSignal, TID: 1, Signal: 2}, a.Kind == Continue
	case 0xdf00:
		return Stop{Kind: StopExited, TID: 1, Code: int(f.regs.R[0])}, true
	default:
		return Stop{Kind: StopSignal, TID: 1, Signal: 7}, true
	}
	f.regs.R[15] += 2
	return Stop{}, false
}

func (f *fake) Interrupt() { f.intr <- struct{}{} }
func (f *fake) Kill()      { f.log = append(f.log, "kill") }
func (f *fake) Detach()    { f.log = append(f.log, "detach"); clear(f.breaks) }

func (f *fake) Stops() <-chan Stop { return f.stops }
func (f *fake) Libraries() []Library {
	return []Library{{Path: "/usr/lib/libapplibs.so.0", Bias: 0x40000000, Dyn: 0x40010000, Map: 0x30000}}
}
func (f *fake) Program() Library { return Library{Path: "/bin/app", Map: 0x2f000} }
func (f *fake) Auxv() []byte     { return []byte{9, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0} }
func (f *fake) ReadFile(p string) ([]byte, error) {
	if p == "/bin/app" {
		return slices.Repeat([]byte("elf!"), 100), nil
	}
	return nil, errors.New("no such file")
}
