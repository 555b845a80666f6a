package view

import (
	"context"
	"errors"
	"log/slog"
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

// quiet keeps calls waiting while it is on, whatever their context does.
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
	on      map[stock.Bucket]uint16 // the slots of buckets that items came to
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

// pass lets time pass, with the effects of that.
func (c *copies) pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// want asks a replica for the item of a slot; none means that no replica may answer.
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

// end makes the replica begin anew.
func (c *copies) end() {
	for _, one := range c.Replicas.copies {
		one.end()
	}
}
