package hugeheap

import (
	"go/build"
	"slices"
	"testing"
)

// What is imported is initialized before, and would have touched its pages.
func TestEarly(t *testing.T) {
	c := build.Default
	c.GOOS, c.GOARCH = "linux", "amd64"
	p, err := c.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"syscall", "unsafe"}; !slices.Equal(p.Imports, want) {
		t.Errorf("imports %q, want %q", p.Imports, want)
	}
}
