package alert

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

const (
	// MaxTry is how much of the past a rule is tried over.
	MaxTry = 31 * 24 * time.Hour
	// MaxTryMoments is how many moments a try returns.
	MaxTryMoments = 1000
	// maxTryItems is for how many items a rule is tried.
	maxTryItems = 50
)

// Moment is when an alert would have fired, or been resolved.
type Moment struct {
	At                         time.Time
	Fired                      bool // false: it was resolved
	Value                      float64
	Product, Location, Channel string
}

// Tried is the effect that a rule would have had.
type Tried struct {
	Moments []Moment // the oldest first, at most MaxTryMoments
	Fired   int      // how often it would have fired
}

// Try evaluates a rule at the moments of the past at which it would have been evaluated,
// from a time until another. ErrUntold means that the past does not show what the rule
// watches, and says why.
func (d *Desk) Try(ctx context.Context, r catalog.AlertRule, from, until time.Time) (*Tried, error) {
	if err := Check(&r); err != nil {
		return nil, err
	}
	m := metricOf(r.Metric)
	c, err := compile(m, r.Condition)
	if err != nil {
		return nil, err
	}
	var pasts map[subject][]stretch
	switch r.Metric {
	case ReservedUnits, SoldUnits, Refused, ExpiredRate:
		pasts, err = d.readPastFlow(ctx, &r, from, until)
	case Available, SoldOut, Oversold:
		pasts, err = d.readPastItems(ctx, &r, from)
	default:
		err = fmt.Errorf("%w: of %s nothing is kept", ErrUntold, r.Metric)
	}
	if err != nil {
		return nil, err
	}
	t := &Tried{}
	r.SendTo = nil
	for s, past := range pasts {
		if err := t.simulate(ctx, &r, c, s, past, from, until); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.Moments, func(a, b Moment) int { return a.At.Compare(b.At) })
	t.Moments = t.Moments[:min(len(t.Moments), MaxTryMoments)]
	return t, nil
}

// stretch is the values of the variables of a subject from a time on; nil: there was no
// subject.
type stretch struct {
	from    time.Time
	numbers []float64
}

// simulate evaluates a rule about one subject.
func (t *Tried) simulate(ctx context.Context, r *catalog.AlertRule, c *condition, s subject, past []stretch, from, until time.Time) error {
	a, next := s.alert(r), 0
	found := subjectValue{subject: s}
	for at := catalog.Boundary(from.Add(-time.Millisecond), catalog.Period(Every)); at.Before(until); at = at.Add(Every) {
		fresh := false
		for next < len(past) && !past[next].from.After(at) {
			next, fresh = next+1, true
		}
		if fresh {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			found.set(c, past[next-1].numbers)
		}
		was := a.Phase
		step(r, "", &a, &found, at)
		switch {
		case a.Phase == was:
		case a.Phase == catalog.AlertFiring:
			t.Fired++
			t.Moments = append(t.Moments, Moment{at, true, a.Value, s.product, s.location, s.channel})
		case was == catalog.AlertFiring:
			t.Moments = append(t.Moments, Moment{at, false, a.Value, s.product, s.location, s.channel})
		}
	}
	return nil
}

// set makes a sample of variables.
func (s *subjectValue) set(c *condition, numbers []float64) {
	if s.known, s.holds = numbers != nil, false; s.known {
		s.value, s.holds = numbers[0], c.holds(numbers...)
	}
}

// readPastFlow returns the flow of each hour.
func (d *Desk) readPastFlow(ctx context.Context, r *catalog.AlertRule, from, until time.Time) (map[subject][]stretch, error) {
	all := hours{}
	if _, err := d.sum(ctx, r, lastHour(from).Add(-pastWeeks*week), until, all); err != nil {
		return nil, err
	}
	var past []stretch
	for begins := lastHour(from); begins.Add(time.Hour).Before(until); begins = begins.Add(time.Hour) {
		past = append(past, stretch{begins.Add(time.Hour), all.sample(r.Metric, begins)})
	}
	return map[subject][]stretch{ofRule(r): past}, nil
}

// readPastItems returns the past of the items of a product since a time: the entries of the journal
// from then on are undone.
func (d *Desk) readPastItems(ctx context.Context, r *catalog.AlertRule, from time.Time) (map[subject][]stretch, error) {
	switch {
	case r.Product == "":
		return nil, fmt.Errorf("%w of all products: name one with product_id", ErrUntold)
	case r.Channel != "":
		return nil, fmt.Errorf("%w for one channel: leave channel_id out", ErrUntold)
	}
	items := map[string]*pastItem{}
	o := &observation{rule: r}
	if err := d.forEachItem(ctx, o, func(it *stock.Item) {
		items[it.Key.Location] = &pastItem{metric: r.Metric, threshold: it.Threshold, figures: it.Figures(), oversold: -it.Of(stock.Oversold)}
	}); err != nil {
		return nil, err
	}
	if len(items) > maxTryItems {
		return nil, fmt.Errorf("%w of more than %d locations: name one with location_id", ErrUntold, maxTryItems)
	}
	err := d.entries(ctx, r, from, func(e *view.Entry) { items[e.Location].undo(e) })
	if errors.Is(err, errNotYet) {
		return nil, fmt.Errorf("%w yet: the journal has not caught up with the books", ErrUntold)
	}
	if err != nil {
		return nil, err
	}
	pasts := map[subject][]stretch{}
	for at, it := range items {
		it.note(time.Time{}, !it.opened)
		slices.Reverse(it.past)
		pasts[subject{product: r.Product, location: at}] = it.past
	}
	return pasts, nil
}

// pastItem is an item on the way back.
type pastItem struct {
	metric    string
	threshold stock.Qty
	figures   stock.Figures
	oversold  stock.Qty
	opened    bool      // it was opened in this time: before, it was not there
	past      []stretch // the newest first
}

// undo takes an entry back: the newest one that has not yet been undone. It may be of an item
// that is gone.
func (p *pastItem) undo(e *view.Entry) {
	if p == nil {
		return
	}
	p.figures = e.After
	p.note(time.UnixMilli(int64(e.At)), true)
	p.figures, p.opened = e.Before, e.Version == 1
	for _, m := range e.Postings {
		if m.From == stock.Oversold {
			p.oversold -= m.Qty
		}
		if m.To == stock.Oversold {
			p.oversold += m.Qty
		}
	}
}

// note notes what the item was from a time on.
func (p *pastItem) note(from time.Time, there bool) {
	s := stretch{from: from}
	if there {
		s.numbers = p.numbers()
	}
	p.past = append(p.past, s)
}

func (p *pastItem) numbers() []float64 {
	f := p.figures
	state := stock.CountedState(f.Available, p.threshold, p.oversold)
	switch p.metric {
	case Oversold:
		return []float64{float64(p.oversold)}
	case SoldOut:
		return []float64{oneIf(state == stock.SoldOut), float64(f.OnHand), float64(f.Held), oneIf(state == stock.IsOversold)}
	}
	return []float64{float64(f.Available), float64(p.threshold), float64(f.OnHand), float64(f.Held), oneIf(state == stock.Low)}
}
