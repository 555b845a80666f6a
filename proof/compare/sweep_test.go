package compare

import (
	"slices"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

func TestPoolsThatMakeADifference(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name          string
		callers, room int
		want          []int
	}{
		{"one caller has one connection", 1, 300, []int{1}},
		{"a pool is never greater than the callers are many", 16, 300, []int{8, 16}},
		{"64 callers fill the greatest pool, which is one connection each", 64, 300, []int{8, 16, 32, 64}},
		{"all sizes, and one connection each", 256, 300, []int{8, 16, 32, 64, 256}},
		{"what the server has no room for is left out", 256, 100, []int{8, 16, 32, 64}},
		{"no room at all", 256, 3, nil},
	} {
		if got := poolsFor(Defaults().Pools, test.callers, test.room); !slices.Equal(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}

func TestEachFormEntersWithItsBestPool(t *testing.T) {
	t.Parallel()
	at := func(form peer.Form, pool int, rate float64) bench.Swept {
		return bench.Swept{Form: form.String(), Pool: pool, Figure: load.Figure{PerSecond: rate}}
	}
	forms := []peer.Form{peer.Conditional, peer.OneStatement}
	for _, test := range []struct {
		name  string
		swept []bench.Swept
		want  []entrant
	}{
		{
			"the best pools, and the better one of those with a connection for each caller",
			[]bench.Swept{
				at(peer.Conditional, 8, 900), at(peer.Conditional, 64, 300), at(peer.OneStatement, 8, 1800),
				at(peer.OneStatement, 16, 2000), at(peer.OneStatement, 64, 400),
			},
			[]entrant{{form: peer.Conditional, pool: 8}, {form: peer.OneStatement, pool: 16}, {form: peer.OneStatement, pool: 64, crowd: true}},
		},
		{
			"the best pool has a connection for each caller: it enters once",
			[]bench.Swept{at(peer.Conditional, 8, 900), at(peer.OneStatement, 8, 100), at(peer.OneStatement, 64, 5000)},
			[]entrant{{form: peer.Conditional, pool: 8}, {form: peer.OneStatement, pool: 64}},
		},
		{
			"no room for a connection each",
			[]bench.Swept{at(peer.Conditional, 8, 900), at(peer.OneStatement, 16, 100)},
			[]entrant{{form: peer.Conditional, pool: 8}, {form: peer.OneStatement, pool: 16}},
		},
	} {
		if got := enter(forms, test.swept, 64); !slices.EqualFunc(got, test.want, func(a, b entrant) bool {
			return a.form == b.form && a.pool == b.pool && a.crowd == b.crowd
		}) {
			t.Errorf("%s: got %+v, want %+v", test.name, got, test.want)
		}
	}
}

func TestTheBudgetIsSharedByWhatIsLeft(t *testing.T) {
	t.Parallel()
	p := newPace(0, 3)
	if got := p.next(time.Now(), time.Hour); got != time.Hour {
		t.Errorf("without a budget a measurement takes %v", got)
	}
	p = newPace(10*time.Second, 10)
	now := p.end.Add(-10 * time.Second)
	if got := p.next(now, 400*time.Millisecond); got != 400*time.Millisecond {
		t.Errorf("with time enough it takes %v", got)
	}
	// Each takes a second longer than it was given: the later ones are cut.
	var total time.Duration
	for range 9 {
		now = now.Add(p.given + time.Second)
		total = p.next(now, 400*time.Millisecond)
	}
	if total != shortest {
		t.Errorf("when time has run out it takes %v, want %v", total, shortest)
	}
	if p.left = 10; !p.late(now) {
		t.Error("there is time for ten more")
	}
	if p.skip(9); p.late(p.end.Add(-2 * time.Second)) {
		t.Error("there is no time for one more")
	}
}
