package replay

import (
	"context"
	"fmt"
	"strings"
	"time"
)

// readBooks pages through the server's list and returns the stock on hand of
// each SKU of the run, and how many of them the server knows.
func (r *run) readBooks(ctx context.Context) (onHand []int64, known int, err error) {
	numbers := make(map[string]int32, len(r.Open))
	for _, sku := range r.Open {
		numbers[r.product(sku)] = sku
	}
	onHand = make([]int64, len(r.SKUs))
	for sku := range onHand {
		onHand[sku] = missing
	}
	location := r.saved.Location
	for token := ""; ; {
		page, err := r.target.List(ctx, location, token)
		if err != nil {
			// A server that does not know the location knows nothing of the run.
			if refusal, ok := asRefusal(err); ok && refusal.Code == codeNotFound && token == "" {
				return onHand, 0, nil
			}
			return nil, 0, fmt.Errorf("list inventory: %w", err)
		}
		for _, level := range page.Items {
			sku, ours := numbers[level.ProductID]
			if !ours || level.LocationID != location {
				continue
			}
			if onHand[sku] == missing {
				known++
			}
			onHand[sku] = level.OnHand
		}
		if page.Next == "" {
			return onHand, known, nil
		}
		if page.Next == token {
			return nil, 0, fmt.Errorf("list inventory: page %q is followed by itself", token)
		}
		token = page.Next
	}
}

// missing stands for the stock of a SKU that the server does not list.
const missing = -1

// summary compares the books with the answers and sums up the run.
func (r *run) summary(onHand []int64, verified bool) (*Summary, error) {
	listed := make([]int64, len(onHand))
	for sku, units := range onHand {
		listed[sku] = max(units, 0) // missing counts as nothing
	}
	s := &Summary{
		Settings: r.Settings, FileSHA256: r.FileSHA256,
		Figures: r.tally.figures(listed), Oversold: r.tally.oversold(r.inOrder()),
		Differences: r.differences(onHand), Pace: r.saved.Pace,
		Resumed: r.resumed, Verified: verified,
	}
	if s.Pace == (Pace{}) {
		s.Pace = r.pace()
	}
	if r.Mode == Flash {
		s.Flash = r.tally.flashSummary(listed)
	}
	return s, s.Err()
}

// Wrong names everything that is not as the answers and the expected results
// say; nothing is what a good run has.
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

// differences names the SKUs whose stock is not what the answers add up to:
// an effect was lost, or had twice, or somebody else moved stock.
func (r *run) differences(onHand []int64) []string {
	found := []string{}
	more := 0
	for _, sku := range r.Open {
		want, got := r.tally.onHand[sku], onHand[sku]
		switch {
		case want == got:
		case len(found) == shownDifferences:
			more++
		case got == missing:
			found = append(found, fmt.Sprintf("sku %q is not listed, but the answers leave %d on hand", r.SKUs[sku], want))
		default:
			found = append(found, fmt.Sprintf("sku %q has %d on hand, but the answers leave %d", r.SKUs[sku], got, want))
		}
	}
	if more > 0 {
		found = append(found, fmt.Sprintf("%d more SKUs differ", more))
	}
	return found
}

// pace sums up how fast the run went up to now.
func (r *run) pace() Pace {
	p := Pace{
		Transport: r.options.Transport, Workers: r.options.Workers,
		Seconds:  r.before.Seconds + time.Since(r.began).Seconds(),
		Commands: r.before.Commands + r.load.commands.Load(),
		Calls:    r.before.Calls + r.load.calls.Load(),
		Retries:  r.before.Retries + r.target.retries.Load(),
		Replayed: r.before.Replayed + r.load.replayed.Load(),
	}
	seconds := max(p.Seconds, 1e-9) // a run of nothing must not divide by it
	p.PerSecond = float64(p.Commands) / seconds
	p.LinesPerSecond = float64(r.tally.SaleLines+r.tally.CancelLines+r.tally.AdjustLines) / seconds
	p.LatencyP50, p.LatencyP99, p.LatencyP999 = r.millis(0.5), r.millis(0.99), r.millis(0.999)
	return p
}

func (r *run) millis(q float64) float64 {
	return float64(r.latency.quantile(q)) / float64(time.Millisecond)
}
