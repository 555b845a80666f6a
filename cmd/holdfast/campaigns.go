package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// campaignsConfig has the settings of "campaigns" and its commands.
type campaignsConfig struct {
	talkConfig
}

func newCampaigns() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "campaigns",
		Short: "Give products to campaigns: set, show, end",
		Long: `Campaigns are documents: a rule (from when until when, how much an order and a
customer gets) and the products with their quotas. docs/guide/campaigns.md has the
whole story.`,
		Example: "  holdfast campaigns list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newCampaignsList(), newCampaignsShow(), newCampaignsSet(), newCampaignsEnd())
	return cmd
}

func newCampaignsList() *cobra.Command {
	var cfg campaignsConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List campaigns", Example: "  holdfast campaigns list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.campaigns()
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.Campaign], error) { return cfg.c.Campaigns.List(ctx, r) },
			func(k *client.Campaign) { cfg.campaign(t, k) })
	})
}

func newCampaignsShow() *cobra.Command {
	var cfg campaignsConfig
	return cfg.talks(&cobra.Command{
		Use: "show CAMPAIGN", Short: "Show a campaign and what it has sold", Example: "  holdfast campaigns show flash", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		head, items := cfg.campaigns(), cfg.amounts("product", "location", "quota", "in force", "remaining", "held", "sold in period", "state", "note")
		for r := (client.List{PageSize: pageSize}); ; {
			k, err := cfg.c.Campaigns.Get(ctx, cfg.args[0], r)
			if err != nil {
				return err
			}
			if r.PageToken == "" {
				cfg.campaign(head, k)
			}
			for i := range k.Items {
				cfg.item(items, &k.Items[i])
			}
			if r.PageToken = k.NextPageToken; cfg.JSON || r.PageToken == "" {
				if err := cfg.document(nil, head, items); err != nil || r.PageToken == "" {
					return err
				}
			}
		}
	})
}

func newCampaignsSet() *cobra.Command {
	var cfg campaignsConfig
	return cfg.writes(&cobra.Command{
		Use:   "set FILE",
		Short: "Set a campaign from a file",
		Long: `Set stores a campaign and gives it to the books. FILE, or - for standard input, is
JSON: the body of PUT /v1/campaigns/{campaign_id}, with the campaign_id and as many
items as you like. Items that it does not name stay as they are. It prints what the
books refused, and then ends with 1: run it again when there are enough units.`,
		Example: "  holdfast campaigns set flash.json",
		Args:    cobra.ExactArgs(1),
	}, cfg.set)
}

func newCampaignsEnd() *cobra.Command {
	var cfg campaignsConfig
	return cfg.writes(&cobra.Command{
		Use: "end CAMPAIGN", Short: "End a campaign now; what remains goes back to the pool", Example: "  holdfast campaigns end flash", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		k, err := cfg.c.Campaigns.End(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		t := cfg.campaigns()
		return cfg.tell(nil, t, func() { cfg.campaign(t, k) })
	})
}

// readDocument reads the file in the first argument, - for standard input, as the API's JSON of
// the message.
func readDocument(c *talkConfig, m proto.Message) error {
	var text []byte
	var err error
	if c.args[0] == "-" {
		text, err = io.ReadAll(c.in)
	} else {
		text, err = os.ReadFile(c.args[0])
	}
	if err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	codec, err := c.json()
	if err != nil {
		return err
	}
	if len(text) == 0 {
		err = errors.New("there is nothing in it")
	} else {
		err = codec.Decode(text, m)
	}
	if err != nil {
		return c.usageError(fmt.Errorf("%s: %w", c.args[0], err))
	}
	return nil
}

// itemsAtOnce is how many items one call takes.
const itemsAtOnce = 1000

// set stores the campaign with its first items, and then the others.
func (c *campaignsConfig) set(ctx context.Context) error {
	var m holdfastv1.SetCampaignRequest
	if err := readDocument(&c.talkConfig, &m); err != nil {
		return err
	}
	if m.GetCampaignId() == "" {
		return c.usageError(fmt.Errorf("%s: campaign_id is missing", c.args[0]))
	}
	k := client.Campaign{CampaignID: m.GetCampaignId(), Name: m.GetName(), Text: m.GetText(), Rule: ruleFrom(m.GetRule())}
	for _, it := range m.GetItems() {
		k.Items = append(k.Items, client.CampaignItem{
			ProductID: it.GetProductId(), LocationID: it.GetLocationId(), Quota: it.GetQuota(), QuotaDecimal: it.GetQuotaDecimal(), Ended: it.GetEnded(),
		})
	}
	items := k.Items
	k.Items = items[:min(itemsAtOnce, len(items))]
	head, wrong, refused := c.campaigns(), c.amounts("product", "location", "quota", "in force", "remaining", "held", "sold in period", "state", "note"), 0
	now, err := c.c.Campaigns.Set(ctx, k)
	for done := len(k.Items); ; {
		if err != nil {
			return err
		}
		for i := range now.Items {
			if it := &now.Items[i]; it.State == "refused" || it.State == "differs" {
				refused++
				c.item(wrong, it)
			}
		}
		if c.JSON || done == len(items) {
			if done == len(items) {
				c.campaign(head, now)
			}
			if err := c.document(nil, head, wrong); err != nil {
				return err
			}
		}
		if done == len(items) {
			break
		}
		part := items[done:min(done+itemsAtOnce, len(items))]
		done += len(part)
		now, err = c.c.Campaigns.SetItems(ctx, k.CampaignID, part)
	}
	if refused > 0 {
		return fmt.Errorf(c.words.translate("the books refuse %d of the items"), refused)
	}
	return nil
}

// ruleFrom is the rule of a file.
func ruleFrom(m *holdfastv1.QuotaRule) *client.Rule {
	if m == nil {
		return nil
	}
	r := &client.Rule{
		Priority: m.GetPriority(), MaxUnitsPerOrder: m.GetMaxUnitsPerOrder(), MaxUnitsPerCustomer: m.GetMaxUnitsPerCustomer(),
		MaxHoldsPerCustomer: m.GetMaxHoldsPerCustomer(), Alone: m.DrawsShared != nil && !m.GetDrawsShared(),
		LendsTo: m.GetLendsTo(), LendsToAll: m.GetLendsToAll(),
	}
	if t := m.GetStartsAt(); t != nil {
		r.StartsAt = t.AsTime()
	}
	if t := m.GetEndsAt(); t != nil {
		r.EndsAt = t.AsTime()
	}
	return r
}

// campaigns is the table of campaigns.
func (c *campaignsConfig) campaigns() *table {
	return c.table("campaign", "state", "items", "pending", "refused", "from", "until", "ended", "name")
}

func (c *campaignsConfig) campaign(t *table, k *client.Campaign) {
	rule := client.Rule{}
	if k.Rule != nil {
		rule = *k.Rule
	}
	t.row(k.CampaignID, c.cell(k.State), k.ItemCount, k.Pending, k.Refused, formatTime(rule.StartsAt), formatTime(rule.EndsAt), formatTime(k.EndedAt), k.Name)
}

func (c *campaignsConfig) item(t *table, it *client.CampaignItem) {
	u, state := declared{it.Unit, it.Scale}, c.cell(it.State)
	if it.Ended {
		state += ", " + c.cell("ended")
	}
	t.row(it.ProductID, it.LocationID, u.amount(it.Quota), u.amount(it.InForce), u.amount(it.Remaining), u.amount(it.Held), u.amount(it.Sold), state, it.Detail)
}
