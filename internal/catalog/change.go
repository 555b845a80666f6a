package catalog

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"
)

// Change says that something of a tenant was written or deleted.
type Change struct {
	Seq     int64 // its place in the log
	At      time.Time
	Kind    string // one of ChangeKinds
	ID      string
	Deleted bool
}

// ChangeQuery asks for changes behind a position in the log.
type ChangeQuery struct {
	Tenant string
	Kinds  []string // of ChangeKinds; none: all
	ID     string   // only of the thing with this id, "": of everything
	After  int64
	Limit  int // 1 to MaxLogPage
}

// changeSettings is the kind of a tenant's settings, and their id.
const changeSettings = "settings"

// changeScan is how many entries of the log, of all tenants, one call looks at.
const changeScan = 20_000

// changeEntries are the kinds of entries that change a kind of thing in the public
// contract. Keys, and data that servers keep for themselves, are not among them.
var changeEntries = map[string][]string{
	campaignKind.name:      documentEntries(campaignKind.name),
	caseKind.name:          documentEntries(caseKind.name),
	detailsKind.name:       documentEntries(detailsKind.name),
	kitKind.name:           documentEntries(kitKind.name),
	laneKind.name:          documentEntries(laneKind.name),
	"location":             {KindLocationCreated, KindLocationSpread, KindPlaceSet},
	"product":              {KindProductCreated, KindProductUnit},
	quotaScheduleKind.name: documentEntries(quotaScheduleKind.name),
	reasonsKind.name:       documentEntries(reasonsKind.name),
	replenishmentKind.name: documentEntries(replenishmentKind.name),
	changeSettings:         {KindTenantSettings},
	transferKind.name:      documentEntries(transferKind.name),
}

// ChangeKinds are the kinds of things whose changes are reported, sorted.
var ChangeKinds = slices.Sorted(maps.Keys(changeEntries))

func documentEntries(kind string) []string { return []string{kind + entrySet, kind + entryDropped} }

// changeKind is the kind of thing that an entry changes, by the kind of the
// entry.
var changeKind = func() map[string]string {
	all := map[string]string{}
	for kind, entries := range changeEntries {
		for _, e := range entries {
			all[e] = kind
		}
	}
	return all
}()

// Changes returns the changes behind a position, oldest first, and the position in the log
// up to which they go. The next call continues from there. The position is the head when
// more is false. If q is beyond the head, ok is false: the log has become shorter.
func (c *Catalog) Changes(ctx context.Context, q ChangeQuery) (changes []Change, at int64, more, ok bool, err error) {
	err = c.store.look(ctx, func(r *read) error {
		h, err := r.readHead()
		if err != nil {
			return err
		}
		if ok = q.After <= h.seq; !ok {
			return nil
		}
		at = min(h.seq, q.After+changeScan)
		if changes, err = readChangesOf(r, &q, at); err != nil {
			return err
		}
		if len(changes) == q.Limit {
			at = changes[len(changes)-1].Seq
		}
		more = at < h.seq
		return nil
	})
	changes, err = result(changes, err, "read changes of %q after %d", q.Tenant, q.After)
	return changes, at, more, ok, err
}

// ChangesBefore returns the position in front of the changes that were written at
// a time or later.
func (c *Catalog) ChangesBefore(ctx context.Context, at time.Time) (int64, error) {
	place, err := look(ctx, c.store, func(r *read) (int64, error) {
		h, err := r.readHead()
		if err != nil {
			return 0, err
		}
		low, high := int64(0), h.seq // no entry is older than the one in front of it
		for low < high {
			mid := low + (high-low)/2
			next, err := readLog(r, mid, 1)
			switch {
			case err != nil:
				return 0, err
			case len(next) > 0 && next[0].At.Before(at):
				low = mid + 1
			default:
				high = mid
			}
		}
		return low, nil
	})
	return result(place, err, "find the changes of %v", at)
}

func readChangesOf(r *read, q *ChangeQuery, last int64) ([]Change, error) {
	if last == q.After || !storable(q.Tenant) || !storable(q.ID) {
		return nil, nil
	}
	kinds := q.Kinds
	if len(kinds) == 0 {
		kinds = ChangeKinds
	}
	args := []any{q.After, last, q.Tenant}
	var of string
	if q.ID != "" {
		of = ` AND subject = ?`
		args = append(args, q.ID)
		if q.ID == changeSettings {
			of = ` AND (subject = ? OR kind = ?)`
			args = append(args, KindTenantSettings)
		}
	}
	n := 0
	for _, kind := range kinds {
		for _, e := range changeEntries[kind] {
			args = append(args, e)
			n++
		}
	}
	if n == 0 {
		return nil, nil
	}
	return list(r, func(scan func(...any) error, c *Change) error {
		var at int64
		var entry string
		err := scan(&c.Seq, &at, &entry, &c.ID)
		c.At, c.Kind, c.Deleted = fromMillis(at), changeKind[entry], strings.HasSuffix(entry, entryDropped)
		if c.Kind == changeSettings {
			c.ID = changeSettings // and not the tenant's
		}
		return err
	}, `SELECT seq, at, kind, subject FROM {catalog_log} WHERE seq > ? AND seq <= ? AND tenant = ?`+of+` AND kind IN `+tuples(1, n)+` ORDER BY seq LIMIT ?`, append(args, q.Limit)...)
}
