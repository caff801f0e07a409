// Command check measures `armillary check` over many generated apps and says whether its time grows as their number does.
//
//	go run ./bench/check [-apps 1000,3000,10000] [-runs 3] [-program armillary]
//
// The apps are those of package bench/apps; one in four has mistakes. The figures are the best of the runs. "growth" is the
// processor time for an app against that of the smallest number: 1 is linear. (The clock on the wall also shows what else
// the computer does.)
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"armillary.dev/bench/apps"
)

func main() {
	numbers := flag.String("apps", "1000,3000,10000", "numbers of apps, separated by commas")
	runs := flag.Int("runs", 3, "runs for each number")
	program := flag.String("program", "", "the program to measure (default: built from these sources)")
	flag.Parse()
	if err := measure(*numbers, *runs, *program); err != nil {
		fmt.Fprintln(os.Stderr, "bench/check:", err)
		os.Exit(1)
	}
}

func measure(numbers string, runs int, program string) error {
	dir, err := os.MkdirTemp("", "armillary-bench-check-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if program == "" {
		program = filepath.Join(dir, "armillary")
		if runtime.GOOS == "windows" {
			program += ".exe"
		}
		if out, err := exec.Command("go", "build", "-o", program, "armillary.dev").CombinedOutput(); err != nil {
			return fmt.Errorf("go build: %w\n%s", err, out)
		}
	}
	fmt.Printf("%8s %10s %10s %12s %8s %10s\n", "apps", "time", "processor", "for an app", "growth", "memory")
	first := 0.0
	for s := range strings.SplitSeq(numbers, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(s))
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of apps", s)
		}
		root := filepath.Join(dir, s)
		if err := apps.Write(root, n); err != nil {
			return err
		}
		var best cost
		for range runs {
			c, err := check(program, root, n)
			if err != nil {
				return err
			}
			if best.cpu == 0 || c.cpu < best.cpu {
				best.cpu, best.rss = c.cpu, c.rss
			}
			if best.wall == 0 || c.wall < best.wall {
				best.wall = c.wall
			}
		}
		each := float64(best.cpu.Microseconds()) / float64(n)
		if first == 0 {
			first = each
		}
		fmt.Printf("%8d %10s %10s %9.0f µs %8.2f %10s\n", n, best.wall.Round(time.Millisecond), best.cpu.Round(time.Millisecond), each, each/first, megabytes(best.rss))
		if err := os.RemoveAll(root); err != nil {
			return err
		}
	}
	return nil
}

// cost of a run.
type cost struct {
	wall, cpu time.Duration
	rss       int64 // kilobytes; 0: not known
}

// check runs the program once. That it has looked at all apps and found the mistakes is part of the measurement.
func check(program, root string, n int) (cost, error) {
	cmd := exec.Command(program, "check", "--format", "short", ".")
	cmd.Dir = root
	var out, errw bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errw
	begun := time.Now()
	err := cmd.Run()
	c := cost{wall: time.Since(begun)}
	var exit *exec.ExitError
	if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		return c, fmt.Errorf("%w\n%s", err, errw.String())
	}
	if want := fmt.Sprintf("%d manifests, 10 hardware definitions, %d C files and %d CMake files checked", n, n, n); !strings.Contains(errw.String(), want) {
		return c, fmt.Errorf("it does not say %q:\n%s", want, errw.String())
	}
	if lines, want := strings.Count(out.String(), "AZS101"), (n+3)/4; lines != want {
		return c, fmt.Errorf("%d apps have two claims on a pin, found are %d", want, lines)
	}
	c.cpu, c.rss = cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime(), maxRSS(cmd.ProcessState)
	return c, nil
}

// maxRSS is the most memory that a process has used, in kilobytes; 0 where the system does not say.
func maxRSS(p *os.ProcessState) int64 {
	v := reflect.Indirect(reflect.ValueOf(p.SysUsage()))
	if v.Kind() != reflect.Struct {
		return 0
	}
	f := v.FieldByName("Maxrss")
	if !f.IsValid() || !f.CanInt() {
		return 0
	}
	if runtime.GOOS == "darwin" {
		return f.Int() / 1024 // bytes there
	}
	return f.Int()
}

func megabytes(kb int64) string {
	if kb == 0 {
		return "–"
	}
	return fmt.Sprintf("%d MB", kb/1024)
}
