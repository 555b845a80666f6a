package slot

import (
	"context"
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// Peers are the nodes that write the same slots. One of them is the home of a slot:
// every node sends its commands there, so that one node decides them in large
// groups instead of all competing for the head. Only speed depends on the nodes
// agreeing about the home, and on the home being alive.
type Peers interface {
	// Home returns the node that is home of the slot; own reports that it is
	// this one. It is asked before every group.
	Home(slot uint16) (node string, own bool)
	// Forward has the node carry out the group, in order, and returns a result for
	// each request. After an error it is not known what was carried out, unless the
	// error is ErrNotSent.
	Forward(ctx context.Context, node string, f *Forwarded) ([]Result, error)
}

// Forwarded is a group on its way to the home of its slot.
type Forwarded struct {
	Slot uint16
	// Writer is the sender's name in its records of the log, After the newest
	// record it knows. The home carries nothing out after it has met a later record
	// of this writer: the sender has given up waiting by then.
	Writer   [16]byte
	After    engine.Seq
	Requests []Request
}

var (
	// ErrNotSent says that a group has not left for its home.
	ErrNotSent = errors.New("the home was not reached")
	// ErrOvertaken says that a forwarded command was not carried out, and will not
	// be: the sender may have carried it out itself meanwhile.
	ErrOvertaken = errors.New("a forwarded command came after its home had moved")
)

const (
	// patienceLeast and patienceMost bound how long the home may take. Between them
	// the limit is the recent mean time plus four times its deviation.
	patienceLeast, patienceMost = 50 * time.Millisecond, 250 * time.Millisecond
	// restLeast and restMost bound for how long a node that did not answer is
	// left alone.
	restLeast, restMost = 100 * time.Millisecond, 2 * time.Second
)

// homeLink is what a slot knows of the way to its home.
type homeLink struct {
	node   string
	took   time.Duration // the recent mean time of an answer
	varies time.Duration // and its mean deviation
	rest   time.Duration // the last pause, 0 after an answer
	till   time.Duration // nothing is sent before; Clock.Elapsed
}

// patience is how long the home may take.
func (l *homeLink) patience() time.Duration {
	return min(max(l.took+4*l.varies, patienceLeast), patienceMost)
}

// answered notes a round trip, failed one that brought no answer.
func (l *homeLink) answered(took time.Duration) {
	l.varies += ((took - l.took).Abs() - l.varies) / 4
	l.took += (took - l.took) / 8
	l.rest = 0
}

func (l *homeLink) failed(now time.Duration) {
	l.varies += l.patience() / 8 // it may only be slow
	l.rest = min(max(2*l.rest, restLeast), restMost)
	l.till = now + l.rest
}

// forwarder sends calls to the slot's home, where that is another node.
type forwarder struct {
	*replica
	line homeLink
	// fence says that commands were sent to the home, that their outcome is not
	// known, and that nothing was stored here since.
	fence bool
}

// AtHome reports whether commands for the slot are decided on this node.
func (s *Slot) AtHome() bool {
	if s.o.Peers == nil {
		return true
	}
	node, own := s.o.Peers.Home(s.number)
	return own || node == ""
}

// sort separates the calls for the slot's home, if that is another node that
// answers, from those to be carried out here. Carried out here are calls that
// read, calls from another node, and calls that were sent once. So are calls of
// which a part is sent again: they wait for it.
func (s *forwarder) sort(calls []*submission) (here, away []*submission) {
	if s.o.Peers == nil {
		return calls, nil
	}
	node, own := s.o.Peers.Home(s.number)
	if own || node == "" {
		return calls, nil
	}
	if s.line.node != node {
		s.line = homeLink{node: node}
	}
	if s.line.rest > 0 && s.o.clock.Elapsed() < s.line.till {
		return calls, nil
	}
	for _, c := range calls {
		if len(c.requests) == 0 || c.from != nil || c.sent != nil || c.own || len(c.late) > 0 {
			here = append(here, c)
		} else {
			away = append(away, c)
		}
	}
	return here, away
}

// sent is what a call remembers of requests whose outcome is not known because the
// home has not answered: they may have been carried out.
type sent struct {
	after engine.Seq // what this node knew when it sent them
	first int        // the first of them
	once  [][16]byte // for each the key it went with, zero when it needs none
}

// has reports whether request n is one of them.
func (t *sent) has(n int) bool { return t != nil && n >= t.first && n-t.first < len(t.once) }

// forwardedPart is the part of a call that goes with a forwarded group.
type forwardedPart struct {
	call     *submission
	from, to int // in the group
}

// forward sends the calls to the slot's home and answers them with the home's
// results. It returns those that have something left to be done here.
func (s *forwarder) forward(ctx context.Context, calls []*submission) []*submission {
	f, parcels := s.wrap(calls)
	// The leading caller may leave; the others have not.
	once, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.line.patience())
	began := s.o.clock.Elapsed()
	results, err := s.o.Peers.Forward(once, s.line.node, f)
	now := s.o.clock.Elapsed()
	cancel()
	if err == nil && len(results) != len(f.Requests) {
		err = errors.New("the home answered with another number of results")
	}
	whole := s.hand(f, parcels, results, err)
	if err == nil && whole {
		s.line.answered(now - began)
	} else {
		s.line.failed(now)
		s.stats.unanswered.Add(1)
		s.o.Log.Debug("the home does not answer, carrying out its commands here", "slot", s.number, "node", s.line.node, "err", err)
	}
	rest := calls[:0]
	for _, c := range calls {
		if c.next < len(c.requests) {
			rest = append(rest, c)
		} else {
			c.finish(nil)
		}
	}
	return rest
}

