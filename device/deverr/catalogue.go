package deverr

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
)

// catalogue holds one error a line, sorted by category, id and OS (newest first): category, id, name, OS versions, text,
// help. Text and help are empty where no cause outside the device is known. 14.14 stands for a number that the device's
// catalogue sets aside.
//
//go:embed catalogue.tsv
var catalogue string

// entries is the catalogue as Lookup searches it, read when somebody first asks. TestCatalogue holds the file to what is
// not checked here.
var entries = sync.OnceValue(readCatalogue)

func readCatalogue() []Error {
	all := make([]Error, 0, strings.Count(catalogue, "\n"))
	_, rest, _ := strings.Cut(catalogue, "\n")
	for line := range strings.Lines(rest) {
		var f [6]string
		for i := range f {
			f[i], line, _ = strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		}
		e := Error{Name: f[2], OS: f[3], Text: f[4], Help: f[5]}
		e.Category, _ = strconv.Atoi(f[0])
		e.ID, _ = strconv.Atoi(f[1])
		if e.Text == "" {
			e.Internal = true
			_, about := Category(e.Category)
			e.Text = "Internal to the device (" + about + "): " + words(e.Name) + "."
			e.Help = internalHelp
		}
		all = append(all, e)
	}
	return all
}

const internalHelp = "No cause outside the device is known. Restart it and try again; if it comes back, report it with the device log."

// words writes a name in words: "FlashNoMoreChunks" as "flash no more chunks". Capitals that stand together stay so, but
// for the last of them before a word, as in "XIPAddress".
func words(name string) string {
	var b strings.Builder
	for i := range len(name) {
		c := name[i]
		if isUpper(name, i) {
			afterCapital := i > 0 && isUpper(name, i-1)
			if i > 0 && (!afterCapital || isLower(name, i+1)) {
				b.WriteByte(' ')
			}
			if !isUpper(name, i+1) && (!afterCapital || isLower(name, i+1)) {
				c += 'a' - 'A'
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

func isUpper(s string, i int) bool { return i < len(s) && s[i] >= 'A' && s[i] <= 'Z' }

func isLower(s string, i int) bool { return i < len(s) && s[i] >= 'a' && s[i] <= 'z' }
