package manifest

import "armillary.dev/device/deverr"

// field is one top-level property (facts/manifest.md 1.1).
type field struct {
	name     string
	value    string // what completion inserts
	kind     string // its type, for people
	required bool
	missing  int  // device code when it is absent, 0 if none
	packer   bool // written by the packer, not by hand
	filled   bool // other packers than the vendor's write it (Options.FilledBy)
	doc      string
}

// fields are the top-level properties in the order in which projects are made.
var fields = []field{
	{"SchemaVersion", "1", "integer", true, deverr.Code(2, 4), false, false, "Version of the manifest's format. Always 1."},
	{"Name", `""`, "string", true, 0, false, true, "Name of the app: the component's name on the device and in the image package, whose field takes 31 bytes of it."},
	{"ComponentId", `""`, "string, GUID", true, deverr.Code(14, 15), false, true,
		"Identity of the app, a GUID of its own: 8-4-4-4-12 hexadecimal digits. Two apps with one id replace each other on the device; mutable storage belongs to it."},
	{"EntryPoint", `"/bin/app"`, "string", true, deverr.Code(2, 3), false, true, "Absolute path of the program inside the image; `/bin/app` by convention."},
	{"CmdArgs", "[]", "array of strings", false, deverr.Code(2, 5), false, false,
		"Arguments of the program, one string each. Old versions of the OS refuse a manifest without it. Real-time apps get no arguments."},
	{"Capabilities", "{}", "object", true, deverr.Code(2, 6), false, false, "What the app may use. Nothing is allowed that is not listed here."},
	{"ApplicationType", `"Default"`, "string", false, 0, false, false, "`Default` is a high-level app on the Cortex-A7, `RealTimeCapable` an app on a Cortex-M4. Default if missing."},
	{"MallocVersion", "2", "integer", false, 0, false, false, "Which allocator of the C library a high-level app uses. 2 is the new one, from OS 22.11 on."},
	{"TargetApplicationRuntimeVersion", "13", "integer", false, 0, true, false, "API set that the app was built for. The packer writes it into the package."},
	{"TargetBetaApis", `""`, "string", false, 0, true, false, "Beta API set that the app was built for. The packer writes it into the package."},
	{"$schema", `""`, "string", false, 0, false, false, "A JSON schema for editors. The device ignores it."},
}

func lookupField(name string) *field {
	for i := range fields {
		if fields[i].name == name {
			return &fields[i]
		}
	}
	return nil
}

// applicationTypes with what they are.
var applicationTypes = [][2]string{
	{"Default", "high-level app on the Cortex-A7"},
	{"RealTimeCapable", "real-time app on a Cortex-M4"},
}
