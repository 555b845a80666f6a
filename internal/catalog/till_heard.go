package catalog

import (
	"context"
	"slices"
)

// TillHeard is the last report of a till about itself. It is stored with the till, not in
// the log.
type TillHeard struct {
	// At is when it was heard of last; zero: never in this pairing.
	At Moment `json:"at,omitzero"`
	// Epoch is the pairing that was heard.
	Epoch string `json:"epoch,omitempty"`
	// Last is the last record of the till's own log.
	Last uint64 `json:"last,omitempty"`
	// Stale is when a file was refused that said it was the till's; zero: none was.
	Stale Moment `json:"stale,omitzero"`
	// Terms is the policy that the till works by, as it said last; nil: it has not said.
	Terms *TillTerms `json:"terms,omitempty"`
	// Behind is since when the till, or the centre, has not taken over what the other one did; zero:
	// they are in step.
	Behind Moment `json:"behind,omitzero"`
}

// tillProgress is the part that is stored with a till and not in the log.
type tillProgress struct {
	*TillCode
	Heard *TillHeard `json:"heard"`
}

// TillNews is what was heard of a till.
type TillNews struct {
	Tenant, ID string
	Heard      TillHeard
}

// NoteHeard stores what was heard of tills, at most one piece of news of each, in one transaction.
// It returns those of which something newer is stored: another server hears them. Tills that are
// gone, or paired anew, are passed over.
func (d Tills) NoteHeard(ctx context.Context, news []TillNews) (elsewhere []TillNews, err error) {
	err = d.store.write(ctx, d.now, func(w *write) error {
		elsewhere = nil
		ids := map[string][]string{}
		for i := range news {
			ids[news[i].Tenant] = append(ids[news[i].Tenant], news[i].ID)
		}
		are := map[string]map[string]kept[Till]{}
		for tenant, some := range ids {
			var err error
			if are[tenant], err = tillKind.readSome(&w.read, tenant, some); err != nil {
				return err
			}
		}
		for _, n := range news {
			is := are[n.Tenant][n.ID]
			switch {
			case is.document == nil || is.gone || is.document.Epoch != n.Heard.Epoch:
				continue
			case is.document.Heard.Epoch == n.Heard.Epoch && is.document.Heard.At.After(n.Heard.At.Time):
				elsewhere = append(elsewhere, n)
				if !n.Heard.Stale.After(is.document.Heard.Stale.Time) {
					continue
				}
				is.document.Heard.Stale = n.Heard.Stale // a copy was refused there
			default:
				is.document.Heard = n.Heard
			}
			if err := tillKind.keep(w, is.document); err != nil {
				return err
			}
		}
		return nil
	})
	return elsewhere, during(err, "note what was heard of %d tills", len(news))
}

// Since returns the tills that were set, paired or dropped behind the revision of the catalog, each
// as it is now (a dropped one is Gone), and the revision to ask with next. Behind 0 it returns all
// tills; else it reads only those that changed.
func (d Tills) Since(ctx context.Context, revision int64) (changed []Till, next int64, err error) {
	changed, next, err = changesSince(ctx, d.core, &tillKind, revision, readAllTills)
	slices.SortFunc(changed, func(a, b Till) int { return int(a.Revision - b.Revision) })
	return changed, next, during(err, "find tills that changed")
}
