package outpost

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Granter gives tills the units that their policies require, and asks for units back
// when the centre needs them. It looks at an item when the log says that it changed, and
// at all items of a till when the till is paired or its policy changes. Any number of
// processes may do so at once.
type Granter struct {
	desk *Desk
	log  *slog.Logger

	mu sync.Mutex
	at map[tenantLocation][]catalog.Till // the paired tills, by location, those first that go first

	// The following fields belong to Run.
	revision int64                    // of the catalog, up to which its tills are known
	tills    map[tillKey]catalog.Till // the paired ones, with the policies that count
	unswept  map[tillKey]bool         // those whose items are to be looked at; true: brought exactly to their shares
	policies policies
	census   *census
}

// policies are for tills without own values, as of a revision of the catalog.
type policies struct {
	book     catalog.TillPolicyBook
	revision int64
}

type tenantLocation struct{ tenant, location string }

type tillKey struct{ tenant, till string }

// NewGranter returns the granter of the desk's books.
func NewGranter(d *Desk) *Granter {
	return &Granter{
		desk: d, log: d.log, at: map[tenantLocation][]catalog.Till{}, tills: map[tillKey]catalog.Till{}, unswept: map[tillKey]bool{},
		policies: policies{book: catalog.TillPolicyBook{}}, census: newCensus(),
	}
}

// grantPace is how often the cursor is stored while records keep coming.
const grantPace = 5 * time.Second

// Project makes the runner follow the logs.
func (g *Granter) Project(r *feed.Runner, logs *feed.Logs) {
	r.ProjectEach(logs, func(*feed.Log) feed.Projection {
		return feed.Projection{Name: "tills", Pace: grantPace, Apply: g.apply}
	})
}

// apply looks at the items of a record.
func (g *Granter) apply(ctx context.Context, r *feed.Record) error {
	if !g.hasPaired() {
		return nil // a till that is paired later is looked at completely
	}
	var keys []stock.ItemKey
	err := r.Touched(func(k stock.ItemKey) {
		if len(g.tillsAt(k.Tenant, k.Location)) > 0 {
			keys = append(keys, k)
		}
	})
	if err != nil || len(keys) == 0 {
		return err
	}
	if err := g.openCases(ctx, r); err != nil {
		return err
	}
	return g.look(ctx, keys, "")
}

// hasPaired reports whether any till is paired.
func (g *Granter) hasPaired() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.at) > 0
}

func (g *Granter) tillsAt(tenant, location string) []catalog.Till {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at[tenantLocation{tenant, location}]
}

// look grants and recalls units according to the present state of the items. The till exactly, "" for none, is
// brought to its share.
func (g *Granter) look(ctx context.Context, keys []stock.ItemKey, exactly string) error {
	for len(keys) > 0 {
		n := min(chunk, len(keys))
		levels, at, err := g.desk.books.Items(ctx, keys[:n])
		if err != nil {
			return fmt.Errorf("read items of tills: %w", err)
		}
		keys = keys[n:]
		var commands []stock.Command
		for i := range levels {
			if levels[i].Item == nil {
				continue
			}
			commands = append(commands, decide(levels[i].Item, g.tillsAt(levels[i].Key.Tenant, levels[i].Key.Location), exactly, at)...)
		}
		if err := g.carryOut(ctx, commands); err != nil {
			return err
		}
	}
	return nil
}

// carryOut ignores refusals: the till was closed, or the item has changed.
func (g *Granter) carryOut(ctx context.Context, commands []stock.Command) error {
	for _, res := range ledger.SubmitEscrow(ctx, g.desk.books, commands...) {
		var r *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &r) {
			return res.Err
		}
	}
	return nil
}

// policyPoll is how often the tills are looked at.
const policyPoll = 500 * time.Millisecond

