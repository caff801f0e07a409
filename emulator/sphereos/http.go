package sphereos

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/wire"
)

// maxJSON bounds JSON bodies.
const maxJSON = 64 << 10

// server is the REST service between two restarts.
type server struct {
	listener *wire.Listener
	http     *http.Server
	done     chan struct{}
}

func (s *OS) serveREST() *server {
	p := new(http.Protocols)
	p.SetHTTP1(true)
	v := &server{
		listener: wire.Listen("192.168.35.2:443"),
		http: &http.Server{
			Handler:           s.Handler(),
			Protocols:         p,
			ReadHeaderTimeout: 30 * time.Second, // of the host's time: this guards the host
			MaxHeaderBytes:    64 << 10,
			ErrorLog:          log.New(io.Discard, "", 0),
		},
		done: make(chan struct{}),
	}
	go func() {
		defer close(v.done)
		v.http.Serve(tls.NewListener(v.listener, s.tlsConfig())) // ends with close
	}()
	return v
}

func (v *server) close() {
	v.listener.Close()
	v.http.Close()
	<-v.done
}

// access says who may ask (facts/device.md 2.8).
type access uint8

const (
	open        access = iota // always
	unlocked                  // unless the device is DeviceComplete and no device capability is in force
	development               // with the appDevelopment capability
)

type route struct {
	method, path string // a path that ends in a slash takes one more element
	access       access
	handle       func(*OS, http.ResponseWriter, *http.Request, string) error
}

// routes returns the support table of the REST service. What is not in it answers 404 with "invalid request URI": Wi-Fi,
// certificate store, proxy, firewall and telemetry are not emulated yet.
func routes() []route {
	return []route{
		{"GET", rest.PathStatus, open, (*OS).getStatus},
		{"GET", rest.PathOSVersion, open, (*OS).getOSVersion},
		{"GET", rest.PathABI, open, (*OS).getABI},
		{"GET", rest.PathSecurity, open, (*OS).getSecurity},
		{"GET", rest.PathCapabilities, open, (*OS).getCapabilities},
		{"GET", rest.PathMfgState, open, (*OS).getMfgState},
		{"GET", rest.PathNetStatus, open, (*OS).getNetStatus},
		{"GET", rest.PathInterfaces, unlocked, (*OS).getInterfaces},
		{"GET", rest.PathInterface, unlocked, (*OS).getInterface},
		{"GET", rest.PathMemory, development, (*OS).getMemory},
		{"POST", rest.PathRestart, unlocked, (*OS).postRestart},
		{"GET", rest.PathLog, unlocked, (*OS).getLog},
		{"GET", rest.PathImages, unlocked, (*OS).getImages},
		{"PUT", rest.PathStage, unlocked, (*OS).putStage},
		{"POST", rest.PathInstall, unlocked, (*OS).postInstall},
		{"DELETE", rest.PathAppImage, development, (*OS).deleteApp},
		{"GET", rest.PathAppStatus, unlocked, (*OS).getApp},
		{"PATCH", rest.PathAppStatus, development, (*OS).patchApp},
		{"GET", rest.PathAppQuota, unlocked, (*OS).getQuota},
	}
}

// Handler is the REST service as an HTTP handler, for those who serve it elsewhere than on the device's port 443.
func (s *OS) Handler() http.Handler {
	table := routes()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(rest.VersionHeader, rest.Version)
		found := false
		for _, route := range table {
			arg, ok := match(route.path, r.URL.Path)
			if !ok {
				continue
			}
			if found = true; route.method != r.Method {
				continue
			}
			err := s.allowed(route.access)
			if err == nil {
				err = route.handle(s, w, r, arg)
			}
			if err != nil {
				s.answerError(w, r, err)
			}
			return
		}
		why := "no such path"
		if found {
			why = "not with this method"
		}
		s.answerError(w, r, &httpError{http.StatusNotFound, refuse(codeBadURI, errors.New(why))})
	})
}

func match(pattern, path string) (arg string, ok bool) {
	if !strings.HasSuffix(pattern, "/") {
		return "", path == pattern
	}
	arg, ok = strings.CutPrefix(path, pattern)
	return arg, ok && arg != "" && !strings.Contains(arg, "/")
}

func (s *OS) allowed(a access) error {
	locked := s.o.Manufacturing == "DeviceComplete" && len(s.o.Capabilities) == 0
	if a == unlocked && locked || a == development && !s.can(rest.AppDevelopment) {
		return &httpError{http.StatusForbidden, refuse(codePermission, errors.New("the device capability for this is not in force"))}
	}
	return nil
}

// httpError is an error with a status of its own.
type httpError struct {
	status int
	err    error
}

func (e *httpError) Error() string { return e.err.Error() }
func (e *httpError) Unwrap() error { return e.err }

