package breakpoints

import (
	"maps"
	"slices"

	"armillary.dev/device/rsp"
)

// Physical is what the debug server has inserted, by address with the kind of the instruction there (2, 3 or 4).
type Physical struct {
	// Hardware uses the server's hardware breakpoints instead of software ones.
	Hardware bool

	in map[uint32]int
}

// Has reports whether there is a breakpoint at addr.
func (p *Physical) Has(addr uint32) bool { _, ok := p.in[addr]; return ok }

// Addresses returns what is inserted.
func (p *Physical) Addresses() []uint32 { return slices.Sorted(maps.Keys(p.in)) }

// Diff returns the packets that bring the server from what it has to what is wanted, removals first, and takes them for
// done: a refused insertion has to be reported with Refused.
func (p *Physical) Diff(want map[uint32]int) (packets [][]byte, inserted []uint32) {
	if p.in == nil {
		p.in = map[uint32]int{}
	}
	for _, a := range slices.Sorted(maps.Keys(p.in)) {
		if k := want[a]; k != p.in[a] {
			packets = append(packets, p.packet(false, a, p.in[a]))
			delete(p.in, a)
		}
	}
	for _, a := range slices.Sorted(maps.Keys(want)) {
		if _, ok := p.in[a]; !ok {
			packets = append(packets, p.packet(true, a, want[a]))
			p.in[a] = want[a]
			inserted = append(inserted, a)
		}
	}
	return packets, inserted
}

// Refused takes back an insertion.
func (p *Physical) Refused(addr uint32) { delete(p.in, addr) }

func (p *Physical) packet(insert bool, addr uint32, kind int) []byte {
	b := rsp.Break{Insert: insert, Type: rsp.Software, Addr: uint64(addr), Kind: uint64(kind)}
	if p.Hardware {
		b.Type = rsp.Hardware
	}
	return b.Append(nil)
}
