package replay

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// books is the server's report about the run's stock.
type books struct {
	onHand []int64 // per shelf; missing where the server lists none
	known  int     // how many of the shelves it lists
	shares sharing // per SKU, of Channels
}

// readBooks reads the server's report about the run's stock.
func (r *processRun) readBooks(ctx context.Context) (*books, error) {
	b := &books{onHand: make([]int64, len(r.Stock))}
	for shelf := range b.onHand {
		b.onHand[shelf] = missing
	}
	numbers := make(map[string]int32, len(r.Open))
	for _, sku := range r.Open {
		numbers[r.product(sku)] = sku
	}
	for site := range int32(r.sites()) {
		if err := r.readSite(ctx, b, numbers, site); err != nil {
			return nil, fmt.Errorf("list inventory: %w", err)
		}
	}
	if r.Mode != Channels {
		return b, nil
	}
	var err error
	b.shares, err = r.readShares(ctx, b.onHand)
	return b, err
}

// readSite pages through the server's list of a site.
func (r *processRun) readSite(ctx context.Context, b *books, numbers map[string]int32, site int32) error {
	location := r.saved.Location
	if r.Mode == Warehouses {
		location = r.location(site)
	}
	for token := ""; ; {
		page, err := r.target.List(ctx, location, token)
		if err != nil {
			// A server that does not know the location does not know the run either.
			if refusal, ok := asRefusal(err); ok && refusal.Code == codeNotFound && token == "" {
				return nil
			}
			return err
		}
		for _, level := range page.Items {
			sku, ours := numbers[level.ProductID]
			if !ours || level.LocationID != location {
				continue
			}
			shelf := r.shelf(sku, site)
			if b.onHand[shelf] == missing {
				b.known++
			}
			b.onHand[shelf] = level.OnHand
		}
		if page.Next == "" {
			return nil
		}
		if page.Next == token {
			return fmt.Errorf("page %q is followed by itself", token)
		}
		token = page.Next
	}
}

// missing is the stock of a shelf that the server does not list.
const missing = -1

// summary compares the books with the answers and sums up the run.
func (r *processRun) summary(b *books, verified bool) (*Summary, error) {
	listed := make([]int64, len(b.onHand))
	for shelf, units := range b.onHand {
		listed[shelf] = max(units, 0) // missing counts as nothing
	}
	s := &Summary{
		Settings: r.Settings, FileSHA256: r.FileSHA256,
		Figures: r.tally.figures(listed), Oversold: r.tally.oversold(r.inOrder()),
		Differences: r.differences(b.onHand), Pace: r.saved.Pace,
		Resumed: r.resumed, Verified: verified,
	}
	if s.Pace == (Pace{}) {
		s.Pace = r.pace()
	}
	switch r.Mode {
	case Flash:
		s.Flash = r.tally.flashSummary(listed)
	case Channels:
		var wrong []string
		s.Channels, wrong = r.tally.channelsSummary(b.shares, listed)
		s.Differences = append(s.Differences, summarize(wrong)...)
	case Warehouses:
		s.Warehouses = r.tally.warehousesSummary(listed)
	}
	return s, s.Err()
}

// Wrong names every deviation from the answers and the expected results; a good run has
// none.
func (s *Summary) Wrong() []string {
	if s.Oversold == 0 {
		return s.Differences
	}
	return append([]string{fmt.Sprintf("%d units were sold that were not there", s.Oversold)}, s.Differences...)
}

// Err is nil if nothing is Wrong, else an ErrDifference.
func (s *Summary) Err() error {
	if wrong := s.Wrong(); len(wrong) > 0 {
		return fmt.Errorf("%w: %s", ErrDifference, strings.Join(wrong, "; "))
	}
	return nil
}

// shownDifferences bounds the SKUs named one by one.
const shownDifferences = 20

// summarize is the first of found, and the number of the others.
func summarize(found []string) []string {
	if more := len(found) - shownDifferences; more > 0 {
		return append(found[:shownDifferences:shownDifferences], fmt.Sprintf("%d more SKUs differ", more))
	}
	return found
}

// differences names the SKUs whose stock differs from the sum of the answers: an effect was
// lost or doubled, or another program moved stock.
func (r *processRun) differences(onHand []int64) []string {
	found := []string{}
	for n := range r.shelves() {
		sku, site := r.opened(n)
		shelf := r.shelf(sku, site)
		want, got := r.tally.onHand[shelf], onHand[shelf]
		name := fmt.Sprintf("sku %q", r.SKUs[sku])
		if r.Mode == Warehouses {
			name += " at " + r.location(site)
		}
		switch {
		case want == got:
		case got == missing:
			found = append(found, fmt.Sprintf("%s is not listed, but the answers leave %d on hand", name, want))
		default:
			found = append(found, fmt.Sprintf("%s has %d on hand, but the answers leave %d", name, got, want))
		}
	}
	return summarize(found)
}

// pace sums up the speed of the run so far.
func (r *processRun) pace() Pace {
	p := Pace{
		Transport: r.options.Transport, Workers: r.options.Workers,
		Seconds:  r.before.Seconds + time.Since(r.began).Seconds(),
		Commands: r.before.Commands + r.load.commands.Load(),
		Calls:    r.before.Calls + r.load.calls.Load(),
		Retries:  r.before.Retries + r.target.retries.Load(),
		Replayed: r.before.Replayed + r.load.replayed.Load(),
	}
	seconds := max(p.Seconds, 1e-9) // an empty run must not divide by zero
	p.PerSecond = float64(p.Commands) / seconds
	p.LinesPerSecond = float64(r.tally.SaleLines+r.tally.CancelLines+r.tally.AdjustLines) / seconds
	p.LatencyP50, p.LatencyP99, p.LatencyP999 = r.millis(0.5), r.millis(0.99), r.millis(0.999)
	return p
}

func (r *processRun) millis(q float64) float64 {
	return float64(r.latency.quantile(q)) / float64(time.Millisecond)
}
