package stock

import (
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

// toldPart returns the pairs of a part as text.
func toldPart(e *Event) []string {
	var out []string
	for i := range e.Lines {
		c := &e.Lines[i]
		which := "leg"
		if c.Line.Copied() {
			which = "copy"
		}
		out = append(out, fmt.Sprintf("%s %s in %s, call %d, %d held", which, spot(c.Line.Item), c.Bucket, c.Line.Call, c.Line.Quantity()))
	}
	return out
}

func TestACallOverTwoBucketsPartsWhenOneLeaves(t *testing.T) {
	t.Parallel()
	// "E/A" comes before "W/A": its bucket is the home of a call over both.
	east, west, shop := bucket(item("E/A")), bucket(item("W/A")), bucket(item("A"))
	both := []Command{open("E/A", 10), open("W/A", 10), open("W/B", 10), open("A", 10), place("o", want("W/A", 2), want("E/A", 3))}
	pair := []string{fmt.Sprintf("leg W/A in %s, call 0, 2 held", west), fmt.Sprintf("copy W/A in %s, call 0, 2 held", east)}
	tests := []struct {
		name   string
		given  []Command
		bucket Bucket
		want   []string
	}{
		{"the bucket of the leg leaves", nil, west, pair},
		{"the bucket of the home leaves", nil, east, pair},
		{"another bucket leaves", nil, shop, nil},
		{"it has parted already", []Command{Part{OrderKey{"t", "o"}, west}}, west, nil},
		{"a line that has ended stays as it is", []Command{Confirm{Target: line("o", "W/A")}}, west, nil},
		{"the home's line has ended", []Command{Confirm{Target: line("o", "E/A")}}, west, pair},
		{"a line of the bucket alone stays as it is", []Command{place("o", want("W/B", 1))}, west, pair},
		{
			"the home has other calls before",
			[]Command{place("p", want("E/A", 1)), open("E/B", 9), place("p", want("E/B", 1), want("W/B", 2))},
			east, pair,
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := newShelf()
			for _, c := range slices.Concat(both, test.given) {
				if _, err := b.do(c, start); err != nil {
					t.Fatal(err)
				}
			}
			before := b.clone()
			e, err := b.do(Part{OrderKey{"t", "o"}, test.bucket}, start+second)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(test.want, toldPart(&e)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if e.Changed() != (test.want != nil) || len(e.Items) > 0 || e.Call != nil {
				t.Errorf("changed %t, items %v, call %v", e.Changed(), e.Items, e.Call)
			}
			partsOnly(t, before, b, &e)
		})
	}
}

// partsOnly checks that nothing about the lines changed except that they parted.
func partsOnly(t *testing.T, before, after *shelf, e *Event) {
	t.Helper()
	if diff := gocmp.Diff(before.items, after.items); diff != "" {
		t.Errorf("items changed:\n%s", diff)
	}
	for i := 0; i+1 < len(e.Lines); i += 2 {
		leg, own := e.Lines[i].Line, e.Lines[i+1].Line
		if !leg.Follows() || !own.Copied() || leg.Leg.Key != own.Leg.Key || leg.Leg.Key == [16]byte{} {
			t.Errorf("the pair is marked %+v and %+v", leg.Leg, own.Leg)
		}
		var was *Line
		for _, h := range before.holds[OrderKey{e.Tenant, e.Order}] {
			if h.Key.Bucket == e.Lines[i].Bucket {
				was = h.Find(leg.Item)
			}
		}
		leg.Leg = nil
		own.Leg, own.Call = nil, leg.Call
		if was == nil || !was.Equal(&leg) || !was.Equal(&own) {
			t.Errorf("the line was %+v and became %+v and %+v", was, leg, own)
		}
	}
}

func TestNothingCrossesOnceItHasParted(t *testing.T) {
	t.Parallel()
	b := newShelf()
	k := OrderKey{"t", "o"}
	crosses := func() (n int) {
		for _, h := range b.holds[k] {
			if h.Crosses() {
				n++
			}
		}
		return n
	}
	for _, c := range []Command{open("E/A", 10), open("W/A", 10), open("W/B", 10), place("o", want("W/A", 2), want("W/B", 1))} {
		if _, err := b.do(c, start); err != nil {
			t.Fatal(err)
		}
	}
	if crosses() != 0 {
		t.Errorf("lines in one bucket are said to cross")
	}
	for _, c := range []Command{place("o", want("E/A", 1)), open("N/A", 4), open("S/A", 4), place("o", want("N/A", 1), want("S/A", 2))} {
		if _, err := b.do(c, start); err != nil {
			t.Fatal(err)
		}
	}
	if crosses() != 2 {
		t.Errorf("%d holds cross, wanted home and leg of the call over two buckets", crosses())
	}
	if _, err := b.do(Part{k, bucket(item("S/A"))}, start); err != nil {
		t.Fatal(err)
	}
	// The home's own line is decided with its copies, which are next to it.
	for _, h := range b.holds[k] {
		if h.Key.Bucket == bucket(item("S/A")) && h.Crosses() {
			t.Error("the leg still crosses")
		}
	}
	if _, err := b.do(Confirm{Target: whole("o")}, start); err != nil {
		t.Fatal(err)
	}
	for _, h := range b.holds[k] {
		for i := range h.Lines {
			if l := &h.Lines[i]; l.Follows() != (l.End == Open) {
				t.Errorf("line %s of bucket %s is %s", spot(l.Item), h.Key.Bucket, l.State())
			}
		}
	}
}

func TestALineWhoseHomeIsForgottenDoesNotPart(t *testing.T) {
	t.Parallel()
	b := newShelf()
	for _, c := range []Command{open("E/A", 10), open("W/A", 10), place("o", want("W/A", 2), want("E/A", 3)), Release{Target: line("o", "E/A")}} {
		if _, err := b.do(c, start); err != nil {
			t.Fatal(err)
		}
	}
	k, west := OrderKey{"t", "o"}, bucket(item("W/A"))
	b.holds[k] = slices.DeleteFunc(b.holds[k], func(h *Hold) bool { return h.Key.Bucket != west })
	e, err := b.do(Part{k, west}, start)
	if err != nil || e.Changed() {
		t.Errorf("%+v, %v", e, err)
	}
}
