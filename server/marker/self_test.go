package marker

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// sound is a manifest of which the rules say nothing, with a place for capabilities.
const sound = `{
  "SchemaVersion": 1,
  "Name": "test",
  "ComponentId": "6b1f2c8e-94d0-4c1b-9a57-3e80d1c64f22",
  "EntryPoint": "/bin/app",
  "CmdArgs": [],
  "Capabilities": {
    %
  },
  "ApplicationType": "Default"
}
`

// Cases that are wrong must fail, and say why; those without a reason must pass.
func TestChecker(t *testing.T) {
	for name, tt := range map[string]struct {
		caps string // markers included
		rest string // of the archive
		want string // in the only problem; "": there is none
	}{
		"sound":                    {`"Gpio": [ 8 ] //@ok("8", AZS050)`, "", ""},
		"met":                      {`"Gpio": [ "8" ] //@diag(@, AZS050)`, "", ""},
		"met with everything":      {`"Gpio": [ "8" ] //@diag(@, AZS050, "quotes", error), device(AZS050, 2097162)`, "", ""},
		"met on the line before":   {"\"Gpio\": [ \"8\" ]\n//@diag(@, AZS050)\n  //@device(AZS050, 2097162)", "", ""},
		"bars":                     {`"Gpio": [ 8, "8", "9", "8" ] //@diag("[ 8, |\"8\"|", AZS050), diag("\"9\", |\"8\"|", AZS050), diag("\"9\"", AZS050), diag("\"9\", |\"8\"|", AZS049), diag("[ 8, |\"8\"|", AZS049)`, "", ""},
		"ignored":                  {`"Gpio": [ "8" ] //@ok("[", AZS001)`, "-- flags --\n-ignore=AZS001,AZS050\n", ""},
		"nothing expects it":       {`"Gpio": [ "8" ] //@ok("[", AZS001)`, "", "nothing expects this in app_manifest.json, line 8:\n\t    \"Gpio\": [ \"8\" ]\n\t//@diag(`\"8\"`, AZS050, \"A GPIO is a number without quotes\", error)"},
		"expected twice":           {`"Gpio": [ "8" ] //@diag(@, AZS050), diag(@, AZS050)`, "", "another mark has it"},
		"not there":                {`"Gpio": [ 8 ] //@diag("8", AZS050)`, "", `no AZS050 at "8"`},
		"another place":            {`"Gpio": [ "8" ] //@diag("[ \"8\" ]", AZS050)`, "-- flags --\n-ignore=AZS050\n", `no AZS050 at "[ \"8\" ]"`},
		"another message":          {`"Gpio": [ "8" ] //@diag(@, AZS050, "^quotes")`, "-- flags --\n-ignore=AZS050\n", "the message is"},
		"another severity":         {`"Gpio": [ "8" ] //@diag(@, AZS050, warning)`, "-- flags --\n-ignore=AZS050\n", "it is of severity error"},
		"not silent":               {`"Gpio": [ "8" ] //@diag(@, AZS050), ok("8", AZS050)`, "", "AZS050 speaks"},
		"another device code":      {`"Gpio": [ "8" ] //@diag(@, AZS050), device(AZS050, 1)`, "", "device code 2097162, want 1"},
		"a device code":            {`"Gpio": [ "8" ] //@diag(@, AZS050), nodevice(AZS050)`, "", "device code 2097162"},
		"device of nothing":        {`"Gpio": [ 8 ] //@device(AZS050, 1)`, "", "no AZS050 begins on the line"},
		"no related place":         {`"Gpio": [ 8, 8 ] //@diag(", |8|", AZS049), related(", |8|", AZS049, "app_manifest.json", "SchemaVersion")`, "", "the related places are"},
		"the related place":        {`"Gpio": [ 8, 8 ] //@diag(", |8|", AZS049), related(", |8|", AZS049, "app_manifest.json", "[ |8|,")`, "", ""},
		"no such fix":              {`"Gpio": [ "8" ] //@diag(@, AZS050), fix(@, AZS050, "Explode", x)`, "", `0 of the fixes match: ["Remove the quotes"]`},
		"no golden":                {`"Gpio": [ "8" ] //@diag(@, AZS050), fix(@, AZS050, "", x)`, "", "there is no golden @x"},
		"another golden":           {`"Gpio": [ "8" ] //@diag(@, AZS050), fix(@, AZS050, "", x)`, "-- @x --\nnothing changes\n", "@x differs"},
		"the golden":               {`"Gpio": [ "8" ] //@diag(@, AZS050), fix(@, AZS050, "", x), fixall(x)`, "-- @x --\n=== app_manifest.json\n@@ 7 @@\n   \"Capabilities\": {\n-    \"Gpio\": [ \"8\" ]\n+    \"Gpio\": [ 8 ]\n   },\n", ""},
		"a golden too many":        {`"Gpio": [ 8 ] //@ok("8", AZS050)`, "-- @x --\n", "no marker asks for the golden @x"},
		"a fix":                    {`"Gpio": [ "8" ] //@diag(@, AZS050), nofix(@, AZS050)`, "", `there is one: "Remove the quotes"`},
		"nothing to fix":           {`"Gpio": [ 8 ] //@fixall(x)`, "", "0 actions"},
		"another hover":            {`"Gpio": [ 8 ] //@hover("\"Gpio\"", "UART_Open")`, "", "does not match"},
		"hover about another":      {`"Gpio": [ 8 ] //@hover("\"Gpio\": [", "GPIO_Open")`, "", "it is about"},
		"hover":                    {`"Gpio": [ 8 ] //@hover("\"Gpio\"", "GPIO_Open"), hover("Gp|io", "GPIO_Open")`, "", ""},
		"no hover":                 {`"Gpio": [ 8 ] //@hover("[| ", "GPIO")`, "", "nothing is said"},
		"a hover":                  {`"Gpio": [ 8 ] //@nohover("Gp|io")`, "", "it says"},
		"completion":               {`"Gpio": [  ] //@complete("[ | ]", "4", "8"), nocomplete("[ | ]", "24"), diag("[  ]", AZS051)`, "", ""},
		"completion out of order":  {`"Gpio": [  ] //@complete("[ | ]", "8", "4"), diag("[  ]", AZS051)`, "", `"4" is not proposed behind`},
		"completion, not all":      {`"PowerControls": [ "ForceReboot", "" ] //@completeexact("\"|\"", "ForcePowerDown")`, "-- flags --\n-ignore=AZS053,AZS073\n", `["ForcePowerDown" "SetPowerProfile"]`},
		"completion, all":          {`"PowerControls": [ "ForceReboot", "" ] //@completeexact("\"|\"", "ForcePowerDown", "SetPowerProfile")`, "-- flags --\n-ignore=AZS053,AZS073\n", ""},
		"completion that is there": {`"Gpio": [  ] //@nocomplete("[ | ]", "8"), diag("[  ]", AZS051)`, "", `"8" is proposed`},
		"accept what is not there": {`"Gpio": [  ] //@accept("[ | ]", "24", x), diag("[  ]", AZS051)`, "", `"24" is not among`},
		"a lens that is not there": {`"Gpio": [ 8 ] //@lens("", "x")`, "", "the lenses of the line"},
		"a text that is not there": {`"Gpio": [ 8 ] //@ok("9", AZS050)`, "", `"9" is not there`},
		"a text that is ambiguous": {`"Gpio": [ 8, 8 ] //@ok("8", AZS050), diag(", |8|", AZS049)`, "", `"8" is there 2 times`},
		"three bars":               {`"Gpio": [ 8 ] //@ok("|8| |", AZS050)`, "", "more than two bars"},
		"an unknown verb":          {`"Gpio": [ 8 ] //@dig("8", AZS050)`, "", `there is no verb "dig"`},
		"an argument missing":      {`"Gpio": [ 8 ] //@ok("8")`, "", "the code is missing"},
		"an argument too many":     {`"Gpio": [ 8 ] //@ok("8", AZS050, error)`, "", `what is "error" for?`},
		"an argument of no kind":   {`"Gpio": [ 8 ] //@ok("8", "AZS050")`, "", `"AZS050" is no code`},
		"a parenthesis missing":    {`"Gpio": [ 8 ] //@ok("8", AZS050`, "", "not closed"},
		"a bad expression":         {`"Gpio": [ 8 ] //@diag("8", AZS050, "(")`, "", `what is "(" for?`},
		"an unknown flag":          {`"Gpio": [ 8 ] //@ok("8", AZS050)`, "-- flags --\n-ignroe=AZS050\n", "there is no flag"},
		"no marker":                {`"Gpio": [ 8 ]`, "", "there is no marker"},
		"settings":                 {`"Gpio": [ 8, ] //@ok("8", AZS050)`, "-- settings.json --\n{\"jsonSyntax\": false}\n", ""},
		"settings that are none":   {`"Gpio": [ 8 ] //@ok("8", AZS050)`, "-- settings.json --\n{\n", "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caps := strings.ReplaceAll(tt.caps, "@,", "`\"8\"`,")
			archive := "What is shown.\n\n-- app_manifest.json --\n" + strings.Replace(sound, "%", caps, 1) + tt.rest
			c := readCase("case", []byte(archive))
			got := c.run(t.TempDir(), false, quiet(t))
			switch {
			case tt.want == "" && len(got) > 0:
				t.Errorf("%s", strings.Join(got, "\n"))
			case tt.want != "" && (len(got) == 0 || !strings.Contains(got[0], tt.want)):
				t.Errorf("got  %q\nwant %q", got, tt.want)
			case len(got) > 1:
				t.Errorf("more is wrong than %q: %q", tt.want, got[1:])
			}
		})
	}
}

