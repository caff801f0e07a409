package core

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unsafe"
)

// Prot is what a page allows the guest.
type Prot uint8

// Protection bits.
const (
	ProtR Prot = 1 << iota
	ProtW
	ProtX
)

// PageSize is the granule of Map, Protect and permissions.
const PageSize = 1 << pageShift

const (
	pageShift = 12
	numPages  = 1 << 20
)

// IOHandler is a device behind a range of addresses. Sizes are 1, 2 and 4 bytes; addr is the guest address.
type IOHandler interface {
	ReadIO(addr, size uint32) uint32
	WriteIO(addr, size, value uint32)
}

// Errors of Memory.
var (
	ErrUnmapped  = errors.New("guest memory not mapped")
	ErrAlignment = errors.New("not a multiple of the page size")
)

// internal page bits above Prot.
const (
	pgMapped Prot = 1 << (3 + iota)
	pgIO
	pgWatch
	pgCode // decoded code lies in the page: writes must be seen
)

// Memory is a guest address space of 4 GiB. The host address space is reserved once and filled by Map; nothing is
// ever moved. It is not safe for concurrent use: the machine loop owns it.
//
// permR, permW and permX hold for each page its own number where the access may be made directly, and something else
// otherwise. One compare of the page of the last byte with the word of the first byte's page then tests permission and
// page crossing together (facts/engine.md 3). "Something else" is 0, which costs no memory in untouched pages, except
// for pages 0 and 0xfffff, where 0 could be the page of the last byte.
type Memory struct {
	base  unsafe.Pointer // 4 GiB and a page, host memory outside Go's heap
	permR *[numPages]uint32
	permW *[numPages]uint32
	permX *[numPages]uint32
	page  *[numPages]Prot
	io    []ioRange
	watch []watchRange

	// codeWritten is told of every page with decoded code before its content or permission changes.
	codeWritten func(page uint32)
}

type ioRange struct {
	start, last uint32
	h           IOHandler
}

type watchRange struct {
	start, last uint32
	read, write bool
}

// NewMemory reserves an empty address space.
func NewMemory() (*Memory, error) {
	base, err := reserve(1<<32 + PageSize)
	if err != nil {
		return nil, fmt.Errorf("reserving 4 GiB of address space for the guest: %w (is there a limit on virtual memory?)", err)
	}
	m := &Memory{
		base:  base,
		permR: new([numPages]uint32), permW: new([numPages]uint32), permX: new([numPages]uint32),
		page: new([numPages]Prot),
	}
	for _, p := range []uint32{0, numPages - 1} {
		m.permR[p], m.permW[p], m.permX[p] = ^uint32(0), ^uint32(0), ^uint32(0)
	}
	return m, nil
}

// Close gives the reserved address space back. The memory and its engines must not be used afterwards.
func (m *Memory) Close() error {
	if m.base == nil {
		return nil
	}
	err := release(m.base, 1<<32+PageSize)
	m.base = nil
	return err
}

func (m *Memory) ptr(addr uint32) unsafe.Pointer { return unsafe.Add(m.base, uintptr(addr)) }

func (m *Memory) bytes(addr uint32, n int) []byte { return unsafe.Slice((*byte)(m.ptr(addr)), n) }

func pages(addr, size uint32) (first, n uint32, err error) {
	if addr%PageSize != 0 || size%PageSize != 0 {
		return 0, 0, fmt.Errorf("range %#08x+%#x: %w", addr, size, ErrAlignment)
	}
	if uint64(addr)+uint64(size) > 1<<32 {
		return 0, 0, fmt.Errorf("range %#08x+%#x: beyond 4 GiB", addr, size)
	}
	return addr >> pageShift, size >> pageShift, nil
}

// Map makes a range of pages exist with the given protection. Pages that were not mapped are zero; those that were
// keep their content.
func (m *Memory) Map(addr, size uint32, prot Prot) error {
	first, n, err := pages(addr, size)
	if err != nil {
		return err
	}
	if size == 0 {
		return nil
	}
	if err := commit(m.ptr(addr), uintptr(size)); err != nil {
		return fmt.Errorf("range %#08x+%#x: %w", addr, size, err)
	}
	for p := first; p < first+n; p++ {
		m.touchCode(p)
		m.page[p] = m.page[p]&^(ProtR|ProtW|ProtX) | pgMapped | prot&7
		m.update(p)
	}
	return nil
}

// Unmap removes a range of pages; their content is lost. Pages that do not exist are skipped.
func (m *Memory) Unmap(addr, size uint32) error {
	first, n, err := pages(addr, size)
	if err != nil {
		return err
	}
	for p := first; p < first+n; p++ {
		if m.page[p]&pgMapped == 0 {
			continue
		}
		run := p
		for ; run < first+n && m.page[run]&pgMapped != 0; run++ {
			m.touchCode(run)
			m.page[run] &= pgWatch | pgIO
			m.update(run)
		}
		decommit(m.ptr(p<<pageShift), uintptr(run-p)<<pageShift)
		p = run - 1
	}
	return nil
}

// Protect changes the protection of a range of pages, all of which must be mapped.
func (m *Memory) Protect(addr, size uint32, prot Prot) error {
	first, n, err := pages(addr, size)
	if err != nil {
		return err
	}
	if !m.Mapped(addr, size) {
		return fmt.Errorf("range %#08x+%#x: %w", addr, size, ErrUnmapped)
	}
	for p := first; p < first+n; p++ {
		m.touchCode(p)
		m.page[p] = m.page[p]&^(ProtR|ProtW|ProtX) | prot&7
		m.update(p)
	}
	return nil
}

