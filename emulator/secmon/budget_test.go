package secmon_test

import (
	"bytes"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// The trusted base: what can break the promise that nothing unverified runs (facts/security.md P2-01). To make it
// larger, change these figures and say why in the commit.
var (
	base     = []string{"emulator/pluton", "emulator/secmon", "device/image/trailer"}
	maxLines = 1000 // of code, comments and blank lines, tests not counted
	imports  = []string{
		"armillary.dev/device/image/trailer", "armillary.dev/emulator/secmon",
		"bytes", "crypto", "crypto/ecdsa", "crypto/elliptic", "crypto/sha1", "crypto/sha256", "crypto/x509", "crypto/x509/pkix",
		"encoding/binary", "encoding/hex", "encoding/pem", "errors", "fmt",
		"golang.org/x/crypto/cryptobyte", "golang.org/x/crypto/cryptobyte/asn1",
		"io", "math/big", "strings", "time",
	}
)

func TestTrustedBaseStaysSmall(t *testing.T) {
	t.Parallel()
	lines := 0
	var found []string
	for _, dir := range base {
		files, err := filepath.Glob(filepath.Join(testenv.Root(t), filepath.FromSlash(dir), "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", dir, err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			lines += bytes.Count(text, []byte("\n"))
			tree, err := parser.ParseFile(token.NewFileSet(), f, text, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, i := range tree.Imports {
				found = append(found, strings.Trim(i.Path.Value, `"`))
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	if lines > maxLines {
		t.Errorf("%d lines, %d are allowed", lines, maxLines)
	}
	if fmt.Sprint(found) != fmt.Sprint(imports) {
		t.Errorf("imports\n%q, allowed are\n%q", found, imports)
	}
	t.Logf("%d lines, %d packages imported", lines, len(found))
}
