package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"sync"

	"armillary.dev/device/deverr"
)

// maxLog is how large a log may be, in bytes.
const maxLog = 16 << 20

// inLog finds what may be a code in a line of text. A number must be in the catalogue to count, so that times and sizes
// do not; category.id, which looks like any other decimal, only counts behind a word that announces it.
var inLog = sync.OnceValue(func() []logPattern {
	return []logPattern{
		{regexp.MustCompile(`\b(0[xX][1-9a-fA-F][0-9a-fA-F]{5,6})\b`), false}, // addresses are written with leading zeros
		{regexp.MustCompile(`\b([0-9]{7,8})\b`), false},
		{regexp.MustCompile(`\b([A-Za-z0-9]+::[A-Za-z0-9_]+)\b`), false},
		{regexp.MustCompile(`(?i)\b(?:error|errors|code|with)[\s:=(]+([0-9]{1,2}\.[0-9]{1,4})\b`), false},
		{regexp.MustCompile(`\b(AZS[0-9]{3})\b`), false},
		{regexp.MustCompile(`\b(E[A-Z0-9]{2,14})\b`), true},
		{regexp.MustCompile(`(?i)\berrno[\s:=(]+([0-9]{1,3})\b`), true},
	}
})

type logPattern struct {
	code  *regexp.Regexp // its group is the code
	errno bool           // a bare number is an errno, not a device error
}

// scanFile is scanLog for a file by name; "-" is in.
func scanFile(in io.Reader, name string) ([]explained, error) {
	if name == "-" {
		return scanLog(in, "standard input")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return scanLog(f, name)
}

// scanLog explains every code in a text once, in the order in which they first come.
func scanLog(r io.Reader, name string) ([]explained, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxLog+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", name, err)
	case len(data) > maxLog:
		return nil, fmt.Errorf("%s is larger than %d MiB; give the part that matters", name, maxLog>>20)
	case bytes.IndexByte(data, 0) >= 0:
		return nil, fmt.Errorf("%s is binary; if it is a device log, turn it into text with parse-devicelog.py of github.com/Azure/azure-sphere-tools first", name)
	}
	var found []explained
	at := map[string]int{} // where in found, by kind, number and name
	last := map[string]int{}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		for _, a := range scanLine(line) {
			key := fmt.Sprint(a.Kind, a.Code, a.Name)
			if last[key] == number {
				continue // two spellings of one thing in one line
			}
			last[key] = number
			if i, ok := at[key]; ok {
				found[i].Times++
				continue
			}
			at[key] = len(found)
			a.Line, a.Times = number, 1
			found = append(found, a)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errNoCode)
	}
	return found, nil
}

var errNoCode = errors.New("no code in it that can be explained")

// scanLine explains the codes of one line. A line that is nothing but a code or name needs no more.
func scanLine(line string) []explained {
	if line = strings.TrimSpace(line); line == "" {
		return nil
	}
	if !strings.ContainsAny(line, " \t") {
		if all, err := answersTo(line); err == nil {
			return all
		}
	}
	var found []explained
	for _, p := range inLog() {
		for _, m := range p.code.FindAllStringSubmatch(line, -1) {
			if e, err := deverr.ParseErrno(m[1]); p.errno {
				if err == nil {
					found = append(found, errnoAnswer(m[1], e))
				}
			} else if all, err := answersTo(m[1]); err == nil {
				found = append(found, all...)
			}
		}
	}
	return found
}
