package analysis

import "testing"

// TestAllRules holds the rule tables to one code each.
func TestAllRules(t *testing.T) {
	all := Rules()
	for i, r := range all {
		if i > 0 && all[i-1].Code == r.Code {
			t.Errorf("two rules are called %s", r.Code)
		}
		if LookupRule(r.Code) != r {
			t.Errorf("%s is not found by its code", r.Code)
		}
	}
	if len(all) == 0 || LookupRule("AZS") != nil {
		t.Errorf("%d rules", len(all))
	}
}
