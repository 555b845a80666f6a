package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

func till(id string) Till {
	return Till{Tenant: "demo", ID: id, Location: "shop", Name: "Front door", Percent: 30, Floor: 2, Ceiling: 40}
}

func TestTills(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		mustPlace(t, c, DefaultPlace("demo", "hub"))
		kept, err := c.Tills.Set(ctx, Till{Tenant: "demo", ID: "one", Location: "shop", Percent: 30, Epoch: "mine", Code: TillCode{Hash: []byte("x")}})
		if err != nil || kept.Epoch != "" || len(kept.Code.Hash) > 0 || kept.Changed.IsZero() || kept.Revision == 0 {
			t.Fatalf("kept %+v, %v", kept, err)
		}
		if again, err := c.Tills.Set(ctx, kept); err != nil || again.Revision != kept.Revision {
			t.Errorf("the same again is revision %d, %v, want %d", again.Revision, err, kept.Revision)
		}
		if paired, err := c.Tills.SetEpoch(ctx, "demo", "one", "e1"); err != nil || paired.Epoch != "e1" {
			t.Fatalf("paired %+v, %v", paired, err)
		}
		changed, err := c.Tills.Set(ctx, till("one"))
		if err != nil || changed.Epoch != "e1" || changed.Floor != 2 {
			t.Errorf("changed to %+v, %v", changed, err)
		}
		moved := till("one")
		if moved.Location = "hub"; !errors.Is(errOf(c.Tills.Set(ctx, moved)), ErrPaired) {
			t.Error("a till that is paired has moved")
		}
		if err := c.Tills.Drop(ctx, "demo", "one"); !errors.Is(err, ErrPaired) {
			t.Errorf("dropped while paired: %v", err)
		}
		if _, err := c.Tills.Set(ctx, till("two")); err != nil {
			t.Fatal(err)
		}
		if all, err := c.Tills.All(ctx); err != nil || len(all) != 2 || all[0].Epoch != "e1" || all[1].ID != "two" {
			t.Errorf("all: %+v, %v", all, err)
		}
		if _, err := c.Tills.SetEpoch(ctx, "demo", "one", ""); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second is no change
			if err := c.Tills.Drop(ctx, "demo", "one"); err != nil {
				t.Error(err)
			}
		}
		if all, err := c.Tills.All(ctx); err != nil || len(all) != 1 {
			t.Errorf("all after a drop: %+v, %v", all, err)
		}
		if err := c.Tills.Drop(ctx, "demo", "three"); !errors.Is(err, ErrUnknown) {
			t.Errorf("dropped what never was: %v", err)
		}
		mustVerify(t, c)
	})
}

func errOf[T any](_ T, err error) error { return err }

