package stock

import (
	"encoding/hex"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"testing"
)

// goldenRecordEntry is an entry of the golden record as readers outside of Go compare it.
type goldenRecordEntry struct {
	Operation int          `json:"operation"`
	Order     string       `json:"order"`
	Channel   string       `json:"channel"`
	Items     []goldenItem `json:"items"`
}

type goldenItem struct {
	Location  string `json:"location"`
	Product   string `json:"product"`
	Version   uint64 `json:"version"`
	Available Qty    `json:"available"`
	Held      Qty    `json:"held"`
}

// A record with every golden event of a tenant, for readers of the log in another language:
// the console's proof.
func TestTheGoldenRecordIsWhatTheBuilderMakes(t *testing.T) {
	const file = "testdata/golden/record.json"
	header := RecordHeader{Seq: 4711, At: sampleAt, Nonce: 12}
	b := NewRecordBuilder()
	b.Reset(header)
	var entries []goldenRecordEntry
	events := goldenEvents()
	for _, name := range slices.Sorted(maps.Keys(events)) {
		e := events[name]
		if e.Tenant != "acme" {
			continue
		}
		e.Note.Reason, e.Note.Operator = name, "till-3"
		if _, err := b.Add(e); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		said := goldenRecordEntry{Operation: int(e.Op), Order: e.Order, Channel: e.Channel, Items: []goldenItem{}}
		for i := range e.Items {
			c := &e.Items[i]
			said.Items = append(said.Items, goldenItem{c.Key.Location, c.Key.Product, c.Version, c.Figures.Available, c.Figures.Held})
		}
		entries = append(entries, said)
	}
	body, hash, text := b.Finish([saltSize]byte([]byte("salt-of-a-record")))
	r, err := ParseRecord(body)
	if err != nil {
		t.Fatal(err)
	}
	block, place := r.Block("acme")
	notes, err := PackedNotes(text, place)
	if err != nil {
		t.Fatal(err)
	}
	packed := []string{}
	for _, n := range notes {
		packed = append(packed, hex.EncodeToString(n))
	}
	made, err := json.MarshalIndent(map[string]any{
		"hashed": hex.EncodeToString(r.Hashed()), "hash": hex.EncodeToString(hash[:]), "block": hex.EncodeToString(block), "notes": packed, "entries": entries,
	}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, append(made, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != string(made)+"\n" {
		t.Errorf("the builder makes another record than %s", file)
	}
}
