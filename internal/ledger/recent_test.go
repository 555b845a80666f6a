package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/wrap"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

const recentAge = 250 * time.Millisecond

// counted is an engine whose looks and loads are counted, and fail when they should.
type counted struct {
	looks, loads atomic.Int64 // looks are heads that reads from memory ask for: only those are bounded
	before       atomic.Pointer[func(ctx context.Context, m wrap.Method) error]
}

func (c *counted) on(e engine.Engine) engine.Engine {
	return wrap.New(e, func(ctx context.Context, m wrap.Method, do func(context.Context) error) error {
		switch m {
		case "Head":
			if _, bounded := ctx.Deadline(); bounded {
				c.looks.Add(1)
			}
		case "Load":
			c.loads.Add(1)
		}
		if before := c.before.Load(); before != nil {
			if err := (*before)(ctx, m); err != nil {
				return err
			}
		}
		return do(ctx)
	})
}

// meet calls fn before each call of the engine; nil: nothing.
func (c *counted) meet(fn func(ctx context.Context, m wrap.Method) error) {
	if fn == nil {
		c.before.Store(nil)
		return
	}
	c.before.Store(&fn)
}

// recently is the available quantity of the product according to memory.
func recently(t *testing.T, l *ledger.Ledger, product string, after ...ledger.Position) (available stock.Qty, at stock.Time, ok bool) {
	t.Helper()
	levels, at, ok := l.Recent(recentAge).Items(t.Context(), []stock.ItemKey{item(product)}, after)
	if !ok {
		return 0, 0, false
	}
	of, _, ok := l.Recent(recentAge).Product(t.Context(), engine.ProductKey{Tenant: tenant, Product: product}, after)
	if ok && (len(of) != 1 || of[0].Figures() != levels[0].Figures()) {
		t.Fatalf("of the product %v, of the item %v", of, levels)
	}
	return levels[0].Figures().Available, at, true
}

func wantRecently(t *testing.T, l *ledger.Ledger, product string, want stock.Qty) stock.Time {
	t.Helper()
	n, at, ok := recently(t, l, product)
	if !ok || n != want {
		t.Fatalf("memory answers %t %d, want %d", ok, n, want)
	}
	return at
}

func TestReadsFromMemoryLookAtTheHeadOnceInTheirAge(t *testing.T) {
	t.Parallel()
	c, e := newClock(), &counted{}
	l := open(t, e.on(memory.New()), ledger.WithClock(c))
	must(t, l, stock.OpenItem{Item: item("mug"), Bucket: bucket, Qty: 5, Tracked: true})
	wantLevel(t, l, "mug", 5, 0)
	began := c.Wall()
	first := wantRecently(t, l, "mug", 5)
	looks, loads := e.looks.Load(), e.loads.Load()
	c.advance(recentAge)
	for range 1000 {
		if at := wantRecently(t, l, "mug", 5); at != first || at < began {
			t.Fatalf("as of %d, want %d, the time of the look", at, first)
		}
	}
	if n := e.looks.Load() - looks; n != 0 {
		t.Errorf("1,000 reads looked at the head %d times", n)
	}
	c.advance(time.Millisecond)
	for range 1000 {
		if at := wantRecently(t, l, "mug", 5); at <= first {
			t.Fatal("the time of an old look")
		}
	}
	if n := e.looks.Load() - looks; n > 1 {
		t.Errorf("after their age 1,000 reads looked at the head %d times, want once", n)
	}
	if n := e.loads.Load() - loads; n != 0 {
		t.Errorf("they loaded %d times", n)
	}
}

// Memory leaves to the books what it lacks, and also remembers what they do not
// have.
func TestMemoryKnowsWhatIsNotThere(t *testing.T) {
	t.Parallel()
	e := &counted{}
	l := open(t, e.on(memory.New()), ledger.WithClock(newClock()))
	if _, _, ok := recently(t, l, "mug"); ok {
		t.Fatal("memory answers for an item that nobody has read")
	}
	level(t, l, "mug")
	loads := e.loads.Load()
	wantRecently(t, l, "mug", 0)
	if e.loads.Load() != loads {
		t.Error("it was loaded again")
	}
	must(t, l, stock.OpenItem{Item: item("mug"), Bucket: bucket, Qty: 5, Tracked: true})
	wantRecently(t, l, "mug", 5)
	l.Forget()
	if _, _, ok := recently(t, l, "mug"); ok {
		t.Error("memory answers for an item that it has forgotten")
	}
}

// A node shows a write of another node as soon as its look is too old, without
// reading the row again, and at once to a caller that names the position.
func TestMemoryFollowsOtherNodes(t *testing.T) {
	t.Parallel()
	c, e := newClock(), &counted{}
	f := nodes(t, 2, all(e.on(memory.New())), ledger.WithClock(c))
	writer, reader := f.nodes[0], f.nodes[1]
	must(t, writer, stock.OpenItem{Item: item("mug"), Bucket: bucket, Qty: 5, Tracked: true})
	wantLevel(t, reader, "mug", 5, 0)
	wantRecently(t, reader, "mug", 5)
	sold := must(t, writer, place("o-1", "mug", 5))
	loads := e.loads.Load()
	if n, _, ok := recently(t, reader, "mug"); ok && n != 5 {
		t.Errorf("within the age memory says %d", n)
	}
	if n, _, ok := recently(t, reader, "mug", sold.Position); ok {
		t.Errorf("memory is behind the position and says %d", n)
	}
	if _, _, ok := recently(t, reader, "mug", ledger.Position{Slot: 7, Seq: 1}); ok {
		t.Error("memory answers for a slot that is not there")
	}
	c.advance(recentAge + time.Millisecond)
	wantRecently(t, reader, "mug", 0)
	if n, _, ok := recently(t, reader, "mug", sold.Position); !ok || n != 0 {
		t.Errorf("at the position memory says %t %d", ok, n)
	}
	if n := e.loads.Load() - loads; n != 0 {
		t.Errorf("%d loads, want none", n)
	}
}

