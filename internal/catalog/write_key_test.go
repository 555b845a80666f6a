package catalog

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func shop(name string) []Place {
	p := DefaultPlace("demo", "shop")
	p.Name = name
	return []Place{p}
}

// setName sets the shop's name under a key.
func setName(c *Catalog, key WriteKey, name string) (string, bool, error) {
	answer, again, err := c.Once(context.Background(), key, func(ctx context.Context) ([]byte, error) {
		_, err := c.SetPlaces(ctx, "demo", shop(name))
		return []byte(name), err
	})
	return string(answer), again, err
}

func TestAWriteUnderAKeyHappensOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		key := WriteKey{Tenant: "demo", ID: [16]byte{1}, Print: [16]byte{1}}
		if answer, again, err := setName(c, key, "old"); err != nil || again || answer != "old" {
			t.Fatalf("%q, %v, %v", answer, again, err)
		}
		if _, err := c.SetPlaces(t.Context(), "demo", shop("new")); err != nil {
			t.Fatal(err)
		}
		head := mustHead(t, c)
		if answer, again, err := setName(c, key, "old"); err != nil || !again || answer != "old" {
			t.Errorf("a repeat: %q, %v, %v", answer, again, err)
		}
		if answer, again, err := c.Answered(t.Context(), key); err != nil || !again || string(answer) != "old" {
			t.Errorf("asked for: %q, %v, %v", answer, again, err)
		}
		other := key
		other.Print = [16]byte{2}
		if _, _, err := setName(c, other, "other"); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("another request: %v", err)
		}
		if _, _, err := c.Answered(t.Context(), other); !errors.Is(err, ErrKeyTaken) {
			t.Errorf("another request is asked for: %v", err)
		}
		p, err := c.Place(t.Context(), "demo", "shop")
		if err != nil || p.Name != "new" || mustHead(t, c) != head {
			t.Errorf("repeats have changed it to %q, %v", p.Name, err)
		}
		clock.advance(writeKeyKept + time.Second)
		if err := c.prune(t.Context(), "{write_key}", "", millis(clock.Now().Add(-writeKeyKept))); err != nil {
			t.Fatal(err)
		}
		if _, again, err := setName(c, other, "later"); err != nil || again {
			t.Errorf("after its time: %v, %v", again, err)
		}
		mustVerify(t, c)
	})
}

func TestAWriteUnderAKeyThatFailsLeavesNothing(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		head := mustHead(t, c)
		key := WriteKey{Tenant: "demo", ID: [16]byte{1}}
		killed := errors.New("killed")
		_, _, err := c.Once(t.Context(), key, func(ctx context.Context) ([]byte, error) {
			if _, err := c.SetPlaces(ctx, "demo", shop("half")); err != nil {
				return nil, err
			}
			return nil, killed
		})
		if !errors.Is(err, killed) || mustHead(t, c) != head {
			t.Errorf("%v, and the log has grown by %d", err, mustHead(t, c)-head)
		}
		if _, err := c.Place(t.Context(), "demo", "shop"); !errors.Is(err, ErrUnknown) {
			t.Errorf("the location is there: %v", err)
		}
		if _, again, err := setName(c, key, "whole"); again || err != nil {
			t.Errorf("the key is taken: %v, %v", again, err)
		}
		if _, _, err := setName(c, WriteKey{Tenant: "nobody"}, "x"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a tenant that is not known: %v", err)
		}
	})
}

func TestParallelWritesUnderAKeyHappenOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		processes := []*Catalog{open(t, dsn), open(t, dsn)}
		mustTenant(t, processes[0], "demo")
		key := WriteKey{Tenant: "demo", ID: [16]byte{1}}
		var first atomic.Int32
		var all sync.WaitGroup
		answers := make([]string, 8)
		for i := range answers {
			all.Go(func() {
				answer, again, err := setName(processes[i%2], key, fmt.Sprint("name ", i))
				if answers[i] = answer; err != nil {
					t.Error(err)
				}
				if !again {
					first.Add(1)
				}
			})
		}
		all.Wait()
		p, err := processes[0].Place(t.Context(), "demo", "shop")
		if err != nil || first.Load() != 1 {
			t.Fatalf("%d were first, %v", first.Load(), err)
		}
		for _, answer := range answers {
			if answer != p.Name {
				t.Errorf("the answer is %q, and the name %q", answer, p.Name)
			}
		}
	})
}
