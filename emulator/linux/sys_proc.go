package linux

import (
	"encoding/binary"
	"io"
	"time"

	"armillary.dev/emulator/guestlib"
	"armillary.dev/emulator/linux/errno"
)

var _ = family{
	{0, "restart_syscall", nil, guestlib.Unsupported, "ENOSYS: interrupted calls are made again by themselves"},
	{20, "getpid", sysGetpid, guestlib.Supported, ""},
	{60, "umask", sysUmask, guestlib.Partial, "nothing can be created; says 022"},
	{64, "getppid", sysGetppid, guestlib.Supported, "1"},
	{75, "setrlimit", sysNothing, guestlib.Partial, "accepted, without effect"},
	{77, "getrusage", sysGetrusage, guestlib.Partial, "the processor's time as user time"},
	{116, "sysinfo", sysSysinfo, guestlib.Partial, "uptime and 256 KiB of memory"},
	{122, "uname", sysUname, guestlib.Supported, ""},
	{172, "prctl", sysPrctl, guestlib.Partial, "PR_SET_NAME and PR_GET_NAME"},
	{184, "capget", sysCapget, guestlib.Supported, "no capability"},
	{191, "ugetrlimit", sysGetrlimit, guestlib.Partial, "descriptors and stack; else no limit"},
	{199, "getuid32", sysID, guestlib.Supported, ""},
	{200, "getgid32", sysID, guestlib.Supported, ""},
	{201, "geteuid32", sysID, guestlib.Supported, ""},
	{202, "getegid32", sysID, guestlib.Supported, ""},
	{205, "getgroups32", sysGetgroups, guestlib.Supported, "the app's own"},
	{209, "getresuid32", sysGetresID, guestlib.Supported, ""},
	{211, "getresgid32", sysGetresID, guestlib.Supported, ""},
	{281, "socket", sysSocket, guestlib.Unsupported, "EAFNOSUPPORT: there is no network"},
	{282, "bind", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{283, "connect", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{284, "listen", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{285, "accept", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{286, "getsockname", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{287, "getpeername", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{288, "socketpair", sysSocket, guestlib.Unsupported, "EAFNOSUPPORT"},
	{289, "send", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{290, "sendto", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{291, "recv", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{292, "recvfrom", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{293, "shutdown", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{294, "setsockopt", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{295, "getsockopt", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{296, "sendmsg", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{297, "recvmsg", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{345, "getcpu", sysGetcpu, guestlib.Supported, ""},
	{366, "accept4", sysNotSocket, guestlib.Unsupported, "ENOTSOCK: there are no sockets"},
	{369, "prlimit64", sysPrlimit, guestlib.Partial, "as ugetrlimit"},
	{384, "getrandom", sysGetrandom, guestlib.Supported, "from the machine's randomness"},
}.register()

func sysGetpid(c *sysCall) (uint32, errno.Errno)  { return uint32(c.t.p.pid), 0 }
func sysGetppid(c *sysCall) (uint32, errno.Errno) { return 1, 0 }
func sysUmask(c *sysCall) (uint32, errno.Errno)   { return 0o22, 0 }
func sysID(c *sysCall) (uint32, errno.Errno)      { return appID, 0 }

func sysGetgroups(c *sysCall) (uint32, errno.Errno) {
	if int32(c.a[0]) > 0 {
		return 1, c.putWords(c.a[1], appID)
	}
	return 1, 0
}

func sysGetresID(c *sysCall) (uint32, errno.Errno) {
	for _, a := range c.a[:3] {
		if e := c.putWords(a, appID); e != 0 {
			return 0, e
		}
	}
	return 0, 0
}

func sysGetrusage(c *sysCall) (uint32, errno.Errno) {
	d := time.Duration(c.t.p.cpu.Retired()) * time.Second / A7Hz
	words := make([]uint32, 18)
	words[0], words[1] = uint32(d/time.Second), uint32(d%time.Second/time.Microsecond)
	return 0, c.putWords(c.a[1], words...)
}

func sysSysinfo(c *sysCall) (uint32, errno.Errno) {
	const ram = 256 << 10 // what an application has (facts/security.md 1.4)
	b := make([]byte, 64)
	le := binary.LittleEndian
	le.PutUint32(b[0:], uint32(c.t.p.m.Now()/time.Second))
	le.PutUint32(b[16:], ram)
	le.PutUint32(b[20:], ram-min(ram, c.t.p.mm.mapped))
	le.PutUint16(b[40:], 1)
	le.PutUint32(b[52:], 1)
	return 0, c.write(c.a[0], b)
}

func sysUname(c *sysCall) (uint32, errno.Errno) {
	b := make([]byte, 6*65)
	for i, s := range []string{"Linux", "AzureSphere", "4.9.213", "#1", "armv7l", ""} {
		copy(b[i*65:], s)
	}
	return 0, c.write(c.a[0], b)
}

func sysPrctl(c *sysCall) (uint32, errno.Errno) {
	const setName, getName = 15, 16
	switch c.a[0] {
	case setName:
		b, ok := guestlib.CString(c.t, c.a[1], 15)
		if !ok {
			return 0, errno.EFAULT
		}
		c.t.name = string(b)
		return 0, 0
	case getName:
		b := make([]byte, 16)
		copy(b[:15], c.t.name)
		return 0, c.write(c.a[1], b)
	}
	return 0, errno.EINVAL
}

func sysCapget(c *sysCall) (uint32, errno.Errno) {
	if c.a[1] == 0 {
		return 0, 0
	}
	return 0, c.putWords(c.a[1], 0, 0, 0, 0, 0, 0)
}

func limit(resource uint32) uint32 {
	const stack, nofile = 3, 7
	switch resource {
	case stack:
		return stackSize
	case nofile:
		return maxDescriptors
	}
	return ^uint32(0)
}

func sysGetrlimit(c *sysCall) (uint32, errno.Errno) {
	return 0, c.putWords(c.a[1], limit(c.a[0]), limit(c.a[0]))
}

func sysPrlimit(c *sysCall) (uint32, errno.Errno) {
	if c.a[3] == 0 {
		return 0, 0
	}
	lo, hi := limit(c.a[1]), uint32(0)
	if lo == ^uint32(0) {
		hi = lo
	}
	return 0, c.putWords(c.a[3], lo, hi, lo, hi)
}

func sysSocket(c *sysCall) (uint32, errno.Errno) {
	c.t.p.unsupported("network sockets")
	return 0, errno.EAFNOSUPPORT
}

// sysNotSocket answers for descriptors that can only be something else.
func sysNotSocket(c *sysCall) (uint32, errno.Errno) {
	if _, e := c.desc(c.a[0]); e != 0 {
		return 0, e
	}
	return 0, errno.ENOTSOCK
}

func sysGetcpu(c *sysCall) (uint32, errno.Errno) {
	for _, a := range c.a[:2] {
		if a != 0 {
			if e := c.putWords(a, 0); e != 0 {
				return 0, e
			}
		}
	}
	return 0, 0
}

func sysGetrandom(c *sysCall) (uint32, errno.Errno) {
	b := make([]byte, min(c.a[1], maxTransfer))
	if _, err := io.ReadFull(c.t.p.m.Random(), b); err != nil {
		return 0, errno.EIO
	}
	return uint32(len(b)), c.write(c.a[0], b)
}
