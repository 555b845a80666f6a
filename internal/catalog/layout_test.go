package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

func TestTheReferenceMap(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		c := open(t, dsn)
		for _, ask := range []func() (Layout, error){
			func() (Layout, error) { return c.Slots.Layout(t.Context()) },
			func() (Layout, error) { return c.Slots.FreshLayout(t.Context()) },
			func() (Layout, error) { return c.Slots.MoveBucket(t.Context(), 1, 0, 1, 0) },
			func() (Layout, error) { return c.Slots.AddSlots(t.Context(), 1, []SlotPlace{{Database: "db2"}}) },
		} {
			if _, err := ask(); !errors.Is(err, ErrNoLayout) {
				t.Errorf("before there is a map: %v", err)
			}
		}
		var places []SlotPlace
		for set := range 4 {
			places = append(places, SlotPlace{Database: "db0", Set: set}, SlotPlace{Database: "db1", Set: set})
		}
		l, err := c.Slots.LayOut(t.Context(), places)
		if err != nil || l.Version != 1 || len(l.Slots) != 8 {
			t.Fatalf("laid out: version %d, %d slots, %v", l.Version, len(l.Slots), err)
		}
		for b, slot := range l.Buckets {
			p, known := l.Place(slot)
			if want := (SlotPlace{Number: uint16(b % 8), Database: fmt.Sprint("db", b%2), Set: b / 2 % 4}); !known || p != want {
				t.Fatalf("bucket %d lives in %+v, want %+v", b, p, want)
			}
		}
		mustBe := func(who string, got Layout, err error) {
			t.Helper()
			if err != nil || got.Version != l.Version || got.Buckets != l.Buckets || !slices.Equal(got.Slots, l.Slots) {
				t.Errorf("%s has version %d with %d slots, %v", who, got.Version, len(got.Slots), err)
			}
		}
		again, err := c.Slots.LayOut(t.Context(), []SlotPlace{{Database: "elsewhere"}})
		mustBe("laying out again", again, err)
		mine, err := c.Slots.Layout(t.Context())
		mustBe("this process", mine, err)
		theirs, err := open(t, dsn).Slots.Layout(t.Context())
		mustBe("another process", theirs, err)
		mustVerify(t, c)
	})
}

