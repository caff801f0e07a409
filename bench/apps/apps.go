// Package apps generates workspaces for measurements: high-level apps that a person could have written.
//
// Each has a manifest, a CMakeLists.txt that names one of ten hardware definitions, and a source that opens what the
// manifest asks for. Each fourth, beginning with the first, asks for a pin that its UART has taken.
package apps

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Write writes n apps below a folder, in folders of a hundred ("group000/app00000"), and ten hardware definitions
// ("hw/board0.json").
func Write(root string, n int) error {
	for i := range 10 {
		if err := write(filepath.Join(root, "hw", fmt.Sprintf("board%d.json", i)), definition(i)); err != nil {
			return err
		}
	}
	for i := range n {
		app := filepath.Join(root, fmt.Sprintf("group%03d", i/100), fmt.Sprintf("app%05d", i))
		for name, text := range map[string]string{"app_manifest.json": manifest(i), "CMakeLists.txt": cmake(i), "main.c": source} {
			if err := write(filepath.Join(app, name), text); err != nil {
				return err
			}
		}
	}
	return nil
}

func write(path, text string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), 0o644)
}

func definition(i int) string {
	var b strings.Builder
	b.WriteString("{\n  \"Metadata\": { \"Type\": \"Azure Sphere Hardware Definition\", \"Version\": 1 },\n  \"Imports\": [],\n  \"Peripherals\": [\n")
	for g := range 16 {
		fmt.Fprintf(&b, "    { \"Name\": \"BOARD%d_GPIO%d\", \"Type\": \"Gpio\", \"MainCoreHeaderValue\": \"%d\", \"AppManifestValue\": %d },\n", i, g, g, g)
	}
	b.WriteString("    { \"Name\": \"SERIAL\", \"Type\": \"Uart\", \"MainCoreHeaderValue\": \"4\", \"AppManifestValue\": \"ISU0\" }\n  ]\n}\n")
	return b.String()
}

func manifest(i int) string {
	pin := "9"
	if i%4 == 0 {
		pin = "27" // of the UART
	}
	return fmt.Sprintf(`{
  "SchemaVersion": 1,
  "Name": "App%d",
  "ComponentId": "%08x-0a9c-4bb3-b0f5-7c5f6b8a3c11",
  "EntryPoint": "/bin/app",
  "CmdArgs": [ "--number", "%d" ],
  "Capabilities": {
    "Gpio": [ "$BOARD%d_GPIO1", "$BOARD%d_GPIO2", %s ],
    "Uart": [ "$SERIAL" ],
    "AllowedConnections": [ "host%d.contoso.com" ],
    "MutableStorage": { "SizeKB": 8 }
  },
  "ApplicationType": "Default"
}
`, i, i+1, i, i%10, i%10, pin, i)
}

func cmake(i int) string {
	return fmt.Sprintf(`cmake_minimum_required(VERSION 3.20)
project(App%d C)
add_executable(${PROJECT_NAME} main.c)
target_link_libraries(${PROJECT_NAME} applibs gcc_s c)
azsphere_target_hardware_definition(${PROJECT_NAME} TARGET_DIRECTORY "../../hw" TARGET_DEFINITION "board%d.json")
azsphere_target_add_image_package(${PROJECT_NAME})
`, i, i%10)
}

const source = `#include <applibs/gpio.h>
#include <applibs/uart.h>

int main(void)
{
    UART_Config config;
    UART_InitConfig(&config);
    int led = GPIO_OpenAsOutput(9, GPIO_OutputMode_PushPull, GPIO_Value_High);
    int serial = UART_Open(4, &config);
    return led < 0 || serial < 0;
}
`
