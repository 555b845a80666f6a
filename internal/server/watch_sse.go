package server

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strconv"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/transcode"

	"google.golang.org/protobuf/proto"
)

// events answers calls such as GET /v1/events: Server-Sent Events until one side ends them.
func (h *rest) events(w http.ResponseWriter, r *http.Request, match *transcode.Match) {
	s := h.server.watches
	m := s.server.methods[string(match.Route.Method.Name())]
	e := s.server.restEnvelope(r)
	c := kit.Call{Method: m, RequestID: requestID(e.requestID)}
	end := ending{transport: "rest", stats: &m.Rest, began: time.Now(), address: e.address}
	e.browser.still = m.Unattended
	watch, err := h.startWatch(r, match, &e, &c)
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(r.Context()))
	leave := func() {}
	if err == nil {
		if leave, err = s.server.stays.enter(r.Context(), &e, &c, cancel); err != nil {
			s.watching.leave(c.Tenant)
			watch.Close()
		}
	}
	if err != nil {
		cancel(nil)
		p := kit.ProblemOf(err)
		h.problem(w, &c, p, new([]byte))
		s.server.finish(r.Context(), &end, &c, p)
		return
	}
	out := &sse{codec: h.codec, requestID: c.RequestID, sent: s.watchers.restEvents}
	s.watching.own.Add(1) // before net/http stops counting the connection
	if conn := takeOver(w); conn != nil {
		address := e.address() // a copy, so that the request can be freed
		end.address = func() string { return address }
		out.to = conn
		out.head = responseHead(w.Header(), c.RequestID)
		go func() {
			defer s.watching.own.Done()
			defer leave()
			s.tellSSE(ctx, cancel, &c, &end, watch, out)
		}()
		return
	}
	defer leave()
	defer context.AfterFunc(r.Context(), func() { cancel(nil) })()
	s.watching.own.Done()
	out.to = &flushed{w: w, conn: http.NewResponseController(w)}
	eventsHead(w.Header(), c.RequestID)
	s.tellSSE(ctx, cancel, &c, &end, watch, out)
}

// tellSSE runs a started watch until it ends. cancel ends ctx.
func (s *watchChapter) tellSSE(ctx context.Context, cancel context.CancelCauseFunc, c *kit.Call, end *ending, w kit.Following, out *sse) {
	defer cancel(nil)
	defer out.to.Close()
	defer hurrying(ctx, out.to.hurry)()
	defer s.watching.leave(c.Tenant)
	defer w.Close()
	s.watchers.rest.Inc()
	defer s.watchers.rest.Dec()
	out.to.watch(func() { cancel(nil) })
	at, err := s.tellSafely(ctx, c, w, out)
	if p := endOf(ctx); p != nil && !errors.Is(err, errGone) {
		if errors.Is(err, kit.ErrTooSlow) {
			s.server.finish(ctx, end, c, p) // in the middle of a piece nothing can follow
			return
		}
		p = watchEnd(p, at)
		out.end(p)
		s.server.finish(ctx, end, c, p)
		return
	}
	if err == nil || ctx.Err() != nil || errors.Is(err, errGone) {
		s.server.finish(ctx, end, c, nil)
		return
	}
	p := watchEnd(err, at)
	out.end(p)
	s.server.finish(ctx, end, c, p)
}

// tellSafely is tell, but turns a panic into an error.
func (s *watchChapter) tellSafely(ctx context.Context, c *kit.Call, w kit.Following, out kit.Outlet) (at feed.Cursors, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = s.server.panicked(ctx, v)
		}
	}()
	return w.Tell(ctx, c, out)
}

// startWatch admits the call and starts its watch. When it returns a watch, the watcher
// was counted by enter.
func (h *rest) startWatch(r *http.Request, match *transcode.Match, e *envelope, c *kit.Call) (kit.Following, error) {
	s := h.server.watches
	ctx, cancel := context.WithTimeout(r.Context(), s.server.deadline)
	defer cancel()
	if err := s.server.admit(ctx, c.Method, e, c); err != nil {
		return nil, err
	}
	request, body := c.Method.Fresh(), []byte(nil)
	if match.Route.TakesBody() {
		var err error
		if body, err = jsonBody(r, c.Method, new([]byte)); err != nil {
			return nil, err
		}
	}
	if err := h.codec.Bind(*match, r.URL.RawQuery, body, request); err != nil {
		return nil, err
	}
	field, err := lastEvent(r, request)
	if err != nil {
		return nil, err
	}
	if err := s.watching.enter(c.Tenant); err != nil {
		return nil, err
	}
	w, err := c.Method.Watch(ctx, c, request, field)
	if err != nil {
		s.watching.leave(c.Tenant)
	}
	return w, err
}

