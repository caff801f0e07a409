package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"armillary.dev/device/capability"
	"armillary.dev/device/image/trailer"
)

// capabilityFile is a capability for device abab… with a signature that nobody made.
func capabilityFile(t *testing.T, ids ...uint32) []byte {
	le := binary.LittleEndian
	b := le.AppendUint32(le.AppendUint32(le.AppendUint32(nil, capability.Magic), capability.Version), capability.BodySize)
	b = append(b, bytes.Repeat([]byte{0xab}, capability.DeviceIDSize)...)
	for _, id := range ids {
		b = le.AppendUint32(b, id)
	}
	b = append(b, make([]byte, capability.BodySize-len(b))...)
	tr := &trailer.Trailer{}
	tr.SetIdentity(trailer.Identity{Type: trailer.TypeFwConfig})
	tr.SetSigning(trailer.Signing{Thumbprint: trailer.Thumbprint{1, 2, 3}, Type: trailer.SignECDSA256})
	tr.SetDebug(trailer.Debug{Built: time.Unix(1600000000, 0), Name: capability.Name})
	out, err := tr.Append(b)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCapabilityShow(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	data := capabilityFile(t, 11, 13, 4711)
	for name, b := range map[string][]byte{
		"good.cap": data, "header.txt": []byte(base64.StdEncoding.EncodeToString(data) + "   "), "cut.cap": data[:250], "other.cap": []byte("hello"),
		"large.cap": make([]byte, maxCapability+1),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	id := strings.Repeat("ab", capability.DeviceIDSize)
	for _, tt := range []struct {
		args string
		code int
		out  []string // on stdout
		err  string   // on stderr
	}{
		{"good.cap", 0, []string{"392 bytes, binary", id, "11 appDevelopment: side", "13 probably fieldServicing", "unknown capability 4711",
			"2020-09-13T12:26:40Z", "not verifiable offline without the vendor's key (certificate thumbprint 010203", "info AZS402:"}, ""},
		{"header.txt", 0, []string{"392 bytes, in base64", id}, ""},
		{"good.cap --device " + strings.ToUpper(id), 0, []string{id}, ""},
		{"good.cap --device " + strings.Repeat("cd", 64), 1, []string{"warning AZS401: The capability is for device abababab"}, ""},
		{"good.cap --device 12", 2, nil, "--device: a device id has 128"},
		{"cut.cap", 1, []string{id, "signature  none", "error AZS400: Metadata"}, ""},
		{"other.cap", 1, []string{"error AZS400: No capability file"}, ""},
		{"none.cap", 3, nil, "none.cap"},
		{"large.cap", 3, nil, "larger than any"},
	} {
		code, out, errw := runTest(t, append([]string{"capability", "show"}, strings.Fields(tt.args)...)...)
		if code != tt.code || !strings.Contains(errw, tt.err) {
			t.Errorf("%s: exit code %d, %q; want %d, %q", tt.args, code, errw, tt.code, tt.err)
		}
		for _, w := range tt.out {
			if !strings.Contains(out, w) {
				t.Errorf("%s: %q is missing in\n%s", tt.args, w, out)
			}
		}
	}
	_, out, _ := runTest(t, "capability", "show", "--json", "good.cap")
	var info capabilityInfo
	if err := json.Unmarshal([]byte(out), &info); err != nil {
		t.Fatal(err)
	}
	if info.DeviceID != id || len(info.Capabilities) != 3 || info.Capabilities[1].Confidence != "recalled" || info.Signature.State != "not-verified" ||
		len(info.Findings) != 1 || info.Findings[0].Start != 84 {
		t.Errorf("%+v", info)
	}
}
