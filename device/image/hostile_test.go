package image

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/ulikunitz/xz/lzma"

	"armillary.dev/device/image/trailer"
)

// entry is a directory entry as it stands in a table.
type entry struct {
	mode         uint16
	size, offset uint32
	name         string
	namelen      int // in words; -1: as the name needs
}

// table builds a body with the given root entries at 76 and content at the second page.
func table(count uint32, entries ...entry) []byte {
	le := binary.LittleEndian
	var t []byte
	for _, e := range entries {
		n := e.namelen
		if n < 0 {
			n = namePad(e.name) / 4
		}
		t = le.AppendUint32(t, uint32(e.mode))
		t = le.AppendUint32(t, e.size)
		t = le.AppendUint32(t, uint32(n)|e.offset/4<<6)
		t = append(t, make([]byte, namePad(e.name))...)
		copy(t[len(t)-namePad(e.name):], e.name)
	}
	b := make([]byte, 3*pageSize)
	le.PutUint32(b, fsMagic)
	le.PutUint32(b[4:], uint32(len(b)))
	le.PutUint32(b[8:], 3)
	copy(b[16:], fsSignature)
	le.PutUint32(b[44:], count)
	copy(b[48:], "Compressed")
	le.PutUint32(b[64:], 0o40755)
	le.PutUint32(b[68:], uint32(len(t)))
	le.PutUint32(b[72:], tableStart/4<<6)
	copy(b[tableStart:], t)
	return b
}

