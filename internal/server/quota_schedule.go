package server

import (
	"context"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// QuotaSchedules is what the catalog keeps of schedules of quotas.
type QuotaSchedules = documents[catalog.QuotaSchedule]

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
func scheduleOf(f *requestForm, r *holdfastv1.SetQuotaScheduleRequest) catalog.QuotaSchedule {
	q := catalog.QuotaSchedule{
		Product: r.GetProductId(), Mode: catalog.AllotMode(r.GetMode()), ResetSold: r.GetResetSold(), Active: r.Active == nil || r.GetActive(),
	}
	if q.Mode == "" {
		q.Mode = catalog.AllotPool
	}
	switch daily := r.GetDailyAt() != ""; {
	case daily && r.EverySeconds != nil:
		f.refuse("daily_at", "daily_at and every_seconds exclude each other")
	case daily:
		at, err := time.Parse(timeOfDay, r.GetDailyAt())
		if err != nil || len(r.GetDailyAt()) != len(timeOfDay) {
			f.refuse("daily_at", "must be a time of day, HH:MM")
		}
		q.DailyAt = catalog.Period(time.Duration(at.Hour())*time.Hour + time.Duration(at.Minute())*time.Minute)
		if q.Zone = r.GetTimeZone(); q.Zone == "" {
			q.Zone = "UTC"
		}
	case r.EverySeconds == nil:
		f.refuse("every_seconds", "every_seconds or daily_at must be given")
	case r.GetTimeZone() != "":
		f.refuse("time_zone", "is for daily_at")
	default:
		f.requireRange("every_seconds", r.GetEverySeconds(), 1, int64(time.Duration(catalog.MaxPeriod)/time.Second))
		q.Every = catalog.Period(time.Duration(r.GetEverySeconds()) * time.Second)
	}
	return q
}

func (s *quotaChapter) setQuotaSchedule(ctx context.Context, c *call, r *holdfastv1.SetQuotaScheduleRequest) (*holdfastv1.QuotaSchedule, error) {
	var f requestForm
	f.item(r.GetProductId(), r.GetLocationId())
	f.quantity("keep", r.GetKeep(), 0, r.GetKeepDecimal())
	f.oneOf("mode", r.GetMode(), string(catalog.AllotPool), string(catalog.AllotUnderLevel), string(catalog.AllotRebalance), string(catalog.AllotNone))
	q := scheduleOf(&f, r)
	if err := f.err(); err != nil {
		return nil, err
	}
	known, err := s.known(ctx, c.ref(r.GetProductId(), r.GetLocationId()))
	if err != nil {
		return nil, err
	}
	keep, err := quantity{"keep", r.GetKeep(), r.GetKeepDecimal(), 0}.inUnit(known.Unit)
	if err != nil {
		return nil, err
	}
	q.Tenant, q.Location, q.Keep = c.tenant, c.item(r.GetProductId(), r.GetLocationId()).Location, int64(keep)
	kept, err := s.schedules.Set(ctx, q)
	if err != nil {
		return nil, factError("", err)
	}
	return renderQuotaSchedule(kept), nil
}

// scheduleID is the id of the schedule that the call is about.
func scheduleID(c *call, r interface {
	GetProductId() string
	GetLocationId() string
},
) (string, error) {
	var f requestForm
	f.item(r.GetProductId(), r.GetLocationId())
	k := c.item(r.GetProductId(), r.GetLocationId())
	return catalog.ScheduleID(k.Location, k.Product), f.err()
}

func (s *quotaChapter) getQuotaSchedule(ctx context.Context, c *call, r *holdfastv1.GetQuotaScheduleRequest) (*holdfastv1.QuotaSchedule, error) {
	id, err := scheduleID(c, r)
	if err != nil {
		return nil, err
	}
	q, err := s.schedules.Get(ctx, c.tenant, id)
	if err != nil {
		return nil, factError("", err)
	}
	return renderQuotaSchedule(q), nil
}

func (s *quotaChapter) deleteQuotaSchedule(ctx context.Context, c *call, r *holdfastv1.DeleteQuotaScheduleRequest) (*holdfastv1.DeleteQuotaScheduleResponse, error) {
	id, err := scheduleID(c, r)
	if err != nil {
		return nil, err
	}
	if err := s.schedules.Drop(ctx, c.tenant, id); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteQuotaScheduleResponse{}, nil
}
