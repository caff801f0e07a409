package server

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"armillary.dev/device/project"
	"armillary.dev/server/analysis"
	"armillary.dev/server/files"
)

// How much there is of what there is too much of: entries, levels, and bytes. ARMILLARY_LONG asks for all of it.
var many, mega, full = 2_000, 1 << 14, false

func init() {
	if os.Getenv("ARMILLARY_LONG") != "" {
		many, mega, full = 100_000, 1<<20, true
	}
}

// list writes n elements, each made by a function, with commas between them.
func list(n int, element func(i int) string) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(element(i))
	}
	return b.String()
}

// lines writes n lines.
func lines(n int, line func(i int) string) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(line(i))
		b.WriteByte('\n')
	}
	return b.String()
}

// utf16Text writes a text in UTF-16 with a byte order mark.
func utf16Text(s string, big bool) string {
	var b strings.Builder
	for _, u := range append([]uint16{0xfeff}, utf16.Encode([]rune(s))...) {
		lo, hi := byte(u), byte(u>>8)
		if big {
			lo, hi = hi, lo
		}
		b.WriteByte(lo)
		b.WriteByte(hi)
	}
	return b.String()
}

func randomBytes(n int) string {
	rnd := rand.New(rand.NewPCG(3, 4))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return string(b)
}

const shiftJIS = "\x93\xfa\x96\x7b\x8c\xea\x83\x5c\x95\x5c" // its second bytes may be backslashes

// everyKind are texts that any file may hold.
var everyKind = map[string]func(own string) string{
	"empty": func(string) string { return "" },
	"ELF": func(string) string {
		return "\x7fELF\x01\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x28\x00" + randomBytes(1<<16)
	},
	"random":      func(string) string { return randomBytes(mega) },
	"UTF-16 LE":   func(own string) string { return utf16Text(own, false) },
	"UTF-16 BE":   func(own string) string { return utf16Text(own, true) },
	"Shift-JIS":   func(own string) string { return strings.ReplaceAll(own, "Fuzz", shiftJIS) + shiftJIS },
	"NUL":         func(own string) string { return strings.Repeat("\x00", 1<<16) + strings.ReplaceAll(own, " ", "\x00") },
	"10 MB":       func(own string) string { return own + strings.Repeat(" ", 10*mega) },
	"10 MB of it": func(own string) string { return strings.Repeat(own, 10*mega/max(1, len(own))) },
	"1 MB of it":  func(own string) string { return strings.Repeat(own, mega/max(1, len(own))) },
	"one line": func(own string) string {
		return strings.Repeat(strings.ReplaceAll(own, "\n", " "), mega/max(1, len(own)))
	},
	"half":               func(own string) string { return own[:len(own)/2] },
	"quotes":             func(string) string { return strings.Repeat(`"`, mega) },
	"half quotes":        func(own string) string { return own + `"` + strings.Repeat("x", mega) },
	"backslashes":        func(string) string { return strings.Repeat("\\\n", mega/2) },
	"lone CR":            func(own string) string { return strings.ReplaceAll(own, "\n", "\r") + strings.Repeat("\r", mega) },
	"commas":             func(string) string { return strings.Repeat(",", mega) },
	"brackets":           func(string) string { return strings.Repeat("[", many) },
	"braces":             func(string) string { return strings.Repeat("{", many) },
	"parentheses":        func(string) string { return strings.Repeat("(", many) + strings.Repeat(")", many) },
	"mixed brackets":     func(string) string { return strings.Repeat("[{(", many) },
	"closing":            func(string) string { return strings.Repeat(")]}", many) },
	"comments":           func(own string) string { return strings.Repeat("//x\n/**/#y\n", many) + own },
	"comments that open": func(own string) string { return own + strings.Repeat("/*", mega/2) },
	"suppressions": func(own string) string {
		return strings.Repeat("// armillary:ignore AZS101 x\n# armillary:ignore\n", many/10) + own
	},
	"not quite UTF-8":     func(own string) string { return strings.Repeat("\xe2\x82", mega/2) + own },
	"outside the BMP":     func(string) string { return `"` + strings.Repeat("😀", mega/4) },
	"objects in objects":  func(string) string { return strings.Repeat(`{"Capabilities":`, many) },
	"512 deep and closed": func(string) string { return strings.Repeat(`{"a":[`, 256) + strings.Repeat(`]}`, 256) },
}

// hostileFiles are the files of an app, over those of fuzzProject; the names of those that matter come first.
type hostileCase struct {
	name  string
	files map[string]string
}

