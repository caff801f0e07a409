package format

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"armillary.dev/device/rule"
)

type (
	junitSuites struct {
		XMLName  xml.Name     `xml:"testsuites"`
		Name     string       `xml:"name,attr"`
		Tests    int          `xml:"tests,attr"`
		Failures int          `xml:"failures,attr"`
		Errors   int          `xml:"errors,attr"`
		Suites   []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
	}
	junitCase struct {
		Name    string        `xml:"name,attr"`
		Class   string        `xml:"classname,attr"`
		File    string        `xml:"file,attr,omitempty"`
		Line    int           `xml:"line,attr,omitempty"`
		Failure *junitProblem `xml:"failure"`
		Error   *junitProblem `xml:"error"`
		Skipped *junitProblem `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitProblem struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
		Text    string `xml:",chardata"`
	}
)

// JUnit prints a test report, which most servers of continuous integration show: a suite for each file, in it a case for
// each finding, or one that passed. Errors and warnings are failures, the rest is the output of a case that passed;
// what is suppressed is skipped.
func JUnit(w io.Writer, r *Report, o Options) error {
	all := junitSuites{Name: "armillary check"}
	for i := range r.Files {
		all.add(junitFile(&r.Files[i], o))
	}
	for _, x := range r.Failed {
		path := Plain(filepath.ToSlash(x.Path))
		all.add(junitSuite{Name: path, Tests: 1, Errors: 1, Cases: []junitCase{{Name: "can be checked", Class: junitClass(path), File: path,
			Error: &junitProblem{Message: Plain(x.Message), Type: "not checked"}}}})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	e := xml.NewEncoder(&b)
	e.Indent("", "  ")
	if err := e.Encode(all); err != nil {
		return err
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err
}

func (a *junitSuites) add(s junitSuite) {
	a.Suites = append(a.Suites, s)
	a.Tests += s.Tests
	a.Failures += s.Failures
	a.Errors += s.Errors
}

func junitFile(f *File, o Options) junitSuite {
	path := filepath.ToSlash(f.Path)
	s := junitSuite{Name: Plain(path)}
	one := func(x *rule.Finding) junitCase {
		line, col := f.Map.LineCol(x.Span.Start)
		return junitCase{Name: Plain(fmt.Sprintf("%s %d:%d", x.Rule.Code, line, col)), Class: junitClass(path), File: Plain(path), Line: line}
	}
	for i := range f.Findings {
		x := &f.Findings[i]
		if x.Severity == rule.Hint && !o.Hints {
			continue
		}
		c := one(x)
		if x.Severity <= rule.Warning {
			text := fmt.Sprintf("%s:%s: %s: %s", path, strings.TrimPrefix(c.Name, x.Rule.Code+" "), x.Severity, x.Message)
			c.Failure = &junitProblem{Message: Plain(x.Message), Type: x.Severity.String(), Text: Plain(text)}
			s.Failures++
		} else {
			c.Out = Plain(x.Severity.String() + ": " + x.Message)
		}
		s.Cases = append(s.Cases, c)
	}
	for i := range f.Suppressed {
		x := &f.Suppressed[i]
		c := one(&x.Finding)
		c.Skipped = &junitProblem{Message: Plain(x.Reason)}
		s.Cases = append(s.Cases, c)
		s.Skipped++
	}
	if len(s.Cases) == 0 {
		s.Cases = []junitCase{{Name: "no findings", Class: junitClass(path), File: Plain(path)}}
	}
	s.Tests = len(s.Cases)
	return s
}

// junitClass is how servers group cases: they cut it at the dots.
func junitClass(path string) string {
	return Plain("armillary." + strings.ReplaceAll(strings.ReplaceAll(path, ".", "_"), "/", "."))
}
