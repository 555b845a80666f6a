package sinks

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// CatalogChapter lists the changes of everything that is not stock.
type CatalogChapter struct {
	core    *kit.Core
	changes Changes
	ending  <-chan struct{} // ends waiting calls
}

// NewCatalog returns the chapter CatalogChapter.
func NewCatalog(core *kit.Core, changes Changes, ending <-chan struct{}) *CatalogChapter {
	return &CatalogChapter{core, changes, ending}
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
	maxChangeWait   = 5 // s
	changeWaitEvery = 250 * time.Millisecond
)

func (s *CatalogChapter) listCatalogChanges(ctx context.Context, c *kit.Call, r *holdfastv1.ListCatalogChangesRequest) (*holdfastv1.ListCatalogChangesResponse, error) {
	var f kit.Form
	for i, kind := range r.GetKinds() {
		f.OneOf("kinds["+kit.Itoa(i)+"]", kind, catalog.ChangeKinds...)
	}
	if len(r.GetId()) > outside.MaxChangeID {
		f.Refuse("id", "must have at most "+kit.Itoa(outside.MaxChangeID)+" bytes")
	}
	f.RequireRange("wait_seconds", int64(r.GetWaitSeconds()), 0, maxChangeWait)
	q := catalog.ChangeQuery{Tenant: c.Tenant, Kinds: r.GetKinds(), ID: r.GetId(), Limit: f.Page(r.PageSize)}
	if err := f.Err(); err != nil {
		return nil, err
	}
	var err error
	if q.After, err = s.changePlace(ctx, "after", r.GetAfter()); err != nil {
		return nil, err
	}
	return s.awaitChanges(ctx, q, time.Duration(r.GetWaitSeconds())*time.Second)
}

// changePlace is the position that a word or a text stands for.
func (s *CatalogChapter) changePlace(ctx context.Context, field, text string) (int64, error) {
	switch text {
	case "", fromNow:
		return s.changes.Head(ctx)
	case fromStart:
		return 0, nil
	}
	if at, is := timeOfPlace(text); is {
		return s.changes.ChangesBefore(ctx, time.UnixMilli(int64(at)))
	}
	n, ok := outside.ParseChangePlace(text)
	if !ok {
		return 0, kit.Invalid(field, "%s", mustBePlace)
	}
	return n, nil
}

// knownPlace is changePlace for a position that the log has reached.
func (s *CatalogChapter) knownPlace(ctx context.Context, field, text string) (int64, error) {
	at, err := s.changePlace(ctx, field, text)
	if err != nil {
		return 0, err
	}
	head, err := s.changes.Head(ctx)
	if err == nil && at > head {
		err = s.gone(head)
	}
	return at, err
}

// gone says that the log ends before a position.
func (s *CatalogChapter) gone(head int64) error {
	return &kit.Problem{Code: kit.CodeGone, Detail: "the catalog was restored to before this position, or is another: read anew what you keep of it", Resume: outside.ShowChangePlace(head)}
}

// awaitChanges returns the changes after a position. While there are none it waits.
func (s *CatalogChapter) awaitChanges(ctx context.Context, q catalog.ChangeQuery, wait time.Duration) (*holdfastv1.ListCatalogChangesResponse, error) {
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
			return nil, s.gone(head)
		case len(changes) > 0 || more || over:
			return changePage(changes, at, more), nil
		}
		q.After = at
		select {
		case <-look.C:
		case <-end.C:
			over = true
		case <-s.ending:
			over = true
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func changePage(changes []catalog.Change, at int64, more bool) *holdfastv1.ListCatalogChangesResponse {
	out := &holdfastv1.ListCatalogChangesResponse{Position: outside.ShowChangePlace(at), More: more, Changes: make([]*holdfastv1.CatalogChange, len(changes))}
	for i, one := range changes {
		out.Changes[i] = &holdfastv1.CatalogChange{ChangeId: outside.ShowChangePlace(one.Seq), At: timestamppb.New(one.At), Kind: one.Kind, Id: one.ID, Deleted: one.Deleted}
	}
	return out
}

// typesOfCatalog begins the types of a filter that wants changes of the catalog.
const typesOfCatalog = "catalog"

// filterForm checks the form of a filter.
func filterForm(f *kit.Form, s *catalog.SinkFilter) {
	allowed := slices.Sorted(maps.Keys(kit.EventTypes))
	if s.OfCatalog() {
		allowed = []string{typesOfCatalog}
		for _, kind := range catalog.ChangeKinds {
			allowed = append(allowed, typesOfCatalog+"."+kind)
		}
		for field, list := range map[string][]string{"product_ids": s.Products, "location_ids": s.Locations, "channel_ids": s.Channels} {
			if len(list) > 0 {
				f.Refuse("filter."+field, "cannot be given with types of the catalog")
			}
		}
	}
	for i, name := range s.Types {
		if !slices.Contains(allowed, name) {
			f.Refuse("filter.types["+kit.Itoa(i)+"]", kit.MustBe(name, allowed))
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
func (s *CatalogChapter) lag(ctx context.Context, tenant string, types []string, after int64) (n int64, oldest time.Time, ok bool) {
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
