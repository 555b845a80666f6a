package sheet

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// A desk removes the imports of a tenant that was deleted, also when another tenant has its id: that one sees none, and its own
// import of the same file is another one.
func TestImportsGoWithTheirTenant(t *testing.T) {
	t.Parallel()
	for name, again := range map[string]bool{"nobody has the id": false, "another tenant has the id": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := closedHouse(t)
			accept := func(d *Desk, tenant string) (Job, bool) {
				t.Helper()
				s := spec(KindLevels)
				s.Tenant = tenant
				j, before, err := d.Accept(t.Context(), s, strings.NewReader(twoMugs))
				if err != nil {
					t.Fatal(err)
				}
				return j, before
			}
			earlier := NewDesk(h.folder, h.rooms, WithClock(func() time.Time { return time.Now().Add(-time.Hour) }))
			gone, _ := accept(earlier, "shop")
			earlier.leave()
			now := NewDesk(h.folder, h.rooms)
			defer now.leave()
			kept, _ := accept(now, "other")
			if _, err := h.catalog.DeleteTenant(t.Context(), "shop", "ops"); err != nil {
				t.Fatal(err)
			}
			if again {
				if _, err := h.catalog.CreateTenant(t.Context(), "shop"); err != nil {
					t.Fatal(err)
				}
			}
			if err := now.tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
			if _, err := now.Find("shop", gone.ID); !errors.Is(err, ErrUnknown) {
				t.Errorf("the import is still there: %v", err)
			}
			if _, err := now.Find("other", kept.ID); err != nil {
				t.Errorf("the import of the other tenant: %v", err)
			}
			entries, err := os.ReadDir(h.folder)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range entries {
				if strings.HasPrefix(e.Name(), gone.ID) || e.Name() == gone.Body {
					t.Errorf("%s is left", e.Name())
				}
			}
			if _, before := accept(now, "shop"); again && before {
				t.Error("the file is answered with the import of the deleted tenant")
			}
		})
	}
}
