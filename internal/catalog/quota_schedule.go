package catalog

import (
	"context"
	"encoding/json"
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
	Tenant, Product, Location string
	// Every is whole seconds, 1 s to MaxPeriod, or 0: once a day at DailyAt, a
	// time since midnight by the clock of Zone, whole minutes.
	Every, DailyAt time.Duration
	Zone           string // of the IANA time zones
	Mode           AllotMode
	Keep           int64 // what stays in the shared pool
	ResetSold      bool
	Active         bool
	Changed        time.Time
	// Due is when it is carried out next, zero while it is not active.
	Due time.Time
	// Revision is that of the entry that wrote it last.
	Revision int64
}

const maxTimeZone = 64

// id is the schedule's within the tenant; no id has a slash.
func (q *QuotaSchedule) id() string { return scheduleID(q.Location, q.Product) }

func scheduleID(location, product string) string { return location + "/" + product }

// Next is the first time after the moment when it is to be carried out. Where a
// clock is set forward over the time of day, it is as much later.
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
		at := time.Date(local.Year(), local.Month(), local.Day()+days, 0, int(q.DailyAt/time.Minute), 0, 0, zone)
		if at.After(after) {
			return at.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("time zone %q has no %v", q.Zone, q.DailyAt)
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
		if q.Every < time.Second || q.Every > MaxPeriod || q.Every%time.Second != 0 {
			return bad("every_seconds", fmt.Sprintf("must be 1 to %d", int64(MaxPeriod/time.Second)))
		}
	case q.DailyAt < 0 || q.DailyAt >= day || q.DailyAt%time.Minute != 0:
		return bad("daily_at", "must be a time of day, HH:MM")
	default:
		// "" and Local would be the clock of whichever server looks.
		if _, err := time.LoadLocation(q.Zone); err != nil || q.Zone == "" || q.Zone == "Local" || len(q.Zone) > maxTimeZone {
			return bad("time_zone", "must be the name of an IANA time zone, as Europe/Berlin")
		}
	}
	return nil
}

// SetQuotaSchedule stores the schedule of a known product at a known location
// and returns it as it is kept. The same again is no change.
func (c *Catalog) SetQuotaSchedule(ctx context.Context, q QuotaSchedule) (QuotaSchedule, error) {
	err := q.check()
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error { return w.setQuotaSchedule(&q) })
	}
	if err != nil {
		return QuotaSchedule{}, fmt.Errorf("set the quota schedule of %q at %q: %w", q.Product, q.Location, err)
	}
	return q, nil
}

func (w *write) setQuotaSchedule(q *QuotaSchedule) error {
	is, found, err := w.quotaSchedule(q.Tenant, q.id())
	if err != nil {
		return err
	}
	same := *q
	same.Changed, same.Due, same.Revision = is.Changed, is.Due, is.Revision
	if found && !is.gone && is.QuotaSchedule == same {
		*q = same
		return nil
	}
	k, err := w.knowledge(Ref{Tenant: q.Tenant, Location: q.Location, Product: q.Product})
	switch {
	case err != nil:
		return err
	case !k.Product:
		return &UnknownError{What: "product", ID: q.Product}
	case !k.Location:
		return &UnknownError{What: "location", ID: q.Location}
	}
	q.Changed, q.Due = w.at(), time.Time{}
	if q.Active {
		if q.Due, err = q.Next(w.at()); err != nil {
			return err
		}
	}
	row := quotaScheduleRow{QuotaSchedule: *q}
	err = w.putQuotaSchedule(&row, !found)
	*q = row.QuotaSchedule
	return err
}

// DropQuotaSchedule takes a schedule away. One that was taken away already is no
// change; one that never was is ErrUnknown.
func (c *Catalog) DropQuotaSchedule(ctx context.Context, tenant, location, product string) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		is, found, err := w.quotaSchedule(tenant, scheduleID(location, product))
		switch {
		case err != nil:
			return err
		case !found:
			return &UnknownError{What: "quota schedule", ID: scheduleID(location, product)}
		case is.gone:
			return nil
		}
		is.gone, is.Changed, is.Due = true, w.at(), time.Time{}
		return w.putQuotaSchedule(&is, false)
	})
	if err != nil {
		return fmt.Errorf("drop the quota schedule of %q at %q: %w", product, location, err)
	}
	return nil
}

// QuotaSchedule returns a schedule as the database has it now, or ErrUnknown.
func (c *Catalog) QuotaSchedule(ctx context.Context, tenant, location, product string) (QuotaSchedule, error) {
	var is quotaScheduleRow
	var found bool
	err := c.store.look(ctx, func(r *read) (err error) {
		is, found, err = r.quotaSchedule(tenant, scheduleID(location, product))
		return err
	})
	if err == nil && (!found || is.gone) {
		err = &UnknownError{What: "quota schedule", ID: scheduleID(location, product)}
	}
	if err != nil {
		return QuotaSchedule{}, fmt.Errorf("read the quota schedule of %q at %q: %w", product, location, err)
	}
	return is.QuotaSchedule, nil
}

