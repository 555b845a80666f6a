package catalog

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func somebody(subject string) Person {
	return Person{Issuer: "https://id.example", Subject: subject, Operator: "Ann Lee", Tenant: "demo", Role: RoleClerk}
}

// mustSignInPerson signs a person in.
func mustSignInPerson(t *testing.T, c *Catalog, p Person) string {
	t.Helper()
	token, s, err := c.Sessions.SignInPerson(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if len(token) != 43 || s.KeyID != "" || s.KeyName != p.Operator || s.Role != p.Role || s.Tenant != p.Tenant || s.Issuer != p.Issuer {
		t.Fatalf("signed in: %q %+v", token, s)
	}
	return token
}

// A person has no key: the session is what it was when it began, in every process, and
// ends as others do.
func TestAPersonHasASession(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		here, there := open(t, path, WithClock(clock.Now)), open(t, path, WithClock(clock.Now))
		mustTenant(t, here, "demo")
		p := somebody("a-1")
		token := mustSignInPerson(t, here, p)
		for name, c := range map[string]*Catalog{"here": here, "there": there} {
			s, err := c.Sessions.Session(t.Context(), token, true)
			want := Credential{Tenant: "demo", KeyName: "Ann Lee", Scopes: ScopeAdmin, Role: RoleClerk}
			if err != nil || s.Credential != want || s.Issuer != p.Issuer || !s.Expires.Equal(fromMillis(millis(clock.Now())).Add(SessionMost)) {
				t.Errorf("%s: %+v %v", name, s, err)
			}
		}
		if err := there.Sessions.EndSession(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		clock.advance(2 * time.Second)
		if signedIn(t, here, token) || signedIn(t, there, token) {
			t.Error("signed out, still a session")
		}
		idle := mustSignInPerson(t, here, p)
		clock.advance(SessionIdle)
		if signedIn(t, here, idle) || signedIn(t, there, idle) {
			t.Error("idle, still a session")
		}
		unknown := p
		unknown.Tenant = "nobody"
		if _, _, err := here.Sessions.SignInPerson(t.Context(), unknown); !errors.Is(err, ErrUnknown) {
			t.Errorf("a tenant that is unknown: %v", err)
		}
		mustVerify(t, here)
	})
}

func TestSessionsOfAPersonAreBounded(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		clock := newClock()
		c := open(t, in.open(t), WithClock(clock.Now))
		mustTenant(t, c, "demo")
		namesake := somebody("a-1")
		namesake.Issuer = "https://other.example"
		tokens := []string{mustSignInPerson(t, c, somebody("a-2")), mustSignInPerson(t, c, namesake)}
		for range sessionsOfOne + 2 {
			clock.advance(time.Second)
			tokens = append(tokens, mustSignInPerson(t, c, somebody("a-1")))
		}
		clock.advance(2 * time.Second)
		for i, token := range tokens {
			if got, want := signedIn(t, c, token), i < 2 || i > 3; got != want {
				t.Errorf("session %d: %v, want %v", i, got, want)
			}
		}
	})
}

// An admin sees who has signed in to his tenant, and ends sessions of it alone.
func TestSessionsAreListedAndEnded(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		path, clock := in.open(t), newClock()
		here, there := open(t, path, WithClock(clock.Now)), open(t, path, WithClock(clock.Now))
		mustTenant(t, here, "demo")
		mustTenant(t, here, "other")
		clock.advance(2 * time.Second)
		k, _ := mustKey(t, here, "person", ScopeInternal)
		revoked, _ := mustKey(t, here, "gone", ScopeInternal)
		begun := fromMillis(millis(clock.Now()))
		token := mustSignInPerson(t, here, somebody("a-1"))
		clock.advance(time.Second)
		byKey := mustSignIn(t, here, k.ID)
		mustSignIn(t, here, revoked.ID)
		elsewhere := somebody("a-1")
		elsewhere.Tenant = "other"
		mustSignInPerson(t, here, elsewhere)
		if _, err := here.RevokeKey(t.Context(), "demo", revoked.ID); err != nil {
			t.Fatal(err)
		}
		clock.advance(2 * time.Second)
		all, err := there.Sessions.Sessions(t.Context(), "demo")
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v %v", all, err)
		}
		person, withKey := all[0], all[1]
		if person.Operator != "Ann Lee" || person.Issuer != "https://id.example" || person.Subject != "a-1" || person.Role != RoleClerk || person.KeyID != "" ||
			!person.Begun.Equal(begun) || !person.Used.Equal(begun) || !person.Expires.Equal(begun.Add(SessionMost)) || len(person.ID) != 16 {
			t.Errorf("the person: %+v", person)
		}
		if withKey.Operator != "person" || withKey.KeyID != k.ID || withKey.Issuer != "" || withKey.Scopes != ScopeInternal {
			t.Errorf("the key's: %+v", withKey)
		}
		for _, no := range []string{"", "x", strings.Repeat("0", 16), strings.Repeat("z", 16), token} {
			if _, err := there.Sessions.EndSessionOf(t.Context(), "demo", no); !errors.Is(err, ErrUnknown) {
				t.Errorf("end %q: %v", no, err)
			}
		}
		if _, err := there.Sessions.EndSessionOf(t.Context(), "other", person.ID); !errors.Is(err, ErrUnknown) {
			t.Errorf("another tenant's: %v", err)
		}
		if !signedIn(t, here, token) {
			t.Fatal("it was ended by another tenant")
		}
		if ended, err := there.Sessions.EndSessionOf(t.Context(), "demo", person.ID); err != nil || ended != person {
			t.Errorf("ended: %+v %v", ended, err)
		}
		clock.advance(2 * time.Second)
		if signedIn(t, here, token) || signedIn(t, there, token) || !signedIn(t, here, byKey) {
			t.Error("another session than the one that was named has ended")
		}
		if _, err := here.Sessions.EndSessionOf(t.Context(), "demo", person.ID); !errors.Is(err, ErrUnknown) {
			t.Errorf("ended twice: %v", err)
		}
		clock.advance(SessionIdle)
		if all, err := here.Sessions.Sessions(t.Context(), "demo"); err != nil || len(all) != 0 {
			t.Errorf("those that are idle: %+v %v", all, err)
		}
	})
}

func TestWhoIsNoPersonDoesNotSignIn(t *testing.T) {
	t.Parallel()
	c := open(t, newFile(t))
	mustTenant(t, c, "demo")
	for name, change := range map[string]func(*Person){
		"no issuer":                  func(p *Person) { p.Issuer = "" },
		"no subject":                 func(p *Person) { p.Subject = "" },
		"a subject that is too long": func(p *Person) { p.Subject = strings.Repeat("x", 256) },
		"no name":                    func(p *Person) { p.Operator = "" },
		"a name with a line break":   func(p *Person) { p.Operator = "a\nb" },
		"a name that is too long":    func(p *Person) { p.Operator = strings.Repeat("x", 65) },
		"no role":                    func(p *Person) { p.Role = "" },
		"an unknown role":            func(p *Person) { p.Role = "boss" },
	} {
		p := somebody("a-1")
		change(&p)
		if _, _, err := c.Sessions.SignInPerson(t.Context(), p); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
