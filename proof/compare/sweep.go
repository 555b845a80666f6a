package compare

import (
	"context"
	"fmt"
	"slices"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/proof/peer"
)

// poolsFor are the pool sizes that make a difference with so many callers, on a server with
// room for so many connections: those of the sweep, and one connection for each
// caller.
func poolsFor(sizes []int, callers, room int) []int {
	var pools []int
	for _, p := range append(slices.Clone(sizes), callers) {
		if p <= callers && p <= room && !slices.Contains(pools, p) {
			pools = append(pools, p)
		}
	}
	slices.Sort(pools)
	return pools
}

// sweep tries each form with each size and enters it with the best one. It also enters the best
// form with a connection per caller.
func (c *contest) sweep(ctx context.Context) error {
	pools := poolsFor(c.Pools, c.callers, c.room)
	if len(pools) == 0 {
		return fmt.Errorf("the server has room for %d connections only", c.room)
	}
	sides := map[bench.Swept]*load.Side{}
	for range c.Sweeps {
		for _, pool := range pools {
			for _, form := range c.Forms {
				c.Progress(fmt.Sprintf("%s, %s with a pool of %d", c.name("sweep"), form, pool))
				f, err := c.measure(ctx, form, pool, c.SweepCell)
				if err != nil {
					return fmt.Errorf("%s, pool %d: %w", form, pool, err)
				}
				key := bench.Swept{Form: form.String(), Pool: pool, Unbounded: pool == c.callers}
				if sides[key] == nil {
					sides[key] = &load.Side{}
				}
				sides[key].Add(f)
			}
		}
	}
	for key, s := range sides {
		key.Figure = s.Middle()
		c.swept = append(c.swept, key)
	}
	slices.SortFunc(c.swept, func(a, b bench.Swept) int { return a.Pool - b.Pool })
	c.entrants = enter(c.Forms, c.swept, c.callers)
	return nil
}

// enter picks the entrants: each form with its best pool. It adds the best one with a connection
// for each caller, if it is none of them.
func enter(forms []peer.Form, swept []bench.Swept, callers int) []entrant {
	var all []entrant
	crowd := entrant{crowd: true}
	crowdRate := 0.0
	for _, form := range forms {
		best := entrant{form: form}
		rate := -1.0
		for _, s := range swept {
			if s.Form != form.String() {
				continue
			}
			if s.PerSecond > rate {
				best.pool, rate = s.Pool, s.PerSecond
			}
			if s.Pool == callers && s.PerSecond > crowdRate {
				crowd.form, crowd.pool, crowdRate = form, s.Pool, s.PerSecond
			}
		}
		all = append(all, best)
	}
	entered := slices.ContainsFunc(all, func(e entrant) bool { return e.form == crowd.form && e.pool == crowd.pool })
	if crowd.pool > 0 && !entered {
		all = append(all, crowd)
	}
	return all
}

// plan is how many measurements a server needs.
func (r *peers) plan() int {
	n := 0
	for _, callers := range r.Callers {
		n += len(poolsFor(r.Pools, callers, callers)) * len(r.Forms) * r.Sweeps
		n += r.Rounds * (1 + len(r.Forms) + 1)
		if callers >= 64 {
			n += r.Rounds + 1
		}
	}
	if r.Keyed {
		n += r.Rounds * (2 + len(r.Forms))
	}
	return n * len(r.Dists)
}
