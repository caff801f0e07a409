package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

const (
	committed = "../../server/analysis/testdata/precision.tsv"
	seed      = 1 // the committed list's
	size      = 100
	enough    = 97 // right ones among them
)

func readCommitted(t *testing.T) *list {
	t.Helper()
	text, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	l, err := parse(string(text))
	if err != nil {
		t.Fatalf("%s: %v", committed, err)
	}
	if l.String() != string(text) {
		t.Errorf("%s is not as it would be written", committed)
	}
	return l
}

// The committed list is complete, and what it says of the rules is good enough.
func TestCommitted(t *testing.T) {
	l := readCommitted(t)
	right := 0
	repos := map[string]bool{}
	for _, f := range l.rows {
		if f.evidence == "" || f.verdict == "" {
			t.Errorf("%s %s:%d %s is not judged, or without evidence", f.repo, f.path, f.line, f.code)
		}
		if f.verdict == "right" {
			right++
		}
		repos[f.repo] = true
	}
	if len(l.rows) != size || right < enough || len(repos) < 15 {
		t.Errorf("%d findings from %d repositories, %d of them right; want %d, 15 and %d", len(l.rows), len(repos), right, size, enough)
	}
}

// What the list has of the corpus is still found, and says the same.
func TestCorpusFindings(t *testing.T) {
	all, err := population(filepath.Join(testenv.Shared(t), "corpus"), "", rule.Error)
	if err != nil {
		t.Fatal(err)
	}
	if n := stillFound(t, all, func(f *finding) bool { return f.corpus != "-" }); n < 25 {
		t.Errorf("%d findings of the list are of the corpus, want 25 or more", n)
	}
}

// With the checkouts at hand, the whole list is what is drawn today, and every error on an official sample is in it.
func TestCheckoutFindings(t *testing.T) {
	corpus := filepath.Join(testenv.Shared(t), "corpus")
	repos := testenv.NeedEnv(t, envRepos, "set it to a folder with checkouts of the corpus's repositories, each called OWNER__NAME")
	all, err := population(corpus, repos, rule.Error)
	if err != nil {
		t.Fatal(err)
	}
	stillFound(t, all, func(*finding) bool { return true })
	var got, want []string
	for _, f := range draw(all, size, seed) {
		got = append(got, f.identity())
	}
	for _, f := range readCommitted(t).rows {
		want = append(want, f.identity())
	}
	for _, f := range all {
		if strings.HasPrefix(f.repo, "Azure/") && !slices.Contains(want, f.identity()) {
			t.Errorf("an error on an official sample is not judged: %s %s:%d %s %s", f.repo, f.path, f.line, f.code, f.message)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("another list is drawn today; write it with: go run ./tools/precision -seed %d server/analysis/testdata/precision.tsv\nand judge what is new in it", seed)
	}
}

// stillFound counts those of the committed list that are chosen, and complains about what is not found as it says.
func stillFound(t *testing.T, all []*finding, chosen func(*finding) bool) (n int) {
	t.Helper()
	today := map[string]*finding{}
	for _, f := range all {
		today[f.identity()] = f
	}
	for _, f := range readCommitted(t).rows {
		if !chosen(f) {
			continue
		}
		n++
		switch now := today[f.identity()]; {
		case f.verdict != "right":
		case now == nil:
			t.Errorf("%s %s:%d %s is no longer found: %s", f.repo, f.path, f.line, f.code, f.message)
		case now.message != f.message || now.line != f.line:
			t.Errorf("%s %s:%d %s was judged as %q, now it is in line %d: %q", f.repo, f.path, f.line, f.code, f.message, now.line, now.message)
		}
	}
	return n
}

// many is a population: of rule r there are 5·r findings, spread unevenly over three repositories.
func many(rules int) []*finding {
	var all []*finding
	for r := 1; r <= rules; r++ {
		for i := range 5 * r {
			all = append(all, &finding{code: fmt.Sprintf("AZS%03d", r), repo: "o/" + strings.Repeat("r", 1+min(i, 2)), path: "f", line: i + 1})
		}
	}
	return all
}

func ids(list []*finding) (out []string) {
	for _, f := range list {
		out = append(out, f.identity())
	}
	return out
}

func TestDraw(t *testing.T) {
	drawn := draw(many(6), 40, 7)
	perRule, repos := map[string]int{}, map[string]map[string]bool{}
	for _, f := range drawn {
		perRule[f.code]++
		if repos[f.code] == nil {
			repos[f.code] = map[string]bool{}
		}
		repos[f.code][f.repo] = true
	}
	for code, n := range perRule {
		if n < 5 || n > 7 || code == "AZS001" && n != 5 {
			t.Errorf("%d of %s: rare rules come completely, the others evenly", n, code)
		}
		if len(repos[code]) != 3 {
			t.Errorf("%s comes from %d repositories, want 3", code, len(repos[code]))
		}
	}
	if len(drawn) != 40 {
		t.Errorf("%d are drawn", len(drawn))
	}

	other := many(6)
	slices.Reverse(other)
	if !slices.Equal(ids(draw(other, 40, 7)), ids(drawn)) {
		t.Error("the draw depends on the order of the population")
	}
	if slices.Equal(ids(draw(many(6), 40, 8)), ids(drawn)) {
		t.Error("the draw does not depend on the seed")
	}
	gone := drawn[20].identity()
	fewer := slices.DeleteFunc(many(6), func(f *finding) bool { return f.identity() == gone })
	kept := 0
	for _, id := range ids(draw(fewer, 40, 7)) {
		if slices.Contains(ids(drawn), id) {
			kept++
		}
	}
	if kept < 36 {
		t.Errorf("with one finding less, %d of 40 are drawn again", kept)
	}
	if n := len(draw(many(2), 100, 1)); n != 15 {
		t.Errorf("%d are drawn of 15", n)
	}
}

// Verdicts stay with what was judged, and only while it says the same.
func TestList(t *testing.T) {
	head := strings.Join(columns, "\t") + "\n"
	text := "# why\n" + head +
		"-\to/r\ta.json\t3\tAZS001\t/a\told\tx\tright\tbecause\n" +
		"m.json\to/r\tb.json\t4\tAZS002\t\tsame\t//\twrong\talas\n"
	l, err := parse(text)
	if err != nil || l.String() != text {
		t.Fatalf("%v\n%s", err, l)
	}
	rows := []*finding{
		{corpus: "-", repo: "o/r", path: "a.json", line: 3, code: "AZS001", pointer: "/a", message: "new", excerpt: "x"},
		{corpus: "m.json", repo: "o/r", path: "b.json", line: 4, code: "AZS002", message: "same", excerpt: "//"},
	}
	if n := l.replace(rows); n != 1 || rows[0].verdict != "" || rows[1].verdict != "wrong" || rows[1].evidence != "alas" {
		t.Errorf("%d to be judged: %+v %+v", n, *rows[0], *rows[1])
	}
	for _, bad := range []string{"corpus\n", head + "one\n", head + strings.Repeat("x\t", 9) + "x\n", head + "-\tr\tp\t1\tc\t\tm\te\tperhaps\te\n"} {
		if _, err := parse(bad); err == nil {
			t.Errorf("taken: %q", bad)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for in, want := range map[string]string{
		"// what it says": "//", "/* what */": "/*", "a\tb\nc": "a b", "": "", "\x82": "\uFFFD",
		strings.Repeat("é", 40): strings.Repeat("é", 24) + "…", strings.Repeat("x", 48): strings.Repeat("x", 48),
	} {
		if got := excerpt(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
