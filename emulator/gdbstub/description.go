package gdbstub

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"armillary.dev/device/rsp"
)

// Register numbers of the target description. Core registers and cpsr are where GDB's ARM numbering has them; the
// VFP registers follow, as in the org.gnu.gdb.arm.vfp feature.
const (
	regPC    = 15
	regCPSR  = 25
	regD0    = 26
	regFPSCR = regD0 + 32
)

// description is what clients read as target.xml, and the same as a table.
var description = sync.OnceValues(func() ([]byte, *rsp.Description) {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?>
<!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0">
<architecture>arm</architecture>
<osabi>GNU/Linux</osabi>
<feature name="org.gnu.gdb.arm.core">
`)
	for i := range 13 {
		fmt.Fprintf(&b, "<reg name=\"r%d\" bitsize=\"32\"/>\n", i)
	}
	b.WriteString(`<reg name="sp" bitsize="32" type="data_ptr"/>
<reg name="lr" bitsize="32"/>
<reg name="pc" bitsize="32" type="code_ptr"/>
<reg name="cpsr" bitsize="32" regnum="25"/>
</feature>
<feature name="org.gnu.gdb.arm.vfp">
`)
	for i := range 32 {
		fmt.Fprintf(&b, "<reg name=\"d%d\" bitsize=\"64\" type=\"ieee_double\"/>\n", i)
	}
	b.WriteString(`<reg name="fpscr" bitsize="32" type="int" group="float"/>
</feature>
</target>
`)
	text := []byte(b.String())
	d, err := rsp.ParseDescription(text, nil)
	if err != nil {
		panic(err) // the text above is a constant
	}
	return text, d
})

func registers() *rsp.Description {
	_, d := description()
	return d
}

// appendRegister appends register num in target byte order; false when there is no such register.
func appendRegister(dst []byte, r *Registers, num int) ([]byte, bool) {
	switch {
	case num >= 0 && num <= regPC:
		return binary.LittleEndian.AppendUint32(dst, r.R[num]), true
	case num == regCPSR:
		return binary.LittleEndian.AppendUint32(dst, r.CPSR), true
	case num >= regD0 && num < regFPSCR:
		return binary.LittleEndian.AppendUint64(dst, r.D[num-regD0]), true
	case num == regFPSCR:
		return binary.LittleEndian.AppendUint32(dst, r.FPSCR), true
	}
	return dst, false
}

// setRegister stores register num from data, which must have its size.
func setRegister(r *Registers, num int, data []byte) bool {
	d, ok := registers().Number(num)
	if !ok || len(data) != d.Bits/8 {
		return false
	}
	switch {
	case num <= regPC:
		r.R[num] = binary.LittleEndian.Uint32(data)
	case num == regCPSR:
		r.CPSR = binary.LittleEndian.Uint32(data)
	case num < regFPSCR:
		r.D[num-regD0] = binary.LittleEndian.Uint64(data)
	default:
		r.FPSCR = binary.LittleEndian.Uint32(data)
	}
	return true
}

// appendAll appends the g packet's registers in target byte order.
func appendAll(dst []byte, r *Registers) []byte {
	for _, d := range registers().Regs {
		dst, _ = appendRegister(dst, r, d.Num)
	}
	return dst
}
