package server

import (
	"bytes"
	"flag"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"armillary.dev/server/analysis"
)

var updateDocs = flag.Bool("update", false, "write docs/lsp.md anew")

// row is a line of a table in docs/lsp.md: what it is about, and the cells behind it.
type row struct {
	key   string
	cells []string
}

// The tables of docs/lsp.md. Their rows are in the order in which a reader wants them; TestDoc holds their keys to what the
// server has.
var (
	docRequests = []row{
		{"textDocument/diagnostic", []string{"findings of a file, each with its rule's code; related places; the quick fix is in the code action"}},
		{"workspace/diagnostic", []string{"findings of every file in the workspace folders"}},
		{"textDocument/codeAction", []string{"quick fixes, `source.fixAll`, and the commands below that fit the place"}},
		{"textDocument/completion", []string{"keys, capabilities and values; `$` names of the right type, free pins first; types and mappings of definitions; peripherals inside applibs calls in C; CMake's own calls"}},
		{"textDocument/hover", []string{"what stands here: the rule behind a finding, a capability, a name's chain from board to chip, pin and header value"}},
		{"textDocument/definition", []string{"where a name is defined, across manifest, definition, header, C and CMake"}},
		{"textDocument/references", []string{"where a name is used, across the same"}},
		{"textDocument/documentHighlight", []string{"where a name is used in the file"}},
		{"textDocument/prepareRename", []string{"whether there is a name here that can be renamed"}},
		{"textDocument/rename", []string{"renames it in all of them"}},
		{"textDocument/codeLens", []string{"how many manifests use a name; whether the C header is current"}},
		{"textDocument/documentSymbol", []string{"the outline of a manifest or definition"}},
		{"workspace/symbol", []string{"apps and peripherals of the workspace"}},
		{"textDocument/documentLink", []string{"imported definitions, the definition that CMake names"}},
		{"textDocument/foldingRange", []string{"objects, arrays and comments"}},
		{"textDocument/selectionRange", []string{"selects from the cursor outwards, element by element"}},
		{"textDocument/semanticTokens/full", []string{"what words mean; the legend is below"}},
		{"textDocument/semanticTokens/range", []string{"the same for a part of the file"}},
		{"textDocument/inlayHint", []string{"what a name stands for, behind it: `= GPIO 8`"}},
		{"textDocument/formatting", []string{"lays a JSON file out anew; comments stay"}},
		{"textDocument/rangeFormatting", []string{"the same for a part of the file"}},
		{"workspace/executeCommand", []string{"the commands below"}},
	}
	docNotifications = []row{
		{"initialized", []string{"the server then asks for file watching, where the client offers it"}},
		{"textDocument/didOpen", []string{"an open document hides the file on the disk"}},
		{"textDocument/didChange", []string{"whole texts or ranges; an edit supersedes the one before. What lies on the disk is looked for again when a second has passed"}},
		{"textDocument/didSave", []string{"looks at the disk again"}},
		{"textDocument/didClose", []string{"the disk counts again"}},
		{"workspace/didChangeWatchedFiles", []string{"what has changed is read anew"}},
		{"workspace/didChangeWorkspaceFolders", []string{"folders come and go"}},
		{"workspace/didChangeConfiguration", []string{"taken and ignored: the choices are those of the start"}},
		{"$/setTrace", []string{"taken and ignored"}},
		{"window/workDoneProgress/cancel", []string{"taken and ignored; `$/cancelRequest` cancels"}},
	}
	docCommands = []row{
		{commandGenerateHeader, []string{"the URI of a hardware definition", "the URI of its C header", "writes the header, as `armillary hwdef header` does"}},
		{commandGenerateMappings, []string{"the URI of a hardware definition; a type, such as `\"Gpio\"`; how many", "the new entries' names", "adds entries for pins or controllers that nothing uses yet"}},
		{commandPortDefinition, []string{"the URI of a hardware definition; a board, such as `\"avnet_mt3620_sk\"`, or the URI of another definition", "`{uri, moves: [{name, type, result, from, to, why}]}`", "makes a definition for another board as a new file, which the user sees before it is written"}},
		{commandPrivileges, []string{"the URI of an app's manifest, or of another file of the app", "the report below", "what the app asks for and what it uses of that"}},
		{commandShowUses, []string{"the URI of a document; a position", "the places", "what a code lens does: where a name is used"}},
	}
	docOptions = []row{
		{"jsonSyntax", []string{"boolean", "`true`", "`false` leaves out findings on plain JSON syntax (AZS001, AZS002, AZS003, AZS005), for editors whose own JSON support reports them in the same documents"}},
		{"inlayHints", []string{"boolean", "`true`", "`false` leaves out the notes behind names"}},
		{"strict", []string{"boolean", "`false`", "as `check --strict`"}},
		{"hwdef", []string{"string", "", "a hardware definition or board for every app, as `check --hwdef`; a file is relative to the first workspace folder"}},
	}
	docTokens = []row{
		{"property", []string{"a key that the format has"}},
		{"class", []string{"a capability"}},
		{"variable", []string{"a peripheral's name"}},
		{"enumMember", []string{"a value out of a fixed set: a controller, a GPIO, a power control"}},
		{"type", []string{"a type of peripherals"}},
		{"macro", []string{"the id of an app or a tenant"}},
		{"namespace", []string{"a host"}},
	}
	docModifiers = []row{
		{"declaration", []string{"where a name is given"}},
		{"readonly", []string{"a name that stands for a value"}},
	}
	docReport = []row{
		{"PrivilegeReport.version", []string{"1; another number means that names or meanings have changed"}},
		{"PrivilegeReport.apps", []string{"one object for each app, by manifest"}},
		{"AppPrivileges.manifest", []string{"path, relative to the working directory or the workspace folder"}},
		{"AppPrivileges.name", []string{"from the manifest"}},
		{"AppPrivileges.componentId", []string{"from the manifest"}},
		{"AppPrivileges.kind", []string{"`high-level` or `real-time`; the sources of real-time apps are not looked at"}},
		{"AppPrivileges.asked", []string{"what the manifest asks for, by capability and entry"}},
		{"AppPrivileges.missing", []string{"what calls need that it does not ask for"}},
		{"AppPrivileges.unfollowed", []string{"calls that open a pin or controller which is not known"}},
		{"AppPrivileges.notRead", []string{"libraries without sources, and files in other languages"}},
		{"AppPrivileges.files", []string{"how many C files were read"}},
		{"AppPrivileges.program", []string{"whether a built program was read beside them; it can resolve more calls"}},
		{"Privilege.capability", []string{"of `asked`"}},
		{"Privilege.entry", []string{"of a list: as it is written, `$LED` or `8`"}},
		{"Privilege.value", []string{"what it stands for: `GPIO 8`"}},
		{"Privilege.state", []string{"`used`, `not seen`, `unclear`, or `not looked at` in real-time apps"}},
		{"Privilege.why", []string{"of an unclear one: the reasons"}},
		{"Privilege.uses", []string{"the calls; of an unclear one those that may be uses"}},
		{"Reason.kind", []string{"of `why`: `notRead`, `argument` (a call could not be followed), `name` (it leads to no value), `entry` (which entry is needed is decided at run time), `unreached` (nothing calls the functions that use it) or `mention` (named, but not called)"}},
		{"Reason.text", []string{"the same in words"}},
		{"Lack.capability", []string{"of `missing`"}},
		{"Lack.entry", []string{"as it would be written, if the calls say so"}},
		{"Lack.value", []string{"what it stands for"}},
		{"Lack.uses", []string{"the calls that need it"}},
		{"Use.function", []string{"of `uses` and `unfollowed`: what is called"}},
		{"Use.in", []string{"the function or macro around the call"}},
		{"Use.file", []string{"relative to the app's folder"}},
		{"Use.line", []string{"from 1"}},
		{"Use.unreached", []string{"there and true where nothing calls the function around it"}},
	}
)

