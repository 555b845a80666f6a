package cases_test

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"pgregory.net/rapid"
)

// Comments stay as they were written, in their order, whatever else is done about a case,
// and changes nothing else.
func TestWhatWasSaidAboutACaseStays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		s, id, _ := short(t)
		var said []string
		texts := func(c catalog.Case) (all []string) {
			for _, o := range c.Comments {
				all = append(all, o.By+": "+o.Text)
			}
			return all
		}
		for range rapid.IntRange(1, 12).Draw(r, "steps") {
			before, err := s.Get(t.Context(), tenant, id)
			if err != nil {
				r.Fatal(err)
			}
			who := rapid.SampledFrom([]string{"ann", "ben", ""}).Draw(r, "who")
			switch rapid.SampledFrom([]string{"say", "say", "assign", "wait", "accept"}).Draw(r, "do") {
			case "say":
				text := rapid.StringN(1, 20, -1).Filter(func(s string) bool { return !slices.Contains([]rune(s), 0) }).Draw(r, "text")
				if _, err := s.Comment(t.Context(), tenant, id, who, text); err != nil {
					r.Fatal(err)
				}
				said = append(said, who+": "+text)
				if now, _ := s.Get(t.Context(), tenant, id); now.State != before.State || now.Assignee != before.Assignee || now.Decision != before.Decision || !now.Due.Equal(before.Due) {
					r.Fatalf("a comment changed the case: %+v, was %+v", now, before)
				}
			case "assign":
				_, err = s.Assign(t.Context(), tenant, id, who)
			case "wait":
				_, _, err = s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Wait, Operator: who})
			case "accept":
				_, _, err = s.Decide(t.Context(), cases.Decision{Tenant: tenant, ID: id, Decision: cases.Accept, Operator: who})
			}
			if err != nil && !errors.As(err, new(*stock.Refusal)) {
				r.Fatal(err)
			}
			now, err := s.Get(t.Context(), tenant, id)
			if err != nil || !slices.Equal(texts(now), said) {
				r.Fatalf("%q was said, the case has %q, %v", said, texts(now), err)
			}
		}
	})
}

// Comments of many people at once are all kept.
func TestNobodysCommentIsLost(t *testing.T) {
	t.Parallel()
	s, id, _ := short(t)
	var all sync.WaitGroup
	for _, who := range []string{"ann", "ben", "cleo", "dan"} {
		all.Go(func() {
			if _, err := s.Comment(t.Context(), tenant, id, who, "here"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	c, err := s.Get(t.Context(), tenant, id)
	if err != nil || len(c.Comments) != 4 {
		t.Errorf("%+v, %v", c.Comments, err)
	}
}
