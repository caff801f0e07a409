package analysis

import (
	"slices"
	"strings"
	"sync"

	"armillary.dev/device/capability"
	"armillary.dev/device/config"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// ruleTables are the rules of every room that has some; a further table is a further line here.
var ruleTables = []func() []*rule.Rule{
	manifest.Rules,
	hwdef.Rules,
	project.ProjectRules,
	project.SeveralRules,
	SourceRules,
	capability.Rules,
	config.Rules,
}

// Rules returns every rule that `check` and the editors know, sorted by code. The result must not be changed.
var Rules = sync.OnceValue(func() []*rule.Rule {
	var all []*rule.Rule
	for _, table := range ruleTables {
		all = append(all, table()...)
	}
	slices.SortStableFunc(all, func(a, b *rule.Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
})

// LookupRule returns the rule with a code, or nil.
func LookupRule(code string) *rule.Rule {
	all := Rules()
	if i, ok := slices.BinarySearchFunc(all, code, func(r *rule.Rule, code string) int { return strings.Compare(r.Code, code) }); ok {
		return all[i]
	}
	return nil
}
