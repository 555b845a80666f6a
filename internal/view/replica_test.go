package view

import (
	"context"
	"errors"
	"log/slog"
	"reflect"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/stock"
)

// mirror is a slot whose copy gets the records when the test says so. Either
// can be made silent.
type mirror struct {
	*memory.Engine
	quiet quiet

	mu     sync.Mutex
	groups []*engine.Group
	copied int
	copy   *copied
}

type copied struct {
	*memory.Engine
	quiet  quiet
	loaded func() // is called when rows were read
}

// quiet keeps calls waiting while it is on, whatever their context says.
type quiet struct {
	mu sync.Mutex
	on chan struct{}
}

func (q *quiet) set(on bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !on {
		close(q.on)
		q.on = nil
	} else {
		q.on = make(chan struct{})
	}
}

func (q *quiet) wait() {
	q.mu.Lock()
	on := q.on
	q.mu.Unlock()
	if on != nil {
		<-on
	}
}

func newMirror() *mirror {
	return &mirror{Engine: memory.New(), copy: &copied{Engine: memory.New()}}
}

func (m *mirror) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	m.mu.Lock()
	m.groups = append(m.groups, g)
	m.mu.Unlock()
	return m.Engine.Append(ctx, after, g)
}

func (m *mirror) Head(ctx context.Context) (engine.Seq, error) {
	m.quiet.wait()
	return m.Engine.Head(ctx)
}

func (c *copied) Head(ctx context.Context) (engine.Seq, error) {
	c.quiet.wait()
	return c.Engine.Head(ctx)
}

func (c *copied) Load(ctx context.Context, w engine.Want) (*engine.Loaded, error) {
	c.quiet.wait()
	if c.loaded != nil {
		defer c.loaded()
	}
	return c.Engine.Load(ctx, w)
}

// replay brings the copy to where the slot is, without its journal.
func (m *mirror) replay(t testing.TB) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	for ; m.copied < len(m.groups); m.copied++ {
		if err := m.copy.Append(t.Context(), engine.Seq(m.copied), m.groups[m.copied]); err != nil {
			t.Fatal(err)
		}
	}
}

// chart is a map that never changes unless the test does it.
type chart struct {
	mu      sync.Mutex
	version int64
	slots   int
	since   map[uint16]engine.Seq
	moved   map[string]uint16       // by location
	on      map[stock.Bucket]uint16 // where buckets went that items came to
}

func (c *chart) SlotOf(_ context.Context, k stock.ItemKey) (uint16, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if slot, ok := c.moved[k.Location]; ok {
		return slot, nil
	}
	return uint16(int(k.Location[0]-'a') % c.slots), nil
}

func (c *chart) Slot(b stock.Bucket) uint16 {
	c.mu.Lock()
	slot, ok := c.on[b]
	c.mu.Unlock()
	if ok {
		return slot
	}
	for letter := byte('a'); letter <= 'z'; letter++ {
		k := stock.ItemKey{Tenant: tenant, Location: string(letter)}
		if bucket(k) == b {
			slot, err := c.SlotOf(context.Background(), k)
			if err != nil {
				panic(err) // it has none
			}
			return slot
		}
	}
	return 0
}

func (c *chart) Since(slot uint16) engine.Seq {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.since[slot]
}

func (c *chart) Map() (int64, int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.version, c.slots
}

// copies are two slots with a replica that has both, looked at by Run.
type copies struct {
	*Replicas
	t       *testing.T
	mirrors []*mirror
	scripts []*script
	chart   *chart
}

// inCopies runs a test with tea at the locations a and b, one in each slot,
// by a clock of its own.
func inCopies(t *testing.T, test func(*copies)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := &copies{t: t, chart: &chart{slots: 2}}
		var slots, there []engine.Engine
		for i := range 2 {
			m := newMirror()
			c.mirrors, c.scripts = append(c.mirrors, m), append(c.scripts, newScript(t, m))
			c.scripts[i].do(open(c.at(i), 10))
			m.replay(t)
			slots, there = append(slots, m), append(there, m.copy)
		}
		closed := func() error { return nil }
		open := func(context.Context) ([]engine.Engine, func() error, error) { return there, closed, nil }
		var err error
		c.Replicas, err = NewReplicas(slots, []Replica{{"one", []uint16{0, 1}, open}}, c.chart, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- c.Run(ctx) }()
		c.pass(2 * time.Second)
		test(c)
		stop()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	})
}

