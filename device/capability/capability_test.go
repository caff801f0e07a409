package capability

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"

	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rule"
)

// body is a capability file up to its metadata.
func body(id byte, caps ...uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(nil, Magic)
	b = le.AppendUint32(b, Version)
	b = le.AppendUint32(b, BodySize)
	b = append(b, bytes.Repeat([]byte{id}, DeviceIDSize)...)
	for _, c := range caps {
		b = le.AppendUint32(b, c)
	}
	return append(b, make([]byte, BodySize-len(b))...)
}

// file is a whole capability file with a signature that nobody made.
func file(t testing.TB, b []byte, typ trailer.ImageType, name string) []byte {
	tr := &trailer.Trailer{Signature: [64]byte(bytes.Repeat([]byte{0x51}, 64))}
	tr.SetIdentity(trailer.Identity{Type: typ, Component: trailer.GUID{1}, Image: trailer.GUID{2}})
	tr.SetSigning(trailer.Signing{Thumbprint: trailer.Thumbprint{3}, Type: trailer.SignECDSA256})
	tr.SetDebug(trailer.Debug{Built: time.Unix(1600000000, 0), Name: name})
	out, err := tr.Append(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func good(t testing.TB, caps ...uint32) []byte {
	return file(t, body(0xA5, caps...), trailer.TypeFwConfig, Name)
}

var idText = strings.Repeat("a5", DeviceIDSize)

func TestRead(t *testing.T) {
	data := good(t, 11, 13, 99)
	if len(data) != 392 { // facts/manifest.md 4.1
		t.Errorf("a capability file has %d bytes, want 392", len(data))
	}
	if got := hex.EncodeToString(data[:12]); got != "fd5cfd5c01000000cc000000" {
		t.Errorf("it begins with %s", got)
	}
	text := base64.StdEncoding.EncodeToString(data)
	for name, in := range map[string][]byte{
		"binary":             data,
		"base64":             []byte(text),
		"space around":       []byte("  " + text + "    \r\n"),
		"lines":              []byte(text[:76] + "\n" + text[76:]),
		"without padding":    []byte(strings.TrimRight(text, "=")),
		"with the header":    []byte("azsphere-capabilities: " + text),
		"with many paddings": []byte(text + "===="),
	} {
		f, problems := Read(in)
		if len(problems) != 0 || !Is(in) {
			t.Errorf("%s: %v, Is %v", name, problems, Is(in))
			continue
		}
		if f.Base64 == (name == "binary") || !bytes.Equal(f.Data, data) || f.Version != 1 || f.Length != 204 || f.DeviceIDString() != idText || f.Trailer == nil {
			t.Errorf("%s: %+v", name, f)
		}
		if got := fmt.Sprint(f.Capabilities); got != "[{appDevelopment 76} {probably fieldServicing 80} {unknown capability 99 84}]" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestRules(t *testing.T) {
	change := func(at int, with ...byte) []byte {
		b := good(t, 11)
		copy(b[at:], with)
		return b
	}
	for _, tt := range []struct {
		name string
		data []byte
		opt  Options
		want string // code, severity, span of each finding; for no finding empty
		says string // part of the messages
	}{
		{"good", good(t, 11), Options{}, "", ""},
		{"good, for this device", good(t, 11), Options{DeviceID: strings.ToUpper(idText)}, "", ""},
		{"empty", nil, Options{}, "AZS400 error 0-0", "has to begin with"},
		{"another file", []byte("PK\x03\x04 and so on"), Options{}, "AZS400 error 0-4", "has to begin with"},
		{"base64 of something else", []byte("hello world"), Options{}, "AZS400 error 0-4", "has to begin with"},
		{"magic alone", good(t, 11)[:4], Options{}, "AZS400 error 0-4", "has 4 bytes"},
		{"cut in the list", good(t, 11)[:100], Options{DeviceID: idText}, "AZS400 error 0-100", "cut off"},
		{"cut in the metadata", good(t, 11)[:300], Options{}, "AZS400 error 204-300", "Metadata"},
		{"without metadata", body(1, 11), Options{}, "AZS400 error 204-204", "Metadata"},
		{"version", change(4, 2), Options{}, "AZS400 warning 4-8", "Version 2"},
		{"length", change(8, 0xCD), Options{}, "AZS400 error 8-12", "length is 205"},
		{"device id", file(t, body(0, 11), trailer.TypeFwConfig, Name), Options{}, "AZS400 error 12-76", "all zeros"},
		{"metadata elsewhere", file(t, append(body(1, 11), 0, 0, 0, 0), trailer.TypeFwConfig, Name), Options{}, "AZS400 error 204-396", "begin at offset 208"},
		{"an app", file(t, body(1, 11), trailer.TypeApplication, Name), Options{}, "AZS400 error 204-392", "image type 10"},
		{"another name", file(t, body(1, 11), trailer.TypeFwConfig, "app"), Options{}, "AZS400 warning 204-392", `"app"`},
		{"another device", good(t, 11), Options{DeviceID: strings.Repeat("5a", DeviceIDSize)}, "AZS401 warning 12-76", "for device a5a5a5a5…, not for 5a5a5a5a…"},
		{"no device id", good(t, 11), Options{DeviceID: "myboard"}, "AZS401 warning 12-76", `given as "myboard", but a device id has 128`},
		{"unknown number", good(t, 11, 4711), Options{}, "AZS402 info 80-84", "4711"},
		{"numbers that are recalled", good(t, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13), Options{}, "", ""},
		{"no capability", good(t), Options{}, "", ""},
	} {
		var got, says []string
		for _, f := range Check(tt.data, tt.opt) {
			got = append(got, fmt.Sprintf("%s %s %d-%d", f.Rule.Code, f.Severity, f.Span.Start, f.Span.End))
			says = append(says, f.Message)
		}
		if g := strings.Join(got, "; "); g != tt.want || !strings.Contains(strings.Join(says, "; "), tt.says) {
			t.Errorf("%s: %s %q, want %s, %q", tt.name, g, says, tt.want, tt.says)
		}
	}
}

// In base64 the places are those of the text.
func TestBase64Places(t *testing.T) {
	text := "AZSPHERE-CAPABILITIES: " + base64.StdEncoding.EncodeToString(good(t, 11, 4711))
	found := Check([]byte(text), Options{})
	if len(found) != 1 {
		t.Fatal(found)
	}
	s := found[0].Span
	// Bytes 80 to 83 are in the digits 106 (bits 640 to 671 of 6 each) to 111.
	if head := len("AZSPHERE-CAPABILITIES: "); s != (rule.Span{Start: head + 106, End: head + 112}) {
		t.Errorf("span %v: %q", s, text[s.Start:s.End])
	}
}

func TestRuleTable(t *testing.T) {
	last := ""
	for _, r := range Rules() {
		if r.Code <= last || r.Title == "" || r.Doc == "" || r.Source == "" || r.Severity == 0 {
			t.Errorf("%+v behind %s", r, last)
		}
		last = r.Code
	}
	for i, k := range known {
		if i > 0 && k.ID <= known[i-1].ID {
			t.Errorf("number %d comes after %d", k.ID, known[i-1].ID)
		}
	}
}

func FuzzRead(f *testing.F) {
	data := good(f, 11, 99)
	f.Add(data)
	f.Add(data[:200])
	f.Add([]byte("AZSPHERE-CAPABILITIES: " + base64.StdEncoding.EncodeToString(data)))
	f.Add([]byte("/Vz9XA=\n=AB"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, _ := Read(data)
		if len(file.Capabilities) > Slots {
			t.Fatalf("%d capabilities", len(file.Capabilities))
		}
		for _, x := range Check(data, Options{DeviceID: idText}) {
			if x.Span.Start < 0 || x.Span.End < x.Span.Start || x.Span.End > len(data) || x.Message == "" {
				t.Fatalf("%+v of %d bytes", x, len(data))
			}
		}
	})
}
