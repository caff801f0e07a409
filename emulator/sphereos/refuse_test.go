package sphereos

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"armillary.dev/device/image"
	"armillary.dev/device/image/trailer"
	"armillary.dev/device/rest"
	"armillary.dev/emulator/pluton"
)

// TestRefusals: what the device turns down, with the device's number, and nothing left of it.
func TestRefusals(t *testing.T) {
	t.Parallel()
	stranger, _ := testKey(t, 6)
	for _, tt := range []struct {
		name  string
		make  func(*rig) []byte
		code  int
		stage bool // refused when staged, else when installed
	}{
		{"one flipped byte", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			b[0x1000] ^= 1
			return b
		}, 7340047, true},
		{"flipped in the signature", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			b[len(b)-1] ^= 1
			return b
		}, 7340047, true},
		{"a stranger's key", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) { in.Key = stranger })
		}, 7340047, true},
		{"empty", func(r *rig) []byte { return nil }, 44040193, true},
		{"no package", func(r *rig) []byte { return bytes.Repeat([]byte("x"), 1000) }, 44040193, true},
		{"metadata count", func(r *rig) []byte {
			b := r.pack(idA, manifestOf(idA, ""), nil)
			_, n, _ := trailer.Parse(b)
			binary.LittleEndian.PutUint32(b[n+4:], 9)
			return b
		}, 44040194, true},
		{"checksum", func(r *rig) []byte {
			tr, n, _ := trailer.Parse(r.pack(idA, manifestOf(idA, ""), nil))
			body := bytes.Clone(r.pack(idA, manifestOf(idA, ""), nil)[:n])
			body[n-1] = 1
			b, _ := tr.Sign(body, r.key)
			return b
		}, 7340050, true},
		{"device node", func(r *rig) []byte {
			tr, n, _ := trailer.Parse(r.pack(idA, manifestOf(idA, ""), nil))
			body := bytes.Clone(r.pack(idA, manifestOf(idA, ""), nil)[:n])
			binary.LittleEndian.PutUint16(body[76:], 0o020666)
			b, _ := tr.Sign(body, r.key)
			return b
		}, 7340050, true},
		{"board configuration", func(r *rig) []byte {
			tr := &trailer.Trailer{}
			tr.SetIdentity(trailer.Identity{Type: trailer.TypeBoardConfig})
			b, _ := tr.Sign([]byte{0xd0, 0x0d, 0xfe, 0xed}, r.key)
			return b
		}, 16777218, true},
		{"too large", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) { in.Files["big"] = image.File{Data: make([]byte, 1<<20)} })
		}, 7340051, true},
		{"another id in the manifest", func(r *rig) []byte { return r.pack(idA, manifestOf(idB, ""), nil) }, 7340079, false},
		{"no EntryPoint file", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) {
				in.Files = map[string]image.File{"bin/other": {Data: []byte("x")}}
			})
		}, 2097174, false},
		{"EntryPoint is a folder", func(r *rig) []byte {
			return r.pack(idA, manifestOf(idA, ""), func(in *image.Input) {
				in.Files = map[string]image.File{"bin/app/x": {Data: []byte("x")}}
			})
		}, 2097175, false},
		{"no JSON", func(r *rig) []byte { return r.pack(idA, "{", nil) }, 2097153, false},
		{"SchemaVersion 2", func(r *rig) []byte {
			return r.pack(idA, strings.Replace(manifestOf(idA, ""), `"SchemaVersion":1`, `"SchemaVersion":2`, 1), nil)
		}, 2097169, false},
		{"Gpio no array", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Gpio":8`), nil) }, 2097162, false},
		{"Gpio 24", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Gpio":[24]`), nil) }, 5242883, false},
		{"pins taken twice", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"Uart":["ISU0"],"I2cMaster":["ISU0"]`), nil) }, 2097187, false},
		{"storage too large", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"MutableStorage":{"SizeKB":65}`), nil) }, 2097186, false},
		{"WifiConfig no boolean", func(r *rig) []byte { return r.pack(idA, manifestOf(idA, `"WifiConfig":1`), nil) }, 2097167, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			// What was there before stays.
			r.install(r.pack(idC, manifestOf(idC, ""), nil), rest.Auto)
			before := fmt.Sprint(r.opts.Flash.Names(""))
			err := r.client.Stage(r.ctx(), tt.make(r), nil)
			if !tt.stage {
				if err != nil {
					t.Fatalf("refused when staged already: %v", err)
				}
				_, err = r.client.Install(r.ctx(), rest.Auto)
			}
			if rest.Code(err) != tt.code {
				t.Errorf("got %v, want %d", err, tt.code)
			}
			if after := fmt.Sprint(r.opts.Flash.Names("")); after != before {
				t.Errorf("in flash there are %s, were %s", after, before)
			}
			r.want(idC, rest.Running)
			select {
			case n := <-r.notices:
				t.Log(n)
			default:
				t.Error("no notice was given")
			}
		})
	}
}

