package audit

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"holdfast.dev/holdfast/internal/engine"
	inmemory "holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/stock"
)

func TestCheckSlotPassesOnEveryHistoryTheRulesAllow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		e := inmemory.New()
		defer e.Close()
		s := newScript(e)
		for range rapid.IntRange(0, 25).Draw(rt, "records") {
			var commands []stock.Command
			for range rapid.IntRange(1, 8).Draw(rt, "commands") {
				commands = append(commands, someCommand(rt))
			}
			s.do(t, commands...)
			if rapid.IntRange(0, 4).Draw(rt, "project now") == 0 {
				s.project(t)
			}
		}
		report, err := CheckSlot(t.Context(), e, Options{
			JournalKeys: testJournalKeys, Anchor: &Anchor{Seq: s.seq, Hash: s.hash},
			ended: rapid.IntRange(1, 8).Draw(rt, "ended"), keySpan: rapid.IntRange(1, 30).Draw(rt, "key span"),
		})
		if err != nil {
			rt.Fatal(err)
		}
		if !report.OK() {
			rt.Fatalf("violations: %v", report.Violations)
		}
		if s.seq > 0 && (report.Keys != report.Entries || report.Records != int(s.seq)) {
			rt.Fatalf("%d keys of %d entries in %d records were looked at, the log has %d", report.Keys, report.Entries, report.Records, s.seq)
		}
		if report.Head != (Anchor{Seq: s.seq, Hash: s.hash}) || report.Items != len(s.items) {
			rt.Fatalf("read up to %v with %d items, want %d with %d", report.Head, report.Items, s.seq, len(s.items))
		}
	})
}

// shop is a log with entries of many kinds.
func shop(t *testing.T) (*script, *tampered) {
	t.Helper()
	e := inmemory.New()
	t.Cleanup(func() { e.Close() })
	return shopIn(t, e), &tampered{Engine: e}
}

func shopIn(t *testing.T, e engine.Engine) *script {
	t.Helper()
	s := newScript(e)
	a, b := itemKey("a", "tea"), itemKey("b", "tea")
	s.do(t, openItem(a, 20), openItem(b, 20))
	s.do(t, placeOrder("o1", 3, a, b), placeOrder("o2", 2, a))
	note := stock.Note{Reason: "customer changed her mind"}
	s.do(t, stock.Release{Target: stock.Target{Order: orderKey("o2")}, Note: note})
	s.do(t, stock.Restock{Item: a, Bucket: bucketOf(a), Qty: 5})
	s.do(t, stock.Confirm{Target: stock.Target{Order: orderKey("o1")}}, placeOrder("o3", 1, b))
	s.project(t)
	return s
}

func verifyShop(t *testing.T, e engine.Engine, anchor *Anchor) []string {
	t.Helper()
	report, err := CheckSlot(t.Context(), e, Options{JournalKeys: testJournalKeys, Anchor: anchor})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, v := range report.Violations {
		found = append(found, v.String())
	}
	return found
}

