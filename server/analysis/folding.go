package analysis

import (
	"cmp"
	"slices"
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/rule"
)

// FoldKind says what is folded.
type FoldKind uint8

// What is folded.
const (
	BlockFold FoldKind = iota
	CommentFold
	ImportsFold
)

// A Fold is a part of a file that can be hidden. It spans at least one line break.
type Fold struct {
	Kind FoldKind
	Span rule.Span // what is hidden; brackets are not
	// Closed says that a bracket follows, whose line stays in sight where only whole lines are hidden.
	Closed bool
	depth  int
}

// Folds returns what can be folded, in order. Of more than limit (0: what the server bears) those are left out that lie
// deepest.
func (f *File) Folds(limit int) []Fold {
	if limit <= 0 || limit > maxItems {
		limit = maxItems
	}
	folds := []Fold{}
	if t := f.FileReport.File; f.Structured() {
		w := folder{src: t.Src}
		w.node(t.Root, 0)
		w.comments(t.Comments)
		folds = append(folds, w.folds...)
	}
	slices.SortStableFunc(folds, func(a, b Fold) int { return cmp.Compare(a.Span.Start, b.Span.Start) })
	return shallowest(folds, limit)
}

// folder collects folds. Places come in order, so that the line breaks are looked for once.
type folder struct {
	src   string
	folds []Fold
	next  int // the first line break at or behind the place that was asked about last
}

// breaks reports whether there is a line break between two places. The first must not lie before that of the call before.
func (w *folder) breaks(start, end int) bool {
	for w.next < len(w.src) && (w.next < start || w.src[w.next] != '\n' && w.src[w.next] != '\r') {
		w.next++
	}
	return w.next < end
}

func (w *folder) node(n *jsonc.Node, depth int) {
	if n.Kind != jsonc.Object && n.Kind != jsonc.Array {
		return
	}
	inner := rule.Span{Start: n.Start + 1, End: n.End - 1}
	if n.Unclosed {
		inner.End = n.End
		if len(n.Children) > 0 {
			inner.End = n.Children[len(n.Children)-1].Whole().End
		}
	}
	if w.breaks(inner.Start, inner.End) {
		fold := Fold{Span: inner, Closed: !n.Unclosed, depth: depth}
		if n.Kind == jsonc.Array && depth == 1 && n.Name() == "Imports" {
			fold.Kind = ImportsFold
		}
		w.folds = append(w.folds, fold)
	}
	for _, c := range n.Children {
		w.node(c, depth+1)
	}
}

// comments folds what spans several lines: a block, or line comments with nothing but white space between them.
func (w *folder) comments(all []jsonc.Span) {
	w.next = 0
	for i := 0; i < len(all); {
		start, end := all[i].Start, all[i].End
		line := strings.HasPrefix(w.src[start:], "//")
		for i++; line && i < len(all) && strings.HasPrefix(w.src[all[i].Start:], "//") && nextLine(w.src[end:all[i].Start]); i++ {
			end = all[i].End
		}
		if w.breaks(start, end) {
			w.folds = append(w.folds, Fold{Kind: CommentFold, Span: rule.Span{Start: start, End: end}})
		}
	}
}

// nextLine reports whether what is between two comments is one line break and white space.
func nextLine(gap string) bool {
	return strings.Trim(gap, " \t\r\n") == "" && lineBreaks(gap) == 1
}

// shallowest returns the limit folds that lie least deep, in order.
func shallowest(folds []Fold, limit int) []Fold {
	if len(folds) <= limit {
		return folds
	}
	var count [jsonc.MaxDepth + 1]int
	for _, f := range folds {
		count[f.depth]++
	}
	deepest := 0 // the first level of which there is room for a part only
	for limit >= count[deepest] {
		limit -= count[deepest]
		deepest++
	}
	return slices.DeleteFunc(folds, func(f Fold) bool {
		if f.depth == deepest {
			limit--
		}
		return f.depth > deepest || f.depth == deepest && limit < 0
	})
}
