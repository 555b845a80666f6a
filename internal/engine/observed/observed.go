// Package observed counts and times the calls of an engine for Prometheus. It
// changes nothing about them; what to alert on is decided where the numbers
// are collected.
package observed

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/facet"
	"holdfast.dev/holdfast/internal/stock"
)

// New returns e, observed. Wrap the registerer with a label to tell several
// slots apart (prometheus.WrapRegistererWith); the same metrics cannot be
// registered twice.
func New(e engine.Engine, reg prometheus.Registerer) (engine.Engine, error) {
	m, err := newMetrics(reg)
	if err != nil {
		return nil, fmt.Errorf("observe engine: %w", err)
	}
	f := facet.Of(e)
	if f.Locker != nil {
		f.Locker = &locker{f.Locker, m}
	}
	if f.Journal != nil {
		f.Journal = &journal{f.Journal, m}
	}
	if f.Pruner != nil {
		f.Pruner = &pruner{f.Pruner, m}
	}
	if f.Auditor != nil {
		f.Auditor = &auditor{f.Auditor, m}
	}
	return facet.Join(&observed{e, m}, f), nil
}

// metrics are what is registered.
type metrics struct {
	calls *prometheus.HistogramVec
	rows  *prometheus.HistogramVec
	bytes prometheus.Histogram
}

func newMetrics(reg prometheus.Registerer) (*metrics, error) {
	m := &metrics{
		calls: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "holdfast_engine_call_seconds",
			Help:                        "How long calls of the engine took, by method and outcome.",
			Buckets:                     prometheus.ExponentialBuckets(50e-6, 2, 18), // 50 µs to 6.5 s
			NativeHistogramBucketFactor: 1.1,
		}, []string{"method", "outcome"}),
		rows: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:                        "holdfast_engine_group_rows",
			Help:                        "Rows of the groups that were stored, by kind: item, hold, key.",
			Buckets:                     prometheus.ExponentialBuckets(1, 2, 14), // 1 to 8,192, the bound of a group
			NativeHistogramBucketFactor: 1.1,
		}, []string{"kind"}),
		bytes: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name:                        "holdfast_engine_record_bytes",
			Help:                        "Size of the records that were stored.",
			Buckets:                     prometheus.ExponentialBuckets(64, 4, 9), // 64 B to 4 MiB
			NativeHistogramBucketFactor: 1.1,
		}),
	}
	for _, c := range []prometheus.Collector{m.calls, m.rows, m.bytes} {
		if err := reg.Register(c); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// outcome is the word for how a call ended.
func outcome(err error) string {
	if err == nil {
		return "ok"
	}
	if _, ok := errors.AsType[*engine.ExistsError](err); ok {
		return "exists"
	}
	for _, o := range []struct {
		err  error
		word string
	}{
		{engine.ErrMoved, "moved"},
		{engine.ErrBroken, "broken"},
		{engine.ErrUnknown, "unknown"},
		{engine.ErrFull, "full"},
		{engine.ErrGone, "gone"},
		{engine.ErrClosed, "closed"},
		{context.Canceled, "cancelled"},
		{context.DeadlineExceeded, "cancelled"},
	} {
		if errors.Is(err, o.err) {
			return o.word
		}
	}
	return "error"
}

// saw counts a call that began then; it is deferred with the place of the
// call's error.
func (m *metrics) saw(method string, began time.Time, err *error) {
	m.calls.WithLabelValues(method, outcome(*err)).Observe(time.Since(began).Seconds())
}

// stored counts a group that was stored.
func (m *metrics) stored(g *engine.Group) {
	m.rows.WithLabelValues("item").Observe(float64(len(g.Items)))
	m.rows.WithLabelValues("hold").Observe(float64(len(g.Holds)))
	m.rows.WithLabelValues("key").Observe(float64(len(g.Keys)))
	m.bytes.Observe(float64(len(g.Record.Body)))
}

type observed struct {
	in engine.Engine
	m  *metrics
}

var _ engine.Engine = (*observed)(nil)

func (o *observed) Append(ctx context.Context, after engine.Seq, g *engine.Group) (err error) {
	defer o.m.saw("append", time.Now(), &err)
	if err = o.in.Append(ctx, after, g); err == nil {
		o.m.stored(g)
	}
	return err
}

func (o *observed) Load(ctx context.Context, w engine.Want) (l *engine.Loaded, err error) {
	defer o.m.saw("load", time.Now(), &err)
	return o.in.Load(ctx, w)
}

func (o *observed) Read(ctx context.Context, after engine.Seq, limit int) (r []engine.Record, err error) {
	defer o.m.saw("read", time.Now(), &err)
	return o.in.Read(ctx, after, limit)
}

func (o *observed) Head(ctx context.Context) (s engine.Seq, err error) {
	defer o.m.saw("head", time.Now(), &err)
	return o.in.Head(ctx)
}

func (o *observed) ScanItems(ctx context.Context, s engine.ItemScan, fn func(*engine.ItemRow) error) (h engine.Seq, err error) {
	defer o.m.saw("scan_items", time.Now(), &err)
	return o.in.ScanItems(ctx, s, fn)
}

func (o *observed) ScanHolds(ctx context.Context, s engine.HoldScan, fn func(*engine.HoldRow) error) (h engine.Seq, err error) {
	defer o.m.saw("scan_holds", time.Now(), &err)
	return o.in.ScanHolds(ctx, s, fn)
}

func (o *observed) Close() (err error) {
	defer o.m.saw("close", time.Now(), &err)
	return o.in.Close()
}

type locker struct {
	in engine.Locker
	m  *metrics
}

func (l *locker) Lock(ctx context.Context) (w engine.Writer, err error) {
	defer l.m.saw("lock", time.Now(), &err)
	if w, err = l.in.Lock(ctx); err != nil {
		return nil, err
	}
	return &writer{w, l.m}, nil
}

type writer struct {
	in engine.Writer
	m  *metrics
}

func (w *writer) Load(ctx context.Context, want engine.Want) (l *engine.Loaded, err error) {
	defer w.m.saw("locked_load", time.Now(), &err)
	return w.in.Load(ctx, want)
}

func (w *writer) Read(ctx context.Context, after engine.Seq, limit int) (r []engine.Record, err error) {
	defer w.m.saw("locked_read", time.Now(), &err)
	return w.in.Read(ctx, after, limit)
}

func (w *writer) Append(ctx context.Context, after engine.Seq, g *engine.Group) (err error) {
	defer w.m.saw("locked_append", time.Now(), &err)
	if err = w.in.Append(ctx, after, g); err == nil {
		w.m.stored(g)
	}
	return err
}

func (w *writer) Unlock() { w.in.Unlock() }

type journal struct {
	in engine.Journal
	m  *metrics
}

func (j *journal) JournalCursor(ctx context.Context) (s engine.Seq, err error) {
	defer j.m.saw("journal_cursor", time.Now(), &err)
	return j.in.JournalCursor(ctx)
}

func (j *journal) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) (err error) {
	defer j.m.saw("add_journal", time.Now(), &err)
	return j.in.AddJournal(ctx, from, to, rows)
}

