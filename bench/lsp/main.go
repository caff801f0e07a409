// Command lsp measures the language server as an editor feels it, beside two others, all in one run and in turns: VS Code's
// JSON server, and the one language server for hardware definitions that there is beside ours ("the peer").
//
//	go run ./bench/lsp [-sessions 9] [-edits 40] [-armillary PROGRAM] [-only NAME,NAME] [-json]
//
// Environment:
//
//	ARMILLARY_JSON_SERVER  command line of VS Code's JSON server, such as "vscode-json-language-server --stdio"
//	                       (npm install vscode-langservers-extracted)
//	ARMILLARY_PEER         folder of a built checkout of Azure-Sphere-Tools/azsphere-hardware-definition-tools
//	                       (cd server; npm ci --ignore-scripts; node_modules/.bin/tsc). Needs node.
//	ARMILLARY_SAMPLES      checkout of Azure/azure-sphere-samples
//
// What is not set is left out and said to be. Every server gets the same files, made by this program: a manifest with two
// errors, a definition of 247 peripherals, one of 1,490 each on its line, and the definition of the samples for a board,
// which imports two files. The JSON server's column is validation with small schemas of our own: it knows nothing of
// pins. The peer checks definitions only. Beyond files, our server alone has a folder with many apps open.
//
// Times are from the moment before the first byte is sent to the one after the last is received, in milliseconds: the
// median of all sessions and, in brackets, the least. A ratio is what the other server takes over what ours takes (first
// column). On a busy computer times differ by a factor of two from run to run: only the ratios of one run, and the least
// figures, mean something. The budgets are in table.go. No test asserts a time.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"armillary.dev/bench/apps"
)

func main() {
	var o options
	flag.IntVar(&o.sessions, "sessions", 9, "sessions of each server with each file")
	flag.IntVar(&o.edits, "edits", 40, "edits, and questions of each kind, in a session")
	flag.StringVar(&o.program, "armillary", "", "program to measure (default: built from these sources)")
	only := flag.String("only", "", "files and workspaces to measure, separated by commas (default: all)")
	flag.BoolVar(&o.json, "json", false, "print JSON")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if o.sessions < 1 || o.edits < 1 {
		fmt.Fprintln(os.Stderr, "bench/lsp: -sessions and -edits must be at least 1")
		os.Exit(2)
	}
	if err := bench(os.Stdout, os.Stderr, o); err != nil {
		fmt.Fprintln(os.Stderr, "bench/lsp:", err)
		os.Exit(1)
	}
}

type options struct {
	sessions, edits int
	program         string
	only            []string
	json            bool
}

// wants reports whether an input is to be measured.
func (o *options) wants(name string) bool { return len(o.only) == 0 || slices.Contains(o.only, name) }

func bench(out, errw io.Writer, o options) error {
	dir, err := os.MkdirTemp("", "armillary-bench-lsp-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return err
	}
	if o.program == "" {
		built := filepath.Join(dir, "built.exe") // the name does no harm elsewhere
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", built, "armillary.dev")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if msg, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, msg)
		}
		// Users have a copy. The linker's own output can start 2 ms later: it comes into the page cache one page at a time.
		o.program = filepath.Join(dir, "armillary.exe")
		if err := copyFile(o.program, built); err != nil {
			return err
		}
	}
	servers, err := others(errw)
	if err != nil {
		return err
	}
	servers = append([]*program{
		{name: "armillary", argv: []string{o.program, "lsp"}, ours: true},
		{name: "armillary, pull", argv: []string{o.program, "lsp"}, ours: true, pull: true},
	}, servers...)
	files, spaces, err := o.subjects(errw, dir)
	if err != nil {
		return err
	}
	sdk := filepath.Join(dir, "sdk")
	if err := writeSDK(sdk); err != nil {
		return err
	}
	f, before := figures{}, load()
	for range o.sessions {
		for i := range files {
			for _, s := range servers {
				if s.definitions && !files[i].definition {
					continue
				}
				if err := f.file(s, &files[i], sdk, o.edits); err != nil {
					return fmt.Errorf("%s with %s: %w", s.name, files[i].name, err)
				}
			}
		}
		for i := range spaces {
			for _, s := range servers[:2] {
				if err := f.workspace(s, &spaces[i], o.edits); err != nil {
					return fmt.Errorf("%s with %s: %w", s.name, spaces[i].name, err)
				}
			}
		}
	}
	var names []string
	for _, in := range files {
		names = append(names, in.name)
	}
	for _, w := range spaces {
		names = append(names, w.name)
	}
	rows := f.rows(servers, names, len(files))
	if o.json {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(object{
			"system": runtime.GOOS + "/" + runtime.GOARCH, "processors": runtime.NumCPU(), "sessions": o.sessions, "edits": o.edits,
			"load": []string{before, load()}, "unit": "ms", "rows": rows,
		})
	}
	fmt.Fprintf(out, "%s/%s, %d processors, load %s before and %s after; %d sessions of each server in turns, %d edits in each\n"+
		"milliseconds, median (least); ratio: what the other takes over armillary\n",
		runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), before, load(), o.sessions, o.edits)
	return table(out, servers, rows)
}

