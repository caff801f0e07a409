package hwdef

import (
	"strings"

	"armillary.dev/device/jsonc"
	"armillary.dev/device/jsonrule"
	"armillary.dev/device/rule"
)

// AddEntries returns the edit that adds entries at the end of a definition's Peripherals, laid out as those that are there;
// ok is false if there is no such list.
func AddEntries(d *Definition, entries []Mapping) (e rule.Edit, ok bool) {
	if d.File == nil || len(entries) == 0 {
		return e, false
	}
	list := d.File.Root.Member("Peripherals")
	if list == nil || list.Kind != jsonc.Array {
		return e, false
	}
	gap := " "
	if len(list.Children) > 0 {
		src, first := d.File.Src, list.Children[0].Start
		line := strings.LastIndexByte(src[:first], '\n') + 1
		if indent := src[line:first]; line > list.Start && strings.TrimLeft(indent, " \t") == "" {
			gap = "\n" + indent
		}
	}
	texts := make([]string, len(entries))
	for i, m := range entries {
		texts[i] = m.Text()
	}
	return jsonrule.New(d.File, jsonrule.Options{}).Add(list, strings.Join(texts, ","+gap)), true
}
