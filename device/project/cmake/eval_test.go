package cmake

import (
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/rogpeppe/go-internal/txtar"

	"armillary.dev/internal/testenv"
)

// script is read by CMake and by Read; each line of want is a variable that both must agree on.
var scripts = []struct {
	name, src string
	vars      []string
}{
	{"set", `set(A x) set(B ${A} "${A};y" z\;w) set(C "a\\b\"\t") set(D [[${A}]]) set(E) set(F "") set(G_${A} 1)
set(N G_x) set(H "${${N}}") set(I "$<x>") set(J "@A@") set(K a "" b)`, []string{"A", "B", "C", "D", "F", "G_x", "H", "J", "K"}},
	{"list", `set(L a b) list(APPEND L c d) list(PREPEND L z) list(LENGTH L N) list(GET L 1 -1 G) list(JOIN L "-" J)
list(FIND L c F) list(REMOVE_ITEM L b) set(R ${L}) list(REVERSE R) set(S b a c a) list(SORT S) list(REMOVE_DUPLICATES S) list(APPEND M x)`,
		[]string{"L", "N", "G", "J", "F", "R", "S", "M"}},
	{"string", `string(TOUPPER "aB" A) string(TOLOWER "aB" B) string(CONCAT C "x" "y" z) string(REPLACE "a" "b" D "banana" "a")
string(STRIP "  x " E) string(LENGTH "abc" F) string(APPEND C "!") string(PREPEND C "?") string(JOIN "," G a b c) string(CONCAT H)
string(REGEX REPLACE "([a-z]+)-([0-9]+)" "\\2_\\1" I "ab-12")`, []string{"A", "B", "C", "D", "E", "F", "G", "H", "I"}},
	{"paths", `get_filename_component(A "/x/y/z.tar.gz" DIRECTORY) get_filename_component(B "/x/y/z.tar.gz" NAME)
get_filename_component(C "/x/y/z.tar.gz" EXT) get_filename_component(D "/x/y/z.tar.gz" NAME_WE) get_filename_component(E "../b/./c" ABSOLUTE BASE_DIR "/x/a")
get_filename_component(F "/x/z.tar.gz" NAME_WLE) get_filename_component(G "/x/z.tar.gz" LAST_EXT) get_filename_component(H "/x" DIRECTORY)
cmake_path(SET P "/a/b") cmake_path(APPEND P "c" "d.e") cmake_path(SET Q NORMALIZE "/a/../b/./c") cmake_path(APPEND P "/q" OUTPUT_VARIABLE R)`,
		[]string{"A", "B", "C", "D", "E", "F", "G", "H", "P", "Q", "R"}},
	{"conditions", `set(ONE 1) set(OFFV OFF) set(NAME rdb) set(NF X-NOTFOUND) set(LST a b c)
macro(check v) if(${ARGN}) set(${v} yes) else() set(${v} no) endif() endmacro()
check(A ONE) check(B OFFV) check(C NOT OFFV) check(D NAME STREQUAL "rdb") check(E NAME STREQUAL NAME) check(F "rdb" STREQUAL rdb)
check(G ONE AND NOT OFFV) check(H OFFV OR ONE) check(I NF) check(J 3.20.1 VERSION_GREATER_EQUAL 3.9) check(K 10 GREATER 9) check(L abc MATCHES "^a.c$")
check(M b IN_LIST LST) check(N DEFINED NAME) check(O NAME) check(P "NAME") check(Q 0) check(R 2) check(S TRUE) check(T EXISTS "/nowhere/at/all")
check(U "1.2" VERSION_EQUAL "1.2.0") check(V a STRLESS b) check(W ONE AND OFFV OR ONE) check(X ONE OR ONE AND OFFV) check(Y IS_ABSOLUTE "/x") check(Z NOT (NOT ONE))
if((ONE AND OFFV) OR (NOT OFFV AND (ONE))) set(AA yes) endif()
if(OFFV) set(BB 1) elseif(ONE) set(BB 2) elseif(ONE) set(BB 3) else() set(BB 4) endif()`,
		[]string{"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M", "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z", "AA", "BB"}},
	{"loops", `set(L a b) foreach(x IN LISTS L ITEMS c) set(A "${A}<${x}>") endforeach()
foreach(i RANGE 3) if(i EQUAL 1) continue() endif() set(B "${B}${i}") endforeach() foreach(i RANGE 2 6 2) list(APPEND C ${i}) endforeach()
foreach(x p q r) if(x STREQUAL q) break() endif() set(D "${D}${x}") endforeach() foreach(x ${L} e) set(E "${E}${x}") endforeach() set(F "${x}")`,
		[]string{"A", "B", "C", "D", "E"}},
	{"functions", `set(X outer) function(f a b) set(X inner) set(R "${a}|${b}|${ARGN}|${ARGC}|${ARGV2}" PARENT_SCOPE) set(S ${X} PARENT_SCOPE) return() set(R no PARENT_SCOPE) endfunction()
f(1 2 3 4) set(A ${R}) macro(m a) set(B "${a}/${ARGN}/${ARGC}") set(X changed) endmacro() M(p q r) set(C ${X}) set(D ${S})
function(g) cmake_parse_arguments(ARG "FAST" "NAME" "FILES" ${ARGN}) set(G "${ARG_FAST}/${ARG_NAME}/${ARG_FILES}/${ARG_UNPARSED_ARGUMENTS}" PARENT_SCOPE) endfunction()
g(u FILES a b NAME n FAST) function(h n) cmake_parse_arguments(PARSE_ARGV 1 ARG "" "NAME" "FILES") set(H "${ARG_NAME}/${ARG_FILES}" PARENT_SCOPE) endfunction() h(x NAME y FILES z w)`,
		[]string{"A", "B", "C", "D", "G", "H"}},
	{"cache", `set(A 1 CACHE STRING "") set(A 2 CACHE STRING "") option(B "" ON) option(C "") set(D 1 CACHE STRING "" ) set(D 2) set(E 1 CACHE STRING "") set(E 3 CACHE STRING "" FORCE) unset(A CACHE) set(F "$CACHE{E}") set(G x) unset(G) set(G "${G}y")`,
		[]string{"B", "C", "D", "E", "F"}},
}

