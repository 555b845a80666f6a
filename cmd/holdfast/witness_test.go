package main

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
)

func TestWhatANodeHasSeenOutlivesIt(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "files", "witness.json")
	w, err := openWitness(path)
	if err != nil {
		t.Fatal(err)
	}
	var seen []sighting
	for seq := uint64(keptSightings + 10); seq > 0; seq-- {
		seen = append(seen, sighting{Seq: seq, Hash: digest{byte(seq)}, Epoch: 7})
	}
	w.note(3, seen)
	if err := w.keep(); err != nil {
		t.Fatal(err)
	}
	again, err := openWitness(path)
	if err != nil {
		t.Fatal(err)
	}
	seen = seen[:keptSightings]
	if got := again.known(3); !reflect.DeepEqual(got, seen) {
		t.Errorf("the file says %+v, want the newest %d of what was seen", got, keptSightings)
	}

	if err := os.WriteFile(path, []byte(`{"slots":{"0":{"seen":[{"hash":"12"}]}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if w, err := openWitness(path); err == nil || len(w.known(0)) != 0 {
		t.Errorf("a file that is damaged: %v, and it knows %+v", err, w.known(0))
	}
}

func TestAWitnessForgetsOtherBooks(t *testing.T) {
	t.Parallel()
	w := newWitness("")
	for n, name := range []string{"first", "first", "second"} {
		c, err := catalog.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), name+".db"))
		if err != nil {
			t.Fatal(err)
		}
		if err := w.adopt(t.Context(), c); err != nil || w.named() != (n > 0) {
			t.Fatalf("books without content: %v, named %v", err, w.named())
		}
		if _, err := c.Bootstrap(t.Context(), "a-key-of-the-"+name+"-books"); err != nil {
			t.Fatal(err)
		}
		w.note(0, []sighting{{Seq: 1}})
		if err := w.adopt(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if kept := len(w.known(0)) > 0; kept != (n == 0) {
			t.Errorf("books number %d: what was seen is kept: %v", n, kept)
		}
		if err := c.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
