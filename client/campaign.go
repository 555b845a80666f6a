package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// CampaignService keeps campaigns and key accounts.
type CampaignService struct {
	c    *caller
	stub holdfastv1.CampaignServiceClient
}

// Campaign is a campaign or a key account as a document: one rule for its quotas
// of many products. Its id is the channel id of its orders.
type Campaign struct {
	CampaignID string
	Name, Text string
	// Rule applies to all its items; nil: none.
	Rule *Rule
	// Items are the items to set. Answers of writes have the items that were named;
	// CampaignService.Get has a page of them.
	Items []CampaignItem

	// The fields below are in answers only. State is scheduled, running or ended.
	// EndedAt is zero unless the campaign was ended before its time.
	State              string
	EndedAt, UpdatedAt time.Time
	// ItemCount is how many items it has. Pending is how many of them the books have
	// not received yet, Refused how many the books refused when last asked.
	ItemCount, Pending, Refused int64
	NextPageToken               string
}

// CampaignItem is a product at a location with a quota of a campaign.
type CampaignItem struct {
	ProductID    string
	LocationID   string // the tenant's default location when empty
	Quota        int64  // of the whole period, in smallest units
	QuotaDecimal string // in its place: in the declared unit
	Ended        bool   // the campaign is over for this item

	// The fields below are in answers only. State is pending, applied, refused, or differs: the
	// books have another quota or rule now. Code and Detail say why. The figures are those of the
	// quota in the books, InForce is all of it.
	State, Code, Detail            string
	Remaining, Held, Sold, InForce int64
	Unit                           string // the product's declared unit, if any
	Scale                          int
}

// Set stores a campaign and the items that it names; its other items stay. To set
// the same again changes nothing, but sends the items that the books refused once
// more.
func (s *CampaignService) Set(ctx context.Context, k Campaign) (*Campaign, error) {
	return askOne(ctx, s.c, "set_campaign", s.stub.SetCampaign, &holdfastv1.SetCampaignRequest{
		CampaignId: k.CampaignID, Name: k.Name, Text: k.Text, Rule: k.Rule.message(), Items: campaignItems(k.Items),
	}, campaignOf)
}

// SetItems adds 1 to 1000 items to a campaign, or changes them.
func (s *CampaignService) SetItems(ctx context.Context, campaignID string, items []CampaignItem) (*Campaign, error) {
	return askOne(ctx, s.c, "set_campaign_items", s.stub.SetCampaignItems, &holdfastv1.SetCampaignItemsRequest{CampaignId: campaignID, Items: campaignItems(items)}, campaignOf)
}

// Get shows a campaign with a page of its items. It uses only the page fields of
// List.
func (s *CampaignService) Get(ctx context.Context, campaignID string, r List) (*Campaign, error) {
	return askOne(ctx, s.c, "campaign", s.stub.GetCampaign, &holdfastv1.GetCampaignRequest{CampaignId: campaignID, PageSize: size(r.PageSize), PageToken: r.PageToken}, campaignOf)
}

// List reads a page of the campaigns, without their items, ordered by id. It uses
// only the page fields of List.
func (s *CampaignService) List(ctx context.Context, r List) (*Page[Campaign], error) {
	return askPage(ctx, s.c, "campaigns", s.stub.ListCampaigns, &holdfastv1.ListCampaignsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, campaignOf)
}

// End ends a campaign now: what remains of its quotas returns to the shared pool.
// The campaign can still be read.
func (s *CampaignService) End(ctx context.Context, campaignID string) (*Campaign, error) {
	return askOne(ctx, s.c, "end_campaign", s.stub.EndCampaign, &holdfastv1.EndCampaignRequest{CampaignId: campaignID}, campaignOf)
}

func campaignItems(items []CampaignItem) []*holdfastv1.CampaignItemSetting {
	return each(items, func(it CampaignItem) *holdfastv1.CampaignItemSetting {
		return &holdfastv1.CampaignItemSetting{
			ProductId: it.ProductID, LocationId: it.LocationID, Quota: it.Quota, QuotaDecimal: it.QuotaDecimal, Ended: it.Ended,
		}
	})
}

func campaignOf(m *holdfastv1.Campaign) Campaign {
	return Campaign{
		CampaignID: m.GetCampaignId(), Name: m.GetName(), Text: m.GetText(), Rule: ruleOf(m.GetRule()), State: m.GetState(),
		EndedAt: timeOf(m.GetEndedAt()), UpdatedAt: timeOf(m.GetUpdatedAt()), ItemCount: m.GetItemCount(), Pending: m.GetPending(),
		Refused: m.GetRefused(), NextPageToken: m.GetNextPageToken(),
		Items: each(m.GetItems(), func(it *holdfastv1.CampaignItem) CampaignItem {
			return CampaignItem{
				ProductID: it.GetProductId(), LocationID: it.GetLocationId(), Quota: it.GetQuota(), Ended: it.GetEnded(), State: it.GetState(),
				Code: it.GetCode(), Detail: it.GetDetail(), Remaining: it.GetRemaining(), Held: it.GetHeld(), Sold: it.GetSold(),
				Unit: it.GetUnit(), Scale: int(it.GetScale()), InForce: it.GetInForce(),
			}
		}),
	}
}
