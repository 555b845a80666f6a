package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

func mustKey(t *testing.T, c *Catalog, name string, scopes Scopes) (Key, string) {
	t.Helper()
	k, printed, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Name: name, Scopes: scopes})
	if err != nil {
		t.Fatal(err)
	}
	return k, printed
}

func mustOpen(t *testing.T, c *Catalog, bearer string) Credential {
	t.Helper()
	got, err := c.Authenticate(t.Context(), bearer)
	if err != nil {
		t.Fatalf("authenticate: %v", err)
	}
	return got
}

func mustRefuse(t *testing.T, c *Catalog, bearer string, want error) {
	t.Helper()
	got, err := c.Authenticate(t.Context(), bearer)
	if !errors.Is(err, want) || got != (Credential{}) {
		t.Errorf("got %+v, %v; want %v", got, err, want)
	}
}

func TestAKeyOpensWhatItIsFor(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		k, printed := mustKey(t, c, "shop", ScopeInternal)
		if !regexp.MustCompile(`^hf_[0-9a-z]{8}_[0-9a-z]{52}$`).MatchString(printed) || !strings.HasPrefix(printed, "hf_"+k.ID+"_") {
			t.Errorf("the key is printed as %q, its id is %q", printed, k.ID)
		}
		want := Credential{Tenant: "demo", KeyName: "shop", KeyID: k.ID, Scopes: ScopeInternal}
		if got := mustOpen(t, c, printed); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
		at.advance(time.Second)
		for name, bearer := range map[string]string{
			"nothing":             "",
			"the id":              "hf_" + k.ID,
			"another last byte":   printed[:len(printed)-1] + "~",
			"a cut key":           printed[:len(printed)-1],
			"a longer key":        printed + "0",
			"upper case":          strings.ToUpper(printed),
			"blanks around it":    " " + printed,
			"the scheme before":   "Bearer " + printed,
			"the hash of the key": hex.EncodeToString(k.hash[:]),
			"a huge bearer":       strings.Repeat(printed, 1<<14),
		} {
			if _, err := c.Authenticate(t.Context(), bearer); !errors.Is(err, ErrBadKey) || errors.Is(err, ErrRevoked) {
				t.Errorf("%s: got %v, want ErrBadKey", name, err)
			}
		}
	})
}

func TestKeysAreDrawn(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		draw := func(random io.Reader) (string, error) {
			c := open(t, in.open(t), WithRandom(random))
			mustTenant(t, c, "demo")
			_, printed, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeRead})
			return printed, err
		}
		const want = "hf_00000000_0000000000000000000000000000000000000000000000000000"
		if printed, err := draw(bytes.NewReader(make([]byte, 53))); printed != want || err != nil {
			t.Errorf("from zeros: %q, %v; want %q", printed, err, want)
		}
		if printed, err := draw(bytes.NewReader(make([]byte, 52))); printed != "" || err == nil {
			t.Errorf("when randomness runs dry: %q, %v; want an error", printed, err)
		}
	})
}

func TestScopes(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		list  string
		want  Scopes
		text  string
		allow Scopes
	}{
		{"admin", ScopeAdmin, "admin", ScopeAdmin | ScopeInternal | ScopeRead},
		{"internal", ScopeInternal, "internal", ScopeInternal | ScopeRead},
		{"read", ScopeRead, "read", ScopeRead},
		{"read, admin", ScopeAdmin | ScopeRead, "admin,read", ScopeAdmin | ScopeInternal | ScopeRead},
		{"internal,internal", ScopeInternal, "internal", ScopeInternal | ScopeRead},
	} {
		got, err := ParseScopes(tc.list)
		if err != nil || got != tc.want || got.String() != tc.text {
			t.Errorf("%q is %q (%v), want %q", tc.list, got, err, tc.text)
		}
		for _, scope := range []Scopes{ScopeRead, ScopeInternal, ScopeAdmin} {
			if got.Allow(scope) != (tc.allow&scope != 0) {
				t.Errorf("%q allows %q: %v", tc.list, scope, got.Allow(scope))
			}
		}
	}
	for _, list := range []string{"", ",", "admin,", "Admin", "root"} {
		if got, err := ParseScopes(list); !errors.Is(err, ErrInvalid) || got != 0 {
			t.Errorf("%q is %q, %v; want ErrInvalid", list, got, err)
		}
	}
	if Scopes(0).Allow(ScopeRead) {
		t.Error("a key without scopes may read")
	}
}

