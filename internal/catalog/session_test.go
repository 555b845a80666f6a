package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// mustSignIn signs in with a key that was just made.
func mustSignIn(t *testing.T, c *Catalog, keyID string) string {
	t.Helper()
	token, s, err := c.Sessions.SignIn(t.Context(), keyID)
	if err != nil {
		t.Fatal(err)
	}
	if len(token) != 43 || s.KeyID != keyID {
		t.Fatalf("signed in: %q %+v", token, s)
	}
	return token
}

// signedIn reports whether the token is a session's.
func signedIn(t *testing.T, c *Catalog, token string) bool {
	t.Helper()
	_, err := c.Sessions.Session(t.Context(), token, true)
	if err != nil && !errors.Is(err, ErrNoSession) {
		t.Fatal(err)
	}
	return err == nil
}

// A session that ends is over in every process within 2 s.
func TestASessionEndsEverywhere(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		here, there := open(t, path, WithClock(clock.Now)), open(t, path, WithClock(clock.Now))
		mustTenant(t, here, "demo")
		k, _ := mustKey(t, here, "person", ScopeInternal)
		turn := func() { clock.advance(2 * time.Second) }
		turn()
		for name, end := range map[string]func(token string) error{
			"signed out": func(token string) error { return here.Sessions.EndSession(t.Context(), token) },
			"signed out two times": func(token string) error {
				return errors.Join(here.Sessions.EndSession(t.Context(), token), here.Sessions.EndSession(t.Context(), token))
			},
			"signed out over there": func(token string) error { return there.Sessions.EndSession(t.Context(), token) },
		} {
			token := mustSignIn(t, here, k.ID)
			if !signedIn(t, here, token) || !signedIn(t, there, token) {
				t.Errorf("%s: no session before", name)
			}
			if err := end(token); err != nil {
				t.Fatal(err)
			}
			turn()
			if signedIn(t, here, token) || signedIn(t, there, token) {
				t.Errorf("%s: still a session", name)
			}
		}
		rotated := mustSignIn(t, there, k.ID)
		if _, _, err := here.RotateKey(t.Context(), "demo", "person"); err != nil {
			t.Fatal(err)
		}
		turn()
		if signedIn(t, here, rotated) || signedIn(t, there, rotated) {
			t.Error("a session outlives the rotation of its key")
		}
		revoked := mustSignIn(t, here, k.ID)
		if !signedIn(t, there, revoked) {
			t.Error("a key that was rotated does not sign in")
		}
		if _, err := here.RevokeKey(t.Context(), "demo", k.ID); err != nil {
			t.Fatal(err)
		}
		turn()
		if signedIn(t, here, revoked) || signedIn(t, there, revoked) {
			t.Error("a session outlives its key")
		}
		if _, _, err := there.Sessions.SignIn(t.Context(), k.ID); !errors.Is(err, ErrBadKey) {
			t.Errorf("a revoked key signs in: %v", err)
		}
		if _, _, err := here.Sessions.SignIn(t.Context(), "nokey"); !errors.Is(err, ErrBadKey) {
			t.Errorf("no key signs in: %v", err)
		}
		mustVerify(t, here)
	})
}

// That a session is used is stored at most once a minute, so that another process, or
// this one after a restart, knows it.
func TestASessionInUseIsStored(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		c := open(t, path, WithClock(clock.Now))
		mustTenant(t, c, "demo")
		k, _ := mustKey(t, c, "person", ScopeRead)
		token := mustSignIn(t, c, k.ID)
		seen := func() (at int64) {
			if _, err := look(t.Context(), c.store, func(r *read) (bool, error) { return r.readRow(`SELECT seen FROM {console_session}`, nil, &at) }); err != nil {
				t.Fatal(err)
			}
			return at
		}
		began := seen()
		for _, use := range []struct {
			after  time.Duration
			stored bool
		}{{30 * time.Second, false}, {29 * time.Second, false}, {time.Second, true}, {59 * time.Second, false}, {29 * time.Minute, true}} {
			before := seen()
			clock.advance(use.after)
			if !signedIn(t, c, token) {
				t.Fatalf("ended %s later", use.after)
			}
			c.Sessions.storeUsed(t.Context())
			if got := seen(); (got != before) != use.stored || use.stored && got != millis(clock.Now()) {
				t.Errorf("used %s later: stored %d after %d", use.after, got-began, before-began)
			}
		}
		clock.advance(SessionIdle - time.Second)
		if after := open(t, path, WithClock(clock.Now)); !signedIn(t, after, token) {
			t.Error("after a restart it is idle")
		}
		if _, err := c.Sessions.Session(t.Context(), token, false); err != nil {
			t.Errorf("only looked at: %v", err)
		}
		clock.advance(time.Second)
		if _, err := c.Sessions.Session(t.Context(), token, false); !errors.Is(err, ErrNoSession) {
			t.Errorf("to look at it keeps it alive: %v", err)
		}
	})
}

func TestSessionsAreBounded(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		clock := newClock()
		c := open(t, in.open(t), WithClock(clock.Now))
		mustTenant(t, c, "demo")
		k, _ := mustKey(t, c, "person", ScopeRead)
		other, _ := mustKey(t, c, "other", ScopeRead)
		tokens := []string{mustSignIn(t, c, other.ID)}
		for range sessionsOfOne + 2 {
			clock.advance(time.Second)
			tokens = append(tokens, mustSignIn(t, c, k.ID))
		}
		clock.advance(2 * time.Second)
		for i, token := range tokens {
			if got, want := signedIn(t, c, token), i == 0 || i > 2; got != want {
				t.Errorf("session %d: %v, want %v", i, got, want)
			}
		}
		clock.advance(SessionMost)
		mustSignIn(t, c, other.ID)
		var left int
		if _, err := look(t.Context(), c.store, func(r *read) (bool, error) { return r.readRow(`SELECT count(*) FROM {console_session}`, nil, &left) }); err != nil || left != 1 {
			t.Errorf("%d sessions are left, %v", left, err)
		}
	})
}

// Nothing that is stored lets anybody in, and what is no token is not looked for.
func TestASessionIsStoredHashed(t *testing.T) {
	t.Parallel()
	c := open(t, newFile(t))
	mustTenant(t, c, "demo")
	k, printed := mustKey(t, c, "person", ScopeRead)
	token := mustSignIn(t, c, k.ID)
	var hash []byte
	if _, err := look(t.Context(), c.store, func(r *read) (bool, error) { return r.readRow(`SELECT hash FROM {console_session}`, nil, &hash) }); err != nil || strings.Contains(string(hash), token) {
		t.Errorf("%x, %v", hash, err)
	}
	for _, no := range []string{"", "x", printed, string(hash), token + "x", token[:42] + "!", strings.Repeat("x", 1<<20)} {
		if signedIn(t, c, no) {
			t.Errorf("%.50q is a session", no)
		}
	}
}
