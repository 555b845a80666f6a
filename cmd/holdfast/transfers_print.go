package main

import (
	"context"
	"fmt"
	"strings"

	"holdfast.dev/holdfast/client"
)

// transferReceipt reads PRODUCT=QUANTITY[,lost=N][,surplus=N].
func transferReceipt(arg string) (r client.TransferReceipt, err error) {
	product, figures, err := pair(arg, "bulb=40 or bulb=26,lost=4")
	if err != nil {
		return r, err
	}
	r.ProductID = product
	given := map[string]bool{}
	for said := range strings.SplitSeq(figures, ",") {
		name, value, named := strings.Cut(said, "=")
		if !named {
			name, value = "quantity", said
		}
		if given[name] {
			return r, fmt.Errorf("%q says its %s twice", arg, name)
		}
		given[name] = true
		n, decimal, err := units(value)
		switch name {
		case "quantity":
			r.Quantity, r.Decimal = n, decimal
		case "lost":
			r.Lost, r.LostDecimal = n, decimal
		case "surplus":
			r.Surplus, r.SurplusDecimal = n, decimal
		default:
			return r, fmt.Errorf("%q: there is no %q: a number, lost=N or surplus=N is", arg, name)
		}
		if err != nil {
			return r, fmt.Errorf("%q: %w", arg, err)
		}
	}
	return r, nil
}

// replenishRule reads PRODUCT=MIN..TARGET.
func replenishRule(arg string) (r client.ReplenishRule, err error) {
	product, figures, _ := strings.Cut(arg, "=")
	least, target, ok := strings.Cut(figures, "..")
	if product == "" || !ok {
		return r, fmt.Errorf("%q is not like bulb=50..120", arg)
	}
	r.ProductID = product
	if r.Min, r.MinDecimal, err = units(least); err == nil {
		r.Target, r.TargetDecimal, err = units(target)
	}
	if err != nil {
		return r, fmt.Errorf("%q: %w", arg, err)
	}
	return r, nil
}

// transfers is the table of transfers.
func (c *transfersConfig) transfers() *table {
	return c.table("transfer", "from", "to", "channel", "state", "lines", "requested", "in transit", "expected")
}

func (c *transfersConfig) transfer(t *table, tr *client.Transfer) {
	var requested, underway sums
	for _, l := range tr.Lines {
		u := declared{l.Unit, l.Scale}
		requested, underway = requested.add(u.amount(l.Requested)), underway.add(u.amount(l.InTransit))
	}
	state := c.cell(string(tr.State))
	if tr.Pending {
		state += ", " + c.cell("a step is being completed")
	}
	t.row(tr.TransferID, tr.FromLocationID, tr.ToLocationID, tr.ChannelID, state, len(tr.Lines), requested, underway, formatTime(tr.ExpectedAt))
}

// print prints a transfer, its lines and what happened to it.
func (c *transfersConfig) print(tr *client.Transfer, err error) error {
	if err != nil {
		return err
	}
	head := c.transfers()
	c.transfer(head, tr)
	lines := c.amounts("product", "requested", "shipped", "received", "lost", "surplus", "returned", "in transit")
	for _, l := range tr.Lines {
		u := declared{l.Unit, l.Scale}
		lines.row(l.ProductID, u.amount(l.Requested), u.amount(l.Shipped), u.amount(l.Received), u.amount(l.Lost), u.amount(l.Surplus), u.amount(l.Returned), u.amount(l.InTransit))
	}
	if err := c.document(nil, head, lines); err != nil || c.JSON || c.CSV || len(tr.History) == 0 {
		return err
	}
	if _, err := fmt.Fprintln(c.out); err != nil {
		return err
	}
	steps := c.table("at", "step", "outcome", "by", "note")
	for _, s := range tr.History {
		note := s.Detail
		if note == "" {
			note = s.Reason
		}
		steps.row(formatTime(s.At), c.cell(s.Action), c.cell(s.Outcome), s.Operator, note)
	}
	return steps.Flush()
}

// printReplenished prints the requested transfers, then the products that no location had.
func (c *transfersConfig) printReplenished(ctx context.Context, done *client.Replenished) error {
	t := c.amounts("transfer", "from", "to", "product", "requested")
	if err := c.tell(nil, t, func() {
		for i := range done.Transfers {
			tr := &done.Transfers[i]
			for _, l := range tr.Lines {
				t.row(tr.TransferID, tr.FromLocationID, tr.ToLocationID, l.ProductID, declared{l.Unit, l.Scale}.amount(l.Requested))
			}
		}
	}); err != nil {
		return err
	}
	for _, s := range done.Shortages {
		u := c.unitOf(ctx, s.ProductID)
		fmt.Fprintf(c.errOut, c.words.translate("%s at %s: %s asked, %s available")+"\n", s.ProductID, s.LocationID, u.amount(s.Requested), u.amount(s.Available))
	}
	return nil
}
