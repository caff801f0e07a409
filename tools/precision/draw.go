package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
)

// draw chooses n of all findings, sorted for reading. Each rule gives as many as the others as far as it has them, and
// its own come from as many repositories as possible. Chance decides by a hash of the seed and the finding, so that one
// finding more or less leaves the others' order as it is.
func draw(all []*finding, n int, seed uint64) []*finding {
	byRule := map[string][]*finding{}
	for _, f := range all {
		byRule[f.code] = append(byRule[f.code], f)
	}
	var codes []string
	for code, list := range byRule {
		codes = append(codes, code)
		byRule[code] = spread(list, seed)
	}
	slices.Sort(codes)
	if n <= 0 || n > len(all) {
		n = len(all)
	}
	var drawn []*finding
	for round := 0; len(drawn) < n; round++ {
		var next []*finding
		for _, code := range codes {
			if list := byRule[code]; round < len(list) {
				next = append(next, list[round])
			}
		}
		if over := len(drawn) + len(next) - n; over > 0 {
			sortByChance(next, seed)
			next = next[:len(next)-over]
		}
		drawn = append(drawn, next...)
	}
	slices.SortFunc(drawn, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.repo, b.repo), cmp.Compare(a.path, b.path), cmp.Compare(a.line, b.line),
			cmp.Compare(a.identity(), b.identity()))
	})
	return drawn
}

// spread orders a rule's findings so that each repository has one before one has two.
func spread(list []*finding, seed uint64) []*finding {
	sortByChance(list, seed)
	turn := map[*finding]int{}
	had := map[string]int{}
	for _, f := range list {
		turn[f] = had[f.repo]
		had[f.repo]++
	}
	slices.SortStableFunc(list, func(a, b *finding) int { return cmp.Compare(turn[a], turn[b]) })
	return list
}

func sortByChance(list []*finding, seed uint64) {
	chance := map[*finding]uint64{}
	for _, f := range list {
		sum := sha256.Sum256(append(binary.BigEndian.AppendUint64(nil, seed), f.identity()...))
		chance[f] = binary.BigEndian.Uint64(sum[:8])
	}
	slices.SortFunc(list, func(a, b *finding) int {
		return cmp.Or(cmp.Compare(chance[a], chance[b]), cmp.Compare(a.identity(), b.identity()))
	})
}
