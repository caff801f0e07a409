package deverr

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"armillary.dev/internal/testenv"
)

// versions are the OS versions whose catalogues are known.
var versions = []string{"22.07", "22.09", "22.11", "23.05", "24.06"}

// knows tells whether an entry is one of an OS version.
func knows(e Error, os string) bool {
	first, last, ok := strings.Cut(e.OS, "-")
	if !ok {
		last = first
	}
	return first != "" && first <= os && os <= last
}

// setAside are the numbers that the catalogue of 24.06 mentions but does not use any more. With them it has 774.
var setAside = []int{Code(14, 14), Code(32, 155), Code(32, 156)}

// The file must be sorted, because Lookup searches it, and complete.
func TestCatalogue(t *testing.T) {
	lines := strings.Split(strings.TrimSuffix(catalogue, "\n"), "\n")
	if lines[0] != "category\tid\tname\tos\ttext\thelp" || strings.Contains(catalogue, "\r") {
		t.Errorf("head is %q", lines[0])
	}
	for i, line := range lines[1:] {
		cells := strings.Split(line, "\t")
		if len(cells) != 6 {
			t.Fatalf("line %d has %d cells", i+2, len(cells))
		}
		for _, c := range cells {
			if strings.TrimSpace(c) != c || strings.Contains(c, "  ") {
				t.Errorf("line %d: blanks in %q", i+2, c)
			}
		}
		if e := entries()[i]; strconv.Itoa(e.Category) != cells[0] || strconv.Itoa(e.ID) != cells[1] {
			t.Errorf("line %d is read as %s", i+2, e.Short())
		}
	}
	osText := regexp.MustCompile(`^(\d\d\.\d\d(-\d\d\.\d\d)?)?$`)
	seen := map[string]bool{}
	newest, own := 0, 0
	for i, e := range entries() {
		if i > 0 {
			before := entries()[i-1]
			if before.Code() > e.Code() || before.Code() == e.Code() && before.OS[:5] <= e.OS[:5] {
				t.Errorf("%s %s is out of order", e.Short(), e.Name)
			}
		}
		if key := e.Short() + e.Name; seen[key] {
			t.Errorf("%s %s is there twice", e.Short(), e.Name)
		} else {
			seen[key] = true
		}
		if name, about := Category(e.Category); name == "" || about == "" || Class(e.Category) == "" {
			t.Errorf("category %d has no name", e.Category)
		}
		if !osText.MatchString(e.OS) || e.Name == "" || e.ID <= 0 {
			t.Errorf("%+v", e)
		}
		for _, text := range []string{e.Text, e.Help} {
			if n := len(text); n == 0 || n > 300 || !strings.HasSuffix(text, ".") {
				t.Errorf("%s: %d characters of %q", e.Short(), n, text)
			}
		}
		if knows(e, "24.06") {
			newest++
		}
		if !e.Internal {
			own++
		}
	}
	if len(seen) != len(lines)-1 || newest+len(setAside) != 774 {
		t.Errorf("%d entries, of which 24.06 has %d", len(seen), newest)
	}
	for _, code := range setAside {
		if e, ok := Lookup(code); !ok || knows(e, "24.06") || e.Internal {
			t.Errorf("%+v", e)
		}
	}
	if own < 600 {
		t.Errorf("%d entries have a text of their own", own)
	}
	for i, c := range categories {
		if i > 0 && categories[i-1].number >= c.number {
			t.Errorf("category %d is out of order", c.number)
		}
	}
	for i, c := range curlErrors {
		if i > 0 && curlErrors[i-1].id >= c.id || c.text == "" || c.help == "" {
			t.Errorf("%s is out of order or lacks a text", c.name)
		}
	}
}

// TestFacts holds the catalogue to facts/device_errors.tsv; all that is listed there users can meet, and has a text of
// its own.
func TestFacts(t *testing.T) {
	f, err := os.Open(filepath.Join(testenv.Shared(t), "facts", "device_errors.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil || len(rows)-1 != 193 {
		t.Fatal(len(rows), err)
	}
	for _, row := range rows[1:] {
		code, _ := strconv.Atoi(row[3])
		e, ok := Lookup(code)
		name, _ := Category(e.Category)
		if !ok || e.Name != row[4] || e.OS != row[5] || name != row[0] || e.Short() != row[1]+"."+row[2] || e.Internal {
			t.Errorf("%s %s %s: have %+v", row[1], row[2], row[4], e)
		}
	}
}

// TestVendorCatalogue compares numbers, names, OS versions and categories with the vendor's own files, all five versions
// of them.
func TestVendorCatalogue(t *testing.T) {
	root := testenv.NeedEnv(t, "ARMILLARY_SPHERE_TOOLS", "a checkout of github.com/Azure/azure-sphere-tools")
	type key struct {
		code int
		name string
	}
	in := map[key][]string{}
	class, file := map[int]string{}, map[int]string{}
	for _, os := range versions {
		files, err := filepath.Glob(filepath.Join(root, "ParseDeviceLog", os, "commonerror_yml", "*.yml"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no catalogue of %s below %s: %v", os, root, err)
		}
		for _, f := range files {
			category, name, codes := readYAML(t, f)
			class[category], file[category] = name, strings.TrimSuffix(filepath.Base(f), ".yml")
			for id, name := range codes {
				k := key{Code(category, id), name}
				in[k] = append(in[k], os)
			}
		}
	}
	for k, os := range in {
		want := os[0]
		if last := os[len(os)-1]; last != want {
			want += "-" + last
		}
		i := slices.IndexFunc(Versions(k.code), func(e Error) bool { return e.Name == k.name })
		if i < 0 {
			t.Errorf("%s %s is missing", Short(k.code), k.name)
		} else if got := Versions(k.code)[i].OS; got != want || len(os) != slices.Index(versions, os[len(os)-1])-slices.Index(versions, os[0])+1 {
			t.Errorf("%s %s: ours is of %s, theirs of %v", Short(k.code), k.name, got, os)
		}
	}
	for _, e := range All() {
		if e.OS != "" && in[key{e.Code(), e.Name}] == nil {
			t.Errorf("%s %s: theirs has no such entry", e.Short(), e.Name)
		}
	}
	for _, c := range categories {
		if class[c.number] != c.class || file[c.number] != c.name {
			t.Errorf("category %d is %s (%s), theirs is %s (%s)", c.number, c.name, c.class, file[c.number], class[c.number])
		}
		delete(class, c.number)
	}
	if len(class) > 0 {
		t.Errorf("categories that are missing: %v", class)
	}
}

// readYAML reads as much YAML as the catalogue's files need: keys with plain values, and a list of such.
func readYAML(t *testing.T, file string) (category int, name string, codes map[int]string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	codes = map[int]string{}
	id, list := 0, false
	for line := range strings.Lines(string(data)) {
		k, v, ok := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "-")), ":")
		v = strings.TrimSpace(v)
		switch {
		case !ok || strings.HasPrefix(k, "#"):
		case k == "codes":
			list = true
		case k == "category_id":
			category, err = strconv.Atoi(v)
		case k == "name" && !list:
			name = v
		case k == "id" && list:
			id, err = strconv.Atoi(v)
		case k == "name":
			codes[id] = v
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	return category, name, codes
}
