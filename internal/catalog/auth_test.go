package catalog

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestAnotherProcessGoesByTheKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		path := in.open(t)
		a, b := open(t, path, WithClock(at.Now)), open(t, path, WithClock(at.Now))
		mustTenant(t, a, "demo")

		k, printed := mustKey(t, a, "shop", ScopeRead)
		at.advance(missAfter)
		mustOpen(t, b, printed) // new keys count at once

		if _, err := a.RevokeKey(t.Context(), "demo", k.ID); err != nil {
			t.Fatal(err)
		}
		mustRefuse(t, a, printed, ErrRevoked)
		at.advance(2 * time.Second)
		mustRefuse(t, b, printed, ErrRevoked)
	})
}

func TestAFloodOfBadKeysIsAnsweredFromMemory(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		_, printed := mustKey(t, c, "shop", ScopeRead)
		at.advance(time.Second)
		mustRefuse(t, c, "hf_00000000_first-of-the-flood", ErrBadKey)
		if err := c.store.close(); err != nil {
			t.Fatal(err)
		}
		for i := range 10_000 {
			mustRefuse(t, c, fmt.Sprintf("hf_00000000_%032d", i), ErrBadKey)
		}
		mustOpen(t, c, printed)
		if keys := len(c.ring.byHash); keys != 1 {
			t.Errorf("memory holds %d keys, want 1", keys)
		}

		// Data older than the bound is not used, however good it looks.
		at.advance(2 * time.Second)
		mustRefuse(t, c, printed, ErrUnavailable)
		if err := c.Ready(t.Context()); !errors.Is(err, ErrUnavailable) {
			t.Errorf("while it refuses keys it is ready: %v", err)
		}
	})
}

func TestAClockSetBackDoesNotKeepARevokedKey(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		at := newClock()
		path := in.open(t)
		a, b := open(t, path), open(t, path, WithClock(at.Now))
		mustTenant(t, a, "demo")
		k, printed := mustKey(t, a, "shop", ScopeRead)
		at.advance(time.Hour)
		mustOpen(t, b, printed)
		if _, err := a.RevokeKey(t.Context(), "demo", k.ID); err != nil {
			t.Fatal(err)
		}
		at.advance(-30 * time.Minute)
		mustRefuse(t, b, printed, ErrRevoked)
	})
}

func TestAFileThatWasPutBackIsReadAnew(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		_, printed := mustKey(t, c, "shop", ScopeRead)
		mustKnow(t, c, Ref{"demo", "tea", "shop"}, Unit{"kg", 3})
		mustOpen(t, c, printed)
		for _, statement := range []string{
			`DELETE FROM {api_key}`, `DELETE FROM {product}`, `DELETE FROM {location}`,
			`DELETE FROM {catalog_log} WHERE seq > 1`,
			`UPDATE {catalog_head} SET seq = 1, hash = (SELECT hash FROM {catalog_log} WHERE seq = 1)`,
		} {
			do(t, c, statement)
		}
		at.advance(2 * time.Second)
		mustRefuse(t, c, printed, ErrBadKey)
		if k, err := c.Known(t.Context(), Ref{"demo", "tea", "shop"}); err != nil || k != (Knowledge{}) {
			t.Errorf("still known: %+v, %v", k, err)
		}
		mustVerify(t, c)
	})
}

func TestWhoIsFarBehindReadsAnew(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		_, printed := mustKey(t, c, "shop", ScopeRead)
		got, err := c.store.changes(t.Context(), 1, 0)
		if err != nil || !got.anew || got.head != 2 || len(got.keys) != 1 {
			t.Errorf("got %+v, %v", got, err)
		}
		c.seen = -1
		at.advance(2 * time.Second)
		mustOpen(t, c, printed)
	})
}

func TestRunFollowsUntilItIsToldToStop(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		a := open(t, path)
		asked := make(chan struct{}, 1)
		b := open(t, path, WithClock(func() time.Time {
			select {
			case asked <- struct{}{}:
			default:
			}
			return time.Now()
		}))
		mustTenant(t, a, "demo")
		k, printed := mustKey(t, a, "shop", ScopeRead)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- b.Run(ctx) }()
		for !b.lookedUp(k.hash) {
			<-asked // each look reads the clock
		}
		mustOpen(t, b, printed)
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run: %v", err)
		}
	})
}

// lookedUp reports whether memory has the key, without asking the database.
func (c *Catalog) lookedUp(hash [32]byte) bool {
	_, ok := c.ring.find(hash)
	return ok
}

func TestAuthenticateEndsWithItsContext(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		at.advance(time.Minute)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if _, err := c.Authenticate(ctx, strings.Repeat("x", 40)); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
		mustRefuse(t, c, strings.Repeat("x", 40), ErrBadKey)
	})
}

func TestTheHotPathDoesNotAllocate(t *testing.T) {
	c := open(t, fileWithCatalog(t))
	mustTenant(t, c, "demo")
	_, printed := mustKey(t, c, "shop", ScopeRead)
	ref := Ref{"demo", "tea", "shop"}
	mustKnow(t, c, ref, Unit{})
	for name, call := range map[string]func() error{
		"Authenticate": func() error { _, err := c.Authenticate(t.Context(), printed); return err },
		"Known":        func() error { _, err := c.Known(t.Context(), ref); return err },
		"Know":         func() error { _, err := c.Know(t.Context(), Introduction{Ref: ref}); return err },
		"Settings":     func() error { _, err := c.Settings(t.Context(), "demo"); return err },
	} {
		allocs := testing.AllocsPerRun(1000, func() {
			if err := call(); err != nil {
				t.Fatal(err)
			}
		})
		if allocs >= 1 {
			t.Errorf("%s allocates %v times", name, allocs)
		}
	}
}

func TestWhoWaitedForALookSharesItsFailure(t *testing.T) {
	t.Parallel()
	c, at := opened(t, onSQLite)
	c.following <- struct{}{} // somebody looks
	const callers = 5
	asked, told := make(chan struct{}, callers), make(chan error, callers)
	now := c.now
	c.now = func() time.Time { defer func() { asked <- struct{}{} }(); return now() }
	for range callers {
		go func() { told <- c.follow(t.Context(), 0) }()
	}
	for range callers {
		<-asked
	}
	at.advance(time.Second)
	mine := errors.New("mine")
	c.failed = failure{began: at.Now().Sub(c.start), err: mine}
	<-c.following
	for range callers {
		if err := <-told; !errors.Is(err, mine) {
			t.Errorf("who waited was told %v", err)
		}
	}
	at.advance(time.Second)
	if err := c.follow(t.Context(), 0); err != nil {
		t.Errorf("who came later was told %v", err)
	}
}
