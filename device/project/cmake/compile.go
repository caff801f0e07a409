package cmake

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"armillary.dev/device/jsonc"
)

// CompileCommand is one entry of compile_commands.json.
type CompileCommand struct {
	File        string   // in the FS
	Includes    []string // of -I and -isystem, in the FS
	Definitions []string // of -D: NAME or NAME=VALUE
}

const (
	compileFile = "compile_commands.json"
	maxCompile  = 8 << 20 // bytes
)

// ReadCompileCommands reads the newest compile_commands.json of a folder or its builds; path is "" if there is none.
func ReadCompileCommands(fsys fs.FS, dir string) (commands []CompileCommand, name string, err error) {
	name = path.Join(dir, compileFile)
	info, err := fs.Stat(fsys, name)
	if err != nil {
		found := buildFiles(fsys, dir, compileFile)
		if len(found) == 0 {
			return nil, "", nil
		}
		name = found[0].Path
		if info, err = fs.Stat(fsys, name); err != nil {
			return nil, name, err
		}
	}
	if info.Size() > maxCompile {
		return nil, name, &fs.PathError{Op: "read", Path: name, Err: errors.New("larger than 8 MiB, which no app's is")}
	}
	src, err := fs.ReadFile(fsys, name)
	if err != nil {
		return nil, name, err
	}
	return parseCompileCommands(src), name, nil
}

func parseCompileCommands(src []byte) []CompileCommand {
	var out []CompileCommand
	for _, n := range jsonc.Parse(src).Root.Children {
		file, ok := n.Get("file").Str()
		if !ok || len(out) == maxListed {
			continue
		}
		dir := n.Get("directory").Text()
		base := Path("", dir)
		c := CompileCommand{File: Path(base, file)}
		var args []string
		if a := n.Get("arguments"); a != nil {
			for _, s := range a.Children {
				args = append(args, s.Text())
			}
		} else {
			args = splitCommand(n.Get("command").Text())
		}
		for i := 0; i < len(args); i++ {
			for _, flag := range [...]string{"-I", "-isystem", "-D"} {
				v, ok := strings.CutPrefix(args[i], flag)
				if !ok {
					continue
				}
				if v == "" && i+1 < len(args) {
					i++
					v = args[i]
				}
				switch {
				case v == "":
				case flag == "-D":
					c.Definitions = append(c.Definitions, v)
				default:
					c.Includes = append(c.Includes, Path(base, v))
				}
				break
			}
		}
		out = append(out, c)
	}
	return out
}

// splitCommand takes a command line apart as a shell does.
func splitCommand(s string) []string {
	var out []string
	var b []byte
	quote, in := byte(0), false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quote != '\'' && i+1 < len(s) && strings.IndexByte("\\\"' ", s[i+1]) >= 0:
			i++
			b, in = append(b, s[i]), true
		case quote != 0 && c == quote:
			quote = 0
		case quote == 0 && (c == '"' || c == '\''):
			quote, in = c, true
		case quote == 0 && (c == ' ' || c == '\t' || c == '\n'):
			if in {
				out = append(out, string(b))
			}
			b, in = b[:0], false
		default:
			b, in = append(b, c), true
		}
	}
	if in {
		out = append(out, string(b))
	}
	return out
}