// lspDoc writes docs/lsp.md.
func lspDoc() []byte {
	var b bytes.Buffer
	table := func(head string, rows []row) {
		columns := strings.Count(head, "|") - 1
		fmt.Fprintf(&b, "%s\n|%s\n", head, strings.Repeat("---|", columns))
		for _, r := range rows {
			fmt.Fprintf(&b, "| `%s` | %s |\n", r.key, strings.Join(r.cells, " | "))
		}
	}
	b.WriteString(`# The language server

<!-- Generated by: go test ./server -run TestDoc -update -->

` + "`armillary lsp`" + ` speaks the language server protocol 3.17 on stdio, or on TCP with ` + "`--listen`" + `. It is meant for JSON, C, CMake and capability files of
Azure Sphere apps, and keeps silent about others. Positions are in UTF-8, UTF-16 or UTF-32, as the client prefers. Diagnostics are pushed to clients
that do not ask for them.

A diagnostic's source is "armillary", its code the rule's ([rules.md](rules.md)). Its data is an object: ` + "`deviceCode`" + `, the device's number if the
file would be refused, and ` + "`pointer`" + `, the JSON pointer of the element.

## Initialization options

An object with any of these; other members are ignored, values of the wrong type too.

`)
	table("| option | type | default | meaning |", docOptions)
	b.WriteString("\n## Requests\n\n")
	table("| method | what it answers |", docRequests)
	b.WriteString("\n## Notifications\n\n")
	table("| method | what it does |", docNotifications)
	b.WriteString("\n## Commands\n\nFor `workspace/executeCommand`. Changes are made by the client (`workspace/applyEdit`); one that does not make them gets an error.\n\n")
	table("| command | arguments | result | what it does |", docCommands)
	b.WriteString("\n## Semantic tokens\n\nThe types of the legend, in its order:\n\n")
	table("| type | meaning |", docTokens)
	b.WriteString("\nThe modifiers:\n\n")
	table("| modifier | meaning |", docModifiers)
	b.WriteString("\n## The least-privilege report\n\n" +
		"What `" + commandPrivileges + "` answers and `armillary check --privileges --json` prints. It is made for reviews: lists are sorted, no path is\n" +
		"absolute, and the command line prints each value on a line of its own. Lines move with every edit; `jq 'del(.. | .line?)'` takes them out of a copy that\n" +
		"is kept to compare with. Members that do not apply (`entry`, `value`, `why`, `in`, `unreached`) are left out; lists are there even when empty.\n\n")
	table("| member | meaning |", docReport)
	return b.Bytes()
}

