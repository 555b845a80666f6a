package main

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

// keys runs "holdfast keys ARGS" on a database and returns what it printed.
func keys(t *testing.T, db string, args ...string) (out, errOut string, code int) {
	t.Helper()
	var o, e bytes.Buffer
	err := execute(t.Context(), append([]string{"keys", args[0], "--db", "sqlite:" + db}, args[1:]...), nil, &o, &e)
	code = report(&e, err)
	return o.String(), e.String(), code
}

func TestKeysFromCreateToRevoke(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "holdfast.db")
	printed, told, code := keys(t, db, "create", "--tenant", "demo", "--scopes", "internal,read", "--name", "shop")
	if code != 0 || !regexp.MustCompile(`^hf_[0-9a-z]+_[0-9a-z]+\n$`).MatchString(printed) {
		t.Fatalf("create: exit code %d, standard output %q, standard error %q", code, printed, told)
	}
	if !strings.Contains(told, `name "shop", tenant "demo", scopes internal,read`) || strings.Contains(told, strings.TrimSpace(printed)) {
		t.Errorf("create tells %q", told)
	}

	server, err := catalog.Open(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	opens := func(bearer string) bool {
		got, err := server.Authenticate(t.Context(), strings.TrimSpace(bearer))
		return err == nil && got.Tenant == "demo" && got.KeyName == "shop" && got.Scopes.Allow(catalog.ScopeRead)
	}
	if !opens(printed) {
		t.Error("the printed key opens nothing")
	}

	next, told, code := keys(t, db, "rotate", "--tenant", "demo", "--name", "shop")
	if code != 0 || next == printed || !strings.HasPrefix(next, "hf_") {
		t.Errorf("rotate: exit code %d, standard output %q, standard error %q", code, next, told)
	}
	if _, told, code := keys(t, db, "rotate", "--tenant", "demo", "--name", "shop"); code != exitFailed || !strings.Contains(told, "revoke one first") {
		t.Errorf("rotate twice: exit code %d, %q", code, told)
	}

	id := strings.Split(printed, "_")[1]
	if out, told, code := keys(t, db, "revoke", "--tenant", "demo", id); code != 0 || out != "" || !strings.Contains(told, "is revoked") {
		t.Errorf("revoke: exit code %d, %q, %q", code, out, told)
	}
	out, told, code := keys(t, db, "list", "--tenant", "demo")
	if code != 0 || strings.Count(out, "shop") != 2 || strings.Count(out, "revoked 20") != 1 || strings.Contains(out, strings.Split(next, "_")[2][:8]) {
		t.Errorf("list: exit code %d, %q, %q", code, out, told)
	}
}

func TestKeysThatAreRefused(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "holdfast.db")
	if _, told, code := keys(t, db, "create", "--tenant", "demo", "--scopes", "read", "--name", "shop"); code != 0 {
		t.Fatal(told)
	}
	missing := filepath.Join(t.TempDir(), "none.db")
	for _, tc := range []struct {
		name, db string
		args     []string
		code     int
		want     string
	}{
		{"create without scopes is a usage error", db, []string{"create", "--tenant", "x"}, exitUsage, "needs --scopes or HOLDFAST_SCOPES"},
		{"a scope that is none is a usage error", db, []string{"create", "--scopes", "root"}, exitUsage, "none of admin, internal, read"},
		{"a name that is taken is refused", db, []string{"create", "--tenant", "demo", "--scopes", "read", "--name", "shop"}, exitFailed, "rotate it or choose another name"},
		{"a tenant that cannot be is refused", db, []string{"create", "--tenant", "a/b", "--scopes", "read"}, exitFailed, "tenant must not contain /"},
		{"list names an unknown tenant", db, []string{"list", "--tenant", "nobody"}, exitFailed, `tenant "nobody" is unknown`},
		{"revoke names an unknown key", db, []string{"revoke", "--tenant", "demo", "zzz"}, exitFailed, `key "zzz" is unknown`},
		{"revoke needs an id", db, []string{"revoke"}, exitUsage, "got 0 arguments; the form is: holdfast keys revoke"},
		{"rotate needs a name", db, []string{"rotate"}, exitUsage, "needs --name or HOLDFAST_NAME"},
		{"list of a database that is missing says what to do", missing, []string{"list"}, exitFailed, "holdfast migrate --db sqlite:" + missing},
		{"a database with no place to be says where", filepath.Join(missing, "x.db"), []string{"create", "--scopes", "read"}, exitFailed, "no such file or directory"},
		{"a path that is empty is a usage error", "", []string{"list"}, exitUsage, "sqlite:PATH"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			out, told, code := keys(t, tc.db, tc.args...)
			if code != tc.code || out != "" || !strings.Contains(told, tc.want) {
				t.Errorf("exit code %d, standard output %q, standard error %q; want %d and %q", code, out, told, tc.code, tc.want)
			}
		})
	}
}

