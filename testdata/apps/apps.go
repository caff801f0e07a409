// Package apps holds the repository's own sample apps with their built programs and images, embedded for the guided
// tour, so that it runs on a computer with neither a compiler nor an SDK. README.md says what is built how.
package apps

import "embed"

// FS holds every app as a folder of its name: sources, CMakeLists.txt, app_manifest.json, hardware definitions, and
// below out/ the program with debug information (NAME.out).
//
//go:embed blink/*.c blink/*.h blink/CMakeLists.txt blink/app_manifest.json blink/HardwareDefinitions blink/.vscode/launch.json blink/out
var FS embed.FS
