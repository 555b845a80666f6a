package restaurant

import (
	"context"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/client"
)

// Open opens the stock of the day at the centre.
func Open(ctx context.Context, centre *client.Client, d *Day) error {
	for _, ingredient := range d.Ingredients() {
		if _, err := centre.Create(ctx, client.Create{ProductID: ingredient, LocationID: Location, AvailableStock: d.Opening[ingredient]}); err != nil {
			return fmt.Errorf("open the stock of %s: %w", ingredient, err)
		}
	}
	return nil
}

// readOrders reads what has left with each order, by the order's name at the centre.
func readOrders(ctx context.Context, centre *client.Client) (map[string]map[string]int64, error) {
	orders := map[string]map[string]int64{}
	for r, err := range centre.AllHolds(ctx, client.Holds{LocationID: Location, State: string(client.Confirmed), PageSize: 500}) {
		if err != nil {
			return nil, fmt.Errorf("read the orders at the centre: %w", err)
		}
		if orders[r.OrderID] == nil {
			orders[r.OrderID] = map[string]int64{}
		}
		orders[r.OrderID][r.ProductID] += r.Deducted
	}
	return orders, nil
}

// waitMost is how long the books may take to agree once the line is back.
const waitMost = 90 * time.Second

// look is the time between two checks whether the books agree.
const look = 100 * time.Millisecond

// WaitForShares waits until each till has units of every ingredient.
func (r *Replay) WaitForShares(ctx context.Context) error {
	return poll(ctx, func() (string, error) {
		for i := range r.Counters {
			c := &r.Counters[i]
			for _, ingredient := range r.Day.Ingredients() {
				if c.TillID == "" {
					continue
				}
				units, err := balance(ctx, c.Shop, ingredient, client.SharedPool)
				if err != nil {
					return "", err
				}
				if units == 0 {
					return fmt.Sprintf("%s has no %s yet", c.Name, ingredient), nil
				}
			}
		}
		return "", nil
	})
}

// WaitUntilAgreed waits until the centre knows all sales, and each till has the units that the
// centre's books give it.
func (r *Replay) WaitUntilAgreed(ctx context.Context) error {
	return poll(ctx, func() (string, error) {
		orders, err := readOrders(ctx, r.Centre)
		if err != nil {
			return "", err
		}
		if heard, sold := len(orders), len(r.Day.Orders); heard != sold {
			return fmt.Sprintf("the centre has %d orders, %d were sold", heard, sold), nil
		}
		for i := range r.Counters {
			if differ, err := r.differ(ctx, &r.Counters[i]); differ != "" || err != nil {
				return differ, err
			}
		}
		return "", nil
	})
}

// differ returns where the books of a till and those of the centre differ, "" for nowhere.
func (r *Replay) differ(ctx context.Context, c *Counter) (string, error) {
	if c.TillID == "" {
		return "", nil
	}
	for _, ingredient := range r.Day.Ingredients() {
		escrow, err := balance(ctx, r.Centre, ingredient, client.Account("escrow/"+c.TillID+"/")+client.SharedPool)
		if err != nil {
			return "", err
		}
		pool, err := balance(ctx, c.Shop, ingredient, client.SharedPool)
		if err != nil {
			return "", err
		}
		if pool != escrow {
			return fmt.Sprintf("%s has %d of %s, and the centre says %d", c.Name, pool, ingredient, escrow), nil
		}
	}
	return "", nil
}

// balance is how many units of the ingredient are in the account.
func balance(ctx context.Context, books *client.Client, ingredient string, account client.Account) (units int64, err error) {
	p, err := books.Accounts.Get(ctx, client.Accounts{ProductID: ingredient, LocationID: Location})
	if err != nil && !errors.Is(err, client.ErrNotFound) {
		return 0, fmt.Errorf("read the accounts of %s: %w", ingredient, err)
	}
	if err == nil {
		for i := range p.Items {
			units += p.Items[i].Balances[account]
		}
	}
	return units, nil
}

// poll repeats the check until nothing is missing.
func poll(ctx context.Context, missing func() (string, error)) error {
	ctx, cancel := context.WithTimeout(ctx, waitMost)
	defer cancel()
	tick := time.NewTicker(look)
	defer tick.Stop()
	last := ""
	for {
		what, err := missing()
		switch {
		case err != nil && ctx.Err() == nil:
			return err
		case err == nil && what == "":
			return nil
		case what != "":
			last = what
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("after %s %s: %w", waitMost, last, ctx.Err())
		case <-tick.C:
		}
	}
}
