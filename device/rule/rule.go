// Package rule is the vocabulary of findings: what a rule is, what it found, how it is mended, and whether a device
// would refuse the file for it. The rules themselves live where their subject does (device/manifest, device/hwdef,
// device/project); the editor, `check` and the emulated device all read the same tables.
//
// The package is pure: no I/O. It must not know any particular rule, LSP or an output format. Offsets are bytes.
package rule

// Severity of a finding, gravest first. The zero value means "use the rule's own".
type Severity uint8

// Severities in LSP's order.
const (
	Error Severity = iota + 1
	Warning
	Info
	Hint
)

func (s Severity) String() string {
	return [...]string{"", "error", "warning", "info", "hint"}[s]
}

// Phase says who refuses.
type Phase string

// Phases from the editor to the device.
const (
	Source  Phase = "source"  // refused when the source manifest is read or packed; no image comes to be
	Packed  Phase = "packed"  // the packer resolves or rewrites it away; refused only if it is still there in the package
	Install Phase = "install" // the device refuses the package on installation
)

// Confidence in a refusal.
type Confidence string

// Confidences as marked in the facts.
const (
	Sourced  Confidence = "sourced"  // read in a source
	Inferred Confidence = "inferred" // follows from the device's catalogue
	Recalled Confidence = "recalled" // not confirmed
)

// Refuses says that a device or packer turns the file down. Code is the device's combined number
// (category<<20 | id, package deverr), 0 where no device code applies because no image is produced.
// The zero Refuses means: not refused.
type Refuses struct {
	Code       int
	Phase      Phase
	Confidence Confidence
}

// Rule is one row of a rule table.
type Rule struct {
	Code     string // "AZS101"
	Severity Severity
	Strict   Severity // under --strict; zero: as Severity
	Title    string   // a noun phrase, for lists and SARIF
	Doc      string   // Markdown: what is wrong, why it matters, what to do
	Fix      string   // what the quick fix does; empty: none
	Off      bool     // it speaks only where the user's configuration gives it a severity
	Refuses  Refuses
	Source   string // where the fact comes from: "facts/manifest.md 2.4"
}

// Span is a half-open range of byte offsets.
type Span struct{ Start, End int }

// Finding is one place where a rule applies.
type Finding struct {
	Rule     *Rule
	Severity Severity // the effective one: fragments and --strict differ from the rule's own
	Mild     bool     // --strict does not raise it
	Span     Span
	Message  string
	Pointer  string // JSON pointer of the element, "/Capabilities/Gpio/2"; stable under edits elsewhere (baselines key on it)
	Refuses  Refuses
	Related  []Related
	Fixes    []Fix
}

// Related is a second place that takes part in a finding.
type Related struct {
	File    string // slash-separated path in the project; empty: the same file
	Span    Span
	Message string
}

// Fix is one way to mend a finding.
type Fix struct {
	Title     string
	Preferred bool // the one that "fix all" and --fix apply; safe without a look
	Edits     []Edit
}

// Edit replaces a range of a file.
type Edit struct {
	File string // empty: the finding's own file
	Span Span
	New  string
}