// own are cases for one kind of file.
func own() []hostileCase {
	manifest := func(capabilities string) string {
		return `{"SchemaVersion":1,"Name":"x","ComponentId":"005180bc-402f-4cb3-a662-72937dbcde47","EntryPoint":"/bin/app","CmdArgs":[],"ApplicationType":"Default","Capabilities":{` + capabilities + `}}`
	}
	definition := func(imports, peripherals string) string {
		return `{"Metadata":{"Type":"Azure Sphere Hardware Definition","Version":1},"Imports":[` + imports + `],"Peripherals":[` + peripherals + `]}`
	}
	one := func(name, file, text string) hostileCase { return hostileCase{name, map[string]string{file: text}} }
	cases := []hostileCase{
		one("same pins", "app_manifest.json", manifest(`"Gpio":[`+list(many, func(int) string { return "8" })+`]`)),
		one("pins", "app_manifest.json", manifest(`"Gpio":[`+list(many, func(i int) string { return fmt.Sprint(i) })+`]`)),
		one("names", "app_manifest.json", manifest(`"Gpio":[`+list(many, func(i int) string { return fmt.Sprintf(`"$LED%d"`, i) })+`]`)),
		one("one name", "app_manifest.json", manifest(`"Gpio":[`+list(many, func(int) string { return `"$LED"` })+`]`)),
		one("connections", "app_manifest.json", manifest(`"AllowedConnections":[`+list(many, func(i int) string { return fmt.Sprintf(`"h%d.example.com"`, i) })+`]`)),
		one("ports", "app_manifest.json", manifest(`"AllowedTcpServerPorts":[`+list(many, func(i int) string { return fmt.Sprint(i) })+`]`)),
		one("capabilities", "app_manifest.json", manifest(list(many, func(i int) string { return fmt.Sprintf(`"Cap%d":[]`, i) }))),
		one("one capability", "app_manifest.json", manifest(list(many, func(int) string { return `"Gpio":[8]` }))),
		one("partners", "app_manifest.json", manifest(`"AllowedApplicationConnections":[`+list(many, func(i int) string { return fmt.Sprintf(`"005180bc-402f-4cb3-a662-%012x"`, i) })+`]`)),
		one("keys", "app_manifest.json", "{"+list(many, func(i int) string { return fmt.Sprintf(`"Schemaversion%d":1`, i) })+"}"),
		one("arguments", "app_manifest.json", `{"SchemaVersion":1,"EntryPoint":"/bin/app","CmdArgs":[`+list(many, func(int) string { return `"a"` })+`],"Capabilities":{}}`),
		one("peripherals", "hardware.json", definition(`{"Path":"mt3620_rdb.json"}`, list(many/2, func(i int) string {
			return fmt.Sprintf(`{"Name":"P%d","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}`, i)
		}))),
		one("one peripheral", "hardware.json", definition(`{"Path":"mt3620_rdb.json"}`, list(many/2, func(int) string { return `{"Name":"LED","Type":"Gpio","Mapping":"MT3620_RDB_LED1_RED"}` }))),
		one("chain", "hardware.json", definition(``, list(many/2, func(i int) string { return fmt.Sprintf(`{"Name":"P%d","Type":"Gpio","Mapping":"P%d"}`, i, i+1) }))),
		one("ring", "hardware.json", definition(``, list(many/2, func(i int) string {
			return fmt.Sprintf(`{"Name":"P%d","Type":"Gpio","Mapping":"P%d"}`, i, (i+1)%(many/2))
		}))),
		one("imports of itself", "hardware.json", definition(list(many/10, func(int) string { return `{"Path":"hardware.json"}` }), "")),
		one("imports of nothing", "hardware.json", definition(list(many/100, func(i int) string { return fmt.Sprintf(`{"Path":"none%d.json"}`, i) }), "")),
		{"import cycle", map[string]string{
			"hardware.json": definition(`{"Path":"a.json"},{"Path":"sub/b.json"}`, `{"Name":"LED","Type":"Gpio","Mapping":"A"}`),
			"a.json":        definition(`{"Path":"hardware.json"},{"Path":"sub/../a.json"},{"Path":"sub/b.json"}`, `{"Name":"A","Type":"Gpio","Mapping":"B"}`),
			"sub/b.json":    definition(`{"Path":"../a.json"},{"Path":"../hardware.json"},{"Path":"../../../../../../../../../../../../x.json"}`, `{"Name":"B","Type":"Gpio","Mapping":"LED"}`),
		}},
		one("configurations", ".vscode/launch.json", `{"configurations":[`+list(many/10, func(int) string {
			return `{"type":"azurespheredbg","request":"launch","partnerComponents":["25025d2c-66da-4448-bae1-ac26fcdd3627"]}`
		})+`]}`),
		one("components", ".vscode/launch.json", `{"configurations":[{"type":"azurespheredbg","partnerComponents":[`+list(many, func(i int) string { return fmt.Sprintf(`"005180bc-402f-4cb3-a662-%012x"`, i) })+`]}]}`),
		one("presets", "CMakePresets.json", `{"version":3,"configurePresets":[`+list(many/10, func(i int) string { return fmt.Sprintf(`{"name":"p%d","inherits":["p%d","p%d"]}`, i, i+1, i+2) })+`]}`),
		one("presets of themselves", "CMakePresets.json", `{"version":4,"include":["CMakePresets.json","CMakePresets.json"],"configurePresets":[`+list(many/10, func(i int) string {
			return fmt.Sprintf(`{"name":"p","inherits":"p","cacheVariables":{"A%d":"$env{A}${sourceDir}"}}`, i)
		})+`]}`),
		one("settings", "armillary.json", `{"rules":{`+list(many, func(i int) string { return fmt.Sprintf(`"AZS%d":"off"`, i) })+`}}`),
		one("ignores", "armillary.json", `{"exclude":[`+list(many/10, func(i int) string { return fmt.Sprintf(`"**/*%d*/**/*x*"`, i) })+`],"overrides":[`+list(many/10, func(i int) string { return fmt.Sprintf(`{"files":["**/%d/**"],"rules":{}}`, i) })+`]}`),
		one("stars", "armillary.json", `{"exclude":["`+strings.Repeat("*a", 10_000)+`","`+strings.Repeat("**/", 10_000)+`x"]}`),
		one("calls", "main.c", "#include <applibs/gpio.h>\nint main(void){"+lines(many, func(i int) string { return fmt.Sprintf("GPIO_OpenAsOutput(%d,0,0);", i) })+"}"),
		one("macros", "main.c", "#include <applibs/gpio.h>\n"+lines(many, func(i int) string { return fmt.Sprintf("#define A%d A%d", i, i+1) })+"int main(void){GPIO_OpenAsOutput(A0,0,0);}"),
		one("macros twice", "main.c", lines(many/20, func(i int) string { return fmt.Sprintf("#define A%d(x) A%d(x) A%d(x)", i, i+1, i+1) })+"int main(void){GPIO_OpenAsOutput(A0(1),0,0);}"),
		one("one macro", "main.c", lines(many, func(i int) string { return fmt.Sprintf("#define LED %d", i) })+"int main(void){GPIO_OpenAsOutput(LED,0,0);}"),
		one("wrappers", "main.c", lines(many/2, func(i int) string { return fmt.Sprintf("int f%d(int pin){return f%d(pin);}", i, i+1) })+fmt.Sprintf("int f%d(int pin){return GPIO_OpenAsOutput(pin,0,0);}", many/2)),
		one("callers", "main.c", "static int f(int pin){return GPIO_OpenAsOutput(pin,0,0);}\n"+lines(many/2, func(i int) string { return fmt.Sprintf("int g%d(void){return f(LED)+f(%d);}", i, i) })),
		one("table", "main.c", "static const int pins[]={"+list(many, func(i int) string { return fmt.Sprint(i) })+"};\nint main(void){"+strings.Repeat("GPIO_OpenAsOutput(pins[i],0,0);", many/100)+"}"),
		one("conditions", "main.c", strings.Repeat("#if X\n", many)+strings.Repeat("#endif\n", many)),
		one("half conditions", "main.c", strings.Repeat("#if X\n#else\n", many)),
		one("deep C", "main.c", "int main(void)"+strings.Repeat("{", many)+"GPIO_OpenAsOutput("+strings.Repeat("(", many)),
		one("ternaries", "main.c", "int main(void){GPIO_OpenAsOutput("+strings.Repeat("a?b:", many)+"1);}"),
		one("casts", "main.c", "int main(void){GPIO_OpenAsOutput("+strings.Repeat("(int)", many)+"1);}"),
		one("operators", "main.c", "int main(void){GPIO_OpenAsOutput("+strings.Repeat("1+", many)+"1);}"),
		one("strings", "main.c", "int main(void){Networking_x("+strings.Repeat(`"a" `, many)+");}"),
		one("enum", "main.c", "enum{"+list(many, func(i int) string { return fmt.Sprintf("E%d", i) })+"};int main(void){GPIO_OpenAsOutput(E99,0,0);}"),
		one("old style", "main.c", strings.Repeat("int f(a,b)int a;int b;", many/4)),
		one("assignments", "main.c", "int main(void){"+strings.Repeat("a[b[c.d]].e=", many)+"1;}"),
		one("many names", "main.c", "int "+list(many, func(i int) string { return fmt.Sprintf("v%d=%d", i, i) })+";"),
		{"includes", map[string]string{"main.c": lines(many/100, func(i int) string { return fmt.Sprintf(`#include "h%d.h"`, i) }) + strings.Repeat("#include \"a.h\"\n#include \"main.c\"\n#include <../main.c>\n#include \"\"\n#include \"/\"\n#include \"..\"\n", many/100),
			"a.h": "#include \"a.h\"\n#include \"main.c\"\n#include \"sub/../a.h\"\n"}},
		one("targets", "CMakeLists.txt", lines(many/10, func(i int) string { return fmt.Sprintf("add_executable(t%d main.c)", i) })),
		one("one target", "CMakeLists.txt", strings.Repeat("add_executable(t main.c)\ntarget_sources(t PRIVATE main.c)\n", many/10)),
		one("packages", "CMakeLists.txt", fuzzProject["CMakeLists.txt"]+strings.Repeat("azsphere_target_add_image_package(t)\n", many/10)),
		one("definitions", "CMakeLists.txt", lines(many/10, func(i int) string {
			return fmt.Sprintf("azsphere_target_hardware_definition(t TARGET_DIRECTORY d%d TARGET_DEFINITION x%d.json)", i, i)
		})),
		one("directories", "CMakeLists.txt", "azsphere_target_hardware_definition(t TARGET_DIRECTORY "+lines(many/10, func(i int) string { return fmt.Sprintf("d%d", i) })+" TARGET_DEFINITION x.json)"),
		one("itself", "CMakeLists.txt", strings.Repeat("include(CMakeLists.txt)\nadd_subdirectory(.)\nadd_subdirectory(. x)\nadd_subdirectory(sub/..)\n", 100)),
		{"subdirectories", map[string]string{"CMakeLists.txt": "add_subdirectory(sub)\n" + fuzzProject["CMakeLists.txt"], "sub/CMakeLists.txt": "add_subdirectory(.. x)\nadd_subdirectory(../sub y)\ninclude(../CMakeLists.txt)\n"}},
		one("doubling", "CMakeLists.txt", "set(a x)\n"+strings.Repeat("set(a \"${a}${a}\")\n", 200)+"add_executable(t ${a})\n"),
		one("doubling lists", "CMakeLists.txt", "set(a x y)\n"+strings.Repeat("set(a ${a} ${a})\n", 200)+"add_executable(t ${a})\n"),
		one("growing list", "CMakeLists.txt", strings.Repeat("list(APPEND a x)\n", many/2)+"add_executable(t ${a})\n"),
		one("references", "CMakeLists.txt", "set(a "+strings.Repeat("${", many)+"x"+strings.Repeat("}", many)+")\n"),
		one("recursion", "CMakeLists.txt", "function(f)\nf()\nf()\nendfunction()\nmacro(m)\nm()\nm()\nendmacro()\nf()\nm()\n"),
		one("loops", "CMakeLists.txt", "while(1)\nforeach(i RANGE 1000000000)\nset(x ${x}y)\nendforeach()\nendwhile()\nforeach(i RANGE 0 1000000000 1)\nforeach(j RANGE 1000000000)\nendforeach()\nendforeach()\n"),
		one("ifs", "CMakeLists.txt", strings.Repeat("if(A)\n", many)+strings.Repeat("endif()\n", many)),
		one("unknown ifs", "CMakeLists.txt", strings.Repeat("if(A)\nset(x 1)\nelse()\nset(x 2)\nendif()\n", many/4)),
		one("condition", "CMakeLists.txt", "if("+strings.Repeat("NOT ", many)+"A)\nendif()\nif("+strings.Repeat("(", many)+"A"+strings.Repeat(")", many)+")\nendif()\nif("+strings.Repeat("A AND ", many)+"A)\nendif()\n"),
		one("expressions", "CMakeLists.txt", `string(REGEX REPLACE "(a*)*b" "\\1\\1" x "`+strings.Repeat("a", many)+`")`+"\nstring(REPEAT x 1000000000 y)\nmath(EXPR z \"1/0\")\nmath(EXPR z \""+strings.Repeat("(", many)+"\")\n"),
		one("generators", "CMakeLists.txt", "add_executable(t "+strings.Repeat("$<", many)+")\n"),
		one("arguments of CMake", "CMakeLists.txt", "add_executable(t "+strings.Repeat("a;b ", many)+")\n"),
		one("bracket", "CMakeLists.txt", strings.Repeat("[=[", many)+"\nset(a ["+strings.Repeat("=", many)+"[x]])\n"),
		{"apps", madeOf(func(i int, files map[string]string) {
			files[fmt.Sprintf("apps/a%d/app_manifest.json", i)] = manifest(`"Gpio":[8],"AllowedApplicationConnections":["25025d2c-66da-4448-bae1-ac26fcdd3627"]`)
		}, many/300)},
		{"folders", madeOf(func(i int, files map[string]string) {
			files[fmt.Sprintf("f/%d/%d/x.json", i/100, i%100)] = "{}"
		}, many/10)},
		{"deep folders", map[string]string{strings.Repeat("d/", 200) + "app_manifest.json": "{}", strings.Repeat("e/", 200) + "x.json": "{}"}},
	}
	return cases
}

