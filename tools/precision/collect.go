package main

import (
	"context"
	"encoding/csv"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"
	"unicode/utf8"

	"armillary.dev/device/project"
	"armillary.dev/device/rule"
	"armillary.dev/server/analysis"
)

// A finding is one line of the list.
type finding struct {
	corpus            string // the file of the corpus; "-" for a checkout
	repo, path        string // OWNER/NAME, and the file in it
	line              int    // from 1
	code, pointer     string
	message           string
	excerpt           string // what is marked
	verdict, evidence string
}

// identity tells findings apart. Where in the file it stands and how the message is worded are no part of it.
func (f *finding) identity() string {
	at := f.pointer
	if at == "" {
		at = strconv.Itoa(f.line)
	}
	return strings.Join([]string{f.repo, f.path, f.code, at, f.excerpt}, "\t")
}

// population returns what the rules say at one severity, each finding once: those of the corpus, then those of the
// checkouts. repos may be empty.
func population(corpus, repos string, severity rule.Severity) ([]*finding, error) {
	all, err := corpusFindings(corpus, severity)
	if err != nil {
		return nil, err
	}
	if repos != "" {
		more, err := checkoutFindings(repos, severity)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	seen := map[string]bool{}
	var once []*finding
	for _, f := range all {
		if id := f.identity(); !seen[id] {
			seen[id] = true
			once = append(once, f)
		}
	}
	return once, nil
}

// corpusFindings checks each file of the corpus at its place in its repository, among the definitions of the corpus.
// Nothing else of the repositories is there.
func corpusFindings(dir string, severity rule.Severity) ([]*finding, error) {
	f, err := os.Open(filepath.Join(dir, "index.tsv"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	placed := fstest.MapFS{}
	text := map[string]string{}
	for _, c := range rows[1:] {
		src, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(c[0])))
		if err != nil {
			return nil, err
		}
		text[c[0]] = string(src)
		if strings.HasPrefix(c[0], "hwdef/") {
			placed[path.Join(c[1], c[2])] = &fstest.MapFile{Data: src}
		}
	}
	standIns(placed, rows[1:])
	var found []*finding
	for _, c := range rows[1:] {
		root := c[1] + "/"
		report := project.CheckText(placed, root+c[2], text[c[0]], project.Options{Strict: true, Show: within(root)})
		report.Findings = slices.DeleteFunc(report.Findings, func(f rule.Finding) bool {
			return f.Rule.Code == "AZS220" || f.Rule.Code == "AZS221" // the headers are not in the corpus
		})
		found = add(found, &report, root, severity, c[0])
	}
	return found, nil
}

// standIns adds what lies beside the corpus's files in their repositories and matters to the rules, though the corpus does
// not hold it.
func standIns(placed fstest.MapFS, rows [][]string) {
	for _, c := range rows {
		switch repo, name := c[1], c[2]; {
		case repo == "Wiz-IO/platform-azure" && strings.HasSuffix(name, "/src/app_manifest.json"): // examples for PlatformIO
			placed[path.Join(repo, path.Dir(name), "../platformio.ini")] = &fstest.MapFile{}
		case strings.HasSuffix(name, "/approot/app_manifest.json"): // what a packer made
			placed[path.Join(repo, name)] = &fstest.MapFile{}
		}
	}
	// The vendor's module under another name; this is what the boards of this repository import.
	placed["WIZnet-Azure-Sphere/ASG210-examples/Hardware/usi_mt3620_bt/usi_mt3620_bt.json"] = &fstest.MapFile{
		Data: []byte(`{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Description":{"Name":"stand-in",` +
			`"MainCoreHeaderFileTopContent":[]},"Imports":[{"Path":"usi_mt3620_bt_combo.json"}],"Peripherals":[]}`)}
}

// checkoutFindings checks each checkout by itself.
func checkoutFindings(dir string, severity rule.Severity) ([]*finding, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var found []*finding
	for _, e := range entries {
		owner, name, ok := strings.Cut(e.Name(), "__")
		if !ok || !e.IsDir() {
			continue
		}
		root := e.Name() + "/"
		r := analysis.NewChecker().CheckAll(context.Background(), os.DirFS(dir), []string{e.Name()},
			project.Options{Strict: true, Show: within(root)})
		for i := range r.Files {
			n := len(found)
			found = add(found, &r.Files[i], root, severity, "-")
			for _, f := range found[n:] {
				f.repo = owner + "/" + name
			}
		}
	}
	if found == nil {
		return nil, fmt.Errorf("%s holds no checkouts called OWNER__NAME in which something is found: %w", dir, fs.ErrNotExist)
	}
	return found, nil
}

// within shows paths as somebody does who works in the root of a repository.
func within(root string) func(string) string {
	return func(name string) string {
		if in, ok := strings.CutPrefix(name, root); ok {
			return in
		}
		return strings.Repeat("../", strings.Count(root, "/")) + name
	}
}

func add(to []*finding, r *project.FileReport, root string, severity rule.Severity, corpus string) []*finding {
	src := r.Src
	if src == "" && r.File != nil {
		src = r.File.Src
	}
	for _, f := range r.Findings {
		if f.Severity != severity {
			continue
		}
		to = append(to, &finding{
			corpus: corpus, repo: strings.TrimSuffix(root, "/"), path: strings.TrimPrefix(r.Path, root), line: 1 + strings.Count(src[:f.Span.Start], "\n"),
			code: f.Rule.Code, pointer: f.Pointer, message: cell(f.Message), excerpt: excerpt(src[f.Span.Start:f.Span.End]),
		})
	}
	return to
}

// excerpt is enough of a marked text to know it again. Of a comment that is where it begins.
func excerpt(s string) string {
	const most = 48 // bytes
	s, _, _ = strings.Cut(s, "\n")
	if strings.HasPrefix(s, "//") || strings.HasPrefix(s, "/*") {
		return s[:2]
	}
	s = cell(strings.ToValidUTF8(s, "\uFFFD"))
	if len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}

// cell makes a text fit into one cell of a table.
func cell(s string) string { return strings.Join(strings.Fields(s), " ") }
