package stock

import (
	"errors"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestEveryItemComesBackFromItsRow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		it := someItem().Draw(t, "item")
		packed := AppendItem(nil, it)
		back, err := DecodeItem(it.Key, packed)
		if diff := gocmp.Diff(it, back); err != nil || diff != "" {
			t.Fatalf("item %x: %v\n%s", packed, err, diff)
		}
		other := it.Key
		other.Product += "x"
		if _, err := DecodeItem(other, packed); !errors.Is(err, ErrMalformed) {
			t.Fatalf("the row was read under another key: %v", err)
		}
	})
}

func TestEveryHoldComesBackFromItsRow(t *testing.T) {
	t.Parallel()
	var reader HoldReader
	rapid.Check(t, func(t *rapid.T) {
		h := someHold().Draw(t, "hold")
		packed := AppendHold(nil, h)
		back, err := DecodeHold(h.Key, packed)
		if diff := gocmp.Diff(h, back); err != nil || diff != "" {
			t.Fatalf("hold %x: %v\n%s", packed, err, diff)
		}
		other := h.Key
		other.Bucket ^= 1
		if _, err := DecodeHold(other, packed); !errors.Is(err, ErrMalformed) {
			t.Fatalf("the row was read under another key: %v", err)
		}
		var want, got []Line
		for _, l := range h.Lines {
			if l.End == Open {
				want = append(want, l)
			}
		}
		err = reader.OpenLines(h.Key, packed, func(l *Line) {
			line := *l
			line.Drawn = slices.Clone(l.Drawn)
			got = append(got, line)
		})
		if diff := gocmp.Diff(want, got); err != nil || diff != "" {
			t.Fatalf("open lines of %x: %v\n%s", packed, err, diff)
		}
		if err := reader.OpenLines(other, packed, func(*Line) {}); !errors.Is(err, ErrMalformed) {
			t.Fatalf("the row was read under another key: %v", err)
		}
	})
}

func TestEveryStepComesBackFromItsRow(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := someHandover().Draw(t, "step")
		packed := AppendHandover([]byte("x"), h)[1:]
		back, err := DecodeHandover(packed)
		if diff := gocmp.Diff(h, back); err != nil || diff != "" {
			t.Fatalf("step %x: %v\n%s", packed, err, diff)
		}
	})
}

func TestRowsThatAreDamagedAreRefused(t *testing.T) {
	t.Parallel()
	var reader HoldReader
	item, hold, step := sampleItem(), sampleHold(), sampleHandover()
	rows := []struct {
		name   string
		packed []byte
		decode func([]byte) error
	}{
		{"item", AppendItem(nil, item), func(b []byte) error { _, err := DecodeItem(item.Key, b); return err }},
		{"hold", AppendHold(nil, hold), func(b []byte) error { _, err := DecodeHold(hold.Key, b); return err }},
		{"step", AppendHandover(nil, &step), func(b []byte) error { _, err := DecodeHandover(b); return err }},
		{"open lines", AppendHold(nil, hold), func(b []byte) error { return reader.OpenLines(hold.Key, b, func(*Line) {}) }},
	}
	for _, row := range rows {
		if err := row.decode(row.packed); err != nil {
			t.Errorf("%s: the sound row: %v", row.name, err)
		}
		for bit := range len(row.packed) * 8 {
			b := slices.Clone(row.packed)
			b[bit/8] ^= 1 << (bit % 8)
			if err := row.decode(b); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: bit %d flipped: %v", row.name, bit, err)
			}
		}
		for n := range row.packed {
			if err := row.decode(row.packed[:n]); !errors.Is(err, ErrMalformed) {
				t.Errorf("%s: cut to %d bytes: %v", row.name, n, err)
			}
		}
	}
}

func TestAUsualHoldRowIsSmall(t *testing.T) {
	t.Parallel()
	h := sampleHold()
	h.Lines, h.Calls = h.Lines[:1], h.Calls[:1]
	h.Calls[0].Legs = nil
	if n := len(AppendHold(nil, h)); n > 50 {
		t.Errorf("a hold of one line takes %d bytes", n)
	}
}
