package catalog

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"
)

func mustBeIndeterminate(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrIndeterminate) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%s: got %v, want ErrIndeterminate", what, err)
	}
}

// standbyWrites are writes that say nothing but whether they are stored, each
// of what no other writes.
var standbyWrites = []struct {
	name string
	do   func(context.Context, *Catalog) error
}{
	{"a write under a key", func(ctx context.Context, c *Catalog) error {
		_, _, err := c.Once(ctx, WriteKey{Tenant: "demo", ID: [16]byte{1}}, func(ctx context.Context) ([]byte, error) {
			_, err := c.SetPlaces(ctx, "demo", shop("keyed"))
			return []byte("keyed"), err
		})
		return err
	}},
	{"the answer of a key", func(ctx context.Context, c *Catalog) error {
		key := WriteKey{Tenant: "demo", ID: [16]byte{2}}
		_, again, err := c.Answered(ctx, key)
		if err != nil || again {
			return err
		}
		_, _, err = c.Once(ctx, key, func(context.Context) ([]byte, error) { return []byte("none"), nil })
		return err
	}},
	{"a new tenant", func(ctx context.Context, c *Catalog) error {
		_, err := c.CreateTenant(ctx, "second")
		return err
	}},
	{"a setting", func(ctx context.Context, c *Catalog) error {
		_, err := c.ChangeSettings(ctx, "demo", func(s *Settings) { s.DefaultLocation = "elsewhere" })
		return err
	}},
	{"a new product", func(ctx context.Context, c *Catalog) error {
		_, err := c.Know(ctx, Introduction{Ref: Ref{Tenant: "demo", Product: "tea"}, Unit: Unit{"kg", 3}})
		return err
	}},
	{"a choice", func(ctx context.Context, c *Catalog) error {
		all, _, err := c.Choices(ctx, "demo", "o-1", nil)
		if err != nil || len(all) > 0 {
			return err
		}
		return c.Choose(ctx, &Choice{Tenant: "demo", Order: "o-1", Version: 1, Body: "{}"}, nil)
	}},
	{"a choice that is stored again", func(ctx context.Context, c *Catalog) error {
		return c.Choose(ctx, &Choice{Tenant: "demo", Order: "o-2", Version: 1, Body: "{}"}, nil)
	}},
	{"a step of a move", func(ctx context.Context, c *Catalog) error {
		_, err := c.Moves.StepMove(ctx, Move{Bucket: 7, Step: "begun"}, "copied", "")
		return err
	}},
}

// A commit that no standby has is never acknowledged: not when its caller
// leaves, not when its wait is cancelled, and not to callers that repeat the
// write and find it stored.
func TestNoWriteIsAcknowledgedBeforeItsStandbyHasIt(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	layout := mustLayOut(t, c, "db0", "db1")
	_, printed := mustKey(t, c, "shop", ScopeRead)
	from := layout.Buckets[7]
	if _, err := c.Moves.StartMove(t.Context(), Move{Bucket: 7, From: from, To: 1 - from, Step: "begun"}); err != nil {
		t.Fatal(err)
	}
	head := mustHead(t, c)
	p.loseStandby()

	for _, w := range standbyWrites {
		write := func(ctx context.Context) error { return w.do(ctx, c) }
		leave, answer := p.underway(write)
		// Reads continue while a commit waits.
		if _, err := c.Tenant(t.Context(), "demo"); err != nil {
			t.Errorf("%s: a read: %v", w.name, err)
		}
		mustOpen(t, c, printed)
		if err := c.CatchUp(t.Context()); err != nil {
			t.Errorf("%s: the log: %v", w.name, err)
		}
		leave()
		if err := <-answer; !errors.Is(err, ErrIndeterminate) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s, whose caller left: got %v", w.name, err)
		}
		if n := p.waits(ours); n != 1 {
			t.Errorf("%s, whose caller left: %d commits wait, want 1", w.name, n)
		}
		p.drain(c)

		// It is visible now. Repeats wait for the standby too.
		leave, answer = p.underway(write)
		for p.cancelWaits(ours) > 0 {
		}
		mustBeIndeterminate(t, w.name+", repeated and cancelled", <-answer)
		leave()
		leave, answer = p.underway(write)
		if _, err := c.Tenant(t.Context(), "demo"); err != nil {
			t.Errorf("%s: a read while in doubt: %v", w.name, err)
		}
		mustOpen(t, c, printed)
		leave()
		<-answer
		p.drain(c)
	}

	p.findStandby()
	for _, w := range standbyWrites {
		for range 2 {
			if err := w.do(t.Context(), c); err != nil {
				t.Errorf("%s, with a standby: %v", w.name, err)
			}
		}
	}
	if c.store.commits.isDoubtful() {
		t.Error("the doubt stays")
	}
	// The location, its place, the tenant, its settings and the product.
	if grown := mustHead(t, c) - head; grown != 5 {
		t.Errorf("the log has %d entries more, want each write once", grown)
	}
	mustVerify(t, c)
}