func TestHostileFS(t *testing.T) {
	t.Parallel()
	const xip = 0o101644
	good := entry{xip, 10, pageSize, "file", -1}
	with := func(change func(*entry)) []byte { e := good; change(&e); return table(2, e) }
	super := func(at int, v uint32) []byte {
		b := table(2, good)
		binary.LittleEndian.PutUint32(b[at:], v)
		return b
	}
	if f, err := OpenFS(table(2, good)); err != nil {
		t.Fatal(err)
	} else if b, _ := f.ReadFile("file"); len(b) != 10 {
		t.Fatal("the good one is not good")
	}
	link := func(target string) []byte {
		b := table(2, entry{0o120777, uint32(len(target)), pageSize, "link", -1})
		copy(b[pageSize:], target)
		return b
	}
	for _, tt := range []struct {
		name string
		body []byte
		want string
	}{
		{"short", table(2, good)[:70], "too few"},
		{"magic", super(0, 1), "no ASXipFS superblock"},
		{"size 0", super(4, 0), "size at offset 4"},
		{"size larger", super(4, 4*pageSize), "size at offset 4"},
		{"size no page", append(super(4, 3*pageSize+4), 0, 0, 0, 0), "whole pages"},
		{"flags 0", super(8, 0), "flags"},
		{"flags unknown", super(8, 0x103), "flags"},
		{"signature", super(16, 0), "signature"},
		{"count 0", super(44, 0), "counts 0 inodes"},
		{"count 1", super(44, 1), "more inodes"},
		{"count 3", super(44, 3), "the tree has 2"},
		{"count huge", super(44, 0xffffffff), "do not fit"},
		{"root is a file", super(64, xip), "no directory"},
		{"root is nothing", super(64, 0), "only files"},
		{"root elsewhere", super(72, 80/4<<6), "instead of 0 and 76"},
		{"root has a name", super(72, 1|76/4<<6), "instead of 0 and 76"},
		{"root too large", super(68, 0xffffff), "outside"},
		{"root cut off", func() []byte { b := table(3, good, entry{xip, 0, 0, "next", -1}); b[68] = 17; return b }(), "does not fit"},
		{"same content again and again", table(4, entry{xip, 2 * pageSize, pageSize, "a", -1}, entry{xip, 2 * pageSize, pageSize, "b", -1}, entry{xip, 0, 0, "c", -1}), "overlap"},
		{"root one byte", super(68, 1), "does not fit"},
		{"no name", with(func(e *entry) { e.namelen = 0 }), "name of 0 bytes"},
		{"name too long", with(func(e *entry) { e.namelen = 63 }), "does not fit"},
		{"name of NULs", with(func(e *entry) { e.name = "\x00\x00\x00\x00" }), "empty name"},
		{"name with NUL", with(func(e *entry) { e.name = "a\x00bc" }), "not allowed"},
		{"name with slash", with(func(e *entry) { e.name = "a/bc" }), "not allowed"},
		{"dot dot", with(func(e *entry) { e.name = ".." }), "not allowed"},
		{"dot", with(func(e *entry) { e.name = "." }), "not allowed"},
		{"not UTF-8", with(func(e *entry) { e.name = "\xff" }), "UTF-8"},
		{"content in the superblock", with(func(e *entry) { e.offset = 0 }), "outside"},
		{"content outside", with(func(e *entry) { e.offset = 3 * pageSize }), "outside"},
		{"content far outside", with(func(e *entry) { e.offset = 0xfffff000 & (1<<28 - 1) }), "outside"},
		{"content too long", with(func(e *entry) { e.size = 2*pageSize + 1 }), "outside"},
		{"content off the page", with(func(e *entry) { e.offset = pageSize + 4 }), "page"},
		{"no sticky bit", with(func(e *entry) { e.mode = 0o100644 }), "sticky"},
		{"character device", with(func(e *entry) { e.mode = 0o020666 }), "device nodes"},
		{"block device", with(func(e *entry) { e.mode = 0o060666 }), "device nodes"},
		{"fifo", with(func(e *entry) { e.mode = 0o010666 }), "device nodes"},
		{"socket", with(func(e *entry) { e.mode = 0o140666 }), "device nodes"},
		{"set-user-id", with(func(e *entry) { e.mode = 0o105755 }), "set-user-id"},
		{"set-group-id", with(func(e *entry) { e.mode = 0o103755 }), "set-user-id"},
		{"not sorted", table(3, entry{xip, 0, 0, "b", -1}, entry{xip, 0, 0, "a", -1}), "not in order"},
		{"twice", table(3, entry{xip, 0, 0, "a", -1}, entry{xip, 0, 0, "a", -1}), "not in order"},
		{"directory is its own child", table(300, entry{0o40755, 16, tableStart, "loop", -1}), "nested more than"},
		{"directory outside", table(2, entry{0o40755, 16, 3 * pageSize, "dir", -1}), "outside"},
		{"directory in the superblock", table(2, entry{0o40755, 16, 64, "dir", -1}), "outside"},
		{"link absolute", link("/etc/x\x00"), "leads out"},
		{"link up and out", link("../x\x00"), "leads out"},
		{"link empty", link("\x00"), "leads out"},
		{"link without NUL", link("file"), "one NUL"},
		{"link with NULs", link("a\x00b\x00"), "one NUL"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := OpenFS(tt.body)
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	b := table(5,
		entry{0o101644, 5, pageSize, "file", -1},
		entry{0o120777, 5, 2*pageSize + 8, "link", -1},
		entry{0o120777, 5, 2*pageSize + 16, "loop", -1},
		entry{0o120777, 5, 2*pageSize + 32, "next", -1})
	copy(b[pageSize:], "hello")
	copy(b[2*pageSize+8:], "next\x00")
	copy(b[2*pageSize+16:], "loop\x00")
	copy(b[2*pageSize+32:], "file\x00")
	f, err := OpenFS(b)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := f.ReadFile("link"); err != nil || string(got) != "hello" {
		t.Errorf("through two links: %q, %v", got, err)
	}
	if to, err := fs.ReadLink(f, "link"); err != nil || to != "next" {
		t.Errorf("link leads to %q, %v", to, err)
	}
	if _, err := f.Open("loop"); err == nil || !strings.Contains(err.Error(), "too many links") {
		t.Errorf("loop: %v", err)
	}
	if i, err := f.Lstat("loop"); err != nil || i.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("loop itself: %v", err)
	}
}

// compressed wraps a package as the cloud does.
func compressed(t testing.TB, inner []byte, c trailer.Compression, change func([]byte) []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w, err := lzma.WriterConfig{Properties: &lzma.Properties{LC: 0, LP: 0, PB: 2}, DictCap: 4096, EOSMarker: true}.NewWriter(&buf)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(inner)
	w.Close()
	body := buf.Bytes()
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	if change != nil {
		body = change(body)
	}
	tr, _, err := trailer.Parse(inner)
	if err != nil {
		t.Fatal(err)
	}
	out := &trailer.Trailer{}
	id, _ := tr.Identity()
	out.SetIdentity(id)
	le := binary.LittleEndian
	out.Set(trailer.TagCompression, le.AppendUint32(le.AppendUint32(nil, c.Size), c.Algorithm))
	signer, _ := testSigner(t)
	pkg, err := out.Sign(body, signer)
	if err != nil {
		t.Fatal(err)
	}
	return pkg
}

func TestCompressed(t *testing.T) {
	t.Parallel()
	inner := samplePack(t)
	size := uint32(len(inner))
	_, key := testSigner(t)
	pkg := compressed(t, inner, trailer.Compression{Size: size, Algorithm: 1}, nil)
	v, err := Verify(pkg, key)
	if err != nil {
		t.Fatal(err)
	}
	if v.Image.Kind != Compressed || v.Image.Inner.Kind != FileSystem || v.Signer == nil {
		t.Errorf("%+v", v.Image)
	}
	if m, err := v.Image.Manifest(); err != nil || string(m) != sampleManifest {
		t.Errorf("manifest %q, %v", m, err)
	}
	if again, err := v.Image.Bytes(); err != nil || !bytes.Equal(again, pkg) {
		t.Errorf("written back: %v", err)
	}
	for _, tt := range []struct {
		name   string
		c      trailer.Compression
		inner  []byte
		change func([]byte) []byte
		want   string
	}{
		{"algorithm", trailer.Compression{Size: size, Algorithm: 2}, inner, nil, "algorithm 2"},
		{"too large", trailer.Compression{Size: 1 << 31, Algorithm: 1}, inner, nil, "at most"},
		{"size one less", trailer.Compression{Size: size - 1, Algorithm: 1}, inner, nil, "does not unpack to"},
		{"size one more", trailer.Compression{Size: size + 1, Algorithm: 1}, inner, nil, "does not unpack to"},
		{"no stream", trailer.Compression{Size: size, Algorithm: 1}, inner, func(b []byte) []byte { return b[:8] }, "too few"},
		{"cut off", trailer.Compression{Size: size, Algorithm: 1}, inner, func(b []byte) []byte { return b[:len(b)/2] }, "LZMA"},
		{"properties", trailer.Compression{Size: size, Algorithm: 1}, inner, func(b []byte) []byte { b[0] = 255; return b }, "LZMA"},
		{"dictionary", trailer.Compression{Size: size, Algorithm: 1}, inner, func(b []byte) []byte { b[4] = 0xff; return b }, "dictionary"},
		{"twice", trailer.Compression{Size: uint32(len(pkg)), Algorithm: 1}, pkg, nil, "inside a compressed package"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Read(compressed(t, tt.inner, tt.c, tt.change))
			if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want …%s…", err, tt.want)
			}
		})
	}
}