// Run looks for tills that were paired or have another policy, stores the reports of tills and counts
// them, until ctx ends.
func (g *Granter) Run(ctx context.Context) error {
	tick := time.NewTicker(policyPoll)
	defer tick.Stop()
	for failing := false; ; {
		more, err := g.renew(ctx)
		err = errors.Join(err, g.desk.noteHeard(ctx), g.count(ctx))
		if err != nil && !failing && ctx.Err() == nil {
			g.log.WarnContext(ctx, "the duties for tills failed, trying again", "err", err)
		}
		if failing = err != nil; more && !failing && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// sweepsAtATime is how many tills are looked at before the reports of tills are stored again.
const sweepsAtATime = 100

// renew learns which tills have changed, and looks at all items of those whose policy or pairing
// is another one. It reads nothing of other tills. More: some are still to be looked at.
func (g *Granter) renew(ctx context.Context) (more bool, err error) {
	if err := g.renewPolicies(ctx); err != nil {
		return false, err
	}
	changed, revision, err := g.desk.tills.Since(ctx, g.revision)
	if err != nil {
		return false, err
	}
	for i := range changed {
		g.replace(&changed[i])
	}
	g.revision = revision
	looked := 0
	for k, exactly := range g.unswept {
		if looked == sweepsAtATime {
			return true, nil
		}
		swept, err := g.sweep(ctx, k, exactly)
		if err != nil {
			return false, fmt.Errorf("give till %q its units: %w", k.till, err)
		}
		if swept {
			looked++
			delete(g.unswept, k)
		}
	}
	return false, nil
}

// renewPolicies finds the policies that have changed, and resolves the tills that they count for
// again.
func (g *Granter) renewPolicies(ctx context.Context) error {
	changed, revision, err := g.desk.tills.PoliciesSince(ctx, g.policies.revision)
	if err != nil {
		return err
	}
	for i := range changed {
		g.policies.book.Take(&changed[i])
	}
	g.policies.revision = revision
	if len(changed) == 0 {
		return nil
	}
	for _, t := range g.tills {
		if slices.ContainsFunc(changed, func(p catalog.TillPolicy) bool { return p.CountsFor(&t) }) {
			g.replace(&t)
		}
	}
	return nil
}

// replace takes a till over as it is now.
func (g *Granter) replace(t *catalog.Till) {
	k := tillKey{t.Tenant, t.ID}
	was, known := g.tills[k]
	is := g.policies.book.Resolve(*t)
	paired := !t.Gone && t.Epoch != ""
	g.mu.Lock() // once: in between the till would get nothing
	if known {
		g.leave(&was)
	}
	if paired {
		g.join(&is)
	}
	g.mu.Unlock()
	switch {
	case !paired:
		g.desk.terms.post(k, nil)
		delete(g.tills, k)
		delete(g.unswept, k)
		if known { // those that shared with it have more now
			g.sweepOthers(&was)
		}
		return
	case !known:
		// The till works by another policy: this process, or another one, ended before its units followed.
		g.unswept[k] = g.unswept[k] || t.Heard.Terms != nil && *t.Heard.Terms != is.Terms()
	case policyOf(&was) != policyOf(&is):
		g.unswept[k] = true
	}
	g.tills[k] = is
	g.desk.terms.post(k, new(is.Terms()))
}

// sweepOthers has the items looked at of the tills that are where the till was.
func (g *Granter) sweepOthers(t *catalog.Till) {
	for _, o := range g.tillsAt(t.Tenant, t.Location) {
		k := tillKey{o.Tenant, o.ID}
		if _, listed := g.unswept[k]; !listed {
			g.unswept[k] = false
		}
	}
}

// leave takes a till out of the list of its location. It and join need the lock; a list that was
// handed out stays as it is.
func (g *Granter) leave(t *catalog.Till) {
	p := tenantLocation{t.Tenant, t.Location}
	rest := slices.DeleteFunc(slices.Clone(g.at[p]), func(o catalog.Till) bool { return o.ID == t.ID })
	if g.at[p] = rest; len(rest) == 0 {
		delete(g.at, p)
	}
}

// join adds a till to the list of its location.
func (g *Granter) join(t *catalog.Till) {
	p := tenantLocation{t.Tenant, t.Location}
	all := append(slices.Clone(g.at[p]), *t)
	slices.SortFunc(all, func(a, b catalog.Till) int { return cmp.Or(cmp.Compare(a.Rank, b.Rank), cmp.Compare(a.ID, b.ID)) })
	g.at[p] = all
}

// sweep looks at all items of a till. It does nothing while the till's epoch is not open in the
// books, because nothing would be granted. The epoch opens there a little later than in the
// catalog.
func (g *Granter) sweep(ctx context.Context, k tillKey, exactly bool) (swept bool, err error) {
	t := g.tills[k]
	known, err := g.desk.holder(ctx, &t)
	if err != nil || !known.Open || nameOf(known.Epoch) != t.Epoch {
		return false, err
	}
	var keys []stock.ItemKey
	err = g.desk.items(ctx, &t, "", func(it *stock.Item) error {
		keys = append(keys, it.Key)
		return nil
	})
	if err == nil && exactly {
		err = g.look(ctx, keys, k.till)
	} else if err == nil {
		err = g.look(ctx, keys, "")
	}
	return err == nil, err
}

// policy is the part of a till whose change makes the granter look at the till
// again.
type policy struct {
	epoch, location, channel             string
	percent, floor, ceiling, level, rank int64
	left                                 catalog.TillLeft
}

func policyOf(t *catalog.Till) policy {
	return policy{t.Epoch, t.Location, t.Channel, t.Percent, t.Floor, t.Ceiling, t.TopUp(), t.Rank, t.Left}
}
