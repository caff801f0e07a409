package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// program is a language server to measure.
type program struct {
	name        string
	argv        []string
	ours        bool
	pull        bool // it is asked for diagnostics
	definitions bool // it checks hardware definitions only
	language    string
}

// What is measured, by the names in the output.
const (
	toInitialize = "spawn → initialize"
	toFirst      = "spawn → first diagnostics"
	toEdit       = "edit → diagnostics"
	toComplete   = "completion"
	toHover      = "hover"
	toFormat     = "formatting"
	memory       = "resident memory, MB"
	findings     = "findings, number"
	toRename     = "rename"
	toSymbols    = "workspace symbols"
	toReferences = "references"
)

// key names a series of figures.
type key struct{ input, what, server string }

// figures are what was measured, in milliseconds if the name says nothing else.
type figures map[key][]float64

func (f figures) add(input, what string, s *program, x float64) {
	k := key{input, what, s.name}
	f[k] = append(f[k], x)
}

func (f figures) time(input, what string, s *program, d time.Duration) {
	f.add(input, what, s, float64(d)/float64(time.Millisecond))
}

// patience is how long a server has for a session.
const patience = 2 * time.Minute

// process is a running server.
type process struct {
	*client
	cmd   *exec.Cmd
	begun time.Time
	stop  context.CancelFunc
}

func start(s *program) (*process, error) {
	ctx, stop := context.WithTimeout(context.Background(), patience)
	cmd := exec.CommandContext(ctx, s.argv[0], s.argv[1:]...)
	in, err := cmd.StdinPipe()
	if err != nil {
		stop()
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		stop()
		return nil, err
	}
	p := &process{client: newClient(in, out), cmd: cmd, begun: time.Now(), stop: stop}
	p.pull = s.pull
	if err := cmd.Start(); err != nil {
		stop()
		return nil, err
	}
	return p, nil
}

// end ends a session as the protocol wants it. A server that does not go of itself is killed.
func (p *process) end(failed error) error {
	defer p.stop()
	if failed != nil {
		p.stop()
		return errors.Join(failed, p.cmd.Wait())
	}
	if _, err := p.request("shutdown", nil); err != nil {
		return p.end(err)
	}
	if err := p.notify("exit", nil); err != nil {
		return p.end(err)
	}
	return p.cmd.Wait()
}

// file measures one session of a server with one file.
func (f figures) file(s *program, in *input, sdk string, edits int) error {
	p, err := start(s)
	if err != nil {
		return err
	}
	return p.end(f.withFile(p, s, in, sdk, edits))
}

func (f figures) withFile(p *process, s *program, in *input, sdk string, edits int) error {
	at, can, err := p.initialize("")
	if err != nil {
		return err
	}
	f.time(in.name, toInitialize, s, at.Sub(p.begun))
	schema := manifestSchema
	if in.definition {
		schema = definitionSchema
	}
	err = p.notify("workspace/didChangeConfiguration", object{"settings": object{
		"json":        object{"validate": object{"enable": true}, "schemas": []any{object{"fileMatch": []string{"*"}, "schema": schema}}},
		"AzureSphere": object{"SdkPath": sdk},
	}})
	if err != nil {
		return err
	}
	uri := fileURI(in.path)
	found, at, err := p.open(uri, "json", in.text)
	if err != nil {
		return err
	}
	f.time(in.name, toFirst, s, at.Sub(p.begun))
	f.add(in.name, findings, s, float64(found))
	where := place(in.text, in.edited)
	for range edits {
		took, err := p.edit(uri, where)
		if err != nil {
			return err
		}
		f.time(in.name, toEdit, s, took)
	}
	document := object{"uri": uri}
	for _, q := range []struct {
		what, provider, method string
		params                 object
	}{
		{toComplete, "completionProvider", "textDocument/completion", object{"textDocument": document, "position": place(in.text, in.complete)}},
		{toHover, "hoverProvider", "textDocument/hover", object{"textDocument": document, "position": place(in.text, in.hover)}},
		{toFormat, "documentFormattingProvider", "textDocument/formatting", object{"textDocument": document, "options": object{"tabSize": 4, "insertSpaces": true}}},
	} {
		if can[q.provider] == nil || can[q.provider] == false {
			continue
		}
		if err := f.ask(p, s, in.name, q.what, q.method, q.params, edits); err != nil {
			return err
		}
	}
	return f.memory(p, s, in.name)
}

// ask asks a question several times. What is never answered is not measured.
func (f figures) ask(p *process, s *program, input, what, method string, params object, times int) error {
	for range times {
		took, answered, err := p.ask(method, params)
		if err != nil {
			return err
		}
		if !answered && s.ours {
			return fmt.Errorf("%s is not answered", method)
		}
		if answered {
			f.time(input, what, s, took)
		}
	}
	return nil
}

func (f figures) memory(p *process, s *program, input string) error {
	mb, err := rss(p.cmd.Process.Pid)
	if err == nil {
		f.add(input, memory, s, mb)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil // no such folder in this system
	}
	return err
}

// rss is the resident memory of a process in MB.
func rss(pid int) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(rest), "kB")), 64)
			return kb / 1024, err
		}
	}
	return 0, fmt.Errorf("process %d has no VmRSS", pid)
}

// workspace is a folder with many apps.
type workspace struct {
	name, root     string
	app            string // folder of the app whose source and manifest are opened
	source, edited string // file of the source; the letter behind this text is changed
	symbol         string // name that the manifest asks for
}

// workspace measures one session with a whole folder open.
func (f figures) workspace(s *program, w *workspace, edits int) error {
	p, err := start(s)
	if err != nil {
		return err
	}
	return p.end(f.withWorkspace(p, s, w, edits))
}

func (f figures) withWorkspace(p *process, s *program, w *workspace, edits int) error {
	source, manifest := filepath.Join(w.root, w.app, w.source), filepath.Join(w.root, w.app, "app_manifest.json")
	sourceText, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	manifestText, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	at, _, err := p.initialize(w.root)
	if err != nil {
		return err
	}
	f.time(w.name, toInitialize, s, at.Sub(p.begun))
	if _, at, err = p.open(fileURI(source), "c", string(sourceText)); err != nil {
		return err
	}
	f.time(w.name, toFirst, s, at.Sub(p.begun))
	if _, _, err := p.open(fileURI(manifest), "json", string(manifestText)); err != nil {
		return err
	}
	where := place(string(sourceText), w.edited)
	for range edits {
		took, err := p.edit(fileURI(source), where)
		if err != nil {
			return err
		}
		f.time(w.name, toEdit+" (C source)", s, took)
	}
	name := object{"textDocument": object{"uri": fileURI(manifest)}, "position": place(string(manifestText), w.symbol)}
	renamed, referenced := object{"newName": "RENAMED"}, object{"context": object{"includeDeclaration": true}}
	for _, params := range []object{renamed, referenced} {
		for k, v := range name {
			params[k] = v
		}
	}
	for _, q := range []struct {
		what, method string
		params       object
	}{
		{toRename, "textDocument/rename", renamed},
		{toReferences, "textDocument/references", referenced},
		{toSymbols, "workspace/symbol", object{"query": strings.TrimPrefix(w.symbol, "$")}},
	} {
		// The first question after an edit finds nothing prepared.
		if _, err := p.edit(fileURI(source), where); err != nil {
			return err
		}
		if err := f.ask(p, s, w.name, q.what+", after an edit", q.method, q.params, 1); err != nil {
			return err
		}
		if err := f.ask(p, s, w.name, q.what+", again", q.method, q.params, 5); err != nil {
			return err
		}
	}
	return f.memory(p, s, w.name)
}
