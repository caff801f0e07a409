package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
)

// budgets are what we want to keep, in the units of the figures: by what is measured and the input; an empty input
// stands for all files.
var budgets = map[[2]string]float64{
	{toFirst, ""}:                25,
	{toEdit, "manifest61"}:       0.5,
	{toEdit, "definition1494"}:   1,
	{toEdit, "flat1490"}:         5,
	{toComplete, ""}:             0.3,
	{toHover, ""}:                0.3,
	{toFormat, "definition1494"}: 1,
	{memory, ""}:                 25,
}

// row is what was measured of one thing, for the output.
type row struct {
	Input   string            `json:"input"`
	What    string            `json:"what"`
	Budget  float64           `json:"budget,omitempty"`
	Verdict string            `json:"verdict,omitempty"`
	Servers map[string]series `json:"servers"`
}

// series sums up the figures of one server.
type series struct {
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	Least  float64 `json:"least"`
	// Ratio is how many times as much the server takes as ours does, by medians and by the least figures. 0: ours.
	Ratio      float64 `json:"ratio,omitempty"`
	LeastRatio float64 `json:"leastRatio,omitempty"`
}

// rows are in the order of what was asked for. Those of workspaces have no budget.
func (f figures) rows(servers []*program, names []string, files int) []row {
	var rows []row
	for i, input := range names {
		for _, what := range f.measured(input) {
			r := row{Input: input, What: what, Servers: map[string]series{}}
			if i < files {
				if r.Budget = budgets[[2]string{what, input}]; r.Budget == 0 {
					r.Budget = budgets[[2]string{what, ""}]
				}
			}
			own := series{}
			for _, s := range servers {
				x := f[key{input, what, s.name}]
				if len(x) == 0 {
					continue
				}
				sum := series{Count: len(x), Median: median(x), Least: slices.Min(x)}
				switch {
				case s.ours && own.Count == 0:
					own = sum
				case own.Count > 0 && !s.ours && what != findings:
					sum.Ratio, sum.LeastRatio = sum.Median/own.Median, sum.Least/own.Least
				}
				r.Servers[s.name] = sum
				if s.ours && r.Budget > 0 {
					r.Verdict = worse(r.Verdict, verdict(sum, r.Budget))
				}
			}
			rows = append(rows, r)
		}
	}
	return rows
}

// order is that of the rows.
var order = []string{
	findings, toInitialize, toFirst, toEdit, toEdit + " (C source)", toComplete, toHover, toFormat,
	toRename + ", after an edit", toRename + ", again", toReferences + ", after an edit", toReferences + ", again",
	toSymbols + ", after an edit", toSymbols + ", again", memory,
}

// measured is what there is of an input.
func (f figures) measured(input string) []string {
	return slices.DeleteFunc(slices.Clone(order), func(what string) bool {
		for k := range f {
			if k.input == input && k.what == what {
				return false
			}
		}
		return true
	})
}

// A budget is kept if the median is within it. On a busy computer only the least figure may be.
var verdicts = []string{"kept", "kept at best", "missed"}

func verdict(s series, budget float64) string {
	switch {
	case s.Median <= budget:
		return verdicts[0]
	case s.Least <= budget:
		return verdicts[1]
	}
	return verdicts[2]
}

// worse is the verdict on the worse of two.
func worse(a, b string) string {
	return verdicts[max(0, slices.Index(verdicts, a), slices.Index(verdicts, b))]
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return x[len(x)/2]
}

// table writes the rows for people: medians, the least in brackets.
func table(w io.Writer, servers []*program, rows []row) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	last := ""
	for _, r := range rows {
		if r.Input != last {
			fmt.Fprintf(t, "\n%s\tbudget", r.Input)
			for _, s := range servers {
				fmt.Fprintf(t, "\t%s", s.name)
				if !s.ours {
					fmt.Fprint(t, "\tratio")
				}
			}
			fmt.Fprint(t, "\tverdict\n")
			last = r.Input
		}
		budget := "–"
		if r.Budget > 0 {
			budget = number(r.Budget)
		}
		fmt.Fprintf(t, "  %s\t%s", r.What, budget)
		for _, s := range servers {
			x, ratio := r.Servers[s.name], "–"
			cell := "–"
			switch {
			case x.Count > 0 && r.What == findings:
				cell = number(x.Median)
			case x.Count > 0:
				cell = fmt.Sprintf("%s (%s)", number(x.Median), number(x.Least))
			}
			if x.Ratio > 0 {
				ratio = fmt.Sprintf("%s (%s)", number(x.Ratio), number(x.LeastRatio))
			}
			fmt.Fprintf(t, "\t%s", cell)
			if !s.ours {
				fmt.Fprintf(t, "\t%s", ratio)
			}
		}
		fmt.Fprintf(t, "\t%s\n", r.Verdict)
	}
	return t.Flush()
}

// number writes three digits.
func number(x float64) string {
	digits := 2
	if x >= 1 {
		digits = max(0, 2-int(math.Log10(x)))
	}
	s := fmt.Sprintf("%.*f", digits, x)
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	return s
}