func TestTheMapChangesByVersions(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := open(t, in.open(t))
		mustLayOut(t, c, "db0", "db1")
		l, err := c.Slots.AddSlots(t.Context(), 1, []SlotPlace{{Number: 77, Database: "db2", Set: 3}})
		if want := (SlotPlace{Number: 2, Database: "db2", Set: 3}); err != nil || l.Version != 2 || l.Slots[2] != want {
			t.Fatalf("a third slot: %+v, %v", l.Slots, err)
		}
		if l, err = c.Slots.AddSlots(t.Context(), 1, []SlotPlace{{Database: "db2", Set: 3}}); err != nil || l.Version != 2 {
			t.Errorf("the same call again: version %d, %v", l.Version, err)
		}
		if l, err = c.Slots.MoveBucket(t.Context(), 2, 5, 2, 40); err != nil || l.Version != 3 || l.Buckets[5] != 2 || l.Buckets[6] != 0 || l.Slots[2].Since != 40 {
			t.Fatalf("a bucket that moved: %d, %+v, %v", l.Buckets[5], l.Slots, err)
		}
		if l, err = c.Slots.MoveBucket(t.Context(), 2, 5, 2, 40); err != nil || l.Version != 3 {
			t.Errorf("the same call again: version %d, %v", l.Version, err)
		}
		for _, tc := range []struct {
			name string
			do   func() (Layout, error)
			want error
		}{
			{"a move by a stale map", func() (Layout, error) { return c.Slots.MoveBucket(t.Context(), 2, 6, 2, 41) }, ErrStale},
			{"slots by a stale map", func() (Layout, error) { return c.Slots.AddSlots(t.Context(), 2, []SlotPlace{{Database: "db3"}}) }, ErrStale},
			{"a slot that is nowhere", func() (Layout, error) { return c.Slots.MoveBucket(t.Context(), 3, 6, 3, 1) }, ErrUnknown},
			{"a bucket that cannot be", func() (Layout, error) { return c.Slots.MoveBucket(t.Context(), 3, stock.Buckets, 1, 1) }, ErrInvalid},
			{"a place that is taken", func() (Layout, error) { return c.Slots.AddSlots(t.Context(), 3, []SlotPlace{{Database: "db1"}}) }, ErrInvalid},
			{"a database without a name", func() (Layout, error) { return c.Slots.AddSlots(t.Context(), 3, []SlotPlace{{}}) }, ErrInvalid},
			{"a set below none", func() (Layout, error) {
				return c.Slots.AddSlots(t.Context(), 3, []SlotPlace{{Database: "db1", Set: -1}})
			}, ErrInvalid},
		} {
			got, err := tc.do()
			if !errors.Is(err, tc.want) || got.Version != 3 {
				t.Errorf("%s: version %d, %v; want %v", tc.name, got.Version, err, tc.want)
			}
		}
		if v := mustVerify(t, c); v.Head != 3 {
			t.Errorf("the log has %d entries, want 3", v.Head)
		}
		if l, err = c.Slots.MoveBucket(t.Context(), 3, 6, 2, 12); err != nil || l.Slots[2].Since != 40 {
			t.Errorf("one that came at an earlier position: %+v, %v", l.Slots, err)
		}
		if l, err = c.Slots.MoveBucket(t.Context(), 4, 6, 2, 41); err != nil || l.Version != 5 || l.Slots[2].Since != 41 {
			t.Errorf("one that came at a later position than was said: version %d, %+v, %v", l.Version, l.Slots, err)
		}
		entries, err := c.Log(t.Context(), 0, 10)
		if err != nil || entries[1].Kind != KindLayoutSlots || entries[2].Kind != KindLayoutMoved || entries[2].Subject != "layout" {
			t.Errorf("the log tells %+v, %v", entries, err)
		}
	})
}

func TestLayoutsThatCannotBe(t *testing.T) {
	t.Parallel()
	c := open(t, fileWithCatalog(t))
	many := make([]SlotPlace, maxSlots+1)
	for i := range many {
		many[i] = SlotPlace{Database: "db", Set: i}
	}
	for name, places := range map[string][]SlotPlace{
		"none": nil, "too many": many, "twice the same": {{Database: "a"}, {Database: "a"}}, "no name": {{}},
		"a set too high": {{Database: "a", Set: maxSet + 1}},
	} {
		if _, err := c.Slots.LayOut(t.Context(), places); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Slots.LayOut(t.Context(), many[:maxSlots]); err != nil {
		t.Errorf("a slot for each bucket: %v", err)
	}
}

// Several processes move all they can: each version is made once, by one of
// them, and everybody ends with the same map.
func TestManyMoversMakeEachVersionOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		nodes := []*Catalog{open(t, dsn), open(t, dsn), open(t, dsn)}
		mustLayOut(t, nodes[0], "db0", "db1", "db2", "db3")
		var made sync.Map
		var work sync.WaitGroup
		for n, c := range nodes {
			work.Go(func() {
				for i := range 15 {
					for l := mustFresh(t, c); ; {
						b := stock.Bucket(i*3 + n)
						next, err := c.Slots.MoveBucket(t.Context(), l.Version, b, 3-l.Buckets[b], uint64(l.Version))
						if errors.Is(err, ErrStale) {
							l = next
							continue
						}
						if err != nil {
							t.Error(err)
						} else if who, twice := made.LoadOrStore(next.Version, n); twice {
							t.Errorf("version %d was made by %v and by %d", next.Version, who, n)
						}
						break
					}
				}
			})
		}
		work.Wait()
		want := mustFresh(t, nodes[0])
		if want.Version != 46 {
			t.Errorf("the map has version %d, want 46", want.Version)
		}
		for b := range 45 {
			if want.Buckets[b] != uint16(3-b%4) {
				t.Errorf("bucket %d lives in slot %d", b, want.Buckets[b])
			}
		}
		for _, c := range nodes[1:] {
			if got := mustFresh(t, c); got.Version != want.Version || got.Buckets != want.Buckets {
				t.Errorf("another process has version %d", got.Version)
			}
		}
		mustVerify(t, nodes[1])
	})
}

