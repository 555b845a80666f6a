package client_test

import (
	"errors"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

func TestQuotaSchedules(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	if _, err := c.Create(ctx, client.Create{ProductID: "timed-tea", LocationID: "timed", AvailableStock: 5}); err != nil {
		t.Fatal(err)
	}
	q := client.QuotaSchedule{ProductID: "timed-tea", LocationID: "timed", DailyAt: "06:00", TimeZone: "Asia/Shanghai", Mode: "rebalance", Keep: 2, ResetSold: true}
	kept := fine[*client.QuotaSchedule](t)(c.Quotas.SetSchedule(ctx, q))
	if kept.DailyAt != "06:00" || kept.Every != 0 || kept.DueAt.Hour() != 22 || kept.Paused {
		t.Errorf("kept %+v", kept)
	}
	q = client.QuotaSchedule{ProductID: "timed-tea", LocationID: "timed", Every: time.Hour, Paused: true}
	if kept = fine[*client.QuotaSchedule](t)(c.Quotas.SetSchedule(ctx, q)); !kept.Paused || !kept.DueAt.IsZero() || kept.Mode != "pool" {
		t.Errorf("paused %+v", kept)
	}
	if got := fine[*client.QuotaSchedule](t)(c.Quotas.Schedule(ctx, "timed-tea", "timed")); got.Every != time.Hour {
		t.Errorf("read %+v", got)
	}
	if err := c.Quotas.DropSchedule(ctx, "timed-tea", "timed"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Quotas.Schedule(ctx, "timed-tea", "timed"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("after it was taken away: %v", err)
	}
}
