package intake_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// blank are books that carry out everything but what is about product "stuck".
type blank struct{}

var errAway = errors.New("the database is away")

func (blank) Submit(_ context.Context, requests ...ledger.Request) []ledger.Result {
	results := make([]ledger.Result, len(requests))
	for i, r := range requests {
		results[i].Event = &stock.Event{Op: r.Command.Op()}
		for _, k := range r.Command.Reach().Items {
			if k.Product == "stuck" {
				results[i] = ledger.Result{Err: errAway}
			}
		}
	}
	return results
}

// shelf knows every product. It is away for exact questions about units.
type shelf struct{}

func (shelf) KnownAll(_ context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error) {
	known := make([]catalog.Knowledge, len(refs))
	for i := range known {
		known[i] = catalog.Knowledge{Product: true, Location: true}
	}
	return known, nil
}
func (shelf) KnowAll(context.Context, []catalog.Introduction) []catalog.Answer { return nil }
func (shelf) Product(context.Context, string, string) (catalog.Product, error) {
	return catalog.Product{}, catalog.ErrUnavailable
}
func (shelf) Places(context.Context, string) ([]catalog.Place, error) { return nil, nil }

// RecallsAt are none.
func (shelf) RecallsAt(context.Context, string, string, string) ([]stock.RecallRule, error) {
	return nil, nil
}

// kitchen takes "kit" for a kit. Nobody can choose for the orders "contended".
type kitchen struct{}

func (kitchen) KitAmong(_ context.Context, _ string, products []string) (string, error) {
	for _, p := range products {
		if p == "kit" {
			return p, nil
		}
	}
	return "", nil
}

func (k kitchen) HadKit(ctx context.Context, tenant string, products []string) (bool, error) {
	kit, err := k.KitAmong(ctx, tenant, products)
	return kit != "", err
}

func (kitchen) Reserve(_ context.Context, r fulfil.Reserve) (*fulfil.Answer, error) {
	if strings.HasPrefix(r.Order.Order, "contended") {
		return &fulfil.Answer{}, fulfil.ErrContended
	}
	return &fulfil.Answer{Result: ledger.Result{Event: &stock.Event{Op: stock.OpPlace}}}, nil
}

func (kitchen) ChangeOrder(context.Context, fulfil.OrderChange) (*fulfil.KitChanged, bool, error) {
	return nil, false, nil
}

func (kitchen) ChangeKit(context.Context, fulfil.KitChange) (*fulfil.KitChanged, bool, error) {
	return nil, false, nil
}

// Later asks about the same order or product as one without an outcome are not carried
// out, wherever that ask failed.
func TestAsksAfterOneWithoutOutcomeAreHeldBack(t *testing.T) {
	t.Parallel()
	item := func(product string) stock.ItemKey {
		return stock.ItemKey{Tenant: "t", Location: "l", Product: product}
	}
	restock := func(product string) intake.Ask {
		return intake.Ask{Command: &stock.Restock{Item: item(product), Qty: 1}, Existing: true}
	}
	reserve := func(order string, products ...string) intake.Ask {
		p := &stock.Place{Order: stock.OrderKey{Tenant: "t", Order: order}, TTL: 60_000}
		for _, product := range products {
			p.Lines = append(p.Lines, stock.Demand{Item: item(product), Qty: 1})
		}
		return intake.Ask{Command: p}
	}
	deduct := func(order string) intake.Ask {
		return intake.Ask{Command: &stock.Confirm{Target: stock.Target{Order: stock.OrderKey{Tenant: "t", Order: order}}}}
	}
	sourced := func(a intake.Ask) intake.Ask { a.Sourcing = &fulfil.Rules{}; return a }
	refused := func(a intake.Ask, err error) intake.Ask { a.Refused = err; return a }
	unanswered := func(a intake.Ask) intake.Ask { a.Refused, a.Unanswered = errAway, true; return a }
	decimal := func(a intake.Ask) intake.Ask {
		a.Decimals = []intake.Decimal{{Field: "quantity", Text: "1.5", To: &a.Command.(*stock.Restock).Qty}}
		return a
	}
	for name, c := range map[string]struct {
		asks []intake.Ask
		want string // of each ask: u, it has no outcome; h, it is held back; n, it is refused; y, it is carried out
	}{
		"the caller could not make it":        {[]intake.Ask{restock("p"), unanswered(deduct("o")), restock("p"), reserve("o", "q")}, "yuhh"},
		"nor say what it is about":            {[]intake.Ask{restock("p"), unanswered(intake.Ask{}), restock("q"), deduct("o")}, "yuhh"},
		"it was refused":                      {[]intake.Ask{refused(restock("p"), &catalog.InvalidError{}), restock("p")}, "ny"},
		"its product could not be looked up":  {[]intake.Ask{decimal(restock("p")), restock("q"), reserve("o", "p"), deduct("o"), deduct("other")}, "uyhhh"},
		"its choice was contended":            {[]intake.Ask{sourced(reserve("contended", "p")), restock("q"), deduct("contended"), restock("p"), reserve("o", "p")}, "uyhhh"},
		"its kit was contended":               {[]intake.Ask{reserve("contended", "kit"), restock("p")}, "uh"},
		"the books did not answer in a turn":  {[]intake.Ask{restock("stuck"), sourced(reserve("o", "stuck")), restock("p"), reserve("n", "p")}, "uhyy"},
		"two in a chain, and one beside them": {[]intake.Ask{decimal(restock("p")), reserve("o", "p", "q"), restock("q"), restock("r")}, "uhhy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			outcomes, err := intake.New(blank{}, shelf{}, kitchen{}).Submit(t.Context(), "t", c.asks)
			if err != nil {
				t.Fatal(err)
			}
			got, why := "", ""
			for _, o := range outcomes {
				var invalid *catalog.InvalidError
				switch {
				case errors.Is(o.Err, ledger.ErrHeldBack):
					got += "h"
				case errors.As(o.Err, &invalid):
					got += "n"
				case o.Err != nil:
					got += "u"
				default:
					got += "y"
				}
				why += fmt.Sprintln(o.Err)
			}
			if got != c.want {
				t.Errorf("%s, want %s:\n%s", got, c.want, why)
			}
		})
	}
}
