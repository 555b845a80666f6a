package stock

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// The golden files are bytes that are stored somewhere. A change that makes one of them
// differ breaks all existing logs; sums.txt fixes them for ever (golden_held_test.go).
// Update writes the files that are not in it yet.
var update = flag.Bool("update", false, "write the golden files that are not held yet, and those of the bytes between nodes")

// golden compares the made bytes with a file of stored bytes and returns the file's parts.
// The first part shows the value to people. It is not compared: the names of Go's fields
// may change, the bytes may not.
func golden(t *testing.T, name, title string, value any, made ...string) map[string]string {
	t.Helper()
	path := filepath.Join(goldenFolder, name+".txt")
	if *update && heldSums(t)[name+".txt"] == "" {
		writeParts(t, path, append([]string{title, asJSON(t, value)}, made...))
		holdFile(t, path)
	}
	return compareParts(t, path, made)
}

// writeParts writes a file of parts, a title line and indented lines each.
func writeParts(t *testing.T, path string, made []string) {
	t.Helper()
	var text strings.Builder
	for i := 0; i < len(made); i += 2 {
		fmt.Fprintf(&text, "%s:\n  %s\n", made[i], strings.ReplaceAll(strings.TrimSpace(made[i+1]), "\n", "\n  "))
	}
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}

// compareParts compares the made parts with the parts of the file that have the same
// titles, and returns all parts.
func compareParts(t *testing.T, path string, made []string) map[string]string {
	t.Helper()
	stored, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	parts := map[string]string{}
	var title string
	for line := range strings.Lines(string(stored)) {
		if rest, ok := strings.CutPrefix(line, "  "); ok {
			parts[title] += rest
		} else {
			title = strings.TrimSuffix(strings.TrimSpace(line), ":")
		}
	}
	for i := 0; i < len(made); i += 2 {
		if diff := gocmp.Diff(strings.TrimSpace(parts[made[i]]), strings.TrimSpace(made[i+1])); diff != "" {
			t.Errorf("%s, %s: stored (-), made now (+):\n%s", path, made[i], diff)
		}
	}
	return parts
}

// hexLines writes bytes for people, 16 to a line.
func hexLines(b []byte) string {
	var text strings.Builder
	for len(b) > 0 {
		n := min(16, len(b))
		fmt.Fprintf(&text, "% x\n", b[:n])
		b = b[n:]
	}
	return text.String()
}

func unhex(t *testing.T, text string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(text), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGoldenEvents(t *testing.T) {
	t.Parallel()
	events := goldenEvents()
	for n := range commands {
		if commands[n].added == nil {
			continue
		}
		if op := reflect.Zero(commands[n].of).Interface().(Command).Op(); events[op.String()] == nil {
			events[op.String()] = &Event{Op: op, Tenant: "acme", Items: []ItemChange{sampleChange(nil)}}
		}
	}
	for op := OpOpen; op < Ops; op++ {
		if op.String() == "" {
			continue // set aside
		}
		if e := events[op.String()]; e == nil || e.Op != op {
			t.Errorf("there is no golden event of %s", op)
		}
	}
	for name, e := range events {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			entry, words := packEntry(e, 0, &sampleHead)
			var quoted strings.Builder
			for _, w := range words {
				fmt.Fprintf(&quoted, "%q\n", w)
			}
			stored := golden(t, "event-"+name, "event", e, "words", quoted.String(), "entry", hexLines(entry))
			words = nil
			for _, w := range strings.Fields(stored["words"]) {
				word, err := strconv.Unquote(w)
				if err != nil {
					t.Fatal(err)
				}
				words = append(words, word)
			}
			back, _, ok := unpackEntry(unhex(t, stored["entry"]), words, &sampleHead)
			if e.Tenant == "" {
				back.Tenant = "" // of no tenant; unpackEntry reads as acme's
			}
			if diff := gocmp.Diff(e, back); !ok || diff != "" {
				t.Errorf("the stored entry reads (-wanted, +got):\n%s", diff)
			}
		})
	}
}

