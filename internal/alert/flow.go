package alert

import (
	"context"
	"fmt"
	"sync"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/figures"
)

const (
	// pastWeeks is how many past weeks define the usual figures of an hour.
	pastWeeks = 4
	week      = 7 * 24 * time.Hour
	// grace is the time after the end of an hour from which its figures count, although it
	// is not known that they are complete. For books that are never quiet that is never
	// known.
	grace = 5 * time.Minute
)

// hours are the sums of bookings by hour, by the time when the hour begins. Hours without
// bookings are left out.
type hours map[int64]*figures.Sums

// sample returns the variables of a flow metric for the hour that begins at the time.
func (h hours) sample(metric string, begins time.Time) []float64 {
	var none figures.Sums
	of := func(at time.Time) *figures.Sums {
		if s := h[at.Unix()]; s != nil {
			return s
		}
		return &none
	}
	now := of(begins)
	if metric == ExpiredRate {
		gone, all := float64(now[figures.LinesExpired]), float64(now[figures.LinesEnded])
		return []float64{gone / max(all, 1), gone, float64(now[figures.LinesReserved]), all}
	}
	sum := map[string]figures.Sum{ReservedUnits: figures.Reserved, SoldUnits: figures.Sold, Refused: figures.Refused}[metric]
	var past, known float64
	for i := range pastWeeks {
		if s := h[begins.Add(-time.Duration(i+1)*week).Unix()]; s != nil {
			past, known = past+float64(s[sum]), known+1
		}
	}
	return []float64{float64(now[sum]), past / max(known, 1), known}
}

// lastHour is when the last hour begins that is over at a time.
func lastHour(at time.Time) time.Time { return at.UTC().Truncate(time.Hour).Add(-time.Hour) }

// ofRule is the subject of a rule about a flow.
func ofRule(r *catalog.AlertRule) subject { return subject{location: r.Location, channel: r.Channel} }

// seeFlow compares the last hour that is over with the same hour of past weeks.
func (d *Desk) seeFlow(ctx context.Context, o *observation) error {
	begins := lastHour(o.at)
	key := hourKey{o.rule.Tenant, o.rule.Location, o.rule.Channel, begins.Unix()}
	past, known := d.hours.get(key)
	if !known {
		var err error
		if past, err = d.lastHours(ctx, o.rule, begins, o.at); err != nil {
			return err
		}
		d.hours.put(key, past)
	}
	o.see(ofRule(o.rule), past.sample(o.rule.Metric, begins)...)
	return nil
}

// lastHours are an hour and the same ones of past weeks; errNotYet when it is not summed yet.
func (d *Desk) lastHours(ctx context.Context, r *catalog.AlertRule, begins, now time.Time) (hours, error) {
	all := hours{}
	for i := range pastWeeks + 1 {
		at := begins.Add(-time.Duration(i) * week)
		asOf, err := d.sum(ctx, r, at, at.Add(time.Hour), all)
		if err != nil {
			return nil, err
		}
		if end := begins.Add(time.Hour); asOf.Before(end) && now.Sub(end) < grace {
			return nil, errNotYet
		}
	}
	return all, nil
}

// sum adds what was booked from a time until another, of pieces.
func (d *Desk) sum(ctx context.Context, r *catalog.AlertRule, from, until time.Time, into hours) (asOf time.Time, err error) {
	q := &figures.Query{Tenant: r.Tenant, Location: r.Location, By: figures.ByHour, Zone: time.UTC, Since: from, Until: until}
	if r.Channel != "" {
		q.Channel = &r.Channel
	}
	rows, asOf, err := d.rooms.Figures.Rows(ctx, q)
	if err != nil {
		return asOf, fmt.Errorf("read the figures: %w", err)
	}
	for i := range rows {
		at := rows[i].At.Unix()
		if rows[i].Unit != "" {
			continue
		}
		if into[at] == nil {
			into[at] = new(figures.Sums)
		}
		into[at].Add(&rows[i].Sums)
	}
	return asOf, nil
}

// hourKey names what was booked in an hour, and the same ones of past weeks.
type hourKey struct {
	tenant, location, channel string
	begins                    int64
}

// maxHours is how many hours are remembered.
const maxHours = 2000

// hourCache remembers hours that are over: they do not change. It is safe for concurrent use.
type hourCache struct {
	mu  sync.Mutex
	all map[hourKey]hours
}

func (c *hourCache) get(k hourKey) (hours, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, known := c.all[k]
	return h, known
}

func (c *hourCache) put(k hourKey, h hours) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil || len(c.all) >= maxHours {
		c.all = map[hourKey]hours{}
	}
	c.all[k] = h
}
