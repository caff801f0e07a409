package sphereos

import (
	"encoding/binary"
	"sync"
	"time"

	"armillary.dev/device/image/trailer"
)

// The device log is a ring of banks in flash, here in memory: it is gone with the power, which a board's is not.
// Layout of a bank (facts/security.md 1.8): entries, then FF to the end; the last four bytes are a counter and a
// status. An entry: u16 length, u8, u8 priority, u16 category, u16 message, u32 milliseconds since boot, parameters.
const (
	bankSize  = 4096
	bankTail  = 4
	entryHead = 12
	banks     = 8
)

// priority of a log entry.
type priority uint8

// Priorities in the device's numbering.
const (
	prioFatal   priority = 1
	prioError   priority = 2
	prioWarning priority = 3
	prioInfo    priority = 4
	prioDebug   priority = 5
)

// message is one entry of the device's message catalogue: category<<16 | id, and its priority. Only the numbers are
// in the log; the vendor's parser has the texts.
type message struct {
	category, id uint16
	prio         priority
}

// Messages that the emulated device writes, from the catalogue of OS 24.06. The comment names the parameters.
var (
	msgAppStatus        = message{7, 7, prioInfo}   // name string, state integer
	msgManifestRefused  = message{7, 38, prioError} // error commonError
	msgInstallFailed    = message{7, 66, prioError} // error commonError
	msgInvalidating     = message{7, 67, prioError} // app uniqueId
	msgInitStart        = message{7, 68, prioDebug}
	msgInitEnd          = message{7, 75, prioDebug}
	msgRebooting        = message{7, 45, prioInfo}
	msgStoppingAll      = message{7, 44, prioInfo}
	msgProcessExit      = message{7, 83, prioError} // pid integer, error commonError
	msgCapabilityDenied = message{17, 3, prioError} // command string
)

// deviceLog is the device's own log. Its methods may be called from any goroutine.
type deviceLog struct {
	now func() time.Duration

	mu      sync.Mutex
	banks   [][]byte // oldest first; each without its tail
	counter uint16   // of the newest bank
}

func (l *deviceLog) add(m message, params ...any) {
	le := binary.LittleEndian
	e := make([]byte, entryHead, 64)
	e[3] = byte(m.prio)
	le.PutUint16(e[4:], m.category)
	le.PutUint16(e[6:], m.id)
	le.PutUint32(e[8:], uint32(l.now().Milliseconds()))
	for _, p := range params {
		switch p := p.(type) {
		case int:
			e = le.AppendUint32(e, uint32(int32(p)))
		case trailer.GUID:
			e = append(e, p[:]...)
		case string:
			e = append(append(e, p[:min(len(p), 1024)]...), 0)
		}
	}
	le.PutUint16(e, uint16(len(e)))
	l.mu.Lock()
	defer l.mu.Unlock()
	if k := len(l.banks); k == 0 || len(l.banks[k-1])+len(e) > bankSize-bankTail {
		l.counter++
		l.banks = append(l.banks, nil)
		if len(l.banks) > banks {
			l.banks = l.banks[1:]
		}
	}
	k := len(l.banks) - 1
	l.banks[k] = append(l.banks[k], e...)
}

// bytes is the log as GET /log gives it: whole banks. An empty log is one bank of FF.
func (l *deviceLog) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := make([]byte, 0, max(1, len(l.banks))*bankSize)
	if len(l.banks) == 0 {
		for range bankSize {
			out = append(out, 0xff)
		}
		return out
	}
	for i, b := range l.banks {
		out = append(out, b...)
		for len(out) < i*bankSize+bankSize-bankTail {
			out = append(out, 0xff)
		}
		out = binary.LittleEndian.AppendUint16(out, l.counter-uint16(len(l.banks)-1-i))
		out = binary.LittleEndian.AppendUint16(out, 0)
	}
	return out
}
