package search

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
)

const (
	// buildEvery is how often servers look for indexes that are to be built or dropped.
	buildEvery = time.Second
	// buildLease is how long a server that died keeps others from continuing
	// the build.
	buildLease = 10 * time.Second
	// buildStep is how many products are built before others may continue: a
	// block.
	buildStep = catalog.SearchBlock
)

// Duty builds indexes that will replace those that answer, and drops replaced indexes,
// step by step.
func (x *Index) Duty() duty.Kind {
	return &duty.Duty[catalog.SearchIndex]{
		Failing: "a search index is not built or dropped yet", Every: buildEvery, Most: 1,
		Due: x.store.Due,
		Name: func(i *catalog.SearchIndex) duty.Name {
			return duty.Name{Key: fmt.Sprintf("%d/%s@%d", i.ID, i.State, i.Built), About: []any{"tenant", i.Tenant, "index", i.ID, "state", i.State}}
		},
		CarryOut: duty.EachAlone(x.step),
	}
}

// step builds or drops a part of an index.
func (x *Index) step(ctx context.Context, of *catalog.SearchIndex) error {
	if err := x.store.Claim(ctx, of, buildLease); err != nil {
		return err
	}
	if of.State == catalog.SearchDropping {
		done, err := x.store.Drop(ctx, of)
		if err == nil && done {
			return nil
		}
		return x.free(ctx, of, err)
	}
	done, err := x.build(ctx, of)
	if err == nil && done {
		return nil
	}
	return x.free(ctx, of, err)
}

func (x *Index) free(ctx context.Context, of *catalog.SearchIndex, err error) error {
	freed := x.store.Free(context.WithoutCancel(ctx), of)
	if errors.Is(freed, catalog.ErrStale) {
		freed = nil // it has gone, or took so long that another server works on it
	}
	return errors.Join(err, freed)
}

// build builds the entries of the next products. If there are none, it lets the index
// answer, and reports that.
func (x *Index) build(ctx context.Context, of *catalog.SearchIndex) (done bool, err error) {
	subjects, err := x.store.Unbuilt(ctx, *of, buildStep)
	if err != nil {
		return false, err
	}
	if len(subjects) == 0 {
		return x.store.Swap(ctx, of)
	}
	writes, err := x.writes(ctx, of.Tenant, subjects)
	if err != nil {
		return false, err
	}
	// Products that somebody else has written meanwhile are done: the step is
	// repeated for the rest, and then finds them as they are.
	_, err = x.write(ctx, *of, writes, subjects[len(subjects)-1].Number)
	return false, err
}

// Rebuild begins an index that will replace the one of the tenant. While one is being
// built, Rebuild changes nothing.
func (x *Index) Rebuild(ctx context.Context, tenant string) error {
	return x.store.Begin(ctx, tenant, catalog.SearchBuilding)
}

// IndexState is the state of the index of a tenant.
type IndexState struct {
	Ready, Building bool
	// Built is up to which number of details the index that is built has all, of Last.
	Built, Last int64
	// AsOf is up to when all changes are in the index; zero: nobody knows.
	AsOf time.Time
}

// State returns the state of the index of a tenant.
func (x *Index) State(ctx context.Context, tenant string) (IndexState, error) {
	s := IndexState{AsOf: x.shown.shownUntil()}
	in, err := x.store.Of(ctx, tenant)
	if err != nil {
		return s, err
	}
	for _, i := range in {
		switch i.State {
		case catalog.SearchLive:
			s.Ready = true
		case catalog.SearchBuilding:
			s.Building, s.Built = true, i.Built
		}
	}
	if s.Building {
		s.Last, err = x.store.Last(ctx, tenant)
	}
	return s, err
}