func (c *copies) at(slot int) stock.ItemKey { return item(string(rune('a'+slot)), "tea") }

// pass lets time pass, and what it brings about.
func (c *copies) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// want asks a replica for the item of a slot; none says that none may answer.
func (c *copies) want(slot int, want stock.Qty, after ...feed.Cursor) {
	c.t.Helper()
	items, at, ok := c.Items(c.t.Context(), []stock.ItemKey{c.at(slot)}, after)
	switch {
	case !ok && want != none:
		c.t.Errorf("no replica answers, want %d", want)
	case ok && want == none:
		c.t.Errorf("a replica answers %d as of %d", items[0].Figures().Available, at)
	case ok && items[0].Figures().Available != want:
		c.t.Errorf("a replica answers %d, want %d", items[0].Figures().Available, want)
	case ok && time.Since(time.UnixMilli(int64(at))) > MaxBound:
		c.t.Errorf("the answer is as of %s ago", time.Since(time.UnixMilli(int64(at))))
	}
}

const none = stock.Qty(-1)

func TestAReplicaThatLagsIsLeftOut(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.want(0, 10)
		at := feed.Behind(0, c.scripts[0].do(restock(c.at(0), 5)))
		c.want(0, none, at)
		c.want(0, 10)
		c.want(1, none, at)
		c.pass(3 * time.Second)
		c.want(0, 10)
		c.pass(3 * time.Second)
		c.want(0, none)
		c.want(1, 10)
		if _, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, nil); ok {
			c.t.Error("a sum of a slot that is behind")
		}
		if all, serving := c.Count(); all != 1 || serving != 0 {
			c.t.Errorf("%d of %d serve", serving, all)
		}
		c.mirrors[0].replay(c.t)
		c.pass(time.Second)
		c.want(0, 15, at)
		at = feed.Behind(0, c.scripts[0].do(restock(c.at(0), 5)))
		c.mirrors[0].replay(c.t)
		c.want(0, 20, at) // it looks when it is asked
		items, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, feed.Cursors{at})
		if !ok || len(items) != 2 || items[0].Key != c.at(0) || items[1].Key != c.at(1) {
			c.t.Errorf("product %v, %t", items, ok)
		}
		c.want(0, none, feed.Behind(7, 1))
		if _, _, ok := c.Items(c.t.Context(), []stock.ItemKey{c.at(0), item("a", "new")}, nil); ok {
			c.t.Error("an item that is not there")
		}
		if _, _, ok := c.Items(c.t.Context(), nil, nil); ok {
			c.t.Error("an answer about nothing has no time")
		}
	})
}

func TestAReplicaThatIsSilentCostsOneWait(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[1].copy.quiet.set(true)
		began := time.Now()
		c.want(1, none)
		if took := time.Since(began); took != c.patience() {
			t.Errorf("the first call took %s", took)
		}
		for range 100 {
			c.want(1, none)
			c.want(0, none) // on the same server
		}
		if took := time.Since(began); took != c.patience() {
			t.Errorf("all calls took %s", took)
		}
		c.pass(20 * time.Second)
		c.want(0, none)
		c.mirrors[1].copy.quiet.set(false)
		c.pass(2 * time.Second)
		c.want(1, 10)
	})
}

func TestWithoutTheSlotItsReplicaAnswersForAWhile(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[0].quiet.set(true)
		for range 22 {
			c.pass(time.Second)
			c.want(0, 10)
		}
		c.pass(5 * time.Second)
		c.want(0, none)
		c.want(1, 10)
		c.mirrors[0].quiet.set(false)
		c.pass(2 * time.Second)
		c.want(0, 10)
	})
}

func TestACopyOfSomethingElseIsNeverRead(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.mirrors[0].copy.Engine, c.mirrors[1].copy.Engine = c.mirrors[1].copy.Engine, c.mirrors[0].copy.Engine
		c.end()
		c.pass(2 * time.Second)
		c.want(0, none)
		c.want(1, none)
	})
}

// end makes the replica begin anew.
func (c *copies) end() {
	for _, one := range c.Replicas.copies {
		one.end()
	}
}