// lines puts each command on a line of its own, as CMake wants it.
func lines(src string) string {
	f := Parse("x", src)
	var b strings.Builder
	for _, c := range f.Commands {
		b.WriteString(src[c.Span.Start:c.Span.End] + "\n")
	}
	return b.String()
}

// What variables stand for is held against CMake itself.
func TestAgainstCMake(t *testing.T) {
	cmake := testenv.NeedTool(t, "cmake", "apt-get install cmake")
	for _, tt := range scripts {
		t.Run(tt.name, func(t *testing.T) {
			src := "cmake_minimum_required(VERSION 3.20)\n" + lines(tt.src)
			print := ""
			for _, v := range tt.vars {
				print += fmt.Sprintf("file(APPEND \"${OUT}\" \"%s=[${%s}]\\n\")\n", v, v)
			}
			dir := t.TempDir()
			script, out := filepath.Join(dir, "s.cmake"), filepath.Join(dir, "out")
			if err := os.WriteFile(script, []byte(src+print), 0o644); err != nil {
				t.Fatal(err)
			}
			if msg, err := exec.Command(cmake, "-DOUT="+out, "-P", script).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, msg)
			}
			want, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			p := Read(fstest.MapFS{"a/CMakeLists.txt": {Data: []byte(src)}}, "a")
			got := ""
			for _, v := range tt.vars {
				x, _ := p.Variable(v)
				if !x.Known() {
					x.Text += " unknown for " + x.Because
				}
				got += fmt.Sprintf("%s=[%s]\n", v, x.Text)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nCMake has\n%s", got, want)
			}
		})
	}
}

