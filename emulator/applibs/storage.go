package applibs

import (
	"errors"
	"io/fs"
	"strings"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux"
	"armillary.dev/emulator/linux/errno"
)

func storageFunctions() []guestlib.Function {
	return []guestlib.Function{
		{Name: "Storage_GetAbsolutePathInImagePackage", Group: "storage.h", Asm: storageAbsolutePath},
		{Name: "Storage_OpenFileInImagePackage", Group: "storage.h", Go: wrap(storageOpenFile)},
		{Name: "Storage_OpenMutableFile", Group: "storage.h", Go: wrap(storageOpenMutable)},
		{Name: "Storage_DeleteMutableFile", Group: "storage.h", Go: wrap(storageDeleteMutable)},
		{Name: "__z_azsp_open", Group: "libc", Go: wrap(azspOpen)},

		{Name: "storage.length", Service: true, Go: wrap(storageLength)},
		{Name: "storage.fill", Service: true, Go: wrap(storageFill)},
	}
}

// storageAbsolutePath takes the memory from the C library's malloc, so that the app can free it.
const storageAbsolutePath = `
	push {r4, lr}
	mov r4, r0
	call storage.length
	cmp ip, #0
	bne failed
	got r3, malloc
	blx r3
	cmp r0, #0
	beq full
	mov r1, r4
	call storage.fill
	pop {r4, pc}
full:
	mov ip, #12 // ENOMEM
failed:
	mov r0, #0
	pop {r4, lr}
	b ` + guestlib.SetErrno

// packagePath checks a path as the storage functions do: relative, without a leading dot and without "..".
func (c call) packagePath(addr uint32) (string, bool) {
	s, ok := c.text(addr)
	if !ok {
		return "", false
	}
	if strings.HasPrefix(s, "/") || strings.HasPrefix(s, ".") || strings.Contains(s, "..") {
		c.fail(errno.EINVAL)
		return "", false
	}
	return "/mnt/apps/" + c.p.Spec().Component + "/" + s, true
}

func storageLength(c call) {
	if s, ok := c.packagePath(c.Arg(0)); ok {
		c.ReturnInt(len(s) + 1)
	}
}

// storageFill writes the path of r1 into the memory of r0.
func storageFill(c call) {
	if s, ok := c.packagePath(c.Arg(1)); ok {
		c.Write(c.Arg(0), append([]byte(s), 0))
		c.Return(c.Arg(0))
	}
}

func storageOpenFile(c call) {
	path, ok := c.packagePath(c.Arg(0))
	if !ok {
		return
	}
	c.open(path, linux.ReadOnly|linux.Cloexec)
}

func (c call) open(path string, flags uint32) {
	fd, e := c.p.Open(path, flags)
	if e != 0 {
		c.fail(e)
		return
	}
	c.ReturnInt(fd)
}

// azspOpen is open(2) under the name by which newer runtimes import it (facts/image.md 2.1).
func azspOpen(c call) {
	path, ok := c.text(c.Arg(0))
	if !ok {
		return
	}
	if !strings.HasPrefix(path, "/") {
		path = "/mnt/apps/" + c.p.Spec().Component + "/" + path
	}
	c.open(path, c.Arg(1))
}

func storageOpenMutable(c call) {
	if !c.allow("MutableStorage", "") {
		return
	}
	m := c.p.Spec().Mutable
	if m == nil {
		c.fail(errno.EIO)
		return
	}
	f, err := m.Open()
	if err != nil {
		c.fail(errnoOf(err))
		return
	}
	fd, e := c.p.Install(&mutableFile{f: f}, linux.ReadWrite|linux.Cloexec)
	if e != 0 {
		c.fail(e)
		return
	}
	c.ReturnInt(fd)
}

func storageDeleteMutable(c call) {
	if !c.allow("MutableStorage", "") {
		return
	}
	m := c.p.Spec().Mutable
	if m == nil {
		c.fail(errno.EIO)
		return
	}
	if err := m.Delete(); err != nil {
		c.fail(errnoOf(err))
		return
	}
	c.ReturnInt(0)
}

func errnoOf(err error) errno.Errno {
	var e errno.Errno
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, fs.ErrNotExist):
		return errno.ENOENT
	}
	return errno.EIO
}

// mutableFile is a descriptor of the persistent file.
type mutableFile struct {
	linux.NoFile
	f   linux.MutableFile
	pos int64
}

func (m *mutableFile) Read(p []byte) (int, errno.Errno) {
	n, e := m.ReadAt(p, m.pos)
	m.pos += int64(n)
	return n, e
}

func (m *mutableFile) Write(p []byte) (int, errno.Errno) {
	n, e := m.WriteAt(p, m.pos)
	m.pos += int64(n)
	return n, e
}

// ReadAt reads up to the end of the file.
func (m *mutableFile) ReadAt(p []byte, off int64) (int, errno.Errno) {
	left := m.f.Size() - off
	if off < 0 {
		return 0, errno.EINVAL
	}
	if left <= 0 || len(p) == 0 {
		return 0, 0
	}
	n, err := m.f.ReadAt(p[:min(int64(len(p)), left)], off)
	if n == 0 && err != nil {
		return 0, errnoOf(err)
	}
	return n, 0
}

// WriteAt writes; what does not fit the quota is left out.
func (m *mutableFile) WriteAt(p []byte, off int64) (int, errno.Errno) {
	if off < 0 {
		return 0, errno.EINVAL
	}
	if len(p) == 0 {
		return 0, 0
	}
	n, err := m.f.WriteAt(p, off)
	if n == 0 && err != nil {
		return 0, errnoOf(err)
	}
	return n, 0
}

func (m *mutableFile) Position(off int64, whence int) (int64, errno.Errno) {
	n, e := linux.SeekTo(m.pos, m.f.Size(), off, whence)
	if e == 0 {
		m.pos = n
	}
	return n, e
}

func (m *mutableFile) Truncate(size int64) errno.Errno {
	if err := m.f.Truncate(size); err != nil {
		return errnoOf(err)
	}
	return 0
}

func (m *mutableFile) Stat() linux.Stat {
	return linux.Stat{Mode: linux.ModeRegular | 0o600, Size: m.f.Size(), Inode: 2}
}

func (m *mutableFile) Close() { m.f.Close() }