// With an address, or the profile of a login, the server keeps the keys.
func TestKeysOfAServer(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	made, told, code := h.run("", "keys create --scopes internal --name till --locations berlin --channels store,web")
	if code != 0 || !strings.HasPrefix(made, "hf_") || !strings.Contains(told, `name "till", scopes internal, bound to locations berlin; channels store,web`) {
		t.Fatalf("%d, %s%s", code, made, told)
	}
	if _, told, code := h.run("", "list --location hamburg --url "+h.url+" --key "+strings.TrimSpace(made)); code != exitFailed || !strings.Contains(told, "PERMISSION_DENIED") {
		t.Errorf("the bound key: %d, %s", code, told)
	}
	next, told, code := h.run("", "keys rotate --name till --json")
	if code != 0 || !strings.Contains(next, `"key":"hf_`) {
		t.Errorf("%d, %s%s", code, next, told)
	}
	clerk, told, code := h.run("", "keys create --scopes admin --role clerk --name anna")
	if code != 0 || !strings.Contains(told, `name "anna", scopes admin, role clerk`) {
		t.Errorf("%d, %s%s", code, clerk, told)
	}
	if _, told, code := h.run("", "settings --url "+h.url+" --key "+strings.TrimSpace(clerk)); code != exitFailed || !strings.Contains(told, "this needs the role admin; the key has clerk") {
		t.Errorf("a clerk and the settings: %d, %s", code, told)
	}
	who := h.says("whoami --url " + h.url + " --key " + strings.TrimSpace(made))
	for _, has := range []string{"tenant default", "operator till", "role manager", "scopes internal", "locations berlin", "channels store,web"} {
		if !strings.Contains(who, has) {
			t.Errorf("whoami prints\n%s\nwithout %q", who, has)
		}
	}
	id := strings.Split(made, "_")[1]
	for _, c := range []struct{ line, want string }{
		{"keys list", id + " till internal locations berlin; channels store,web 20"},
		{"keys list --csv", "id,name,scopes,role,bound to,created,state"},
		{"keys list", "anna admin clerk 20"},
		{"whoami --json", `"role":"admin"`},
		{"keys list --json", `"role":"clerk"`},
		{"keys list --json", `"channels":["store","web"]`},
		{"__complete keys revoke " + id[:4], id},
		{"keys revoke " + id + " --json", `"revoked_at":"20`},
		{"keys list", "revoked 20"},
	} {
		h.all([]prints{{c.line, c.want}})
	}
	for _, c := range []struct {
		line string
		code int
		want string
	}{
		{"keys rotate --name tll", exitFailed, `no valid key is called "tll" (did you mean "till"?)`},
		{"keys revoke " + id + "x", exitFailed, "did you mean"},
		{"keys list --tenant acme", exitUsage, "--tenant belongs to --db"},
		{"keys list --db sqlite:none.db", exitFailed, "create it with: holdfast migrate"},
	} {
		h.refused(c.code, []prints{{c.line, c.want}})
	}
}