func TestGoldenRows(t *testing.T) {
	t.Parallel()
	it, h := sampleItem(), sampleHold()
	stored := golden(t, "row-item", "item", it, "row", hexLines(AppendItem(nil, it)))
	back, err := DecodeItem(it.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(it, back); err != nil || diff != "" {
		t.Errorf("the stored item: %v\n%s", err, diff)
	}
	it.Channels = []Channel{
		{ID: "app", Weight: 3, Level: 5, Held: 4, Sold: 6, PoolHeld: 1, PoolSold: 2, Pending: 3, Since: sampleAt - 86_400_000},
		{ID: "web", Weight: 1, Since: sampleAt},
	}
	stored = golden(t, "row-item-quota", "item", it, "row", hexLines(AppendItem(nil, it)))
	back, err = DecodeItem(it.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(it, back); err != nil || diff != "" {
		t.Errorf("the stored item with quotas: %v\n%s", err, diff)
	}
	it.Rules = []Rule{sampleRule(), {Channel: "web", LendsAll: true}}
	stored = golden(t, "row-item-rules", "item", it, "row", hexLines(AppendItem(nil, it)))
	back, err = DecodeItem(it.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(it, back); err != nil || diff != "" {
		t.Errorf("the stored item with rules: %v\n%s", err, diff)
	}
	it.Promises = &Promises{
		Presale:   Sale{Bound: 100, Waiting: 7, Filled: 33, For: sampleAt + 86_400_000, InParts: true},
		Backorder: Sale{Bound: 5, Closed: true, Waiting: 5}, Waits: []Wait{{"", 7, 3}, {"app", 5, 1}},
	}
	stored = golden(t, "row-item-promise", "item", it, "row", hexLines(AppendItem(nil, it)))
	back, err = DecodeItem(it.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(it, back); err != nil || diff != "" {
		t.Errorf("the stored item that is sold ahead: %v\n%s", err, diff)
	}
	it = sampleLotted()
	batch, dairy := sampleLots()
	stored = golden(t, "row-item-lots", "item", it, "row", hexLines(AppendItem(nil, it)))
	back, err = DecodeItem(it.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(it, back); err != nil || diff != "" {
		t.Errorf("the stored item with lots: %v\n%s", err, diff)
	}
	chosen := sampleHold()
	chosen.Lines[0].Drawn, chosen.Lines[0].Lot = []Balance{{Shared.InLot(dairy), 1}, {Shared.InLot(batch), 1}}, sampleGrade
	stored = golden(t, "row-hold-lots", "hold", chosen, "row", hexLines(AppendHold(nil, chosen)))
	drawn, err := DecodeHold(chosen.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(chosen, drawn); err != nil || diff != "" {
		t.Errorf("the stored hold of chosen lots: %v\n%s", err, diff)
	}
	waits := sampleHold()
	waits.Lines[0].Drawn, waits.Lines[0].PromisedFor = []Balance{{Shared, 1}, {Backorder, 1}}, sampleAt+86_400_000
	stored = golden(t, "row-hold-promise", "hold", waits, "row", hexLines(AppendHold(nil, waits)))
	waiting, err := DecodeHold(waits.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(waits, waiting); err != nil || diff != "" {
		t.Errorf("the stored hold that waits: %v\n%s", err, diff)
	}
	tallied := sampleHold()
	tallied.Lines[1].Tallied = true
	stored = golden(t, "row-hold-quota", "hold", tallied, "row", hexLines(AppendHold(nil, tallied)))
	counted, err := DecodeHold(tallied.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(tallied, counted); err != nil || diff != "" {
		t.Errorf("the stored hold that counts for its channel: %v\n%s", err, diff)
	}
	stored = golden(t, "row-hold", "hold", h, "row", hexLines(AppendHold(nil, h)))
	held, err := DecodeHold(h.Key, unhex(t, stored["row"]))
	if diff := gocmp.Diff(h, held); err != nil || diff != "" {
		t.Errorf("the stored hold: %v\n%s", err, diff)
	}
	step := sampleHandover()
	stored = golden(t, "row-bucket", "step", step, "row", hexLines(AppendHandover(nil, &step)))
	taken, err := DecodeHandover(unhex(t, stored["row"]))
	if diff := gocmp.Diff(&step, taken); err != nil || diff != "" {
		t.Errorf("the stored step: %v\n%s", err, diff)
	}
}

func TestGoldenRecord(t *testing.T) {
	t.Parallel()
	body, hash, text, events := sampleRecord(t)
	stored := golden(t, "record", "events", events, "salt", hexLines(sampleSalt[:]),
		"body", hexLines(body), "hash", hexLines(hash[:]), "text", hexLines(text))
	r := parsed(t, unhex(t, stored["body"]), unhex(t, stored["text"]))
	if got := r.Hash(); !bytes.Equal(got[:], unhex(t, stored["hash"])) {
		t.Errorf("the stored record has the hash %x", got)
	}
	for i, e := range entries(t, r) {
		if diff := gocmp.Diff(events[i], e); diff != "" {
			t.Errorf("entry %d of the stored record:\n%s", i, diff)
		}
	}
}
