package cli

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"sync"

	"armillary.dev/device"
)

// discovery is what `emulate` tells other processes about its device. The file is there as long as the device runs.
type discovery struct {
	Name  string         `json:"name"`
	PID   int            `json:"pid"`
	Ports map[int]string `json:"ports"` // device port → address on this computer
	Roots string         `json:"roots"` // PEM
}

var deviceName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`) })

// deviceDir is where an emulated device of a name keeps its discovery file and, by default, its state.
func deviceDir(name string) (string, error) {
	if !deviceName().MatchString(name) {
		return "", fail(ExitUsage, "device name %q: letters, digits, dot, dash and underscore only, at most 64", name)
	}
	dir, err := os.UserConfigDir()
	if err != nil {
		return "", fail(ExitFailed, "%w", err)
	}
	return filepath.Join(dir, "armillary", "devices", name), nil
}

const discoveryFile = "device.json"

// announce writes the discovery file; the returned function takes it away.
func announce(d discovery) (remove func(), err error) {
	dir, err := deviceDir(d.Name)
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	text, err := json.MarshalIndent(d, "", "  ")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, discoveryFile)
	if err := replaceFile(file, append(text, '\n')); err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	return func() { os.Remove(file) }, nil
}

// attachEmulator connects to the device that another process runs.
func attachEmulator(name string) (device.Device, error) {
	dir, err := deviceDir(name)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(filepath.Join(dir, discoveryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fail(ExitFailed, "no emulated device called %s runs; start one with: armillary emulate --name %s", name, name)
	}
	if err != nil {
		return nil, fail(ExitFailed, "%w", err)
	}
	var d discovery
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fail(ExitFailed, "%s: %w", filepath.Join(dir, discoveryFile), err)
	}
	return attached{d}, nil
}

// attached is an emulated device of another process.
type attached struct{ d discovery }

func (a attached) Name() string            { return "emulator:" + a.d.Name }
func (a attached) Control() device.Control { return nil }
func (a attached) Close() error            { return nil }

func (a attached) Roots() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM([]byte(a.d.Roots))
	return pool
}

func (a attached) Dial(ctx context.Context, port int) (net.Conn, error) {
	addr, ok := a.d.Ports[port]
	if !ok {
		return nil, fmt.Errorf("%s offers no port %d", a.Name(), port)
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%s (process %d): %w; is it still running?", a.Name(), a.d.PID, err)
	}
	return conn, nil
}
