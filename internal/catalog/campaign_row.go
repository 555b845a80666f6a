package catalog

import (
	"encoding/json"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// campaignBody is a campaign in the log, and in its row.
type campaignBody struct {
	Name     string     `json:"name,omitempty"`
	Text     string     `json:"text,omitempty"`
	Starts   stock.Time `json:"starts,omitempty"`
	Ends     stock.Time `json:"ends,omitempty"`
	Priority uint32     `json:"priority,omitempty"`
	Order    stock.Qty  `json:"max_order,omitempty"`
	Customer stock.Qty  `json:"max_customer,omitempty"`
	Holds    uint32     `json:"max_holds,omitempty"`
	Alone    bool       `json:"alone,omitempty"`
	Lends    []string   `json:"lends,omitempty"`
	LendsAll bool       `json:"lends_all,omitempty"`
	Ended    Moment     `json:"ended,omitzero"`
	Changed  Moment     `json:"changed"`
}

var campaignKind = documentKind[Campaign]{
	name: "campaign", title: "campaign",
	pack: func(c *Campaign) document {
		return document{tenant: c.Tenant, id: c.ID, due: millis(c.Look), seq: c.Revision}
	},
	unpack: func(d *document, c *Campaign) {
		c.Tenant, c.ID, c.Look, c.Revision = d.tenant, d.id, fromMillis(d.due), d.seq
	},
}

// MarshalJSON writes the body, which has the rule's fields next to its own.
func (c *Campaign) MarshalJSON() ([]byte, error) {
	r := &c.Rule
	return json.Marshal(campaignBody{
		c.Name, c.Text, r.Starts, r.Ends, r.Priority, r.MaxOrder, r.MaxCustomer, r.MaxHolds, r.Alone, r.Lends, r.LendsAll, c.Ended, c.Changed,
	})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (c *Campaign) UnmarshalJSON(packed []byte) error {
	var b campaignBody
	err := parse(packed, &b)
	c.Name, c.Text, c.Ended, c.Changed = b.Name, b.Text, b.Ended, b.Changed
	c.Rule = stock.Rule{
		Starts: b.Starts, Ends: b.Ends, Priority: b.Priority, MaxOrder: b.Order, MaxCustomer: b.Customer,
		MaxHolds: b.Holds, Alone: b.Alone, Lends: b.Lends, LendsAll: b.LendsAll,
	}
	return err
}

// The states of items that campaigns count.
const (
	itemWaits   = "waiting" // for the answer of the books
	itemRefused = "refused"
)

var campaignItemKind = documentKind[CampaignItem]{
	name: "campaign_item", title: "item of a campaign",
	pack: func(i *CampaignItem) document {
		d := document{tenant: i.Tenant, id: i.id(), parent: i.Campaign, number: i.Number, due: millis(i.Due), seq: i.Revision}
		switch {
		case d.due > 0:
			d.state = itemWaits
		case i.Code != "":
			d.state = itemRefused
		}
		return d
	},
	progress: func(i *CampaignItem) any { return &i.campaignProgress },
	unpack: func(d *document, i *CampaignItem) {
		i.Tenant, i.Campaign, i.Number, i.Due, i.Revision = d.tenant, d.parent, d.number, fromMillis(d.due), d.seq
	},
}

// id is the item's within the tenant; no id of a campaign has a slash.
func (i *CampaignItem) id() string { return fmt.Sprint(i.Campaign, "/", i.Number) }
