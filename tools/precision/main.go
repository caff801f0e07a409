// Command precision draws findings over foreign files for a person to judge: of those that are said, how many are so?
//
//	go run ./tools/precision [-seed N] [-n N] [-severity error] FILE
//
// The population is what the rules say, under --strict, about the files of the corpus, each at its place in its
// repository, and about checkouts of the repositories that the corpus comes from, each checked as `armillary check` does,
// with its CMake files and sources. A finding that both have counts once. The draw is stratified by rule, then by
// repository: rare rules come completely, frequent ones from many repositories. The same population and seed give the same
// list, and where the population changes a little, so does the list.
//
// FILE is written with the draw. Lines that begin with # are kept, and so are the verdict ("right" or "wrong") and the
// evidence of a finding that is drawn again. The tests of this package hold the committed list, testdata/precision.tsv,
// against what is found today.
package main

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"armillary.dev/device/rule"
)

// The environment variables that name the material, as the tests know them.
const (
	envShared = "ARMILLARY_SHARED"       // folder with corpus/
	envRepos  = "ARMILLARY_CORPUS_REPOS" // folder with checkouts, OWNER__NAME each
)

func main() {
	var o options
	flag.StringVar(&o.corpus, "corpus", filepath.Join(cmp.Or(os.Getenv(envShared), "../shared"), "corpus"), "the corpus, with its index.tsv")
	flag.StringVar(&o.repos, "repos", os.Getenv(envRepos), "`folder` with checkouts, each called OWNER__NAME; empty: the corpus alone")
	flag.Uint64Var(&o.seed, "seed", 1, "chooses the draw")
	flag.IntVar(&o.n, "n", 100, "how many are drawn; 0: all")
	severity := flag.String("severity", "error", "error or warning: what is drawn from")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: precision [flags] FILE")
		flag.PrintDefaults()
	}
	flag.Parse()
	var ok bool
	if o.severity, ok = map[string]rule.Severity{"error": rule.Error, "warning": rule.Warning}[*severity]; !ok || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "precision:", err)
		os.Exit(1)
	}
}

type options struct {
	corpus, repos string
	seed          uint64
	n             int
	severity      rule.Severity
}

// run draws into a file.
func run(o options, file string) error {
	old, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	l, err := parse(string(old))
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	all, err := population(o.corpus, o.repos, o.severity)
	if err != nil {
		return err
	}
	rows := draw(all, o.n, o.seed)
	unjudged := l.replace(rows)
	if err := os.WriteFile(file, []byte(l.String()), 0o666); err != nil {
		return err
	}
	fmt.Printf("%d of %d findings drawn with seed %d, %d to be judged\n", len(rows), len(all), o.seed, unjudged)
	return nil
}
