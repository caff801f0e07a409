package rsp

// The protocol has signal numbers of its own (GDB manual, "Target signals"); up to 15 most agree with Linux.
var signals = []struct {
	gdb, linux int
	name, text string
}{
	{1, 1, "SIGHUP", "hangup"},
	{2, 2, "SIGINT", "interrupt"},
	{3, 3, "SIGQUIT", "quit"},
	{4, 4, "SIGILL", "illegal instruction"},
	{5, 5, "SIGTRAP", "trace or breakpoint trap"},
	{6, 6, "SIGABRT", "aborted"},
	{8, 8, "SIGFPE", "arithmetic exception"},
	{9, 9, "SIGKILL", "killed"},
	{10, 7, "SIGBUS", "bus error"},
	{11, 11, "SIGSEGV", "segmentation fault"},
	{12, 31, "SIGSYS", "bad system call"},
	{13, 13, "SIGPIPE", "broken pipe"},
	{14, 14, "SIGALRM", "alarm clock"},
	{15, 15, "SIGTERM", "terminated"},
	{16, 23, "SIGURG", "urgent I/O condition"},
	{17, 19, "SIGSTOP", "stopped"},
	{18, 20, "SIGTSTP", "stopped by the user"},
	{19, 18, "SIGCONT", "continued"},
	{20, 17, "SIGCHLD", "child status changed"},
	{21, 21, "SIGTTIN", "stopped on terminal input"},
	{22, 22, "SIGTTOU", "stopped on terminal output"},
	{23, 29, "SIGIO", "I/O possible"},
	{24, 24, "SIGXCPU", "CPU time limit exceeded"},
	{25, 25, "SIGXFSZ", "file size limit exceeded"},
	{26, 26, "SIGVTALRM", "virtual timer expired"},
	{27, 27, "SIGPROF", "profiling timer expired"},
	{28, 28, "SIGWINCH", "window size changed"},
	{30, 10, "SIGUSR1", "user defined signal 1"},
	{31, 12, "SIGUSR2", "user defined signal 2"},
	{32, 30, "SIGPWR", "power failure"},
}

// Real-time signals: 32 is 77, 33-63 are 45-75, 64 is 78.
const (
	gdbRT32, gdbRT33, gdbRT63, gdbRT64 = 77, 45, 75, 78
	gdbUnknown                         = 143
)

// SignalFromLinux gives the protocol's number for an ARM Linux signal.
func SignalFromLinux(n int) int {
	switch {
	case n == 0:
		return 0
	case n == 32:
		return gdbRT32
	case n >= 33 && n <= 63:
		return gdbRT33 + n - 33
	case n == 64:
		return gdbRT64
	}
	for _, s := range signals {
		if s.linux == n {
			return s.gdb
		}
	}
	return gdbUnknown
}

// SignalToLinux gives the ARM Linux number of the protocol's signal, 0 when Linux has none.
func SignalToLinux(n int) int {
	switch {
	case n == gdbRT32:
		return 32
	case n >= gdbRT33 && n <= gdbRT63:
		return 33 + n - gdbRT33
	case n == gdbRT64:
		return 64
	}
	for _, s := range signals {
		if s.gdb == n {
			return s.linux
		}
	}
	return 0
}

// SignalName gives the name and a description of the protocol's signal; both are empty for numbers without one.
func SignalName(n int) (name, text string) {
	for _, s := range signals {
		if s.gdb == n {
			return s.name, s.text
		}
	}
	return "", ""
}
