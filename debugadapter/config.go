package debugadapter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Config is a debug configuration: what a launch or attach request asks for. The attributes are those of the type
// "armillary"; the vendor's "azurespheredbg" ones are understood under their own names.
type Config struct {
	App         string   // folder with app_manifest.json
	Program     string   // ELF with debug information
	Image       string   // image package; "": packed from App and Program
	Target      string   // "emulator", "serial:PORT", "tcp:HOST"
	GDB         string   // "host:port" or "unix:path" of a debug server to connect to instead of deploying to Target
	Core        string   // "auto", "hl", "rt0", "rt1"
	StopOnEntry bool     // stop at the start of main
	Args        []string // replaces the manifest's CmdArgs; nil: leave them
	Partners    []string // component ids left running, or folders to deploy as well
	Sysroot     string
	SourceMap   []PathPair // first match wins
	Env         map[string]string
	Timeout     time.Duration // of any reply of the device; 0: default
	Trace       bool          // log the debug server's packets
}

// PathPair maps a folder of the debug information to one on this computer.
type PathPair struct{ From, To string }

// vendor names that mean one of ours.
var aliases = map[string]string{
	"applicationPath":   "program",
	"imagePath":         "image",
	"targetCore":        "core",
	"partnerComponents": "partners",
	"stopAtEntry":       "stopOnEntry",
	"environment":       "env",
	"workingDirectory":  "app",
	"cwd":               "app",
	"sourceFileMap":     "sourceMap",

	"miDebuggerServerAddress": "gdb",
}

// cores by the names that configurations use for them (facts/device.md 4.6).
var cores = map[string]string{"": "auto", "auto": "auto", "anycore": "auto", "hl": "hl", "hlcore": "hl", "rt": "rt0", "rtcore": "rt0", "rt0": "rt0", "rt1": "rt1"}

// parseConfig reads the arguments of launch or attach. A wrong type is an error that names the attribute; attributes that
// are not known are left alone, clients add their own.
func parseConfig(raw json.RawMessage) (Config, error) {
	c := Config{Target: "emulator"}
	in := map[string]json.RawMessage{}
	if len(raw) > 0 && string(raw) != "null" {
		if err := json.Unmarshal(raw, &in); err != nil {
			return c, fmt.Errorf("the debug configuration is not a JSON object")
		}
	}
	for theirs, ours := range aliases {
		// Our own attribute wins; of two vendor ones for the same, the folder of the app is the more telling.
		if v, ok := in[theirs]; ok && in[ours] == nil && !(theirs == "cwd" && in["workingDirectory"] != nil) {
			in[ours] = v
		}
	}
	var err error
	get := func(name string, into any, what string) {
		if v, ok := in[name]; ok && string(v) != "null" && err == nil && json.Unmarshal(v, into) != nil {
			err = fmt.Errorf("%q in the debug configuration has to be %s", name, what)
		}
	}
	get("app", &c.App, "a folder")
	get("program", &c.Program, "a file name")
	get("image", &c.Image, "a file name")
	get("target", &c.Target, `a text like "emulator", "serial:PORT" or "tcp:HOST"`)
	get("gdb", &c.GDB, `an address like "127.0.0.1:1234"`)
	get("core", &c.Core, `"auto", "hl", "rt0" or "rt1"`)
	get("args", &c.Args, "a list of texts")
	get("partners", &c.Partners, "a list of component ids or folders")
	get("sysroot", &c.Sysroot, "a folder")
	if err == nil {
		c.StopOnEntry, err = truth(in, "stopOnEntry")
	}
	if err == nil {
		c.Trace, err = truth(in, "trace")
	}
	if err == nil {
		c.Env, err = environment(in["env"])
	}
	if err == nil {
		c.SourceMap, err = sourceMap(in["sourceMap"])
	}
	seconds := 0.0
	get("timeout", &seconds, "a number of seconds")
	if err != nil {
		return c, err
	}
	if seconds < 0 || seconds > 3600 {
		return c, fmt.Errorf("\"timeout\" in the debug configuration has to be between 0 and 3600 seconds")
	}
	c.Timeout = time.Duration(seconds * float64(time.Second))
	core, ok := cores[strings.ToLower(c.Core)]
	if !ok {
		return c, fmt.Errorf("core %q is none of auto, hl, rt0 and rt1", c.Core)
	}
	c.Core = core
	return c, nil
}

// truth reads a boolean, also one written as a text or a number.
func truth(in map[string]json.RawMessage, name string) (bool, error) {
	switch v := strings.ToLower(strings.Trim(string(in[name]), `" `)); v {
	case "", "null", "false", "0", "no":
		return false, nil
	case "true", "1", "yes":
		return true, nil
	}
	return false, fmt.Errorf("%q in the debug configuration has to be true or false", name)
}

// environment reads {"NAME": "value"} or the vendor's [{"name": "NAME", "value": "value"}].
func environment(raw json.RawMessage) (map[string]string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	out := map[string]string{}
	if json.Unmarshal(raw, &out) == nil {
		return out, nil
	}
	var list []struct{ Name, Value string }
	if json.Unmarshal(raw, &list) != nil {
		return nil, fmt.Errorf("\"env\" in the debug configuration has to be an object of texts")
	}
	clear(out)
	for _, e := range list {
		out[e.Name] = e.Value
	}
	return out, nil
}

// sourceMap reads {"from": "to"} or [["from", "to"]]. Of an object the longest folders come first, its order being lost.
func sourceMap(raw json.RawMessage) ([]PathPair, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil
	}
	var out []PathPair
	var list [][]string
	if json.Unmarshal(raw, &list) == nil {
		for _, p := range list {
			if len(p) != 2 {
				return nil, fmt.Errorf("each entry of \"sourceMap\" has to be a pair of folders")
			}
			out = append(out, PathPair{p[0], p[1]})
		}
		return out, nil
	}
	m := map[string]string{}
	if json.Unmarshal(raw, &m) != nil {
		return nil, fmt.Errorf("\"sourceMap\" in the debug configuration has to be an object from folder to folder")
	}
	for from, to := range m {
		out = append(out, PathPair{from, to})
	}
	slices.SortFunc(out, func(a, b PathPair) int {
		if n := len(b.From) - len(a.From); n != 0 {
			return n
		}
		return strings.Compare(a.From, b.From)
	})
	return out, nil
}