// TestEveryWord puts extreme values into every word of a package: Read may accept or refuse, and must do so at once.
func TestEveryWord(t *testing.T) {
	t.Parallel()
	pkg := samplePack(t)
	_, n, _ := trailer.Parse(pkg)
	var words []int
	for at := 0; at < 2048; at += 4 {
		words = append(words, at)
	}
	for at := n; at+4 <= len(pkg); at += 2 {
		words = append(words, at)
	}
	for _, at := range words {
		old := binary.LittleEndian.Uint32(pkg[at:])
		for _, v := range []uint32{0, 1, 0x7fffffff, 0x80000000, 0xffffffff, old + 1, old - 1, old << 8, old ^ 0xffff} {
			bad := bytes.Clone(pkg)
			binary.LittleEndian.PutUint32(bad[at:], v)
			use(t, bad)
		}
	}
}

// use reads all there is to read in a package that may be anything.
func use(t testing.TB, pkg []byte) {
	im, err := Read(pkg)
	if err != nil {
		if !errors.Is(err, ErrMalformed) {
			t.Fatalf("unexpected kind of error: %v", err)
		}
		return
	}
	if im.FS != nil {
		err := fs.WalkDir(im.FS, ".", func(p string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.Type().IsRegular() {
				_, err = im.FS.ReadFile(p)
			}
			return err
		})
		if err != nil {
			t.Fatalf("a file system that was accepted cannot be read: %v", err)
		}
	}
	if _, err := im.Bytes(); err != nil {
		t.Fatalf("cannot be written: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	pkg := samplePack(f)
	f.Add(pkg)
	f.Add(compressed(f, pkg, trailer.Compression{Size: uint32(len(pkg)), Algorithm: 1}, nil))
	f.Fuzz(func(t *testing.T, pkg []byte) { use(t, pkg) })
}

func FuzzOpenFS(f *testing.F) {
	_, n, _ := trailer.Parse(samplePack(f))
	f.Add(samplePack(f)[:n])
	f.Add(table(2, entry{0o101644, 10, pageSize, "file", -1}))
	f.Fuzz(func(t *testing.T, body []byte) {
		// The size field would keep the fuzzer out for ever.
		if len(body) >= 8 {
			body = body[:len(body)&^(pageSize-1)]
			if len(body) >= 8 {
				binary.LittleEndian.PutUint32(body[4:], uint32(len(body)))
			}
		}
		fsys, err := OpenFS(body)
		if err != nil {
			return
		}
		again, err := fsys.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := OpenFS(again); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
	})
}
