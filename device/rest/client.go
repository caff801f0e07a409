package rest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"armillary.dev/device"
)

// ServerName is the name that every device's certificate has, whatever its address (facts/device.md 3.1).
const ServerName = "board.devices.sphere.azure.local"

// hostHeader is what the vendor's clients send as Host.
const hostHeader = "*.devices.sphere.azure.local"

// maxAnswer bounds what is read of an answer; the largest is the device log.
const maxAnswer = 16 << 20

// Dialer connects to a port of a device; device.Device's Dial is one.
type Dialer func(ctx context.Context, port int) (net.Conn, error)

// Client talks to one device. It is safe for use by several goroutines; requests share one connection.
type Client struct {
	http *http.Client
}

// NewClient returns a client that trusts the certification authorities in roots: the board's, an emulated device's.
// Close releases its connection.
func NewClient(dial Dialer, roots *x509.CertPool) *Client {
	config := &tls.Config{
		RootCAs:    roots,
		ServerName: ServerName,
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"http/1.1"},
	}
	t := &http.Transport{
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			raw, err := dial(ctx, device.PortREST)
			if err != nil {
				return nil, err
			}
			conn := tls.Client(raw, config)
			if err := conn.HandshakeContext(ctx); err != nil {
				raw.Close()
				return nil, fmt.Errorf("the device's certificate or TLS: %w", err)
			}
			return conn, nil
		},
		MaxConnsPerHost:    1,
		DisableCompression: true,
		Protocols:          http1(),
	}
	return &Client{&http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

func http1() *http.Protocols {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	return p
}

// Close drops the connection.
func (c *Client) Close() error {
	c.http.CloseIdleConnections()
	return nil
}

// do sends a request and decodes the answer into out, which may be nil. A refusal is an *Error.
func (c *Client) do(ctx context.Context, method, path, contentType string, body io.Reader, length int64, out any) error {
	op := method + " " + path
	req, err := http.NewRequestWithContext(ctx, method, "https://"+ServerName+path, body)
	if err != nil {
		return err
	}
	req.Host = hostHeader
	req.ContentLength = length // never chunked: the device wants to know
	req.Header.Set("Accept", JSON)
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	res, err := c.http.Do(req)
	if err != nil {
		// The URL in Go's message is none that anyone knows.
		if inner := errors.Unwrap(err); inner != nil {
			err = inner
		}
		return fmt.Errorf("%s: %w", op, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer+1))
	if err != nil {
		return fmt.Errorf("%s: reading the answer: %w", op, err)
	}
	if len(b) > maxAnswer {
		return fmt.Errorf("%s: the answer is larger than %d bytes", op, maxAnswer)
	}
	if raw, ok := out.(*[]byte); ok && ok2xx(res.StatusCode) {
		*raw = b
		return nil
	}
	var failure ErrorBody
	jsonErr := json.Unmarshal(b, &failure)
	if !ok2xx(res.StatusCode) || jsonErr == nil && failure.Error != 0 { // old devices answer {"error":0} for success
		return &Error{op, res.StatusCode, failure.Error}
	}
	if out == nil || len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s: the answer makes no sense: %w", op, err)
	}
	return nil
}

func ok2xx(status int) bool { return status == http.StatusOK || status == http.StatusCreated }

func (c *Client) get(ctx context.Context, path string, out any) error {
	return c.do(ctx, http.MethodGet, path, "", nil, 0, out)
}

// send sends a JSON body.
func (c *Client) send(ctx context.Context, method, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	return c.do(ctx, method, path, JSON, bytes.NewReader(b), int64(len(b)), out)
}

// Status returns how long the device has been up; it is also the way to ask whether it is there.
func (c *Client) Status(ctx context.Context) (s Status, err error) {
	return s, c.get(ctx, PathStatus, &s)
}

// OSVersion returns the version of the device's operating system.
func (c *Client) OSVersion(ctx context.Context) (string, error) {
	var v OSVersion
	err := c.get(ctx, PathOSVersion, &v)
	return v.OSVersion, err
}

// Restart restarts the device; the connection is lost with it. See WaitReady.
func (c *Client) Restart(ctx context.Context) error {
	err := c.do(ctx, http.MethodPost, PathRestart, "", nil, 0, nil)
	c.http.CloseIdleConnections()
	return err
}

