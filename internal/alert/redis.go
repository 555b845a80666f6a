package alert

import (
	"context"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// seeRedis looks for how long Redis and the books have differed.
func (d *Desk) seeRedis(ctx context.Context, o *observation) error {
	if d.rooms.Redis == nil {
		return nil
	}
	return d.rooms.Redis(ctx, o.rule.Tenant, func(k stock.ItemKey, age time.Duration, found int) {
		if (o.rule.Product == "" || o.rule.Product == k.Product) && (o.rule.Location == "" || o.rule.Location == k.Location) {
			o.see(subject{product: k.Product, location: k.Location}, age.Seconds(), float64(found))
		}
	})
}

// seeCutBacks looks for how long the items of entries have been taken back from Redis.
func (d *Desk) seeCutBacks(ctx context.Context, o *observation) error {
	rules, err := d.rooms.Kept.RedisRules.All(ctx, o.rule.Tenant)
	if err != nil {
		return err
	}
	for i := range rules {
		r := &rules[i]
		if (o.rule.Product != "" && r.Product != o.rule.Product) || (o.rule.Location != "" && r.Location != o.rule.Location) {
			continue
		}
		away := 0.0
		if r.CutBack != "" {
			away = max(o.at.Sub(r.CutBackAt.Time).Seconds(), 1)
		}
		o.see(subject{product: r.Product, location: r.Location, other: "redis " + string(r.List)}, away)
	}
	return nil
}
