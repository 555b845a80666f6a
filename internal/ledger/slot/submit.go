package slot

import (
	"cmp"
	"context"
	"fmt"
)

// Submit carries out requests that are all this slot's, as Ledger.Submit does.
func (s *Slot) Submit(ctx context.Context, requests []Request) []Result {
	c := s.committer.queue.call(len(requests))
	c.requests = requests
	return s.deliver(ctx, c)
}

// SubmitHere is Submit on this node, wherever the slot's home is. It asks for the
// outcome of a request whose answer was lost until the outcome is known.
func (s *Slot) SubmitHere(ctx context.Context, requests []Request) []Result {
	c := s.committer.queue.call(len(requests))
	c.requests, c.own = requests, true
	return s.deliver(ctx, c)
}

// Accept carries out a group that another node has forwarded, on this node,
// wherever the slot's home is.
func (s *Slot) Accept(ctx context.Context, f *Forwarded) []Result {
	s.stats.accepted.Add(uint64(len(f.Requests)))
	c := s.committer.queue.call(len(f.Requests))
	c.requests, c.from = f.Requests, f
	return s.deliver(ctx, c)
}

// deliver puts the call through the committer and returns its results.
func (s *Slot) deliver(ctx context.Context, c *submission) []Result {
	results := make([]Result, len(c.requests))
	if err := s.submit(ctx, c); err != nil {
		for i := range results {
			results[i].Err = err
		}
		return results
	}
	for i := range c.results {
		results[i] = c.results[i].Result
		s.recent.tell(results[i].Position)
		if c.results[i].stored != nil {
			s.past.answer(ctx, c.results[i].stored, &results[i])
		}
	}
	s.committer.queue.drop(c)
	return results
}

// submit queues the call and waits. Its error says that the whole call has no
// results.
func (s *Slot) submit(ctx context.Context, c *submission) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.committer.caller(ctx, c)
	if err := s.committer.queue.put(c); err != nil {
		return cmp.Or(s.stopped(), err)
	}
	s.At(ctx, PointQueued)
	s.committer.lead(ctx)
	answered := false
	select {
	case <-c.done:
		answered = true
	case <-ctx.Done():
		select {
		case <-c.done: // a known outcome is returned, late or not
			answered = true
		default:
		}
	}
	s.At(ctx, PointAnswered)
	switch {
	case answered:
		return nil
	case c.leave():
		return ctx.Err()
	}
	return fmt.Errorf("%w: %w", ErrUnknown, ctx.Err())
}
