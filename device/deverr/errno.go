package deverr

import (
	"fmt"
	"slices"
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

// errnos are all of Linux on ARM (numbers and names: Linux asm-generic/errno.h; meanings: facts/manifest.md 3.2,
// facts/applibs.md 2).
var errnos = [...]Errno{
	{1, "EPERM", "operation not permitted", "At a socket: the host is not in AllowedConnections. Between apps: not both list the other in AllowedApplicationConnections. At clock_settime: SystemTime is missing. At a Networking_ function: this interface does not allow it; Networking_DhcpServer_Start needs a static address."},
	{2, "ENOENT", "no such file or directory", "Also what applibs answer for an interface, network, certificate, proxy or file that does not exist."},
	{3, "ESRCH", "no such process", ""},
	{4, "EINTR", "interrupted by a signal", "Call again."},
	{5, "EIO", "input/output error", "At Storage_OpenMutableFile: the file could not be made or deleted."},
	{6, "ENXIO", "no such device or address", "At I2C: the device did not acknowledge. Check its 7-bit address, its power and the wiring."},
	{7, "E2BIG", "too many or too long arguments", ""},
	{8, "ENOEXEC", "not a program that can be executed", ""},
	{9, "EBADF", "bad file descriptor", "The descriptor was closed, or opening it failed before."},
	{10, "ECHILD", "no child process", ""},
	{11, "EAGAIN", "try again", "A descriptor without blocking has nothing to give or no room; wait for its event. From applibs: the network stack, Wi-Fi or the certificate store is not ready yet; try again in a moment."},
	{12, "ENOMEM", "out of memory", "High-level apps share 256 KiB of memory."},
	{13, "EACCES", "permission denied", "A capability is missing from app_manifest.json, or does not list this GPIO, peripheral or partner app. At Application_Connect also: the partner app is not on the device. From the device's REST service: it needs a device capability."},
	{14, "EFAULT", "bad address", "A pointer argument is NULL."},
	{15, "ENOTBLK", "not a block device", ""},
	{16, "EBUSY", "device or resource busy", "The GPIO or peripheral is open already; or an I2C bus is held; or EventLoop_Run was called from a callback of the same loop."},
	{17, "EEXIST", "exists already", "At EventLoop_RegisterIo: the descriptor is registered already. At WifiConfig_: the network or its configuration name is stored already."},
	{18, "EXDEV", "link across file systems", ""},
	{19, "ENODEV", "no such device", "The GPIO or peripheral does not exist on this chip; at WifiConfig_: no stored network has this id."},
	{20, "ENOTDIR", "not a directory", ""},
	{21, "EISDIR", "is a directory", ""},
	{22, "EINVAL", "invalid argument", "At Storage_ functions: the path begins with / or . or contains \"..\"; paths are relative to the image package."},
	{23, "ENFILE", "too many open files in the system", ""},
	{24, "EMFILE", "too many open files", "Close descriptors that are no longer needed."},
	{25, "ENOTTY", "not a device for this request", ""},
	{26, "ETXTBSY", "program is being executed", ""},
	{27, "EFBIG", "file too large", "MutableStorage.SizeKB limits the file. At Networking_ functions: there is no room to store the settings."},
	{28, "ENOSPC", "no space left on device", "Mutable storage is full: MutableStorage.SizeKB is the limit. At WifiConfig_ or CertStore_: no room for another network or certificate."},
	{29, "ESPIPE", "cannot seek", ""},
	{30, "EROFS", "read-only file system", "The image package cannot be written; use Storage_OpenMutableFile."},
	{31, "EMLINK", "too many links", ""},
	{32, "EPIPE", "broken pipe", "The other side has closed the connection."},
	{33, "EDOM", "argument out of the function's domain", ""},
	{34, "ERANGE", "result or length out of range", "A length or index is not one that the function takes, or an output buffer is too small: SSID 1 to 32 bytes, key up to 64, configuration name and certificate id up to 16."},
	{35, "EDEADLK", "would wait for itself", ""},
	{36, "ENAMETOOLONG", "name too long", ""},
	{37, "ENOLCK", "no locks left", ""},
	{38, "ENOSYS", "function not implemented", "This OS does not have the call; it may be older than the API set that the app was built for."},
	{39, "ENOTEMPTY", "directory not empty", ""},
	{40, "ELOOP", "too many symbolic links", ""},
	{42, "ENOMSG", "no message of this type", ""},
	{43, "EIDRM", "identifier removed", ""},
	{44, "ECHRNG", "channel number out of range", ""},
	{45, "EL2NSYNC", "level 2 not synchronised", ""},
	{46, "EL3HLT", "level 3 halted", ""},
	{47, "EL3RST", "level 3 reset", ""},
	{48, "ELNRNG", "link number out of range", ""},
	{49, "EUNATCH", "protocol driver not attached", ""},
	{50, "ENOCSI", "no CSI structure", ""},
	{51, "EL2HLT", "level 2 halted", ""},
	{52, "EBADE", "invalid exchange", ""},
	{53, "EBADR", "invalid request descriptor", ""},
	{54, "EXFULL", "exchange full", ""},
	{55, "ENOANO", "no anode", ""},
	{56, "EBADRQC", "invalid request code", ""},
	{57, "EBADSLT", "invalid slot", ""},
	{59, "EBFONT", "bad font file", ""},
	{60, "ENOSTR", "not a stream", ""},
	{61, "ENODATA", "no data available", "At WifiConfig_GetCurrentNetwork: the device is not connected to a Wi-Fi network."},
	{62, "ETIME", "timer expired", ""},
	{63, "ENOSR", "no stream resources", ""},
	{64, "ENONET", "machine is not on the network", ""},
	{65, "ENOPKG", "package not installed", ""},
	{66, "EREMOTE", "object is remote", ""},
	{67, "ENOLINK", "link severed", ""},
	{68, "EADV", "advertise error", ""},
	{69, "ESRMNT", "srmount error", ""},
	{70, "ECOMM", "error while sending", ""},
	{71, "EPROTO", "protocol error", ""},
	{72, "EMULTIHOP", "multihop attempted", ""},
	{73, "EDOTDOT", "RFS specific error", ""},
	{74, "EBADMSG", "bad message", ""},
	{75, "EOVERFLOW", "value too large", ""},
	{76, "ENOTUNIQ", "name not unique on the network", ""},
	{77, "EBADFD", "descriptor in bad state", ""},
	{78, "EREMCHG", "remote address changed", ""},
	{79, "ELIBACC", "shared library cannot be accessed", ""},
	{80, "ELIBBAD", "shared library is damaged", ""},
	{81, "ELIBSCN", "shared library has a bad section", ""},
	{82, "ELIBMAX", "too many shared libraries", ""},
	{83, "ELIBEXEC", "shared library cannot be executed", ""},
	{84, "EILSEQ", "invalid byte sequence", ""},
	{85, "ERESTART", "system call should be restarted", ""},
	{86, "ESTRPIPE", "stream pipe error", ""},
	{87, "EUSERS", "too many users", ""},
	{88, "ENOTSOCK", "not a socket", ""},
	{89, "EDESTADDRREQ", "destination address required", ""},
	{90, "EMSGSIZE", "message too long", "A datagram is longer than the socket takes."},
	{91, "EPROTOTYPE", "wrong protocol for this socket", ""},
	{92, "ENOPROTOOPT", "protocol option not available", ""},
	{93, "EPROTONOSUPPORT", "protocol not supported", ""},
	{94, "ESOCKTNOSUPPORT", "socket type not supported", ""},
	{95, "EOPNOTSUPP", "operation not supported", ""},
	{96, "EPFNOSUPPORT", "protocol family not supported", ""},
	{97, "EAFNOSUPPORT", "address family not supported", ""},
	{98, "EADDRINUSE", "address in use", ""},
	{99, "EADDRNOTAVAIL", "address not available", ""},
	{100, "ENETDOWN", "network is down", "The interface is off, or there is no network yet; see Networking_IsNetworkingReady. At WifiConfig_: Wi-Fi is switched off."},
	{101, "ENETUNREACH", "network unreachable", "There is no network yet; see Networking_IsNetworkingReady."},
	{102, "ENETRESET", "network dropped the connection", ""},
	{103, "ECONNABORTED", "connection aborted", ""},
	{104, "ECONNRESET", "connection reset by peer", ""},
	{105, "ENOBUFS", "no buffer space", "At Networking_TimeSync_GetLastNtpSyncInfo: the buffer for the server's name is too small, and its length is returned."},
	{106, "EISCONN", "already connected", ""},
	{107, "ENOTCONN", "not connected", "At WifiConfig_: the device is not connected to a Wi-Fi network."},
	{108, "ESHUTDOWN", "endpoint has been shut down", ""},
	{109, "ETOOMANYREFS", "too many references", ""},
	{110, "ETIMEDOUT", "timed out", "An I2C device that holds the bus, or a peer that does not answer."},
	{111, "ECONNREFUSED", "connection refused", "Nobody listens on this port of the peer."},
	{112, "EHOSTDOWN", "host is down", ""},
	{113, "EHOSTUNREACH", "no route to host", ""},
	{114, "EALREADY", "operation already in progress", ""},
	{115, "EINPROGRESS", "operation in progress", "Wait until the socket can be written."},
	{116, "ESTALE", "stale file handle", ""},
	{117, "EUCLEAN", "structure needs cleaning", ""},
	{118, "ENOTNAM", "not a XENIX named file", ""},
	{119, "ENAVAIL", "no XENIX semaphores", ""},
	{120, "EISNAM", "is a named file", ""},
	{121, "EREMOTEIO", "remote input/output error", ""},
	{122, "EDQUOT", "quota exceeded", "Mutable storage is full; MutableStorage.SizeKB is the limit."},
	{123, "ENOMEDIUM", "no medium", ""},
	{124, "EMEDIUMTYPE", "wrong medium type", ""},
	{125, "ECANCELED", "operation cancelled", ""},
	{126, "ENOKEY", "key not available", ""},
	{127, "EKEYEXPIRED", "key has expired", ""},
	{128, "EKEYREVOKED", "key has been revoked", ""},
	{129, "EKEYREJECTED", "key was rejected", ""},
	{130, "EOWNERDEAD", "owner died", ""},
	{131, "ENOTRECOVERABLE", "state not recoverable", ""},
	{132, "ERFKILL", "radio is switched off", ""},
	{133, "EHWPOISON", "memory page has a hardware error", ""},
}

// errnoAliases are second names of a number, before the first.
var errnoAliases = [...][2]string{{"EWOULDBLOCK", "EAGAIN"}, {"EDEADLOCK", "EDEADLK"}, {"ENOTSUP", "EOPNOTSUPP"}}

// ParseErrno reads an errno by name, "EACCES" in any case, or by number, "13".
func ParseErrno(s string) (Errno, error) {
	s = strings.TrimSpace(s)
	n, err := strconv.Atoi(s)
	for _, alias := range errnoAliases {
		if strings.EqualFold(alias[0], s) {
			s = alias[1]
		}
	}
	for _, e := range errnos {
		if err == nil && e.Number == n || strings.EqualFold(e.Name, s) {
			return e, nil
		}
	}
	return Errno{}, fmt.Errorf("%q is no errno of the device's Linux", s)
}

// Errnos returns all error numbers, by number.
func Errnos() []Errno { return slices.Clone(errnos[:]) }

// ErrnoName returns the name of a number, or "errno 200" where there is none in the table.
func ErrnoName(n int) string {
	if e, err := ParseErrno(strconv.Itoa(n)); err == nil {
		return e.Name
	}
	return "errno " + strconv.Itoa(n)
}
