package config

import "armillary.dev/device/rule"

// The rules about what users decide. They have no answer of a device.
var (
	unusedRule = &rule.Rule{Code: "AZS600", Severity: rule.Warning, Title: "suppression that suppresses nothing",
		Doc: "A comment or an entry of `armillary.json` suppresses a finding that is not there. The cause has been mended, or the code, the file pattern " +
			"or the pointer is not what was meant. Left behind, it would hide the same mistake when it is made again.",
		Fix: "removes the comment, the code in it, or the entry", Source: "facts/lsp-peers.md 7"}
	reasonRule = &rule.Rule{Code: "AZS601", Severity: rule.Error, Title: "suppression without code or reason",
		Doc: "A suppression names the rule that it is about and says why: `// armillary:ignore AZS300 opened by the bootloader`. The next person who reads " +
			"it has to judge whether it still holds. One that lacks either suppresses nothing.",
		Source: "facts/lsp-peers.md 7"}
	wrongRule = &rule.Rule{Code: "AZS602", Severity: rule.Error, Title: "wrong entry in armillary.json",
		Doc: "A key of `armillary.json` is unknown (a warning: it has no effect), or a value is not what the key takes (an error: the entry has no effect, " +
			"and what was meant is not done).",
		Source: "facts/lsp-peers.md 7"}
)

// Rules returns the rules of this package, sorted by code.
func Rules() []*rule.Rule { return []*rule.Rule{unusedRule, reasonRule, wrongRule} }