func TestKeysThatCannotBe(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustKey(t, c, "shop", ScopeRead)
		head := mustHead(t, c)
		for _, tc := range []struct {
			name string
			spec KeySpec
			want error
		}{
			{"a tenant that is unknown", KeySpec{Tenant: "nobody", Scopes: ScopeRead}, ErrUnknown},
			{"a tenant that cannot be", KeySpec{Tenant: "a/b", Scopes: ScopeRead}, ErrInvalid},
			{"no scope", KeySpec{Tenant: "demo"}, ErrInvalid},
			{"a scope from the future", KeySpec{Tenant: "demo", Scopes: allScopes + 1}, ErrInvalid},
			{"a name that cannot be", KeySpec{Tenant: "demo", Name: "a\nb", Scopes: ScopeRead}, ErrInvalid},
			{"a name that is taken", KeySpec{Tenant: "demo", Name: "shop", Scopes: ScopeRead}, ErrKeyName},
		} {
			if _, printed, err := c.CreateKey(t.Context(), tc.spec); !errors.Is(err, tc.want) || printed != "" {
				t.Errorf("%s: got %q, %v; want %v", tc.name, printed, err, tc.want)
			}
		}
		if now := mustHead(t, c); now != head {
			t.Errorf("refusals moved the head from %d to %d", head, now)
		}
	})
}

func TestKeysWithoutANameDoNotMeet(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		for range 3 {
			if k, printed := mustKey(t, c, "", ScopeRead); k.Name != "key-"+k.ID || mustOpen(t, c, printed).KeyName != k.Name {
				t.Errorf("the key is called %q", k.Name)
			}
		}
		if keys, err := c.Keys(t.Context(), "demo"); err != nil || len(keys) != 3 {
			t.Errorf("listed %d keys (%v), want 3", len(keys), err)
		}
	})
}

func TestRotation(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, at := opened(t, in)
		old, oldPrinted := mustKey(t, c, "shop", ScopeInternal)
		at.advance(time.Hour)
		next, nextPrinted, err := c.RotateKey(t.Context(), "demo", "shop")
		if err != nil {
			t.Fatal(err)
		}
		if next.ID == old.ID || next.Scopes != old.Scopes || next.Name != old.Name {
			t.Errorf("the successor of %+v is %+v", old, next)
		}
		mustOpen(t, c, oldPrinted)
		mustOpen(t, c, nextPrinted)
		if _, _, err := c.RotateKey(t.Context(), "demo", "shop"); !errors.Is(err, ErrTwoValid) {
			t.Errorf("a third key: got %v, want ErrTwoValid", err)
		}
		if _, err := c.RevokeKey(t.Context(), "demo", old.ID); err != nil {
			t.Fatal(err)
		}
		mustRefuse(t, c, oldPrinted, ErrRevoked)
		mustRefuse(t, c, oldPrinted, ErrBadKey)
		mustOpen(t, c, nextPrinted)
		if _, _, err := c.RotateKey(t.Context(), "demo", "shop"); err != nil {
			t.Errorf("after the revocation: %v", err)
		}
		if _, _, err := c.RotateKey(t.Context(), "demo", "till"); !errors.Is(err, ErrUnknown) {
			t.Errorf("a name nobody has: got %v, want ErrUnknown", err)
		}
		keys, err := c.Keys(t.Context(), "demo")
		if err != nil || len(keys) != 3 {
			t.Fatalf("listed %d keys (%v), want 3", len(keys), err)
		}
		for _, k := range keys {
			revoked := k.ID == old.ID
			rotated := k.ID == old.ID || k.ID == next.ID
			if k.Valid() == revoked || k.Rotated.IsZero() == rotated {
				t.Errorf("listed %+v: valid %v, rotated %v", k, k.Valid(), k.Rotated)
			}
		}
		mustVerify(t, c)
	})
}

func TestRevoking(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		mustTenant(t, c, "other")
		k, printed := mustKey(t, c, "shop", ScopeRead)
		if _, err := c.RevokeKey(t.Context(), "other", k.ID); !errors.Is(err, ErrUnknown) {
			t.Errorf("another tenant's key: got %v, want ErrUnknown", err)
		}
		if _, err := c.RevokeKey(t.Context(), "demo", "nothing"); !errors.Is(err, ErrUnknown) {
			t.Errorf("no such key: got %v, want ErrUnknown", err)
		}
		mustOpen(t, c, printed)
		first, err := c.RevokeKey(t.Context(), "demo", k.ID)
		if err != nil || first.Valid() {
			t.Fatalf("revoked: %+v, %v", first, err)
		}
		head := mustHead(t, c)
		if again, err := c.RevokeKey(t.Context(), "demo", k.ID); err != nil || again != first {
			t.Errorf("twice: %+v, %v", again, err)
		}
		if now := mustHead(t, c); now != head {
			t.Errorf("revoking twice moved the head from %d to %d", head, now)
		}
		mustKey(t, c, "shop", ScopeRead) // the name is free again
	})
}

