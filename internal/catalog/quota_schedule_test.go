package catalog

import (
	"errors"
	"testing"
	"time"
)

func daily() QuotaSchedule {
	return QuotaSchedule{
		Tenant: "demo", Location: "shop", Product: "oil", DailyAt: Period(6*time.Hour + 30*time.Minute), Zone: "Europe/Berlin",
		Mode: AllotRebalance, Keep: 3, ResetSold: true, Active: true,
	}
}

func TestAScheduleKeepsTheTimeOfDayWhenTheClocksAreSet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, after, want string }{
		{"in winter", "2026-01-10T03:00:00Z", "2026-01-10T05:30:00Z"},
		{"at that time it is the next day's", "2026-01-10T05:30:00Z", "2026-01-11T05:30:00Z"},
		{"over the night that lacks an hour", "2026-03-28T05:30:00Z", "2026-03-29T04:30:00Z"},
		{"over the night with an hour more", "2026-10-24T04:30:00Z", "2026-10-25T05:30:00Z"},
		{"in the evening of another day elsewhere", "2026-12-31T23:30:00Z", "2027-01-01T05:30:00Z"},
	} {
		after, err := time.Parse(time.RFC3339, tc.after)
		if err != nil {
			t.Fatal(err)
		}
		q := daily()
		if got, err := q.Next(after); err != nil || got.Format(time.RFC3339) != tc.want {
			t.Errorf("%s: after %s it is %v, %v; want %s", tc.name, tc.after, got, err, tc.want)
		}
	}
}

