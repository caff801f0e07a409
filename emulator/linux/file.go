package linux

import (
	"io"

	"armillary.dev/emulator/linux/errno"
)

// File is an open file description. Read and Write answer EAGAIN when they would have to wait; the caller waits on
// Queues when the description is a blocking one.
type File interface {
	Read(p []byte) (int, errno.Errno)
	Write(p []byte) (int, errno.Errno)
	// Poll is the set of epoll events that hold now.
	Poll() uint32
	// Queues are woken when the answers of Read, Write or Poll may have changed. None: they never wait.
	Queues() []*Queue
	// Close is called when the last descriptor is gone.
	Close()
}

// Seeker is a File with a position; Position moves it as lseek does.
type Seeker interface {
	Position(offset int64, whence int) (int64, errno.Errno)
}

// PositionFile is a File that can be read and written at a position.
type PositionFile interface {
	ReadAt(p []byte, off int64) (int, errno.Errno)
	WriteAt(p []byte, off int64) (int, errno.Errno)
}

// Truncater is a File whose size can be set.
type Truncater interface {
	Truncate(size int64) errno.Errno
}

// Ioctler is a File with operations of its own. Memory is reached through the thread.
type Ioctler interface {
	Ioctl(t *Thread, request, arg uint32) (uint32, errno.Errno)
}

// Stater is a File that knows its type and size.
type Stater interface {
	Stat() Stat
}

// Stat is what fstat and its relations tell.
type Stat struct {
	Mode  uint32 // type and permissions
	Size  int64
	Inode uint64
}

// File types of Stat.Mode.
const (
	ModeFIFO    = 0o010000
	ModeChar    = 0o020000
	ModeDir     = 0o040000
	ModeRegular = 0o100000
	ModeLink    = 0o120000
)

// Events of poll and epoll.
const (
	EventIn  = 0x1
	EventOut = 0x4
	EventErr = 0x8
	EventHup = 0x10
)

// Flags of open.
const (
	openAccess    = 3
	openWriteOnly = 1
	openReadWrite = 2
	openCreate    = 0o100
	openExcl      = 0o200
	openTruncate  = 0o1000
	openAppend    = 0o2000
	openNonblock  = 0o4000
	openDirectory = 0o40000 // ARM's number
	openCloexec   = 0o2000000
)

// Flags for Install.
const (
	ReadOnly  = 0
	ReadWrite = openReadWrite
	Cloexec   = openCloexec
)

// description is an open file description; descriptors made by dup share one.
type description struct {
	file  File
	flags uint32
	refs  int
}

type descriptor struct {
	d       *description
	cloexec bool
}

// fdTable is a process's descriptors; the lowest free one is given out.
type fdTable struct {
	slots []descriptor
}

// maxDescriptors is the limit RLIMIT_NOFILE shows.
const maxDescriptors = 1024

func (f *fdTable) get(fd uint32) *description {
	if fd >= uint32(len(f.slots)) {
		return nil
	}
	return f.slots[fd].d
}

func (f *fdTable) install(d *description, from int, cloexec bool) (int, errno.Errno) {
	for i := from; i < maxDescriptors; i++ {
		for i >= len(f.slots) {
			f.slots = append(f.slots, descriptor{})
		}
		if f.slots[i].d == nil {
			f.set(i, d, cloexec)
			return i, 0
		}
	}
	return -1, errno.EMFILE
}

func (f *fdTable) set(fd int, d *description, cloexec bool) {
	for fd >= len(f.slots) {
		f.slots = append(f.slots, descriptor{})
	}
	d.refs++
	f.slots[fd] = descriptor{d, cloexec}
}

func (f *fdTable) close(fd uint32) errno.Errno {
	d := f.get(fd)
	if d == nil {
		return errno.EBADF
	}
	f.slots[fd] = descriptor{}
	d.release()
	return 0
}

func (d *description) release() {
	if d.refs--; d.refs == 0 {
		d.file.Close()
	}
}

func (f *fdTable) closeAll() {
	for i := range f.slots {
		if f.slots[i].d != nil {
			f.close(uint32(i))
		}
	}
}

// Install gives a File the lowest free descriptor. flags are open's; a negative descriptor comes with an errno.
func (p *Process) Install(file File, flags uint32) (int, errno.Errno) {
	fd, e := p.fds.install(&description{file: file, flags: flags}, 0, flags&openCloexec != 0)
	if e != 0 {
		file.Close()
	}
	return fd, e
}

