package emulator

import (
	"fmt"
	"io"

	"armillary.dev/emulator/applibs"
	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/libc"
	"armillary.dev/emulator/linux"
)

// WriteSupport prints what the emulated device answers and how: system calls, applibs functions, functions of the built-in
// C library. The tables are the very ones that answer.
func WriteSupport(w io.Writer) error {
	if _, err := fmt.Fprintln(w, "System calls"); err != nil {
		return err
	}
	if err := linux.WriteSupport(w); err != nil {
		return err
	}
	for _, l := range append([]*guestlib.Library{applibs.Library()}, libc.Libraries()...) {
		if _, err := fmt.Fprintf(w, "\n%s\n", l.SONAME); err != nil {
			return err
		}
		if err := l.WriteSupport(w); err != nil {
			return err
		}
	}
	return nil
}
