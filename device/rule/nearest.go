package rule

import (
	"slices"
	"strings"
)

// Nearest returns those of the candidates that somebody may have meant who wrote word, most likely first: equal but for
// case, or few letters away. It is what stands behind "did you mean".
func Nearest(word string, candidates []string) []string {
	word = strings.ToLower(strings.TrimSpace(word))
	if len(word) > 64 {
		return nil
	}
	type hit struct {
		name     string
		distance int
	}
	var hits []hit
	limit := 1 + len(word)/4
	for _, c := range candidates {
		lower := strings.ToLower(c)
		if len(lower)-len(word) > limit || len(word)-len(lower) > limit {
			continue
		}
		if d := distance(word, lower); d <= limit && d < max(len(word), len(lower)) {
			hits = append(hits, hit{c, d})
		}
	}
	slices.SortStableFunc(hits, func(a, b hit) int { return a.distance - b.distance })
	var out []string
	for _, h := range hits[:min(3, len(hits))] {
		out = append(out, h.name)
	}
	return out
}

// distance is the number of letters to insert, delete, replace or swap with their neighbour to make b of a.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(row[j-1]+1, last[j]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
