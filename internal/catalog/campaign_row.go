package catalog

import (
	"errors"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// campaignBody is a campaign in the log, and in its row.
type campaignBody struct {
	Name     string   `json:"name,omitempty"`
	Text     string   `json:"text,omitempty"`
	Starts   int64    `json:"starts,omitempty"`
	Ends     int64    `json:"ends,omitempty"`
	Priority uint32   `json:"priority,omitempty"`
	Order    int64    `json:"max_order,omitempty"`
	Customer int64    `json:"max_customer,omitempty"`
	Holds    uint32   `json:"max_holds,omitempty"`
	Alone    bool     `json:"alone,omitempty"`
	Lends    []string `json:"lends,omitempty"`
	LendsAll bool     `json:"lends_all,omitempty"`
	Ended    int64    `json:"ended,omitempty"`
	Changed  int64    `json:"changed"`
}

var campaignKind = kind[Campaign]{
	name: "campaign", title: "campaign",
	pack: func(c *Campaign) (document, any) {
		r := &c.Rule
		return document{tenant: c.Tenant, id: c.ID, seq: c.Revision}, campaignBody{
			c.Name, c.Text, int64(r.Starts), int64(r.Ends), r.Priority, int64(r.MaxOrder), int64(r.MaxCustomer), r.MaxHolds,
			r.Alone, r.Lends, r.LendsAll, millis(c.Ended), millis(c.Changed),
		}
	},
	unpack: func(d *document, c *Campaign) error {
		var b campaignBody
		err := parse(d.body, &b)
		*c = Campaign{
			Tenant: d.tenant, ID: d.id, Name: b.Name, Text: b.Text, Ended: fromMillis(b.Ended), Changed: fromMillis(b.Changed), Revision: d.seq,
			Rule: stock.Rule{
				Starts: stock.Time(b.Starts), Ends: stock.Time(b.Ends), Priority: b.Priority, MaxOrder: stock.Qty(b.Order), MaxCustomer: stock.Qty(b.Customer),
				MaxHolds: b.Holds, Alone: b.Alone, Lends: b.Lends, LendsAll: b.LendsAll,
			},
		}
		return err
	},
}

// campaignItemBody is an item of a campaign in the log, and in its row.
type campaignItemBody struct {
	Location string `json:"location"`
	Product  string `json:"product"`
	Quota    int64  `json:"quota"`
	Ended    bool   `json:"ended,omitempty"`
}

// campaignProgress is how far the books have an item.
type campaignProgress struct {
	Turn   int64  `json:"turn"`
	Closed int64  `json:"closed,omitempty"`
	Whole  bool   `json:"whole,omitempty"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail,omitempty"`
}

// The states of items that campaigns count.
const (
	itemWaits   = "waiting" // for the answer of the books
	itemRefused = "refused"
)

var campaignItemKind = kind[CampaignItem]{
	name: "campaign_item", title: "item of a campaign",
	pack: func(i *CampaignItem) (document, any) {
		d := document{tenant: i.Tenant, id: i.id(), parent: i.Campaign, number: i.Number, due: millis(i.Due), seq: i.Revision}
		switch {
		case d.due > 0:
			d.state = itemWaits
		case i.Code != "":
			d.state = itemRefused
		}
		return d, campaignItemBody{i.Location, i.Product, i.Quota, i.Ended}
	},
	progress: func(i *CampaignItem) any { return campaignProgress{i.Turn, i.Closed, i.Whole, i.Code, i.Detail} },
	unpack: func(d *document, i *CampaignItem) error {
		var b campaignItemBody
		var p campaignProgress
		err := errors.Join(parse(d.body, &b), parse(d.progress, &p))
		*i = CampaignItem{
			Tenant: d.tenant, Campaign: d.parent, Location: b.Location, Product: b.Product, Number: d.number, Quota: b.Quota, Ended: b.Ended, Revision: d.seq,
			Turn: p.Turn, Closed: p.Closed, Due: fromMillis(d.due), Whole: p.Whole, Code: p.Code, Detail: p.Detail,
		}
		return err
	},
}

// id is the item's within the tenant; no id of a campaign has a slash.
func (i *CampaignItem) id() string { return fmt.Sprint(i.Campaign, "/", i.Number) }
