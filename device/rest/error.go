package rest

import (
	"errors"
	"fmt"
	"net/http"

	"armillary.dev/device/deverr"
)

// Error is a request that the device refused.
type Error struct {
	Op     string // "PATCH /app/status/…"
	Status int    // HTTP status
	Code   int    // the device's number; 0 if the body held none
}

// firstCode is the smallest combined number; what is below is an errno.
const firstCode = 1 << 20

func (e *Error) Error() string {
	switch {
	case e.Code == 0:
		return fmt.Sprintf("%s: the device answered %d %s", e.Op, e.Status, http.StatusText(e.Status))
	case e.Code < firstCode:
		return fmt.Sprintf("%s: the device answered %s", e.Op, deverr.ErrnoName(e.Code))
	}
	d, ok := deverr.Lookup(e.Code)
	if !ok {
		return fmt.Sprintf("%s: device error %s (%d)", e.Op, deverr.Short(e.Code), e.Code)
	}
	msg := fmt.Sprintf("%s: %v: %s", e.Op, d, d.Text)
	if d.Help != "" {
		msg += " " + d.Help
	}
	return msg
}

// Code returns the device's number in an error from this package, 0 if there is none.
func Code(err error) int {
	var e *Error
	if errors.As(err, &e) {
		return e.Code
	}
	return 0
}
