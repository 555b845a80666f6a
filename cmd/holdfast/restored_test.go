package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
)

// copyFile puts a copy of a file in the place of another.
func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, beside := range []string{"-wal", "-shm"} {
		if err := os.Remove(to + beside); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// An old copy of one of several databases is refused until somebody says that
// it was restored: the main database knows what servers have seen.
func TestAnOldCopyOfOneDatabaseIsRefused(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	b := filepath.Join(s.dir, "b.db")
	old, moreOfOld := filepath.Join(s.dir, "old"), filepath.Join(s.dir, "more")
	copyFile(t, b, old)
	s.fill(20)
	s.see("a,b")
	s.must("a,b", "all invariants hold", "verify")

	copyFile(t, b, moreOfOld)
	copyFile(t, old, b)
	const says = "this is an old copy"
	s.refused("a,b", 1, says, "serve", "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--ops", "127.0.0.1:0")
	s.refused("a,b", 1, says, "verify")
	s.refused("a,b", 1, says, "shards", "list")
	s.refused("a,b", 1, says, "archive", "--to", filepath.Join(s.dir, "archive"))

	// The right file again is no old copy.
	copyFile(t, moreOfOld, b)
	s.must("a,b", "all invariants hold", "verify")

	copyFile(t, old, b)
	out := s.must("a,b", "slot 1 (b, set 0): epoch ", "restored")
	if !strings.Contains(out, "slot 0 (a, set 0): epoch ") || !strings.Contains(out, "begins behind record 0\n") {
		t.Errorf("printed was %s", out)
	}
	if h := s.catalog().Epochs.History(1); len(h) != 1 || h[0].From != 0 {
		t.Errorf("the history of slot 1 is %v", h)
	}
	s.see("a,b") // it opens
}

// A log that goes as far, and is another.
func TestOtherBooksInThePlaceOfADatabaseAreRefused(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	s.fill(20)
	if err := s.catalog().Epochs.NoteHeads(t.Context(), []catalog.SlotHead{{Slot: 1, Seq: 3, Hash: [32]byte{1}}}); err != nil {
		t.Fatal(err)
	}
	s.refused("a,b", 1, "slot 1 (b, set 0): record 3 is another than was seen of it", "verify")
	s.must("a,b", "", "restored")
	s.must("a,b", "all invariants hold", "verify")
}

// see lets a server look at the books for as long as it takes to note them.
func (s *shardBooks) see(names string) {
	s.t.Helper()
	c := booksConfig{db: "sqlite:" + filepath.Join(s.dir, "main.db"), sets: 1, databases: map[string]string{}}
	for name := range strings.SplitSeq(names, ",") {
		c.databases[name] = "sqlite:" + filepath.Join(s.dir, name+".db")
	}
	h, err := openHouse(s.t.Context(), c, newWitness(""), nil, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		s.t.Fatal(err)
	}
	defer h.Close()
	h.heads.noted = make([]engine.Seq, len(h.slotSet.kept))
	if err := h.heads.tell(s.t.Context(), h.heads.trails()); err != nil {
		s.t.Fatal(err)
	}
}

func TestRestoredRefusesWhileServersRun(t *testing.T) {
	t.Parallel()
	s := newShardBooks(t)
	c := s.catalog()
	if err := c.Nodes.Beat(t.Context(), catalog.Node{ID: "of before the restore", Slots: 2}); err != nil {
		t.Fatal(err)
	}
	s.must("a,b", "epoch", "restored")

	ctx, stop := context.WithCancel(t.Context())
	beats := make(chan error, 1)
	go func() {
		tick := time.NewTicker(watchEvery / 2)
		defer tick.Stop()
		for {
			if err := c.Nodes.Beat(ctx, catalog.Node{ID: "alive", Slots: 2}); err != nil {
				beats <- err
				return
			}
			<-tick.C
		}
	}()
	for n := 0; ; n++ { // it is there
		if nodes, err := c.Nodes.Serving(t.Context(), time.Minute); err != nil || n > 10_000 {
			t.Fatal(fmt.Errorf("nobody beats: %w", err))
		} else if len(nodes) == 2 {
			break
		}
	}
	s.refused("a,b", 1, "stop them first", "restored")
	stop()
	<-beats
	if code, printed := runs(t, "restored", "--db", "sqlite:"+filepath.Join(s.dir, "none.db")); code != 1 || !strings.Contains(printed, "there is no database") {
		t.Errorf("books that are not there: %d, %s", code, printed)
	}
}
