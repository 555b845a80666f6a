package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/catalog"
)

// witness is what this node knows of the logs without asking the databases: their newest
// records. It survives a reopening of the books, and in a small file also the process. After
// a failover it shows what was lost.
type witness struct {
	path string

	mu    sync.Mutex
	books string                // whose logs they are
	slots map[uint16][]sighting // newest first
	// losses counts what was declared lost since the process was started.
	losses map[uint16]int
}

// sighting is a record that was seen, and its epoch.
type sighting struct {
	Seq   uint64 `json:"seq"`
	Hash  digest `json:"hash"`
	Epoch uint32 `json:"epoch,omitempty"`
}

// digest is the hash of a record, hexadecimal in the file.
type digest [32]byte

// MarshalText and UnmarshalText write and read a digest.
func (d digest) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, d[:]), nil }

// UnmarshalText reads what MarshalText wrote.
func (d *digest) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	if err == nil && len(b) != len(d) {
		err = fmt.Errorf("%d bytes, not %d", len(b), len(d))
	}
	copy(d[:], b)
	return err
}

// keptSightings is how many of its sightings of a slot a node keeps in its file.
const keptSightings = 64

// witnessFile is where a server with this configuration stores its witness.
func witnessFile(c serveConfig) string {
	h := sha256.New()
	fmt.Fprintln(h, redacted(c.books.db), c.http, c.fleet.address)
	for _, name := range slices.Sorted(maps.Keys(c.books.databases)) {
		fmt.Fprintln(h, name, redacted(c.books.databases[name]))
	}
	return filepath.Join(c.books.files(), "witness-"+hex.EncodeToString(h.Sum(nil))[:12]+".json")
}

// kept is the content of the file.
type kept struct {
	Books string                `json:"books"`
	Slots map[uint16][]sighting `json:"slots"`
}

// newWitness knows nothing yet, and stores what it learns in the file of that path; "": in
// none.
func newWitness(path string) *witness {
	return &witness{path: path, slots: map[uint16][]sighting{}, losses: map[uint16]int{}}
}

// openWitness reads the file, if there is a readable one.
func openWitness(path string) (*witness, error) {
	w := newWitness(path)
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return w, nil
	}
	var k kept
	if err == nil {
		err = json.Unmarshal(text, &k)
	}
	if err != nil {
		return w, fmt.Errorf("what this node knew of the logs cannot be read: %w", err)
	}
	w.books = k.Books
	maps.Copy(w.slots, k.Slots)
	return w, nil
}

// adopt makes the witness one of these books: it drops what it knows of others. Books without
// content have no name yet.
func (w *witness) adopt(ctx context.Context, directory *catalog.Catalog) error {
	first, err := directory.Log(ctx, 0, 1)
	if err != nil || len(first) == 0 {
		return err
	}
	books := hex.EncodeToString(first[0].Hash[:8])
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.books != "" && w.books != books {
		w.slots = map[uint16][]sighting{}
	}
	w.books = books
	return nil
}

// named reports whether the books have a name.
func (w *witness) named() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.books != ""
}

// known returns the newest records that were seen of a slot, newest first.
func (w *witness) known(slot uint16) []sighting {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.slots[slot]
}

// note records the newest seen records of a slot.
func (w *witness) note(slot uint16, seen []sighting) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.slots[slot] = seen
}

// forget drops the sightings of a slot: they were lost, and that is declared.
func (w *witness) forget(slot uint16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.slots, slot)
}

// keep writes the file.
func (w *witness) keep() error {
	if w.path == "" {
		return nil
	}
	w.mu.Lock()
	k := kept{Books: w.books, Slots: map[uint16][]sighting{}}
	for slot, seen := range w.slots {
		k.Slots[slot] = seen[:min(len(seen), keptSightings)]
	}
	w.mu.Unlock()
	text, err := json.Marshal(k)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.path), 0o700); err != nil {
		return err
	}
	beside := w.path + ".new"
	if err := os.WriteFile(beside, text, 0o600); err != nil {
		return err
	}
	return os.Rename(beside, w.path)
}

// declared counts a loss.
func (w *witness) declared(slot uint16) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.losses[slot]++
}

// countLosses is how many losses of a slot were declared since the process was started.
func (w *witness) countLosses(slot uint16) float64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return float64(w.losses[slot])
}
