package peer_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/proof/peer"
)

// servers are the real ones; each test dials for itself.
var servers = []struct {
	name string
	dsn  func(testing.TB) string
}{
	{"postgres", dbtest.Postgres},
	{"mysql", dbtest.MySQL},
}

func dial(t *testing.T, dsn string) *peer.Server {
	t.Helper()
	s, err := peer.Dial(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s
}

// Every form is right: a comparison with one that oversells would be worth
// nothing. Each order is asked for by two of 64 callers at about the same
// time, and there are half as many units as orders.
func TestEveryFormSellsWhatThereIsOnceAndNoMore(t *testing.T) {
	t.Parallel()
	for _, server := range servers {
		t.Run(server.name, func(t *testing.T) {
			t.Parallel()
			s := dial(t, server.dsn(t))
			for _, form := range peer.Forms {
				for _, keys := range []bool{false, true} {
					t.Run(fmt.Sprintf("%s, keys %v", form, keys), func(t *testing.T) {
						sellOut(t, s, peer.Spec{Form: form, Pool: 32, Keys: keys, Products: []string{"left", "right"}, Units: 40, Older: 7})
					})
				}
			}
		})
	}
}

func sellOut(t *testing.T, s *peer.Server, spec peer.Spec) {
	const callers, orders = 64, 160
	store, err := s.Open(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	var next, conflicts atomic.Int64
	var made [orders][2]bool
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for n := next.Add(1) - 1; n < 2*orders; n = next.Add(1) - 1 {
				o := &peer.Order{
					ID: fmt.Sprintf("order-%d", n/2), Key: fmt.Sprintf("key-%d", n/2), Quantity: 1,
					Product: spec.Products[n/2%2],
				}
				err := store.Reserve(t.Context(), o)
				for errors.Is(err, peer.ErrConflict) {
					conflicts.Add(1)
					err = store.Reserve(t.Context(), o)
				}
				if err != nil && !errors.Is(err, peer.ErrShort) {
					t.Errorf("order %d: %v", n/2, err)
				}
				made[n/2][n%2] = err == nil
			}
		})
	}
	all.Wait()
	sold := 0
	for n, both := range made {
		if both[0] != both[1] {
			t.Errorf("order %d was answered %v and %v", n, both[0], both[1])
		}
		if both[0] {
			sold++
		}
	}
	if sold != 80 {
		t.Errorf("%d of 80 units sold", sold)
	}
	if err := store.Check(t.Context(), sold); err != nil {
		t.Error(err)
	}
	if err := store.Check(t.Context(), sold+1); err == nil {
		t.Error("the check takes any number")
	}
	if spec.Form == peer.Optimistic && store.Retries() == 0 {
		t.Error("64 callers fought over two rows and none had to try again")
	}
}

// A caller without a connection when a run ends is not waited for.
func TestWhoWaitsForAConnectionIsLetGo(t *testing.T) {
	t.Parallel()
	s := dial(t, dbtest.Postgres(t))
	store, err := s.Open(t.Context(), peer.Spec{Form: peer.Conditional, Pool: 1, Products: []string{"mug"}, Units: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	var closing, made, next atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				err := store.Reserve(t.Context(), &peer.Order{ID: fmt.Sprint(next.Add(1)), Product: "mug", Quantity: 1})
				switch {
				case errors.Is(err, peer.ErrClosing):
					closing.Add(1)
					return
				case err != nil:
					t.Error(err)
					return
				}
				if made.Add(1) == 20 {
					store.End()
				}
			}
		})
	}
	all.Wait()
	if closing.Load() != 8 {
		t.Errorf("%d of 8 were let go", closing.Load())
	}
	if err := store.Check(t.Context(), int(made.Load())); err != nil {
		t.Error(err)
	}
}

func TestDSNsThatNameNoServer(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, dsn, says string }{
		{"another kind of database", "sqlite:books.db", `no server speaks "sqlite"`},
		{"no URL", "host=localhost dbname=x\x7f", "is not a URL"},
		{"a setting the driver does not know", "mysql://root@127.0.0.1:1/?timeout=soon", "read the DSN"},
	} {
		if s, err := peer.Dial(t.Context(), test.dsn); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: got %v, %v", test.name, s, err)
		}
	}
}
