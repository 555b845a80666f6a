package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// tenantBooks are books over two databases in which tenants have three locations each, with an
// order at each and one over all.
func tenantBooks(t *testing.T, tenants ...string) *shardBooks {
	t.Helper()
	s := newShardBooks(t)
	c, err := catalog.Open(t.Context(), "sqlite:"+filepath.Join(s.dir, "main.db"))
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		if _, err := c.CreateTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if _, err := c.Know(t.Context(), catalog.Introduction{Ref: catalog.Ref{Tenant: tenant, Product: "mug", Location: fmt.Sprint("store-", i)}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_, l, end := s.open()
	defer end()
	for _, tenant := range tenants {
		over := stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: "over"}, TTL: 3_600_000, Note: stock.Note{Reference: "cart of Jane Miller"}}
		for i := range 3 {
			k := stock.ItemKey{Tenant: tenant, Location: fmt.Sprint("store-", i), Product: "mug"}
			at := stock.BucketOf(k.Tenant, k.Location)
			over.Lines = append(over.Lines, stock.Demand{Item: k, Bucket: at, Qty: 1})
			s.submitKeyed(l, stock.OpenItem{Item: k, Bucket: at, Qty: 5, Tracked: true})
			s.submitKeyed(l, stock.Place{Order: stock.OrderKey{Tenant: tenant, Order: fmt.Sprint("o-", i)}, TTL: 3_600_000, Lines: []stock.Demand{{Item: k, Bucket: at, Qty: 2}}})
		}
		s.submitKeyed(l, over)
	}
	return s
}

// submitKeyed carries out a command under an idempotency key.
func (s *shardBooks) submitKeyed(l *ledger.Ledger, c stock.Command) {
	s.t.Helper()
	if r := l.Submit(s.t.Context(), ledger.Request{Command: c, Key: fmt.Sprint(c)})[0]; r.Err != nil {
		s.t.Fatalf("%+v: %v", c, r.Err)
	}
}

func TestATenantOverSeveralDatabasesIsRedactedAndDeleted(t *testing.T) {
	t.Parallel()
	s := tenantBooks(t, "acme", "zen")
	s.must("a,b", "all invariants hold", "verify")
	s.refused("a,b", 2, "say which entries", "redact", "--tenant", "acme")
	s.refused("a,b", 2, "write a time like", "redact", "--tenant", "acme", "--before", "yesterday")
	s.refused("a,b", 1, "is unknown", "redact", "--tenant", "nobody", "--order", "over")
	out := s.must("a,b", "nothing was changed", "redact", "--tenant", "acme", "--order", "over", "--dry-run")
	if again := s.must("a,b", "", "redact", "--tenant", "acme", "--order", "over"); !strings.HasPrefix(out, again) || strings.Contains(again, "\n0     0        0") && strings.Contains(again, "\n1     0        0") {
		t.Errorf("redacted:\n%sthe dry run says:\n%s", again, out)
	}
	s.must("a,b", "order", "redact", "--tenant", "acme", "--history")
	if out := s.must("a,b", "all invariants hold", "verify"); !strings.Contains(out, "redacted: ") {
		t.Errorf("verify says nothing of what was redacted:\n%s", out)
	}

	s.refused("a,b", 1, "every installation has it", "tenants", "delete", catalog.DefaultTenant)
	s.refused("a,b", 1, "is unknown", "tenants", "delete", "nobody")
	s.must("a,b", "nothing was changed", "tenants", "delete", "acme", "--dry-run")
	s.must("a,b", `tenant "acme" is deleted`, "tenants", "delete", "acme")
	s.refused("a,b", 1, "deleted before", "tenants", "delete", "acme")
	out = s.must("a,b", "all invariants hold", "verify")
	if !strings.Contains(out, "deleted with their tenants: ") || strings.Contains(out, "redacted: ") {
		t.Errorf("verify says\n%s", out)
	}
	_, l, end := s.open()
	defer end()
	for i := range 3 {
		k := stock.ItemKey{Tenant: "zen", Location: fmt.Sprint("store-", i), Product: "mug"}
		all, _, err := l.Items(t.Context(), []stock.ItemKey{k})
		if err != nil || len(all) != 1 {
			t.Fatalf("%d items, %v", len(all), err)
		}
		if f := all[0].Figures(); f.Available != 2 || f.Held != 3 {
			t.Errorf("the other tenant has %+v at %s, want 2 and 3 held", f, k.Location)
		}
	}
	s.submitKeyed(l, stock.Release{Target: stock.Target{Order: stock.OrderKey{Tenant: "zen", Order: "over"}}})
}

// A tenant that every bucket remembers cannot be deleted.
func TestATenantWhoseLocationIsSpreadIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := tenantBooks(t, "acme", "zen")
	s.must("a,b", "location store-0 is spread", "shards", "spread", "store-0", "--tenant", "acme", "--keep", "5s")
	for _, names := range []string{
		`location "store-0" of the tenant is, or was, spread`, "holdfast keys revoke ID --tenant acme", "holdfast redact --tenant acme --since",
	} {
		s.refused("a,b", 1, names, "tenants", "delete", "acme")
	}
	s.must("a,b", "nothing was changed", "redact", "--tenant", "acme", "--since", "2000-01-01T00:00:00Z", "--dry-run")
	s.must("a,b", `tenant "zen" is deleted`, "tenants", "delete", "zen")
	s.must("a,b", "all invariants hold", "verify")
}

// Entries and rows of a tenant that is not there are counted, in each slot, and the command for a deleted one drops what is left.
func TestVerifyCountsWhatIsOfNoTenant(t *testing.T) {
	t.Parallel()
	s := tenantBooks(t, "acme", "zen")
	s.must("a,b", `tenant "acme" is deleted`, "tenants", "delete", "acme")
	s.must("a,b", "all invariants hold", "verify")
	_, l, end := s.open()
	for _, tenant := range []string{"acme", "nobody"} {
		k := stock.ItemKey{Tenant: tenant, Location: "store-0", Product: "mug"}
		s.submitKeyed(l, stock.OpenItem{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 5, Tracked: true})
	}
	end()
	s.refused("a,b", 1, `2 rows and entries are of tenant "acme", which is not there`, "verify")
	s.refused("a,b", 1, `2 rows and entries are of tenant "nobody", which is not there`, "verify")
	s.must("a,b", `tenant "acme" is deleted`, "tenants", "delete", "acme")
	s.refused("a,b", 1, "deleted before", "tenants", "delete", "acme")
	s.refused("a,b", 1, "is unknown", "tenants", "delete", "nobody")
	s.refused("a,b", 1, "the books are wrong: 1 violations", "verify")
}