// A node shows its callers the writes made through it, though another node has
// carried them out.
func TestMemoryShowsOwnWrites(t *testing.T) {
	t.Parallel()
	f := nodes(t, 2, all(memory.New()), ledger.WithClock(newClock()))
	near := f.nodes[1] // node 0 is the home
	must(t, near, stock.OpenItem{Item: item("mug"), Bucket: bucket, Qty: 100, Tracked: true})
	wantLevel(t, near, "mug", 100, 0)
	wantRecently(t, near, "mug", 100)
	for i := range 10 {
		must(t, near, place(fmt.Sprint("o-", i), "mug", 1))
		left := stock.Qty(99 - i)
		if n, _, ok := recently(t, near, "mug"); ok && n != left {
			t.Fatalf("after its own write memory says %d, want %d or nothing", n, left)
		}
		wantLevel(t, near, "mug", left, stock.Qty(i+1))
		wantRecently(t, near, "mug", left)
	}
	if f.calls.Load() == 0 {
		t.Error("nothing was forwarded")
	}
}

// One caller at a time asks a silent store, at intervals; memory answers the
// others, for as long as the contract allows.
func TestMemoryAnswersWhileTheStoreIsSilent(t *testing.T) {
	t.Parallel()
	silent := errors.New("no route to host")
	for name, seconds := range map[string]int{"refuses": 24, "hangs": 3} { // each look at a store that hangs takes its time
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, e, over := newClock(), &counted{}, make(chan struct{})
			l := open(t, e.on(memory.New()), ledger.WithClock(c))
			must(t, l, stock.OpenItem{Item: item("mug"), Bucket: bucket, Qty: 5, Tracked: true})
			wantLevel(t, l, "mug", 5, 0)
			seen := wantRecently(t, l, "mug", 5)
			e.meet(func(ctx context.Context, m wrap.Method) error {
				if m != "Head" {
					return nil
				}
				if name == "hangs" {
					select {
					case <-ctx.Done():
					case <-over:
					}
				}
				return silent
			})
			looks := e.looks.Load()
			for second := range seconds {
				c.advance(time.Second)
				for range 100 {
					if at := wantRecently(t, l, "mug", 5); at != seen {
						t.Fatalf("as of %d, the last look was at %d", at, seen)
					}
				}
				if n := e.looks.Load() - looks; n > int64(second)+1 {
					t.Fatalf("after %d s the store was asked %d times", second+1, n)
				}
			}
			e.meet(nil)
			close(over)
			c.advance(time.Second)
			if at := wantRecently(t, l, "mug", 5); at <= seen {
				t.Error("the store answers and is not asked")
			}
			e.meet(func(context.Context, wrap.Method) error { return silent })
			c.advance(ledger.MaxAge + time.Millisecond)
			if _, at, ok := recently(t, l, "mug"); ok {
				t.Errorf("memory answers as of %d, which is too long ago", at)
			}
		})
	}
}

// A bucket moves from slot to slot while a location sells from it. Memory shows
// each write at once, or leaves the answer to the books.
func TestMemoryWhileABucketMoves(t *testing.T) {
	t.Parallel()
	m := newTravels(3)
	l := openBy(t, m, inMemory(3))
	defer running(t, l)()
	k := at(towns[0], "p")
	must(t, l, stock.OpenItem{Item: k, Bucket: bucketOf(k), Tracked: true})
	recent := l.Recent(ledger.MaxAge)
	answered := 0
	write := func(n int) {
		must(t, l, stock.Restock{Item: k, Bucket: bucketOf(k), Qty: 1})
		for range 2 {
			levels, _, ok := recent.Items(t.Context(), []stock.ItemKey{k}, nil)
			if ok && levels[0].Figures().OnHand != stock.Qty(n) {
				t.Fatalf("memory says %d, want %d", levels[0].Figures().OnHand, n)
			}
			of, _, okToo := recent.Product(t.Context(), engine.ProductKey{Tenant: tenant, Product: k.Product}, nil)
			if okToo && (len(of) != 1 || of[0].Figures().OnHand != stock.Qty(n)) {
				t.Fatalf("memory says of the product %v, want %d", of, n)
			}
			if ok && okToo {
				answered++
			}
			if _, _, err := l.Product(t.Context(), engine.ProductKey{Tenant: tenant, Product: k.Product}); err != nil {
				t.Fatal(err)
			}
		}
	}
	n := 0
	for range 9 {
		done := make(chan error, 1)
		go func() { done <- l.MoveBucket(t.Context(), m, bucketOf(k), (m.Slot(bucketOf(k))+1)%3, move.Keep(0)) }()
		for moving := true; moving; {
			n++
			write(n)
			select {
			case err := <-done:
				if err != nil {
					t.Fatal(err)
				}
				moving = false
			default:
			}
		}
		n++
		write(n)
	}
	if answered < 9 {
		t.Errorf("memory has answered %d times", answered)
	}
	t.Logf("%d writes, memory answered %d of %d reads", n, answered, 2*n)
}
