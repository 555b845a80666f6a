package catalog

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"
)

// clock is a time that only a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func open(t *testing.T, path string, opts ...Option) *Catalog {
	t.Helper()
	c, err := Open(t.Context(), path, opts...)
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return c
}

// opened is a catalog with the tenant "demo" and a clock that stands still.
func opened(t *testing.T, in home) (*Catalog, *clock) {
	t.Helper()
	at := newClock()
	c := open(t, in.open(t), WithClock(at.Now))
	mustTenant(t, c, "demo")
	return c, at
}

// patiently does again what a busy machine did not let end in time. It may have been stored.
func patiently[T any](do func() (T, error)) (v T, err error) {
	for range 10 {
		if v, err = do(); !errors.Is(err, ErrUnavailable) {
			break
		}
	}
	return v, err
}

func mustTenant(t *testing.T, c *Catalog, id string) Tenant {
	t.Helper()
	tenant, err := patiently(func() (Tenant, error) { return c.CreateTenant(t.Context(), id) })
	if err != nil {
		t.Fatal(err)
	}
	return tenant
}

func mustKnow(t *testing.T, c *Catalog, ref Ref, unit Unit) Knowledge {
	t.Helper()
	k, err := patiently(func() (Knowledge, error) { return c.Know(t.Context(), Introduction{Ref: ref, Unit: unit}) })
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func mustLayOut(t *testing.T, c *Catalog, databases ...string) Layout {
	t.Helper()
	places := make([]SlotPlace, len(databases))
	for i, name := range databases {
		places[i].Database = name
	}
	l, err := c.Slots.LayOut(t.Context(), places)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustHead(t *testing.T, c *Catalog) int64 {
	t.Helper()
	head, err := c.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return head
}

// mustVerify fails the test unless the books are in order.
func mustVerify(t *testing.T, c *Catalog) Verdict {
	t.Helper()
	v, err := c.VerifyLog(context.Background())
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, violation := range v.Violations {
		t.Error(violation)
	}
	return v
}
