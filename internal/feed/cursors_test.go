package feed

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

// places are the cursors of n slots, each at the record of its number.
func places(n int) Cursors {
	c := Cursors{}.Cover(n)
	for slot := range c {
		c[slot].Seq = engine.Seq(slot)
	}
	return c
}

func TestCursorsOfManySlotsTravelAsTheyAreWritten(t *testing.T) {
	t.Parallel()
	inside := places(8)
	inside[3] = Cursor{Slot: 3, Seq: 9_000_000, Entry: 1023, Item: 17}
	big := places(64)
	for slot := range big {
		big[slot] = Cursor{Slot: uint16(slot), Seq: 1<<63 - 1, Entry: whole - 1, Item: whole - 1}
	}
	usual := places(64)
	for slot := range usual {
		usual[slot].Seq = 1_000_000_000
	}
	for _, test := range []struct {
		name string
		at   Cursors
		most int
	}{
		{"two slots at their beginning", Cursors{}.Cover(2), 20},
		{"eight, one in the middle of a record", inside, 40},
		{"64 with a billion records each", usual, 450},
		{"64 at the end of what a log can have", big, 2048}, // the bound of the API
	} {
		text := test.at.String()
		back, err := ParseCursors(text)
		if err != nil || !slices.Equal(back, test.at) {
			t.Errorf("%s: %s is read as %v, %v", test.name, text, back, err)
		}
		if len(text) > test.most || strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") != "" {
			t.Errorf("%s: %d bytes: %s", test.name, len(text), text)
		}
		for cut := range len(text) {
			if _, err := ParseCursors(text[:cut]); !errors.Is(err, ErrCursor) {
				t.Fatalf("%s: cut after %d bytes: %v", test.name, cut, err)
			}
		}
	}
	for _, text := range []string{"0-0", "0-7", "3-17", "3-17-0-2"} {
		if c, err := ParseCursors(text); err != nil || len(c) != 1 || c.String() != text {
			t.Errorf("%s: %v, %v", text, c, err)
		}
	}
	if _, err := ParseCursors(places(65).String()); !errors.Is(err, ErrCursor) {
		t.Errorf("65 slots: %v", err)
	}
}

func FuzzParseCursors(f *testing.F) {
	f.Add("0-1-2-3")
	f.Add(places(2).String())
	f.Add(places(9).String())
	f.Fuzz(func(t *testing.T, text string) {
		c, err := ParseCursors(text)
		if err == nil && c.String() != text {
			t.Errorf("%q is read and written as %q", text, c)
		}
	})
}

// BenchmarkCursors writes the cursors that are sent with each event to a watcher of so many
// slots.
func BenchmarkCursors(b *testing.B) {
	for _, n := range []int{1, 8, 64} {
		at := places(n)
		for slot := range at {
			at[slot].Seq = 1_000_000
		}
		b.Run(fmt.Sprint("slots=", n), func(b *testing.B) {
			room := make([]byte, 0, 1024)
			b.ReportAllocs()
			for b.Loop() {
				room = at.Append(room[:0])
			}
			b.ReportMetric(float64(len(room)), "bytes")
		})
	}
}