// answerError writes {"error":N}. Statuses other than 400 are told with the error.
func (s *OS) answerError(w http.ResponseWriter, r *http.Request, err error) {
	status := http.StatusBadRequest
	var h *httpError
	if errors.As(err, &h) {
		status = h.status
	}
	code := Code(err)
	if code == 0 {
		code, status = codeInternal, http.StatusInternalServerError
	}
	s.notice("%s %s: %v", r.Method, r.URL.Path, err)
	answer(w, status, rest.ErrorBody{Error: code})
}

// answer writes compact JSON with its length.
func answer(w http.ResponseWriter, status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", rest.JSON)
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	w.WriteHeader(status)
	_, err = w.Write(b)
	return ignore(err)
}

// ignore: the client is gone, and nobody is left to be told.
func ignore(error) error { return nil }

type empty struct{}

func ok(w http.ResponseWriter, v any) error { return answer(w, http.StatusOK, v) }

// readJSON decodes a body of JSON; no body leaves v as it is.
func readJSON(r *http.Request, v any) error {
	if t := r.Header.Get("Content-Type"); t != "" {
		if m, _, err := mime.ParseMediaType(t); err != nil || m != rest.JSON && m != "text/plain" {
			return &httpError{http.StatusUnsupportedMediaType, refuse(codeBadJSON, fmt.Errorf("the body is %s instead of %s", t, rest.JSON))}
		}
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, maxJSON+1))
	switch {
	case err != nil:
		return refuse(codeBadJSON, err)
	case len(b) > maxJSON:
		return refuse(codeBadJSON, fmt.Errorf("a body of more than %d bytes", maxJSON))
	case len(b) == 0:
		return nil
	}
	if err := json.Unmarshal(b, v); err != nil {
		return refuse(codeBadJSON, err)
	}
	return nil
}

// component reads a component id in a path: any case, on output lower.
func component(arg string) (string, error) {
	g, err := trailer.ParseGUID(arg)
	if err != nil {
		return "", refuse(codeBadID, err)
	}
	return g.String(), nil
}

func (s *OS) getStatus(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.Status{Uptime: int64(s.uptime() / time.Second)})
}

func (s *OS) getOSVersion(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.OSVersion{OSVersion: s.o.Version})
}

// getABI: 13 is the newest application runtime seen in a package (facts/image.md 1.3); the others are the
// specification's example. The emulated device refuses no package for its runtime.
func (s *OS) getABI(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.ABIVersions{SecureWorldRuntime: 2, OSRuntime: 3, ApplicationRuntime: 13})
}

func (s *OS) getSecurity(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.SecurityState{SecurityState: "SECURE", DeviceIdentifier: s.DeviceID(), DeviceIdentityPublicKey: s.DeviceID()})
}

func (s *OS) getCapabilities(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.Capabilities{DeviceCapabilities: s.o.Capabilities})
}

func (s *OS) getMfgState(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.ManufacturingState{ManufacturingState: s.o.Manufacturing})
}

func (s *OS) getNetStatus(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.NetStatus{NetworkTimeSync: "incomplete", Proxy: "disabled"})
}

// serviceInterface is the interface on the service UART, exactly as the vendor's tests want it.
var serviceInterface = rest.Interface{InterfaceName: "azspheresvc", InterfaceUp: true, IPAddresses: []string{"192.168.35.2"}}

func (s *OS) getInterfaces(w http.ResponseWriter, r *http.Request, _ string) error {
	return ok(w, rest.Interfaces{Interfaces: []rest.Interface{serviceInterface}})
}

func (s *OS) getInterface(w http.ResponseWriter, r *http.Request, name string) error {
	if name != serviceInterface.InterfaceName {
		return &httpError{http.StatusNotFound, refuse(codeBadURI, fmt.Errorf("no interface %q", name))}
	}
	return ok(w, serviceInterface)
}

func (s *OS) getMemory(w http.ResponseWriter, r *http.Request, _ string) error {
	var m rest.MemoryStats
	s.mu.Lock()
	var procs []Process
	for _, a := range s.apps {
		if a.run != nil {
			procs = append(procs, a.run.proc)
		}
	}
	s.mu.Unlock()
	for _, p := range procs {
		if p, ok := p.(MemoryUser); ok {
			now, peak := p.MemoryUse()
			m.Current, m.UserMode, m.Peak = m.Current+now, m.UserMode+now, m.Peak+peak
		}
	}
	return ok(w, rest.Memory{MemoryStats: m})
}

func (s *OS) postRestart(w http.ResponseWriter, r *http.Request, _ string) error {
	err := ok(w, rest.Restarting{RestartingSystem: true})
	http.NewResponseController(w).Flush() // before the link drops
	go s.restart()
	return err
}

func (s *OS) getLog(w http.ResponseWriter, r *http.Request, _ string) error {
	b := s.log.bytes()
	w.Header().Set("Content-Type", rest.OctetStream)
	w.Header().Set("Content-Length", fmt.Sprint(len(b)))
	_, err := w.Write(b)
	return ignore(err)
}

