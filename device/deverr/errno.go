package deverr

import (
	"fmt"
	"strconv"
	"strings"
)

// Errno is an error number of the C library, as Linux on ARM numbers them.
type Errno struct {
	Number int
	Name   string // "EACCES"
	Text   string
	Sphere string // what it usually means in an Azure Sphere app; may be empty
}

// errnos are those that apps meet (numbers: Linux asm-generic/errno.h; meanings: facts/manifest.md 3.2, facts/applibs.md).
var errnos = [...]Errno{
	{1, "EPERM", "operation not permitted", "At a socket: the host is not in AllowedConnections. At clock_settime: SystemTime is missing. Networking_DhcpServer_Start: the interface has no static address."},
	{2, "ENOENT", "no such file or directory", "Also what applibs answer for an interface, network or file that does not exist."},
	{3, "ESRCH", "no such process", ""},
	{4, "EINTR", "interrupted by a signal", "Call again."},
	{5, "EIO", "input/output error", ""},
	{6, "ENXIO", "no such device or address", ""},
	{9, "EBADF", "bad file descriptor", "The descriptor was closed, or opening it failed before."},
	{11, "EAGAIN", "try again", "A descriptor without blocking has nothing to give or no room; wait for its event."},
	{12, "ENOMEM", "out of memory", "High-level apps share 256 KiB of memory."},
	{13, "EACCES", "permission denied", "A capability is missing from app_manifest.json, or does not list this GPIO, peripheral or partner app."},
	{14, "EFAULT", "bad address", "An output argument is NULL."},
	{16, "EBUSY", "device or resource busy", "The GPIO or peripheral is open already."},
	{17, "EEXIST", "file exists", ""},
	{19, "ENODEV", "no such device", "The peripheral's number does not exist on this chip."},
	{20, "ENOTDIR", "not a directory", ""},
	{21, "EISDIR", "is a directory", ""},
	{22, "EINVAL", "invalid argument", ""},
	{24, "EMFILE", "too many open files", "Close descriptors that are no longer needed."},
	{25, "ENOTTY", "not a device for this request", ""},
	{27, "EFBIG", "file too large", ""},
	{28, "ENOSPC", "no space left on device", "Mutable storage is full; MutableStorage.SizeKB is the limit."},
	{30, "EROFS", "read-only file system", "The image package cannot be written; use Storage_OpenMutableFile."},
	{32, "EPIPE", "broken pipe", ""},
	{34, "ERANGE", "result out of range", "An output buffer is too small."},
	{36, "ENAMETOOLONG", "name too long", ""},
	{38, "ENOSYS", "function not implemented", ""},
	{39, "ENOTEMPTY", "directory not empty", ""},
	{61, "ENODATA", "no data available", ""},
	{71, "EPROTO", "protocol error", ""},
	{75, "EOVERFLOW", "value too large", ""},
	{88, "ENOTSOCK", "not a socket", ""},
	{90, "EMSGSIZE", "message too long", ""},
	{95, "EOPNOTSUPP", "operation not supported", ""},
	{97, "EAFNOSUPPORT", "address family not supported", ""},
	{98, "EADDRINUSE", "address in use", ""},
	{99, "EADDRNOTAVAIL", "address not available", ""},
	{100, "ENETDOWN", "network is down", "The interface is off, or there is no network yet; see Networking_IsNetworkingReady."},
	{101, "ENETUNREACH", "network unreachable", ""},
	{103, "ECONNABORTED", "connection aborted", ""},
	{104, "ECONNRESET", "connection reset by peer", ""},
	{105, "ENOBUFS", "no buffer space", ""},
	{106, "EISCONN", "already connected", ""},
	{107, "ENOTCONN", "not connected", ""},
	{110, "ETIMEDOUT", "timed out", "An I2C device that holds the bus, or a peer that does not answer."},
	{111, "ECONNREFUSED", "connection refused", ""},
	{113, "EHOSTUNREACH", "no route to host", ""},
	{115, "EINPROGRESS", "operation in progress", "Wait until the socket can be written."},
	{122, "EDQUOT", "quota exceeded", "Mutable storage is full; MutableStorage.SizeKB is the limit."},
}

// ParseErrno reads an errno by name, "EACCES" in any case, or by number, "13".
func ParseErrno(s string) (Errno, error) {
	s = strings.TrimSpace(s)
	n, err := strconv.Atoi(s)
	for _, e := range errnos {
		if err == nil && e.Number == n || strings.EqualFold(e.Name, s) {
			return e, nil
		}
	}
	return Errno{}, fmt.Errorf("%q is no errno that apps on the device meet", s)
}

// ErrnoName returns the name of a number, or "errno 200" where there is none in the table.
func ErrnoName(n int) string {
	if e, err := ParseErrno(strconv.Itoa(n)); err == nil {
		return e.Name
	}
	return "errno " + strconv.Itoa(n)
}