func TestATenantHasABoundedNumberOfKeys(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		for i := 0; i < maxKeys; i += 100 {
			var args []any
			for n := i; n < i+100; n++ {
				hash := sha256.Sum256([]byte{byte(n), byte(n >> 8)})
				args = append(args, fmt.Sprint(n), "demo", fmt.Sprint(n), "read", hash[:], hash[:16], 1, 1)
			}
			do(t, c, `INSERT INTO {api_key} (id, tenant, name, scopes, hash, salt, created, seq) VALUES `+tuples(100, 8), args...)
		}
		if _, _, err := c.CreateKey(t.Context(), KeySpec{Tenant: "demo", Scopes: ScopeRead}); !errors.Is(err, ErrTooManyKeys) {
			t.Errorf("one more: got %v, want ErrTooManyKeys", err)
		}
		if _, err := c.RevokeKey(t.Context(), "demo", "7"); err != nil {
			t.Fatal(err)
		}
		mustKey(t, c, "", ScopeRead)
	})
}

func TestTheDatabaseDoesNotHoldTheKey(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	c := open(t, path)
	mustTenant(t, c, "demo")
	_, printed := mustKey(t, c, "shop", ScopeRead)
	secret := printed[strings.LastIndex(printed, "_")+1:]
	hash := sha256.Sum256([]byte(printed))
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(content, []byte(secret)) {
			t.Errorf("the secret is in %s", path+suffix)
		}
	}
	entries, err := c.Log(t.Context(), 0, 10)
	if err != nil || len(entries) != 2 {
		t.Fatalf("log: %d entries, %v", len(entries), err)
	}
	for _, e := range entries {
		if bytes.Contains(e.Body, []byte(hex.EncodeToString(hash[:]))) {
			t.Errorf("the log tells the hash of the key: %s", e.Body)
		}
	}
}

func TestBootstrap(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		const plaintext = "local-development-key"
		t.Run("an empty database takes the key", func(t *testing.T) {
			t.Parallel()
			path := in.open(t)
			c := open(t, path)
			for _, bad := range []string{"", strings.Repeat("x", 256), "with a blank inside", "with-ümlaut-in-it", "with-a-nul\x00-in-it"} {
				if made, err := c.Bootstrap(t.Context(), bad); made || !errors.Is(err, ErrInvalid) {
					t.Errorf("%q: got %v, %v; want ErrInvalid", bad, made, err)
				}
			}
			if made, err := c.Bootstrap(t.Context(), plaintext); !made || err != nil {
				t.Fatalf("got %v, %v", made, err)
			}
			got := mustOpen(t, c, plaintext)
			if got.Tenant != DefaultTenant || got.Scopes != ScopeAdmin {
				t.Errorf("the key stands for %+v", got)
			}
			if made, err := c.Bootstrap(t.Context(), "another-key-for-it"); made || err != nil {
				t.Errorf("a second one: got %v, %v", made, err)
			}
			mustRefuse(t, c, "another-key-for-it", ErrBadKey)
			mustVerify(t, c)
			mustOpen(t, open(t, path), plaintext)
		})
		t.Run("any length will do", func(t *testing.T) {
			t.Parallel()
			for _, plain := range []string{"k", "test-key", strings.Repeat("x", 255)} {
				c := open(t, in.open(t))
				if made, err := c.Bootstrap(t.Context(), plain); !made || err != nil {
					t.Fatalf("%q: got %v, %v", plain, made, err)
				}
				mustOpen(t, c, plain)
			}
		})
		t.Run("tenants made before do not hinder it", func(t *testing.T) {
			t.Parallel()
			c := open(t, in.open(t))
			for _, id := range []string{DefaultTenant, "shop"} {
				if _, err := c.CreateTenant(t.Context(), id, AsSandbox); err != nil {
					t.Fatal(err)
				}
			}
			if made, err := c.Bootstrap(t.Context(), plaintext); !made || err != nil {
				t.Fatalf("got %v, %v", made, err)
			}
			mustOpen(t, c, plaintext)
			if is, err := c.Tenant(t.Context(), DefaultTenant); err != nil || !is.Settings.Sandbox {
				t.Errorf("the tenant became %+v, %v", is, err)
			}
			mustVerify(t, c)
		})
		t.Run("another database ignores it, whatever it is", func(t *testing.T) {
			t.Parallel()
			c, at := opened(t, in)
			mustKey(t, c, "first", ScopeRead)
			for _, ignored := range []string{plaintext, "bad key"} {
				if made, err := c.Bootstrap(t.Context(), ignored); made || err != nil {
					t.Errorf("%q: got %v, %v", ignored, made, err)
				}
			}
			at.advance(time.Minute)
			mustRefuse(t, c, plaintext, ErrBadKey)
		})
		t.Run("of many processes that start at once one takes it", func(t *testing.T) {
			t.Parallel()
			path := in.open(t)
			made := make(chan bool)
			for range 4 {
				c := open(t, path)
				go func() {
					ok, err := c.Bootstrap(t.Context(), plaintext)
					if err != nil {
						t.Errorf("bootstrap: %v", err)
					}
					made <- ok
				}()
			}
			count := 0
			for range 4 {
				if <-made {
					count++
				}
			}
			if count != 1 {
				t.Errorf("%d processes made the key, want 1", count)
			}
		})
	})
}
