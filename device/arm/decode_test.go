package arm

import (
	"encoding/binary"
	"testing"
)

// Every pattern compiles, and no input panics.
func TestTables(t *testing.T) {
	for _, tab := range []*table{&t16, &t32, &a32, &a32u} {
		tab.init()
		if len(tab.rows) == 0 {
			t.Fatal("empty table")
		}
	}
	for h := range uint32(0xe800) {
		var b [4]byte
		binary.LittleEndian.PutUint32(b[:], h)
		in, ok := Decode(T32, b[:])
		if in.Len != 2 || ok == (in.Op == Invalid) {
			t.Fatalf("%#04x: length %d, op %d, ok %v", h, in.Len, in.Op, ok)
		}
	}
}

func TestIT(t *testing.T) {
	in, ok := Decode(T32, []byte{0x0c, 0xbf}) // ite eq
	if !ok || in.Class&ClassIT == 0 || in.ITLen() != 2 {
		t.Fatalf("%+v", in)
	}
	s := IT(in.Imm)
	var conds []Cond
	for ; s.Active(); s = s.Next() {
		conds = append(conds, s.Cond())
	}
	if len(conds) != 2 || conds[0] != EQ || conds[1] != NE {
		t.Fatalf("conditions %v", conds)
	}
	add, _ := Decode(T32, []byte{0x40, 0x18}) // adds r0, r0, r1
	if !add.SetFlags || add.In(IT(in.Imm)).SetFlags || add.In(IT(in.Imm)).Cond != EQ {
		t.Fatalf("%+v", add)
	}
}

func TestClassAndTarget(t *testing.T) {
	for _, c := range []struct {
		mode   Mode
		raw    uint32 // as in Inst.Raw
		len    uint8
		class  Class
		target uint32 // from 0x1000; 0: none
		to     Mode
	}{
		{T32, 0xd0fe, 2, ClassBranch | ClassCond, 0x1000, T32},              // beq .
		{T32, 0xe7fe, 2, ClassBranch, 0x1000, T32},                          // b .
		{T32, 0xf7fffffe, 4, ClassBranch | ClassCall, 0x1000, T32},          // bl .
		{T32, 0xf000e800, 4, ClassBranch | ClassCall, 0x1004, A32},          // blx
		{T32, 0x4770, 2, ClassBranch | ClassIndirect | ClassReturn, 0, T32}, // bx lr
		{T32, 0x4718, 2, ClassBranch | ClassIndirect, 0, T32},               // bx r3
		{T32, 0x4798, 2, ClassBranch | ClassIndirect | ClassCall, 0, T32},   // blx r3
		{T32, 0xbd10, 2, ClassBranch | ClassIndirect | ClassReturn | ClassLoad, 0, T32},
		{T32, 0xb108, 2, ClassBranch | ClassCond, 0x1006, T32},                // cbz r0, +2
		{T32, 0xe8dff000, 4, ClassBranch | ClassIndirect | ClassLoad, 0, T32}, // tbb [pc, r0]
		{A32, 0xeafffffe, 4, ClassBranch, 0x1000, A32},
		{A32, 0x0afffffe, 4, ClassBranch | ClassCond, 0x1000, A32},
		{A32, 0xebfffffe, 4, ClassBranch | ClassCall, 0x1000, A32},
		{A32, 0xfafffffe, 4, ClassBranch | ClassCall, 0x1000, T32},
		{A32, 0xe12fff1e, 4, ClassBranch | ClassIndirect | ClassReturn, 0, A32},
		{A32, 0xe5bcfa4c, 4, ClassBranch | ClassIndirect | ClassLoad, 0, A32}, // ldr pc, [ip, #2636]!
		{T32, 0xdf00, 2, ClassTrap, 0, T32},
	} {
		in, ok := decodeRaw(c.mode, c.raw)
		if !ok || in.Len != c.len || in.Class != c.class {
			t.Errorf("%s %#x: ok %v length %d class %#x, want %#x", c.mode, c.raw, ok, in.Len, in.Class, c.class)
			continue
		}
		target, to, ok := in.Target(0x1000)
		if ok != (c.target != 0) || ok && (target != c.target || to != c.to) {
			t.Errorf("%s %#x: target %#x %s %v, want %#x %s", c.mode, c.raw, target, to, ok, c.target, c.to)
		}
	}
}

func decodeRaw(mode Mode, raw uint32) (Inst, bool) {
	b := make([]byte, 4)
	switch {
	case mode == A32:
		binary.LittleEndian.PutUint32(b, raw)
	case raw>>16 == 0:
		binary.LittleEndian.PutUint16(b, uint16(raw))
	default:
		binary.LittleEndian.PutUint16(b, uint16(raw>>16))
		binary.LittleEndian.PutUint16(b[2:], uint16(raw))
	}
	return Decode(mode, b)
}

func FuzzDecode(f *testing.F) {
	f.Add(true, []byte{0x70, 0x47, 0, 0})
	f.Add(false, []byte{0xfe, 0xff, 0xff, 0xea})
	f.Fuzz(func(t *testing.T, thumb bool, b []byte) {
		mode := A32
		if thumb {
			mode = T32
		}
		in, ok := Decode(mode, b)
		if in.Len != 2 && in.Len != 4 {
			t.Fatalf("length %d", in.Len)
		}
		if len(b) >= int(in.Len) && int(in.Len) != Length(mode, b) {
			t.Fatalf("length %d, want %d", in.Len, Length(mode, b))
		}
		if ok && len(b) < int(in.Len) {
			t.Fatal("decoded more than there is")
		}
		in.Target(0)
		in.ITLen()
	})
}