// wrap makes one group of the calls, up to the bounds of a group.
func (s *forwarder) wrap(calls []*submission) (*Forwarded, []forwardedPart) {
	f := &Forwarded{Slot: s.number, Writer: s.writer, After: s.m.seq}
	parcels := make([]forwardedPart, 0, len(calls))
	lines := 0
	for _, c := range calls {
		p := forwardedPart{call: c, from: len(f.Requests)}
		for n := c.next; n < len(c.requests) && len(f.Requests) < s.o.Commands && lines < s.o.Lines; n++ {
			r := c.requests[n]
			if r.Key == "" && !natural(r.Command) {
				s.o.Random(r.Once[:])
			}
			f.Requests = append(f.Requests, r)
			lines += 1 + len(stock.Demands(r.Command))
		}
		if p.to = len(f.Requests); p.to > p.from {
			parcels = append(parcels, p)
		}
	}
	return f, parcels
}

// hand gives the results to the calls and reports whether the home has done what it
// could. A call is carried out here from its first request without a result on.
// Requests that the home may have carried out are marked.
func (s *forwarder) hand(f *Forwarded, parcels []forwardedPart, results []Result, err error) (whole bool) {
	whole = true
	newest := engine.Seq(0)
	for _, p := range parcels {
		c := p.call
		n := p.from
		for ; err == nil && n < p.to && final(results[n].Err); n++ {
			c.results[c.next].Result = results[n]
			c.postpone(s.m, &c.requests[c.next], results[n].Err)
			newest = max(newest, results[n].Position.Seq)
			c.next++
		}
		s.stats.forwarded.Add(uint64(n - p.from))
		if n == p.to {
			continue
		}
		whole = whole && err == nil && errors.Is(results[n].Err, ErrOvertaken)
		c.sent = &sent{after: f.After, first: c.next}
		if errors.Is(err, ErrNotSent) || err == nil && noneCarriedOut(results[n:p.to]) {
			continue
		}
		for ; n < p.to; n++ {
			c.sent.once = append(c.sent.once, f.Requests[n].Once)
		}
		s.fence = true
	}
	if newest > s.m.seq {
		s.o.Notify(Position{s.number, newest})
	}
	return whole
}

// postpone notes what the request is about when the home answers that it has to be
// sent again: later requests of the call that are carried out here wait with it.
func (c *submission) postpone(m *memory, r *Request, err error) {
	var elsewhere *stock.Elsewhere
	if !errors.Is(err, ErrMoving) && !errors.Is(err, ErrKeyAway) && !errors.As(err, &elsewhere) {
		return
	}
	reach := r.Command.Reach()
	m.mu.Lock()
	defer m.mu.Unlock()
	if e, ok := m.orders.get(reach.Order); ok {
		reach = addLines(reach, e.cur)
	}
	c.late = append(c.late, reach)
}

// final reports whether the home's answer is the command's: it was carried
// out, or the books say that it cannot be.
func final(err error) bool {
	if err == nil || errors.Is(err, ErrUnknown) {
		return err == nil
	}
	var refusal *stock.Refusal
	var elsewhere *stock.Elsewhere
	return errors.As(err, &refusal) || errors.As(err, &elsewhere) || errors.Is(err, ErrMoving) || errors.Is(err, ErrKeyAway) || errors.Is(err, ErrSealed) || errors.Is(err, ErrKeyReused) ||
		errors.Is(err, ErrFrozen) || errors.Is(err, stock.ErrBroken)
}

// noneCarriedOut reports whether the home answered that none of these was carried out, nor
// will be.
func noneCarriedOut(results []Result) bool {
	for i := range results {
		err := results[i].Err
		if !errors.Is(err, ErrOvertaken) && !errors.Is(err, ErrBusy) && !errors.Is(err, ErrStopping) || errors.Is(err, ErrUnknown) {
			return false
		}
	}
	return true
}
