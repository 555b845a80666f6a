package catalog

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func lack(id string) Case {
	return Case{Tenant: "demo", ID: id, Kind: "shortage", Product: "tea", Location: "shop", Qty: 3, Reason: "count"}
}

// A case is opened once, however many callers open it. A decision on a case
// that somebody else has changed meanwhile is refused.
func TestACaseIsOpenedOnceAndChangedByOneAtATime(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		if _, err := c.Cases.Open(ctx, Case{Tenant: "nobody", ID: "c-1", Kind: "shortage", Product: "tea", Location: "shop"}); !errors.Is(err, ErrUnknown) {
			t.Errorf("of a tenant that is unknown: %v", err)
		}
		kept, err := c.Cases.Open(ctx, lack("c-1"))
		if err != nil || kept.State != CaseOpen || kept.Number == 0 || !kept.Due.Equal(kept.Opened.Time) {
			t.Fatalf("%+v, %v", kept, err)
		}
		other := lack("c-1")
		other.Qty = 9
		if again, err := c.Cases.Open(ctx, other); err != nil || again.Qty != 3 || again.Revision != kept.Revision {
			t.Errorf("opened again: %+v, %v", again, err)
		}
		mine, theirs := kept, kept
		mine.State, mine.Assignee = CaseAssigned, "ann"
		mine, err = c.Cases.Update(ctx, mine)
		if err != nil {
			t.Fatal(err)
		}
		theirs.State = CaseSettled
		if _, err := c.Cases.Update(ctx, theirs); !errors.Is(err, ErrStale) {
			t.Errorf("written over what somebody else wrote: %v", err)
		}
		later := clock.Now().Add(time.Hour).Truncate(time.Millisecond)
		if err := c.Cases.Later(ctx, mine, later); err != nil {
			t.Fatal(err)
		}
		if due, err := c.Cases.Due(ctx, later.Add(-time.Millisecond), 10); err != nil || len(due) != 0 {
			t.Errorf("due too early: %+v, %v", due, err)
		}
		due, err := c.Cases.Due(ctx, later, 10)
		if err != nil || len(due) != 1 || due[0].Assignee != "ann" {
			t.Fatalf("due: %+v, %v", due, err)
		}
		due[0].State = CaseSettled
		if done, err := c.Cases.Update(ctx, due[0]); err != nil || !done.Due.IsZero() || done.Settled.IsZero() {
			t.Errorf("settled: %+v, %v", done, err)
		}
		if due, err := c.Cases.Due(ctx, later.Add(24*time.Hour), 10); err != nil || len(due) != 0 {
			t.Errorf("due once settled: %+v, %v", due, err)
		}
		if _, err := c.Cases.Get(ctx, "demo", "c-2"); !errors.Is(err, ErrUnknown) {
			t.Errorf("one that never was: %v", err)
		}
		for _, wrong := range []Case{{Tenant: "demo", ID: "", Product: "tea", Location: "shop"}, {Tenant: "demo", ID: "c", Product: "tea", Location: "shop", State: "lost"}} {
			if _, err := c.Cases.Open(ctx, wrong); !errors.As(err, new(*InvalidError)) {
				t.Errorf("%+v: %v", wrong, err)
			}
		}
	})
}

func TestCasesAreFoundByWhatTheyAreAbout(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		for n := range 6 {
			k := lack(fmt.Sprintf("c-%d", n))
			if n%2 == 1 {
				k.Kind, k.Order = "oversell", fmt.Sprintf("o-%d", n)
			}
			if n >= 3 {
				k.Location = "hub"
			}
			kept, err := c.Cases.Open(ctx, k)
			if err != nil {
				t.Fatal(err)
			}
			if n == 2 {
				kept.State, kept.Assignee = CaseAssigned, "ann"
				if _, err := c.Cases.Update(ctx, kept); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, want := range []struct {
			CaseQuery
			ids string
		}{
			{CaseQuery{}, "c-5 c-4 c-3 c-2 c-1 c-0 "},
			{CaseQuery{Kind: "oversell"}, "c-5 c-3 c-1 "},
			{CaseQuery{Kind: "shortage", Location: "hub"}, "c-4 "},
			{CaseQuery{State: CaseAssigned}, "c-2 "},
			{CaseQuery{Assignee: "ann", State: CaseOpen}, ""},
			{CaseQuery{Product: "tea", Order: "o-3"}, "c-3 "},
			{CaseQuery{Product: "tea", Limit: 2}, "c-5 c-4 "},
			{CaseQuery{Product: "milk"}, ""},
			{CaseQuery{Order: "\xff"}, ""},
		} {
			paged := want.Limit > 0
			if want.Tenant = "demo"; !paged {
				want.Limit = 10
			}
			all, err := c.Cases.List(ctx, want.CaseQuery)
			ids, last := "", int64(0)
			for _, k := range all {
				ids, last = ids+k.ID+" ", k.Number
			}
			if err != nil || ids != want.ids {
				t.Errorf("%+v: %q, %v", want.CaseQuery, ids, err)
			}
			if !paged {
				continue
			}
			want.Before = last
			if rest, err := c.Cases.List(ctx, want.CaseQuery); err != nil || len(rest) == 0 || rest[0].ID != "c-3" {
				t.Errorf("the next page: %+v, %v", rest, err)
			}
		}
	})
}
