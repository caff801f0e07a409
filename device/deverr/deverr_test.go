package deverr

import "testing"

func TestParse(t *testing.T) {
	for s, want := range map[string]int{
		"2097187": 2097187, "0x200023": 2097187, "2.35": 2097187, "2:35": 2097187, " 0X200023 ": 2097187, "14.15": 14680079, "7.47": 7340079,
		"99.1": 99<<20 | 1, "02097187": 2097187, "21.7": 22020103,
		"RequestedPeripheralsRequireSamePin": 2097187, "requestedperipheralsrequiresamepin": 2097187,
		"AppManifestError::RequestedPeripheralsRequireSamePin": 2097187, "resterror::internalerror": 10485766, "InternalError": 10485766,
		"FailedToGetSlipInfo": 1048592, "CURLE_COULDNT_CONNECT": 22020103, "CurlError::7": 22020103, "LinuxError::13": 13,
	} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("Parse(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "x", "2.", ".35", "-1", "2.35.1", "2.1048576", "4294967296", "EACCES", "0x", "2_097_187", "0b101", "::", "RestError::", "::InternalError",
		"AppManagerError::InternalError", "NoError::7"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("Parse(%q) = %d, want an error", s, got)
		}
	}
}

func TestLookup(t *testing.T) {
	e, ok := Lookup(2097187)
	if !ok || e.Short() != "2.35" || e.String() != "device error 2.35 (2097187) RequestedPeripheralsRequireSamePin" || e.Help == "" || e.Internal {
		t.Errorf("Lookup(2097187) = %+v, %v", e, ok)
	}
	if e, ok := Lookup(15728642); !ok || e.Short() != "15.2" || e.Name != "InvalidRequestUri" { // facts/device.md 2.2
		t.Errorf("15728642: %+v", e)
	}
	for _, code := range []int{Code(2, 12), 0, 13, -1, Code(99, 1), Code(21, 999), Code(50, 0), 1<<31 - 1} {
		if e, ok := Lookup(code); ok {
			t.Errorf("%s is %s, but the catalogue has no such id", Short(code), e.Name)
		}
	}
	// Numbers that were renamed after OS 22.07: the newest is answered, the older is not lost.
	all := Versions(Code(47, 100))
	if len(all) != 2 || all[0].Name != "CardStatusOutOfRange" || all[0].OS != "22.09-24.06" || all[1].Name != "SdCommandBusError" || all[1].OS != "22.07" {
		t.Errorf("47.100: %+v", all)
	}
	if e, _ := Lookup(Code(47, 100)); e != all[0] {
		t.Errorf("47.100: %+v", e)
	}
	if got := Named("notimplemented"); len(got) != 2 || got[0].Short() != "7.3" || got[1].Short() != "16.1" {
		t.Errorf("NotImplemented: %+v", got)
	}
	if _, ok := ByName("NoSuchName"); ok {
		t.Error("NoSuchName is there")
	}
	// What is handed out is the caller's own.
	All()[0].Name = "changed"
	Versions(Code(1, 1))[0].Name = "changed"
	if e, _ := Lookup(Code(1, 1)); e.Name != "InvalidState" {
		t.Errorf("1.1 is called %s", e.Name)
	}
}

func TestCategory(t *testing.T) {
	if name, about := Category(2); name != "app_manifest_error" || about != "the app manifest" || Class(2) != "AppManifestError" {
		t.Errorf("%q %q %q", name, about, Class(2))
	}
	if name, about := Category(8); name != "" || about != "" || Class(-1) != "" {
		t.Errorf("category 8 is %q, %q", name, about)
	}
}

func TestWords(t *testing.T) {
	for name, want := range map[string]string{
		"FlashNoMoreChunks": "flash no more chunks", "XIPAddressForImage": "XIP address for image", "GetSettingXIP": "get setting XIP",
		"A": "a", "": "", "IoCoreInvalidId": "io core invalid id", "WolfSSLX509d2i": "wolf SSLX509d2i", "MissingiData": "missingi data",
	} {
		if got := words(name); got != want {
			t.Errorf("words(%q) = %q, want %q", name, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2097187", "0x200023", "2.35", "AppManifestError::InvalidJson", "::", "0x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		code, err := Parse(s)
		if err != nil {
			return
		}
		if again, err := Parse(Short(code)); err != nil || again != code {
			t.Errorf("%q is %d, but %s is %d, %v", s, code, Short(code), again, err)
		}
		Lookup(code)
	})
}

func BenchmarkFirstLookup(b *testing.B) {
	for b.Loop() {
		readCatalogue()
	}
}

func BenchmarkLookup(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		Lookup(2097187)
	}
}
