package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

func TestATenantIsCreatedAsASandboxOrIsNone(t *testing.T) {
	t.Parallel()
	db := "sqlite:" + filepath.Join(t.TempDir(), "holdfast.db")
	for _, c := range []struct {
		args string
		code int
		says string
	}{
		{"try --sandbox", 0, `sandbox "try" is there`},
		{"try --sandbox", 0, `sandbox "try" is there`},
		{"try", 0, `sandbox "try" is there`},
		{"shop", 0, `tenant "shop" is there`},
		{"shop --sandbox", exitFailed, "only a new one can be made a sandbox"},
		{"a/b", exitFailed, "tenant must not contain /"},
	} {
		var out, errOut bytes.Buffer
		args := append([]string{"tenants", "create", "--db", db}, strings.Fields(c.args)...)
		code := report(&errOut, execute(t.Context(), args, nil, &out, &errOut))
		if told := out.String() + errOut.String(); code != c.code || !strings.Contains(told, c.says) {
			t.Errorf("create %s: %d, %s; want %d, %s", c.args, code, told, c.code, c.says)
		}
	}
}

func TestAnOrderOfASandboxExpiresAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.says("open mug 10")
	h.says("reserve o-1 mug=4")
	h.refused(exitFailed, []prints{{"orders expire o-1", "INVALID_STATE"}})
	h.inSandbox("try")
	h.all([]prints{
		{"open mug 10", ""},
		{"reserve o-1 mug=4", ""},
		{"reserve o-2 mug=1", ""},
		{"orders expire o-2 mug --for 72h", "o-2 mug default 1 0 0 active 20"},
		{"orders expire o-1 --dry-run", "Nothing was stored. This would change:"},
		{"orders expire o-1", "o-1 mug default 4 0 0 active 20"},
	})
	h.repeat("orders show o-1", func(out, _ string) bool { return strings.Contains(out, "expired") })
	h.all([]prints{
		{"orders show o-1", "mug default 4 0 0 0 4 expired"},
		{"orders show o-2", "mug default 1 1 0 0 0 active 20"},
	})
	h.refused(exitUsage, []prints{
		{"orders expire o-1 --for 1500ms", "--for 1.5s: it must be whole seconds, at least one"},
		{"orders expire o-1 --location default", "belong to one PRODUCT"},
	})
}
