package mysql_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/mysql"
)

// TestConnectionsThatAreCutAllTheTime lets three engines write one slot, each
// through a proxy that cuts, loses answers and holds bytes back at random. The
// answers that each received must agree with the log in the end.
func TestConnectionsThatAreCutAllTheTime(t *testing.T) {
	t.Parallel()
	to := engine.Seq(150)
	if os.Getenv("SOAK") != "" {
		to = 10_000
	}
	dsn := dbtest.MySQL(t)
	sure := open(t, dsn)
	defer sure.Close()
	ctx, cancel := context.WithCancel(t.Context())
	var chaos, writers sync.WaitGroup
	var books [3]book
	for i := range books {
		p, through := between(t, dsn)
		e := open(t, through)
		defer e.Close()
		chaos.Go(func() { p.bother(ctx, uint64(i)) })
		writers.Go(func() { books[i].fill(t, e, byte(i), to, func(engine.Seq) {}) })
	}
	writers.Wait()
	cancel()
	chaos.Wait()
	audit(t, sure, books[:])
}

// bother is the chaos of one proxy.
func (p *proxy) bother(ctx context.Context, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 4))
	for {
		timer := time.NewTimer(time.Duration(rnd.IntN(20)) * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			p.deliver()
			return
		case <-timer.C:
		}
		switch rnd.IntN(6) {
		case 0:
			p.next(cutBefore)
		case 1:
			p.next(cutAfter)
		case 2:
			p.next(heldBack)
		case 3:
			p.cutAll(false)
		default:
			p.deliver()
		}
	}
}

// audit compares the answers that the writers received with the log and the
// rows.
func audit(t *testing.T, e *mysql.Engine, books []book) {
	t.Helper()
	writers := map[engine.Seq]byte{}
	for after := engine.Seq(0); ; {
		recs, err := e.Read(t.Context(), after, 1000)
		if err != nil {
			t.Fatal(err)
		}
		for i := range recs {
			writers[recs[i].Seq] = recs[i].Writer[0]
		}
		if after += engine.Seq(len(recs)); len(recs) == 0 {
			break
		}
	}
	for i := range books {
		for seq, stored := range books[i].stored {
			if by, ok := writers[seq]; stored != (ok && by == byte(i)) {
				t.Errorf("writer %d was told %t of record %d, which is of writer %d (%t)", i, stored, seq, by, ok)
			}
		}
	}
	holds := 0
	at, err := e.ScanHolds(t.Context(), engine.HoldScan{}, func(*engine.HoldRow) error { holds++; return nil })
	if err != nil || int(at) != len(writers) || holds != len(writers) {
		t.Errorf("%d records, %d holds at head %d, %v", len(writers), holds, at, err)
	}
}

// book holds the answers that a writer received for the records it wrote.
type book struct{ stored map[engine.Seq]bool }

// fill appends groups as writer by until the head is at to, every fourth under
// the lock, and determines the outcome of those without an answer.
func (b *book) fill(t *testing.T, e *mysql.Engine, by byte, to engine.Seq, at func(engine.Seq)) {
	if b.stored == nil {
		b.stored = map[engine.Seq]bool{}
	}
	for {
		h, err := e.Head(t.Context())
		if err != nil {
			continue // the server is starting
		}
		if at(h); h >= to {
			return
		}
		g := enginetest.Nth(h + 1)
		g.Record.Writer[0] = by
		if h%4 == 0 {
			err = underLock(t.Context(), e, h, g)
		} else {
			err = e.Append(t.Context(), h, g)
		}
		for errors.Is(err, engine.ErrUnknown) {
			recs, rerr := e.Read(t.Context(), h, 1)
			switch {
			case rerr != nil: // nobody can know yet
			case len(recs) == 1 && recs[0].Writer[0] == by:
				err = nil
			default:
				err = engine.ErrMoved
			}
		}
		if errors.Is(err, engine.ErrBroken) {
			t.Errorf("append %d: %v", h+1, err)
			return
		}
		// A record that another writer stored meanwhile is not ours either.
		b.stored[h+1] = err == nil
	}
}

func underLock(ctx context.Context, e *mysql.Engine, after engine.Seq, g *engine.Group) error {
	w, err := e.Lock(ctx)
	if err != nil {
		return err
	}
	defer w.Unlock()
	return w.Append(ctx, after, g)
}
