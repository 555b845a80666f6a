package main

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

func TestTheCommandSeesTheServersAndItsStatusCounts(t *testing.T) {
	t.Setenv(dbtest.PostgresEnv, "postgres://it's-mine")
	t.Setenv(dbtest.MySQLEnv, "mysql://mine")
	out := filepath.Join(t.TempDir(), "out")
	status, err := serve(t.Context(), os.Getppid(), []string{
		"--", "sh", "-c", `echo "$DBTEST_POSTGRES $DBTEST_MYSQL" >"$0"; exit 3`, out,
	})
	if status != 3 || err != nil {
		t.Errorf("status %d (%v), want the command's own 3", status, err)
	}
	if text, _ := os.ReadFile(out); string(text) != "postgres://it's-mine mysql://mine\n" {
		t.Errorf("the command saw %q", text)
	}
	if got := quoted("A=it's"); got != `A='it'\''s'` {
		t.Errorf("a value is quoted as %s", got)
	}
}

func TestTheCommandEndsWithTheOneWhoStartedUs(t *testing.T) {
	t.Setenv(dbtest.PostgresEnv, "postgres://mine")
	t.Setenv(dbtest.MySQLEnv, "mysql://mine")
	const nobody = -1 // as if the parent were another by now
	if _, err := serve(context.Background(), nobody, []string{"--", "sleep", "600"}); err == nil {
		t.Error("a command that was ended counts as a success")
	}
}

func TestACommandNeedsItsDashes(t *testing.T) {
	for _, arguments := range [][]string{{"true"}, {"--"}, {"-x", "true"}} {
		if status, err := serve(t.Context(), os.Getppid(), arguments); status != 2 || err == nil {
			t.Errorf("%q: status %d, %v; want 2 and the usage", arguments, status, err)
		}
	}
}
