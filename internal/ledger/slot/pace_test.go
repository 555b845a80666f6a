package slot

import (
	"math/rand/v2"
	"testing"
	"time"
)

// A crowd is served in the faster way, also on a machine that is disturbed, and
// when the faster way changes.
func TestACrowdIsServedTheWayThatDoesMore(t *testing.T) {
	t.Parallel()
	for seed := range uint64(20) {
		m := &disturbed{random: rand.New(rand.NewPCG(seed, 2)), now: time.Second}
		for _, c := range []struct {
			name          string
			whole, halves time.Duration // that a crowd takes
			want          bool
		}{
			{"a fast disk", 2 * time.Millisecond, 1600 * time.Microsecond, true},
			{"a slow one", 12 * time.Millisecond, 16 * time.Millisecond, false},
			{"the fast one again", 2 * time.Millisecond, 1600 * time.Microsecond, true},
		} {
			m.serve(10_000, c.whole, c.halves) // it adapts to the machine
			if share := m.serve(10_000, c.whole, c.halves); share < 0.8 == c.want || share > 0.2 != c.want {
				t.Errorf("seed %d, %s: %.2f of the groups are halves, want most: %v", seed, c.name, share, c.want)
			}
		}
	}
}

// disturbed is a machine that runs other work too.
type disturbed struct {
	pace
	random *rand.Rand
	now    time.Duration
}

// serve answers groups and returns the share of them that were halves.
func (m *disturbed) serve(groups int, whole, halves time.Duration) float64 {
	const crowd = 256
	halved := 0
	for range groups {
		commands, took := crowd, whole
		if m.halves {
			commands, took = crowd/2, halves/2
			halved++
		}
		took = time.Duration(float64(took) * (0.7 + 0.6*m.random.Float64()))
		if m.random.IntN(100) == 0 {
			took *= 10
		}
		m.now += took
		m.answered(commands, m.now)
	}
	return float64(halved) / float64(groups)
}
