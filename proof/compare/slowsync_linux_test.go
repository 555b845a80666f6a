package compare

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/proof/peer"
)

// The shim that makes a slow disk delays both ways to sync a file.
func TestTheShimDelaysEachSync(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shim, file := filepath.Join(dir, "slowsync.so"), filepath.Join(dir, "file")
	if out, err := exec.Command("gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", shim, "../../test/slowsync/slowsync.c", "-ldl").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const delay = 150 * time.Millisecond
	for _, arguments := range [][]string{{file}, {"--data", file}} {
		cmd := exec.Command("sync", arguments...)
		cmd.Env = append(os.Environ(), "LD_PRELOAD="+shim, "SLOWSYNC_MICROSECONDS=150000")
		start := time.Now()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if took := time.Since(start); took < delay {
			t.Errorf("sync %v took %v, less than the delay", arguments, took)
		}
	}
}

const servers = "../../test/slowsync/servers"

func TestServersForBenchmarksAreStartedRightOrNotAtAll(t *testing.T) {
	t.Parallel()
	for _, arguments := range [][]string{{}, {"--"}, {"true"}, {"2ms"}, {"2s", "--", "true"}, {"ms", "--", "true"}} {
		var ended *exec.ExitError
		if out, err := exec.Command(servers, arguments...).CombinedOutput(); !errors.As(err, &ended) || ended.ExitCode() != 2 {
			t.Errorf("servers %q: %v, %s", arguments, err, out)
		}
	}
	if os.Getenv("SOAK") == "" {
		return
	}
	// The long form starts both, delayed, and ends them with the command.
	out, err := exec.Command(servers, "1500us", "--", "sh", "-c", `echo "$HOLDFAST_PG $HOLDFAST_MYSQL $HOLDFAST_FSYNC_DELAY"; exit 7`).Output()
	var ended *exec.ExitError
	fields := strings.Fields(string(out))
	if !errors.As(err, &ended) || ended.ExitCode() != 7 || len(fields) != 3 || fields[2] != "1500us" {
		t.Fatalf("%v, %q", err, out)
	}
	for _, dsn := range fields[:2] {
		if s, err := peer.Dial(t.Context(), dsn); err == nil {
			t.Errorf("%s still runs", s.Version())
		}
	}
}