func mustFresh(t *testing.T, c *Catalog) Layout {
	t.Helper()
	l, err := c.Slots.FreshLayout(t.Context())
	if err != nil {
		t.Error(err)
	}
	return l
}

func TestANewMapIsToldToOtherProcesses(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		dsn := in.open(t)
		a := open(t, dsn)
		told := make(chan int64, 10)
		b := open(t, dsn, WithLayoutNotice(func(l Layout) { told <- l.Version }))
		ended := make(chan error)
		ctx, stop := context.WithCancel(t.Context())
		go func() { ended <- b.Run(ctx) }()
		defer func() {
			stop()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}()
		wait := func(want int64) {
			t.Helper()
			select {
			case got := <-told:
				if l, err := b.Slots.Layout(t.Context()); got != want || err != nil || l.Version < want {
					t.Errorf("told of version %d, want %d; goes by %d, %v", got, want, l.Version, err)
				}
			case <-time.After(10 * time.Minute):
				t.Fatal("nobody was told")
			}
		}
		mustLayOut(t, a, "db0", "db1")
		wait(1)
		if _, err := a.Slots.MoveBucket(t.Context(), 1, 9, 0, 1); err != nil {
			t.Fatal(err)
		}
		wait(2)
		if _, err := b.Slots.MoveBucket(t.Context(), 2, 9, 1, 1); err != nil {
			t.Fatal(err)
		}
		wait(3)
		if len(told) != 0 {
			t.Error("told twice")
		}
	})
}

func TestTheMapIsKnownWithoutTheDatabase(t *testing.T) {
	t.Parallel()
	c, at := opened(t, onSQLite)
	mustLayOut(t, c, "db0")
	if err := c.store.close(); err != nil {
		t.Fatal(err)
	}
	at.advance(time.Hour)
	if l, err := c.Slots.Layout(t.Context()); err != nil || l.Version != 1 {
		t.Errorf("got version %d, %v", l.Version, err)
	}
	if _, err := c.Slots.FreshLayout(t.Context()); !errors.Is(err, ErrUnavailable) {
		t.Errorf("fresh: %v", err)
	}
}

// A layout that an earlier version stored has no positions.
func TestALayoutWithoutPositionsIsRead(t *testing.T) {
	t.Parallel()
	c, _ := opened(t, onSQLite)
	l := mustLayOut(t, c, "db0", "db1")
	packed, err := json.Marshal(l.body())
	if err != nil || strings.Contains(string(packed), "since") {
		t.Fatalf("%s, %v", packed[:80], err)
	}
	if l, err = c.Slots.MoveBucket(t.Context(), 1, 1, 0, 7); err != nil || l.Slots[0].Since != 7 || l.Slots[1].Since != 0 {
		t.Errorf("%+v, %v", l.Slots, err)
	}
	mustVerify(t, c)
}

// However many ask for the map at once, the database is asked once for all who
// were waiting then.
func TestManyWhoAskForTheMapShareOneLook(t *testing.T) {
	t.Parallel()
	const callers = 100
	var ticks atomic.Int64
	var asked sync.WaitGroup
	c := open(t, fileWithCatalog(t), WithClock(func() time.Time {
		now := time.Now()
		if n := ticks.Add(1); n < 0 { // counted from here on
			asked.Done()
		}
		return now
	}))
	mustLayOut(t, c, "db0")
	if err := c.store.close(); err != nil {
		t.Fatal(err)
	}
	c.following <- struct{}{} // somebody looks already
	asked.Add(callers)
	ticks.Store(-callers - 1)
	var mu sync.Mutex
	told := map[error]int{}
	var work sync.WaitGroup
	for range callers {
		work.Go(func() {
			_, err := c.Slots.FreshLayout(t.Context())
			mu.Lock()
			defer mu.Unlock()
			told[err]++
		})
	}
	asked.Wait()
	<-c.following
	work.Wait()
	if len(told) != 1 {
		t.Errorf("%d looks for %d callers", len(told), callers)
	}
	for err := range told {
		if !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
	}
}
