//go:build unix

package sqlite_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// intact opens the slot in dir, which must be whole and at least at the seq
// that was acknowledged, writes to it and closes it.
func intact(t *testing.T, dir string, acknowledged engine.Seq) {
	t.Helper()
	e := open(t, dir)
	defer e.Close()
	h, err := enginetest.Check(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if h < acknowledged {
		t.Fatalf("the head is at %d, %d was acknowledged", h, acknowledged)
	}
	if err := e.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	enginetest.Fill(t, e, h+3)
	if _, err := enginetest.Check(t.Context(), e); err != nil {
		t.Fatal(err)
	}
}

func TestAKilledProcessLosesNothingThatWasAcknowledged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 8 {
		p := start(t, dir)
		p.acknowledge(1 + rnd.IntN(60))
		p.kill()
		intact(t, dir, p.last)
	}
}

func TestAProcessGoesOnWhenAnotherOnItsFileIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	survivor := start(t, dir)
	survivor.acknowledge(1)
	last := engine.Seq(0)
	for range 4 {
		p := start(t, dir)
		p.acknowledge(10)
		p.kill()
		last = max(last, p.last)
		survivor.acknowledge(10)
	}
	survivor.kill()
	intact(t, dir, max(last, survivor.last))
}

// crashed returns a function that makes a copy of what a crash leaves behind:
// a file whose log holds the newest groups.
func crashed(t *testing.T) (head engine.Seq, image func(t *testing.T, change func(db, wal []byte) ([]byte, []byte)) string) {
	t.Helper()
	dir := t.TempDir()
	e := open(t, dir)
	enginetest.Fill(t, e, 40)
	if err := e.Close(); err != nil { // moves the log into the file
		t.Fatal(err)
	}
	e = open(t, dir)
	enginetest.Fill(t, e, 90)
	db, wal := readFile(t, filepath.Join(dir, "slot.db")), readFile(t, filepath.Join(dir, "slot.db-wal"))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if len(wal) < 100_000 {
		t.Fatalf("the log has only %d bytes", len(wal))
	}
	return 90, func(t *testing.T, change func(db, wal []byte) ([]byte, []byte)) string {
		t.Helper()
		dir := t.TempDir()
		db, wal := change(append([]byte(nil), db...), append([]byte(nil), wal...))
		for name, b := range map[string][]byte{"slot.db": db, "slot.db-wal": wal} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestACutOrSpoiledLogIsRecoveredUpToTheLastWholeGroup(t *testing.T) {
	t.Parallel()
	head, image := crashed(t)
	rnd := rand.New(rand.NewPCG(5, 6))
	for name, change := range map[string]func(wal []byte) []byte{
		"whole":             func(wal []byte) []byte { return wal },
		"empty":             func([]byte) []byte { return nil },
		"header only":       func(wal []byte) []byte { return wal[:32] },
		"half a header":     func(wal []byte) []byte { return wal[:16] },
		"last byte missing": func(wal []byte) []byte { return wal[:len(wal)-1] },
		"cut anywhere":      func(wal []byte) []byte { return wal[:rnd.IntN(len(wal))] },
		"garbage behind":    func(wal []byte) []byte { return append(wal, noise(rnd, 50_000)...) },
		"an old tail behind": func(wal []byte) []byte {
			return append(wal, wal[32:len(wal)/2]...)
		},
		"garbage from anywhere on": func(wal []byte) []byte {
			at := rnd.IntN(len(wal))
			copy(wal[at:], noise(rnd, len(wal)))
			return wal
		},
		"zeroes from anywhere on": func(wal []byte) []byte {
			clear(wal[rnd.IntN(len(wal)):])
			return wal
		},
		"one bit flipped": func(wal []byte) []byte {
			wal[rnd.IntN(len(wal))] ^= 1 << rnd.IntN(8)
			return wal
		},
	} {
		for round := range 3 {
			dir := image(t, func(db, wal []byte) ([]byte, []byte) { return db, change(wal) })
			e := open(t, dir)
			h, err := enginetest.Check(t.Context(), e)
			if err != nil {
				t.Fatalf("%s, round %d: %v", name, round, err)
			}
			whole := name == "whole" || strings.HasSuffix(name, "behind")
			if h < 40 || h > head || whole && h != head {
				t.Errorf("%s, round %d: the head is at %d", name, round, h)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			intact(t, dir, h)
		}
	}
}

func noise(rnd *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// TestADamagedFileIsNeverReadWrong flips a bit, or spoils a stretch, of the
// file itself, for which SQLite keeps no checksum. A read is right, or is an
// error, or Verify finds the damage.
func TestADamagedFileIsNeverReadWrong(t *testing.T) {
	t.Parallel()
	_, image := crashed(t)
	whole := image(t, func(db, wal []byte) ([]byte, []byte) { return db, wal })
	intact(t, whole, 90)
	db := readFile(t, filepath.Join(whole, "slot.db"))
	rnd := rand.New(rand.NewPCG(7, 8))
	outcome := map[string]int{}
	for round := range 200 {
		dir := t.TempDir()
		spoiled := append([]byte(nil), db...)
		at := rnd.IntN(len(spoiled))
		what := fmt.Sprintf("round %d, byte %d", round, at)
		if round%4 == 3 {
			at = at &^ 511
			copy(spoiled[at:at+512], noise(rnd, 512))
		} else {
			spoiled[at] ^= 1 << rnd.IntN(8)
		}
		if err := os.WriteFile(filepath.Join(dir, "slot.db"), spoiled, 0o600); err != nil {
			t.Fatal(err)
		}
		outcome[damage(t, what, dir)]++
	}
	if outcome["refused"] == 0 || outcome["unharmed"] == 0 {
		t.Errorf("hardly every kind was met: %v", outcome)
	}
	t.Log(outcome)
}

func damage(t *testing.T, what, dir string) string {
	t.Helper()
	e, err := sqlite.Open(t.Context(), filepath.Join(dir, "slot.db"))
	if err != nil {
		return "refused"
	}
	defer e.Close()
	h, err := enginetest.Check(t.Context(), e)
	var wrong *enginetest.WrongError
	switch {
	case err == nil && h == 93:
		return "unharmed"
	case err != nil && !errors.As(err, &wrong):
		return "refused"
	}
	// A row is gone, or is in a place where nobody looks for it. No single row
	// shows that, but Verify does.
	if verr := e.Verify(t.Context()); !errors.Is(verr, engine.ErrBroken) {
		t.Errorf("%s: Verify says %v, but head %d, %v", what, verr, h, err)
	}
	return "found by Verify"
}