// TestDoc fails when docs/lsp.md does not list what the server has, or is stale.
func TestDoc(t *testing.T) {
	src, err := os.ReadFile("initialize.go")
	if err != nil {
		t.Fatal(err)
	}
	var options []string
	for _, m := range regexp.MustCompile(`\bread\("(\w+)"`).FindAllSubmatch(src, -1) {
		options = append(options, string(m[1]))
	}
	for _, c := range []struct {
		what    string
		rows    []row
		has     []string
		inOrder bool
	}{
		{"requests", docRequests, slices.Collect(maps.Keys(requests)), false},
		{"notifications", docNotifications, slices.Collect(maps.Keys(notifications)), false},
		{"commands", docCommands, commandNames(), false},
		{"initialization options", docOptions, options, false},
		{"token types", docTokens, analysis.TokenTypes[:], true},
		{"token modifiers", docModifiers, analysis.TokenModifiers[:], true},
		{"members of the report", docReport, append(members(analysis.PrivilegeReport{}), members(analysis.AppPrivileges{}, analysis.Privilege{}, analysis.Reason{}, analysis.Lack{}, analysis.Use{})...), false},
	} {
		var said []string
		for _, r := range c.rows {
			said = append(said, r.key)
			if slices.Contains(r.cells[len(r.cells)-1:], "") {
				t.Errorf("%s: nothing is said of %s", c.what, r.key)
			}
		}
		has := slices.DeleteFunc(slices.Clone(c.has), func(name string) bool { return strings.HasPrefix(name, "test/") }) // of other tests
		if !c.inOrder {
			slices.Sort(said)
			slices.Sort(has)
		}
		if d := cmp.Diff(has, said); d != "" {
			t.Errorf("%s: what there is (-) and what docs/lsp.md says (+):\n%s", c.what, d)
		}
	}
	got := lspDoc()
	const file = "../docs/lsp.md"
	if *updateDocs {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("docs/lsp.md is stale (-update writes it anew):\n%s", d)
	}
}

// members lists the JSON members of structs as Type.member.
func members(values ...any) []string {
	var all []string
	for _, v := range values {
		typ := reflect.TypeOf(v)
		for i := range typ.NumField() {
			if name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ","); name != "-" {
				all = append(all, typ.Name()+"."+name)
			}
		}
	}
	return all
}
