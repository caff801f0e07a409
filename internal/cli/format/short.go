package format

import (
	"bufio"
	"fmt"
	"io"

	"armillary.dev/device/rule"
)

// Short prints one finding per line, as compilers do; editors and tools know how to jump there.
//
//	app_manifest.json:8:21: error: GPIO 27 belongs to ISU0, which Uart claims [AZS101]
func Short(w io.Writer, r *Report, o Options) error {
	b := bufio.NewWriter(w)
	p := paint(o.Colour)
	for i := range r.Files {
		f := &r.Files[i]
		for j := range f.Findings {
			x := &f.Findings[j]
			if x.Severity == rule.Hint && !o.Hints {
				continue
			}
			line, col := f.Map.LineCol(x.Span.Start)
			fmt.Fprintf(b, "%s: %s: %s %s\n", p.bold(fmt.Sprintf("%s:%d:%d", Plain(f.Path), line, col)),
				p.severity(x.Severity, x.Severity.String()), Plain(x.Message), p.dim("["+x.Rule.Code+"]"))
		}
	}
	return b.Flush()
}
