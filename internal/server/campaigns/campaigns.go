// Package campaigns keeps quotas that begin and end at a time.
package campaigns

import (
	"cmp"
	"context"
	"strconv"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter keeps campaigns and applies them to the books.
type Chapter struct {
	core      *kit.Core
	facts     CampaignFacts
	campaigns Campaigns // nil: another server applies them to the books
}

// New returns the chapter.
func New(core *kit.Core, facts CampaignFacts, campaigns Campaigns) *Chapter {
	return &Chapter{core, facts, campaigns}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetCampaign":      kit.Unary(kit.Knowing(s.core, s.setCampaign)),
		"SetCampaignItems": kit.Unary(kit.Knowing(s.core, s.setCampaignItems)),
		"GetCampaign":      kit.Unary(kit.Knowing(s.core, s.getCampaign)),
		"ListCampaigns":    kit.Unary(kit.Knowing(s.core, s.listCampaigns)),
		"EndCampaign":      kit.Unary(kit.Knowing(s.core, s.endCampaign)),
	}
}

// This file has the calls about campaigns. They write to the catalog and apply
// the change to the books at once. Any server applies what is left
// (quota.Campaigns).

// CampaignFacts is what the catalog keeps of campaigns.
type CampaignFacts interface {
	// Get returns catalog.ErrUnknown for a campaign that never existed. List returns those
	// with ids that follow after, by id.
	Get(ctx context.Context, tenant, id string) (catalog.Campaign, error)
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Campaign, error)
	// Items returns those after the number after.
	Items(ctx context.Context, tenant, id string, after int64, limit int) ([]catalog.CampaignItem, error)
	Set(ctx context.Context, k catalog.Campaign, items []catalog.CampaignItem) (catalog.Campaign, error)
	SetItems(ctx context.Context, tenant, id string, items []catalog.CampaignItem) (catalog.Campaign, error)
	End(ctx context.Context, tenant, id string) (catalog.Campaign, error)
}

// Campaigns applies campaigns to the books.
type Campaigns interface {
	// Apply applies to the books what is pending of a campaign.
	Apply(ctx context.Context, tenant, id string) error
	// Renew has the items applied again that the books do not have as the campaign wants them.
	Renew(ctx context.Context, k *catalog.Campaign, items []catalog.CampaignItem) error
}

const maxCampaignText = 4096

func (s *Chapter) setCampaign(ctx context.Context, c *kit.Call, r *holdfastv1.SetCampaignRequest) (*holdfastv1.Campaign, error) {
	var f kit.Form
	f.ID("campaign_id", r.GetCampaignId(), kit.MaxChannel)
	if len(r.GetName()) > kit.MaxName || kit.IsBadText(r.GetName()) {
		f.Refuse("name", "must be UTF-8 of at most "+kit.Itoa(kit.MaxName)+" bytes without control characters")
	}
	if len(r.GetText()) > maxCampaignText {
		f.Refuse("text", "must be at most "+kit.Itoa(maxCampaignText)+" bytes")
	}
	f.Rule(r.GetCampaignId(), r.GetRule())
	campaignItems(&f, r.GetItems(), 0)
	if err := f.Err(); err != nil {
		return nil, err
	}
	items, err := s.campaignItems(ctx, c, r.GetItems())
	if err != nil {
		return nil, err
	}
	k := catalog.Campaign{Tenant: c.Tenant, ID: r.GetCampaignId(), Name: r.GetName(), Text: r.GetText()}
	if rule := kit.RuleOf(r.GetRule()); rule != nil {
		k.Rule = *rule
	}
	return changeCampaign(ctx, s, c, r, "items", items, func(ctx context.Context) (catalog.Campaign, error) { return s.facts.Set(ctx, k, items) })
}

func (s *Chapter) setCampaignItems(ctx context.Context, c *kit.Call, r *holdfastv1.SetCampaignItemsRequest) (*holdfastv1.Campaign, error) {
	var f kit.Form
	f.ID("campaign_id", r.GetCampaignId(), kit.MaxChannel)
	campaignItems(&f, r.GetItems(), 1)
	if err := f.Err(); err != nil {
		return nil, err
	}
	items, err := s.campaignItems(ctx, c, r.GetItems())
	if err != nil {
		return nil, err
	}
	return changeCampaign(ctx, s, c, r, "items", items, func(ctx context.Context) (catalog.Campaign, error) {
		return s.facts.SetItems(ctx, c.Tenant, r.GetCampaignId(), items)
	})
}

func (s *Chapter) endCampaign(ctx context.Context, c *kit.Call, r *holdfastv1.EndCampaignRequest) (*holdfastv1.Campaign, error) {
	if err := kit.CheckID("campaign_id", r.GetCampaignId(), kit.MaxChannel); err != nil {
		return nil, err
	}
	return changeCampaign(ctx, s, c, r, "", nil, func(ctx context.Context) (catalog.Campaign, error) {
		return s.facts.End(ctx, c.Tenant, r.GetCampaignId())
	})
}