// Where clocks are set forward, a day lacks some times of day; where they are set back, it has
// some twice.
func TestAScheduleComesOnceOnADayWhenTheClocksAreSet(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ zone, at, after, want, next string }{
		// Forward: what the day lacks comes later by as much.
		{"Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", "2026-03-29T03:30:00+02:00", "2026-03-30T02:30:00+02:00"},
		{"America/New_York", "02:30", "2026-03-07T12:00:00Z", "2026-03-08T03:30:00-04:00", "2026-03-09T02:30:00-04:00"},
		{"America/Santiago", "00:00", "2026-09-05T12:00:00Z", "2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		{"America/Santiago", "00:30", "2026-09-05T12:00:00Z", "2026-09-06T01:30:00-03:00", "2026-09-07T00:30:00-03:00"},
		{"America/Havana", "00:30", "2026-03-07T12:00:00Z", "2026-03-08T01:30:00-04:00", "2026-03-09T00:30:00-04:00"},
		{"Australia/Lord_Howe", "02:15", "2026-10-03T12:00:00Z", "2026-10-04T02:45:00+11:00", "2026-10-05T02:15:00+11:00"},
		{"Pacific/Auckland", "02:30", "2026-09-26T00:00:00Z", "2026-09-27T03:30:00+13:00", "2026-09-28T02:30:00+13:00"},
		{"Pacific/Apia", "06:00", "2011-12-29T20:00:00Z", "2011-12-31T06:00:00+14:00", "2012-01-01T06:00:00+14:00"},
		{"America/Nuuk", "23:30", "2026-03-28T12:00:00Z", "2026-03-29T00:30:00-01:00", "2026-03-29T23:30:00-01:00"},
		// Forward: the minutes before and after.
		{"America/New_York", "01:59", "2026-03-07T12:00:00Z", "2026-03-08T01:59:00-05:00", "2026-03-09T01:59:00-04:00"},
		{"America/New_York", "03:00", "2026-03-07T12:00:00Z", "2026-03-08T03:00:00-04:00", "2026-03-09T03:00:00-04:00"},
		{"America/Santiago", "23:59", "2026-09-05T12:00:00Z", "2026-09-05T23:59:00-04:00", "2026-09-06T23:59:00-03:00"},
		// Back: of two the first.
		{"Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", "2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		{"America/New_York", "01:30", "2026-10-31T12:00:00Z", "2026-11-01T01:30:00-04:00", "2026-11-02T01:30:00-05:00"},
		{"America/Santiago", "23:30", "2026-04-04T12:00:00Z", "2026-04-04T23:30:00-03:00", "2026-04-05T23:30:00-04:00"},
		{"America/Santiago", "00:00", "2026-04-04T12:00:00Z", "2026-04-05T00:00:00-04:00", "2026-04-06T00:00:00-04:00"},
		{"America/Havana", "00:00", "2026-10-31T12:00:00Z", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"Pacific/Auckland", "02:30", "2026-04-04T00:00:00Z", "2026-04-05T02:30:00+13:00", "2026-04-06T02:30:00+12:00"},
		{"Asia/Kolkata", "00:00", "2026-03-28T12:00:00Z", "2026-03-29T00:00:00+05:30", "2026-03-30T00:00:00+05:30"},
	} {
		q := daily()
		clock, err := time.Parse("15:04", tc.at)
		if err != nil {
			t.Fatal(err)
		}
		q.Zone, q.DailyAt = tc.zone, Period(time.Duration(clock.Hour())*time.Hour+time.Duration(clock.Minute())*time.Minute)
		at, err := time.Parse(time.RFC3339, tc.after)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{tc.want, tc.next} {
			wanted, err := time.Parse(time.RFC3339, want)
			if err != nil {
				t.Fatal(err)
			}
			got, err := q.Next(at)
			if err != nil || !got.Equal(wanted) {
				t.Errorf("%s in %s after %s: %s, %v; want %s", tc.at, tc.zone, at, got.In(wanted.Location()), err, want)
			}
			at = wanted
		}
	}
}

func TestAQuotaScheduleIsDueOncePerPeriod(t *testing.T) {
	everywhere(t, func(t *testing.T, in home) {
		c, _ := opened(t, in)
		ctx := t.Context()
		if _, err := c.QuotaSchedules.Set(ctx, daily()); !errors.Is(err, ErrUnknown) {
			t.Errorf("a schedule for what nobody knows: %v", err)
		}
		if _, err := c.Know(ctx, Introduction{Ref: Ref{Tenant: "demo", Product: "oil"}}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Know(ctx, Introduction{Ref: Ref{Tenant: "demo", Location: "shop"}, Spread: new(false)}); err != nil {
			t.Fatal(err)
		}
		kept, err := c.QuotaSchedules.Set(ctx, daily())
		if err != nil || kept.Due.IsZero() || kept.Revision == 0 {
			t.Fatalf("kept %+v, %v", kept, err)
		}
		head := mustHead(t, c)
		if again, err := c.QuotaSchedules.Set(ctx, daily()); err != nil || again != kept || mustHead(t, c) != head {
			t.Errorf("the same again is %+v, %v; it was %+v", again, err, kept)
		}
		if early, err := c.QuotaSchedules.Due(ctx, kept.Due.Add(-time.Millisecond), 10); err != nil || len(early) != 0 {
			t.Errorf("due too early: %+v, %v", early, err)
		}
		if due, err := c.QuotaSchedules.Due(ctx, kept.Due, 10); err != nil || len(due) != 1 || due[0] != kept {
			t.Errorf("due: %+v, %v", due, err)
		}
		for i, want := range []error{nil, ErrStale} {
			if err := c.QuotaSchedules.Done(ctx, kept, kept.Due.Add(50*time.Hour)); !errors.Is(err, want) {
				t.Errorf("done for time %d: %v, want %v", i+1, err, want)
			}
		}
		next, err := c.QuotaSchedules.Get(ctx, "demo", ScheduleID("shop", "oil"))
		if want := kept.Due.Add(72 * time.Hour); err != nil || !next.Due.Equal(want) {
			t.Errorf("after two days that were missed it is due at %v, want %v (%v)", next.Due, want, err)
		}
		for range 2 {
			if err := c.QuotaSchedules.Drop(ctx, "demo", ScheduleID("shop", "oil")); err != nil {
				t.Error(err)
			}
		}
		if err := c.QuotaSchedules.Done(ctx, next, next.Due); !errors.Is(err, ErrStale) {
			t.Errorf("one that was taken away is done: %v", err)
		}
		if _, err := c.QuotaSchedules.Get(ctx, "demo", ScheduleID("shop", "oil")); !errors.Is(err, ErrUnknown) {
			t.Errorf("one that was taken away: %v", err)
		}
		if err := c.QuotaSchedules.Drop(ctx, "demo", ScheduleID("shop", "tea")); !errors.Is(err, ErrUnknown) {
			t.Errorf("one that never was: %v", err)
		}
		mustVerify(t, c)
	})
}

func TestSchedulesThatCannotBe(t *testing.T) {
	t.Parallel()
	for field, change := range map[string]func(*QuotaSchedule){
		"product_id":    func(q *QuotaSchedule) { q.Product = "" },
		"location_id":   func(q *QuotaSchedule) { q.Location = "a/b" },
		"mode":          func(q *QuotaSchedule) { q.Mode = "half" },
		"keep":          func(q *QuotaSchedule) { q.Keep = -1 },
		"every_seconds": func(q *QuotaSchedule) { q.Zone, q.DailyAt, q.Every = "", 0, Period(1500*time.Millisecond) },
		"daily_at":      func(q *QuotaSchedule) { q.DailyAt = Period(24 * time.Hour) },
		"time_zone":     func(q *QuotaSchedule) { q.Zone = "Local" },
	} {
		q := daily()
		change(&q)
		var bad *InvalidError
		if err := q.check(); !errors.As(err, &bad) || bad.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	idle := daily()
	idle.Mode, idle.ResetSold = AllotNone, false
	both := daily()
	both.Every = Period(time.Hour)
	for _, q := range []QuotaSchedule{idle, both} {
		if q.check() == nil {
			t.Errorf("%+v is fine", q)
		}
	}
}