// describe writes what a project says.
func describe(p *Project) string {
	var b strings.Builder
	value := func(v Value) string {
		s := v.Text
		if !v.Known() {
			s += " ?" + v.Because
			if len(v.Others) > 0 {
				s += fmt.Sprintf(" %q", v.Others)
			}
		}
		return s
	}
	list := func(name string, args []Arg) {
		if len(args) == 0 {
			return
		}
		fmt.Fprintf(&b, "  %s:", name)
		for _, a := range args {
			f := p.FileOf(a.File)
			if f == nil || a.Span.End > len(f.Src) || a.Span.Start >= a.Span.End {
				b.WriteString(" NO PLACE")
			}
			fmt.Fprintf(&b, " %s,", value(a.Value))
		}
		b.WriteString("\n")
	}
	head := func(what string, c Call) {
		fmt.Fprintf(&b, "%s at %s:%d", what, c.File.Path, c.Line())
		if c.When != "" {
			fmt.Fprintf(&b, " when %s", c.When)
		}
		if c.Unlikely {
			b.WriteString(" (unlikely)")
		}
		b.WriteString("\n")
	}
	if p.Err != nil {
		fmt.Fprintf(&b, "error: %v\n", p.Err)
	}
	fmt.Fprintf(&b, "name: %s\n", value(p.Name))
	for _, t := range p.Targets {
		head(map[bool]string{true: "executable ", false: "library "}[t.Executable]+value(t.Name.Value), t.Call)
		list("sources", t.Sources)
		list("includes", t.Includes)
		list("definitions", t.Definitions)
		list("libraries", t.Libraries)
	}
	for _, h := range p.HardwareDefinitions {
		head("hardware definition for "+value(h.Target.Value), h.Call)
		list("directories", h.Directories)
		if h.Definition != nil {
			list("definition", []Arg{*h.Definition})
		}
	}
	for _, h := range p.ImagePackages {
		head("image package for "+value(h.Target.Value), h.Call)
		list("resources", h.Resources)
		list("debug", h.DebugLibs)
	}
	for _, c := range slices.Concat(p.ConfigureTools, p.ConfigureAPI) {
		head("configure "+value(c.Value.Value), c.Call)
	}
	for _, s := range p.Presets {
		fmt.Fprintf(&b, "preset %s", s.Name)
		if s.Hidden {
			b.WriteString(" hidden")
		}
		if s.APISet != nil {
			fmt.Fprintf(&b, " api %s", value(s.APISet.Value))
		}
		if s.Toolchain != nil {
			fmt.Fprintf(&b, " toolchain %s", value(s.Toolchain.Value))
		}
		b.WriteString("\n")
	}
	if p.Incomplete != "" {
		fmt.Fprintf(&b, "incomplete: %s\n", p.Incomplete)
	}
	reads := slices.Clone(p.Reads)
	slices.Sort(reads)
	fmt.Fprintf(&b, "reads: %s\n", strings.Join(slices.Compact(reads), " "))
	return b.String()
}

// Each file of testdata holds a project in the folder app, and in "want" what is read in it.
func TestRead(t *testing.T) {
	names, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(names) == 0 {
		t.Fatalf("no testdata: %v", err)
	}
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			ar, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			fsys := fstest.MapFS{}
			want := -1
			for i, f := range ar.Files {
				if f.Name == "want" {
					want = i
				} else {
					fsys[f.Name] = &fstest.MapFile{Data: f.Data, ModTime: time.Unix(int64(i), 0)}
				}
			}
			p := Read(fsys, "w/app")
			got := describe(p)
			if *update {
				if want < 0 {
					ar.Files = append(ar.Files, txtar.File{Name: "want"})
					want = len(ar.Files) - 1
				}
				ar.Files[want].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(ar), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if want < 0 || got != string(ar.Files[want].Data) {
				t.Errorf("got\n%s", got)
			}
			if !p.Fresh(fsys) {
				t.Error("the project is not fresh when nothing has changed")
			}
			fresh := func(what, name string, f *fstest.MapFile) {
				was := fsys[name]
				fsys[name] = f
				if p.Fresh(fsys) {
					t.Errorf("the project is fresh after %s", what)
				}
				if fsys[name] = was; was == nil {
					delete(fsys, name)
				}
			}
			for _, f := range p.Files {
				fresh(f.Path+" changed", f.Path, &fstest.MapFile{Data: []byte(f.Src + " ")})
			}
			for _, name := range p.Reads {
				if _, err := fsys.Open(name); err != nil && path.Base(name) != "." {
					fresh(name+" appeared", name, &fstest.MapFile{Data: []byte("x")})
				}
			}
		})
	}
}

