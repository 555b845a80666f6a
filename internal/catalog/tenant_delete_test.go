package catalog

import (
	"errors"
	"strings"
	"testing"
)

func TestADeletedTenantLeavesNothingAndTheLogStillVerifies(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := everything(t, in)
		mustTenant(t, c, "other")
		mustKnow(t, c, Ref{"other", "cup", "shop"}, Unit{})
		if _, err := c.ReasonLists.Set(t.Context(), ReasonList{Tenant: "demo", Reasons: []Reason{{Code: "b", Direction: ReasonIn}}}); err != nil {
			t.Fatal(err)
		}
		before, err := c.Log(t.Context(), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.DeleteTenant(t.Context(), "nobody", "ops"); !errors.Is(err, ErrUnknown) {
			t.Errorf("an unknown tenant: %v", err)
		}
		if _, err := c.DeleteTenant(t.Context(), DefaultTenant, "ops"); !errors.Is(err, ErrInvalid) {
			t.Errorf("the default tenant: %v", err)
		}
		erased, err := c.DeleteTenant(t.Context(), "demo", "ops")
		if err != nil {
			t.Fatal(err)
		}
		mustVerify(t, c)
		after, err := c.Log(t.Context(), 0, 100)
		if err != nil || len(after) != len(before)+1 {
			t.Fatalf("the log has %d entries, had %d: %v", len(after), len(before), err)
		}
		gone := int64(0)
		for i, was := range before {
			is := after[i]
			if is.Hash != was.Hash || !is.At.Equal(was.At) {
				t.Errorf("entry %d has another hash or time", was.Seq)
			}
			if was.Tenant != "demo" {
				continue
			}
			gone++
			if is.Tenant+is.Subject != "" || is.Kind != KindErased || string(is.Body) != nothing {
				t.Errorf("entry %d is still %+v", is.Seq, is)
			}
		}
		if last := after[len(after)-1]; erased != gone || last.Kind != KindTenantDeleted || last.Subject != "demo" || !strings.Contains(string(last.Body), `"ops"`) {
			t.Errorf("%d entries erased of %d, the last is %+v", erased, gone, last)
		}
		if _, err := c.Tenant(t.Context(), "demo"); !errors.Is(err, ErrUnknown) {
			t.Errorf("the tenant: %v", err)
		}
		if known, err := c.Products(t.Context(), "other", "", 10); err != nil || len(known) != 1 {
			t.Errorf("the other tenant knows %v, %v", known, err)
		}
		for id, want := range map[string]bool{"demo": true, "other": false} {
			if was, err := c.WasDeleted(t.Context(), id); was != want || err != nil {
				t.Errorf("%s was deleted: %t, %v", id, was, err)
			}
		}
		mustTenant(t, c, "demo") // another of the same name
		mustVerify(t, c)
	})
}

func TestAnEntryThatNoDeletionErasedIsFound(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c := everything(t, in)
		mustTenant(t, c, "other")
		if err := c.store.write(t.Context(), c.now, func(w *write) error {
			return w.exec(`UPDATE {catalog_log} SET tenant = '', kind = ?, subject = '', body = ? WHERE tenant = 'other'`, KindErased, []byte(nothing))
		}); err != nil {
			t.Fatal(err)
		}
		v, err := c.VerifyLog(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if found := strings.Join(v.Violations, "\n"); !strings.Contains(found, "1 entries more are erased") || !strings.Contains(found, `tenant "other" says it is as of entry`) {
			t.Errorf("found:\n%s", found)
		}
	})
}

func TestARedactionLeavesATrace(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		for _, bad := range []Redaction{{Tenant: "demo", By: "ops"}, {Tenant: "demo", Chosen: []string{"order"}}, {Tenant: "nobody", By: "ops", Chosen: []string{"order"}}} {
			if _, err := c.Redactions.Begin(t.Context(), bad); err == nil {
				t.Errorf("%+v was stored", bad)
			}
		}
		first, err := c.Redactions.Begin(t.Context(), Redaction{Tenant: "demo", By: "ops", Chosen: []string{"order", "before"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Redactions.Begin(t.Context(), Redaction{Tenant: "demo", By: "kim", Chosen: []string{"note"}}); err != nil {
			t.Fatal(err)
		}
		first.Records, first.Notes, first.Entries, first.Others = 3, 4, 5, 6
		if err := c.Redactions.End(t.Context(), first); err != nil {
			t.Fatal(err)
		}
		all, err := c.Redactions.Latest(t.Context(), "demo", 10)
		if err != nil || len(all) != 2 || all[0].By != "kim" || !all[0].Ended.IsZero() ||
			all[1].By != "ops" || all[1].Ended.IsZero() || all[1].Notes != 4 || all[1].Others != 6 || len(all[1].Chosen) != 2 {
			t.Errorf("%+v, %v", all, err)
		}
		mustVerify(t, c)
	})
}
