package slot

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/engine"
)

// doubt is an indeterminate commit: a group whose answer was lost. The group is
// stored, or not stored, or on its way. Until that is known the slot decides
// nothing else, and the group and its packed form stay unchanged.
type doubt struct {
	g     *group
	eg    *engine.Group
	calls []*submission // that wait for it, and those behind them
	began time.Time
	cause error
}

// errDoubt says that the outcome of the group in s.doubt is not known yet.
var errDoubt = errors.New("what became of the group is not known")

// isLostAnswer reports whether an answer of Append got lost. A store that is broken
// cannot be asked: what it shows now may differ from what it shows after a
// restart.
func isLostAnswer(err error) bool {
	return errors.Is(err, engine.ErrUnknown) && !errors.Is(err, engine.ErrBroken)
}

// ask finds out the outcome of the group in doubt. A record of this writer with
// this nonce is the group. Where there is no record yet, the same group is sent
// again. That is safe even if the first one is still on its way: both want the
// place behind the same head, and whichever gets it, it is the same record. It
// returns nil when the group is stored, errDoubt when that is still not known, else
// the error of an Append that stored nothing.
func (s *committer) ask(ctx context.Context) error {
	d := s.doubt
	var again error // how sending it again ended
	for {
		records, err := s.eng.Read(ctx, s.m.seq, 1)
		switch {
		case fatal(err):
			s.doubt = nil
			return errors.Join(d.cause, err)
		case errors.Is(err, engine.ErrGone):
			// Others have written so much since then that the record can no longer
			// be found.
			s.doubt = nil
			return fmt.Errorf("%w: %w", ErrUnknown, err)
		case err != nil:
			d.cause = err
			return errDoubt
		case len(records) > 0:
			s.doubt = nil
			if records[0].Writer == s.writer && records[0].Nonce == d.eg.Record.Nonce {
				return nil
			}
			return engine.ErrMoved
		case again != nil:
			s.doubt = nil
			return again
		}
		again = s.eng.Append(ctx, s.m.seq, d.eg)
		switch {
		case again == nil:
			s.doubt = nil
			return nil
		case isLostAnswer(again):
			d.cause = again
			return errDoubt
		case fatal(again):
			s.doubt = nil
			return errors.Join(d.cause, again)
		}
	}
}

const (
	// askWait bounds one attempt to find out about a group.
	askWait = 2 * time.Second
	// askLeast and askMost are the pauses between attempts: the first and the
	// longest.
	askLeast, askMost = 5 * time.Millisecond, time.Second
	// askAtStop is how long the slot keeps trying once the process is to stop. The
	// process has 10 s for everything.
	askAtStop = time.Second
)

// resolve asks again and again for the outcome of the group in doubt, for as long
// as it takes. Its callers leave when their time is up; others wait in the queue up
// to its bound. Only when ctx has ended does it give up, after askAtStop.
func (s *committer) resolve(ctx context.Context) {
	if s.doubt == nil {
		return
	}
	work := context.WithoutCancel(ctx)
	stop, over := ctx.Done(), (<-chan time.Time)(nil)
	pause, told := askLeast, false
	for s.doubt != nil {
		d := s.doubt
		err := s.await(work)
		if err == nil {
			err = s.askOnce(work)
		}
		if !errors.Is(err, errDoubt) {
			s.settleDoubt(work, d, err)
			return
		}
		if !told {
			s.o.Log.Warn("the outcome of a commit is not known yet, asking again", "slot", s.number, "err", d.cause)
			told = true
		}
		rest := s.jitter(pause)
		if errors.Is(d.cause, context.DeadlineExceeded) {
			rest = 0 // it was waited for already
		}
		wait := time.NewTimer(rest)
		select {
		case <-wait.C:
		case <-stop:
			stop, over = nil, time.After(askAtStop)
		case <-over:
			s.doubt = nil
			s.fail(work, d.calls, fmt.Errorf("%w: %w", ErrUnknown, d.cause))
		}
		wait.Stop()
		pause = min(2*pause, askMost)
	}
}

// await waits until the store can tell the outcome of the group in doubt, for as
// long as one attempt may take. Calls that only read are served meanwhile.
func (s *committer) await(ctx context.Context) error {
	once, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	after := s.m.seq
	<-s.work
	_, err := s.eng.Read(once, after, 1)
	s.work <- struct{}{}
	if err == nil || fatal(err) || errors.Is(err, engine.ErrGone) {
		return nil
	}
	s.doubt.cause = err
	return errDoubt
}

func (s *committer) askOnce(ctx context.Context) error {
	once, cancel := context.WithTimeout(ctx, askWait)
	defer cancel()
	return s.ask(once)
}

// readBeside serves calls that only read while the outcome of a group is not known:
// the books are as they were before it. It leaves for later reads of what the group
// has changed and memory has forgotten, and calls that came when the log had
// advanced.
func (s *committer) readBeside(ctx context.Context) {
	for _, c := range s.queue.takeReaders() {
		if c.follow || s.doubt.g.forgot(&c.want) {
			s.carry = append(s.carry, c)
			continue
		}
		l, err := s.eng.Load(ctx, c.want)
		switch {
		case err == nil && l.Head != s.m.seq, err != nil && ctx.Err() != nil:
			s.carry = append(s.carry, c)
			continue
		case err == nil:
			s.m.mu.Lock()
			err = s.m.add(c.want, l)
			s.m.mu.Unlock()
		}
		c.served = err == nil
		c.finish(err)
	}
}

// settleDoubt continues where turn stopped, once the outcome of a group is known.
func (s *committer) settleDoubt(ctx context.Context, d *doubt, err error) {
	if err == nil {
		s.keep(d.g, d.eg, d.began)
		s.carry = append(s.answer(d.g, d.calls), s.carry...)
		return
	}
	if err = s.mend(ctx, s.eng, err); err != nil {
		s.fail(ctx, d.calls, err)
		return
	}
	s.carry = append(d.calls, s.carry...)
}

// jitter is a random time from half of d to d.
func (s *committer) jitter(d time.Duration) time.Duration {
	var b [8]byte
	s.o.Random(b[:])
	return d/2 + time.Duration(binary.LittleEndian.Uint64(b[:])%uint64(d/2+1))
}