func (s *OS) getImages(w http.ResponseWriter, r *http.Request, _ string) error {
	v, err := s.Images()
	if err != nil {
		return err
	}
	return ok(w, v)
}

// Images lists what is installed and staged, by component id.
func (s *OS) Images() (rest.Images, error) {
	s.ops.Lock()
	defer s.ops.Unlock()
	out := rest.Images{Components: []rest.Component{}}
	installed, staged := s.ids(recordApp), s.ids(recordStaged)
	out.HasStagedUpdates = len(staged) > 0
	all := slices.Concat(installed, staged)
	slices.Sort(all)
	for _, id := range slices.Compact(all) {
		c := rest.Component{UID: id, ImageType: int(trailer.TypeApplication), IsUpdateStaged: slices.Contains(staged, id), Images: []rest.Image{}}
		for _, kind := range []string{recordApp, recordStaged} {
			b, err := s.o.Flash.Get(kind + id)
			if err != nil {
				continue
			}
			im, err := image.Read(b)
			if err != nil {
				continue // it is damaged: there is nothing to say of it
			}
			length := len(b)
			if c, ok, _ := im.Trailer.Compression(); ok {
				length = int(c.Size)
			}
			if kind == recordApp || c.Name == "" {
				c.Name = im.Name()
			}
			if kind == recordApp {
				c.Images = append(c.Images, rest.Image{UID: im.Identity.Image.String(), Length: len(b), UncompressedLength: length})
			}
		}
		out.Components = append(out.Components, c)
	}
	return out, nil
}

// putStage takes any media type: old clients send none.
func (s *OS) putStage(w http.ResponseWriter, r *http.Request, _ string) error {
	if r.ContentLength > AppFlash {
		return refuse(codeTooLarge, fmt.Errorf("a package of %d bytes; all apps together have %d", r.ContentLength, AppFlash))
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, AppFlash+1))
	if err != nil {
		return refuse(codeStagingFailed, err)
	}
	if err := s.Stage(b); err != nil {
		return err
	}
	return ok(w, empty{})
}

func (s *OS) postInstall(w http.ResponseWriter, r *http.Request, _ string) error {
	var in rest.Install
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if in.AppControlMode == rest.Manual && !s.can(rest.AppDevelopment) {
		return s.allowed(development)
	}
	if err := s.Install(in.AppControlMode); err != nil {
		return err
	}
	return ok(w, empty{})
}

func (s *OS) deleteApp(w http.ResponseWriter, r *http.Request, arg string) error {
	id, err := component(arg)
	if err == nil {
		err = s.Delete(id)
	}
	if err != nil {
		return err
	}
	return ok(w, empty{})
}

func (s *OS) getApp(w http.ResponseWriter, r *http.Request, arg string) error {
	id, err := component(arg)
	if err != nil {
		return err
	}
	return ok(w, s.AppStatus(id))
}

func (s *OS) patchApp(w http.ResponseWriter, r *http.Request, arg string) error {
	id, err := component(arg)
	if err != nil {
		return err
	}
	var in rest.Trigger
	if err := readJSON(r, &in); err != nil {
		return err
	}
	var status rest.AppStatus
	switch in.Trigger {
	case rest.TriggerStart:
		err = s.Start(id)
	case rest.TriggerStop:
		err = s.Stop(id)
	case rest.TriggerStartDebug:
		status, err = s.StartDebug(id)
	default:
		return refuse(codeNoTrigger, fmt.Errorf("trigger %q", in.Trigger))
	}
	if Code(err) == codeAppNotPresent {
		return &httpError{http.StatusConflict, err} // exactly so, say the vendor's tests
	}
	if err != nil {
		return err
	}
	if status.State == "" {
		status = s.AppStatus(id)
	}
	return ok(w, status)
}

func (s *OS) getQuota(w http.ResponseWriter, r *http.Request, arg string) error {
	id, err := component(arg)
	if err != nil {
		return err
	}
	q, err := s.Quota(id)
	if Code(err) == codeAppNotPresent {
		return &httpError{http.StatusNotFound, err}
	}
	if err != nil {
		return err
	}
	return ok(w, q)
}

// Quota says how much mutable storage an app uses and may use.
func (s *OS) Quota(id string) (rest.Quota, error) {
	s.ops.Lock()
	defer s.ops.Unlock()
	if s.app(id) == nil {
		return rest.Quota{}, errAppNotPresent
	}
	b, err := s.o.Flash.Get(recordApp + id)
	if err != nil {
		return rest.Quota{}, refuse(codeCannotOpen, err)
	}
	p, err := s.open(b)
	if err != nil {
		return rest.Quota{}, err
	}
	m, err := parse(p)
	if err != nil {
		return rest.Quota{}, err
	}
	used, _ := s.o.Flash.Size(recordMutable + id)
	return rest.Quota{UsageKB: (used + 1023) / 1024, LimitKB: m.manifest.StorageKB()}, nil
}