func (j *journal) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (s []engine.Seq, err error) {
	defer j.m.saw("journal_seqs", time.Now(), &err)
	return j.in.JournalSeqs(ctx, item, before, limit)
}

type pruner struct {
	in engine.Pruner
	m  *metrics
}

func (p *pruner) PruneKeys(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	defer p.m.saw("prune_keys", time.Now(), &err)
	return p.in.PruneKeys(ctx, upTo, limit)
}

func (p *pruner) PruneHolds(ctx context.Context, upTo engine.Seq, limit int) (n int, err error) {
	defer p.m.saw("prune_holds", time.Now(), &err)
	return p.in.PruneHolds(ctx, upTo, limit)
}

type auditor struct {
	in engine.Auditor
	m  *metrics
}

func (a *auditor) ScanKeys(ctx context.Context, first, last engine.Seq, fn func(*engine.KeyRow) error) (h engine.Seq, err error) {
	defer a.m.saw("scan_keys", time.Now(), &err)
	return a.in.ScanKeys(ctx, first, last, fn)
}

func (a *auditor) ScanJournal(ctx context.Context, fn func(*engine.JournalRow) error) (c engine.Seq, err error) {
	defer a.m.saw("scan_journal", time.Now(), &err)
	return a.in.ScanJournal(ctx, fn)
}