// Projects that never end, or that grow without bounds.
func TestBounds(t *testing.T) {
	for name, src := range map[string]string{
		"include of itself":  "include(CMakeLists.txt)",
		"folder of itself":   "add_subdirectory(.)",
		"recursive function": "function(f)\nf()\nf()\nendfunction()\nf()",
		"recursive macro":    "macro(f)\nf()\nf()\nendmacro()\nf()",
		"doubling":           "set(A x)\n" + strings.Repeat("set(A \"${A}${A}\")\n", 60),
		"doubling lists":     "set(A x)\n" + strings.Repeat("list(APPEND A ${A})\n", 60),
		"candidates":         strings.Repeat("if(CMAKE_X)\nset(A \"${A}x\")\nelse()\nset(A \"${A}y\")\nendif()\n", 100),
		"loops in loops":     strings.Repeat("foreach(i RANGE 1000)\n", 10) + "set(A 1)\n" + strings.Repeat("endforeach()\n", 10),
		"endless loop":       "while(1)\nset(A \"${A}x\")\nendwhile()",
		"deep":               strings.Repeat("if(CMAKE_X)\n", 20_000) + "set(A x)\n" + strings.Repeat("endif()\n", 20_000),
		"references":         "set(A \"" + strings.Repeat("${", 20_000) + "\")",
		"parentheses":        "if(" + strings.Repeat("(", 20_000) + "A" + strings.Repeat(")", 20_000) + ")\nendif()",
		"not":                "if(" + strings.Repeat("NOT ", 20_000) + "A)\nendif()",
		"replace":            "string(REPEAT x 10 A)\nset(B xxxxxxxxxx)\n" + strings.Repeat("string(REPLACE x \"${B}\" B \"${B}\")\n", 30),
		"many sources":       "set(A x y z)\n" + strings.Repeat("list(APPEND A ${A})\n", 16) + strings.Repeat("add_executable(a ${A})\n", 100),
	} {
		t.Run(name, func(t *testing.T) {
			p := Read(fstest.MapFS{"a/CMakeLists.txt": {Data: []byte(src)}}, "a")
			if !p.Found {
				t.Error("not found")
			}
			if v, ok := p.Variable("A"); ok && len(v.Text) > maxText {
				t.Errorf("A has %d bytes", len(v.Text))
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range scripts {
		f.Add(lines(s.src), "", "")
	}
	f.Add("include(x.cmake)\nfind_path(A NAMES x.cmake PATHS . ${B})\nadd_subdirectory(sub)", `{"configurePresets":[{"name":"a","inherits":["b"],"cacheVariables":{"A":{"value":"${sourceDir}/x"}}},{"name":"b","inherits":"a"}]}`, "CMAKE_HOME_DIRECTORY:INTERNAL=/a\nB:PATH=/a/x\n")
	f.Add("file(GLOB_RECURSE A *.c)\nwhile(X)\nset(B ${A})\nendwhile()\nazsphere_target_hardware_definition(${A} TARGET_DIRECTORY ${B} TARGET_DEFINITION)", "", "")
	f.Fuzz(func(t *testing.T, src, presets, cache string) {
		fsys := fstest.MapFS{"a/CMakeLists.txt": {Data: []byte(src)}, "a/CMakePresets.json": {Data: []byte(presets)}, "a/out/CMakeCache.txt": {Data: []byte(cache)},
			"a/x.cmake": {Data: []byte(src)}, "a/sub/CMakeLists.txt": {Data: []byte(src)}, "a/m.c": {}}
		p := Read(fsys, "a")
		p.Variable("A")
		for _, x := range p.Targets {
			for _, a := range x.Sources {
				if s := p.FileOf(a.File); s == nil || a.Span.End > len(s.Src) {
					t.Fatalf("%+v", a)
				}
			}
		}
		if !p.Fresh(fsys) {
			t.Fatal("not fresh")
		}
		parseCompileCommands([]byte(presets))
	})
}

func TestCompileCommands(t *testing.T) {
	fsys := fstest.MapFS{"w/app/out/ARM-Debug/compile_commands.json": {Data: []byte(`[
{"directory": "/w/app/out/ARM-Debug", "command": "gcc -DA -D B=\"x y\" -DC=\\\"s\\\" -I/sdk/include -I ../../inc -isystem /sys -o m.o -c /w/app/main.c", "file": "/w/app/main.c"},
{"directory": "C:\\w\\out", "arguments": ["gcc", "-DX", "-D", "Y", "-I.."], "file": "..\\two.c"},
{"file": 5}, 7]`)}}
	c, name, err := ReadCompileCommands(fsys, "w/app")
	got := fmt.Sprintf("%s %v %q", name, err, c)
	want := `w/app/out/ARM-Debug/compile_commands.json <nil> [{"w/app/main.c" ["sdk/include" "w/app/inc" "sys"] ["A" "B=x y" "C=\"s\""]} {"c:/w/two.c" ["c:/w"] ["X" "Y"]}]`
	if got != want {
		t.Errorf("\n got %s\nwant %s", got, want)
	}
	if c, name, err := ReadCompileCommands(fsys, "w"); c != nil || name != "" || err != nil {
		t.Errorf("%v %s %v", c, name, err)
	}
}
