package catalog

import (
	"context"
	"fmt"
	"time"
	_ "time/tzdata" // where the machine has none; time zones of schedules are names
)

// AllotMode says how a schedule allots.
type AllotMode string

// The ways to allot, in the words of the contract. AllotNone only resets.
const (
	AllotPool       AllotMode = "pool"
	AllotUnderLevel AllotMode = "under_level"
	AllotRebalance  AllotMode = "rebalance"
	AllotNone       AllotMode = "none"
)

// QuotaSchedule says when the channels of a product at a location are allotted
// to, and what they sold is reset, by itself (docs/adr/0022).
type QuotaSchedule struct {
	Tenant   string `json:"-"`
	Location string `json:"location"`
	Product  string `json:"product"`
	// Every is whole seconds, 1 s to MaxPeriod, or 0: once a day at DailyAt, a
	// time since midnight by the clock of Zone, whole minutes.
	Every     Period    `json:"every_ms,omitempty"`
	DailyAt   Period    `json:"daily_at_ms,omitempty"`
	Zone      string    `json:"time_zone,omitempty"` // of the IANA time zones
	Mode      AllotMode `json:"mode"`
	Keep      int64     `json:"keep,omitempty"` // what stays in the shared pool
	ResetSold bool      `json:"reset_sold,omitempty"`
	Active    bool      `json:"active"`
	Changed   Moment    `json:"changed"`
	// Due is when it is carried out next, zero while it is not active.
	Due time.Time `json:"-"`
	// Revision is that of the entry that wrote it last.
	Revision int64 `json:"-"`
}

const maxTimeZone = 64

// id is the schedule's within the tenant; no id has a slash.
func (q *QuotaSchedule) id() string { return ScheduleID(q.Location, q.Product) }

// ScheduleID is the id of the schedule of a product at a location.
func ScheduleID(location, product string) string { return location + "/" + product }

// Next is the first time after the moment when it is to be carried out. On a
// day when the clock is set forward over that time of day, it is later by the
// same amount. On a day that has it twice, it is the first of them.
func (q *QuotaSchedule) Next(after time.Time) (time.Time, error) {
	if q.Every > 0 {
		return Boundary(after, q.Every), nil
	}
	zone, err := time.LoadLocation(q.Zone)
	if err != nil {
		return time.Time{}, fmt.Errorf("load time zone %q: %w", q.Zone, err)
	}
	local := after.In(zone)
	for days := range 3 {
		midnight := time.Date(local.Year(), local.Month(), local.Day()+days, 0, 0, 0, 0, time.UTC)
		if at := localMoment(midnight.Add(time.Duration(q.DailyAt)), zone); at.After(after) {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time zone %q has no %v", q.Zone, time.Duration(q.DailyAt))
}

// localMoment is when the clock of the zone shows what a clock in UTC shows at
// the moment wanted: the first time, where the zone has it twice. Where it has
// none, it counts with the offset from before the clock was set forward
// (RFC 5545, 3.3.5). time.Date does not say which moment it takes: west of
// Greenwich it takes one before the change.
func localMoment(wanted time.Time, zone *time.Location) time.Time {
	var at time.Time
	from := wanted.Add(-24 * time.Hour).In(zone) // no zone is that far from UTC
	for {
		_, offset := from.Zone()
		before := at
		at = wanted.Add(-time.Duration(offset) * time.Second)
		if at.Before(from) {
			return before // it is left out by the change at from
		}
		_, until := from.ZoneBounds()
		if until.IsZero() || at.Before(until) {
			return at
		}
		from = until
	}
}

func (q *QuotaSchedule) check() error {
	if err := checkID("product_id", q.Product, maxProduct); err != nil {
		return err
	}
	if err := checkID("location_id", q.Location, maxLocation); err != nil {
		return err
	}
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	switch q.Mode {
	case AllotPool, AllotUnderLevel, AllotRebalance, AllotNone:
	default:
		return bad("mode", "must be pool, under_level, rebalance or none")
	}
	switch {
	case q.Mode == AllotNone && !q.ResetSold:
		return bad("mode", "must not be none where nothing is reset")
	case q.Keep < 0 || q.Keep > maxQty:
		return bad("keep", "is out of range")
	case q.Every != 0 && (q.Zone != "" || q.DailyAt != 0):
		return bad("daily_at", "and every_seconds exclude each other")
	case q.Every != 0:
		if !q.Every.regular() {
			return bad("every_seconds", fmt.Sprintf("must be 1 to %d", MaxPeriod/Period(time.Second)))
		}
	case q.DailyAt < 0 || q.DailyAt >= day || q.DailyAt%Period(time.Minute) != 0:
		return bad("daily_at", "must be a time of day, HH:MM")
	default:
		// "" and Local would be the clock of whichever server looks.
		if _, err := time.LoadLocation(q.Zone); err != nil || q.Zone == "" || q.Zone == "Local" || len(q.Zone) > maxTimeZone {
			return bad("time_zone", "must be the name of an IANA time zone, as Europe/Berlin")
		}
	}
	return nil
}

// QuotaSchedules keeps schedules of quotas.
type QuotaSchedules struct {
	settable[QuotaSchedule, *QuotaSchedule]
}

func (q *QuotaSchedule) sameAs(other *QuotaSchedule) bool {
	same := *q
	same.Changed, same.Due, same.Revision = other.Changed, other.Due, other.Revision
	return *other == same
}

func (q *QuotaSchedule) refs() []Ref {
	return []Ref{{Tenant: q.Tenant, Location: q.Location, Product: q.Product}}
}

func (q *QuotaSchedule) stamp(at time.Time) (err error) {
	q.Changed, q.Due = Moment{at}, time.Time{}
	if q.Active {
		q.Due, err = q.Next(at)
	}
	return err
}

// Done says that a schedule was carried out for its Due. It is due again at its
// first time after the moment. If somebody else has said so, or it was changed,
// it is ErrStale.
func (d QuotaSchedules) Done(ctx context.Context, q QuotaSchedule, at time.Time) error {
	next, err := q.Next(at)
	if err == nil {
		err = d.store.write(ctx, d.now, func(w *write) error { return d.kind.done(w, &q, millis(next)) })
	}
	return during(err, "end the quota schedule of %q at %q", q.Product, q.Location)
}

var quotaScheduleKind = documentKind[QuotaSchedule]{
	name: "quota_schedule", title: "quota schedule",
	pack: func(q *QuotaSchedule) document {
		return document{tenant: q.Tenant, id: q.id(), due: millis(q.Due), seq: q.Revision}
	},
	unpack: func(d *document, q *QuotaSchedule) { q.Tenant, q.Due, q.Revision = d.tenant, fromMillis(d.due), d.seq },
}
