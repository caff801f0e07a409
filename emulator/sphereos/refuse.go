package sphereos

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"armillary.dev/device/deverr"
	"armillary.dev/device/hwdef"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/manifest"
	"armillary.dev/emulator/flash"
	"armillary.dev/emulator/secmon"
)

// Device error numbers (facts/device_errors.tsv, facts/device.md 2.2).
const (
	codePermission      = 13 // errno: what stock clients expect of a missing device capability
	codeDebuggerLoaded  = 1<<20 | 5
	codeFailedToExec    = 1<<20 | 15
	codeNoCore          = 1<<20 | 31
	codeNoManifest      = 2<<20 | 25
	codeNoEntryPoint    = 2<<20 | 22
	codeEntryNoFile     = 2<<20 | 23
	codeDuplicatePort   = 3<<20 | 20
	codeGpioInUse       = 5<<20 | 4
	codePeripheralInUse = 5<<20 | 8
	codeGpioBlock       = 5<<20 | 15
	codeStagingFailed   = 7<<20 | 18
	codeTooLarge        = 7<<20 | 19
	codeInstallFailed   = 7<<20 | 24
	codeBadComponentID  = 7<<20 | 47
	codeBadJSON         = 10<<20 | 1
	codeInternal        = 10<<20 | 6
	codeCannotOpen      = 14<<20 | 5
	codeCannotDebug     = 14<<20 | 11
	codeNoTrigger       = 14<<20 | 9
	codeAppNotPresent   = 14<<20 | 12
	codeBadID           = 14<<20 | 15
	codeNoSpace         = 14<<20 | 18
	codeBadURI          = 15<<20 | 2
	codeUnsupportedType = 16<<20 | 2
)

// Refusal is an operation that the device refused, with the device's number.
type Refusal struct {
	Code int
	Err  error
}

func refuse(code int, err error) error { return &Refusal{code, err} }

func (r *Refusal) Error() string {
	return fmt.Sprintf("refused with %s (%d): %v", deverr.Short(r.Code), r.Code, r.Err)
}

// Unwrap returns the cause.
func (r *Refusal) Unwrap() error { return r.Err }

// Code returns the device's number for an error of this package or of secmon; 0 if it has none.
func Code(err error) int {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Code
	}
	var v *secmon.Error
	if errors.As(err, &v) {
		return v.Code
	}
	return 0
}

var errAppNotPresent = refuse(codeAppNotPresent, errors.New("no such app is installed"))

type flashTx = flash.Tx

// parse reads a package's manifest and holds it to the rules; the first that the device refuses counts.
func parse(p *pkg) (*parsed, error) {
	text, err := p.image.Manifest()
	if err != nil {
		return nil, refuse(codeNoManifest, err)
	}
	m, err := manifest.Load(text)
	if err != nil {
		code := codeInstallFailed // refused without a number of its own
		var r *manifest.Refusal
		if errors.As(err, &r) && r.Code != 0 {
			code = r.Code
		}
		return nil, refuse(code, err)
	}
	guid, err := trailer.ParseGUID(m.ComponentID())
	if err != nil {
		return nil, refuse(codeBadComponentID, err)
	}
	if guid != p.verdict.Identity.Component {
		return nil, refuse(codeBadComponentID, fmt.Errorf("the manifest says component %v, the metadata %v", guid, p.verdict.Identity.Component))
	}
	out := &parsed{manifest: m, entry: cleanEntry(m.EntryPoint()), guid: guid}
	info, err := fs.Stat(p.image.FS, out.entry)
	if err != nil {
		return nil, refuse(codeNoEntryPoint, fmt.Errorf("the EntryPoint %q is not in the package", m.EntryPoint()))
	}
	if !info.Mode().IsRegular() {
		return nil, refuse(codeEntryNoFile, fmt.Errorf("the EntryPoint %q is no file", m.EntryPoint()))
	}
	abis, _ := p.verdict.Trailer.Depends()
	for _, a := range abis {
		if a.Identity == trailer.ApplicationRuntime {
			out.apiSet = a.Version
		}
	}
	return out, nil
}

// conflict is a refusal because of what another app has.
type conflict struct {
	component string
	err       error
}

func (c *conflict) Unwrap() error { return c.err }

// compatible holds the apps that would be installed against one another: pins, controllers, cores, server ports
// (facts/manifest.md 2.4 and 3.3).
func (s *OS) compatible(next map[string]*parsed) *conflict {
	type holder struct {
		id string
		p  *parsed
	}
	var all []holder
	for _, id := range s.installed() { // those that stay come first: whoever is new is in the way
		if next[id] == nil {
			if b, err := s.o.Flash.Get(recordApp + id); err == nil {
				if p, err := s.open(b); err == nil {
					if m, err := parse(p); err == nil {
						all = append(all, holder{id, m})
					}
				}
			}
		}
	}
	old := len(all)
	for _, id := range s.ids(recordStaged) {
		all = append(all, holder{id, next[id]})
	}
	cores := 0
	for i, h := range all {
		if h.p.manifest.RealTime {
			if cores++; cores > realTimeCores {
				return &conflict{h.id, refuse(codeNoCore, fmt.Errorf("%d real-time apps for %d cores", cores, realTimeCores))}
			}
		}
		for _, other := range all[:i] {
			if i < old {
				break
			}
			if err := clash(h.p, other.p); err != nil {
				return &conflict{h.id, fmt.Errorf("app %s (%s): %w", other.id, other.p.manifest.Name(), err)}
			}
		}
	}
	return nil
}

const realTimeCores = 2

// clash says what two apps cannot both have.
func clash(a, b *parsed) error {
	for _, port := range []string{"AllowedTcpServerPorts", "AllowedUdpServerPorts"} {
		for _, x := range a.manifest.List(port) {
			if slices.Contains(b.manifest.List(port), x) {
				return refuse(codeDuplicatePort, fmt.Errorf("has port %s in %s too", x, port))
			}
		}
	}
	shareBlocks := !a.manifest.RealTime && !b.manifest.RealTime
	for _, x := range claims(a.manifest) {
		for _, y := range claims(b.manifest) {
			xf, xl, ok1 := x.Pins()
			yf, yl, ok2 := y.Pins()
			if !ok1 || !ok2 {
				continue
			}
			gpios := x.Field == hwdef.Gpio && y.Field == hwdef.Gpio
			switch {
			case xf <= yl && yf <= xl:
				code := codePeripheralInUse
				if x.Field == hwdef.Gpio {
					code = codeGpioInUse
				}
				return refuse(code, fmt.Errorf("has %v, which %v needs", y, x))
			case gpios && !shareBlocks:
				bx, okX := hwdef.BlockOf(xf)
				by, okY := hwdef.BlockOf(yf)
				if okX && okY && bx == by {
					return refuse(codeGpioBlock, fmt.Errorf("has %v, in one block with %v; a real-time app does not share blocks", y, x))
				}
			}
		}
	}
	return nil
}

func claims(m *manifest.Manifest) []hwdef.Claim {
	var out []hwdef.Claim
	for _, r := range m.Requests() {
		if r.Symbol == "" {
			out = append(out, hwdef.Claim{Field: r.Cap.Name, Value: r.Value})
		}
	}
	return out
}
