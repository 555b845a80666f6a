package catalog

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

func TestReasonsAreRemembered(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		at := newClock()
		here, there := open(t, path), open(t, path, WithClock(at.Now))
		mustTenant(t, here, "demo")
		codes := func(c *Catalog) string {
			t.Helper()
			list, err := c.Reasons(t.Context(), "demo")
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(list.Codes())
		}
		if got := codes(there); got != "[]" {
			t.Errorf("before any were set: %s", got)
		}
		set := func(reasons ...Reason) {
			t.Helper()
			if _, err := here.ReasonLists.Set(t.Context(), ReasonList{Tenant: "demo", Reasons: reasons}); err != nil {
				t.Fatal(err)
			}
		}
		set(Reason{Code: "b", Direction: ReasonIn, Active: true}, Reason{Code: "a", Direction: ReasonOut}, Reason{Code: "c", Direction: ReasonBoth, Active: true})
		at.advance(2 * time.Second)
		if got := codes(there); got != "[b c]" {
			t.Errorf("another process sees %s", got)
		}
		head := mustHead(t, here)
		set(Reason{Code: "b", Direction: ReasonIn, Active: true}, Reason{Code: "a", Direction: ReasonOut}, Reason{Code: "c", Direction: ReasonBoth, Active: true})
		if now := mustHead(t, here); now != head {
			t.Error("the same again is written again")
		}
		set()
		at.advance(2 * time.Second)
		if got := codes(there); got != "[]" {
			t.Errorf("after the list was emptied: %s", got)
		}
		many := make([]Reason, MaxReasons+1)
		for i := range many {
			many[i] = Reason{Code: fmt.Sprint(i), Direction: ReasonIn}
		}
		if _, err := here.ReasonLists.Set(t.Context(), ReasonList{Tenant: "demo", Reasons: many}); !errors.Is(err, ErrInvalid) {
			t.Errorf("too many: %v", err)
		}
		mustVerify(t, here)
	})
}
