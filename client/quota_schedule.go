package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// QuotaSchedule says when the channels of a product at a location are allotted
// to, and what they sold is reset, by the servers.
type QuotaSchedule struct {
	ProductID  string
	LocationID string        // the tenant's default location when empty
	Every      time.Duration // whole seconds; 0: daily
	DailyAt    string        // HH:MM by the clock of TimeZone, of the IANA names; UTC when empty
	TimeZone   string
	Mode       string // pool (when empty), under_level, rebalance, or none
	Keep       int64  // what stays in the shared pool, in smallest units
	// KeepDecimal is the same in the declared unit, in place of Keep, of what is set.
	KeepDecimal string
	ResetSold   bool
	Paused      bool // it is kept and not carried out
	// UpdatedAt and DueAt, zero while it is paused, do not count in what is set.
	UpdatedAt, DueAt time.Time
}

// SetSchedule stores a schedule. To set the same again changes nothing.
func (s *QuotaService) SetSchedule(ctx context.Context, q QuotaSchedule) (*QuotaSchedule, error) {
	m := &holdfastv1.SetQuotaScheduleRequest{
		ProductId: q.ProductID, LocationId: q.LocationID, DailyAt: q.DailyAt, TimeZone: q.TimeZone, Mode: q.Mode, Keep: q.Keep,
		KeepDecimal: q.KeepDecimal,
		ResetSold:   q.ResetSold, Active: new(!q.Paused),
	}
	if q.Every != 0 {
		m.EverySeconds = new(int64(q.Every / time.Second))
	}
	return askOne(ctx, s.c, "set_quota_schedule", s.stub.SetQuotaSchedule, m, quotaScheduleOf)
}

// Schedule shows the schedule of a product at a location.
func (s *QuotaService) Schedule(ctx context.Context, productID, locationID string) (*QuotaSchedule, error) {
	return askOne(ctx, s.c, "quota_schedule", s.stub.GetQuotaSchedule, &holdfastv1.GetQuotaScheduleRequest{ProductId: productID, LocationId: locationID}, quotaScheduleOf)
}

// DropSchedule takes a schedule away. One that was taken away already is no
// change.
func (s *QuotaService) DropSchedule(ctx context.Context, productID, locationID string) error {
	_, _, err := ask(ctx, s.c, "drop_quota_schedule", s.stub.DeleteQuotaSchedule, &holdfastv1.DeleteQuotaScheduleRequest{ProductId: productID, LocationId: locationID})
	return err
}

func quotaScheduleOf(m *holdfastv1.QuotaSchedule) QuotaSchedule {
	return QuotaSchedule{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Every: time.Duration(m.GetEverySeconds()) * time.Second,
		DailyAt: m.GetDailyAt(), TimeZone: m.GetTimeZone(), Mode: m.GetMode(), Keep: m.GetKeep(), ResetSold: m.GetResetSold(),
		Paused: !m.GetActive(), UpdatedAt: timeOf(m.GetUpdatedAt()), DueAt: timeOf(m.GetDueAt()),
	}
}
