package server

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/server/kit"
)

// pipe is a connection for a stream of events. It is for one
// goroutine.
type pipe interface {
	// watch calls gone when the other side closes the connection.
	watch(gone context.CancelFunc)
	// write sends the pieces. It returns kit.ErrTooSlow or errGone when that cannot be done
	// within sendWait.
	write(pieces ...[]byte) error
	// hurry gives the write under way, and all later ones, endWait. It may be called at any time.
	hurry()
	Close()
}

// errGone says that the connection accepts no data.
var errGone = errors.New("the watcher is gone")

func cutOff(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return kit.ErrTooSlow
	}
	return errGone
}

// taken is a connection taken over from net/http. Most watchers are idle, and what
// net/http keeps for a call (buffers, the request, a goroutine with a deep stack) is three
// times what a watcher needs.
type taken struct {
	conn    net.Conn
	hurried atomic.Bool
}

// takeOver returns the connection of a call, nil when it also serves other calls
// (HTTP/2).
func takeOver(w http.ResponseWriter) pipe {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil
	}
	return &taken{conn: conn}
}

// idleBytes is how much a watcher may send after its request.
const idleBytes = 4096

func (t *taken) watch(gone context.CancelFunc) {
	go func() {
		defer gone()
		var b [64]byte
		for left := idleBytes; left > 0; {
			n, err := t.conn.Read(b[:])
			if err != nil {
				return // the other side is gone, or close was called
			}
			left -= n
		}
	}()
}

func (t *taken) hurry() {
	t.hurried.Store(true)
	_ = t.conn.SetWriteDeadline(time.Now().Add(endWait)) // a closed one needs none
}

func (t *taken) write(pieces ...[]byte) error {
	err := t.conn.SetWriteDeadline(time.Now().Add(sendWait))
	if err == nil && t.hurried.Load() {
		err = t.conn.SetWriteDeadline(time.Now().Add(endWait))
	}
	if err != nil {
		return errGone
	}
	if len(pieces) == 1 {
		_, err = t.conn.Write(pieces[0])
	} else {
		all := net.Buffers(pieces)
		_, err = all.WriteTo(t.conn)
	}
	if err != nil {
		return cutOff(err)
	}
	return nil
}

func (t *taken) Close() {
	// The other end sees the end of the stream, or is gone.
	_ = t.conn.Close()
}

// flushed is an answer of net/http that is sent piece by piece.
type flushed struct {
	w       http.ResponseWriter
	conn    *http.ResponseController
	hurried atomic.Bool
}

// watch lifts the limits of a call, which do not apply to a stream. The
// request's context ends when the other side disconnects.
func (f *flushed) watch(context.CancelFunc) {
	// A transport without limits of its own returns an error.
	_ = f.conn.SetReadDeadline(time.Time{})
}

func (f *flushed) hurry() {
	f.hurried.Store(true)
	_ = f.conn.SetWriteDeadline(time.Now().Add(endWait)) // as with the one for reading
}

func (f *flushed) write(pieces ...[]byte) error {
	_ = f.conn.SetWriteDeadline(time.Now().Add(sendWait))
	if f.hurried.Load() {
		_ = f.conn.SetWriteDeadline(time.Now().Add(endWait))
	}
	for _, b := range pieces {
		if _, err := f.w.Write(b); err != nil {
			return cutOff(err)
		}
	}
	if err := f.conn.Flush(); err != nil {
		return cutOff(err)
	}
	// HTTP/2 ends a stream when its deadline passes, also while nothing is written.
	_ = f.conn.SetWriteDeadline(time.Time{})
	if f.hurried.Load() {
		_ = f.conn.SetWriteDeadline(time.Now().Add(endWait))
	}
	return nil
}

func (f *flushed) Close() {}

var (
	typeEvents = []string{"text/event-stream"}
	noBuffer   = []string{"no"}
)

// eventsHead sets the headers of a stream of events.
func eventsHead(head http.Header, requestID string) {
	head["Content-Type"] = typeEvents
	head["Cache-Control"] = noStore
	head["X-Accel-Buffering"] = noBuffer
	head["X-Request-Id"] = []string{requestID}
}

// responseHead is the head before the events on a connection taken over. The
// stream ends with the connection, so it needs no chunks.
func responseHead(head http.Header, requestID string) []byte {
	eventsHead(head, requestID)
	head["Connection"] = []string{"close"}
	head["Date"] = []string{time.Now().UTC().Format(http.TimeFormat)}
	var b bytes.Buffer
	b.WriteString("HTTP/1.1 200 OK\r\n")
	_ = head.Write(&b) // a buffer takes everything
	b.WriteString("\r\n")
	return b.Bytes()
}