func TestWhatIsNoTill(t *testing.T) {
	t.Parallel()
	c := open(t, newFile(t))
	mustTenant(t, c, "demo")
	mustPlace(t, c, DefaultPlace("demo", "shop"))
	for name, change := range map[string]func(*Till){
		"an id with an @":          func(n *Till) { n.ID = "a@b" },
		"an id with a ~":           func(n *Till) { n.ID = "a~b" },
		"an id that is too long":   func(n *Till) { n.ID = strings.Repeat("a", MaxTillID+1) },
		"no location":              func(n *Till) { n.Location = "" },
		"a name with a line break": func(n *Till) { n.Name = "a\nb" },
		"more than all":            func(n *Till) { n.Percent = 101 },
		"less than none":           func(n *Till) { n.Floor = -1 },
		"a floor over the ceiling": func(n *Till) { n.Floor = 41 },
		"a level of nothing":       func(n *Till) { n.Level = -1 },
		"a level over all":         func(n *Till) { n.Level = 101 },
		"a rank that is too high":  func(n *Till) { n.Rank = MaxTillRank + 1 },
		"a channel of blanks":      func(n *Till) { n.Channel = " " },
	} {
		bad := till("one")
		change(&bad)
		if _, err := c.Tills.Set(t.Context(), bad); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	away := till("one")
	if away.Location = "nowhere"; !errors.Is(errOf(c.Tills.Set(t.Context(), away)), ErrUnknown) {
		t.Error("a till is at a location that nobody knows")
	}
	if _, err := c.SpreadLocation(t.Context(), "demo", "shop", true); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Tills.Set(t.Context(), till("one")); !errors.Is(err, ErrInvalid) {
		t.Errorf("a till at a location that is spread: %v", err)
	}
}

func TestACodePairsOnce(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, clock := opened(t, in)
		ctx := t.Context()
		mustPlace(t, c, DefaultPlace("demo", "shop"))
		for _, id := range []string{"one", "two"} {
			if _, err := c.Tills.Set(ctx, till(id)); err != nil {
				t.Fatal(err)
			}
		}
		code := func(id string) string {
			t.Helper()
			code, expires, err := c.Tills.MakeCode(ctx, "demo", id)
			if err != nil || expires.Sub(c.now()).Round(time.Minute) != TillCodeMost {
				t.Fatalf("code %q until %v, %v", code, expires, err)
			}
			return code
		}
		head := mustHead(t, c)
		replaced, other, used := code("one"), code("two"), code("one")
		if now := mustHead(t, c); now != head {
			t.Errorf("codes are in the log: its head is %d, was %d", now, head)
		}
		if found, err := c.Tills.ByCode(ctx, strings.ToLower(used)); err != nil || found.ID != "one" || found.Epoch != "" {
			t.Errorf("by its code: %+v, %v", found, err)
		}
		for range 2 { // the second is no change
			if paired, err := c.Tills.UseCode(ctx, " "+strings.ToLower(used), "file", "e1", ""); err != nil || paired.ID != "one" || paired.Epoch != "e1" {
				t.Errorf("paired %+v, %v", paired, err)
			}
		}
		for _, wrong := range []struct {
			code string
			want error
		}{{used, ErrCodeUsed}, {replaced, ErrUnknown}, {"BBBBB-BBBBB", ErrUnknown}, {"", ErrUnknown}, {"\x00", ErrUnknown}} {
			if _, err := c.Tills.UseCode(ctx, wrong.code, "file", "e2", "e0"); !errors.Is(err, wrong.want) {
				t.Errorf("code %q: %v, want %v", wrong.code, err, wrong.want)
			}
		}
		if _, err := c.Tills.UseCode(ctx, used, "another", "e3", "e1"); !errors.Is(err, ErrCodeUsed) {
			t.Errorf("for another file: %v", err)
		}
		if again, err := c.Tills.UseCode(ctx, used, "file", "e3", "e1"); err != nil || again.Epoch != "e3" {
			t.Errorf("in place of a pairing that nobody has: %+v, %v", again, err)
		}
		if found, err := c.Tills.ByCode(ctx, used); err != nil || found.Code.Epoch != "e3" {
			t.Errorf("by a code that was used: %+v, %v", found, err)
		}
		if _, err := c.Tills.Set(ctx, Till{Tenant: "demo", ID: "two", Location: "shop"}); err != nil {
			t.Fatal(err)
		}
		clock.advance(TillCodeMost)
		if _, err := c.Tills.UseCode(ctx, other, "file", "e2", ""); !errors.Is(err, ErrUnknown) {
			t.Errorf("a code that has ended: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestAKeySpeaksForOneTill(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path := in.open(t)
		c := open(t, path)
		mustTenant(t, c, "demo")
		shop := &stock.Bounds{Locations: []string{"shop"}}
		spec := KeySpec{Tenant: "demo", Name: "till:one", Scopes: ScopeTill, Bounds: shop, Till: "one"}
		_, printed, err := c.CreateKey(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		_, next, err := c.RotateKey(t.Context(), "demo", "till:one")
		if err != nil {
			t.Fatal(err)
		}
		for _, bearer := range []string{printed, next} {
			if got := mustOpen(t, open(t, path), bearer); got.Till != "one" || !got.Scopes.Allow(ScopeTill|ScopeRead) || got.Scopes.Allow(ScopeInternal) {
				t.Errorf("it stands for %+v", got)
			}
		}
		for name, change := range map[string]func(*KeySpec){
			"no till":       func(s *KeySpec) { s.Till = "" },
			"no location":   func(s *KeySpec) { s.Bounds = nil },
			"two locations": func(s *KeySpec) { s.Bounds = &stock.Bounds{Locations: []string{"a", "b"}} },
			"more scopes":   func(s *KeySpec) { s.Scopes |= ScopeInternal },
			"other scopes":  func(s *KeySpec) { s.Scopes = ScopeRead },
			"another name":  func(s *KeySpec) { s.Name = "till:two" },
		} {
			bad := spec
			change(&bad)
			if _, _, err := c.CreateKey(t.Context(), bad); !errors.Is(err, ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := c.RevokeTill(t.Context(), "demo", "one"); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Authenticate(t.Context(), next); !errors.Is(err, ErrRevoked) {
			t.Errorf("a key of a till that was revoked: %v", err)
		}
		if ScopeAdmin.Allow(ScopeTill) {
			t.Error("an admin speaks for tills")
		}
		mustVerify(t, c)
	})
}
