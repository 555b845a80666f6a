package catalog

import (
	"testing"

	"pgregory.net/rapid"
)

func spreadNumber(n int) uint { return uint(n) }

// A cache answers with what was put last or with nothing, never with what was
// dropped, and holds no more than its bound.
func TestACacheIsRightAndBounded(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		most := rapid.IntRange(1, 5*shares).Draw(t, "most")
		c := newCache[int, int](most, spreadNumber)
		truth := map[int]int{}
		keys := rapid.IntRange(0, 8*shares)
		for range rapid.IntRange(1, 300).Draw(t, "steps") {
			key := keys.Draw(t, "key")
			switch rapid.IntRange(0, 9).Draw(t, "step") {
			case 0:
				c.drop(key)
				delete(truth, key)
			case 1:
				before := c.generation()
				c.drop(keys.Draw(t, "dropped meanwhile"))
				c.put(key, -1, before) // read before it
				clear(truth)
				c.clear()
			case 2, 3, 4:
				truth[key] = rapid.Int().Draw(t, "row")
				c.put(key, truth[key], c.generation())
			default:
				if got, ok := c.get(key); ok && got != truth[key] {
					t.Fatalf("%d is %d, want %d or nothing", key, got, truth[key])
				}
			}
			held := 0
			for i := range c.shares {
				s := &c.shares[i]
				if len(s.rows) != len(s.clock) || len(s.rows) > max(1, most/shares) {
					t.Fatalf("%d rows, %d on the clock, for %d in all", len(s.rows), len(s.clock), most)
				}
				for at, k := range s.clock {
					if k.at != at || s.rows[k.key] != k {
						t.Fatalf("%d is not where it says", k.key)
					}
				}
				held += len(s.rows)
			}
			if held > max(most, shares) {
				t.Fatalf("%d rows of at most %d", held, most)
			}
		}
	})
}

func TestARowThatWasDroppedWhileItWasReadDoesNotStay(t *testing.T) {
	t.Parallel()
	c := newCache[string, int](100, spreadText)
	before := c.generation()
	c.drop("tea")
	c.put("tea", 1, before)
	if _, ok := c.get("tea"); ok {
		t.Error("the row from before is there")
	}
}

// A row that is read again and again stays longer than a row that is read once.
func TestRowsThatAreReadStay(t *testing.T) {
	t.Parallel()
	c := newCache[int, int](4*shares, spreadNumber)
	c.put(-1, 7, 0)
	for i := range 1000 * shares {
		c.put(i, i, 0)
		if _, ok := c.get(-1); !ok {
			t.Fatalf("the row that is always read was dropped for the %dth", i)
		}
	}
}
