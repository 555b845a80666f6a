package outpost

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Granter gives tills the units that their policies say, and asks them back when the
// centre needs them. It looks at an item when the log says that it changed, and at all
// items of a till when the till is paired or its policy changes. Any number of processes
// may do so at once.
type Granter struct {
	desk *Desk
	log  *slog.Logger

	mu   sync.Mutex
	at   map[place][]catalog.Till // the paired tills, by location
	seen map[tillKey]string       // what was swept last, by till
}

type place struct{ tenant, location string }

type tillKey struct{ tenant, till string }

// NewGranter returns the granter of the desk's books.
func NewGranter(d *Desk) *Granter {
	return &Granter{desk: d, log: d.log, at: map[place][]catalog.Till{}, seen: map[tillKey]string{}}
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
	if !g.some() {
		return nil // whoever is paired later is looked at whole
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
	return g.look(ctx, keys)
}

// some reports whether any till is paired.
func (g *Granter) some() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.at) > 0
}

func (g *Granter) tillsAt(tenant, location string) []catalog.Till {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.at[place{tenant, location}]
}

// look grants and recalls what the items say now.
func (g *Granter) look(ctx context.Context, keys []stock.ItemKey) error {
	for len(keys) > 0 {
		n := min(chunk, len(keys))
		levels, _, err := g.desk.books.Items(ctx, keys[:n])
		if err != nil {
			return fmt.Errorf("read items of tills: %w", err)
		}
		keys = keys[n:]
		var requests []ledger.Request
		for i := range levels {
			if levels[i].Item == nil {
				continue
			}
			for _, t := range g.tillsAt(levels[i].Key.Tenant, levels[i].Key.Location) {
				if cmd := decide(levels[i].Item, &t); cmd != nil {
					requests = append(requests, ledger.Request{Command: cmd})
				}
			}
		}
		if err := g.carryOut(ctx, requests); err != nil {
			return err
		}
	}
	return nil
}

// carryOut ignores what is refused: the till was closed, or the item is not what it was.
func (g *Granter) carryOut(ctx context.Context, requests []ledger.Request) error {
	if len(requests) == 0 {
		return nil
	}
	for _, res := range g.desk.books.Submit(ctx, requests...) {
		var r *stock.Refusal
		if res.Err != nil && !errors.As(res.Err, &r) {
			return res.Err
		}
	}
	return nil
}

// decide returns what the till's policy asks for, nil for nothing: units when the till has
// less than half of its share, units back when the centre has less than half of the rest,
// or owes some. Between the two nothing moves, so that no unit goes to and fro.
func decide(it *stock.Item, t *catalog.Till) stock.Command {
	epoch, err := numberOf("epoch", t.Epoch)
	if err != nil || epoch == 0 || !it.Tracked || it.Retired || len(it.Lots) > 0 {
		return nil
	}
	pool, has := it.Of(stock.Shared), it.InEscrow(t.ID)
	share := shareOf(t, pool+has)
	rest := pool + has - share
	back := stock.RecallGrant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch}
	switch owed := -it.Of(stock.Oversold); {
	case owed > 0 && has > 0:
		back.Keep = max(0, has-owed)
		return back
	case owed > 0:
		return nil
	case has < share && 2*has <= share && it.OnSale:
		return stock.Grant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch, To: share, Keep: rest}
	case has > share && 2*pool < rest:
		back.Keep = share
		return back
	}
	return nil
}

// shareOf is how many of the units the till is to have.
func shareOf(t *catalog.Till, units stock.Qty) stock.Qty {
	share := units/100*stock.Qty(t.Percent) + units%100*stock.Qty(t.Percent)/100
	share = max(share, stock.Qty(t.Floor))
	if t.Ceiling > 0 {
		share = min(share, stock.Qty(t.Ceiling))
	}
	return min(share, units)
}

// policyPoll is how often the tills are looked at.
const policyPoll = 500 * time.Millisecond

// Run looks for tills that were paired, or have another policy, until ctx ends.
func (g *Granter) Run(ctx context.Context) error {
	tick := time.NewTicker(policyPoll)
	defer tick.Stop()
	for failing := false; ; {
		err := g.renew(ctx)
		if err != nil && !failing && ctx.Err() == nil {
			g.log.WarnContext(ctx, "tills are not given units, trying again", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// renew reads the tills, and looks at all items of those that are new or have changed.
func (g *Granter) renew(ctx context.Context) error {
	all, err := g.desk.tills.All(ctx)
	if err != nil {
		return err
	}
	at := map[place][]catalog.Till{}
	var changed []catalog.Till
	g.mu.Lock()
	for i := range all {
		t := &all[i]
		if t.Epoch == "" {
			continue
		}
		p := place{t.Tenant, t.Location}
		at[p] = append(at[p], *t)
		if g.seen[tillKey{t.Tenant, t.ID}] != policyOf(t) {
			changed = append(changed, *t)
		}
	}
	g.at = at
	g.mu.Unlock()
	for i := range changed {
		t := &changed[i]
		var keys []stock.ItemKey
		err := g.desk.items(ctx, t, "", func(it *stock.Item) error {
			keys = append(keys, it.Key)
			return nil
		})
		if err == nil {
			err = g.look(ctx, keys)
		}
		if err != nil {
			return fmt.Errorf("give till %q its units: %w", t.ID, err)
		}
		g.mu.Lock()
		g.seen[tillKey{t.Tenant, t.ID}] = policyOf(t)
		g.mu.Unlock()
	}
	return nil
}

// policyOf is what makes a till be looked at anew when it changes.
func policyOf(t *catalog.Till) string {
	return fmt.Sprint(t.Epoch, t.Location, t.Percent, t.Floor, t.Ceiling)
}

// Ask gives a till at once what it needs for an order, as far as the pool has it, and
// returns what it has of those products.
func (d *Desk) Ask(ctx context.Context, tenant, till string, wanted []Wanted) ([]Units, error) {
	t, err := d.tills.Get(ctx, tenant, till)
	if err != nil {
		return nil, err
	}
	epoch, err := numberOf("epoch", t.Epoch)
	if err != nil {
		return nil, err
	}
	keys := make([]stock.ItemKey, len(wanted))
	for i, w := range wanted {
		keys[i] = stock.ItemKey{Tenant: tenant, Location: t.Location, Product: w.Product}
	}
	levels, _, err := d.books.Items(ctx, keys)
	if err != nil {
		return nil, fmt.Errorf("read what till %q asks for: %w", till, err)
	}
	var requests []ledger.Request
	for i := range levels {
		it := levels[i].Item
		if it == nil || wanted[i].Units <= 0 || it.Key.Lot != "" {
			continue
		}
		pool, has := it.Of(stock.Shared), it.InEscrow(till)
		to := max(has+min(stock.Qty(wanted[i].Units), pool), shareOf(&t, pool+has))
		requests = append(requests, ledger.Request{Command: stock.Grant{
			Item: it.Key, Bucket: it.Bucket, Holder: till, Epoch: epoch, To: to, Note: stock.Note{Operator: "till:" + till},
		}})
	}
	if len(requests) > 0 {
		for _, res := range d.books.Submit(ctx, requests...) {
			var r *stock.Refusal
			if res.Err != nil && !errors.As(res.Err, &r) {
				return nil, res.Err
			}
		}
	}
	if levels, _, err = d.books.Items(ctx, keys); err != nil {
		return nil, fmt.Errorf("read what till %q got: %w", till, err)
	}
	units := []Units{}
	for i := range levels {
		if levels[i].Item != nil {
			units = append(units, unitsOf(levels[i].Item, &t))
		}
	}
	return units, nil
}
