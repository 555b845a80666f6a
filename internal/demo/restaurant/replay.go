package restaurant

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"holdfast.dev/holdfast/client"
)

// Location is where the restaurant's stock is.
const Location = "restaurant"

// Counter is where guests order.
type Counter struct {
	Name string
	Shop *client.Client // of the server that sells: a till, or the centre
	// TillID is the till that sells; empty: the centre does.
	TillID string
}

// atCentre is the name of a counter's order in the books of the centre.
func (c *Counter) atCentre(order string) string {
	if c.TillID == "" {
		return order
	}
	return order + "@" + c.TillID
}

// place reserves an order and pays it. Each call is sent so many times.
func (c *Counter) place(ctx context.Context, o *Order, times int) error {
	items := make([]client.Item, len(o.Lines))
	for i, l := range o.Lines {
		items[i] = client.Item{ProductID: l.Ingredient, LocationID: Location, Quantity: l.Units}
	}
	return c.call(o, times,
		func() (*client.Order, error) { return c.Shop.Reserve(ctx, client.Reserve{OrderID: o.ID, Items: items}) },
		func() (*client.Order, error) { return c.Shop.Commit(ctx, client.Commit{OrderID: o.ID}) })
}

// sell carries one order through its life: reserved, paid, handed over. Each call is sent so
// many times.
func (c *Counter) sell(ctx context.Context, o *Order, times int) error {
	if err := c.place(ctx, o, times); err != nil {
		return err
	}
	return c.call(o, times, func() (*client.Order, error) { return c.Shop.Deduct(ctx, client.Deduct{OrderID: o.ID}) })
}

// call sends each call so many times.
func (c *Counter) call(o *Order, times int, calls ...func() (*client.Order, error)) error {
	for _, call := range calls {
		for range times {
			if _, err := call(); err != nil {
				return fmt.Errorf("order %s at %s: %w", o.ID, c.Name, err)
			}
		}
	}
	return nil
}

// Wire is the line between the first counter's till and the centre.
type Wire interface {
	// Cut ends what is under way on the line and lets nothing through until Mend.
	Cut()
	Mend()
}

// The line is down in these hours of the day, the second one not included.
const (
	cutFrom = 13
	cutTo   = 19
)

// repeated is how many orders there are for each one whose calls are sent twice, as by a caller
// that lost the answer.
const repeated = 5

// Replay is a day to be replayed.
type Replay struct {
	Day      *Day
	Counters []Counter // orders go to them in turn; Wire is the line of the first one
	Centre   *client.Client
	// Wire is nil for a line that stays up all day.
	Wire Wire
	// Speed is how many times as fast as the clock it goes; 0 is without pauses.
	Speed float64
	Out   io.Writer

	online online
}

// Run sells all orders of the day. It prints a line per hour: what each counter sold.
func (r *Replay) Run(ctx context.Context) error {
	r.header()
	r.online.served = make([]int, len(r.Counters))
	h := &hour{sold: make([]tally, len(r.Counters))}
	began := time.Now()
	var unreported []string // of the first counter, sold while its line was cut
	for i := range r.Day.Orders {
		o := &r.Day.Orders[i]
		for h.at < o.At.Hour() {
			r.finish(h)
			h.at++
			if err := r.switchLine(ctx, h, unreported); err != nil {
				return err
			}
		}
		if err := r.pause(ctx, began, o.At.Sub(r.Day.Orders[0].At)); err != nil {
			return err
		}
		_, n := route(r.Counters, i)
		if err := r.sell(ctx, i, h.cut); err != nil {
			return err
		}
		h.sold[n].orders++
		h.sold[n].dishes += o.Dishes
		if n == 0 && h.cut {
			unreported = append(unreported, r.Counters[0].atCentre(o.ID))
		}
	}
	r.finish(h)
	r.finishOnline()
	if h.cut { // a day that ends early
		return r.mend(ctx, h, unreported)
	}
	return nil
}

// sell sells an order of the day where it is to be sold.
func (r *Replay) sell(ctx context.Context, i int, cut bool) error {
	o := &r.Day.Orders[i]
	placed, sold := route(r.Counters, i)
	at := &r.Counters[placed]
	times := 1
	if i%repeated == 0 {
		times = 2
	}
	switch {
	case placed != sold:
		return r.decline(ctx, o, at, &r.Counters[sold], times)
	case at.TillID == "" && len(tillsOf(r.Counters)) > 0:
		return r.sellOnline(ctx, o, at, r.kitchen(cut), times)
	}
	return at.sell(ctx, o, times)
}

// hour is one hour of the day.
type hour struct {
	at   int
	cut  bool
	sold []tally // by counter
}

type tally struct{ orders, dishes int }

func (t tally) String() string { return fmt.Sprintf("%6d %6d", t.orders, t.dishes) }

// pause waits for the time of an event that happens this long after the day's first order.
func (r *Replay) pause(ctx context.Context, began time.Time, after time.Duration) error {
	if r.Speed == 0 {
		return ctx.Err()
	}
	due := time.NewTimer(time.Until(began.Add(time.Duration(float64(after) / r.Speed))))
	defer due.Stop()
	select {
	case <-due.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// switchLine cuts the line, or mends it, when it is time to.
func (r *Replay) switchLine(ctx context.Context, h *hour, unreported []string) error {
	switch {
	case r.Wire == nil:
	case h.at == cutFrom:
		r.Wire.Cut()
		h.cut = true
		fmt.Fprintf(r.Out, "%02d:00   the line of %s to the centre is cut\n", h.at, r.Counters[0].Name)
	case h.at == cutTo:
		return r.mend(ctx, h, unreported)
	}
	return nil
}

// mend checks that the centre knows of nothing that was sold meanwhile, and lets the line through
// again.
func (r *Replay) mend(ctx context.Context, h *hour, unreported []string) error {
	known, err := readOrders(ctx, r.Centre)
	if err != nil {
		return err
	}
	for _, id := range unreported {
		if known[id] != nil {
			return fmt.Errorf("the centre knows order %s, which was sold while the line was cut: the cut cut nothing", id)
		}
	}
	fmt.Fprintf(r.Out, "%02d:00   the line is back; the centre has not heard of the %d orders that %s sold without it\n", h.at, len(unreported), r.Counters[0].Name)
	r.Wire.Mend()
	h.cut = false
	return nil
}

func (r *Replay) header() {
	names, columns := "       ", "hour   "
	for i := range r.Counters {
		names += fmt.Sprintf(" %13s  ", r.Counters[i].Name)
		columns += " orders dishes  "
	}
	fmt.Fprintf(r.Out, "\n%s\n%s line of %s\n", strings.TrimRight(names, " "), columns, r.Counters[0].Name)
}

// finish prints what was sold in the hour, if anything was, and begins anew.
func (r *Replay) finish(h *hour) {
	var line strings.Builder
	some := false
	for i := range h.sold {
		some = some || h.sold[i].orders > 0
		fmt.Fprintf(&line, " %v  ", h.sold[i])
		h.sold[i] = tally{}
	}
	if !some {
		return
	}
	state := "up"
	if h.cut {
		state = "cut"
	}
	fmt.Fprintf(r.Out, "%02d:00  %s %s\n", h.at, line.String(), state)
}
