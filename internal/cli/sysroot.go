package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

func init() { commands["sysroot"] = newSysroot }

// envSysroot names the sysroot for one run, before anything that is configured.
const envSysroot = "ARMILLARY_SYSROOT"

// sysroot is a folder with musl for 32-bit ARM: lib/ to run apps with, usr/ to build them with.
type sysroot struct {
	Dir  string
	From string // who named it: "ARMILLARY_SYSROOT", "armillary sysroot use", "armillary sysroot install"
}

// sysrootCandidates are the places where a sysroot may be, best first, whether or not one is there.
func sysrootCandidates() []sysroot {
	var out []sysroot
	if dir := os.Getenv(envSysroot); dir != "" {
		out = append(out, sysroot{dir, envSysroot})
	}
	if file, err := sysrootChoice(); err == nil {
		if text, err := os.ReadFile(file); err == nil && strings.TrimSpace(string(text)) != "" {
			out = append(out, sysroot{strings.TrimSpace(string(text)), "armillary sysroot use"})
		}
	}
	if dir, err := defaultSysrootDir(); err == nil {
		out = append(out, sysroot{dir, "armillary sysroot install"})
	}
	return out
}

// findSysroot returns the first sysroot that is complete. Without one apps run with the built-in libc.
func findSysroot() (sysroot, bool) {
	for _, c := range sysrootCandidates() {
		if checkSysroot(c.Dir) == nil {
			return c, true
		}
	}
	return sysroot{}, false
}

// sysrootParts are files that tell a sysroot from another folder: the first two to run apps, the others to build them.
var sysrootParts = []string{"lib/ld-musl-armhf.so.1", "lib/libgcc_s.so.1", "usr/include/stdio.h", "usr/lib/Scrt1.o", "usr/lib/crti.o"}

// checkSysroot says which part of a sysroot is missing from dir.
func checkSysroot(dir string) error {
	for _, p := range sysrootParts {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(p))); err != nil {
			return fmt.Errorf("%s is not an armhf musl sysroot: %s is missing", dir, p)
		}
	}
	return nil
}

// sysrootChoice is the file in which `sysroot use` keeps its choice.
func sysrootChoice() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "armillary", "sysroot"), err
}

// defaultSysrootDir is where `sysroot install` puts a sysroot; it can be made again at any time, hence the cache folder.
func defaultSysrootDir() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "armillary", "sysroot"), err
}

func newSysroot(s streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sysroot",
		Short: "Where the C library comes from that apps are built and run with",
		Long: "A sysroot holds musl, the device's C library, for 32-bit ARM. Builds need one; the emulated device uses one\n" +
			"when there is one, else its built-in libc.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Example: "  armillary sysroot list",
			Short:   "List the places that are looked at, the one in use first marked with *",
			Args:    cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error {
				inUse := false
				for _, c := range sysrootCandidates() {
					mark, note := " ", ""
					if err := checkSysroot(c.Dir); err != nil {
						note = "  (none there)"
						if _, err2 := os.Stat(c.Dir); err2 == nil {
							note = "  (" + err.Error() + ")"
						}
					} else if !inUse {
						mark, inUse = "*", true
					}
					fmt.Fprintf(s.out, "%s %s  [%s]%s\n", mark, c.Dir, c.From, note)
				}
				if !inUse {
					fmt.Fprintln(s.err, "no sysroot: apps run with the built-in libc; 'armillary sysroot install' makes one")
				}
				return nil
			},
		},
		&cobra.Command{
			Use:     "use DIR",
			Example: "  armillary sysroot use ~/musl-armhf",
			Short:   "Use the sysroot in DIR from now on",
			Args:    cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				dir, err := filepath.Abs(args[0])
				if err != nil {
					return fail(ExitFailed, "%w", err)
				}
				if err := checkSysroot(dir); err != nil {
					return fail(ExitFailed, "%w", err)
				}
				if err := chooseSysroot(dir); err != nil {
					return fail(ExitFailed, "%w", err)
				}
				fmt.Fprintln(s.out, dir)
				return nil
			},
		},
		&cobra.Command{
			Use:     "install [DIR]",
			Example: "  armillary sysroot install",
			Short:   "Make a sysroot from the distribution's musl packages; needs neither root nor a change to the system",
			Args:    cobra.MaximumNArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				dir, err := defaultSysrootDir()
				if len(args) == 1 {
					dir, err = filepath.Abs(args[0])
				}
				if err != nil {
					return fail(ExitFailed, "%w", err)
				}
				if err := installSysroot(cmd.Context(), dir, s.err); err != nil {
					return fail(ExitFailed, "%w", err)
				}
				if len(args) == 1 {
					fmt.Fprintf(s.err, "to have it used from now on: armillary sysroot use %s\n", dir)
				}
				fmt.Fprintln(s.out, dir)
				return nil
			},
		},
	)
	return cmd
}

// chooseSysroot remembers dir for `sysroot use`.
func chooseSysroot(dir string) error {
	file, err := sysrootChoice()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, []byte(dir+"\n"), 0o644)
}