func TestAReplicaThatLostRecordsIsLookedAtAnew(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.scripts[0].do(restock(c.at(0), 5))
		c.mirrors[0].replay(c.t)
		c.pass(2 * time.Second)
		c.want(0, 15)
		m := c.mirrors[0]
		m.copy.Engine, m.copied = memory.New(), 0
		c.want(0, none)
		c.pass(2 * time.Second)
		c.want(0, none)
		m.replay(c.t)
		c.pass(3 * time.Second)
		c.want(0, 15)
	})
}

// What was in another slot a moment ago may not be on this one's replica yet.
func TestAnotherMapWantsReplicasOfItsOwnTime(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.chart.mu.Lock()
		c.chart.version++
		c.chart.mu.Unlock()
		c.want(0, none)
		c.pass(2 * time.Second)
		c.want(0, 10)
		c.chart.mu.Lock()
		c.chart.slots++
		c.chart.mu.Unlock()
		c.want(0, none)
	})
}

// A replica of the slot that a bucket has moved to answers when it has it, one
// of the old slot no longer.
func TestReplicasOfWhatMoves(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		all[0].do(reserve("o", 2, c.at(0)))
		move := all.carriage("a", 0, 1)
		replay := func(slots ...int) {
			for _, slot := range slots {
				c.mirrors[slot].replay(c.t)
			}
			c.pass(2 * time.Second)
		}
		// seen is what all lists have of the two items; nil: no replica answers.
		seen := func(want ...stock.Qty) {
			c.t.Helper()
			items, _, ok := c.Product(c.t.Context(), engine.ProductKey{Tenant: tenant, Product: "tea"}, nil)
			page, paged := c.Page(c.t.Context(), LevelQuery{Tenant: tenant}, nil)
			if !ok || !paged {
				if want != nil {
					c.t.Errorf("no replica answers: product %t, page %t", ok, paged)
				}
				return
			}
			var product, listed []stock.Qty
			for i := range items {
				product = append(product, items[i].Figures().Available)
			}
			for _, it := range page.Items {
				listed = append(listed, it.Figures().Available)
			}
			if !slices.Equal(product, want) || !slices.Equal(listed, want) {
				c.t.Errorf("the product has %v, the list %v, want %v", product, listed, want)
			}
		}
		held := func(want stock.Qty) {
			c.t.Helper()
			holds, _, ok := c.Order(c.t.Context(), order("o"), nil)
			if !ok || len(holds) != 1 || holds[0].Lines[0].Quantity() != want {
				c.t.Errorf("holds %+v, %t, want one of %d", holds, ok, want)
			}
		}
		move.leave()
		move.come()
		move.copy()
		all[0].do(restock(c.at(0), 5)) // not copied yet
		replay(0, 1)
		seen(13, 10)
		held(2)
		c.want(0, 13)
		move.seal()
		move.copy()
		replay(0, 1)
		seen(13, 10)
		c.want(0, none) // the slot itself no longer answers for it either
		move.open()
		opened := all[1].seq
		all[1].do(restock(c.at(0), 1), stock.Release{Target: stock.Target{Order: order("o"), Item: c.at(0), Qty: 1, Keyed: true}})
		replay(1)
		seen(15, 10)
		held(1)
		c.want(0, none) // by the map that is known here it is in the old slot
		c.chart.mu.Lock()
		c.chart.moved, c.chart.version = map[string]uint16{"a": 1}, 1
		c.chart.since = map[uint16]engine.Seq{1: opened}
		c.chart.mu.Unlock()
		c.pass(2 * time.Second)
		c.want(0, 15)
		move.drop()
		replay(0, 1)
		seen(15, 10)
		// Another bucket was opened there, and the replica has not got it.
		c.chart.mu.Lock()
		c.chart.since = map[uint16]engine.Seq{1: all[1].seq + 1}
		c.chart.mu.Unlock()
		c.want(0, none)
		c.want(1, none)
		seen()
		if _, _, ok := c.Order(c.t.Context(), order("o"), nil); ok {
			c.t.Error("a replica that lacks a bucket says what there is of an order")
		}
		all[1].do(restock(c.at(1), 1))
		replay(1)
		seen(15, 11)
	})
}

// A copy that is behind has an item of a location that changes places in the
// bucket with which it has gone on since.
func TestAnItemWhoseBucketHasGoneOnIsForTheBooks(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		c.want(0, 10)
		c.chart.mu.Lock()
		c.chart.on = map[stock.Bucket]uint16{bucket(c.at(0)): 1}
		c.chart.mu.Unlock()
		c.want(0, none)
		c.want(1, 10)
	})
}

