// Package errno holds the error numbers of Linux on ARM and their texts as the devices' C library (musl) gives them.
package errno

import "strconv"

// Errno is an error number of the guest's Linux; it is an error.
type Errno int32

// unknown is musl's text for a number that has none.
const unknown = "No error information"

// Text is what the guest's strerror says.
func (e Errno) Text() string {
	if n := int(e); n >= 0 && n < len(table) && table[n].text != "" {
		return table[n].text
	}
	return unknown
}

// Name is the C name, "EACCES", or the number.
func (e Errno) Name() string {
	if n := int(e); n > 0 && n < len(table) && table[n].name != "" {
		return table[n].name
	}
	return strconv.Itoa(int(e))
}

// Error gives name and text.
func (e Errno) Error() string { return e.Name() + ": " + e.Text() }

// The numbers of include/uapi/asm-generic/errno.h that the guest can meet; names and texts below.
const (
	EPERM           Errno = 1
	ENOENT          Errno = 2
	ESRCH           Errno = 3
	EINTR           Errno = 4
	EIO             Errno = 5
	ENXIO           Errno = 6
	E2BIG           Errno = 7
	ENOEXEC         Errno = 8
	EBADF           Errno = 9
	ECHILD          Errno = 10
	EAGAIN          Errno = 11
	ENOMEM          Errno = 12
	EACCES          Errno = 13
	EFAULT          Errno = 14
	ENOTBLK         Errno = 15
	EBUSY           Errno = 16
	EEXIST          Errno = 17
	EXDEV           Errno = 18
	ENODEV          Errno = 19
	ENOTDIR         Errno = 20
	EISDIR          Errno = 21
	EINVAL          Errno = 22
	ENFILE          Errno = 23
	EMFILE          Errno = 24
	ENOTTY          Errno = 25
	ETXTBSY         Errno = 26
	EFBIG           Errno = 27
	ENOSPC          Errno = 28
	ESPIPE          Errno = 29
	EROFS           Errno = 30
	EMLINK          Errno = 31
	EPIPE           Errno = 32
	EDOM            Errno = 33
	ERANGE          Errno = 34
	EDEADLK         Errno = 35
	ENAMETOOLONG    Errno = 36
	ENOLCK          Errno = 37
	ENOSYS          Errno = 38
	ENOTEMPTY       Errno = 39
	ELOOP           Errno = 40
	ENOMSG          Errno = 42
	EIDRM           Errno = 43
	ECHRNG          Errno = 44
	EL2NSYNC        Errno = 45
	EL3HLT          Errno = 46
	EL3RST          Errno = 47
	ELNRNG          Errno = 48
	EUNATCH         Errno = 49
	ENOCSI          Errno = 50
	EL2HLT          Errno = 51
	EBADE           Errno = 52
	EBADR           Errno = 53
	EXFULL          Errno = 54
	ENOANO          Errno = 55
	EBADRQC         Errno = 56
	EBADSLT         Errno = 57
	EBFONT          Errno = 59
	ENOSTR          Errno = 60
	ENODATA         Errno = 61
	ETIME           Errno = 62
	ENOSR           Errno = 63
	ENONET          Errno = 64
	ENOPKG          Errno = 65
	EREMOTE         Errno = 66
	ENOLINK         Errno = 67
	EADV            Errno = 68
	ESRMNT          Errno = 69
	ECOMM           Errno = 70
	EPROTO          Errno = 71
	EMULTIHOP       Errno = 72
	EDOTDOT         Errno = 73
	EBADMSG         Errno = 74
	EOVERFLOW       Errno = 75
	ENOTUNIQ        Errno = 76
	EBADFD          Errno = 77
	EREMCHG         Errno = 78
	ELIBACC         Errno = 79
	ELIBBAD         Errno = 80
	ELIBSCN         Errno = 81
	ELIBMAX         Errno = 82
	ELIBEXEC        Errno = 83
	EILSEQ          Errno = 84
	ERESTART        Errno = 85
	ESTRPIPE        Errno = 86
	EUSERS          Errno = 87
	ENOTSOCK        Errno = 88
	EDESTADDRREQ    Errno = 89
	EMSGSIZE        Errno = 90
	EPROTOTYPE      Errno = 91
	ENOPROTOOPT     Errno = 92
	EPROTONOSUPPORT Errno = 93
	ESOCKTNOSUPPORT Errno = 94
	ENOTSUP         Errno = 95
	EPFNOSUPPORT    Errno = 96
	EAFNOSUPPORT    Errno = 97
	EADDRINUSE      Errno = 98
	EADDRNOTAVAIL   Errno = 99
	ENETDOWN        Errno = 100
	ENETUNREACH     Errno = 101
	ENETRESET       Errno = 102
	ECONNABORTED    Errno = 103
	ECONNRESET      Errno = 104
	ENOBUFS         Errno = 105
	EISCONN         Errno = 106
	ENOTCONN        Errno = 107
	ESHUTDOWN       Errno = 108
	ETOOMANYREFS    Errno = 109
	ETIMEDOUT       Errno = 110
	ECONNREFUSED    Errno = 111
	EHOSTDOWN       Errno = 112
	EHOSTUNREACH    Errno = 113
	EALREADY        Errno = 114
	EINPROGRESS     Errno = 115
	ESTALE          Errno = 116
	EUCLEAN         Errno = 117
	ENOTNAM         Errno = 118
	ENAVAIL         Errno = 119
	EISNAM          Errno = 120
	EREMOTEIO       Errno = 121
	EDQUOT          Errno = 122
	ENOMEDIUM       Errno = 123
	EMEDIUMTYPE     Errno = 124
	ECANCELED       Errno = 125
	ENOKEY          Errno = 126
	EKEYEXPIRED     Errno = 127
	EKEYREVOKED     Errno = 128
	EKEYREJECTED    Errno = 129
	EOWNERDEAD      Errno = 130
	ENOTRECOVERABLE Errno = 131
	ERFKILL         Errno = 132
	EHWPOISON       Errno = 133
)