func madeOf(put func(i int, files map[string]string), n int) map[string]string {
	files := map[string]string{}
	for i := range n {
		put(i, files)
	}
	return files
}

// allowed is how many bytes may be allocated for a byte of input, and beside that, in one case with all its questions: far
// more than is needed, and far less than anything that is not linear takes.
const (
	allocatedPerByte = 20_000
	allocatedAnyway  = 1 << 30
	keptPerByte      = 400
	keptAnyway       = 256 << 20
)

// TestHostileFiles holds that check and the server take files of any content: they answer, in memory that is in proportion.
func TestHostileFiles(t *testing.T) {
	for _, kind := range append(slices.Clone(fuzzNames), "sub/CMakeLists.txt") {
		for _, what := range slices.Sorted(maps.Keys(everyKind)) {
			t.Run(kind+"/"+what, func(t *testing.T) {
				torment(t, hostileCase{files: map[string]string{kind: everyKind[what](fuzzProject[kind])}})
			})
		}
	}
	for _, c := range own() {
		t.Run("own/"+c.name, func(t *testing.T) { torment(t, c) })
	}
}

// torment checks an app with hostile files and asks the server everything about each of them.
func torment(t *testing.T, c hostileCase) {
	dir := fuzzFolder(t)
	size := 0
	for name, src := range c.files {
		writeFuzzFile(filepath.Join(dir, name), src)
		size += len(src)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	checkFolder(dir)
	p := dialHostile(t, dir)
	for i, name := range slices.Sorted(maps.Keys(c.files)) {
		if i == 3 {
			break
		}
		src := c.files[name]
		u := string(fileURI(files.Name(filepath.ToSlash(filepath.Join(dir, name)))))
		p.open(u, quoted(src))
		p.same(u)
		at := `{"line":` + fmt.Sprint(strings.Count(src, "\n")/2) + `,"character":20}`
		params := strings.NewReplacer("U", u, `{"line":1,"character":1}`, at, "9", "999999").Replace(hostileParams)
		ids := ask(p, params)
		for m, id := range ids {
			if m != "workspace/diagnostic" {
				p.wait(id)
			}
		}
		p.c.send(`{"method":"textDocument/didChange","params":{"textDocument":{"uri":` + quoted(u) + `,"version":9},"contentChanges":[{"range":{"start":` + at + `,"end":` + at + `},"text":" "}]}}`)
		again := ids
		if full {
			again = ask(p, params)
		}
		for m, id := range again {
			if m != "workspace/diagnostic" {
				p.wait(id)
			}
		}
		p.c.send(`{"method":"textDocument/didClose","params":{"textDocument":{"uri":` + quoted(u) + `}}}`)
		delete(p.docs, canonical(u))
	}
	p.same(p.uri(0))
	runtime.GC()
	runtime.ReadMemStats(&after)
	if kept := int64(after.HeapAlloc) - int64(before.HeapAlloc); kept > int64(size)*keptPerByte+keptAnyway {
		t.Errorf("%d MiB are kept for a text of %d bytes", kept>>20, size)
	}
	if n := after.TotalAlloc - before.TotalAlloc; n > uint64(size)*allocatedPerByte+allocatedAnyway {
		t.Errorf("%d MiB are allocated for a text of %d bytes", n>>20, size)
	}
	t.Logf("%d bytes: %d MiB allocated, %d MiB kept", size, (after.TotalAlloc-before.TotalAlloc)>>20, (int64(after.HeapAlloc)-int64(before.HeapAlloc))>>20)
	p.settled()
}

// checkFolder does what `armillary check` does.
func checkFolder(dir string) *project.Report {
	view := files.Overlay{Docs: map[string]string{}, Disk: files.NewDisk()}
	return analysis.NewChecker().CheckAll(context.Background(), view, []string{files.Name(filepath.ToSlash(dir))}, project.Options{})
}
