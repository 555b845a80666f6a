package restaurant

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/client"
)

// declined is how many online orders there are for each one that is declined. The guest of that one
// orders at a till instead.
const declined = 8

// route says at which counter an order is placed, and at which it is sold. The two differ for an online order that is
// declined: the last till, whose line stays up, declines it and sells it at its counter.
func route(counters []Counter, i int) (placed, sold int) {
	placed = i % len(counters)
	sold = placed
	if tills := tillsOf(counters); counters[placed].TillID == "" && len(tills) > 0 && i/len(counters)%declined == 0 {
		sold = tills[len(tills)-1]
	}
	return placed, sold
}

// tillsOf are the counters that have a till.
func tillsOf(counters []Counter) (tills []int) {
	for i := range counters {
		if counters[i].TillID != "" {
			tills = append(tills, i)
		}
	}
	return tills
}

// online is the outcome of the online orders.
type online struct {
	served   []int // by counter, those that a till accepted
	declined int
}

// sellOnline carries an order from the centre to a till that serves it: reserved and paid at the centre, accepted and
// handed over at the till. Each call is sent so many times.
func (r *Replay) sellOnline(ctx context.Context, o *Order, at *Counter, by, times int) error {
	if err := at.place(ctx, o, times); err != nil {
		return err
	}
	till := &r.Counters[by]
	for range times {
		if _, err := till.Shop.Tills.Accept(ctx, o.ID); err != nil {
			return fmt.Errorf("%s accepts order %s: %w", till.Name, o.ID, err)
		}
		if _, err := till.Shop.Deduct(ctx, client.Deduct{OrderID: o.ID + "@centre"}); err != nil {
			return fmt.Errorf("%s serves order %s: %w", till.Name, o.ID, err)
		}
	}
	r.online.served[by]++
	return nil
}

// decline places an order online that the till at the counter declines and then sells itself.
func (r *Replay) decline(ctx context.Context, o *Order, at, instead *Counter, times int) error {
	if err := at.place(ctx, o, times); err != nil {
		return err
	}
	if err := instead.Shop.Tills.Decline(ctx, o.ID, "too much to do"); err != nil {
		return fmt.Errorf("%s declines order %s: %w", instead.Name, o.ID, err)
	}
	r.online.declined++
	return instead.sell(ctx, o, times)
}

// kitchen is the counter whose till serves the next online order: each in turn, but the first one only while its line
// is up.
func (r *Replay) kitchen(cut bool) int {
	tills := tillsOf(r.Counters)
	if cut && tills[0] == 0 {
		tills = tills[1:]
	}
	sum := 0
	for _, n := range r.online.served {
		sum += n
	}
	return tills[sum%len(tills)]
}

// finishOnline prints the outcome of the online orders.
func (r *Replay) finishOnline() {
	tills := tillsOf(r.Counters)
	if len(tills) == 0 {
		return
	}
	fmt.Fprint(r.Out, "online orders:")
	for _, n := range tills {
		fmt.Fprintf(r.Out, " %d served by %s,", r.online.served[n], r.Counters[n].Name)
	}
	fmt.Fprintf(r.Out, " %d declined by %s and sold there\n", r.online.declined, r.Counters[tills[len(tills)-1]].Name)
}

// checkDeclined notes the declined orders that still hold something at the centre, or took something.
func (f *Figures) checkDeclined(ctx context.Context, r *Replay) error {
	for i := range r.Day.Orders {
		placed, sold := route(r.Counters, i)
		if placed == sold {
			continue
		}
		o, err := r.Centre.Order(ctx, r.Day.Orders[i].ID)
		if err != nil {
			return fmt.Errorf("read the declined order %s: %w", r.Day.Orders[i].ID, err)
		}
		for n := range o.Reservations {
			if l := &o.Reservations[n]; l.State != client.Cancelled {
				f.wrong = append(f.wrong, fmt.Sprintf("order %s was declined, and is %s", o.OrderID, l.State))
			}
		}
	}
	return nil
}