// TestOtherApps: what is refused because of an app that is there.
func TestOtherApps(t *testing.T) {
	t.Parallel()
	rt := func(id, caps string) string {
		return strings.Replace(manifestOf(id, caps), `"Default"`, `"RealTimeCapable"`, 1)
	}
	for _, tt := range []struct {
		name        string
		first, next string
		code        int
	}{
		{"same GPIO", manifestOf(idA, `"Gpio":[8,9]`), manifestOf(idB, `"Gpio":[9]`), 5242884},
		{"GPIO in an ISU", manifestOf(idA, `"Uart":["ISU0"]`), manifestOf(idB, `"Gpio":[26]`), 5242884},
		{"same ISU", manifestOf(idA, `"Uart":["ISU0"]`), manifestOf(idB, `"I2cMaster":["ISU0"]`), 5242888},
		{"same TCP port", manifestOf(idA, `"AllowedTcpServerPorts":[80,81]`), manifestOf(idB, `"AllowedTcpServerPorts":[81]`), 3145748},
		{"same UDP port", manifestOf(idA, `"AllowedUdpServerPorts":[80]`), manifestOf(idB, `"AllowedUdpServerPorts":[80]`), 3145748},
		{"a real-time app's block", rt(idA, `"Gpio":[12]`), manifestOf(idB, `"Gpio":[15]`), 5242895},
		{"a block of two high-level apps", manifestOf(idA, `"Gpio":[12]`), manifestOf(idB, `"Gpio":[15]`), 0},
		{"the same app again", manifestOf(idA, `"Gpio":[12]`), manifestOf(idA, `"Gpio":[12,13]`), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, nil)
			r.install(r.pack(idA, tt.first, nil), rest.Auto)
			id := idB
			if strings.Contains(tt.next, idA) {
				id = idA
			}
			if err := r.client.Stage(r.ctx(), r.pack(id, tt.next, nil), nil); err != nil {
				t.Fatal(err)
			}
			_, err := r.client.Install(r.ctx(), rest.Auto)
			if rest.Code(err) != tt.code || tt.code == 0 && err != nil {
				t.Errorf("got %v, want %d", err, tt.code)
			}
		})
	}
	t.Run("third real-time app", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		r.install(r.pack(idA, rt(idA, ""), nil), rest.Auto)
		r.install(r.pack(idB, rt(idB, ""), nil), rest.Auto)
		if !r.process().spec.RealTime {
			t.Error("a real-time app was launched as another")
		}
		r.client.Stage(r.ctx(), r.pack(idC, rt(idC, ""), nil), nil)
		if _, err := r.client.Install(r.ctx(), rest.Auto); rest.Code(err) != 1048607 {
			t.Error(err)
		}
		if _, err := r.client.StartDebug(r.ctx(), idA); rest.Code(err) != 14680075 {
			t.Error(err)
		}
	})
	t.Run("flash full", func(t *testing.T) {
		t.Parallel()
		r := newRig(t, nil)
		big := func(in *image.Input) { in.Files["big"] = image.File{Data: make([]byte, 600<<10)} }
		r.install(r.pack(idA, manifestOf(idA, ""), big), rest.Auto)
		if err := r.client.Stage(r.ctx(), r.pack(idB, manifestOf(idB, ""), big), nil); rest.Code(err) != 14680082 {
			t.Error(err)
		}
		if _, err := r.client.DeleteApp(r.ctx(), idA); err != nil {
			t.Error(err)
		}
		if err := r.client.Stage(r.ctx(), r.pack(idB, manifestOf(idB, ""), big), nil); err != nil {
			t.Error(err)
		}
	})
}

// TestDamagedFlash: a package is verified each time it is loaded, not only when it came.
func TestDamagedFlash(t *testing.T) {
	t.Parallel()
	r := newRig(t, nil)
	pkg := r.pack(idA, manifestOf(idA, ""), nil)
	r.install(pkg, rest.Manual)
	pkg[0x2000] ^= 1
	if err := r.opts.Flash.Put(recordApp+idA, pkg); err != nil {
		t.Fatal(err)
	}
	if _, err := r.client.Start(r.ctx(), idA); rest.Code(err) != 7340047 {
		t.Error(err)
	}
	if _, err := r.client.StartDebug(r.ctx(), idA); rest.Code(err) != 7340047 {
		t.Error(err)
	}
	r.install(r.pack(idB, manifestOf(idB, ""), nil), rest.Auto)
	r.process()
	r.os.Close()
	r.power()
	if err := r.os.Boot(); Code(err) != 7340047 {
		t.Errorf("boot: %v", err)
	}
	r.want(idA, rest.Stopped)
	r.want(idB, rest.Running) // one bad app does not keep another from running
	if p := r.process(); p.spec.Component != idB {
		t.Errorf("launched %s", p.spec.Component)
	}
}

func TestLocked(t *testing.T) {
	t.Parallel()
	r := newRig(t, func(o *Options) { o.Trust = pluton.Trust(nil, true) })
	if err := r.client.Stage(r.ctx(), r.pack(idA, manifestOf(idA, ""), nil), nil); rest.Code(err) != 7340047 {
		t.Error(err)
	}
}
