package linux

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"armillary.dev/emulator/core"
)

// image is an ELF file in memory.
type image struct {
	bias    uint32
	entry   uint32
	end     uint32 // behind the last page
	interp  string
	dynamic uint32 // address of the dynamic section, 0 without one
	phdr    headers
	tls     tlsSegment
}

// headers are what the auxiliary vector says about the program.
type headers struct {
	addr  uint32
	count uint32
}

// tlsSegment is PT_TLS.
type tlsSegment struct {
	addr, fileSize, memSize, align uint32
}

// maxImage is the extent an object may have in memory.
const maxImage = 32 << 20

// parseELF checks that the file is an ARM EABI program or library.
func parseELF(data []byte) (*elf.File, error) {
	f, err := elf.NewFile(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("not an ELF file: %w", err)
	}
	switch {
	case f.Class != elf.ELFCLASS32 || f.Machine != elf.EM_ARM:
		return nil, fmt.Errorf("is for %v (%v), not for 32-bit ARM", f.Machine, f.Class)
	case f.ByteOrder != binary.LittleEndian:
		return nil, errors.New("is big-endian")
	case f.Type != elf.ET_DYN && f.Type != elf.ET_EXEC:
		return nil, fmt.Errorf("is no program or shared object (%v)", f.Type)
	}
	return f, nil
}

func protOf(flags elf.ProgFlag) (p core.Prot) {
	for _, x := range []struct {
		f elf.ProgFlag
		p core.Prot
	}{{elf.PF_R, core.ProtR}, {elf.PF_W, core.ProtW | core.ProtR}, {elf.PF_X, core.ProtX | core.ProtR}} {
		if flags&x.f != 0 {
			p |= x.p
		}
	}
	return p
}

// mapELF maps the loadable segments; a position-independent object goes to base.
func (p *Process) mapELF(data []byte, base uint32) (*image, error) {
	f, err := parseELF(data)
	if err != nil {
		return nil, err
	}
	img := &image{}
	if f.Type == elf.ET_DYN {
		img.bias = base
	}
	phoff := uint64(binary.LittleEndian.Uint32(data[28:]))
	img.phdr.count = uint32(len(f.Progs))
	loads := 0
	for _, ph := range f.Progs {
		switch ph.Type {
		case elf.PT_INTERP:
			b := make([]byte, min(ph.Filesz, 4096))
			if _, err := ph.ReadAt(b, 0); err != nil {
				return nil, fmt.Errorf("interpreter's name: %w", err)
			}
			img.interp = strings.TrimRight(string(b), "\x00")
		case elf.PT_DYNAMIC:
			img.dynamic = uint32(ph.Vaddr) + img.bias
		case elf.PT_TLS:
			img.tls = tlsSegment{uint32(ph.Vaddr) + img.bias, uint32(ph.Filesz), uint32(ph.Memsz), uint32(ph.Align)}
		case elf.PT_LOAD:
			if err := p.mapSegment(data, ph, img); err != nil {
				return nil, err
			}
			if phoff >= ph.Off && phoff < ph.Off+ph.Filesz {
				img.phdr.addr = uint32(ph.Vaddr+phoff-ph.Off) + img.bias
			}
			loads++
		}
	}
	if loads == 0 {
		return nil, errors.New("has nothing to load")
	}
	img.entry = uint32(f.Entry) + img.bias
	return img, nil
}

func (p *Process) mapSegment(data []byte, ph *elf.Prog, img *image) error {
	bad := func(what string) error {
		return fmt.Errorf("segment at %#x: %s", ph.Vaddr, what)
	}
	switch {
	case ph.Memsz == 0:
		return nil
	case ph.Filesz > ph.Memsz || ph.Off > uint64(len(data)) || ph.Filesz > uint64(len(data))-ph.Off:
		return bad("its contents are not in the file")
	case ph.Memsz > maxImage || ph.Vaddr > 0xFFFF_FFFF || uint64(img.bias)+ph.Vaddr+ph.Memsz > 0xF000_0000:
		return bad("does not fit the address space")
	case (ph.Vaddr-ph.Off)%core.PageSize != 0:
		return bad("address and file offset do not agree in a page")
	}
	start := uint32(ph.Vaddr) + img.bias
	first := start &^ (core.PageSize - 1)
	end := pageUp(start + uint32(ph.Memsz))
	if end == first {
		return nil
	}
	for a := first; a < end; a += core.PageSize {
		if p.mem.Mapped(a, 1) {
			return bad("overlaps another one")
		}
	}
	if e := p.mm.mapPages(first, end-first, protOf(ph.Flags)); e != 0 {
		return bad("no memory is left for it")
	}
	// As by mmap, the pages' edges show what lies around the segment in the file, but for the part behind data that
	// has to be zero.
	from := ph.Off - uint64(start-first)
	to := ph.Off + ph.Filesz
	if ph.Memsz == ph.Filesz {
		to = min(uint64(len(data)), from+uint64(end-first))
	}
	if err := p.mem.Write(first, data[from:to]); err != nil {
		return bad(err.Error())
	}
	img.end = max(img.end, end)
	return nil
}
