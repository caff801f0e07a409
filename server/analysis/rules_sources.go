package analysis

import "armillary.dev/device/rule"

// Codes of the rules about sources.
const (
	codeProvisioning = "AZS063"

	codeMissing = "AZS300"
	codeUnused  = "AZS301"
	codeElement = "AZS302"
)

// sourceRules are the rules that hold C sources against the manifest: part of group 7 of facts/diagnostics.md. What the device
// does not refuse but fails at run time is a warning, an error under --strict.
var sourceRules = []*rule.Rule{
	{Code: codeProvisioning, Severity: rule.Info, Title: "device provisioning without its host",
		Doc: "The app asks the device provisioning service for its IoT hub, which it does at `global.azure-devices-provisioning.net`. " +
			"AllowedConnections does not list that host, so the firewall blocks it. The hub's own name has to be listed as well.",
		Fix: "adds the host", Source: "facts/manifest.md 3.2"},
	{Code: codeMissing, Severity: rule.Warning, Strict: rule.Error, Title: "call without its capability",
		Doc: "The app calls a function that needs a capability which its manifest does not ask for. The device installs and starts the app; " +
			"the call fails, mostly with EACCES. Ask for the capability, or do without the call.\n\n" +
			"Where the want may be meant, it stays a warning under `--strict`: a function that says no rather than fails, and what EAP-TLS networks alone need. " +
			"A call that nothing reaches, or behind an `#ifdef` of a macro that neither the app, CMake nor the hardware definition's header defines, is a hint.\n\n" +
			"The sources of real-time apps are not looked at: they bring drivers of their own, with functions of the same names.",
		Fix: "adds the capability to the manifest, with the pin or controller that the call names", Source: "facts/manifest.md 3.2, facts/applibs_capabilities.tsv"},
	{Code: codeUnused, Severity: rule.Hint, Title: "capability that nothing uses",
		Doc: "None of the app's sources calls a function for which the capability is there, or opens this pin or controller. An app should ask for no more than it needs, " +
			"and one that asks for a pin keeps it from the other apps.\n\n" +
			"It is said only if all sources could be read: not if the app links libraries whose sources are not there, or opens something that could not be followed.",
		Fix: "removes it", Source: "facts/manifest.md 3.2"},
	{Code: codeElement, Severity: rule.Warning, Strict: rule.Error, Title: "call for a pin, controller or partner that is not listed",
		Doc: "The app opens a pin or controller, or connects to an app, that the manifest's list does not have. The device installs and starts the app; the call fails with EACCES. " +
			"Pins are compared by what they are, not by their names: `SAMPLE_LED`, `MT3620_GPIO8` and 8 are the same where the hardware definition says so. " +
			"A name of another type counts as its number, which is another peripheral or none: `UART_Open(SAMPLE_LED)` opens ISU4 where the LED is GPIO 8.\n\n" +
			"The finding is where the pin is written: in the call, in a table, or where a function of the app passes it on to the call.",
		Fix: "adds it to the list in the manifest, unless the call names a peripheral of another type", Source: "facts/manifest.md 2.3, 3.2"},
}

// SourceRules returns the rules about sources, in the order of codes. It must not be changed.
func SourceRules() []*rule.Rule { return sourceRules }

func sourceRule(code string) *rule.Rule {
	for _, r := range sourceRules {
		if r.Code == code {
			return r
		}
	}
	panic("no rule " + code)
}
