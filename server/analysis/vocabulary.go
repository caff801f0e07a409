package analysis

import (
	"armillary.dev/device/hwdef"
	"armillary.dev/device/jsonc"
	"armillary.dev/device/manifest"
)

// A property is a key that an object may have.
type property struct {
	Name  string
	Type  string // for people
	Value string // what is inserted, JSON; "|" marks where the cursor goes
	Doc   string // Markdown
}

// manifestRoot are the top-level properties that a person writes (facts/manifest.md 1.1), in the usual order.
var manifestRoot = []property{
	{"SchemaVersion", "integer", "1", "Version of the manifest's format. Always 1."},
	{"Name", "string", `"|"`, "Name of the app on the device and in the image package, which keeps 31 bytes of it."},
	{"ComponentId", "string, GUID", `"|"`, "Identity of the app: 8-4-4-4-12 hexadecimal digits. Two apps with one id replace each other on the device."},
	{"EntryPoint", "string", `"/bin/app|"`, "Absolute path of the program inside the image, by convention `/bin/app`."},
	{"CmdArgs", "array of strings", `[ | ]`, "Arguments of the program, one string each. Real-time apps get none."},
	{"Capabilities", "object", "{ | }", "What the app may use. Nothing is allowed that is not listed here."},
	{"ApplicationType", "string", `"Default|"`, "`Default` is a high-level app on the Cortex-A7, `RealTimeCapable` an app on a Cortex-M4. Default if missing."},
	{"MallocVersion", "integer", "2", "Which allocator of the C library a high-level app uses. 2 is the newer one, from OS 22.11 on."},
	{"$schema", "string", `"|"`, "A JSON schema for editors. The device ignores it."},
}

// fieldValues are the values that a top-level property can have; Doc is one line.
func fieldValues(name string) []property {
	switch name {
	case "ApplicationType":
		return []property{{Value: `"Default"`, Doc: "high-level app, Cortex-A7"}, {Value: `"RealTimeCapable"`, Doc: "real-time app, Cortex-M4"}}
	case "EntryPoint":
		return []property{{Value: `"/bin/app"`, Doc: "the usual place"}}
	case "SchemaVersion":
		return []property{{Value: "1"}}
	case "MallocVersion":
		return []property{{Value: "2", Doc: "the newer allocator, OS 22.11"}, {Value: "1", Doc: "the older allocator"}}
	}
	return nil
}

// powerControls are the entries that PowerControls can have (facts/manifest.md 1.2).
var powerControls = []string{"ForceReboot", "ForcePowerDown", "SetPowerProfile"}

// shape names what the value of a capability looks like.
func shape(c *manifest.Capability) string {
	switch c.Shape {
	case manifest.Flag:
		return "boolean"
	case manifest.GPIOs:
		return "array of GPIO numbers or $ names"
	case manifest.Units:
		return "array of peripherals or $ names"
	case manifest.Ports:
		return "array of port numbers"
	case manifest.Hosts:
		return "array of host names"
	case manifest.Apps:
		return "array of component ids"
	case manifest.Tenant:
		return "string, GUID"
	case manifest.Storage:
		return "object with SizeKB"
	case manifest.Powers:
		return "array of power controls"
	}
	return "reserved"
}

// template is what completion inserts as the value of a capability.
func template(c *manifest.Capability) string {
	switch {
	case c.Shape == manifest.Flag:
		return "true"
	case c.Shape == manifest.Tenant:
		return `"|"`
	case c.Shape == manifest.Storage:
		return `{ "SizeKB": |8 }`
	case c.Shape == manifest.GPIOs || c.Shape == manifest.Ports:
		return "[ | ]"
	case c.IsList():
		return `[ "|" ]`
	}
	return "|"
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
