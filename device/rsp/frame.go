package rsp

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// Kind says what came off the wire.
type Kind uint8

// Kinds of frames.
const (
	Packet       Kind = iota // $payload#xx
	Notification             // %payload#xx, never acknowledged
	Ack                      // +
	Nack                     // -
	Interrupt                // 0x03 outside a packet
	Corrupt                  // a packet whose checksum or escapes are wrong; Data is what was readable
)

// Frame is one unit of the wire. Data is the payload with escapes and run lengths undone; it belongs to the receiver.
type Frame struct {
	Kind Kind
	Data []byte
}

// ErrTooLong is returned for a payload above the decoder's limit. The stream cannot be used any further.
var ErrTooLong = errors.New("rsp: packet is too long")

// DefaultLimit bounds a payload when NewDecoder is given no limit.
const DefaultLimit = 1 << 20

// Decoder reads frames. It is for one goroutine.
type Decoder struct {
	r     *bufio.Reader
	limit int
	buf   []byte
}

// NewDecoder reads from r. limit bounds the decoded payload in bytes; 0 means DefaultLimit.
func NewDecoder(r io.Reader, limit int) *Decoder {
	if limit <= 0 {
		limit = DefaultLimit
	}
	return &Decoder{r: bufio.NewReaderSize(r, 16<<10), limit: limit}
}

// Next returns the next frame. Bytes between frames that mean nothing are skipped. Errors are the reader's, with
// io.ErrUnexpectedEOF for an end inside a packet, or ErrTooLong.
func (d *Decoder) Next() (Frame, error) {
	for {
		c, err := d.r.ReadByte()
		if err != nil {
			return Frame{}, err
		}
		switch c {
		case '+':
			return Frame{Kind: Ack}, nil
		case '-':
			return Frame{Kind: Nack}, nil
		case 3:
			return Frame{Kind: Interrupt}, nil
		case '$':
			return d.payload(Packet)
		case '%':
			return d.payload(Notification)
		}
	}
}

func (d *Decoder) payload(kind Kind) (Frame, error) {
	buf, sum, ok := d.buf[:0], byte(0), true
	for {
		c, err := d.r.ReadByte()
		if err != nil {
			return Frame{}, unexpected(err)
		}
		switch c {
		case '#':
			if !d.checksum(&err, sum) {
				ok = false
			}
			if err != nil {
				return Frame{}, unexpected(err)
			}
			d.buf = buf[:0]
			if !ok {
				kind = Corrupt
			}
			return Frame{kind, append([]byte{}, buf...)}, nil
		case '$':
			// A new packet begins inside one: the rest of the first was lost. The receiver resynchronises here.
			buf, sum, ok = buf[:0], 0, true
			continue
		case '}':
			sum += c
			if c, err = d.r.ReadByte(); err != nil {
				return Frame{}, unexpected(err)
			}
			sum += c
			buf = append(buf, c^0x20)
		case '*':
			sum += c
			if c, err = d.r.ReadByte(); err != nil {
				return Frame{}, unexpected(err)
			}
			sum += c
			n := int(c) - 29 // GDB manual: the count is the character minus 29
			if len(buf) == 0 || n < 3 || c > 126 {
				ok = false
				continue
			}
			if len(buf)+n > d.limit {
				return Frame{}, fmt.Errorf("%w: over %d bytes", ErrTooLong, d.limit)
			}
			for last := buf[len(buf)-1]; n > 0; n-- {
				buf = append(buf, last)
			}
		default:
			sum += c
			buf = append(buf, c)
		}
		if len(buf) > d.limit {
			return Frame{}, fmt.Errorf("%w: over %d bytes", ErrTooLong, d.limit)
		}
	}
}

// checksum reads the two digits after '#' and compares them.
func (d *Decoder) checksum(err *error, sum byte) bool {
	var want byte
	ok := true
	for range 2 {
		c, e := d.r.ReadByte()
		if e != nil {
			*err = e
			return false
		}
		v, isHex := nibble(c)
		ok = ok && isHex
		want = want<<4 | v
	}
	return ok && want == sum
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

const digits = "0123456789abcdef"

// AppendPacket frames payload as $…#xx with the escapes that binary data needs.
func AppendPacket(dst, payload []byte) []byte { return appendFrame(dst, '$', payload, false) }

// AppendPacketRLE is AppendPacket with runs shortened, as only servers may send.
func AppendPacketRLE(dst, payload []byte) []byte { return appendFrame(dst, '$', payload, true) }

func appendFrame(dst []byte, lead byte, payload []byte, rle bool) []byte {
	dst = append(dst, lead)
	sum := byte(0)
	put := func(c byte) {
		dst = append(dst, c)
		sum += c
	}
	for i := 0; i < len(payload); {
		c := payload[i]
		switch c {
		case '$', '#', '}', '*':
			put('}')
			put(c ^ 0x20)
		default:
			put(c)
		}
		i++
		if !rle {
			continue
		}
		run := 0
		for run < 97 && i+run < len(payload) && payload[i+run] == c { // 126 = '~' is the largest count character
			run++
		}
		if 29+run == '#' || 29+run == '$' { // counts that would look like the frame's own characters
			run = 5
		}
		if run >= 3 {
			put('*')
			put(byte(29 + run))
			i += run
		}
	}
	return append(dst, '#', digits[sum>>4], digits[sum&15])
}

func nibble(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
