package cli

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/rogpeppe/go-internal/diff"

	"armillary.dev/device/jsonc"
	"armillary.dev/server/analysis"
	"armillary.dev/server/files"
	"armillary.dev/server/text"
)

// maxRounds bounds how often fixes are applied on top of fixes. One round is the rule; a second is needed where two
// fixes touch one place.
const maxRounds = 10

// mend applies the safe fixes, and writes the files or, with --diff, prints the differences. It returns what is found
// afterwards.
func (r *checkRun) mend(c *checked) (*checked, error) {
	original := map[string]string{}
	fixed := 0
	for range maxRounds {
		n, err := r.mendOnce(c, original)
		if err != nil {
			return nil, err
		}
		if n == 0 {
			break
		}
		fixed += n
		if c, err = r.check(); err != nil {
			return nil, err
		}
	}
	changed := slices.Sorted(maps.Keys(original))
	shown := r.places.patchPaths(changed)
	for i, name := range changed {
		if r.flags.diff {
			path := shown[i]
			if _, err := r.out.Write(diff.Diff("a/"+path, []byte(original[name]), "b/"+path, []byte(r.view.Docs[name]))); err != nil {
				return nil, fail(ExitFailed, "%w", err)
			}
			continue
		}
		path, err := filepath.EvalSymlinks(files.Path(name)) // a link stays a link
		if err == nil {
			err = replaceFile(path, []byte(r.view.Docs[name]))
		}
		if err != nil {
			return nil, fail(ExitFailed, "%s: not fixed: %w", r.places.show(name), bare(err))
		}
	}
	verb := "fixed"
	if r.flags.diff {
		verb = "would fix"
	}
	if r.flags.quiet {
		return c, nil
	}
	fmt.Fprintf(r.err, "%s %s in %s\n", verb, plural(fixed, "finding"), plural(len(changed), "file"))
	return c, nil
}

// mendOnce applies each file's safe fixes in the view and returns how many findings had one. It remembers in original
// what each file that it changes held at first.
func (r *checkRun) mendOnce(c *checked, original map[string]string) (int, error) {
	fixed := 0
	for _, f := range c.files {
		fixes := analysis.SafeFixes(f.Findings)
		byFile := map[string][]text.Edit{}
		for _, fix := range fixes {
			for _, e := range fix.Edits {
				name := e.File
				if name == "" {
					name = f.Path
				}
				byFile[name] = append(byFile[name], text.Edit{Start: e.Span.Start, End: e.Span.End, New: e.New})
			}
		}
		next := map[string]string{}
		for name, edits := range byFile {
			data, err := r.view.ReadFile(name)
			if err != nil {
				return 0, fail(ExitFailed, "%s: %w", r.places.show(name), bare(err))
			}
			mended, skipped := text.Apply(string(data), edits)
			if len(skipped) > 0 || name == f.Path && broken(mended) > broken(string(data)) {
				// A defect in a rule's fix must not cost the user a file.
				fmt.Fprintf(r.err, "armillary: %s: the fixes do not fit together; left as it is\n", r.places.show(name))
				next = nil
				break
			}
			next[name] = mended
		}
		for name, mended := range next {
			if _, ok := original[name]; !ok {
				data, err := r.view.ReadFile(name)
				if err != nil {
					return 0, fail(ExitFailed, "%w", err)
				}
				original[name] = string(data)
			}
			r.view.Docs[name] = mended
		}
		if next != nil {
			fixed += len(fixes)
		}
	}
	return fixed, nil
}

// broken counts the places where a JSON text can only be guessed at.
func broken(src string) int {
	n := 0
	for _, e := range jsonc.ParseString(src).Errors {
		if !e.Code.Tolerated() {
			n++
		}
	}
	return n
}
