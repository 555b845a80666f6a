package world

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/facet"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/stock"
)

// disk is the one store of all nodes. It sees every record that becomes
// durable, and gives rows in an order that is the same each time.
type disk struct {
	w      *world
	path   string // of the file, "" for memory
	inner  engine.Engine
	engine engine.Engine // what nodes use
	torn   bool          // a planted bug: groups lose rows

	records []stored // in order
}

// stored is a record and when it became durable.
type stored struct {
	rec  engine.Record
	keys map[int]engine.KeyID // by entry
	step int
	at   time.Duration
	most stock.Time // the latest that slot time could rightly be
}

func openDisk(w *world) (*disk, error) {
	d := &disk{w: w, torn: w.cfg.Planted == TornGroup}
	switch w.cfg.Engine {
	case "memory":
	case "sqlite":
		d.path = filepath.Join(w.cfg.Dir, fmt.Sprintf("world-%d.db", w.cfg.Seed))
	default:
		return nil, fmt.Errorf("no engine is called %q", w.cfg.Engine)
	}
	return d, d.open()
}

func (d *disk) open() error {
	if d.path == "" {
		if d.inner == nil {
			d.inner = memory.New()
		}
	} else {
		store, err := sqlite.Open(context.Background(), d.path)
		if err != nil {
			return err
		}
		d.inner = store
	}
	f := facet.Of(d.inner)
	f.Locker = &diskLocker{d, f.Locker}
	f.Auditor = nil // the audit goes to inner
	d.engine = facet.Join(&face{d.inner, d}, f)
	return nil
}

// reopen closes the store and opens it again, as it is after a power cut.
func (d *disk) reopen() error {
	if d.path == "" {
		return nil // what is in memory does not survive
	}
	if err := d.inner.Close(); err != nil {
		return err
	}
	return d.open()
}

func (d *disk) close() error { return d.inner.Close() }

// saw notes that a record has become durable.
func (d *disk) saw(g *engine.Group) {
	w := d.w
	w.mu.Lock()
	defer w.mu.Unlock()
	r := g.Record
	r.Body, r.Text = slices.Clone(r.Body), slices.Clone(g.Text)
	keys := map[int]engine.KeyID{}
	for _, k := range g.Keys {
		keys[int(k.Index)] = k.ID
	}
	d.records = append(d.records, stored{r, keys, w.step, w.elapsed(), w.latest()})
	w.trace.note("record", "", fmt.Sprintf("%d of %x, %x", r.Seq, r.Writer[:2], r.Hash[:4]))
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

// Close does nothing: a node that ends leaves the store to others.
func (f *face) Close() error { return nil }

type diskLocker struct {
	d *disk
	engine.Locker
}

func (l *diskLocker) Lock(ctx context.Context) (engine.Writer, error) {
	w, err := l.Locker.Lock(ctx)
	if err != nil {
		return nil, err
	}
	return &diskWriter{w, l.d}, nil
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
