package linux

import (
	"sort"

	"armillary.dev/emulator/guestlib"
)

// FirstThread is the process's oldest thread, nil when it has ended.
func (p *Process) FirstThread() *Thread {
	if p.ended || len(p.threads) == 0 {
		return nil
	}
	return p.threads[0]
}

// MakeSyscall makes the call in the registers, and forgets it when it waits.
func (t *Thread) MakeSyscall() {
	t.syscall()
	t.forget()
}

// MakeCall calls a function of a library, and forgets the call when it waits.
func (t *Thread) MakeCall(lib *guestlib.Library) {
	t.libraryCall(lib)
	t.forget()
}

func (t *Thread) forget() {
	t.leaveQueues()
	t.wait, t.futex = nil, nil
	t.pending, t.p.signals.pending = 0, 0
}

// SyscallNumbers are those in the tables.
func SyscallNumbers() (out []int) {
	for nr := range syscalls() {
		out = append(out, int(nr))
	}
	sort.Ints(out)
	return out
}

// NameMismatches are table entries whose name is not the number's.
func NameMismatches() (out []string) {
	for nr, e := range syscalls() {
		want, ok := syscallNames()[nr]
		if ok && want != e.name && want != e.name+"32" && want != e.name+"_time32" {
			out = append(out, e.name+" is "+want)
		}
	}
	sort.Strings(out)
	return out
}
