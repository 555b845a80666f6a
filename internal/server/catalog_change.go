package server

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// catalogChapter lists the changes of everything that is not stock.
type catalogChapter struct {
	*core
	changes Changes
	watches *watchChapter // whose end ends waiting calls
}

func (s *catalogChapter) functions() map[string]method {
	return map[string]method{"ListCatalogChanges": unary(knowing(s.core, s.listCatalogChanges))}
}

// Changes lists what was written and deleted (catalog.Catalog).
type Changes interface {
	// Changes also returns at, the position in the log that the changes reach. ok is false when
	// the query begins beyond its end.
	Changes(ctx context.Context, q catalog.ChangeQuery) (changes []catalog.Change, at int64, more, ok bool, err error)
	// ChangesBefore is the position before the changes written at a time or later.
	ChangesBefore(ctx context.Context, at time.Time) (int64, error)
	// Head is the end of the log.
	Head(ctx context.Context) (int64, error)
}

const (
	maxChangeID     = 300
	maxChangeWait   = 5 // s
	changeWaitEvery = 250 * time.Millisecond
	// changeMark begins a position among changes, so that a position of the stock is never
	// mistaken for one.
	changeMark = "c"
)

func (s *catalogChapter) listCatalogChanges(ctx context.Context, c *call, r *holdfastv1.ListCatalogChangesRequest) (*holdfastv1.ListCatalogChangesResponse, error) {
	var f requestForm
	for i, kind := range r.GetKinds() {
		f.oneOf("kinds["+itoa(i)+"]", kind, catalog.ChangeKinds...)
	}
	if len(r.GetId()) > maxChangeID {
		f.refuse("id", "must have at most "+itoa(maxChangeID)+" bytes")
	}
	f.requireRange("wait_seconds", int64(r.GetWaitSeconds()), 0, maxChangeWait)
	q := catalog.ChangeQuery{Tenant: c.tenant, Kinds: r.GetKinds(), ID: r.GetId(), Limit: f.page(r.PageSize)}
	if err := f.err(); err != nil {
		return nil, err
	}
	var err error
	if q.After, err = s.changePlace(ctx, "after", r.GetAfter()); err != nil {
		return nil, err
	}
	return s.awaitChanges(ctx, q, time.Duration(r.GetWaitSeconds())*time.Second)
}

// changePlace is the position that a word or a text stands for.
func (s *catalogChapter) changePlace(ctx context.Context, field, text string) (int64, error) {
	switch text {
	case "", fromNow:
		return s.changes.Head(ctx)
	case fromStart:
		return 0, nil
	}
	if at, is := timeOfPlace(text); is {
		return s.changes.ChangesBefore(ctx, time.UnixMilli(int64(at)))
	}
	n, ok := parseChangePlace(text)
	if !ok {
		return 0, invalid(field, "%s", mustBePlace)
	}
	return n, nil
}

// awaitChanges returns the changes after a position. While there are none it waits.
func (s *catalogChapter) awaitChanges(ctx context.Context, q catalog.ChangeQuery, wait time.Duration) (*holdfastv1.ListCatalogChangesResponse, error) {
	end := time.NewTimer(wait)
	defer end.Stop()
	look := time.NewTicker(changeWaitEvery)
	defer look.Stop()
	for over := wait == 0; ; {
		changes, at, more, ok, err := s.changes.Changes(ctx, q)
		switch {
		case err != nil:
			return nil, err
		case !ok:
			head, err := s.changes.Head(ctx)
			if err != nil {
				return nil, err
			}
			return nil, &problem{code: codeGone, detail: "the catalog was restored to before this position, or is another: read anew what you keep of it", resume: showChangePlace(head)}
		case len(changes) > 0 || more || over:
			return changePage(changes, at, more), nil
		}
		q.After = at
		select {
		case <-look.C:
		case <-end.C:
			over = true
		case <-s.watches.watching.ending:
			over = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func changePage(changes []catalog.Change, at int64, more bool) *holdfastv1.ListCatalogChangesResponse {
	out := &holdfastv1.ListCatalogChangesResponse{Position: showChangePlace(at), More: more, Changes: make([]*holdfastv1.CatalogChange, len(changes))}
	for i, one := range changes {
		out.Changes[i] = &holdfastv1.CatalogChange{ChangeId: showChangePlace(one.Seq), At: timestamppb.New(one.At), Kind: one.Kind, Id: one.ID, Deleted: one.Deleted}
	}
	return out
}

// parseChangePlace reads a position in its only valid form.
func parseChangePlace(text string) (n int64, ok bool) {
	digits, marked := strings.CutPrefix(text, changeMark)
	n, err := strconv.ParseInt(digits, 10, 64)
	return n, marked && err == nil && n >= 0 && showChangePlace(n) == text
}

func isChangePlace(text string) bool {
	_, ok := parseChangePlace(text)
	return ok
}

func showChangePlace(n int64) string { return changeMark + strconv.FormatInt(n, 10) }

// typesOfCatalog begins the types of a filter that wants changes of the catalog.
const typesOfCatalog = "catalog"

// filterForm checks the form of a filter.
func filterForm(f *requestForm, s *catalog.SinkFilter) {
	allowed := slices.Sorted(maps.Keys(eventTypes))
	if s.OfCatalog() {
		allowed = []string{typesOfCatalog}
		for _, kind := range catalog.ChangeKinds {
			allowed = append(allowed, typesOfCatalog+"."+kind)
		}
		for field, list := range map[string][]string{"product_ids": s.Products, "location_ids": s.Locations, "channel_ids": s.Channels} {
			if len(list) > 0 {
				f.refuse("filter."+field, "cannot be given with types of the catalog")
			}
		}
	}
	for i, name := range s.Types {
		if !slices.Contains(allowed, name) {
			f.refuse("filter.types["+itoa(i)+"]", mustBe(name, allowed))
		}
	}
}

// kindsOf are the kinds of changes that types of a filter want.
func kindsOf(types []string) (kinds []string) {
	for _, name := range types {
		kind, one := strings.CutPrefix(name, typesOfCatalog+".")
		if !one {
			return nil
		}
		kinds = append(kinds, kind)
	}
	return kinds
}

// lag is how many changes follow a position, to maxLag, and when the oldest was made.
func (s *catalogChapter) lag(ctx context.Context, tenant string, types []string, after int64) (n int64, oldest time.Time, ok bool) {
	q := catalog.ChangeQuery{Tenant: tenant, Kinds: kindsOf(types), After: after, Limit: maxLag}
	for {
		changes, at, more, ok, err := s.changes.Changes(ctx, q)
		if err != nil || !ok {
			return 0, oldest, false
		}
		if n == 0 && len(changes) > 0 {
			oldest = changes[0].At
		}
		if n += int64(len(changes)); !more || n >= maxLag {
			return n, oldest, true
		}
		q.After = at
	}
}