// changeCampaign writes the call's change to the catalog and applies it to the books.
// Under a key the catalog is written once. The answer has figures of the books, so it
// is stored when it is first given. If a call is interrupted in between, its repeat
// applies the change to the books, and gives the first answer.
func changeCampaign[Q campaignChange](
	ctx context.Context, s *Chapter, c *kit.Call, r Q, field string, named []catalog.CampaignItem, do func(context.Context) (catalog.Campaign, error),
) (*holdfastv1.Campaign, error) {
	return kit.OnceToldLater(s.core, func(ctx context.Context, _ *kit.Call, _ Q) (*holdfastv1.Campaign, error) {
		k, err := do(ctx)
		if err != nil {
			return nil, kit.FactError(field, err)
		}
		return renderCampaign(k), nil
	}, func(ctx context.Context, c *kit.Call, r Q) (*holdfastv1.Campaign, error) {
		return s.campaignAfter(ctx, c, r.GetCampaignId(), named)
	})(ctx, c, r)
}

// campaignChange is a request that changes a campaign.
type campaignChange interface {
	proto.Message
	GetCampaignId() string
}

// campaignItems checks the items of a campaign that a call sets. There must be at
// least that many.
func campaignItems(f *kit.Form, items []*holdfastv1.CampaignItemSetting, least int64) {
	f.RequireRange("items", int64(len(items)), least, catalog.MaxSet)
	if len(items) > catalog.MaxSet {
		return
	}
	for i, it := range items {
		f.Enter("items", i)
		f.Item(it.GetProductId(), it.GetLocationId())
		f.Quantity("quota", it.GetQuota(), 0, it.GetQuotaDecimal())
	}
	f.Enter("", 0)
}

// campaignItems converts the items for the catalog. Their products and locations must
// be known.
func (s *Chapter) campaignItems(ctx context.Context, c *kit.Call, set []*holdfastv1.CampaignItemSetting) ([]catalog.CampaignItem, error) {
	refs, look := make([]catalog.Ref, len(set)), s.core.Directory.KnownAll
	for i, it := range set {
		refs[i] = c.Ref(it.GetProductId(), it.GetLocationId())
		if it.GetQuotaDecimal() != "" {
			look = s.core.Door.LookUpExactly
		}
	}
	known, err := look(ctx, refs)
	if err != nil {
		return nil, err
	}
	for i, ref := range refs {
		if refusal := intake.Unknown(ref, known[i]); refusal != nil {
			return nil, refusal
		}
	}
	items := make([]catalog.CampaignItem, len(set))
	for i, it := range set {
		n, err := kit.Quantity{Field: "items[" + kit.Itoa(i) + "].quota", Number: it.GetQuota(), Decimal: it.GetQuotaDecimal(), Least: 0}.InUnit(known[i].Unit)
		if err != nil {
			return nil, err
		}
		items[i] = catalog.CampaignItem{
			Location: c.Item(it.GetProductId(), it.GetLocationId()).Location, Product: it.GetProductId(), Quota: int64(n), Ended: it.GetEnded(),
		}
	}
	return items, nil
}

// campaignAfter applies a stored campaign to the books, and shows it with the items
// that the call has named. The call succeeds even when the books cannot be reached
// now: then the items are pending.
func (s *Chapter) campaignAfter(ctx context.Context, c *kit.Call, id string, named []catalog.CampaignItem) (*holdfastv1.Campaign, error) {
	if s.campaigns != nil {
		err := s.renew(ctx, c, id, named)
		if err := cmp.Or(s.campaigns.Apply(ctx, c.Tenant, id), err); err != nil {
			s.core.Log.WarnContext(ctx, "campaign is stored and not carried out yet", "campaign", id, "err", err)
		}
	}
	k, err := s.facts.Get(ctx, c.Tenant, id)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	out := renderCampaign(k)
	if len(named) == 0 {
		return out, nil
	}
	shown, err := s.namedItems(ctx, c, id, named)
	if err != nil {
		return nil, err
	}
	out.Items, err = s.renderCampaignItems(ctx, c, &k, shown)
	return out, err
}

// renew has the named items applied again that the books do not have as the campaign wants them:
// to set an item again replaces what somebody set by hand.
func (s *Chapter) renew(ctx context.Context, c *kit.Call, id string, named []catalog.CampaignItem) error {
	if len(named) == 0 {
		return nil
	}
	k, err := s.facts.Get(ctx, c.Tenant, id)
	if err != nil {
		return err
	}
	items, err := s.namedItems(ctx, c, id, named)
	if err != nil {
		return err
	}
	return s.campaigns.Renew(ctx, &k, items)
}

// namedItems are the named items as they are stored.
func (s *Chapter) namedItems(ctx context.Context, c *kit.Call, id string, named []catalog.CampaignItem) ([]catalog.CampaignItem, error) {
	all, err := s.facts.Items(ctx, c.Tenant, id, 0, catalog.MaxCampaignItems)
	if err != nil {
		return nil, err
	}
	is := make(map[[2]string]bool, len(named))
	for _, it := range named {
		is[[2]string{it.Location, it.Product}] = true
	}
	shown := all[:0]
	for _, it := range all {
		if is[[2]string{it.Location, it.Product}] {
			shown = append(shown, it)
		}
	}
	return shown, nil
}

