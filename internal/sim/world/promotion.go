package world

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	applied "holdfast.dev/holdfast/internal/quota"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/stock"
)

// In some blended runs a campaign is set as its document says, and quotas by hand, while counts, sales
// elsewhere and write-offs take units of the same item.

// promotion is the campaign, and the channel whose quotas it sets. Nobody orders on it.
const promotion = "flash"

// drawPromoted says whether a run has it.
func drawPromoted(seed uint64, slots int) bool {
	return slots == 1 && drawBlended(seed) && seed%16 == 11
}

// promote makes up a command about the campaign, or about its quota by hand.
func (c blender) promote() command {
	k := itemKey{ofQuotas, c.pick(c.w.locations[:2])}
	cmd := command{item: k, version: -1, key: "k", sundry: &sundry{method: "POST"}}
	items := []object{{"product_id": k.product, "location_id": k.location, "quota": 1 + c.rnd.Int64N(4)}}
	switch n := c.rnd.IntN(10); {
	case n < 4:
		cmd.verb, cmd.sundry.promotes, cmd.sundry.method, cmd.sundry.path = "promote", true, "PUT", "/v1/campaigns/"+promotion
		cmd.sundry.body = object{"name": "sale", "items": items}
	case n < 6:
		cmd.verb, cmd.sundry.promotes, cmd.sundry.path = "promote", true, "/v1/campaigns/"+promotion+"/items"
		cmd.sundry.body = object{"items": items}
	case n < 8:
		cmd.verb, cmd.sundry.method, cmd.sundry.path = "set_quotas", "PUT", "/v1/quotas/"+k.product
		cmd.sundry.body = object{"location_id": k.location, "lowering": "wait", "channels": []object{{"channel_id": promotion, "quota": c.rnd.Int64N(4)}}}
	default:
		cmd.verb, cmd.sundry.path = "observe", "/v1/inventory/observe"
		cmd.sundry.body = object{"product_id": k.product, "location_id": k.location, "seen": c.rnd.Int64N(4)}
	}
	return cmd
}

// promotions are where a node finds campaigns. A call stops before and after it, and a node that has died
// there writes nothing.
type promotions struct {
	catalog.Campaigns
	l *life
}

// Items returns items of a campaign.
func (p promotions) Items(ctx context.Context, tenant, id string, after int64, limit int) ([]catalog.CampaignItem, error) {
	return askCampaigns(ctx, p.l, "Get", func(ctx context.Context) ([]catalog.CampaignItem, error) {
		return p.Campaigns.Items(ctx, tenant, id, after, limit)
	})
}

// Turns returns what the books have yet to learn of a campaign.
func (p promotions) Turns(ctx context.Context, tenant, id string, limit int) ([]catalog.CampaignTurn, error) {
	return askCampaigns(ctx, p.l, "Get", func(ctx context.Context) ([]catalog.CampaignTurn, error) {
		return p.Campaigns.Turns(ctx, tenant, id, limit)
	})
}

// DueTurns returns what is due of all campaigns.
func (p promotions) DueTurns(ctx context.Context, at time.Time, limit int) ([]catalog.CampaignTurn, error) {
	return askCampaigns(ctx, p.l, "Get", func(ctx context.Context) ([]catalog.CampaignTurn, error) {
		return p.Campaigns.DueTurns(ctx, at, limit)
	})
}

// DueLooks returns campaigns that are to be compared with the books.
func (p promotions) DueLooks(ctx context.Context, at time.Time, limit int) ([]catalog.Campaign, error) {
	return askCampaigns(ctx, p.l, "Get", func(ctx context.Context) ([]catalog.Campaign, error) { return p.Campaigns.DueLooks(ctx, at, limit) })
}

// EndTurns notes the books' answers.
func (p promotions) EndTurns(ctx context.Context, done ...catalog.CampaignOutcome) error {
	return writeCampaigns(ctx, p.l, func(ctx context.Context) error { return p.Campaigns.EndTurns(ctx, done...) })
}

// Again gives items another turn.
func (p promotions) Again(ctx context.Context, mends bool, items ...catalog.CampaignItem) error {
	return writeCampaigns(ctx, p.l, func(ctx context.Context) error { return p.Campaigns.Again(ctx, mends, items...) })
}

// Looks notes a look at a campaign.
func (p promotions) Looks(ctx context.Context, k *catalog.Campaign, next time.Time) error {
	return writeCampaigns(ctx, p.l, func(ctx context.Context) error { return p.Campaigns.Looks(ctx, k, next) })
}

// AwakeLooks makes all campaigns due.
func (p promotions) AwakeLooks(ctx context.Context) error {
	return writeCampaigns(ctx, p.l, p.Campaigns.AwakeLooks)
}

func askCampaigns[T any](ctx context.Context, l *life, what string, do func(context.Context) (T, error)) (T, error) {
	return at(ctx, desk{l: l}, what, func() (T, error) { return askUncancelled(ctx, do) })
}

func writeCampaigns(ctx context.Context, l *life, do func(context.Context) error) error {
	_, err := askCampaigns(ctx, l, "Update", func(ctx context.Context) (struct{}, error) { return struct{}{}, do(ctx) })
	return err
}

// promotes opens the room that applies campaigns, in runs that have one, and returns the function that runs it.
func (l *life) promotes(rooms *server.Rooms, log *slog.Logger) (run func(context.Context)) {
	w := l.w
	if !w.promoted {
		return func(context.Context) {}
	}
	books, _ := rooms.Books.(applied.Books)
	all := applied.NewCampaigns(rooms.Door, books, promotions{w.campaigns, l})
	rooms.Campaigns, rooms.Facts.Campaigns = all, w.campaigns
	return func(ctx context.Context) {
		for i, kind := range []duty.Kind{all.Duty(), all.Looking()} {
			w.all.Go(func() {
				_ = duty.New(log, kind).Run(withCaller(ctx, l.name+[]string{"/turns", "/looks"}[i])) // it ends with ctx
			})
		}
	}
}

// promotionAudits ask how the campaign stands.
func promotionAudits(w *world) []command {
	if !w.promoted {
		return nil
	}
	return []command{{verb: "promotion", version: -1, sundry: &sundry{promotes: true, method: "GET", path: "/v1/campaigns/" + promotion}}}
}

// comparePromotion compares how the campaign is shown in the end with the books.
func comparePromotion(t *tally) {
	for _, q := range t.w.questions {
		if q.verb != "promotion" || q.answer == nil || q.answer.code != "" {
			continue
		}
		t.w.looking = q.ended
		for _, raw := range q.answer.body.Items {
			var is struct {
				Product  string `json:"product_id"`
				Location string `json:"location_id"`
				State    string
				Quota    int64
				InForce  int64 `json:"in_force"`
			}
			if err := json.Unmarshal(raw, &is); err != nil {
				t.w.violate("an item of campaign %s cannot be read: %v: %s", promotion, err, raw)
				continue
			}
			t.w.stats.Promoted++
			has := t.heap(itemKey{is.Product, is.Location}).has[stock.Quota(promotion)]
			if is.InForce != has || is.State == "applied" && is.Quota != has {
				t.w.violate("the books have a quota of %d, campaign %s shows: %s", has, promotion, raw)
			}
		}
	}
}

// ofPromotion reports whether the campaign has asked for the event, and nobody else. A refusal has no
// note.
func ofPromotion(w *world, q *question, e *stock.Event) bool {
	return w.promoted && q == nil && e.Op == stock.OpQuota && (e.Refusal != nil || e.Note.Reason == "campaign")
}
