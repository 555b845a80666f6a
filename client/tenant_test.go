package client_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"holdfast.dev/holdfast/client"
)

func TestKeysAndSettings(t *testing.T) {
	t.Parallel()
	c, ctx := newShop(t), t.Context()
	made := fine[*client.APIKey](t)(c.Tenant.CreateKey(ctx, "", client.Internal, client.Read))
	if made.Key == "" || made.Scopes[0] != client.Internal || made.CreatedAt.IsZero() || !made.RevokedAt.IsZero() {
		t.Errorf("made %+v", made)
	}
	second := fine[*client.APIKey](t)(c.Tenant.RotateKey(ctx, made.ID))
	if second.Name != made.Name || second.Key == "" || second.ID == made.ID {
		t.Errorf("rotated %+v", second)
	}
	if gone := fine[*client.APIKey](t)(c.Tenant.RevokeKey(ctx, made.ID)); gone.RevokedAt.IsZero() || gone.Key != "" {
		t.Errorf("revoked %+v", gone)
	}
	if page := fine[*client.Page[client.APIKey]](t)(c.Tenant.Keys(ctx, client.List{})); len(page.Items) < 2 {
		t.Errorf("a page: %+v", page)
	}
	if _, err := c.Tenant.RotateKey(ctx, "nope"); !errors.Is(err, client.ErrNotFound) {
		t.Errorf("an unknown key: %v", err)
	}
	bounds := client.KeyBounds{Locations: []string{"here"}, Channels: []string{"web"}, Role: client.Clerk}
	bound := fine[*client.APIKey](t)(c.Tenant.CreateBoundKey(ctx, "", bounds, client.Read))
	if bound.Key == "" || !reflect.DeepEqual(bound.Bounds, bounds) || made.Bounds.Locations != nil {
		t.Errorf("bound %+v", bound)
	}
	who := fine[*client.Session](t)(c.Tenant.Session(ctx))
	if who.Tenant == "" || who.Operator == "" || who.Role != client.Administrator || who.Scopes[0] != client.Admin || !slices.Contains(who.Actions, "CreateKey") || who.Locations != nil {
		t.Errorf("the client is %+v", who)
	}
	set := fine[*client.Settings](t)(c.Tenant.Settings(ctx)) // others share the shop: nothing is changed
	if same := fine[*client.Settings](t)(c.Tenant.SetSettings(ctx, *set)); *same != *set || set.DefaultLocation == "" {
		t.Errorf("settings %+v, set %+v", set, same)
	}
	if same := fine[*client.Settings](t)(c.Tenant.ChangeSettings(ctx, client.SettingsChange{MaxTTL: &set.MaxTTL})); *same != *set {
		t.Errorf("settings %+v, changed %+v", set, same)
	}
}