var table = [...]struct{ name, text string }{
	1:   {"EPERM", "Operation not permitted"},
	2:   {"ENOENT", "No such file or directory"},
	3:   {"ESRCH", "No such process"},
	4:   {"EINTR", "Interrupted system call"},
	5:   {"EIO", "I/O error"},
	6:   {"ENXIO", "No such device or address"},
	7:   {"E2BIG", "Argument list too long"},
	8:   {"ENOEXEC", "Exec format error"},
	9:   {"EBADF", "Bad file descriptor"},
	10:  {"ECHILD", "No child process"},
	11:  {"EAGAIN", "Resource temporarily unavailable"},
	12:  {"ENOMEM", "Out of memory"},
	13:  {"EACCES", "Permission denied"},
	14:  {"EFAULT", "Bad address"},
	15:  {"ENOTBLK", "Block device required"},
	16:  {"EBUSY", "Resource busy"},
	17:  {"EEXIST", "File exists"},
	18:  {"EXDEV", "Cross-device link"},
	19:  {"ENODEV", "No such device"},
	20:  {"ENOTDIR", "Not a directory"},
	21:  {"EISDIR", "Is a directory"},
	22:  {"EINVAL", "Invalid argument"},
	23:  {"ENFILE", "Too many open files in system"},
	24:  {"EMFILE", "No file descriptors available"},
	25:  {"ENOTTY", "Not a tty"},
	26:  {"ETXTBSY", "Text file busy"},
	27:  {"EFBIG", "File too large"},
	28:  {"ENOSPC", "No space left on device"},
	29:  {"ESPIPE", "Invalid seek"},
	30:  {"EROFS", "Read-only file system"},
	31:  {"EMLINK", "Too many links"},
	32:  {"EPIPE", "Broken pipe"},
	33:  {"EDOM", "Domain error"},
	34:  {"ERANGE", "Result not representable"},
	35:  {"EDEADLK", "Resource deadlock would occur"},
	36:  {"ENAMETOOLONG", "Filename too long"},
	37:  {"ENOLCK", "No locks available"},
	38:  {"ENOSYS", "Function not implemented"},
	39:  {"ENOTEMPTY", "Directory not empty"},
	40:  {"ELOOP", "Symbolic link loop"},
	42:  {"ENOMSG", "No message of desired type"},
	43:  {"EIDRM", "Identifier removed"},
	44:  {"ECHRNG", ""},
	45:  {"EL2NSYNC", ""},
	46:  {"EL3HLT", ""},
	47:  {"EL3RST", ""},
	48:  {"ELNRNG", ""},
	49:  {"EUNATCH", ""},
	50:  {"ENOCSI", ""},
	51:  {"EL2HLT", ""},
	52:  {"EBADE", ""},
	53:  {"EBADR", ""},
	54:  {"EXFULL", ""},
	55:  {"ENOANO", ""},
	56:  {"EBADRQC", ""},
	57:  {"EBADSLT", ""},
	59:  {"EBFONT", ""},
	60:  {"ENOSTR", "Device not a stream"},
	61:  {"ENODATA", "No data available"},
	62:  {"ETIME", "Device timeout"},
	63:  {"ENOSR", "Out of streams resources"},
	64:  {"ENONET", ""},
	65:  {"ENOPKG", ""},
	66:  {"EREMOTE", ""},
	67:  {"ENOLINK", "Link has been severed"},
	68:  {"EADV", ""},
	69:  {"ESRMNT", ""},
	70:  {"ECOMM", ""},
	71:  {"EPROTO", "Protocol error"},
	72:  {"EMULTIHOP", "Multihop attempted"},
	73:  {"EDOTDOT", ""},
	74:  {"EBADMSG", "Bad message"},
	75:  {"EOVERFLOW", "Value too large for data type"},
	76:  {"ENOTUNIQ", ""},
	77:  {"EBADFD", "File descriptor in bad state"},
	78:  {"EREMCHG", ""},
	79:  {"ELIBACC", ""},
	80:  {"ELIBBAD", ""},
	81:  {"ELIBSCN", ""},
	82:  {"ELIBMAX", ""},
	83:  {"ELIBEXEC", ""},
	84:  {"EILSEQ", "Illegal byte sequence"},
	85:  {"ERESTART", ""},
	86:  {"ESTRPIPE", ""},
	87:  {"EUSERS", ""},
	88:  {"ENOTSOCK", "Not a socket"},
	89:  {"EDESTADDRREQ", "Destination address required"},
	90:  {"EMSGSIZE", "Message too large"},
	91:  {"EPROTOTYPE", "Protocol wrong type for socket"},
	92:  {"ENOPROTOOPT", "Protocol not available"},
	93:  {"EPROTONOSUPPORT", "Protocol not supported"},
	94:  {"ESOCKTNOSUPPORT", "Socket type not supported"},
	95:  {"ENOTSUP", "Not supported"},
	96:  {"EPFNOSUPPORT", "Protocol family not supported"},
	97:  {"EAFNOSUPPORT", "Address family not supported by protocol"},
	98:  {"EADDRINUSE", "Address in use"},
	99:  {"EADDRNOTAVAIL", "Address not available"},
	100: {"ENETDOWN", "Network is down"},
	101: {"ENETUNREACH", "Network unreachable"},
	102: {"ENETRESET", "Connection reset by network"},
	103: {"ECONNABORTED", "Connection aborted"},
	104: {"ECONNRESET", "Connection reset by peer"},
	105: {"ENOBUFS", "No buffer space available"},
	106: {"EISCONN", "Socket is connected"},
	107: {"ENOTCONN", "Socket not connected"},
	108: {"ESHUTDOWN", "Cannot send after socket shutdown"},
	109: {"ETOOMANYREFS", ""},
	110: {"ETIMEDOUT", "Operation timed out"},
	111: {"ECONNREFUSED", "Connection refused"},
	112: {"EHOSTDOWN", "Host is down"},
	113: {"EHOSTUNREACH", "Host is unreachable"},
	114: {"EALREADY", "Operation already in progress"},
	115: {"EINPROGRESS", "Operation in progress"},
	116: {"ESTALE", "Stale file handle"},
	117: {"EUCLEAN", ""},
	118: {"ENOTNAM", ""},
	119: {"ENAVAIL", ""},
	120: {"EISNAM", ""},
	121: {"EREMOTEIO", "Remote I/O error"},
	122: {"EDQUOT", "Quota exceeded"},
	123: {"ENOMEDIUM", "No medium found"},
	124: {"EMEDIUMTYPE", "Wrong medium type"},
	125: {"ECANCELED", "Operation canceled"},
	126: {"ENOKEY", "Required key not available"},
	127: {"EKEYEXPIRED", "Key has expired"},
	128: {"EKEYREVOKED", "Key has been revoked"},
	129: {"EKEYREJECTED", "Key was rejected by service"},
	130: {"EOWNERDEAD", "Previous owner died"},
	131: {"ENOTRECOVERABLE", "State not recoverable"},
	132: {"ERFKILL", ""},
	133: {"EHWPOISON", ""},
}