// Rows that were read before the bucket was opened are not shown as those of
// the slot where it was.
func TestABucketThatIsOpenedUnderAReaderIsForTheBooks(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		move := all.carriage("a", 0, 1)
		move.leave()
		move.come()
		c.mirrors[0].replay(c.t)
		c.mirrors[1].replay(c.t)
		c.pass(2 * time.Second)
		move.copy()
		move.seal()
		move.open()
		opened := false
		c.mirrors[1].copy.loaded = func() {
			if !opened {
				opened = true
				c.mirrors[1].replay(c.t)
			}
		}
		product := engine.ProductKey{Tenant: tenant, Product: "tea"}
		if items, _, ok := c.Product(c.t.Context(), product, nil); ok && len(items) != 2 {
			c.t.Errorf("%d items of two", len(items))
		}
		if items, _, ok := c.Product(c.t.Context(), product, nil); !ok || len(items) != 2 {
			c.t.Errorf("then there are %v, %t", items, ok)
		}
	})
}

// The journal of replicas has what happened before a move and after it.
func TestEntriesOfWhatMovedFromReplicas(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		all := slots{c.scripts[0], c.scripts[1]}
		all[0].do(reserve("o", 2, c.at(0)))
		move := all.carriage("a", 0, 1)
		move.carry()
		all[1].do(confirm("o"))
		for _, m := range c.mirrors {
			m.replay(c.t)
		}
		if _, err := c.mirrors[0].copy.DropBucket(c.t.Context(), move.bucket, move.sealed, 99); err != nil {
			c.t.Fatal(err)
		}
		for _, m := range c.mirrors {
			catchUp(c.t, newJournal(m.copy.Engine))
		}
		c.pass(2 * time.Second)
		for _, order := range []string{"", "o"} {
			q := EntryQuery{Tenant: tenant, Product: "tea", Order: order}
			want := all.naive(c.t, q)
			page, ok := c.Entries(c.t.Context(), q, nil)
			if !ok || !reflect.DeepEqual(page.Entries, want) {
				c.t.Errorf("order %q: %+v (%t), want %+v", order, page, ok, want)
			}
		}
	})
}

// A page of the journal that began in the slot goes on in a replica only when
// that has all that lies behind the page.
func TestEntriesGoOnInAReplica(t *testing.T) {
	t.Parallel()
	inCopies(t, func(c *copies) {
		for range 3 {
			c.scripts[0].do(restock(c.at(0), 1))
		}
		c.mirrors[0].replay(c.t)
		journal := NewJournal(feed.NewLogs([]engine.Engine{c.mirrors[0], c.mirrors[1]}), slog.New(slog.DiscardHandler))
		ctx, stop := context.WithCancel(c.t.Context())
		done := make(chan error, 1)
		go func() { done <- journal.Run(ctx) }()
		c.pass(2 * time.Second)
		q := EntryQuery{Tenant: tenant, Product: "tea", PageSize: 2}
		page, err := journal.Entries(c.t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		next := q
		next.PageToken = page.NextPageToken
		if _, ok := c.Entries(c.t.Context(), next, nil); ok {
			t.Error("it goes on where its journal has not come yet")
		}
		for slot, m := range c.mirrors {
			rows := make([]engine.JournalRow, c.scripts[slot].seq)
			for i := range rows {
				rows[i] = engine.JournalRow{Item: c.at(slot), Seq: engine.Seq(i + 1)}
			}
			if err := m.copy.AddJournal(c.t.Context(), 0, c.scripts[slot].seq, rows); err != nil {
				t.Fatal(err)
			}
		}
		want, err := journal.Entries(c.t.Context(), next)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := c.Entries(c.t.Context(), next, nil)
		if !ok || !reflect.DeepEqual(got.Entries, want.Entries) || got.NextPageToken != want.NextPageToken {
			t.Errorf("a replica goes on with %v (%t), the slots with %v", got, ok, want)
		}
		next.PageToken = "nonsense"
		if _, ok := c.Entries(c.t.Context(), next, nil); ok {
			t.Error("a token of nobody")
		}
		stop()
		<-done
	})
}
