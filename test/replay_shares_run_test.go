package test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// shareModes are the replays in which the stock of a product is shared: among
// channels with quotas, among the sites of a network.
var shareModes = []string{"channels", "warehouses"}

// sharedHistory is a part of the history and what it leaves.
func sharedHistory(t *testing.T) (path, want string) {
	t.Helper()
	path = firstLines(t, 700)
	return path, expectedShares(t, path)
}

// shareFlags are the flags of a run in the mode.
func shareFlags(mode, want string) []string {
	flags := []string{"--opening", "scarce", "--mode", mode, "--expect", want}
	if mode == "warehouses" {
		flags = append(flags, "--network", "../data/geo")
	}
	return flags
}

// The history is replayed with quotas of channels, and with each line sourced from the nearest of 17
// warehouses that has it whole. The remaining stock equals the result of plain arithmetic, to the unit, on
// every engine, by some way into each. In a soak it is the whole history, and the figures of the data set.
func TestReplaysOverChannelsAndWarehousesEndAlikeEverywhere(t *testing.T) {
	t.Parallel()
	path, want := sharedHistory(t)
	if rounds(1) > 1 {
		path, want = orders, expected
	}
	for _, e := range []struct {
		name  string
		start func(*testing.T) *server
		ways  []string
	}{
		{"SQLite", func(t *testing.T) *server { return newServer(t) }, []string{"rest", "stream", "batch"}},
		{"PostgreSQL", func(t *testing.T) *server { return serverAt(t, dbtest.Postgres(t)) }, []string{"grpc", "batch"}},
		{"MariaDB", func(t *testing.T) *server { return serverAt(t, dbtest.MySQL(t)) }, []string{"batch"}},
	} {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			s := e.start(t)
			for _, mode := range shareModes {
				common := append(shareFlags(mode, want), "--state", "none", "--workers", "32", "--batch", "10")
				for _, way := range e.ways {
					flags := append(common[:len(common):len(common)], "--transport", way, "--grpc", s.grpc, "--prefix", mode+way)
					got := replayFile(t, path, s, flags...).wait()
					t.Logf("%s over %s: %d units on hand, hash %.12s", mode, way, got.OnHandTotal, got.Hash)
				}
			}
			s.stop()
			s.verify()
		})
	}
}

// A replay over quotas or over warehouses that is killed continues where it stopped, also when the
// server was killed with it. It leaves the same stock as one run.
func TestAKilledReplayOverChannelsAndWarehousesGoesOn(t *testing.T) {
	t.Parallel()
	path, want := sharedHistory(t)
	s := newServer(t)
	for _, mode := range shareModes {
		state := filepath.Join(t.TempDir(), "state.json")
		flags := append(shareFlags(mode, want), "--prefix", mode, "--state", state, "--workers", "4")
		for past := range 2 {
			run := replayFile(t, path, s, flags...)
			done := stoppedPast(t, run, state, past-1)
			run.kill()
			<-run.end
			t.Logf("%s: killed with %d tasks in the checkpoint", mode, done)
			if past == 1 {
				s.kill()
				s.start()
			}
		}
		if got := replayFile(t, path, s, flags...).wait(); !got.Resumed || got.Oversold != 0 {
			t.Errorf("%s: %+v, want one that was resumed and oversold nothing", mode, got)
		}
	}
	s.stop()
	s.verify()
}

// stoppedPast waits until the checkpoint of a replay says that more than so
// many tasks are done, or the replay has ended.
func stoppedPast(t *testing.T, run *replaying, state string, past int) int {
	t.Helper()
	poll := time.NewTicker(time.Millisecond)
	defer poll.Stop()
	late := time.After(hang)
	for {
		var saved struct {
			Done     int `json:"tasks_done"`
			Finished bool
		}
		text, err := os.ReadFile(state)
		if err == nil {
			err = json.Unmarshal(text, &saved)
		}
		switch {
		case err == nil && (saved.Done > past || saved.Finished):
			return saved.Done
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			t.Fatal(err)
		}
		select {
		case <-poll.C:
		case err := <-run.end:
			t.Fatalf("the replay has ended: %v\n%s", err, &run.stderr)
		case <-late:
			t.Fatalf("the replay does nothing for a minute\n%s", &run.stderr)
		}
	}
}
