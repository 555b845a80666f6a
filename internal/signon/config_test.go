package signon

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

func TestGrants(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Grant{
		"staff=viewer":                        {"staff", catalog.RoleViewer, "default"},
		"stock admins=admin@acme":             {"stock admins", catalog.RoleAdmin, "acme"},
		"CN=clerks,OU=stock,DC=x=clerk":       {"CN=clerks,OU=stock,DC=x", catalog.RoleClerk, "default"},
		"*=viewer":                            {Everybody, catalog.RoleViewer, "default"},
		"planners@example.com=manager@berlin": {"planners@example.com", catalog.RoleManager, "berlin"},
	} {
		if got, err := ParseGrant(text); err != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for _, text := range []string{"", "staff", "=viewer", " =viewer", "staff=", "staff=boss", "staff=viewer@", "staff=display", "staff=kiosk"} {
		if got, err := ParseGrant(text); err == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
	all := []Grant{{"a", catalog.RoleAdmin, "x"}, {"b", catalog.RoleClerk, "y"}, {Everybody, catalog.RoleViewer, "z"}}
	for _, c := range []struct {
		groups []string
		tenant string
	}{{[]string{"b", "a"}, "x"}, {[]string{"b"}, "y"}, {nil, "z"}, {[]string{"A"}, "z"}} {
		if g, ok := granted(all, c.groups); !ok || g.Tenant != c.tenant {
			t.Errorf("members of %v: %+v", c.groups, g)
		}
	}
}

func TestClaims(t *testing.T) {
	t.Parallel()
	said := claims{
		"groups": []any{"a", 1, "b"}, "one": "a", "realm_access": map[string]any{"roles": []any{"r"}}, "https://x.example/groups": []any{"u"}, "n": 7.0,
	}
	for name, want := range map[string]string{"groups": "a b", "one": "a", "realm_access.roles": "r", "https://x.example/groups": "u", "n": "", "nothing.at.all": "", "one.more": ""} {
		if got := strings.Join(said.list(name), " "); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for name, want := range map[string]string{"Ann Lee": "Ann Lee", "a\nb\x7f\u0085c": "abc", strings.Repeat("é", 40): strings.Repeat("é", 32), "\xff": "", " x ": "x"} {
		if got := cut(name); got != want {
			t.Errorf("%q is %q", name, got)
		}
	}
}

func TestSettings(t *testing.T) {
	t.Parallel()
	fine := Config{Issuer: "https://id.example/realms/a", ClientID: "c", Secret: "s", NameClaim: "name", GroupsClaim: "groups", Grants: []Grant{{Group: "a"}}}
	for name, c := range map[string]struct {
		change func(*Config)
		fine   bool
	}{
		"as they should be":             {func(*Config) {}, true},
		"http on this machine":          {func(c *Config) { c.Issuer = "http://127.0.0.1:8000" }, true},
		"a callback":                    {func(c *Config) { c.Callback = "https://stock.example/a/console/oidc/callback" }, true},
		"http elsewhere":                {func(c *Config) { c.Issuer = "http://id.example" }, false},
		"an issuer with a password":     {func(c *Config) { c.Issuer = "https://a:b@id.example" }, false},
		"an issuer with a query":        {func(c *Config) { c.Issuer = "https://id.example?x" }, false},
		"no issuer":                     {func(c *Config) { c.Issuer = "" }, false},
		"no client":                     {func(c *Config) { c.ClientID = "" }, false},
		"no secret":                     {func(c *Config) { c.Secret = "" }, false},
		"no claim":                      {func(c *Config) { c.NameClaim = "" }, false},
		"nobody who may sign in":        {func(c *Config) { c.Grants = nil }, false},
		"a domain that is an address":   {func(c *Config) { c.Domains = []string{"a@b.c"} }, false},
		"a callback to somewhere else":  {func(c *Config) { c.Callback = "https://stock.example/" }, false},
		"a callback that is not secure": {func(c *Config) { c.Callback = "http://stock.example/console/oidc/callback" }, false},
		"a text that is too long":       {func(c *Config) { c.Button = strings.Repeat("x", 101) }, false},
	} {
		config := fine
		c.change(&config)
		if err := config.Check(); (err == nil) != c.fine || err != nil && strings.Contains(err.Error(), "a:b@") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