// byHand are the commands that make a sysroot where installSysroot cannot.
const byHand = `On Debian or Ubuntu, by hand (S is the folder of the sysroot):
  dpkg --add-architecture armhf && apt-get update
  apt-get download musl:armhf musl-dev:armhf libgcc-s1:armhf
  for d in *_armhf.deb; do dpkg-deb -x $d X; done
  mkdir -p $S/lib $S/usr
  cp X/lib/arm-linux-musleabihf/libc.so X/lib/arm-linux-gnueabihf/libgcc_s.so.1 $S/lib/
  ln -s libc.so $S/lib/ld-musl-armhf.so.1
  cp -r X/usr/include/arm-linux-musleabihf $S/usr/include
  cp -r X/usr/lib/arm-linux-musleabihf $S/usr/lib
  armillary sysroot use $S
Elsewhere: copy such a folder from a Debian machine or container.`

// installSysroot downloads the distribution's musl packages for armhf and takes the sysroot out of them. It runs apt-get
// with state, cache and architecture of its own, so that the system's package lists stay as they are and no rights are
// needed. Signatures are checked by apt-get with the system's keys.
func installSysroot(ctx context.Context, dir string, log io.Writer) error {
	for _, tool := range []string{"apt-get", "dpkg-deb"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%s is not on this system, so a sysroot cannot be made from its packages\n%s", tool, byHand)
		}
	}
	if err := checkSysroot(dir); err == nil {
		fmt.Fprintf(log, "already there: %s\n", dir)
		return nil
	}
	tmp, err := os.MkdirTemp("", "armillary-sysroot-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	for _, d := range []string{"lists/partial", "cache/archives/partial", "debs", "root"} {
		if err := os.MkdirAll(filepath.Join(tmp, d), 0o755); err != nil {
			return err
		}
	}
	if err := os.WriteFile(filepath.Join(tmp, "status"), nil, 0o644); err != nil {
		return err
	}
	apt := []string{"-qq",
		"-o", "Dir::State=" + tmp, "-o", "Dir::State::lists=" + filepath.Join(tmp, "lists"),
		"-o", "Dir::State::status=" + filepath.Join(tmp, "status"), "-o", "Dir::Cache=" + filepath.Join(tmp, "cache"),
		"-o", "APT::Architecture=armhf", "-o", "APT::Architectures=armhf", "-o", "APT::Sandbox::User=root"}
	debs := filepath.Join(tmp, "debs")

	fmt.Fprintln(log, "reading the package lists for armhf")
	// One of several sources may be out of step with its mirror; what counts is whether the packages are found.
	updateErr := command(ctx, debs, "apt-get", append(apt, "update")...)
	fmt.Fprintln(log, "downloading musl, musl-dev and libgcc-s1")
	if err := command(ctx, debs, "apt-get", append(apt, "download", "musl", "musl-dev", "libgcc-s1")...); err != nil {
		return fmt.Errorf("%w\n%s", errors.Join(updateErr, err), byHand)
	}
	files, err := filepath.Glob(filepath.Join(debs, "*.deb"))
	if err != nil {
		return err
	}
	root := filepath.Join(tmp, "root")
	for _, f := range files {
		if err := command(ctx, debs, "dpkg-deb", "-x", f, root); err != nil {
			return err
		}
	}
	if err := arrangeSysroot(root, dir); err != nil {
		return err
	}
	if err := checkSysroot(dir); err != nil {
		return fmt.Errorf("the packages have another layout than expected: %w\n%s", err, byHand)
	}
	return nil
}

// arrangeSysroot takes from the unpacked packages what belongs into a sysroot. The loader's path file stays out: it
// would replace the default search path and hide the sysroot's own lib.
func arrangeSysroot(root, dir string) error {
	const musl, gnu = "arm-linux-musleabihf", "arm-linux-gnueabihf"
	libc, err := firstOf(root, "lib/"+musl+"/libc.so", "usr/lib/"+musl+"/libc.so")
	if err != nil {
		return err
	}
	libgcc, err := firstOf(root, "lib/"+gnu+"/libgcc_s.so.1", "usr/lib/"+gnu+"/libgcc_s.so.1")
	if err != nil {
		return err
	}
	lib := filepath.Join(dir, "lib")
	if err := os.MkdirAll(filepath.Join(dir, "usr"), 0o755); err != nil {
		return err
	}
	for _, c := range [][2]string{
		// The loader is the C library itself. A copy instead of a link also works where links need rights.
		{libc, filepath.Join(lib, "libc.so")}, {libc, filepath.Join(lib, "ld-musl-armhf.so.1")}, {libgcc, filepath.Join(lib, "libgcc_s.so.1")},
	} {
		if err := copyFile(c[0], c[1]); err != nil {
			return err
		}
	}
	for from, to := range map[string]string{"usr/include/" + musl: "usr/include", "usr/lib/" + musl: "usr/lib"} {
		if err := copyTree(filepath.Join(root, filepath.FromSlash(from)), filepath.Join(dir, filepath.FromSlash(to))); err != nil {
			return err
		}
	}
	return nil
}

func firstOf(root string, paths ...string) (string, error) {
	for _, p := range paths {
		f := filepath.Join(root, filepath.FromSlash(p))
		if st, err := os.Stat(f); err == nil && st.Mode().IsRegular() {
			return f, nil
		}
	}
	return "", fmt.Errorf("the packages hold none of %s", strings.Join(paths, ", "))
}

// copyTree copies the regular files below from. Links, which point into the system, are left out.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		return copyFile(path, filepath.Join(to, rel))
	})
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o644)
}

// command runs a program in dir and gives its own words when it fails.
func command(ctx context.Context, dir, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", name, args[len(args)-1], err, bytes.TrimSpace(out))
	}
	return nil
}
