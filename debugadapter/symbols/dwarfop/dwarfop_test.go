package dwarfop

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
)

// world answers with numbers that a test can recognise.
type world struct{ NoEnv }

func (world) Register(n uint64) (uint64, int, error) {
	if n > 15 {
		return 0, 0, ErrUnavailable
	}
	return 0x1000 + n, 4, nil
}

func (world) ReadMemory(a uint32, p []byte) error {
	for i := range p {
		p[i] = byte(a) + byte(i)
	}
	return nil
}

func (world) Address(link uint32) uint32              { return link + 0x10 }
func (world) IndexedAddress(i uint64) (uint32, error) { return uint32(i) * 4, nil }
func (world) FrameBase() (uint32, error)              { return 0x2000, nil }
func (world) CFA() (uint32, error)                    { return 0x3000, nil }
func (world) EntryValue([]byte) (uint64, error)       { return 77, nil }
func (world) Call(off uint64, _ bool) ([]byte, error) { return []byte{opLit0 + byte(off&0xf)}, nil }
func (world) BaseType(off uint64) (BaseType, error) {
	return map[uint64]BaseType{1: {4, Floating}, 2: {8, Signed}, 3: {1, Unsigned}, 4: {8, Floating}, 5: {4, Signed}}[off], nil
}

func code(b ...byte) []byte { return b }

func TestValue(t *testing.T) {
	f := func(x float32) []byte { return binary.LittleEndian.AppendUint32(nil, math.Float32bits(x)) }
	tests := []struct {
		name string
		code []byte
		want uint32
	}{
		{"lit", code(opLit0 + 7), 7},
		{"const1s", code(opConst1s, 0xff), 0xffffffff},
		{"const2u", code(opConst2u, 1, 2), 0x201},
		{"consts", code(opConsts, 0x7f), 0xffffffff},
		{"addr", code(opAddr, 0, 1, 0, 0), 0x110},
		{"addrx", code(opAddrx, 3), 0x1c},
		{"constx", code(opConstx, 3), 12},
		{"breg", code(opBreg0+13, 0x78), 0x1000 + 13 - 8},
		{"bregx", code(opBregx, 4, 8), 0x100c},
		{"fbreg", code(opFbreg, 0x70), 0x2000 - 16},
		{"cfa", code(opCallFrameCFA), 0x3000},
		{"reg as value", code(opReg0 + 11), 0x100b},
		{"deref", code(opLit0+4, opDeref), 0x07060504},
		{"deref_size", code(opLit0+4, opDerefSize, 1), 4},
		{"wrap", code(opConst4u, 0xff, 0xff, 0xff, 0xff, opPlusUconst, 3), 2},
		{"minus", code(opLit0, opLit0+1, opMinus), 0xffffffff},
		{"div signed", code(opLit0+7, opNeg, opLit0+2, opDiv), 0xfffffffd},
		{"mod unsigned", code(opLit0+1, opNeg, opLit0+16, opMod), 15},
		{"shra", code(opLit0+8, opNeg, opLit0+1, opShra), 0xfffffffc},
		{"shr far", code(opLit0+8, opConst1u, 40, opShr), 0},
		{"lt signed", code(opLit0+1, opNeg, opLit0, opLt), 1},
		{"bra", code(opLit0+1, opBra, 1, 0, opLit0+9, opLit0+5), 5},
		{"skip", code(opLit0+1, opSkip, 1, 0, opNop, opLit0+5), 5},
		{"pick swap rot over drop", code(opLit0+1, opLit0+2, opLit0+3, opRot, opSwap, opOver, opPick, 2, opDrop), 2},
		{"stack_value", code(opLit0+9, opStackValue), 9},
		{"implicit_value", code(opImplicitValue, 2, 0x34, 0x12), 0x1234},
		{"entry_value", code(opEntryValue, 1, opReg0), 77},
		{"GNU entry_value", code(opGNUEntryValue, 1, opReg0, opLit0+1, opPlus), 78},
		{"call4", code(opCall4, 9, 0, 0, 0), 9},
		{"float add", append(append(append(code(opConstType, 1, 4), f(1.5)...), append(code(opConstType, 1, 4), f(2)...)...), opPlus, opConvert, 5, opConvert, 0), 3},
		{"float to double", append(append(code(opConstType, 1, 4), f(2.5)...), opConvert, 4, opConvert, 2, opConvert, 0), 2},
		{"regval_type", code(opRegvalType, 3, 3, opConvert, 0), 3},
		{"deref_type", code(opLit0+0x10, opDerefType, 1, 3, opConvert, 0), 0x10},
		{"reinterpret", append(append(code(opConstType, 1, 4), f(1)...), opReinterpret, 0), 0x3f800000},
	}
	for _, tt := range tests {
		got, err := Value(tt.code, world{})
		if err != nil || got != tt.want {
			t.Errorf("%s: %#x, want %#x (%v)", tt.name, got, tt.want, err)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct {
		name string
		code []byte
		want error
	}{
		{"empty stack", code(opPlus), ErrMalformed},
		{"cut off", code(opAddr, 1), ErrMalformed},
		{"endless", code(opSkip, 0xfd, 0xff), ErrMalformed},
		{"growing", code(opLit0, opSkip, 0xfc, 0xff), ErrMalformed},
		{"division by zero", code(opLit0, opLit0, opDiv), ErrMalformed},
		{"skip outside", code(opSkip, 0xff, 0x7f), ErrMalformed},
		{"unknown", code(0xfe), ErrUnsupported},
		{"address space", code(opLit0, opLit0, opXderef), ErrUnsupported},
		{"mixed types", append(code(opConstType, 1, 4, 0, 0, 0, 0), opLit0, opPlus), ErrMalformed},
		{"lost register", code(opBreg0+20, 0), ErrUnavailable},
	} {
		if _, err := Value(tt.code, world{}); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	if _, err := Value(code(opFormTLS), NoEnv{}); err == nil {
		t.Error("TLS without a stack")
	}
	if _, err := Value(code(opLit0, opFormTLS), NoEnv{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("TLS: %v", err)
	}
}

func TestLocation(t *testing.T) {
	ps, err := Location(code(opReg0+4, opPiece, 4, opPiece, 4, opFbreg, 0, opPiece, 2, opLit0+1, opStackValue, opBitPiece, 3, 1), world{})
	if err != nil || len(ps) != 4 {
		t.Fatalf("%+v %v", ps, err)
	}
	want := []struct {
		k         Kind
		size, off uint64
	}{{Register, 32, 0}, {Empty, 32, 0}, {Memory, 16, 0}, {Implicit, 3, 1}}
	for i, w := range want {
		if ps[i].Kind != w.k || ps[i].BitSize != w.size || ps[i].BitOffset != w.off {
			t.Errorf("piece %d: %+v", i, ps[i])
		}
	}
	if ps, err := Location(nil, world{}); err != nil || ps[0].Kind != Empty {
		t.Errorf("empty: %+v %v", ps, err)
	}
	if ps, err := Location(code(opImplicitPointer, 9, 0, 0, 0, 4), world{}); err != nil || ps[0].Kind != Pointer || ps[0].Ref != 9 || ps[0].Offset != 4 {
		t.Errorf("implicit pointer: %+v %v", ps, err)
	}
}

func FuzzLocation(f *testing.F) {
	f.Add(code(opFbreg, 0x70, opDeref, opPiece, 4))
	f.Fuzz(func(t *testing.T, c []byte) {
		_, _ = Location(c, world{}, 1, 2)
		_, _ = Value(c, NoEnv{})
	})
}
