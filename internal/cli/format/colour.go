package format

import (
	"io"
	"os"
	"runtime"
	"strconv"

	"armillary.dev/device/rule"
)

// Colour reports whether w is a terminal that wants colour (https://no-color.org).
func Colour(w io.Writer) bool {
	if os.Getenv("NO_COLOR") != "" || os.Getenv("TERM") == "dumb" {
		return false
	}
	if runtime.GOOS == "windows" && os.Getenv("WT_SESSION") == "" && os.Getenv("TERM") == "" {
		return false // an old console prints the codes
	}
	return Terminal(w)
}

// Terminal reports whether w is a terminal. A writer that only watches another one has it as Unwrap.
func Terminal(w io.Writer) bool {
	if u, ok := w.(interface{ Unwrap() io.Writer }); ok {
		return Terminal(u.Unwrap())
	}
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&(os.ModeDevice|os.ModeCharDevice) == os.ModeDevice|os.ModeCharDevice
}

// Width is how many columns the user's shell says there are (COLUMNS); 0 if it does not say.
func Width() int {
	n, err := strconv.Atoi(os.Getenv("COLUMNS"))
	if err != nil || n < 1 {
		return 0
	}
	return n
}

// paint colours text for a terminal, or not.
type paint bool

func (p paint) code(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p paint) bold(s string) string { return p.code("1", s) }
func (p paint) dim(s string) string  { return p.code("2", s) }

// severity paints s in the colour of a severity.
func (p paint) severity(sev rule.Severity, s string) string {
	return p.code([...]string{"0", "1;31", "1;33", "1;34", "2"}[sev], s)
}