// File is the file behind a descriptor, or nil.
func (p *Process) File(fd uint32) File {
	if d := p.fds.get(fd); d != nil {
		return d.file
	}
	return nil
}

// CloseFD closes a descriptor as close(2) does.
func (p *Process) CloseFD(fd uint32) errno.Errno { return p.fds.close(fd) }

// NoFile answers every operation with the error of a file that does not have it. To be embedded.
type NoFile struct{}

// Read fails with EINVAL.
func (NoFile) Read([]byte) (int, errno.Errno) { return 0, errno.EINVAL }

// Write fails with EINVAL.
func (NoFile) Write([]byte) (int, errno.Errno) { return 0, errno.EINVAL }

// Poll is always ready.
func (NoFile) Poll() uint32 { return EventIn | EventOut }

// Queues are none.
func (NoFile) Queues() []*Queue { return nil }

// Close does nothing.
func (NoFile) Close() {}

// output is standard output and standard error: the device's debug channel.
type output struct {
	NoFile
	w io.Writer
}

func (o output) Read([]byte) (int, errno.Errno) { return 0, 0 }
func (o output) Write(p []byte) (int, errno.Errno) {
	if o.w != nil {
		o.w.Write(p) // a reader that went away is not the app's business
	}
	return len(p), 0
}
func (output) Stat() Stat { return Stat{Mode: ModeChar | 0o620, Inode: 3} }

// null is /dev/null and an app's standard input.
type null struct{ NoFile }

func (null) Read([]byte) (int, errno.Errno)    { return 0, 0 }
func (null) Write(p []byte) (int, errno.Errno) { return len(p), 0 }
func (null) Stat() Stat                        { return Stat{Mode: ModeChar | 0o666, Inode: 4} }

// stream reads endlessly from r: /dev/zero, /dev/urandom.
type stream struct {
	NoFile
	r io.Reader
}

func (s stream) Read(p []byte) (int, errno.Errno) {
	if n, err := io.ReadFull(s.r, p); err != nil {
		return n, errno.EIO
	}
	return len(p), 0
}
func (stream) Write(p []byte) (int, errno.Errno) { return len(p), 0 }
func (stream) Stat() Stat                        { return Stat{Mode: ModeChar | 0o666, Inode: 5} }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// content is a read-only regular file.
type content struct {
	NoFile
	data  []byte
	pos   int64
	inode uint64
	mode  uint32
}

func (c *content) Read(p []byte) (int, errno.Errno) {
	n, e := c.ReadAt(p, c.pos)
	c.pos += int64(n)
	return n, e
}
func (c *content) Write([]byte) (int, errno.Errno) { return 0, errno.EBADF }
func (c *content) ReadAt(p []byte, off int64) (int, errno.Errno) {
	if off < 0 {
		return 0, errno.EINVAL
	}
	if off >= int64(len(c.data)) {
		return 0, 0
	}
	return copy(p, c.data[off:]), 0
}
func (c *content) WriteAt([]byte, int64) (int, errno.Errno) { return 0, errno.EBADF }
func (c *content) Position(off int64, whence int) (int64, errno.Errno) {
	n, e := SeekTo(c.pos, int64(len(c.data)), off, whence)
	if e == 0 {
		c.pos = n
	}
	return n, e
}
func (c *content) Stat() Stat {
	return Stat{Mode: ModeRegular | c.mode, Size: int64(len(c.data)), Inode: c.inode}
}

// SeekTo works out a new position as lseek does.
func SeekTo(pos, size, off int64, whence int) (int64, errno.Errno) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		off += pos
	case io.SeekEnd:
		off += size
	default:
		return 0, errno.EINVAL
	}
	if off < 0 {
		return 0, errno.EINVAL
	}
	return off, 0
}

// Ioctl answers TIOCGWINSZ, by which C libraries tell a terminal: the app's output is read by a person, line by line,
// and is to be buffered that way.
func (output) Ioctl(t *Thread, request, arg uint32) (uint32, errno.Errno) {
	const windowSize = 0x5413
	if request != windowSize {
		return 0, errno.ENOTTY
	}
	if !t.WriteMemory(arg, make([]byte, 8)) {
		return 0, errno.EFAULT
	}
	return 0, 0
}
