package sdk_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/device/sdk"
	"armillary.dev/internal/testenv"
)

const cmakeHead = "cmake_minimum_required(VERSION 3.20)\nproject(app C)\nadd_executable(${PROJECT_NAME} main.c)\n" +
	"target_link_libraries(${PROJECT_NAME} m applibs pthread gcc_s c)\n"

// userApp writes an app's files below a new folder.
func userApp(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An app with presets, as the vendor's samples have them, builds with the exported SDK named in their environment
// variable: a definition found by find_path, which imports the chip's by the vendor's relative path, and the inline
// APIs, which ask for the C library's ioctl.
func TestUserAppWithPresets(t *testing.T) {
	t.Parallel()
	cmake := testenv.NeedTool(t, "cmake", "apt-get install cmake")
	testenv.NeedTool(t, "ninja", "apt-get install ninja-build")
	testenv.NeedCross(t)
	sdkDir := filepath.Join(t.TempDir(), "sdk with space")
	if err := sdk.Export(sdkDir, sdk.Options{Sysroot: testenv.Sysroot(t)}); err != nil {
		t.Fatal(err)
	}
	app := userApp(t, map[string]string{
		"CMakeLists.txt": cmakeHead + `
set(TARGET_HARDWARE "board")
set(TARGET_DEFINITION "appliance.json")
find_path(TARGET_DIRECTORY NAMES ${TARGET_DEFINITION} PATHS "HardwareDefinitions/${TARGET_HARDWARE}" NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
azsphere_target_hardware_definition(${PROJECT_NAME} TARGET_DIRECTORY "${TARGET_DIRECTORY}" TARGET_DEFINITION "${TARGET_DEFINITION}")
azsphere_target_add_image_package(${PROJECT_NAME} RESOURCE_FILES "data/table.txt")
`,
		"CMakePresets.json": `{"version": 2, "configurePresets": [{"name": "ARM-Debug", "generator": "Ninja",
  "binaryDir": "${sourceDir}/out/${presetName}", "cacheVariables": {"CMAKE_BUILD_TYPE": "Debug",
  "CMAKE_TOOLCHAIN_FILE": "$env{AzureSphereDefaultSDKDir}/CMakeFiles/AzureSphereToolchain.cmake", "AZURE_SPHERE_TARGET_API_SET": "latest-lts"}}]}`,
		"HardwareDefinitions/board/appliance.json":     `{"Imports": [{"Path": "../mt3620/mt3620.json"}], "Peripherals": []}`,
		"HardwareDefinitions/board/inc/hw/appliance.h": "#pragma once\n#include \"mt3620.h\"\n#define LAMP MT3620_GPIO8\n",
		"app_manifest.json":                            "{}",
		"data/table.txt":                               "1 2 3\n",
		"main.c": `#include <applibs/adc.h>
#include <applibs/gpio.h>
#include <applibs/powermanagement.h>
#include <applibs/pwm.h>
#include <applibs/wificonfig.h>
#include <hw/appliance.h>
#include <math.h>
int main(int argc, char **argv)
{
    uint32_t sample;
    PwmState state = {1000, 500, PWM_Polarity_Normal, true};
    int fd = GPIO_OpenAsOutput(LAMP, GPIO_OutputMode_PushPull, GPIO_Value_Low);
    int adc = ADC_Open(MT3620_ADC_CONTROLLER0);
    (void)argv;
    return fd + adc + ADC_Poll(adc, MT3620_ADC_CHANNEL1, &sample) + ADC_GetSampleBitCount(adc, 0) + PWM_Apply(PWM_Open(0), 0, &state) +
           PowerManagement_SetSystemPowerProfile(PowerManagement_System_Balanced) + WifiConfig_PersistConfig() + (int)sin(argc);
}
`,
	})
	for _, args := range [][]string{{"--preset", "ARM-Debug"}, {"--build", filepath.Join("out", "ARM-Debug")}} {
		cmd := exec.Command(cmake, args...)
		cmd.Dir = app
		cmd.Env = append(os.Environ(), "AzureSphereDefaultSDKDir="+sdkDir, "ARMILLARY=none")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("cmake %v: %v\n%s", args, err, out)
		}
	}
	if _, err := os.Stat(filepath.Join(app, "out", "ARM-Debug", "app.out")); err != nil {
		t.Error(err)
	}
}

// What is wrong in a CMakeLists.txt or on the computer stops the configuration with words that say what to do.
func TestCMakeErrors(t *testing.T) {
	t.Parallel()
	cmake := testenv.NeedTool(t, "cmake", "apt-get install cmake")
	testenv.NeedTool(t, "ninja", "apt-get install ninja-build")
	testenv.NeedCross(t)
	dir := t.TempDir()
	if err := sdk.Export(dir, sdk.Options{Sysroot: testenv.Sysroot(t)}); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, cmake, args, want string }{
		{"no definition", "azsphere_target_hardware_definition(app TARGET_DIRECTORY boards TARGET_DEFINITION none.json)", "", "none.json is in none of:"},
		{"no file named", "azsphere_target_hardware_definition(app TARGET_DIRECTORY boards)", "", "needs TARGET_DEFINITION"},
		{"import missing", "azsphere_target_hardware_definition(app TARGET_DIRECTORY . TARGET_DEFINITION a.json)", "", "imports gone.json, which is neither"},
		{"imports in a circle", "azsphere_target_hardware_definition(app TARGET_DIRECTORY . TARGET_DEFINITION circle.json)", "", ""},
		{"after packing", "azsphere_target_add_image_package(app)\nazsphere_target_hardware_definition(app TARGET_DEFINITION mt3620.json)", "", "must come before"},
		{"absolute resource", "azsphere_target_add_image_package(app RESOURCE_FILES /etc/hosts)", "", "must be relative: /etc/hosts"},
		{"missing resource", "azsphere_target_add_image_package(app RESOURCE_FILES x.txt)", "", "the resource file x.txt does not exist"},
		{"no revision", "azsphere_configure_tools()", "", "needs TOOLS_REVISION"},
		{"no API set", "azsphere_configure_api()", "", "needs TARGET_API_SET"},
		{"no target", "azsphere_target_add_image_package(other)", "", "other is not a target"},
		{"no sysroot", "", "-DARMILLARY_SYSROOT=/none", "armillary sysroot install"},
		{"no compiler", "", "-DARMILLARY_CC=none-gcc", "apt-get install gcc-arm-linux-gnueabihf"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			app := userApp(t, map[string]string{
				"CMakeLists.txt": cmakeHead + c.cmake + "\n", "main.c": "int main(void) { return 0; }\n", "app_manifest.json": "{}",
				"a.json": `{"Imports": [{"Path": "gone.json"}]}`, "circle.json": `{"Imports": [{"Path": "circle.json"}]}`,
			})
			args := []string{"-G", "Ninja", "-S", app, "-B", filepath.Join(app, "out"), "-DARMILLARY=none",
				"-DCMAKE_TOOLCHAIN_FILE=" + filepath.Join(dir, filepath.FromSlash(sdk.ToolchainFile))}
			if c.args != "" {
				args = append(args, c.args)
			}
			out, err := exec.Command(cmake, args...).CombinedOutput()
			text := strings.Join(strings.Fields(string(out)), " ") // CMake breaks lines
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(text, c.want)) {
				t.Errorf("%v, want %q in\n%s", err, c.want, out)
			}
		})
	}
}
