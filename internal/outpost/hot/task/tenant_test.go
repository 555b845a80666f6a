package task_test

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// itemOf opens an item of the tenant with a taking under a key, a refusal, a fence, a void and a mend.
func itemOf(t *testing.T, s task.Store, tenant, product string) hot.Listed {
	t.Helper()
	l, err := s.Add(t.Context(), stock.ItemKey{Tenant: tenant, Product: product, Location: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	to := l
	to.Epoch, to.State, to.Holder = 1, hot.Open, 5
	if moved, err := s.Move(t.Context(), l, to); err != nil || !moved {
		t.Fatal(moved, err)
	}
	use := func(what byte) hot.KeyUse {
		return hot.KeyUse{ID: [16]byte{what, byte(l.ID), byte(l.ID >> 8)}, Print: [16]byte{1}}
	}
	first := take(to, 1, "o")
	first.Key, first.Use = "k", use(1)
	insert(t, s, first)
	if kept, err := s.Deny(t.Context(), []hot.Denial{{Item: l.ID, Use: use(2), At: noon, Body: []byte("{}")}}); err != nil || !kept[0] {
		t.Fatal(kept, err)
	}
	if voided, err := s.Void(t.Context(), l.ID, 1, 2); err != nil || !voided {
		t.Fatal(voided, err)
	}
	if err := s.Fence(t.Context(), l.ID, "fenced"); err != nil {
		t.Fatal(err)
	}
	if err := s.Mend(t.Context(), []hot.Mend{{Item: l.ID, Epoch: 1, Kind: hot.LostKeys, At: noon, Why: "lost"}}); err != nil {
		t.Fatal(err)
	}
	return to
}

func mustKeep(t *testing.T, s task.Store, tenant string, want task.Kept) {
	t.Helper()
	if is, err := s.Kept(t.Context(), tenant); err != nil || is != want {
		t.Errorf("of tenant %s there are %+v (%v), want %+v", tenant, is, err, want)
	}
}

func dropsTenant(t *testing.T, s task.Store) {
	gone, off, stays := itemOf(t, s, "gone", "a"), itemOf(t, s, "gone", "b"), itemOf(t, s, "Gone", "a")
	to := off
	to.State = hot.Off
	if moved, err := s.Move(t.Context(), off, to); err != nil || !moved {
		t.Fatal(moved, err)
	}
	mustKeep(t, s, "gone", task.Kept{Items: 2, Tasks: 8})
	for range 2 {
		if err := task.DropTenant(t.Context(), s, "gone"); err != nil {
			t.Fatal(err)
		}
		mustKeep(t, s, "gone", task.Kept{})
		mustKeep(t, s, "Gone", task.Kept{Items: 1, Tasks: 4})
	}
	tenants, err := s.Tenants(t.Context())
	if err != nil || slices.Contains(tenants, "gone") || !slices.Contains(tenants, "Gone") {
		t.Errorf("there are %v, %v", tenants, err)
	}
	if stray, err := s.Stray(t.Context()); err != nil || stray != 0 {
		t.Errorf("%d rows have no item, %v", stray, err)
	}
	for _, tenant := range []string{"gone", "Gone"} {
		mends, err := s.Mended(t.Context(), tenant, noon)
		if want := map[string]int{"gone": 0, "Gone": 1}[tenant]; err != nil || len(mends) != want {
			t.Errorf("tenant %s has %d mends (%v), want %d", tenant, len(mends), err, want)
		}
	}
	again := itemOf(t, s, "gone", "a")
	if again.ID == gone.ID || again.ID == stays.ID {
		t.Errorf("the item of the next tenant has the number of another: %d", again.ID)
	}
}

func TestADatabaseWithoutTasksHasNothingToDrop(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{dbtest.Postgres(t), dbtest.MySQL(t)} {
		if s, err := task.OpenToDrop(t.Context(), dsn); s != nil || err != nil {
			t.Errorf("%v, %v", s, err)
		}
	}
}