// What the server does not know yet is a failure of every verb that asks for it.
func TestEveryVerbFails(t *testing.T) {
	for _, v := range verbs {
		var args []string
		for _, k := range v.kinds() {
			if !k.optional() {
				args = append(args, map[kind]string{"text": `"nowhere"`, "string": `"x"`, "regexp": `"x"`, "expect": `"x"`, "code": "AZS001", "word": "x", "golden": "x", "number": "1"}[k.base()])
			}
		}
		archive := "-- app_manifest.json --\n" + strings.Replace(sound, "%", "//@"+v.name+"("+strings.Join(args, ", ")+")", 1)
		c := readCase("case", []byte(archive))
		if got := c.run(t.TempDir(), false, quiet(t)); len(got) == 0 || !strings.HasPrefix(got[0], "case:9: @"+v.name+": ") {
			t.Errorf("%s fails with %q", v.name, got)
		}
	}
}

// What is said of an open document must be the same whoever is asked, and when it changes the server must say so.
func TestPull(t *testing.T) {
	const can = `"diagnosticProvider":{"workspaceDiagnostics":true}`
	one := `{"kind":"full","items":[{"range":` + rng(0, 2, 3) + `,"severity":1,"code":"AZS050","message":"m"}]}`
	const none, nothing = `{"kind":"full","items":[]}`, `{"items":[]}`
	whole := `{"items":[` + strings.Replace(one, "{", `{"uri":"$URI",`, 1) + `]}`
	for name, tt := range map[string]struct{ first, later, workspace, refresh, want string }{
		"the same":               {one, one, whole, "", ""},
		"later":                  {none, one, whole, "yes", ""},
		"later without a word":   {none, one, whole, "", "does not ask to be asked again"},
		"not in the workspace":   {one, one, nothing, "", "the report about the workspace says"},
		"only in the workspace":  {none, none, whole, "", "the report about the workspace says"},
		"a document not in full": {`{"kind":"unchanged"}`, none, nothing, "", "a full one was asked for"},
	} {
		c := readCase("case", []byte("-- a.json --\n{ 8 } //@diag(\"8\", AZS050)\n"))
		c.patience = 10 * time.Millisecond
		c.stub = stub(can, map[string]string{"textDocument/diagnostic": tt.first, "later": tt.later, "workspace/diagnostic": tt.workspace, "refresh": tt.refresh})
		got := c.run(t.TempDir(), false, quiet(t))
		if text := strings.Join(got, "\n"); (tt.want == "") != (len(got) == 0) || !strings.Contains(text, tt.want) {
			t.Errorf("%s: %s, want %q", name, text, tt.want)
		}
	}
}