// others finds the servers beside ours.
func others(errw io.Writer) ([]*program, error) {
	var list []*program
	if argv := strings.Fields(os.Getenv("ARMILLARY_JSON_SERVER")); len(argv) > 0 {
		list = append(list, &program{name: "VS Code JSON", argv: argv, pull: true})
	} else {
		fmt.Fprintln(errw, `left out: VS Code's JSON server; npm install vscode-langservers-extracted and set ARMILLARY_JSON_SERVER="…/vscode-json-language-server --stdio"`)
	}
	folder := os.Getenv("ARMILLARY_PEER")
	if folder == "" {
		fmt.Fprintln(errw, "left out: the peer; set ARMILLARY_PEER to a built checkout of Azure-Sphere-Tools/azsphere-hardware-definition-tools")
		return list, nil
	}
	script := filepath.Join(folder, "server", "dist", "startServer.js")
	if _, err := os.Stat(script); err != nil {
		return nil, fmt.Errorf("ARMILLARY_PEER is not built (cd server; npm ci --ignore-scripts; node_modules/.bin/tsc): %w", err)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("the peer needs node: %w", err)
	}
	return append(list, &program{name: "peer", argv: []string{node, script, "--stdio"}, definitions: true}), nil
}

// subjects writes and lists what is measured.
func (o *options) subjects(errw io.Writer, dir string) (files []input, spaces []workspace, err error) {
	files = inputs()
	generated := filepath.Join(dir, "workspace")
	if err := apps.Write(generated, 60); err != nil {
		return nil, nil, err
	}
	spaces = []workspace{{"60 apps", generated, filepath.Join("group000", "app00000"), "main.c", "int le", "$BOARD0_GPIO1"}}
	if samples := os.Getenv("ARMILLARY_SAMPLES"); samples == "" {
		fmt.Fprintln(errw, "left out: the official samples; set ARMILLARY_SAMPLES to a checkout of Azure/azure-sphere-samples")
	} else {
		in, err := sample(samples)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, in)
		if samples, err = filepath.Abs(samples); err != nil {
			return nil, nil, err
		}
		spaces = append(spaces, workspace{"samples", samples, filepath.Join("Samples", "HelloWorld", "HelloWorld_HighLevelApp"), "main.c", "int f", "$SAMPLE_LED"})
	}
	files = slices.DeleteFunc(files, func(in input) bool { return !o.wants(in.name) })
	spaces = slices.DeleteFunc(spaces, func(w workspace) bool { return !o.wants(w.name) })
	if len(files)+len(spaces) == 0 {
		return nil, nil, fmt.Errorf("-only: nothing is called %s", strings.Join(o.only, " or "))
	}
	for i := range files {
		if err := files[i].write(dir); err != nil {
			return nil, nil, err
		}
	}
	return files, spaces, nil
}

// load is the computer's load over the last minute, "unknown" where the system does not say.
func load() string {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(text), " ")
	return first
}

// copyFile copies a program in small pieces, as what unpacks a release does: written at once it would start faster than anybody's,
// from large pages of the page cache, and take 4 MB more memory.
func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	_, err = io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, make([]byte, 32<<10))
	return errors.Join(err, out.Close())
}
