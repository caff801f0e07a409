package analysis

import (
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
)

// A property is a key that an object may have.
type property struct {
	Name  string
	Type  string // for people
	Value string // what is inserted, JSON; "|" marks where the cursor goes
	Doc   string // Markdown
}

// place tells how deep a node lies, and the name of the top-level property that it lies in.
func place(n *jsonc.Node) (depth int, field string) {
	for n.Parent != nil {
		field = n.Name()
		n = n.Parent
		depth++
	}
	return depth, field
}

// definitionKeys are the keys that an object of a hardware definition may have (facts/manifest.md 2.1), by where
// the object lies.
func definitionKeys(object *jsonc.Node) []property {
	if object == nil {
		return nil
	}
	switch depth, field := place(object); {
	case depth == 0:
		return definitionRoot
	case depth == 1 && field == "Metadata":
		return definitionMetadata
	case depth == 1 && field == "Description":
		return definitionDescription
	case depth == 2 && field == "Imports":
		return definitionImport
	case depth == 2 && field == "Peripherals":
		return definitionPeripheral
	}
	return nil
}

var (
	definitionRoot = []property{
		{"$schema", "string", `"|"`, "A JSON schema for editors; the tools ignore it."},
		{"Metadata", "object", `{ "Type": "` + hwdef.MetadataType + `", "Version": 1 }`, "Says that the file is a hardware definition."},
		{"Description", "object", `{ "Name": "|" }`, "Name of the hardware, and the first lines of the C header."},
		{"Imports", "array", `[ { "Path": "|" } ]`, "Definitions whose names this one builds on."},
		{"Peripherals", "array", "[ | ]", "Names for pins, controllers and constants."},
	}
	definitionMetadata = []property{
		{"Type", "string", `"` + hwdef.MetadataType + `"`, "Always `" + hwdef.MetadataType + "`."},
		{"Version", "integer", "1", "Always 1."},
	}
	definitionDescription = []property{
		{"Name", "string", `"|"`, "What the hardware is called."},
		{"MainCoreHeaderFileTopContent", "array of strings", `[ "|" ]`, "First lines of the generated C header, such as a copyright notice."},
	}
	definitionImport = []property{
		{"Path", "string", `"|"`, "A definition's file: relative to this one, or by its bare name in the SDK's folder."},
	}
	definitionPeripheral = []property{
		{"Name", "string", `"|"`, "The name: a C identifier, which manifests use as `$NAME`."},
		{"Type", "string", `"|"`, "`Gpio`, `Uart`, `I2cMaster`, `SpiMaster`, `Pwm`, `Adc`, or `int` for a constant of the C header."},
		{"Mapping", "string", `"|"`, "The name that this one stands for, from this file or an import."},
		{"MainCoreHeaderValue", "string", `"(|)"`, "Value in the C header, in parentheses, for a name that maps to nothing."},
		{"AppManifestValue", "integer or string", "|", "Value in the manifest, for a name that maps to nothing: a GPIO's number, else a controller's name."},
		{"Comment", "string", `"|"`, "What it is, for people; the C header repeats it."},
	}
	// definitionTypes are the values of Type.
	definitionTypes = []string{hwdef.Gpio, hwdef.Uart, hwdef.I2cMaster, hwdef.SpiMaster, hwdef.Pwm, hwdef.Adc, hwdef.Int}
)