// The caller has its answer at its deadline, the first one after the standby is
// back is acknowledged.
func TestACommitThatWaitsForItsStandbyIsNotCancelled(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	for name, want := range map[string]string{"statement_timeout": "0", "lock_timeout": "10s"} {
		var got string
		if err := c.store.writer.QueryRow(`SHOW ` + name).Scan(&got); err != nil || got != want {
			t.Errorf("%s of those who write is %q (%v), want %q", name, got, err, want)
		}
	}
	head := mustHead(t, c)
	p.loseStandby()
	write := func(ctx context.Context) error {
		_, _, err := c.Once(ctx, WriteKey{Tenant: "demo", ID: [16]byte{1}}, func(ctx context.Context) ([]byte, error) {
			_, err := c.SetPlaces(ctx, "demo", shop("kept"))
			return []byte("kept"), err
		})
		return err
	}
	leave, answer := p.underway(write)
	leave()
	mustBeIndeterminate(t, "a caller who leaves", <-answer)
	repeated := make(chan error, 1)
	go func() { repeated <- write(t.Context()) }()
	p.findStandby()
	if err := <-repeated; err != nil {
		t.Errorf("the repeat: %v", err)
	}
	if grown := mustHead(t, c) - head; grown != 2 {
		t.Errorf("the log has %d entries more, want 2", grown)
	}
	if c.store.commits.isDoubtful() {
		t.Error("a commit that its standby has leaves a doubt")
	}
	mustVerify(t, c)
}

// deaf is a session that drops the notice of a cancelled wait.
type deaf struct{ session }

func (deaf) waitCancelled() bool { return false }

// Without the notice the writes above would be acknowledged: the server answers
// COMMIT with success.
func TestTheNoticeIsAllThatTellsOfACancelledWait(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	of := c.store.sessionOf
	c.store.sessionOf = func(conn *sql.Conn) (session, error) {
		s, err := of(conn)
		return deaf{s}, err
	}
	p.loseStandby()
	leave, answer := p.underway(func(ctx context.Context) error {
		_, err := c.CreateTenant(ctx, "lost")
		return err
	})
	defer leave()
	for p.cancelWaits(ours) > 0 {
	}
	if err := <-answer; err != nil {
		t.Errorf("got %v: something else has told", err)
	}
	p.findStandby()
}

func TestACatalogIsClosedWhileACommitWaits(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	p.loseStandby()
	leave, answer := p.underway(func(ctx context.Context) error {
		_, err := c.CreateTenant(ctx, "second")
		return err
	})
	defer leave()
	c.store.linger = time.Millisecond
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	mustBeIndeterminate(t, "the commit under way", <-answer)
	if _, err := c.CreateTenant(t.Context(), "third"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a write after that: %v", err)
	}
	if n := p.waits(ours); n != 1 {
		t.Errorf("%d commits wait, want 1: it was cancelled", n)
	}
	p.findStandby()
}
