package catalog

import (
	"testing"
	"time"
)

func TestWhatWasHeardOfTillsIsKeptBesideThem(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		for _, id := range []string{"one", "two", "three"} {
			if _, err := c.Tills.Set(ctx, till(id)); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Tills.SetEpoch(ctx, "demo", id, "e1"); err != nil {
				t.Fatal(err)
			}
		}
		head := mustHead(t, c)
		at := clock.Now()
		heard := func(id, epoch string, at time.Time, last uint64) TillNews {
			return TillNews{Tenant: "demo", ID: id, Heard: TillHeard{At: Moment{at}, Epoch: epoch, Last: last}}
		}
		elsewhere, err := c.Tills.NoteHeard(ctx, []TillNews{
			heard("one", "e1", at, 7), heard("two", "e0", at, 7), heard("four", "e1", at, 7),
		})
		if err != nil || len(elsewhere) != 0 {
			t.Fatalf("noted: %+v, %v", elsewhere, err)
		}
		elsewhere, err = c.Tills.NoteHeard(ctx, []TillNews{heard("one", "e1", at.Add(-time.Second), 6), heard("three", "e1", at, 3)})
		if err != nil || len(elsewhere) != 1 || elsewhere[0].ID != "one" {
			t.Errorf("something older was noted: %+v, %v", elsewhere, err)
		}
		if now := mustHead(t, c); now != head {
			t.Errorf("what was heard is in the log: its head is %d, was %d", now, head)
		}
		for id, want := range map[string]uint64{"one": 7, "two": 0, "three": 3} {
			if is, err := c.Tills.Get(ctx, "demo", id); err != nil || is.Heard.Last != want {
				t.Errorf("of till %s was heard %+v, %v, want %d", id, is.Heard, err, want)
			}
		}
		code, _, err := c.Tills.MakeCode(ctx, "demo", "one")
		if err != nil {
			t.Fatal(err)
		}
		if is, err := c.Tills.ByCode(ctx, code); err != nil || is.Heard.Last != 7 {
			t.Errorf("with a code: %+v, %v", is, err)
		}
		if is, err := c.Tills.UseCode(ctx, code, "file", "e2", ""); err != nil || is.Heard != (TillHeard{}) {
			t.Errorf("paired anew: %+v, %v", is, err)
		}
		mustVerify(t, c)
	})
}

func TestTillsThatChangedAreFoundAlone(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		revision := int64(0)
		changed := func(what string, want ...string) (all []Till) {
			t.Helper()
			all, next, err := c.Tills.Since(ctx, revision)
			ok := err == nil && len(all) == len(want)
			for i := 0; ok && i < len(all); i++ {
				ok = all[i].ID == want[i]
			}
			if !ok {
				t.Errorf("%s %+v have changed, %v, want %v", what, all, err, want)
			}
			revision = next
			return all
		}
		for _, id := range []string{"one", "two"} {
			if _, err := c.Tills.Set(ctx, till(id)); err != nil {
				t.Fatal(err)
			}
		}
		changed("at first", "one", "two")
		changed("then")
		if _, err := c.Tills.SetEpoch(ctx, "demo", "two", "e1"); err != nil {
			t.Fatal(err)
		}
		mustPlace(t, c, DefaultPlace("demo", "hub"))
		if all := changed("after a pairing", "two"); len(all) == 1 && all[0].Epoch != "e1" {
			t.Errorf("it is %+v", all[0])
		}
		if err := c.Tills.Drop(ctx, "demo", "one"); err != nil {
			t.Fatal(err)
		}
		if all := changed("after a drop", "one"); len(all) == 1 && !all[0].Gone {
			t.Errorf("it is %+v", all[0])
		}
		mustPlace(t, c, DefaultPlace("demo", "store"))
		changed("after another's change")
	})
}
