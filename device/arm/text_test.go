package arm

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// The text of random instructions of every row is objdump's, where there is a text at all.
func TestTextAgainstObjdump(t *testing.T) {
	objdump := testenv.NeedTool(t, "arm-linux-gnueabihf-objdump", "apt-get install binutils-arm-linux-gnueabihf")
	rng := rand.New(rand.NewPCG(1, 1))
	for _, mode := range []Mode{A32, T32} {
		var code []byte
		var insts []Inst
		for _, e := range Encodings() {
			if e.Mode != mode {
				continue
			}
			for range 12 {
				var raw uint32
				for _, ch := range []byte(e.Pattern) {
					raw <<= 1
					switch ch {
					case '0', '1':
						raw |= uint32(ch - '0')
					default:
						raw |= rng.Uint32() & 1
					}
				}
				b := make([]byte, 4)
				switch {
				case e.Width == 16:
					binary.LittleEndian.PutUint16(b, uint16(raw))
					b = b[:2]
				case mode == T32:
					binary.LittleEndian.PutUint16(b, uint16(raw>>16))
					binary.LittleEndian.PutUint16(b[2:], uint16(raw))
				default:
					binary.LittleEndian.PutUint32(b, raw)
				}
				in, ok := Decode(mode, b)
				if !ok || in.Op == IT_ || in.Op == VMOVI || // objdump writes a floating-point constant's encoding
					strings.HasPrefix(in.String(), ".inst") {
					continue
				}
				insts = append(insts, in)
				code = append(code, b...)
			}
		}
		path := filepath.Join(t.TempDir(), "code.bin")
		if err := os.WriteFile(path, code, 0o600); err != nil {
			t.Fatal(err)
		}
		args := []string{"-D", "-b", "binary", "-m", "arm", path}
		if mode == T32 {
			args = append([]string{"-M", "force-thumb"}, args...)
		}
		out, err := exec.Command(objdump, args...).Output()
		if err != nil {
			t.Fatal(err)
		}
		var lines []string
		for _, l := range strings.Split(string(out), "\n") {
			if f := strings.SplitN(l, "\t", 3); len(f) == 3 && strings.HasSuffix(f[0], ":") {
				lines = append(lines, f[2])
			}
		}
		if len(lines) != len(insts) {
			t.Fatalf("%s: %d lines for %d instructions", mode, len(lines), len(insts))
		}
		addr, bad := 0, 0
		for i, in := range insts {
			if in.Mode == T32 && in.Len == 4 && in.Rn == 15 && in.Class&ClassLoad != 0 && in.Raw>>8&15 == 14 {
				addr += 4 // objdump takes some literal loads for unprivileged ones
				continue
			}
			got, want := normal(in.String(), addr), normal(lines[i], -1)
			if mode == A32 && (in.Op == LDRD || in.Op == STRD || in.Op == LDREXD || in.Op == STREXD) {
				got = strings.Replace(got, ", "+RegName(in.Ra), "", 1) // objdump leaves out the odd register
			}
			if got != want && !strings.Contains(lines[i], "UNPREDICTABLE") && !rotated.MatchString(want) {
				if bad++; bad < 40 {
					t.Errorf("%s %08x op %d: %q, objdump %q", mode, in.Raw, in.Op, got, want)
				}
			}
			addr += int(in.Len)
		}
		t.Logf("%s: %d instructions compared, %d differ", mode, len(insts), bad)
	}
}

var (
	comment = regexp.MustCompile(`\s*[;@].*`)
	spaces  = regexp.MustCompile(`\s+`)
	width   = regexp.MustCompile(`^(\S+)\.[nw]( |$)`)
	offset  = regexp.MustCompile(`(^|[ ,])\.([+-]\d+)$`)
	rotated = regexp.MustCompile(`#\d+, \d+$`) // a constant that is not in its shortest form
	twice   = regexp.MustCompile(`^(\w+) (\w+), (\w+), (.*)$`)
	bare    = regexp.MustCompile(`^(bkpt|udf|svc\w*) (0x)?([0-9a-f])`)
	decimal = regexp.MustCompile(`#-?\d+\b`)
	negs    = regexp.MustCompile(`^negs (\w+), (\w+)$`)
	negs2   = regexp.MustCompile(`^rsbs (\w+), #0$`)
	muls    = regexp.MustCompile(`^muls (\w+), (\w+), (\w+)$`)
	ldmia   = regexp.MustCompile(`^(ld|st)mia(\w*) `)
	shifted = regexp.MustCompile(`^mov(s?) (\w+, \w+), (lsl|lsr|asr|ror)( #\d+)$`)
	number  = regexp.MustCompile(`\br1([0-5])\b`)
	hex     = regexp.MustCompile(`#(-?)0x([0-9a-f]+)`)
)

// normal removes what does not matter: comments, width suffixes, hexadecimal against decimal, the base of branches.
func normal(s string, addr int) string {
	s = comment.ReplaceAllString(s, "")
	s = spaces.ReplaceAllString(strings.TrimSpace(s), " ")
	s = width.ReplaceAllString(s, "$1$2")
	if m := twice.FindStringSubmatch(s); m != nil && m[2] == m[3] {
		s = m[1] + " " + m[2] + ", " + m[4]
	}
	s = bare.ReplaceAllString(s, "$1 #$2$3")
	s = number.ReplaceAllStringFunc(s, func(r string) string { return regNames[10+r[2]-'0'] })
	s = hex.ReplaceAllStringFunc(s, func(h string) string {
		var v uint64
		sign := ""
		h = h[1:]
		if h[0] == '-' {
			sign, h = "-", h[1:]
		}
		fmt.Sscanf(h, "0x%x", &v)
		return fmt.Sprintf("#%s%d", sign, v)
	})
	s = decimal.ReplaceAllStringFunc(s, func(d string) string {
		var v int64
		fmt.Sscanf(d, "#%d", &v)
		return fmt.Sprintf("#%d", uint32(v))
	})
	s = strings.Replace(s, ", #0]", "]", 1)
	s = negs.ReplaceAllString(s, "rsbs $1, $2, #0")
	s = negs2.ReplaceAllString(s, "rsbs $1, $1, #0")
	s = muls.ReplaceAllString(s, "muls $1, $2")
	s = ldmia.ReplaceAllString(s, "${1}m$2 ")
	s = shifted.ReplaceAllString(s, "$3$1 $2,$4")
	if m := offset.FindStringSubmatch(s); m != nil && addr >= 0 {
		var v int
		fmt.Sscanf(m[2], "%d", &v)
		s = strings.TrimSuffix(s, "."+m[2]) + fmt.Sprintf("0x%x", uint32(addr+v))
	}
	if i := strings.Index(s, "Align(.,4)"); i >= 0 {
		var v int
		fmt.Sscanf(s[i+len("Align(.,4)"):], "%d", &v)
		s = s[:i] + fmt.Sprintf("0x%x", uint32(addr&^3+v))
	}
	return s
}
