package analysis

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"armillary.dev/bench/apps"
	"armillary.dev/device/project"
	"armillary.dev/server/csource"
	"armillary.dev/server/files"
)

// Benchmarks of what a keystroke costs without the protocol around it. bench/lsp measures the same from outside.

// benchWorkspace is a folder of generated apps on the disk.
func benchWorkspace(b *testing.B, n int) (root string, view files.Overlay) {
	dir := b.TempDir()
	if err := apps.Write(dir, n); err != nil {
		b.Fatal(err)
	}
	root = files.Name(filepath.ToSlash(dir))
	return root, files.Overlay{Docs: map[string]string{}, Disk: files.NewDisk()}
}

// BenchmarkCheck checks an open file after each edit, as the server does.
func BenchmarkCheck(b *testing.B) {
	for _, bb := range []struct{ name, file, src, edited string }{
		{"manifest", "ws/app/app_manifest.json", benchManifest(), "Bench"},
		{"definition", "ws/hw/board.json", benchDefinition(), "Header 1"},
	} {
		versions := []string{bb.src, strings.Replace(bb.src, bb.edited, "X"+bb.edited[1:], 1)}
		b.Run(bb.name, func(b *testing.B) {
			w := NewChecker().Workspace(board, nil, Settings{})
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if w = w.Edited(board, nil); !w.Check(bb.file, versions[i%2]).Ours() {
					b.Fatal("the file is none of ours")
				}
			}
		})
	}
}

// BenchmarkAnswers asks for completion and hover in a file that is checked already.
func BenchmarkAnswers(b *testing.B) {
	for _, bb := range []struct{ name, file, src, complete, hover string }{
		{"manifest", "ws/app/app_manifest.json", benchManifest(), `"Uart": [ "`, `"Gpi`},
		{"definition", "ws/hw/board.json", benchDefinition(), `"Mapping": "`, `"Mapping": "MT`},
	} {
		f := read(bb.file, bb.src)
		complete, hover := strings.Index(bb.src, bb.complete)+len(bb.complete), strings.Index(bb.src, bb.hover)+len(bb.hover)
		b.Run(bb.name+"/completion", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if len(f.Complete(complete)) == 0 {
					b.Fatal("nothing is offered")
				}
			}
		})
		b.Run(bb.name+"/hover", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, ok := f.Hover(hover, f.Findings); !ok {
					b.Fatal("nothing is explained")
				}
			}
		})
	}
}

// BenchmarkSource reads a C file of 3,600 lines.
func BenchmarkSource(b *testing.B) {
	var src strings.Builder
	src.WriteString("#include <applibs/gpio.h>\n#define LED 9\n")
	for i := range 600 {
		fmt.Fprintf(&src, "\nstatic int open_%d(void)\n{\n    int led = GPIO_OpenAsOutput(LED, GPIO_OutputMode_PushPull, GPIO_Value_High); // number %d\n    return led;\n}\n", i, i)
	}
	b.SetBytes(int64(src.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if f := csource.Read("main.c", src.String()); len(f.Calls) < 600 {
			b.Fatalf("%d calls", len(f.Calls))
		}
	}
}

// BenchmarkApp checks an app as a whole after each edit of its source, and a workspace of sixty from nothing.
func BenchmarkApp(b *testing.B) {
	root, view := benchWorkspace(b, 60)
	name := root + "/group000/app00000/main.c"
	src, err := os.ReadFile(files.Path(name))
	if err != nil {
		b.Fatal(err)
	}
	b.Run("edit of a source", func(b *testing.B) {
		w := NewChecker().Workspace(view, []string{root}, Settings{})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			text := fmt.Sprintf("%s// %d\n", src, i)
			now := files.Overlay{Docs: map[string]string{name: text}, Disk: view.Disk}
			if w = w.Edited(now, []string{name}); w.Check(name, text).app == nil {
				b.Fatal("the source belongs to no app")
			}
		}
	})
	b.Run("sixty apps", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if r := NewChecker().CheckAll(context.Background(), view, []string{root}, project.Options{}); len(r.Files) < 60 {
				b.Fatalf("%d files", len(r.Files))
			}
		}
	})
}