func TestReadFile(t *testing.T) {
	c := readCase("x", []byte(`-- CMakeLists.txt --
#@ok("", AZS001)
set(A b) #@ok("A", AZS001)
# a comment, and #@ (none)
#@ok("A", AZS002)
  #@ok("A", AZS003)
-- main.c --
int a; // see //@todo
char *s = "http://@ok(x)"; //@ok("s", AZS004) ok("a || |b|", AZS005), @ok("x", AZS006)
`))
	if len(c.wrong) > 0 {
		t.Fatal(c.wrong)
	}
	if got, want := c.file("CMakeLists.txt").text, "set(A b)\n# a comment, and #@ (none)\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := c.file("main.c").text, "int a; // see //@todo\nchar *s = \"http://@ok(x)\";\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	var lines []int
	var where []string
	for _, m := range c.marks {
		lines, where = append(lines, m.line), append(where, m.at)
	}
	if !slices.Equal(lines, []int{0, 0, 1, 1, 1, 1, 1}) || where[1] != "x:3" || where[4] != "x:9" {
		t.Errorf("%v %v", lines, where)
	}
}

func TestFind(t *testing.T) {
	const src = "a || b, b\nnext"
	for in, want := range map[string]place{
		"a":        {0, 1, false},
		"b,|":      {7, 7, true},
		", |b|":    {8, 9, false},
		"a |||| b": {0, 6, false},
		"|a":       {0, 0, true},
		"b\nnext":  {8, 14, false},
	} {
		if got, err := find(src, 0, 9, in); err != nil || got != want {
			t.Errorf("%q: %v %v, want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"b", "c", "next", ""} {
		if got, err := find(src, 0, 9, in); err == nil {
			t.Errorf("%q: %v", in, got)
		}
	}
}

func TestDiff(t *testing.T) {
	for _, tt := range []struct{ before, after, want string }{
		{"a\nb\nc\nd\n", "a\nb\nX\nd\n", "@@ 2 @@\n b\n-c\n+X\n d\n"},
		{"", "a\n", "@@ 1 @@\n+a\n"},
		{"a\n", "a", "@@ 1 @@\n-a\n+a\n\\ no line end\n"},
		{"a\nb\nc\nd\ne\n", "X\nb\nc\nd\n", "@@ 1 @@\n-a\n+X\n b\n@@ 4 @@\n d\n-e\n"},
	} {
		if got := diff(tt.before, tt.after); got != tt.want {
			t.Errorf("%q to %q:\n%swant\n%s", tt.before, tt.after, got, tt.want)
		}
	}
}

func TestExpandSnippet(t *testing.T) {
	if got, want := expandSnippet(`"Gpio": [ $0 ], ${1:a}${2} \$LED \} $A`), `"Gpio": [ ‸ ], ‸a‸ $LED } $A`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}
