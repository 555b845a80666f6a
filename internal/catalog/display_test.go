package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// mustPair returns the state of the pairing that a screen shows.
func mustPair(t *testing.T, c *Catalog, secret string) Pairing {
	t.Helper()
	p, err := c.Sessions.Pair(t.Context(), secret)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Secret) != tokenLength || p.Code != "" && (len(p.Code) != codeLength || strings.Trim(p.Code, codeLetters) != "") {
		t.Fatalf("a pairing: %+v", p)
	}
	return p
}

// mustAddDisplay confirms what a screen shows.
func mustAddDisplay(t *testing.T, c *Catalog, tenant, code, name string) Display {
	t.Helper()
	d, err := c.Sessions.AddDisplay(t.Context(), tenant, code, name)
	if err != nil {
		t.Fatal(err)
	}
	if d.Name != name || len(d.ID) != 2*idBytes {
		t.Fatalf("a display: %+v", d)
	}
	return d
}

// A screen is a display of the tenant whose admin confirms its code, in every process, for
// years, and until it is ended.
func TestAScreenBecomesADisplay(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		here, there := open(t, path, WithClock(clock.Now)), open(t, path, WithClock(clock.Now))
		mustTenant(t, here, "demo")
		mustTenant(t, here, "other")
		clock.advance(2 * time.Second)
		p := mustPair(t, here, "")
		if again := mustPair(t, there, p.Secret); again != p || !p.Expires.Equal(fromMillis(millis(clock.Now())).Add(PairingMost)) {
			t.Errorf("asked again: %+v, want %+v", again, p)
		}
		if signedIn(t, here, p.Secret) {
			t.Error("a screen has a session before anybody confirmed it")
		}
		if other := mustPair(t, here, ""); other.Code == p.Code || other.Secret == p.Secret {
			t.Error("two screens show one code")
		}
		d := mustAddDisplay(t, there, "demo", strings.ToLower(p.Code[:4])+" - "+p.Code[4:], "Lobby / 大堂")
		if _, err := here.Sessions.AddDisplay(t.Context(), "other", p.Code, "again"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a code that was used: %v", err)
		}
		if now := mustPair(t, here, p.Secret); now.Code != "" || now.Secret != p.Secret {
			t.Errorf("confirmed: %+v", now)
		}
		clock.advance(2 * time.Second)
		for _, c := range []*Catalog{here, there} {
			s, err := c.Sessions.Session(t.Context(), p.Secret, true)
			if err != nil || s.Tenant != "demo" || s.KeyName != "Lobby / 大堂" || s.Role != RoleDisplay || s.Scopes != ScopeRead || !s.Display {
				t.Errorf("the session: %+v %v", s, err)
			}
		}
		clock.advance(3 * 365 * 24 * time.Hour) // idle
		mustSignInPerson(t, here, somebody("a-1"))
		if !signedIn(t, here, p.Secret) || !signedIn(t, there, p.Secret) {
			t.Error("a display ended by itself")
		}
		all, err := here.Sessions.Displays(t.Context(), "demo")
		if err != nil || len(all) != 1 || all[0].ID != d.ID || all[0].Name != d.Name || !all[0].Begun.Equal(d.Begun) {
			t.Errorf("the displays: %+v %v", all, err)
		}
		if people, err := here.Sessions.Sessions(t.Context(), "demo"); err != nil || len(people) != 1 || people[0].ID == d.ID {
			t.Errorf("those who have signed in: %+v %v", people, err)
		}
		for name, end := range map[string]func() error{
			"of another tenant": func() error { _, err := here.Sessions.EndDisplay(t.Context(), "other", d.ID); return err },
			"as a session":      func() error { _, err := here.Sessions.EndSessionOf(t.Context(), "demo", d.ID); return err },
			"of no id":          func() error { _, err := here.Sessions.EndDisplay(t.Context(), "demo", "x"); return err },
		} {
			if err := end(); !errors.Is(err, ErrUnknown) {
				t.Errorf("ended %s: %v", name, err)
			}
		}
		if ended, err := there.Sessions.EndDisplay(t.Context(), "demo", d.ID); err != nil || ended.ID != d.ID {
			t.Errorf("ended: %+v %v", ended, err)
		}
		clock.advance(2 * time.Second)
		if signedIn(t, here, p.Secret) || signedIn(t, there, p.Secret) {
			t.Error("a display that was ended is one still")
		}
		if next := mustPair(t, here, p.Secret); next.Secret == p.Secret || next.Code == "" {
			t.Errorf("a display that was ended is not asked for a new code: %+v", next)
		}
		mustVerify(t, here)
	})
}

func TestACodeEnds(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		clock := newClock()
		c := open(t, in.open(t), WithClock(clock.Now))
		mustTenant(t, c, "demo")
		first := mustPair(t, c, "")
		clock.advance(PairingMost - time.Second)
		if again := mustPair(t, c, first.Secret); again.Code != first.Code {
			t.Errorf("before it ends: %+v", again)
		}
		clock.advance(time.Second)
		if _, err := c.Sessions.AddDisplay(t.Context(), "demo", first.Code, "late"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a code that has ended: %v", err)
		}
		next := mustPair(t, c, first.Secret)
		if next.Code == first.Code || next.Secret == first.Secret {
			t.Errorf("after it has ended: %+v", next)
		}
		for name, code := range map[string]string{"wrong": "BBBBBBBB", "a part": next.Code[:4], "none": "", "a secret": next.Secret} {
			if _, err := c.Sessions.AddDisplay(t.Context(), "demo", code, "x"); !errors.Is(err, ErrUnknown) {
				t.Errorf("%s: %v", name, err)
			}
		}
		for _, name := range []string{"", strings.Repeat("x", 65), "a\x00b"} {
			if _, err := c.Sessions.AddDisplay(t.Context(), "demo", next.Code, name); !errors.Is(err, ErrInvalid) {
				t.Errorf("the name %q: %v", name, err)
			}
		}
		if _, err := c.Sessions.AddDisplay(t.Context(), "nobody", next.Code, "x"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a tenant that is unknown: %v", err)
		}
		mustAddDisplay(t, c, "demo", next.Code, "x")
	})
}

func TestPairingsAndDisplaysAreBounded(t *testing.T) {
	t.Parallel()
	clock := newClock()
	c := open(t, newFile(t), WithClock(clock.Now))
	mustTenant(t, c, "demo")
	for n := range maxDisplays + 1 {
		p := mustPair(t, c, "")
		_, err := c.Sessions.AddDisplay(t.Context(), "demo", p.Code, "x")
		if full := n == maxDisplays; errors.Is(err, ErrTooManyDisplays) != full || err != nil && !full {
			t.Fatalf("display %d: %v", n, err)
		}
	}
	for range maxPairings - 1 { // the last display's code waits too
		mustPair(t, c, "")
	}
	if _, err := c.Sessions.Pair(t.Context(), ""); !errors.Is(err, ErrTooManyPairings) {
		t.Errorf("one more: %v", err)
	}
	clock.advance(PairingMost)
	mustPair(t, c, "")
}
