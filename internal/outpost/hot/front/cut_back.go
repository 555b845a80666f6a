package front

import (
	"context"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

const (
	// differencesMost is the default of WithDifferences.
	differencesMost = 3
	// returnAfter is the default of WithReturn.
	returnAfter = 15 * time.Minute
	// errorsLeast and errorsShare are how many reservations between two looks, and which share of all of
	// them in percent, may fail because of Redis. When the database does not answer, the ledger sells nothing either.
	errorsLeast = 20
	errorsShare = 10
)

// Figures are those of each rule of the tenant with items on the road, by rule.
func (b *Books) Figures(tenant string) []Figures {
	var all []Figures
	for tally, ruleOf := range map[*tally]ruleOf{&b.meters.tally: b.rules.rule, &b.meters.shadows: b.rules.shadow} {
		all = append(all, tally.figures(b.now(), func(k stock.ItemKey) (catalog.RedisRule, bool) {
			if k.Tenant != tenant {
				return catalog.RedisRule{}, false
			}
			return ruleOf(k)
		})...)
	}
	slices.SortFunc(all, func(a, b Figures) int {
		return compareRules(&a.Rule, &b.Rule)
	})
	return all
}

func compareRules(a, b *catalog.RedisRule) int {
	x, y := a.Place(), b.Place()
	switch {
	case x < y:
		return -1
	case x > y:
		return 1
	}
	return 0
}

// ruleOf finds the rule that an item's figures belong to; false: none.
type ruleOf func(stock.ItemKey) (catalog.RedisRule, bool)

// figures are the sums of the items' figures by their rules.
func (m *tally) figures(now time.Time, of ruleOf) (all []Figures) {
	at := map[catalog.RedisScope]int{}
	times := map[catalog.RedisScope][]timing{}
	m.walk(func(k stock.ItemKey, m *meter) {
		rule, passes := of(k)
		if !passes {
			return
		}
		n, ok := at[rule.Scope()]
		if !ok {
			n = len(all)
			at[rule.Scope()] = n
			all = append(all, Figures{Rule: rule})
		}
		all[n].add(m)
		times[rule.Scope()] = append(times[rule.Scope()], m.samples()...)
	})
	for i := range all {
		all[i].P99 = slowest(times[all[i].Rule.Scope()], now)
	}
	return all
}

func (f *Figures) add(m *meter) {
	f.Reserves += m.reserves
	f.Refusals += m.refusals
	f.Errors += m.errors
	f.ofRedis += m.ofRedis
	f.Compensations += m.compensations
	f.Differences += m.differences
	f.Alike += m.alike
	f.RedisOnly += m.redisOnly
	f.LedgerOnly += m.ledgerOnly
	f.LeftOut += m.leftOut
}

// rulesWatch cuts rules back while Redis fails, and lets them return.
type rulesWatch struct{ books *Books }

// returnQuiet ends the cut-back of rules after a quiet time, when Redis answers.
func (b rulesWatch) returnQuiet(ctx context.Context) {
	if b.books.quiet <= 0 {
		return
	}
	for _, rule := range b.books.rules.cutBefore(b.books.now().Add(-b.books.quiet)) {
		for _, road := range b.books.roads.all {
			if road.Ping(ctx) != nil {
				return
			}
		}
		if err := b.books.rules.giveBack(ctx, rule); err != nil {
			b.books.log.WarnContext(ctx, "a rule of Redis that was cut back does not return", "rule", rule.Place(), "err", err)
			continue
		}
		b.books.log.WarnContext(ctx, "the items of a rule go to Redis again", "audit", true, "tenant", rule.Tenant, "rule", rule.Place(), "was", rule.CutBack)
	}
}

const (
	// differencesWithin is how long a difference counts against the rule of its item.
	differencesWithin = 24 * time.Hour
	// oneOccasion is within which time differences of items of a rule are one: whatever emptied Redis has many.
	oneOccasion = 5 * time.Second
)

// watchDifferences cuts back rules whose items differ from the books too often, as all servers have counted since the rule was
// set or returned.
func (b rulesWatch) watchDifferences(ctx context.Context) {
	if b.books.differences <= 0 {
		return
	}
	mends, err := b.books.roads.mended(ctx, "", b.books.now().Add(-differencesWithin))
	if err != nil {
		b.books.log.WarnContext(ctx, "it cannot be read how often Redis and the books differed", "err", err)
		return
	}
	slices.SortStableFunc(mends, func(a, b hot.Mend) int { return a.At.Compare(b.At) })
	type count struct {
		rule catalog.RedisRule
		n    int
		last time.Time
	}
	counts := map[catalog.RedisScope]*count{}
	for _, m := range mends {
		rule, passes := b.books.rules.rule(m.Key)
		if !passes || m.Kind == hot.LeftTakings || !m.At.After(rule.Changed.Time) || !m.At.After(rule.Returned.Time) {
			continue
		}
		c := counts[rule.Scope()]
		if c == nil {
			c = &count{rule: rule}
			counts[rule.Scope()] = c
		}
		if c.n == 0 || m.At.Sub(c.last) > oneOccasion {
			c.n, c.last = c.n+1, m.At
		}
	}
	for _, c := range counts {
		if c.n >= b.books.differences {
			b.cutBackFor(ctx, c.rule, fmt.Sprintf("Redis and the books differed %d times", c.n))
		}
	}
}

// watch cuts back rules whose items differ from the books, or fail, too often.
func (b *Books) watch(ctx context.Context) {
	rulesWatch{b}.watchDifferences(ctx)
	for _, f := range b.meters.figures(b.now(), b.rules.rule) {
		was := b.seen[f.Rule.Scope()]
		b.seen[f.Rule.Scope()] = f
		failed := f.ofRedis - was.ofRedis
		asked := f.Errors - was.Errors + f.Reserves - was.Reserves + f.Refusals - was.Refusals
		if failed >= errorsLeast && failed*100 > asked*errorsShare {
			rulesWatch{b}.cutBackFor(ctx, f.Rule, fmt.Sprintf("%d of %d reservations failed within a minute", failed, asked))
		}
	}
}

// cutBackFor gives the items of a rule back to the ledger.
func (b rulesWatch) cutBackFor(ctx context.Context, rule catalog.RedisRule, reason string) {
	if err := b.books.rules.cutBack(ctx, rule, reason); err != nil {
		b.books.log.WarnContext(ctx, "a rule of Redis is not cut back", "rule", rule.Place(), "err", err)
		return
	}
	b.books.meters.cutBacks.Inc()
	b.books.log.WarnContext(ctx, "the items of a rule go back from Redis to the ledger", "audit", true, "tenant", rule.Tenant, "rule", rule.Place(), "reason", reason)
}