// Mapped says whether every byte of the range lies in a mapped page.
func (m *Memory) Mapped(addr, size uint32) bool {
	if size == 0 {
		return true
	}
	if uint64(addr)+uint64(size) > 1<<32 {
		return false
	}
	for p := addr >> pageShift; p <= (addr+size-1)>>pageShift; p++ {
		if m.page[p]&pgMapped == 0 {
			return false
		}
	}
	return true
}

// Prot is the protection of the page of addr; ok is false where nothing is mapped.
func (m *Memory) Prot(addr uint32) (prot Prot, ok bool) {
	p := m.page[addr>>pageShift]
	return p & 7, p&pgMapped != 0
}

// Read fills buf from addr whatever the protection, and returns how many bytes were mapped before the first gap.
func (m *Memory) Read(addr uint32, buf []byte) (int, error) {
	n := m.mappedPrefix(addr, len(buf))
	copy(buf, m.bytes(addr, n))
	if n < len(buf) {
		return n, fmt.Errorf("%#08x: %w", addr+uint32(n), ErrUnmapped)
	}
	return n, nil
}

// Write stores data at addr whatever the protection, all of it or nothing. Decoded code there is forgotten.
func (m *Memory) Write(addr uint32, data []byte) error {
	if n := m.mappedPrefix(addr, len(data)); n < len(data) {
		return fmt.Errorf("%#08x: %w", addr+uint32(n), ErrUnmapped)
	}
	if len(data) == 0 {
		return nil
	}
	for p := addr >> pageShift; p <= (addr+uint32(len(data))-1)>>pageShift; p++ {
		m.touchCode(p)
	}
	copy(m.bytes(addr, len(data)), data)
	return nil
}

func (m *Memory) mappedPrefix(addr uint32, n int) int {
	end := min(uint64(addr)+uint64(n), 1<<32)
	a := uint64(addr)
	for a < end && m.page[a>>pageShift]&pgMapped != 0 {
		a = (a>>pageShift + 1) << pageShift
	}
	return int(min(a, end) - uint64(addr))
}

// Uint32 reads a little-endian word whatever the protection.
func (m *Memory) Uint32(addr uint32) (uint32, error) {
	var b [4]byte
	_, err := m.Read(addr, b[:])
	return binary.LittleEndian.Uint32(b[:]), err
}

// SetUint32 writes a little-endian word whatever the protection.
func (m *Memory) SetUint32(addr, v uint32) error {
	return m.Write(addr, binary.LittleEndian.AppendUint32(nil, v))
}

// MapIO puts a device behind a range. It needs no mapped pages, and it hides what is mapped there.
func (m *Memory) MapIO(addr, size uint32, h IOHandler) error {
	if size == 0 || uint64(addr)+uint64(size) > 1<<32 {
		return fmt.Errorf("device range %#08x+%#x: empty or beyond 4 GiB", addr, size)
	}
	m.io = append(m.io, ioRange{addr, addr + size - 1, h})
	m.flag(addr, addr+size-1, pgIO)
	return nil
}

// SetWatchpoint makes Run stop after an instruction that reads or writes any byte of the range.
func (m *Memory) SetWatchpoint(addr, size uint32, read, write bool) {
	if size == 0 {
		return
	}
	last := addr + size - 1
	if last < addr {
		last = ^uint32(0)
	}
	m.watch = append(m.watch, watchRange{addr, last, read, write})
	m.flag(addr, last, pgWatch)
}

// ClearWatchpoint removes a watchpoint set with the same arguments.
func (m *Memory) ClearWatchpoint(addr, size uint32, read, write bool) {
	for i, w := range m.watch {
		if w.start == addr && w.last == addr+size-1 && w.read == read && w.write == write {
			m.watch = append(m.watch[:i:i], m.watch[i+1:]...)
			for p := w.start >> pageShift; ; p++ {
				m.page[p] &^= pgWatch
				m.update(p)
				if p == w.last>>pageShift {
					break
				}
			}
			for _, o := range m.watch {
				m.flag(o.start, o.last, pgWatch)
			}
			return
		}
	}
}

func (m *Memory) flag(start, last uint32, bit Prot) {
	for p := start >> pageShift; ; p++ {
		m.page[p] |= bit
		m.update(p)
		if p == last>>pageShift {
			return
		}
	}
}

func (m *Memory) touchCode(p uint32) {
	if m.page[p]&pgCode != 0 {
		m.page[p] &^= pgCode
		m.update(p)
		if m.codeWritten != nil {
			m.codeWritten(p)
		}
	}
}

// markCode makes writes to a page take the slow path, because blocks were decoded from it.
func (m *Memory) markCode(p uint32) {
	if m.page[p]&pgCode == 0 {
		m.page[p] |= pgCode
		m.update(p)
	}
}

func (m *Memory) update(p uint32) {
	no := uint32(0)
	if p == 0 || p == numPages-1 {
		no = ^uint32(0)
	}
	f := m.page[p]
	word := func(bit, not Prot) uint32 {
		if f&pgMapped != 0 && f&bit != 0 && f&not == 0 && no == 0 {
			return p
		}
		return no
	}
	m.permR[p] = word(ProtR, pgIO|pgWatch)
	m.permW[p] = word(ProtW, pgIO|pgWatch|pgCode)
	m.permX[p] = word(ProtX, pgIO)
}
