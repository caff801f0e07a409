package sphereos

import (
	"bytes"
	"net/http/httptest"
	"slices"
	"testing"

	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
)

// FuzzREST sends requests of all kinds: the answer is one that clients know, and the service goes on.
func FuzzREST(f *testing.F) {
	r := newRig(f, nil)
	r.opts.Notices, r.os.o.Notices, r.os.o.Events = nil, nil, nil
	r.launcher.made = make(chan *fakeProcess, 1<<20)
	if err := r.os.Stage(r.pack(idA, manifestOf(idA, ""), nil)); err != nil {
		f.Fatal(err)
	}
	for _, route := range routes() {
		path := route.path
		if path[len(path)-1] == '/' {
			path += idA
		}
		f.Add(route.method, path, "application/json", []byte(`{"trigger":"startDebug"}`))
	}
	known := []int{200, 400, 403, 404, 409, 415, 500}
	f.Fuzz(func(t *testing.T, method, path, contentType string, body []byte) {
		if path == rest.PathRestart {
			return // answers, and then goes on in the background
		}
		req := httptest.NewRequest("GET", "/", bytes.NewReader(body))
		req.Method, req.URL.Path = method, path
		req.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		r.os.Handler().ServeHTTP(w, req)
		if !slices.Contains(known, w.Code) || w.Header().Get(rest.VersionHeader) == "" {
			t.Errorf("%s %q: status %d", method, path, w.Code)
		}
	})
}

// FuzzSigned takes packages that a trusted key has signed, whatever is in them: a refusal has a number, and what is
// accepted can be started and deleted.
func FuzzSigned(f *testing.F) {
	r := newRig(f, nil)
	r.os.o.Notices, r.os.o.Events = nil, nil
	r.launcher.made = make(chan *fakeProcess, 1<<20)
	good, n, err := trailer.Parse(r.pack(idA, manifestOf(idA, `"Gpio":[8]`), nil))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.pack(idA, manifestOf(idA, `"Gpio":[8]`), nil)[:n])
	f.Fuzz(func(t *testing.T, body []byte) {
		tr := *good
		tr.Sections = slices.Clone(good.Sections)
		pkg, err := tr.Sign(slices.Clip(body), r.key)
		if err != nil {
			t.Fatal(err)
		}
		err = r.os.Stage(pkg)
		if err == nil {
			err = r.os.Install(rest.Auto)
		}
		if err != nil && Code(err) == 0 {
			t.Fatalf("refused without a number: %v", err)
		}
		if err := r.os.Delete(idA); err != nil {
			t.Fatal(err)
		}
	})
}
