// Package dwarfop runs DWARF expressions: the stack machine that says where a variable is or what a saved register held.
//
// Addresses are 32 bits wide and arithmetic wraps there (DWARF 5, 2.5). The package must not know ELF files, types or
// frames: registers, memory and the rest of the world come in through Env.
package dwarfop

import (
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrUnavailable: a register or value that the expression needs was not preserved.
	ErrUnavailable = errors.New("value was not preserved")
	// ErrUnsupported: an operator or a service that is not known here.
	ErrUnsupported = errors.New("unsupported location")
	// ErrMalformed: the bytes are not a DWARF expression.
	ErrMalformed = errors.New("malformed location")
)

// BaseType is what typed operators need to know of a DW_TAG_base_type.
type BaseType struct {
	Size     int // bytes, 1..8
	Encoding Encoding
}

// Encoding is a DW_ATE_ value as far as arithmetic tells them apart.
type Encoding uint8

// Encodings.
const (
	Unsigned Encoding = iota
	Signed
	Floating
)

// Env is the world of an expression. Embed NoEnv to implement only what there is.
type Env interface {
	// Register returns the bits of a register by its DWARF number, with its size in bytes.
	Register(n uint64) (bits uint64, size int, err error)
	ReadMemory(addr uint32, p []byte) error
	// Address relocates an address constant of the file to run time.
	Address(link uint32) uint32
	// IndexedAddress is entry i of the unit's part of .debug_addr (not relocated).
	IndexedAddress(i uint64) (uint32, error)
	FrameBase() (uint32, error)
	CFA() (uint32, error)
	// EntryValue is the value that expr had when the function was entered.
	EntryValue(expr []byte) (uint64, error)
	// TLS is the address of the thread-local at an offset in the module's block.
	TLS(off uint32) (uint32, error)
	// Call returns the expression of another DIE. off is from the start of the unit (unitRelative) or of .debug_info.
	Call(off uint64, unitRelative bool) ([]byte, error)
	// BaseType returns the base type at an offset from the start of the unit.
	BaseType(off uint64) (BaseType, error)
	ObjectAddress() (uint32, error)
}

// NoEnv answers everything with ErrUnsupported.
type NoEnv struct{}

func no(what string) error { return fmt.Errorf("%w: %s", ErrUnsupported, what) }

// Register answers ErrUnsupported.
func (NoEnv) Register(uint64) (uint64, int, error) { return 0, 0, no("register") }

// ReadMemory answers ErrUnsupported.
func (NoEnv) ReadMemory(uint32, []byte) error { return no("memory") }

// Address gives link back.
func (NoEnv) Address(link uint32) uint32 { return link }

// IndexedAddress answers ErrUnsupported.
func (NoEnv) IndexedAddress(uint64) (uint32, error) { return 0, no("indexed address") }

// FrameBase answers ErrUnsupported.
func (NoEnv) FrameBase() (uint32, error) { return 0, no("frame base") }

// CFA answers ErrUnsupported.
func (NoEnv) CFA() (uint32, error) { return 0, no("canonical frame address") }

// EntryValue answers ErrUnavailable.
func (NoEnv) EntryValue([]byte) (uint64, error) { return 0, ErrUnavailable }

// TLS answers ErrUnsupported.
func (NoEnv) TLS(uint32) (uint32, error) { return 0, no("thread-local storage") }

// Call answers ErrUnsupported.
func (NoEnv) Call(uint64, bool) ([]byte, error) { return nil, no("DW_OP_call") }

// BaseType answers ErrUnsupported.
func (NoEnv) BaseType(uint64) (BaseType, error) { return BaseType{}, no("typed expression") }

// ObjectAddress answers ErrUnsupported.
func (NoEnv) ObjectAddress() (uint32, error) { return 0, no("object address") }

// Kind says what a piece of a location is.
type Kind uint8

// Kinds of pieces.
const (
	Empty    Kind = iota // optimized out
	Memory               // at Addr
	Register             // in register Reg
	Implicit             // no place: the bytes are in Bytes
	// Pointer: the value is a pointer to something that has no address; Ref is the DIE of that something (an offset in
	// .debug_info) and Offset the byte offset in it.
	Pointer
)

// Piece is a part of a value's location.
type Piece struct {
	Kind      Kind
	Addr      uint32
	Reg       uint64
	Bytes     []byte
	Ref       uint64
	Offset    int64
	BitSize   uint64 // 0: the whole value (a location of one piece)
	BitOffset uint64 // into the register, memory or bytes
}

// Limits against hostile expressions.
const (
	maxSteps  = 10000
	maxStack  = 1024
	maxPieces = 256
	maxDepth  = 16
)

// Location evaluates a location description. An empty expression is one Empty piece. The initial values are pushed
// first, the last one on top.
func Location(code []byte, env Env, initial ...uint32) ([]Piece, error) {
	m := &machine{env: env}
	for _, v := range initial {
		m.stack = append(m.stack, value{bits: uint64(v)})
	}
	if len(code) == 0 {
		return []Piece{{Kind: Empty}}, nil
	}
	if err := m.run(code, 0); err != nil {
		return nil, err
	}
	if len(m.pieces) > 0 {
		if m.loc.Kind != Empty || m.used {
			return nil, fmt.Errorf("%w: location after the last piece", ErrMalformed)
		}
		return m.pieces, nil
	}
	p, err := m.take()
	if err != nil {
		return nil, err
	}
	return []Piece{p}, nil
}

// Value evaluates an expression to an address-sized number. A register location gives the register's value, as
// DW_AT_frame_base and DW_CFA_*expression want it.
func Value(code []byte, env Env, initial ...uint32) (uint32, error) {
	m := &machine{env: env}
	for _, v := range initial {
		m.stack = append(m.stack, value{bits: uint64(v)})
	}
	if err := m.run(code, 0); err != nil {
		return 0, err
	}
	if len(m.pieces) > 0 {
		return 0, fmt.Errorf("%w: pieces where a number is needed", ErrMalformed)
	}
	switch {
	case m.loc.Kind == Register:
		v, _, err := env.Register(m.loc.Reg)
		return uint32(v), err
	case m.loc.Kind == Implicit:
		var v uint64
		for i := len(m.loc.Bytes) - 1; i >= 0; i-- {
			v = v<<8 | uint64(m.loc.Bytes[i])
		}
		return uint32(v), nil
	case m.loc.Kind == Pointer:
		return 0, fmt.Errorf("%w: implicit pointer", ErrUnsupported)
	}
	v, err := m.pop()
	return uint32(v.bits), err
}
