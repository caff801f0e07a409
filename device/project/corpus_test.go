package project

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"armillary.dev/device/rule"
	"armillary.dev/internal/testenv"
)

func TestSmoke(t *testing.T) {
	dir := filepath.Join(testenv.Shared(t), "corpus")
	r := Check(os.DirFS(dir), []string{"manifests", "hwdef"}, Options{})
	fmt.Println(r.Manifests, r.Definitions, len(r.Files))
	repo := map[string]string{}
	f, _ := os.Open(filepath.Join(dir, "index.tsv"))
	sc := bufio.NewScanner(f)
	for sc.Scan() {
		c := strings.Split(sc.Text(), "\t")
		repo[c[0]] = c[1]
	}
	counts := map[string]int{}
	for _, f := range r.Files {
		if f.Err != nil {
			fmt.Println(f.Path, f.Err)
		}
		for _, x := range f.Findings {
			counts[x.Rule.Code+" "+x.Severity.String()]++
			if x.Severity == rule.Error {
				fmt.Println(repo[f.Path], f.Path, x.Rule.Code, x.Message)
			}
		}
	}
	var keys []string
	for k := range counts {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		fmt.Println(k, counts[k])
	}
}