// lastEvent takes over the position from which a reconnecting browser continues: it repeats
// the address that it began with. It returns the field with the position.
func lastEvent(r *http.Request, request proto.Message) (field string, err error) {
	events, takes := request.(*holdfastv1.WatchStockRequest)
	last := header(r, "Last-Event-Id")
	switch {
	case !takes || last.text == "" && !last.twice:
		return "after", nil
	case last.twice:
		return "", kit.Invalid("Last-Event-ID", "is there twice")
	}
	events.After = last.text
	return "Last-Event-ID", nil
}

// sse writes Server-Sent Events.
type sse struct {
	codec     *transcode.Codec
	to        pipe
	head      []byte // what goes before everything else
	requestID string
	sent      interface{ Add(float64) }
	begun     bool
}

// Begin sends the id from which a watcher that never gets an event continues. An
// id without data is remembered and not shown (HTML, Server-sent events).
func (o *sse) Begin(at feed.Cursors) error { return o.to.write(appendID(o.opening(), at)) }

// opening is what goes before the first message.
func (o *sse) opening() []byte {
	if o.begun {
		return nil
	}
	b := append(o.head, "retry: "...)
	o.head, o.begun = nil, true
	// All watchers of a stopping server reconnect, but not at the same moment.
	b = strconv.AppendInt(b, 1000+rand.Int64N(2000), 10)
	return append(b, '\n')
}

func (o *sse) Frame(_ context.Context, at feed.Cursors, m proto.Message) error {
	b := append(o.opening(), "id: "...)
	b = at.Append(b)
	b = append(b, "\ndata: "...)
	b = o.codec.Append(b, m) // has no line breaks
	return o.to.write(append(b, "\n\n"...))
}

func appendID(b []byte, at feed.Cursors) []byte {
	b = append(b, "id: "...)
	b = at.Append(b)
	return append(b, "\n\n"...)
}

// Send writes the shared encoding unchanged. With several slots the id differs: it has
// this watcher's position in each of them.
func (o *sse) Send(_ context.Context, at feed.Cursors, events []*feed.Event) error {
	pieces := make([][]byte, 0, 2*len(events))
	for _, e := range events {
		written, err := e.Encoded(asSSE, o.encode)
		if err != nil {
			return err
		}
		at.Pass(e)
		b := written.([]byte)
		if len(at) > 1 {
			id := at.Append([]byte("id: "))
			pieces = append(pieces, id)
			b = b[bytes.IndexByte(b, '\n'):]
		}
		pieces = append(pieces, b)
	}
	o.sent.Add(float64(len(events)))
	return o.to.write(pieces...)
}

// encode writes the event with the id that it has when there is one slot.
func (o *sse) encode(e *feed.Event) (any, error) {
	b := make([]byte, 0, 512)
	b = append(b, "id: "...)
	b = append(b, e.ID.String()...)
	b = append(b, "\ndata: "...)
	b = o.codec.Append(b, stockEvent(e)) // has no line breaks
	return append(b, "\n\n"...), nil
}

func (o *sse) Beat(_ context.Context, at feed.Cursors) error {
	return o.to.write(appendID([]byte(": still here\n"), at))
}

// end sends why the stream ends and where to continue. After a partial write nothing
// can follow: a watcher that does not get it has the id of its last event.
func (o *sse) end(p *kit.Problem) {
	if p.Code == kit.CodeSlow && errors.Is(p.Cause, kit.ErrTooSlow) {
		return
	}
	b := append(o.opening(), "event: end\n"...)
	b = append(b, "id: "+p.Resume+"\ndata: "...)
	b = o.codec.Append(b, p.Message(o.requestID))
	_ = o.to.write(append(b, "\n\n"...))
}