func (s *Chapter) getCampaign(ctx context.Context, c *kit.Call, r *holdfastv1.GetCampaignRequest) (*holdfastv1.Campaign, error) {
	var f kit.Form
	f.ID("campaign_id", r.GetCampaignId(), kit.MaxChannel)
	size := f.Page(r.PageSize)
	list := "campaign " + r.GetCampaignId()
	after := int64(0)
	if last := f.ReadPageToken(list, r.GetPageToken()); last != "" {
		var err error
		if after, err = strconv.ParseInt(last, 10, 64); err != nil {
			f.Refuse("page_token", "is malformed or belongs to another request")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	if err := s.core.Await(ctx, c); err != nil {
		return nil, err
	}
	k, err := s.facts.Get(ctx, c.Tenant, r.GetCampaignId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	items, err := s.facts.Items(ctx, c.Tenant, k.ID, after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, err
	}
	out := renderCampaign(k)
	if len(items) > size {
		items = items[:size]
		out.NextPageToken = new(kit.PageToken(list, strconv.FormatInt(items[size-1].Number, 10)))
	}
	out.Items, err = s.renderCampaignItems(ctx, c, &k, items)
	return out, err
}

func (s *Chapter) listCampaigns(ctx context.Context, c *kit.Call, r *holdfastv1.ListCampaignsRequest) (*holdfastv1.ListCampaignsResponse, error) {
	size, after, err := kit.PageForm("campaigns", r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.facts.List(ctx, c.Tenant, after, size+1)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, "campaigns", after, size, func(k catalog.Campaign) string { return k.ID })
	return &holdfastv1.ListCampaignsResponse{NextPageToken: next, Items: kit.Each(page, renderCampaign)}, nil
}

// renderCampaign shows a campaign without its items.
func renderCampaign(k catalog.Campaign) *holdfastv1.Campaign {
	out := &holdfastv1.Campaign{
		CampaignId: k.ID, Name: k.Name, Text: k.Text, State: "running", UpdatedAt: timestamppb.New(k.Changed.Time),
		ItemCount: int64(k.Items), Pending: int64(k.Waiting), Refused: int64(k.Refused),
	}
	if !k.Rule.Same(&stock.Rule{}) {
		out.Rule = kit.RenderRule(&k.Rule)
	}
	if !k.Ended.IsZero() {
		out.EndedAt = timestamppb.New(k.Ended.Time)
	}
	now := stock.Time(time.Now().UnixMilli())
	switch rule := k.Effective(); {
	case rule.Over(now):
		out.State = "ended"
		if out.Rule != nil {
			out.Rule.Ended = true
		}
	case !rule.Opens(now):
		out.State = "scheduled"
	}
	return out
}

// renderCampaignItems shows items with their figures in the books.
func (s *Chapter) renderCampaignItems(ctx context.Context, c *kit.Call, k *catalog.Campaign, items []catalog.CampaignItem) ([]*holdfastv1.CampaignItem, error) {
	if len(items) == 0 {
		return nil, nil
	}
	keys := make([]stock.ItemKey, len(items))
	refs := make([]catalog.Ref, len(items))
	for i, it := range items {
		keys[i] = stock.ItemKey{Tenant: c.Tenant, Location: it.Location, Product: it.Product}
		refs[i] = catalog.Ref{Tenant: c.Tenant, Location: it.Location, Product: it.Product}
	}
	known, err := s.core.Directory.KnownAll(ctx, refs)
	if err != nil {
		return nil, err
	}
	levels, at, err := s.core.Books.Items(ctx, keys)
	if err != nil {
		return nil, err
	}
	out := make([]*holdfastv1.CampaignItem, len(items))
	for i := range items {
		out[i] = renderCampaignItem(&catalog.CampaignTurn{CampaignItem: items[i], Of: *k}, &levels[i], at, known[i].Unit)
	}
	return out, nil
}

func renderCampaignItem(it *catalog.CampaignTurn, l *ledger.Level, now stock.Time, unit catalog.Unit) *holdfastv1.CampaignItem {
	is := l.Now()
	stands := it.Stands(is, now)
	out := &holdfastv1.CampaignItem{
		ProductId: it.Product, LocationId: it.Location, Quota: it.Quota, InForce: int64(stands.InForce), State: "applied", Ended: it.Ended,
	}
	switch {
	case !it.Due.IsZero() || stands.Mends != nil && stands.Differs:
		out.State = "pending"
	case it.Code != "":
		out.State, out.Code, out.Detail = "refused", &it.Code, &it.Detail
	case stands.Differs:
		out.State = "differs"
	}
	if out.State != "pending" && stands.Why != nil { // as of now
		out.Code, out.Detail = new(stands.Why.Code.String()), new(stands.Why.Error())
	}
	if is != nil {
		out.Remaining = int64(is.Remaining(it.Campaign))
		if rec := is.Channel(it.Campaign); rec != nil {
			out.Held, out.Sold, out.SoldInPeriod = int64(rec.Held), int64(rec.Sold), int64(rec.Sold)
		}
	}
	out.Unit, out.Scale = kit.Spell(unit)
	return out
}
