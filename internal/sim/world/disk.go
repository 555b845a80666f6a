package world

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// disk is the store of a slot for all nodes. It sees every record that becomes durable, and returns
// rows in the same order each time.
type disk struct {
	w      *world
	slot   int
	path   string // of the file, "" where there is none
	inner  engine.Engine
	engine engine.Engine // what nodes use
	torn   bool          // a planted bug: groups lose rows
	count  int           // records
	taken  time.Duration // when a node took the slot over last
}

// stored is a record and when it became durable.
type stored struct {
	slot int
	rec  engine.Record
	keys map[int]engine.KeyRow // by entry
	step int
	at   time.Duration
	most stock.Time // the latest correct slot time
	// sealed are the buckets that leave the slot with it.
	sealed []string
}

func (d *disk) open() error {
	if d.path != "" {
		store, err := sqlite.Open(context.Background(), d.path)
		if err != nil {
			return err
		}
		d.inner = store
	}
	d.engine = &face{d.inner, d}
	return nil
}

// reopen closes the store and opens it again, as it is after a power cut.
func (d *disk) reopen() error {
	if d.path == "" {
		return nil // memory does not survive, and other servers are not ours to cut off
	}
	if err := d.inner.Close(); err != nil {
		return err
	}
	return d.open()
}

// saw notes that a record has become durable.
func (d *disk) saw(g *engine.Group) {
	w := d.w
	w.mu.Lock()
	defer w.mu.Unlock()
	r := g.Record
	r.Body, r.Text = slices.Clone(r.Body), slices.Clone(g.Text)
	keys := map[int]engine.KeyRow{}
	for _, k := range g.Keys {
		keys[int(k.Index)] = k
	}
	d.count++
	s := stored{slot: d.slot, rec: r, keys: keys, step: w.step, at: w.elapsed(), most: w.latest()}
	for i := range g.Buckets {
		if h, err := stock.DecodeHandover(g.Buckets[i].Packed); err == nil && h.Stage == stock.Left {
			s.sealed = append(s.sealed, strconv.Itoa(int(g.Buckets[i].Bucket)))
		}
	}
	w.landed = append(w.landed, s)
	if len(g.Buckets) > 0 {
		w.harms = append(w.harms, w.step) // a call that meets it does not get its usual answer
	}
}

// tear takes rows out of a group, as a store without transactions would.
func (d *disk) tear(g *engine.Group) *engine.Group {
	if !d.torn || len(g.Holds) == 0 || g.Record.Seq%8 != 0 {
		return g
	}
	torn := *g
	torn.Holds = g.Holds[:len(g.Holds)-1]
	return &torn
}

// face is the store as a node sees it.
type face struct {
	engine.Engine
	d *disk
}

func (f *face) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := f.Engine.Append(ctx, after, f.d.tear(g))
	if err == nil {
		f.d.saw(g)
	}
	return err
}

func (f *face) Load(ctx context.Context, want engine.Want) (*engine.Loaded, error) {
	return sorted(f.Engine.Load(ctx, want))
}

func sorted(l *engine.Loaded, err error) (*engine.Loaded, error) {
	if err != nil {
		return nil, err
	}
	slices.SortFunc(l.Items, func(a, b engine.ItemRow) int { return a.Key.Compare(b.Key) })
	slices.SortFunc(l.Holds, func(a, b engine.HoldRow) int { return compareHolds(a.Key, b.Key) })
	slices.SortFunc(l.Keys, func(a, b engine.KeyRow) int { return slices.Compare(a.ID[:], b.ID[:]) })
	return l, nil
}

func compareHolds(a, b stock.HoldKey) int {
	return cmp.Or(cmp.Compare(a.Order, b.Order), cmp.Compare(a.Bucket, b.Bucket), cmp.Compare(a.Tenant, b.Tenant))
}

func (f *face) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (engine.Seq, error) {
	var rows []engine.HoldRow
	head, err := f.Engine.ScanHolds(ctx, s, func(r *engine.HoldRow) error {
		own := *r
		own.Packed = slices.Clone(r.Packed)
		rows = append(rows, own)
		return nil
	})
	if err != nil {
		return 0, err
	}
	slices.SortFunc(rows, func(a, b engine.HoldRow) int { return compareHolds(a.Key, b.Key) })
	for i := range rows {
		if err := fn(&rows[i]); err != nil {
			return 0, err
		}
	}
	return head, nil
}

// ScanKeys shows keys in the order of the log, to those who move them. The audit
// reads inner.
func (f *face) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (engine.Seq, error) {
	var rows []engine.KeyRow
	head, err := f.Engine.ScanKeys(ctx, first, last, func(r *engine.KeyRow) error {
		rows = append(rows, *r)
		return nil
	})
	if err != nil {
		return 0, err
	}
	slices.SortFunc(rows, func(a, b engine.KeyRow) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.Index, b.Index), slices.Compare(a.ID[:], b.ID[:]))
	})
	for i := range rows {
		if err := fn(&rows[i]); err != nil {
			return 0, err
		}
	}
	return head, nil
}

// Close does nothing: a node that ends leaves the store to others.
func (f *face) Close() error { return nil }

func (f *face) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := f.Engine.Lock(ctx)
	if err != nil {
		return nil, err
	}
	f.d.w.mu.Lock()
	defer f.d.w.mu.Unlock()
	f.d.taken = f.d.w.elapsed()
	return &diskWriter{w, f.d}, nil
}

type diskWriter struct {
	engine.Writer
	d *disk
}

func (w *diskWriter) Append(ctx context.Context, after engine.Seq, g *engine.Group) error {
	err := w.Writer.Append(ctx, after, w.d.tear(g))
	if err == nil {
		w.d.saw(g)
	}
	return err
}

func (w *diskWriter) Load(ctx context.Context, want engine.Want) (*engine.Loaded, error) {
	return sorted(w.Writer.Load(ctx, want))
}
