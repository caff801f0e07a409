package cli

import (
	"slices"
	"strings"

	"armillary.dev/device/capability"
	"armillary.dev/device/config"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/manifest"
	"armillary.dev/device/project"
	"armillary.dev/device/rule"
)

// ruleTables are the rules of every room that has some; a further table is a further line here. explain, its completion
// and docs/rules.md read this list alone.
var ruleTables = []func() []*rule.Rule{
	manifest.Rules,
	hwdef.Rules,
	project.ProjectRules,
	project.SeveralRules,
	capability.Rules,
	config.Rules,
}

// allRules returns every rule that `check` and the editors know, sorted by code.
func allRules() []*rule.Rule {
	var all []*rule.Rule
	for _, table := range ruleTables {
		all = append(all, table()...)
	}
	slices.SortStableFunc(all, func(a, b *rule.Rule) int { return strings.Compare(a.Code, b.Code) })
	return all
}

// lookupRule returns the rule with a code, or nil.
func lookupRule(code string) *rule.Rule {
	all := allRules()
	if i := slices.IndexFunc(all, func(r *rule.Rule) bool { return r.Code == code }); i >= 0 {
		return all[i]
	}
	return nil
}
