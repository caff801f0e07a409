package marker

// A verb is what a mark can say.
type verb struct {
	name string
	args string // kinds of the arguments, see kind
	run  func(s *session, a []value)
}

// verbs is the table, in the order of the package comment. It is filled by init: the functions look marks up in it.
var verbs []verb

func init() {
	verbs = []verb{
		{"diag", "text code regexp? severity?", (*session).diag},
		{"ok", "text code", (*session).ok},
		{"related", "text code string string", (*session).related},
		{"device", "code number", (*session).device},
		{"nodevice", "code", (*session).nodevice},
		{"fix", "text code regexp golden", (*session).fix},
		{"nofix", "text code", (*session).nofix},
		{"fixall", "golden", (*session).fixall},

		{"hover", "text expect", (*session).hover},
		{"nohover", "text", (*session).nohover},
		{"complete", "text string*", (*session).complete},
		{"completeexact", "text string*", (*session).completeexact},
		{"nocomplete", "text string*", (*session).nocomplete},
		{"accept", "text string golden", (*session).accept},
		{"def", "text string string", (*session).def},
		{"nodef", "text", (*session).nodef},
		{"refs", "text golden", (*session).refs},
		{"rename", "text string golden", (*session).rename},
		{"renameerr", "text string regexp", (*session).renameerr},
		{"highlight", "text golden", (*session).highlight},
		{"symbols", "golden", (*session).symbols},
		{"wsymbols", "string golden", (*session).wsymbols},
		{"link", "text string", (*session).link},
		{"fold", "golden", (*session).fold},
		{"select", "text string*", (*session).selection},
		{"token", "text word word*", (*session).token},
		{"inlay", "text string", (*session).inlay},
		{"lens", "regexp string", (*session).lens},
		{"format", "golden", (*session).format},
		{"command", "string value* golden", (*session).command},
	}
}

func lookupVerb(name string) *verb {
	for i := range verbs {
		if verbs[i].name == name {
			return &verbs[i]
		}
	}
	return nil
}
