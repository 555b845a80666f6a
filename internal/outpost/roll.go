package outpost

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
)

const (
	// awayAfter is how long after its last word a till counts as away. A connected till reports
	// every acknowledgeEvery, and its reports are stored every noteEvery.
	awayAfter = 90 * time.Second
	noteEvery = 30 * time.Second
	// applyWithin is how long a till may take to acknowledge the entries of the logs: it
	// learns of changes at other locations only with the pulse of its watch.
	applyWithin = 25 * time.Second
	// headsEvery is how often, at most, the ends of the logs are read.
	headsEvery = time.Second
)

// Condition is the condition of a till, as its centre knows it.
type Condition string

// The conditions.
const (
	Unpaired Condition = "unpaired"
	// Away: it has not reported for a while, or never.
	Away Condition = "away"
	// Stale: the last file that said it was the till's was refused.
	Stale Condition = "stale"
	// Behind: it, or the centre, has not taken over all that the other one did.
	Behind Condition = "behind"
	Synced Condition = "synced"
)

// conditionOf returns the condition of a till of which that was heard.
func conditionOf(t *catalog.Till, heard *catalog.TillHeard, now time.Time) Condition {
	switch {
	case t.Epoch == "":
		return Unpaired
	case heard.Stale.After(heard.At.Time):
		return Stale
	case now.Sub(heard.At.Time) > awayAfter:
		return Away
	case !heard.Behind.IsZero():
		return Behind
	}
	return Synced
}

// roll has the reports of tills that this process received. It is stored from time to
// time, for the other processes.
type roll struct {
	mu    sync.Mutex
	heard map[tillKey]*heard
}

// heard is the last report of a till.
type heard struct {
	catalog.TillHeard
	stored catalog.TillHeard
	// ends are where the logs ended at the moment since: a till that has applied all that was in
	// them then is in step. None: it is not known.
	ends  feed.Cursors
	since time.Time
}

// due reports whether it must be stored.
func (h *heard) due() bool {
	return h.At.Sub(h.stored.At.Time) >= noteEvery || h.Behind.IsZero() != h.stored.Behind.IsZero() ||
		h.Epoch != h.stored.Epoch || !h.Stale.Equal(h.stored.Stale.Time) || !sameTerms(h.Terms, h.stored.Terms)
}

// sameTerms reports whether both are the same policy, or none.
func sameTerms(a, b *catalog.TillTerms) bool {
	return a == b || a != nil && b != nil && *a == *b
}

// selfReport is the report of a till about itself.
type selfReport struct {
	last     uint64             // record of its log
	done     uint64             // record up to which the log is in the books
	position string             // up to which it has applied the centre's changes, "" where it does not say
	terms    *catalog.TillTerms // that it works by, nil where it does not say
}

// storeReport stores the report of a till.
func (d *Desk) storeReport(ctx context.Context, t *catalog.Till, w selfReport) {
	ends := d.readEnds(ctx)
	now := d.now()
	d.roll.mu.Lock()
	defer d.roll.mu.Unlock()
	h := d.roll.find(t)
	h.At, h.Last = catalog.Moment{Time: now}, max(w.last, w.done)
	if w.terms != nil {
		h.Terms = w.terms
	}
	applied, err := feed.ParseCursors(w.position)
	switch {
	case err != nil: // nothing is known of it
		h.ends = nil
	case h.ends == nil || covers(applied, h.ends):
		h.ends, h.since = ends, now
	}
	var behind time.Time
	switch {
	case h.ends != nil && now.Sub(h.since) > applyWithin:
		behind = h.since
	case w.last > w.done:
		behind = now
	}
	switch {
	case behind.IsZero():
		h.Behind = catalog.Moment{}
	case h.Behind.IsZero():
		h.Behind = catalog.Moment{Time: behind}
	}
}

// hearStale notes that a file was refused that said it was the till's.
func (r *roll) hearStale(t *catalog.Till, now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.find(t).Stale = catalog.Moment{Time: now}
}

// find returns the last report of the till in its pairing. The caller has the
// lock.
func (r *roll) find(t *catalog.Till) *heard {
	k := tillKey{t.Tenant, t.ID}
	h := r.heard[k]
	if h == nil || h.Epoch != t.Epoch {
		h = &heard{TillHeard: catalog.TillHeard{Epoch: t.Epoch}}
		r.heard[k] = h
	}
	return h
}

// covers reports whether all that was in the logs up to the ends was applied.
func covers(applied, ends feed.Cursors) bool {
	if len(applied) < len(ends) {
		return false
	}
	for i := range ends {
		if applied[i].Seq < ends[i].Seq {
			return false
		}
	}
	return true
}

// readEnds returns where the logs end, as of headsEvery ago at the most; nil where a slot does not answer.
func (d *Desk) readEnds(ctx context.Context) feed.Cursors {
	d.looking.Lock()
	defer d.looking.Unlock()
	if now := d.now(); d.ended == nil || now.Sub(d.endedAt).Abs() >= headsEvery {
		d.ended, d.endedAt = nil, now
		var ends feed.Cursors
		for n, e := range d.slots() {
			head, err := e.Head(ctx)
			if err != nil {
				return nil
			}
			ends = append(ends, feed.Behind(uint16(n), head)) //nolint:gosec // there are not that many slots
		}
		d.ended = ends
	}
	return d.ended
}

// heardOf is the newest that was heard of the till, here or elsewhere.
func (d *Desk) heardOf(t *catalog.Till) catalog.TillHeard {
	d.roll.mu.Lock()
	defer d.roll.mu.Unlock()
	stored := t.Heard
	if stored.Epoch != t.Epoch {
		stored = catalog.TillHeard{}
	}
	h := d.roll.heard[tillKey{t.Tenant, t.ID}]
	if h == nil || h.Epoch != t.Epoch || stored.At.After(h.At.Time) {
		return stored
	}
	return h.TillHeard
}

// noteHeard stores the reports of up to chunk tills. Tills that report to another process are forgotten
// here.
func (d *Desk) noteHeard(ctx context.Context) error {
	var news []catalog.TillNews
	d.roll.mu.Lock()
	for k, h := range d.roll.heard {
		if h.due() {
			if news = append(news, catalog.TillNews{Tenant: k.tenant, ID: k.till, Heard: h.TillHeard}); len(news) == chunk {
				break
			}
		}
	}
	d.roll.mu.Unlock()
	if len(news) == 0 {
		return nil
	}
	elsewhere, err := d.tills.NoteHeard(ctx, news)
	if err != nil {
		return fmt.Errorf("note what was heard of tills: %w", err)
	}
	d.roll.mu.Lock()
	defer d.roll.mu.Unlock()
	for _, n := range news {
		if h := d.roll.heard[tillKey{n.Tenant, n.ID}]; h != nil && h.Epoch == n.Heard.Epoch {
			h.stored = n.Heard
		}
	}
	for _, n := range elsewhere {
		k := tillKey{n.Tenant, n.ID}
		if h := d.roll.heard[k]; h != nil && h.At.Equal(n.Heard.At.Time) {
			delete(d.roll.heard, k)
		}
	}
	return nil
}
