package stock

import (
	"strconv"
	"testing"
)

// Decided and not applied: the cost of the rules themselves on the hot path. On 2 shared
// cores (AMD EPYC), GOGC=1000: 1 line 0.59 us and 5 allocations, 10 lines 5.1 us, 2000
// lines 0.77 ms; confirm 0.48 us, apply 0.12 us.
func BenchmarkPlace(b *testing.B) {
	for _, c := range []struct {
		name  string
		lines int
		on    string
	}{{"1 line", 1, ""}, {"1 line on a channel", 1, "web"}, {"10 lines", 10, ""}, {"2000 lines", 2000, ""}} {
		b.Run(c.name, func(b *testing.B) {
			s := newShelf()
			cmd := place("order-1").on(c.on)
			for i := range c.lines {
				name := "product-" + strconv.Itoa(i)
				if _, err := s.do(open(name, 1_000_000), start); err != nil {
					b.Fatal(err)
				}
				if _, err := s.do(place("order-0", want(name, 1)), start); err != nil {
					b.Fatal(err)
				}
				cmd.Lines = append(cmd.Lines, want(name, 1))
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Decide(s, cmd, start); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// The same item with quotas of 8 channels: the cost of a hot item of a marketplace.
// Counting for the channel takes one more allocation.
func BenchmarkPlaceOfAQuota(b *testing.B) {
	s := newShelf()
	set := setQuotas("A", LowerRefuse)
	for i := range 8 {
		set.Set = append(set.Set, quota("channel-"+strconv.Itoa(i), 1000).weighs(1))
	}
	for _, cmd := range []Command{open("A", 1_000_000), set, place("order-0", want("A", 1)).on("channel-5")} {
		if _, err := s.do(cmd, start); err != nil {
			b.Fatal(err)
		}
	}
	cmd := place("order-1", want("A", 1)).on("channel-5")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decide(s, cmd, start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkConfirm(b *testing.B) {
	s := newShelf()
	for _, cmd := range []Command{open("A", 1_000_000), place("order-1", want("A", 1))} {
		if _, err := s.do(cmd, start); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decide(s, Confirm{Target: whole("order-1")}, start); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkApply(b *testing.B) {
	s := newShelf()
	if _, err := s.do(open("A", 1_000_000), start); err != nil {
		b.Fatal(err)
	}
	e, err := Decide(s, place("order-1", want("A", 1)), start)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		Apply(s, &e)
	}
}

// Lots that expire first are sold first, of 10 lots (a dairy) and of as many as an item may
// have: 9 us and 1 ms on 2 shared cores that had other work as well.
func BenchmarkPlaceOfLots(b *testing.B) {
	for _, lots := range []int{10, MaxLots} {
		b.Run(strconv.Itoa(lots), func(b *testing.B) {
			s := newShelf()
			for n := range lots {
				lot, err := MakeLot(map[string]string{"batch": "B" + strconv.Itoa(n), "expires_at": strconv.Itoa(2030+n%100) + "-12-01"})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := s.do(Restock{Item: inLot(item("A"), lot), Bucket: bucket(item("A")), Qty: 1000, Open: &Opening{}}, start); err != nil {
					b.Fatal(err)
				}
			}
			it := s.Item(item("A"))
			cmd := place("order-1", want("A", 1))
			b.ReportAllocs()
			for b.Loop() {
				if it.Lapsed(start) { // like the ledger before each command
					b.Fatal("it lapsed")
				}
				if _, err := Decide(s, cmd, start); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(AppendItem(nil, it))), "B/row")
		})
	}
}
