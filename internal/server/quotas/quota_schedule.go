package quotas

import (
	"context"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// QuotaSchedules is what the catalog keeps of schedules of quotas.
type QuotaSchedules = kit.Documents[catalog.QuotaSchedule]

// This file has the calls about schedules of quotas. They only write to the catalog; the
// servers carry out the schedules (quota.Schedules).

// timeOfDay is the layout of a time of day.
const timeOfDay = "15:04"

func renderQuotaSchedule(q catalog.QuotaSchedule) *holdfastv1.QuotaSchedule {
	out := &holdfastv1.QuotaSchedule{
		ProductId: q.Product, LocationId: q.Location, Mode: string(q.Mode), Keep: q.Keep, ResetSold: q.ResetSold, Active: q.Active,
		UpdatedAt: timestamppb.New(q.Changed.Time),
	}
	if q.Every > 0 {
		out.EverySeconds = new(int64(time.Duration(q.Every) / time.Second))
	} else {
		minutes := int(time.Duration(q.DailyAt) / time.Minute)
		out.DailyAt, out.TimeZone = new(fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)), new(q.Zone)
	}
	if !q.Due.IsZero() {
		out.DueAt = timestamppb.New(q.Due)
	}
	return out
}

// scheduleOf reads when to carry out a schedule, and how.
func scheduleOf(f *kit.Form, r *holdfastv1.SetQuotaScheduleRequest) catalog.QuotaSchedule {
	q := catalog.QuotaSchedule{
		Product: r.GetProductId(), Mode: catalog.AllotMode(r.GetMode()), ResetSold: r.GetResetSold(), Active: r.Active == nil || r.GetActive(),
	}
	if q.Mode == "" {
		q.Mode = catalog.AllotPool
	}
	switch daily := r.GetDailyAt() != ""; {
	case daily && r.EverySeconds != nil:
		f.Refuse("daily_at", "daily_at and every_seconds exclude each other")
	case daily:
		at, err := time.Parse(timeOfDay, r.GetDailyAt())
		if err != nil || len(r.GetDailyAt()) != len(timeOfDay) {
			f.Refuse("daily_at", "must be a time of day, HH:MM")
		}
		q.DailyAt = catalog.Period(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
		if q.Zone = r.GetTimeZone(); q.Zone == "" {
			q.Zone = "UTC"
		}
	case r.EverySeconds == nil:
		f.Refuse("every_seconds", "every_seconds or daily_at must be given")
	case r.GetTimeZone() != "":
		f.Refuse("time_zone", "is for daily_at")
	default:
		f.RequireRange("every_seconds", r.GetEverySeconds(), 1, int64(time.Duration(catalog.MaxPeriod)/time.Second))
		q.Every = catalog.Period(time.Duration(r.GetEverySeconds()) * time.Second)
	}
	return q
}

func (s *Chapter) setQuotaSchedule(ctx context.Context, c *kit.Call, r *holdfastv1.SetQuotaScheduleRequest) (*holdfastv1.QuotaSchedule, error) {
	var f kit.Form
	f.Item(r.GetProductId(), r.GetLocationId())
	f.Quantity("keep", r.GetKeep(), 0, r.GetKeepDecimal())
	f.OneOf("mode", r.GetMode(), string(catalog.AllotPool), string(catalog.AllotUnderLevel), string(catalog.AllotRebalance), string(catalog.AllotNone))
	q := scheduleOf(&f, r)
	if err := f.Err(); err != nil {
		return nil, err
	}
	known, err := kit.Known(ctx, s.core.Directory, c.Ref(r.GetProductId(), r.GetLocationId()))
	if err != nil {
		return nil, err
	}
	keep, err := kit.Quantity{Field: "keep", Number: r.GetKeep(), Decimal: r.GetKeepDecimal(), Least: 0}.InUnit(known.Unit)
	if err != nil {
		return nil, err
	}
	q.Tenant, q.Location, q.Keep = c.Tenant, c.Item(r.GetProductId(), r.GetLocationId()).Location, int64(keep)
	kept, err := s.schedules.Set(ctx, q)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderQuotaSchedule(kept), nil
}

// scheduleID is the id of the schedule that the call is about.
func scheduleID(c *kit.Call, r interface {
	GetProductId() string
	GetLocationId() string
},
) (string, error) {
	var f kit.Form
	f.Item(r.GetProductId(), r.GetLocationId())
	k := c.Item(r.GetProductId(), r.GetLocationId())
	return catalog.ScheduleID(k.Location, k.Product), f.Err()
}

func (s *Chapter) getQuotaSchedule(ctx context.Context, c *kit.Call, r *holdfastv1.GetQuotaScheduleRequest) (*holdfastv1.QuotaSchedule, error) {
	id, err := scheduleID(c, r)
	if err != nil {
		return nil, err
	}
	q, err := s.schedules.Get(ctx, c.Tenant, id)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return renderQuotaSchedule(q), nil
}

func (s *Chapter) deleteQuotaSchedule(ctx context.Context, c *kit.Call, r *holdfastv1.DeleteQuotaScheduleRequest) (*holdfastv1.DeleteQuotaScheduleResponse, error) {
	id, err := scheduleID(c, r)
	if err != nil {
		return nil, err
	}
	if err := s.schedules.Drop(ctx, c.Tenant, id); err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.DeleteQuotaScheduleResponse{}, nil
}