func TestCheckSlotFindsWhatWasTamperedWith(t *testing.T) {
	t.Parallel()
	tea := itemKey("a", "tea")
	tests := []struct {
		name   string
		tamper func(*tampered)
		want   string
	}{
		{"a single flipped bit in a record", func(e *tampered) {
			e.record = func(r *engine.Record) bool {
				if r.Seq == 2 {
					r.Body[len(r.Body)/2] ^= 4
				}
				return true
			}
		}, "record 2: it cannot be read: parse record: checksum"},
		{"a flipped bit in the hash column", func(e *tampered) {
			e.record = func(r *engine.Record) bool { r.Hash[0] ^= byte(r.Seq) & 4; return true }
		}, "record 4: its hash is"},
		{"a time column that differs from the body", func(e *tampered) {
			e.record = func(r *engine.Record) bool { r.At += stock.Time(r.Seq / 4); return true }
		}, "record 4: its columns for time"},
		{"a missing record", func(e *tampered) {
			e.record = func(r *engine.Record) bool { return r.Seq != 3 }
		}, "record 3: it is missing"},
		{"a missing last record", func(e *tampered) {
			e.record = func(r *engine.Record) bool { return r.Seq != 5 }
		}, "record 5: it is missing"},
		{"a text that is not what was written", func(e *tampered) {
			e.record = func(r *engine.Record) bool {
				if r.Text != nil {
					r.Text[len(r.Text)-4] ^= 1
				}
				return true
			}
		}, "record 3: its text: note 0 of block 0 is not what was written"},
		{"a balance off by one in the plain column", func(e *tampered) {
			e.item = func(r *engine.ItemRow) bool {
				if r.Key == tea {
					r.Available++
				}
				return true
			}
		}, `item "tea" at "a" of tenant "acme": available is 23, the log says 22 as of record 5`},
		{"a balance off by one in the packed state", func(e *tampered) {
			e.item = func(r *engine.ItemRow) bool {
				if r.Key == tea {
					it, _ := stock.DecodeItem(r.Key, r.Packed)
					it.Set(stock.Shared, it.Of(stock.Shared)-1)
					r.Packed = stock.AppendItem(nil, it)
				}
				return true
			}
		}, `item "tea" at "a" of tenant "acme": account pool/shared has 21, the log says 22`},
		{"a lost item row", func(e *tampered) {
			e.item = func(r *engine.ItemRow) bool { return r.Key != tea }
		}, `item "tea" at "a" of tenant "acme": the row is missing`},
		{"an item row from nowhere", func(e *tampered) {
			e.item = func(r *engine.ItemRow) bool {
				if r.Key == tea {
					r.Key.Product = "gold"
				}
				return true
			}
		}, `item "gold" at "a" of tenant "acme": there is a row, the log does not know the item`},
		{"a lost row of an open hold", func(e *tampered) {
			e.hold = func(r *engine.HoldRow) bool { return r.Key.Order != "o3" }
		}, `hold of order "o3" of tenant "acme" in bucket`},
		{"a lost row of a hold that has ended", func(e *tampered) {
			e.hold = func(r *engine.HoldRow) bool { return r.Key.Order != "o2" }
		}, `the row is missing, record 3 was the last to change it`},
		{"a hold row that has another deadline", func(e *tampered) {
			e.hold = func(r *engine.HoldRow) bool { r.Deadline *= 2; return true }
		}, `hold of order "o3"`},
		{"a hold row that holds another number", func(e *tampered) {
			e.hold = func(r *engine.HoldRow) bool {
				h, _ := stock.DecodeHold(r.Key, r.Packed)
				if r.Key.Order == "o3" {
					h.Lines[0].Requested++
				}
				r.Packed = stock.AppendHold(nil, h)
				return true
			}
		}, `the line of item "tea" at "b" of tenant "acme" is`},
		{"a key that points to an entry that is not there", func(e *tampered) {
			e.key = func(r *engine.KeyRow) bool {
				if r.Seq == 5 && r.Index == 1 {
					r.Index = 2
				}
				return true
			}
		}, "it points to record 5, entry 2; the record has 2 entries"},
		{"a key that points behind the log", func(e *tampered) {
			e.key = func(r *engine.KeyRow) bool { r.Seq += r.Seq / 5; return true }
		}, "; the log ends with record 5"},
		{"a lost journal row", func(e *tampered) {
			e.line = func(r *engine.JournalRow) bool { return r.Seq != 4 }
		}, `journal: record 4 is missing in the history of item "tea" at "a" of tenant "acme"`},
		{"a journal row that is not about its item", func(e *tampered) {
			e.line = func(r *engine.JournalRow) bool {
				if r.Seq == 4 {
					r.Seq = 3
					r.Item.Location = "b"
				}
				return true
			}
		}, `journal: the history of item "tea" at "b" of tenant "acme" names record 3, which is not about it`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, e := shop(t)
			if found := verifyShop(t, e, nil); found != nil {
				t.Fatalf("before it was tampered with: %v", found)
			}
			test.tamper(e)
			found := strings.Join(verifyShop(t, e, nil), "\n")
			if !strings.Contains(found, test.want) {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}

func TestCheckSlotWithAnAnchor(t *testing.T) {
	t.Parallel()
	s, e := shop(t)
	anchor := Anchor{Seq: s.seq, Hash: s.hash}
	other := anchor
	other.Hash[7] ^= 1
	cut := &tampered{Engine: e.Engine, head: 4, item: e.item}
	tests := []struct {
		name   string
		eng    engine.Engine
		anchor Anchor
		want   string
	}{
		{"the head it had", e, anchor, ""},
		{"a log that was rewritten", e, other, "the log was rewritten"},
		{"a tail that was cut off", cut, anchor, "the log ends with record 4, the anchor knows record 5: the end of the log is missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			found := strings.Join(verifyShop(t, test.eng, &test.anchor), "\n")
			if !strings.Contains(found, test.want) || test.want == "" && found != "" {
				t.Errorf("found:\n%s\nwant:\n%s", found, test.want)
			}
		})
	}
}
