package alert

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// seeSinks looks how far sinks are behind.
func (d *Desk) seeSinks(ctx context.Context, o *observation) error {
	sinks, err := d.rooms.Kept.Sinks.List(ctx, o.rule.Tenant, "", catalog.MaxSinks)
	if err != nil {
		return err
	}
	for i := range sinks {
		if sinks[i].Paused {
			continue
		}
		if lag, known := d.rooms.Lag(ctx, o.rule.Tenant, &sinks[i]); known {
			o.see(subject{other: sinks[i].Name}, lag.Seconds())
		}
	}
	return nil
}

// seeParked counts the parked events of sinks, and the parked messages of sources.
func (d *Desk) seeParked(ctx context.Context, o *observation) error {
	ofSinks, err := d.rooms.Kept.Sinks.CountParked(ctx, o.rule.Tenant)
	if err != nil {
		return err
	}
	ofSource, err := d.rooms.Kept.Sources.CountParked(ctx, o.rule.Tenant)
	if err != nil {
		return err
	}
	sinks, err := d.rooms.Kept.Sinks.List(ctx, o.rule.Tenant, "", catalog.MaxSinks)
	if err != nil {
		return err
	}
	sources, err := d.rooms.Kept.Sources.List(ctx, o.rule.Tenant, "", catalog.MaxMessageSources)
	if err != nil {
		return err
	}
	for i := range sinks {
		o.see(subject{other: "sink " + sinks[i].Name}, float64(ofSinks[sinks[i].Name]))
	}
	for i := range sources {
		o.see(subject{other: "source " + sources[i].Name}, float64(ofSource(sources[i].Name)))
	}
	return nil
}

// seeCases counts the cases that wait for a decision, by kind.
func (d *Desk) seeCases(ctx context.Context, o *observation) error {
	counts, err := d.rooms.Kept.Cases.CountOpen(ctx, o.rule.Tenant)
	if err != nil {
		return err
	}
	for kind, n := range counts {
		o.see(subject{other: kind}, float64(n))
	}
	return nil
}

// seeTills looks for how long tills have not been in step with the centre.
func (d *Desk) seeTills(ctx context.Context, o *observation) error {
	return d.rooms.Tills(ctx, o.rule.Tenant, func(till, location string, gap time.Duration) {
		if o.rule.Location == "" || o.rule.Location == location {
			o.see(subject{location: location, other: "till " + till}, gap.Seconds())
		}
	})
}
