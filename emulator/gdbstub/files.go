package gdbstub

import (
	"bytes"

	"armillary.dev/device/rsp"
)

// xfer answers qXfer reads; arg is what follows "qXfer:".
func (s *session) xfer(arg []byte) ([]byte, error) {
	x, err := rsp.ParseXfer(append([]byte("qXfer:"), arg...))
	if err != nil {
		return nil, nil // writes and the like: not supported
	}
	var data []byte
	switch x.Object {
	case "features":
		if x.Annex != "target.xml" {
			return nil, fail(errInvalid)
		}
		data, _ = description()
	case "threads":
		var list []rsp.ThreadInfo
		for _, t := range s.t.Threads() {
			list = append(list, rsp.ThreadInfo{ID: rsp.ThreadID{TID: t.ID}, Name: t.Name})
		}
		data = rsp.AppendThreads(nil, list)
	case "auxv":
		data = s.t.Auxv()
	case "exec-file":
		data = []byte(s.t.Program().Path)
	case "libraries-svr4":
		var list []rsp.Library
		for _, l := range s.t.Libraries() {
			list = append(list, rsp.Library{Name: l.Path, LinkMap: uint64(l.Map), Base: uint64(l.Bias), Dynamic: uint64(l.Dyn)})
		}
		data = rsp.AppendLibraries(nil, uint64(s.t.Program().Map), list)
	default:
		return nil, nil
	}
	return rsp.AppendXferReply(nil, data, x, PacketSize/2-8), nil
}

// maxFiles bounds a client's open files.
const maxFiles = 64

// file answers vFile; arg is what follows "vFile:". Files are what the program sees and cannot be changed.
func (s *session) file(arg []byte) ([]byte, error) {
	op, rest, _ := bytes.Cut(arg, []byte(":"))
	f := rsp.FileReply{Result: -1, Errno: rsp.FileEINVAL}
	p := bytes.Split(rest, []byte(","))
	num := func(i int) (int, bool) {
		if i >= len(p) {
			return 0, false
		}
		v, err := rsp.ParseUint(p[i], 31)
		return int(v), err == nil
	}
	switch string(op) {
	case "setfs":
		f.Result = 0
	case "open":
		f = s.open(p)
	case "pread":
		fd, ok1 := num(0)
		n, ok2 := num(1)
		off, ok3 := num(2)
		if !ok1 || !ok2 || !ok3 {
			break
		}
		data, ok := s.files[fd]
		if !ok {
			f.Errno = rsp.FileEBADF
			break
		}
		data = data[min(off, len(data)):]
		data = data[:min(n, len(data), PacketSize/2-32)]
		f = rsp.FileReply{Result: int64(len(data)), Data: append([]byte{}, data...)}
	case "fstat":
		fd, ok := num(0)
		if data, open := s.files[fd]; ok && open {
			st := rsp.FileStat(uint64(len(data)), 0o100555)
			f = rsp.FileReply{Result: int64(len(st)), Data: st}
		} else {
			f.Errno = rsp.FileEBADF
		}
	case "close":
		fd, ok := num(0)
		if _, open := s.files[fd]; ok && open {
			delete(s.files, fd)
			f.Result = 0
		} else {
			f.Errno = rsp.FileEBADF
		}
	case "readlink": // nothing in the device's file system is a link for a debugger
	default:
		return nil, nil
	}
	return f.Append(nil), nil
}

func (s *session) open(p [][]byte) rsp.FileReply {
	f := rsp.FileReply{Result: -1, Errno: rsp.FileEINVAL}
	if len(p) != 3 {
		return f
	}
	name, err := rsp.ParseHex(p[0])
	flags, err2 := rsp.ParseUint(p[1], 31)
	if err != nil || err2 != nil {
		return f
	}
	if flags&3 != 0 { // anything but O_RDONLY
		f.Errno = rsp.FileEACCES
		return f
	}
	if len(s.files) >= maxFiles {
		f.Errno = rsp.FileEMFILE
		return f
	}
	data, err := s.t.ReadFile(string(name))
	if err != nil {
		f.Errno = rsp.FileENOENT
		return f
	}
	s.nextFD++
	s.files[s.nextFD] = data
	return rsp.FileReply{Result: int64(s.nextFD)}
}