// DueQuotaSchedules lists schedules of all tenants that are due at the moment,
// the longest due first.
func (c *Catalog) DueQuotaSchedules(ctx context.Context, at time.Time, limit int) ([]QuotaSchedule, error) {
	var rows []quotaScheduleRow
	err := c.store.look(ctx, func(r *read) (err error) {
		rows, err = list(r, scanQuotaSchedule, `SELECT `+quotaScheduleColumns+` FROM {quota_schedule}
			WHERE due > 0 AND due <= ? ORDER BY due, tenant, id LIMIT ?`, millis(at), max(1, min(limit, maxListed)))
		return err
	})
	all := make([]QuotaSchedule, len(rows))
	for i := range rows {
		if err == nil {
			err = rows[i].unpack()
		}
		all[i] = rows[i].QuotaSchedule
	}
	if err != nil {
		return nil, fmt.Errorf("list due quota schedules: %w", err)
	}
	return all, nil
}

// QuotaScheduleDone says that a schedule was carried out for its Due. It is due
// again at its first time after the moment. Where somebody else has said so, or
// it was changed, it is ErrStale.
func (c *Catalog) QuotaScheduleDone(ctx context.Context, q QuotaSchedule, at time.Time) error {
	next, err := q.Next(at)
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error {
			n, err := w.affect(`UPDATE {quota_schedule} SET due = ? WHERE tenant = ? AND id = ? AND seq = ? AND due = ?`,
				millis(next), q.Tenant, q.id(), q.Revision, millis(q.Due))
			if err == nil && n == 0 {
				err = ErrStale
			}
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("end the quota schedule of %q at %q: %w", q.Product, q.Location, err)
	}
	return nil
}

// quotaScheduleRow is a schedule in its table. One that was dropped stays there,
// so that the log has its row.
type quotaScheduleRow struct {
	QuotaSchedule
	gone   bool
	packed []byte // the body, until unpack
}

// quotaScheduleBody is a schedule in the log, and in its table.
type quotaScheduleBody struct {
	Location  string    `json:"location"`
	Product   string    `json:"product"`
	Every     int64     `json:"every_ms,omitempty"`
	DailyAt   int64     `json:"daily_at_ms,omitempty"`
	Zone      string    `json:"time_zone,omitempty"`
	Mode      AllotMode `json:"mode"`
	Keep      int64     `json:"keep,omitempty"`
	ResetSold bool      `json:"reset_sold,omitempty"`
	Active    bool      `json:"active"`
	Changed   int64     `json:"changed"`
	Gone      bool      `json:"gone,omitempty"`
}

func (q quotaScheduleRow) body() any {
	return quotaScheduleBody{
		q.Location, q.Product, q.Every.Milliseconds(), q.DailyAt.Milliseconds(), q.Zone, q.Mode, q.Keep, q.ResetSold, q.Active,
		millis(q.Changed), q.gone,
	}
}

const quotaScheduleColumns = `tenant, id, body, gone, due, seq`

func scanQuotaSchedule(scan func(...any) error, q *quotaScheduleRow) error {
	var id string
	var due int64
	err := scan(&q.Tenant, &id, &q.packed, &q.gone, &due, &q.Revision)
	q.Due = fromMillis(due)
	return err
}

// unpack reads the body.
func (q *quotaScheduleRow) unpack() error {
	var b quotaScheduleBody
	if err := json.Unmarshal(q.packed, &b); err != nil {
		return fmt.Errorf("unpack a quota schedule: %w", err)
	}
	q.Location, q.Product, q.Zone, q.Mode, q.Keep = b.Location, b.Product, b.Zone, b.Mode, b.Keep
	q.Every, q.DailyAt = time.Duration(b.Every)*time.Millisecond, time.Duration(b.DailyAt)*time.Millisecond
	q.ResetSold, q.Active, q.Changed, q.packed = b.ResetSold, b.Active, fromMillis(b.Changed), nil
	if b.Gone != q.gone {
		return fmt.Errorf("quota schedule %q is gone in its body or in its row alone", q.id())
	}
	return nil
}

func (r *read) quotaSchedule(tenant, id string) (quotaScheduleRow, bool, error) {
	if !storable(tenant) || !storable(id) {
		return quotaScheduleRow{}, false, nil
	}
	rows, err := list(r, scanQuotaSchedule, `SELECT `+quotaScheduleColumns+` FROM {quota_schedule} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return quotaScheduleRow{}, false, err
	}
	err = rows[0].unpack()
	return rows[0], err == nil, err
}

func (w *write) putQuotaSchedule(q *quotaScheduleRow, fresh bool) error {
	kind := KindQuotaScheduleSet
	if q.gone {
		kind = KindQuotaScheduleDropped
	}
	packed, err := json.Marshal(q.body())
	if err != nil {
		return fmt.Errorf("pack quota schedule: %w", err)
	}
	if q.Revision, err = w.log(q.Tenant, kind, q.id(), q.body()); err != nil {
		return err
	}
	if fresh {
		w.insert(`{quota_schedule} (`+quotaScheduleColumns+`)`, q.Tenant, q.id(), string(packed), q.gone, millis(q.Due), q.Revision)
		return nil
	}
	return w.exec(`UPDATE {quota_schedule} SET body = ?, gone = ?, due = ?, seq = ? WHERE tenant = ? AND id = ?`,
		string(packed), q.gone, millis(q.Due), q.Revision, q.Tenant, q.id())
}
