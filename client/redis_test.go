package client_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestRulesOfRedis(t *testing.T) {
	t.Parallel()
	c := newShop(t)
	ctx := t.Context()
	if _, err := c.Locations.Set(ctx, client.Location{LocationID: "redis-shop", Active: true}); err != nil {
		t.Fatal(err)
	}
	allowed := client.RedisScope{List: client.RedisAllowed, LocationID: "redis-shop"}
	kept := fine[*client.RedisRule](t)(c.Redis.SetRule(ctx, client.RedisRule{RedisScope: allowed, Percent: new(int64(35)), Floor: 4}))
	if kept.RedisScope != allowed || *kept.Percent != 35 || kept.Floor != 4 || kept.UpdatedAt.IsZero() || kept.CutBack != "" || !kept.CutBackAt.IsZero() {
		t.Errorf("kept %+v", kept)
	}
	// A rule that was read can be set again, of any list.
	forbidden := fine[*client.RedisRule](t)(c.Redis.SetRule(ctx, client.RedisRule{RedisScope: client.RedisScope{List: client.RedisForbidden}}))
	for _, r := range []*client.RedisRule{kept, forbidden} {
		if again := fine[*client.RedisRule](t)(c.Redis.SetRule(ctx, *r)); !again.UpdatedAt.Equal(r.UpdatedAt) {
			t.Errorf("set again it is %+v, was %+v", again, r)
		}
	}
	if page := fine[*client.Page[client.RedisRule]](t)(c.Redis.Rules(ctx, client.RedisRuleList{})); len(page.Items) != 2 || page.Items[1].List != client.RedisForbidden {
		t.Errorf("the list is %+v", page.Items)
	}
	if page := fine[*client.Page[client.RedisRule]](t)(c.Redis.Rules(ctx, client.RedisRuleList{ProductID: "any", LocationID: "elsewhere"})); len(page.Items) != 1 {
		t.Errorf("those of an item are %+v", page.Items)
	}
	if _, err := c.Redis.SetRule(ctx, client.RedisRule{RedisScope: client.RedisScope{List: client.RedisPledged}, Floor: 1}); !errors.Is(err, client.ErrInvalidArgument) {
		t.Errorf("a floor of what is pledged: %v", err)
	}
	for _, s := range []client.RedisScope{allowed, allowed, forbidden.RedisScope} {
		if err := c.Redis.DropRule(ctx, s); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Redis.DropRule(ctx, client.RedisScope{List: client.RedisBatch}); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("one that never was: %v", err)
	}
	_, items := c.Redis.Items(ctx, client.List{})
	_, rebuilt := c.Redis.Rebuild(ctx, "", "")
	_, all := c.Redis.RebuildAll(ctx, nil)
	_, compared := c.Redis.Compare(ctx, "mug", "redis-shop")
	_, figures := c.Redis.Figures(ctx)
	for _, err := range []error{items, rebuilt, all, compared, figures} {
		if !errors.Is(err, client.ErrInvalidState) {
			t.Errorf("without Redis: %v", err)
		}
	}
}
