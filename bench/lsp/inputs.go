package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"armillary.dev/device/hwdef"
)

// input is a file that every server opens. Places are named by the text before them.
type input struct {
	name, file string
	text       string
	definition bool   // a hardware definition, which the peer checks; it says nothing of a manifest
	edited     string // the letter behind is changed
	hover      string
	complete   string
	path       string // where it lies, once it is written
}

// write writes the file into a folder of its own: what lies around a file is looked at too.
func (in *input) write(dir string) error {
	in.path = filepath.Join(dir, in.name, in.file)
	if err := os.MkdirAll(filepath.Dir(in.path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(in.path, []byte(in.text), 0o644)
}

// inputs are those that are generated.
func inputs() []input {
	return []input{
		{name: "manifest61", file: "app_manifest.json", text: manifest(), edited: `"Name": "`, hover: `"Gpi`, complete: `"Uart": [ "`},
		definitionInput("definition1494", "board.json", definition()),
		definitionInput("flat1490", "flat.json", flat()),
	}
}

func definitionInput(name, file, text string) input {
	return input{name: name, file: file, text: text, definition: true, edited: `"Comment": "`, hover: `"Nam`, complete: `"Mapping": "`}
}

// sample is the definition of an official board's sample appliance, which imports two files of the SDK.
func sample(samples string) (input, error) {
	text, err := os.ReadFile(filepath.Join(samples, "HardwareDefinitions", "mt3620_rdb", "sample_appliance.json"))
	if err != nil {
		return input{}, fmt.Errorf("ARMILLARY_SAMPLES is no checkout of Azure/azure-sphere-samples: %w", err)
	}
	return definitionInput("sample_appliance", "sample_appliance.json", string(text)), nil
}

// writeSDK writes a stand-in for the SDK's hardware definitions, made of our own tables. The peer needs one.
func writeSDK(dir string) error {
	dir = filepath.Join(dir, "HardwareDefinitions")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, file := range append(hwdef.Boards(), hwdef.ChipFile) {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(hwdef.Text(hwdef.Board(file))), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// manifest is a high-level app's manifest of 61 lines, with two errors: a GPIO inside an ISU that is taken, and a
// port that is none.
func manifest() string {
	var b strings.Builder
	b.WriteString(`{
  "SchemaVersion": 1,
  "Name": "Benchmark",
  "ComponentId": "1d3b1bd6-0a9c-4bb3-b0f5-7c5f6b8a3c11",
  "EntryPoint": "/bin/app",
  "CmdArgs": [ "--hub", "contoso.azure-devices.net" ],
  "Capabilities": {
    "AllowedConnections": [
      "global.azure-devices-provisioning.net",
`)
	for i := range 12 {
		fmt.Fprintf(&b, "      \"host%d.example.com\",\n", i)
	}
	b.WriteString("      \"contoso.azure-devices.net\"\n    ],\n    \"AllowedTcpServerPorts\": [ 8080, 70000 ],\n    \"Gpio\": [\n")
	for _, g := range []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 27} {
		fmt.Fprintf(&b, "      %d,\n", g)
	}
	b.WriteString(`      56
    ],
    "Uart": [ "ISU0" ],
    "I2cMaster": [ "ISU2" ],
    "SpiMaster": [ "ISU1" ],
    "Adc": [ "ADC-CONTROLLER-0" ],
    "WifiConfig": true,
    "NetworkConfig": true,
    "SystemTime": true,
    "PowerControls": [ "ForceReboot" ],
    "MutableStorage": { "SizeKB": 8 },
    "DeviceAuthentication": "77304f1f-9530-4157-8598-30bc1f3d66f0"
  },
  "ApplicationType": "Default"
}
`)
	return b.String()
}

const definitionHead = `{
  "Metadata": {
    "Type": "Azure Sphere Hardware Definition",
    "Version": 1
  },
  "Imports": [ { "Path": "mt3620.json" } ],
  "Description": { "Name": "Benchmark" },
  "Peripherals": [
`

// definition is a hardware definition of 1,494 lines and 247 peripherals.
func definition() string {
	var b strings.Builder
	b.WriteString(definitionHead)
	for i := range 247 {
		fmt.Fprintf(&b, "    {\n      \"Name\": \"BOARD_PIN_%d\",\n      \"Type\": \"Gpio\",\n      \"Mapping\": \"MT3620_GPIO%d\",\n      \"Comment\": \"pin %d of the header\"\n    }", i, i%24, i)
		if i < 246 {
			b.WriteString(",")
		}
		b.WriteString("\n")
	}
	b.WriteString("  ],\n  \"$comment\":\n    \"end\"\n}\n")
	return b.String()
}

// flat is a hardware definition of 1,490 peripherals, each on its line.
func flat() string {
	var b strings.Builder
	b.WriteString(definitionHead)
	for i := range 1490 {
		if i > 0 {
			b.WriteString(",\n")
		}
		fmt.Fprintf(&b, "    { \"Name\": \"FLAT_PIN_%d\", \"Type\": \"Gpio\", \"Mapping\": \"MT3620_GPIO%d\", \"Comment\": \"pin %d\" }", i, i%24, i)
	}
	b.WriteString("\n  ]\n}\n")
	return b.String()
}

type object = map[string]any

// Schemas of our own, for VS Code's JSON server: names, types, and ranges.
var (
	manifestSchema = object{
		"type": "object", "required": []string{"SchemaVersion", "Name", "ComponentId"},
		"properties": object{
			"SchemaVersion": object{"const": 1}, "Name": object{"type": "string", "description": "The app's name."},
			"Capabilities": object{"properties": object{
				"AllowedTcpServerPorts": object{"items": object{"type": "integer", "maximum": 65535}},
				"Gpio":                  object{"description": "Pins.", "items": object{"type": "integer", "maximum": 80}},
				"Uart":                  object{"items": object{"enum": []string{"ISU0", "ISU1", "ISU2", "ISU3", "ISU4"}}},
			}},
		},
	}
	definitionSchema = object{
		"type": "object", "required": []string{"Metadata", "Peripherals"},
		"properties": object{
			"Metadata": object{"type": "object"},
			"Imports":  object{"items": object{"required": []string{"Path"}}},
			"Peripherals": object{"type": "array", "items": object{
				"type": "object", "required": []string{"Name", "Type"},
				"properties": object{
					"Name":    object{"type": "string", "description": "What apps call it."},
					"Type":    object{"enum": []string{"Gpio", "Uart", "I2cMaster", "SpiMaster", "Adc", "Pwm", "int"}},
					"Mapping": object{"type": "string", "examples": chipNames()},
					"Comment": object{"type": "string"},
				},
			}},
		},
	}
)

// chipNames are what a definition for the chip can map to.
func chipNames() []string {
	var names []string
	for _, p := range hwdef.Chip().Peripherals {
		names = append(names, p.Name)
	}
	return names
}
