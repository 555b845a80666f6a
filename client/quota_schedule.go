package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// QuotaSchedule says when the servers allot units to the channels of a product at a
// location, and reset what they sold.
type QuotaSchedule struct {
	ProductID  string
	LocationID string        // the tenant's default location when empty
	Every      time.Duration // whole seconds; 0: daily
	DailyAt    string        // HH:MM in TimeZone, an IANA name; UTC when empty
	TimeZone   string
	Mode       string // pool (when empty), under_level, rebalance, or none
	Keep       int64  // what stays in the shared pool, in smallest units
	// KeepDecimal is Keep in the declared unit, in place of it. It is used in requests only.
	KeepDecimal string
	ResetSold   bool
	Paused      bool // the schedule is kept but not carried out
	// SetSchedule ignores UpdatedAt and DueAt. DueAt is zero while the schedule is paused.
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

// DropSchedule deletes a schedule. To delete it again changes nothing.
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
