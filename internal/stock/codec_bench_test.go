package stock

import (
	"fmt"
	"testing"
)

// benchEvents are single-line reserves of 256 orders over some products.
func benchEvents(products int) []*Event {
	events := make([]*Event, 256)
	for i := range events {
		e := sampleReserve()
		e.Order = fmt.Sprintf("A-2026-%05d", i)
		e.Note.Operator = "till-3"
		product := fmt.Sprintf("product-%04d", i%products)
		e.Items[0].Key.Product = product
		e.Lines[0].Line.Item.Product = product
		e.Call.HomeProduct = product
		events[i] = e
	}
	return events
}

func benchRecord(b *testing.B, products int) []byte {
	rb := NewRecordBuilder()
	rb.Reset(sampleHead)
	for _, e := range benchEvents(products) {
		if _, err := rb.Add(e); err != nil {
			b.Fatal(err)
		}
	}
	body, _, _ := rb.Finish(sampleSalt)
	return body
}

func perEvent(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/256, "ns/event")
}

func BenchmarkPackRecordOf256(b *testing.B) {
	for _, products := range []int{1, 200} {
		b.Run(fmt.Sprintf("products=%d", products), func(b *testing.B) {
			events := benchEvents(products)
			rb := NewRecordBuilder()
			b.ReportAllocs()
			var size int
			for b.Loop() {
				rb.Reset(sampleHead)
				for _, e := range events {
					if _, err := rb.Add(e); err != nil {
						b.Fatal(err)
					}
				}
				body, _, _ := rb.Finish(sampleSalt)
				size = len(body)
			}
			perEvent(b)
			b.ReportMetric(float64(size)/256, "B/event")
		})
	}
}

func BenchmarkPackRecordOf1(b *testing.B) {
	e := benchEvents(1)[0]
	rb := NewRecordBuilder()
	b.ReportAllocs()
	for b.Loop() {
		rb.Reset(sampleHead)
		if _, err := rb.Add(e); err != nil {
			b.Fatal(err)
		}
		rb.Finish(sampleSalt)
	}
}

func BenchmarkReadRecordOf256(b *testing.B) {
	body := benchRecord(b, 200)
	b.Run("parse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := ParseRecord(body); err != nil {
				b.Fatal(err)
			}
		}
		perEvent(b)
	})
	b.Run("parse and decode", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := ParseRecord(body)
			if err != nil {
				b.Fatal(err)
			}
			if err := r.Events(func(int, *Event) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
		perEvent(b)
	})
	b.Run("parse and check", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			r, err := ParseRecord(body)
			if err != nil {
				b.Fatal(err)
			}
			if err := r.Check(); err != nil {
				b.Fatal(err)
			}
		}
		perEvent(b)
	})
}

func BenchmarkRows(b *testing.B) {
	item, hold := sampleItem(), sampleHold()
	hold.Lines, hold.Calls = hold.Lines[:1], hold.Calls[:1]
	hold.Calls[0].Legs = nil
	room := make([]byte, 0, 512)
	itemRow, holdRow := AppendItem(nil, item), AppendHold(nil, hold)
	b.Run("pack item", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			AppendItem(room, item)
		}
	})
	b.Run("pack hold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			AppendHold(room, hold)
		}
		b.ReportMetric(float64(len(holdRow)), "B/row")
	})
	b.Run("decode item", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeItem(item.Key, itemRow); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("decode hold", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := DecodeHold(hold.Key, holdRow); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open lines", func(b *testing.B) {
		b.ReportAllocs()
		var reader HoldReader
		for b.Loop() {
			if err := reader.OpenLines(hold.Key, holdRow, func(*Line) {}); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkFingerprintAndKey(b *testing.B) {
	var cmd Command = Place{
		Order: OrderKey{"acme", "A-2026-00017"}, TTL: 1_800_000,
		Lines: []Demand{{Item: sampleTea, Qty: 2}}, Note: Note{Operator: "till-3"},
	}
	b.ReportAllocs()
	for b.Loop() {
		Fingerprint(cmd)
		KeyID("acme", OpPlace, Scope{Location: "default"}, "9f0c7a52-3a0e-4d0c-9d5b-8c2b7a1e6f11")
	}
}
