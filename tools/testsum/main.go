// Command testsum reads the output of `go test -json` on standard input, prints what matters as it comes, and ends with
// what was skipped and why. Packages that pass are one line each; of tests that fail all output is shown.
//
//	go test -json ./... | go run ./tools/testsum [-counts FILE] [-strict]
//
// -counts FILE appends "passed failed skipped" as one line, each failed test as "fail NAME" and each skipped one as
// "skip REASON<TAB>NAME", for ./test to add up. -strict lets a skip fail unless its reason is material fetched by hand (the
// names given as arguments) or lies in the computer itself: such reasons begin with "here", as in "here nothing is
// unreadable".
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// event is one line of `go test -json` (go doc test2json).
type event struct {
	Action  string
	Package string
	Test    string
	Elapsed float64
	Output  string
}

// sum is what a run came to.
type sum struct {
	passed, failed int
	failures       []string // names
	skips          []skip
}

func (s *sum) fail(name string) {
	s.failed++
	s.failures = append(s.failures, name)
}

type skip struct{ test, reason string }

// notRun is how a test says that it lacks something (package testenv).
const notRun = "not run: "

func main() {
	counts := flag.String("counts", "", "append the counts to `FILE`")
	strict := flag.Bool("strict", false, "fail for a skip whose reason is not one of the arguments")
	flag.Parse()
	s, err := read(os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		os.Exit(2)
	}
	if *strict {
		for _, k := range s.skips {
			if !byHand(k.reason, flag.Args()) && !strings.HasPrefix(k.reason, "here ") {
				fmt.Printf("FAIL %s: skipped, though it could have run: %s\n", k.test, k.reason)
				s.fail(k.test)
			}
		}
	}
	if *counts != "" {
		if err := s.append(*counts); err != nil {
			fmt.Fprintln(os.Stderr, "testsum:", err)
			os.Exit(2)
		}
	}
	if s.failed > 0 {
		os.Exit(1)
	}
}

// byHand reports whether a reason, "NAME: how", names something that no script can fetch.
func byHand(reason string, names []string) bool {
	name, _, _ := strings.Cut(reason, ":")
	return slices.Contains(names, name)
}

// read follows a run to its end. Only tests without subtests are counted, and packages that fail without a failed test.
func read(in io.Reader, out io.Writer) (sum, error) {
	var s sum
	output := make(map[string]*strings.Builder) // of each test that runs
	children := make(map[string]bool)           // tests that have subtests
	failedIn := make(map[string]bool)           // packages with a failed test
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 16<<20)
	for sc.Scan() {
		var e event
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			fmt.Fprintln(out, sc.Text()) // not from test2json: the go command's own words
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "run":
			if i := strings.LastIndex(key, "/"); e.Test != "" && i > len(e.Package) {
				children[key[:i]] = true
			}
		case "build-output":
			fmt.Fprint(out, e.Output)
		case "output":
			b := output[key]
			if b == nil {
				b = new(strings.Builder)
				output[key] = b
			}
			b.WriteString(e.Output)
		case "pass", "fail", "skip":
			text := ""
			if b := output[key]; b != nil {
				text = b.String()
			}
			delete(output, key)
			s.end(out, e, key, text, children[key], failedIn)
		}
	}
	return s, sc.Err()
}

// end counts the end of a test or package.
func (s *sum) end(out io.Writer, e event, key, text string, hasChildren bool, failedIn map[string]bool) {
	switch {
	case e.Test == "" && e.Action == "fail":
		fmt.Fprintf(out, "FAIL %s (%.1f s)\n", e.Package, e.Elapsed)
		if !failedIn[e.Package] { // it did not build, or ended outside a test
			fmt.Fprint(out, text)
			s.fail(e.Package)
		}
	case e.Test == "" && e.Action == "pass":
		fmt.Fprintf(out, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
	case e.Test == "": // no test files
	case e.Action == "fail":
		failedIn[e.Package] = true
		fmt.Fprint(out, text)
		if !hasChildren {
			s.fail(key)
		}
	case e.Action == "skip":
		s.skips = append(s.skips, skip{key, reason(text)})
	case !hasChildren:
		s.passed++
	}
}

// reason finds why a test was skipped in what it printed.
func reason(text string) string {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if i := strings.Index(line, notRun); i >= 0 {
			return line[i+len(notRun):]
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line != "" && !strings.HasPrefix(line, "=== ") && !strings.HasPrefix(line, "--- ") {
			if _, after, ok := strings.Cut(line, ".go:"); ok {
				if _, words, ok := strings.Cut(after, ": "); ok {
					return words
				}
			}
			return line
		}
	}
	return "no reason given"
}

// append adds the counts to a file.
func (s *sum) append(name string) error {
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	fmt.Fprintf(f, "%d %d %d\n", s.passed, s.failed, len(s.skips))
	for _, name := range s.failures {
		fmt.Fprintf(f, "fail %s\n", name)
	}
	for _, k := range s.skips {
		fmt.Fprintf(f, "skip %s\t%s\n", k.reason, k.test)
	}
	return f.Close()
}
