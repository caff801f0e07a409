package target

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"armillary.dev/device/rsp"
)

// maxXfer bounds a document or file in bytes.
const maxXfer = 64 << 20

// Xfer reads a whole qXfer object.
func (c *Client) Xfer(ctx context.Context, object, annex string) ([]byte, error) {
	var out []byte
	for {
		p := rsp.Xfer{Object: object, Annex: annex, Offset: uint64(len(out)), Length: uint64(max(c.size-8, 64))}.Append(nil)
		reply, err := c.Do(ctx, p)
		if err != nil {
			return nil, err
		}
		data, more, err := rsp.ParseXferReply(reply)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", object, err)
		}
		if out = append(out, data...); !more {
			return out, nil
		}
		if len(data) == 0 || len(out) > maxXfer {
			return nil, fmt.Errorf("%s: the debug server sends no end", object)
		}
	}
}

// Threads lists the threads at this stop; the one that stopped is always among them.
func (s *Snapshot) Threads(ctx context.Context) ([]Thread, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.threads != nil {
		return s.threads, nil
	}
	if err := s.fresh(); err != nil {
		return nil, err
	}
	replies, err := s.c.Batch(ctx, s.c.threadPackets()...)
	if err != nil {
		return nil, err
	}
	if s.threads, err = s.c.takeThreads(ctx, replies); err != nil {
		return nil, err
	}
	for _, t := range s.threads {
		if t.ID == s.Stop.Thread.TID {
			return s.threads, nil
		}
	}
	s.threads = append(s.threads, Thread{ID: s.Stop.Thread.TID})
	return s.threads, nil
}

// threadPackets are the requests of a thread list: two, so that the end of a short list comes with it.
func (c *Client) threadPackets() [][]byte {
	if c.Features.Has("qXfer:threads:read") {
		return [][]byte{rsp.Xfer{Object: "threads", Length: uint64(max(c.size-8, 64))}.Append(nil)}
	}
	return [][]byte{[]byte("qfThreadInfo"), []byte("qsThreadInfo")}
}

func (c *Client) takeThreads(ctx context.Context, replies [][]byte) ([]Thread, error) {
	var out []Thread
	if c.Features.Has("qXfer:threads:read") {
		data, more, err := rsp.ParseXferReply(replies[0])
		if more && err == nil {
			data, err = c.Xfer(ctx, "threads", "")
		}
		if err != nil {
			return nil, err
		}
		list, err := rsp.ParseThreads(data)
		for _, t := range list {
			out = append(out, Thread{t.ID.TID, t.Name})
		}
		return out, err
	}
	const most = 4096
	for i := 0; len(out) < most; i++ {
		var r []byte
		if i < 2 {
			r = replies[i]
		} else {
			var err error
			if r, err = c.Do(ctx, []byte("qsThreadInfo")); err != nil {
				return nil, err
			}
		}
		if len(r) < 2 || r[0] != 'm' { // 'l', or no such packet
			break
		}
		for _, id := range bytes.Split(r[1:], []byte(",")) {
			t, err := rsp.ParseThreadID(id)
			if err != nil {
				return nil, err
			}
			out = append(out, Thread{ID: t.TID})
		}
	}
	return out, nil
}

// Auxv entries (Linux <elf.h>).
const (
	AuxBase  = 7 // where the interpreter is loaded
	AuxEntry = 9 // entry point of the program
)

// Auxv reads the auxiliary vector.
func (c *Client) Auxv(ctx context.Context) (map[uint32]uint32, error) {
	data, err := c.Xfer(ctx, "auxv", "")
	if err != nil {
		return nil, err
	}
	out := map[uint32]uint32{}
	for ; len(data) >= 8; data = data[8:] {
		out[binary.LittleEndian.Uint32(data)] = binary.LittleEndian.Uint32(data[4:])
	}
	return out, nil
}

// Offsets asks how far the program's text lies from its link-time address; servers without an auxiliary vector know it.
func (c *Client) Offsets(ctx context.Context) (text uint32, err error) {
	r, err := c.Do(ctx, []byte("qOffsets"))
	if err != nil {
		return 0, err
	}
	rest, ok := bytes.CutPrefix(r, []byte("Text="))
	if !ok {
		return 0, fmt.Errorf("offsets: %w", refusal(r))
	}
	v, _, _ := bytes.Cut(rest, []byte(";"))
	n, err := rsp.ParseUint(v, 32)
	return uint32(n), err
}

// Libraries lists the loaded shared objects.
func (c *Client) Libraries(ctx context.Context) ([]rsp.Library, error) {
	if !c.Features.Has("qXfer:libraries-svr4:read") {
		return nil, rsp.ErrUnsupported
	}
	text, err := c.Xfer(ctx, "libraries-svr4", "")
	if err != nil {
		return nil, err
	}
	_, libs, err := rsp.ParseLibraries(text)
	return libs, err
}

// ReadFile reads a file through the server, as the program sees it.
func (c *Client) ReadFile(ctx context.Context, path string) ([]byte, error) {
	reply, err := c.Do(ctx, fmt.Appendf(rsp.AppendHex([]byte("vFile:open:"), []byte(path)), ",0,0"))
	if err != nil {
		return nil, err
	}
	f, err := rsp.ParseFileReply(reply)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.Result < 0 {
		return nil, fmt.Errorf("%s: the debug server cannot open it (error %d)", path, f.Errno)
	}
	fd := f.Result
	var out []byte
	for len(out) < maxXfer {
		reply, err := c.Do(ctx, fmt.Appendf(nil, "vFile:pread:%x,%x,%x", fd, max(c.size/2-64, 64), len(out)))
		if err != nil {
			return nil, err
		}
		part, err := rsp.ParseFileReply(reply)
		if err != nil || part.Result < 0 {
			return nil, fmt.Errorf("%s: the debug server cannot read it", path)
		}
		if part.Result == 0 || len(part.Data) == 0 {
			break
		}
		out = append(out, part.Data...)
	}
	_, err = c.Do(ctx, fmt.Appendf(nil, "vFile:close:%x", fd))
	return out, err
}
