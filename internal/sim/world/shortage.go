package world

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/view"
)

// Shortages are looks that find less than is held, and the decisions after that. The cases are in
// the real catalog, in a file that outlives every node.

// drawShortages says whether a run has them.
func drawShortages(seed uint64, slots int) bool { return slots == 1 && seed%8 == 7 }

// ruling is what a command decides about a case.
type ruling struct {
	id, decision, to string
	orders           []string
}

// clerk is a client that counts sundries and decides about cases.
type clerk struct{ *client }

// rule makes up a look, or a decision about one of the latest cases, or reserves what
// they may be about.
func (c clerk) rule() command {
	cmd := command{version: -1, sundry: &sundry{}}
	of := c.someCase()
	if c.rnd.IntN(4) == 0 {
		cmd.item, cmd.key = c.someItem(), "k"
		c.reserveSundries(&cmd)
		return cmd
	}
	if of == nil || c.rnd.IntN(3) == 0 {
		cmd.verb, cmd.item, cmd.qty, cmd.booked = "observe", c.someItem(), c.rnd.Int64N(2), unsaid
		if c.rnd.IntN(2) == 0 {
			cmd.key = "k" // a look without one is not repeated when it has no answer
		}
		return cmd
	}
	r := &ruling{}
	r.id, r.decision = of.ID, []string{cases.Release, cases.Release, cases.Move, cases.Move, cases.Wait, cases.Accept}[c.rnd.IntN(6)]
	if r.decision == cases.Release || r.decision == cases.Move {
		if r.orders = c.holders(itemKey{of.Product, of.Location}); r.orders == nil {
			r.decision = cases.Wait
		}
	}
	body := object{"decision": r.decision}
	if r.orders != nil {
		body["orders"] = r.orders
	}
	if r.decision == cases.Move {
		places := c.w.locations[:2]
		r.to = places[1-slices.Index(places, of.Location)]
		body["to_location_id"] = r.to
	}
	cmd.verb, cmd.key, cmd.item = "decide", "k", itemKey{of.Product, of.Location}
	cmd.sundry.ruling = r
	cmd.sundry.method, cmd.sundry.path, cmd.sundry.body = "POST", "/v1/cases/"+of.ID+"/decide", body
	return cmd
}

// someItem is what the latest order is of, or any.
func (c clerk) someItem() itemKey {
	all := c.w.sundryItems()
	k := all[c.rnd.IntN(len(all))]
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	if n := len(c.w.sold); n > 0 && c.rnd.IntN(4) > 0 {
		k = c.w.sold[n-1].item
	}
	return k
}

// someCase is one of the latest cases of sundries, nil when there is none.
func (c clerk) someCase() *catalog.Case {
	all, err := c.w.cases.List(c.w.ctx, catalog.CaseQuery{Tenant: catalog.DefaultTenant, Limit: 50})
	if err != nil {
		return nil
	}
	all = slices.DeleteFunc(all, func(k catalog.Case) bool { return !ofSundry(k.Product) })
	if len(all) == 0 {
		return nil
	}
	return &all[c.rnd.IntN(min(len(all), 3))]
}

// holders are the latest orders of the item, three at most, and sometimes one that nobody has placed;
// nil when there are none.
func (c clerk) holders(k itemKey) (orders []string) {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	most := 2 + c.rnd.IntN(2)
	for _, s := range slices.Backward(c.w.sold) {
		if s.item == k && len(orders) < most {
			orders = append(orders, s.order)
		}
	}
	if orders != nil && c.rnd.IntN(8) == 0 {
		orders = append(orders, "typo")
	}
	return orders
}

// cabinet is where a node finds cases. A call stops before and after the write, and a node that has
// died there writes nothing.
type cabinet struct {
	cases.Kept
	l *life
}

// Open stores a case that is new.
func (k cabinet) Open(ctx context.Context, c catalog.Case) (catalog.Case, error) {
	return k.write(ctx, "Create", func(ctx context.Context) (catalog.Case, error) { return k.Kept.Open(ctx, c) })
}

// Update stores what was decided about a case.
func (k cabinet) Update(ctx context.Context, c catalog.Case) (catalog.Case, error) {
	return k.write(ctx, "Update", func(ctx context.Context) (catalog.Case, error) { return k.Kept.Update(ctx, c) })
}

// Later says when a case is looked at again.
func (k cabinet) Later(ctx context.Context, c catalog.Case, moment time.Time) error {
	_, err := k.write(ctx, "Update", func(ctx context.Context) (catalog.Case, error) { return c, k.Kept.Later(ctx, c, moment) })
	return err
}

func (k cabinet) write(ctx context.Context, what string, do func(context.Context) (catalog.Case, error)) (catalog.Case, error) {
	return at(ctx, desk{l: k.l}, what, func() (catalog.Case, error) { return askUncancelled(ctx, do) })
}

// Get returns a case.
func (k cabinet) Get(ctx context.Context, tenant, id string) (catalog.Case, error) {
	return askUncancelled(ctx, func(ctx context.Context) (catalog.Case, error) { return k.Kept.Get(ctx, tenant, id) })
}

// Due returns cases that are to be looked at.
func (k cabinet) Due(ctx context.Context, moment time.Time, limit int) ([]catalog.Case, error) {
	return askUncancelled(ctx, func(ctx context.Context) ([]catalog.Case, error) { return k.Kept.Due(ctx, moment, limit) })
}

// askUncancelled asks the database unless the caller is gone already. The database's treatment of a caller
// that leaves meanwhile may differ from run to run.
func askUncancelled[T any](ctx context.Context, do func(context.Context) (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		var none T
		return none, err
	}
	return do(context.WithoutCancel(ctx))
}

// HasPlanted reports whether the node has the bug.
func (k cabinet) HasPlanted(bug string) bool { return k.l.w.cfg.Planted == bug }

// decides opens the room where cases are decided, and returns the function that runs it.
func (l *life) decides(rooms *server.Rooms, engines []engine.Engine, log *slog.Logger, spread func(time.Duration) time.Duration) (run func(context.Context)) {
	w := l.w
	held := view.NewReservations(engines, l.node.clock.Wall)
	books, _ := rooms.Books.(cases.Books)
	desk := cases.New(cabinet{w.cases, l}, rooms.Door, books)
	rooms.Cases, rooms.Reservations = desk, held
	opening := feed.NewRunner(log, "cases", 100*time.Millisecond, time.Second)
	opening.SetRandom(spread)
	desk.Project(opening, feed.NewLogs(engines))
	return func(ctx context.Context) {
		w.all.Go(func() {
			if err := opening.Run(withCaller(l.ctx, l.name+"/cases")); err != nil && !errors.Is(err, context.Canceled) {
				l.fell(err)
			}
		})
		w.all.Go(func() {
			_ = duty.New(log, desk.Duty()).Run(withCaller(ctx, l.name+"/desk")) // it ends with ctx
		})
	}
}

// caseAudits ask for all cases, and for each by itself.
func caseAudits(w *world) ([]command, error) {
	if !w.shortages {
		return nil, nil
	}
	all, err := w.cases.List(w.ctx, catalog.CaseQuery{Tenant: catalog.DefaultTenant, Limit: 500})
	var asks []command
	for i := range all {
		asks = append(asks, command{verb: "case", version: -1, sundry: &sundry{ruling: &ruling{id: all[i].ID}, method: "GET", path: fmt.Sprint("/v1/cases/", all[i].ID)}})
	}
	return asks, err
}
