package figures

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func with(s Sums, of Sum, n int64) Sums {
	s[of] = n
	return s
}

func someBlock(r *rapid.T) sumBlock {
	b := sumBlock{}
	for range rapid.IntRange(0, 4).Draw(r, "groups") {
		g := Group{
			Channel: rapid.SampledFrom([]string{"", "web", "渠道"}).Draw(r, "channel"),
			Unit:    rapid.SampledFrom([]string{"", "kg"}).Draw(r, "unit"), Scale: rapid.Byte().Draw(r, "scale"),
		}
		for of := range numSums {
			n := rapid.Int64Min(0).Draw(r, "n")
			if of >= numNatural {
				n = rapid.Int64().Draw(r, "change")
			}
			*b.group(g) = with(*b.group(g), of, n)
		}
	}
	return b
}

// Sums are read as they were packed, and equal ones are the same bytes.
func TestSumsArePackedAndReadAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := someBlock(r)
		again, err := unpack(b.pack())
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(b, again); diff != "" {
			r.Fatal(diff)
		}
		if !bytes.Equal(b.pack(), again.pack()) {
			r.Fatal("packed again they are other bytes")
		}
	})
}

// Bytes that are no sums are refused, whatever they are.
func TestBytesThatAreNoSumsAreRefused(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		b := sumBlock{}
		b.group(Group{Channel: "web", Unit: "kg", Scale: 3}).add(Sold, rapid.Int64Min(0).Draw(r, "n"))
		packed := b.pack()
		if _, err := unpack(packed[:rapid.IntRange(2, len(packed)-1).Draw(r, "cut")]); err == nil {
			r.Fatal("a part of them is read")
		}
		_, _ = unpack(rapid.SliceOf(rapid.Byte()).Draw(r, "anything"))
	})
}

// A sum that comes to the greatest number stays there.
func TestASumDoesNotTurnNegative(t *testing.T) {
	t.Parallel()
	var s Sums
	s.add(Sold, 1<<62)
	s.add(Sold, 1<<62)
	s.add(Sold, 1<<62)
	if s[Sold] != 1<<63-1 {
		t.Errorf("it is %d", s[Sold])
	}
}
