package debugadapter

import (
	"errors"
	"fmt"

	"github.com/google/go-dap"
)

// Numbers of error responses, so that clients and tests can tell them apart.
const (
	errIDInternal = iota + 1000
	errIDMalformed
	errIDUnknownCommand
	errIDWrongState
	errIDArguments
	errIDLaunch
	errIDStale
	errIDEvaluate
	errIDTarget
)

// requestError is a refusal of a request. Text says what is wrong and what to do about it.
type requestError struct {
	id    int
	short string // DAP's short form: "notStopped", "cancelled"; else the text
	text  string
	show  bool // the client shows it to the user by itself
	err   error
}

func (e *requestError) Error() string { return e.text }
func (e *requestError) Unwrap() error { return e.err }

func refuse(id int, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &requestError{id: id, text: err.Error(), err: errors.Unwrap(err)}
}

// refused sends an error response.
func (w *writer) refused(r request, err error) {
	var e *requestError
	if !errors.As(err, &e) {
		e = &requestError{id: errIDTarget, text: err.Error()}
	}
	m := message{Type: "response", RequestSeq: &r.Seq, Success: new(bool), Command: r.Command, Message: e.text}
	if e.short != "" {
		m.Message = e.short
	}
	// Braces in a format are variables to the client.
	m.Body = dap.ErrorResponseBody{Error: &dap.ErrorMessage{Id: e.id, Format: "{text}", Variables: map[string]string{"text": e.text}, ShowUser: e.show}}
	w.send(m)
}