// WaitReady waits until the device answers, as after a restart.
func (c *Client) WaitReady(ctx context.Context) error {
	for delay := 10 * time.Millisecond; ; delay = min(2*delay, time.Second) {
		_, err := c.Status(ctx)
		var refused *Error
		if err == nil || errors.As(err, &refused) {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the device does not answer: %w", err)
		case <-time.After(delay):
		}
	}
}

// SecurityState returns the device's id and keys.
func (c *Client) SecurityState(ctx context.Context) (s SecurityState, err error) {
	return s, c.get(ctx, PathSecurity, &s)
}

// Capabilities returns the device capabilities that are in force, such as AppDevelopment.
func (c *Client) Capabilities(ctx context.Context) ([]int, error) {
	var v Capabilities
	err := c.get(ctx, PathCapabilities, &v)
	return v.DeviceCapabilities, err
}

// Log returns the device log in the device's own format.
func (c *Client) Log(ctx context.Context) (b []byte, err error) {
	return b, c.get(ctx, PathLog, &b)
}

// Images lists what is installed and staged.
func (c *Client) Images(ctx context.Context) (v Images, err error) {
	return v, c.get(ctx, PathImages, &v)
}

// Stage uploads an image package, which the device verifies and keeps until Install. progress may be nil; it is told
// how many bytes have been sent.
func (c *Client) Stage(ctx context.Context, pkg []byte, progress func(sent int)) error {
	var body io.Reader = bytes.NewReader(pkg)
	if progress != nil {
		body = &counter{r: body, f: progress}
	}
	return c.do(ctx, http.MethodPut, PathStage, OctetStream, body, int64(len(pkg)), nil)
}

type counter struct {
	r io.Reader
	n int
	f func(int)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	if c.n += n; n > 0 {
		c.f(c.n)
	}
	return n, err
}

// Install installs everything that is staged. restarting says that the device restarts for it: see WaitReady.
func (c *Client) Install(ctx context.Context, mode InstallMode) (restarting bool, err error) {
	var v Restarting
	err = c.send(ctx, http.MethodPost, PathInstall, Install{mode}, &v)
	return v.RestartingSystem, err
}

// AppStatus returns what an app is doing; NotPresent for one that is not installed.
func (c *Client) AppStatus(ctx context.Context, component string) (AppStatus, error) {
	var raw json.RawMessage
	var s AppStatus
	err := c.get(ctx, PathAppStatus+id(component), &raw)
	if err != nil {
		return s, err
	}
	// The specification calls the answer a bare string; devices and tests have an object.
	if json.Unmarshal(raw, &s) != nil && json.Unmarshal(raw, &s.State) != nil {
		return s, fmt.Errorf("GET %s: the answer makes no sense: %.100s", PathAppStatus+id(component), raw)
	}
	return s, nil
}

func id(component string) string { return url.PathEscape(strings.ToLower(component)) }

func (c *Client) trigger(ctx context.Context, component, trigger string) (s AppStatus, err error) {
	return s, c.send(ctx, http.MethodPatch, PathAppStatus+id(component), Trigger{trigger}, &s)
}

// Start starts an app.
func (c *Client) Start(ctx context.Context, component string) (AppStatus, error) {
	return c.trigger(ctx, component, TriggerStart)
}

// Stop stops an app: SIGTERM, and SIGKILL two seconds later if need be.
func (c *Client) Stop(ctx context.Context, component string) (AppStatus, error) {
	return c.trigger(ctx, component, TriggerStop)
}

// StartDebug starts an app under the debugger, restarting it if it runs. Dial the answer's OutPort, then its GDBPort.
func (c *Client) StartDebug(ctx context.Context, component string) (AppStatus, error) {
	return c.trigger(ctx, component, TriggerStartDebug)
}

// DeleteApp removes an app with its mutable storage; one that is not there is no error.
func (c *Client) DeleteApp(ctx context.Context, component string) (restarting bool, err error) {
	var v Restarting
	err = c.do(ctx, http.MethodDelete, PathAppImage+id(component), "", nil, 0, &v)
	return v.RestartingSystem, err
}

// Quota returns how much mutable storage an app uses and may use.
func (c *Client) Quota(ctx context.Context, component string) (q Quota, err error) {
	return q, c.get(ctx, PathAppQuota+id(component), &q)
}
