package catalog

import (
	"encoding/json"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// campaignRow is a campaign in its table.
type campaignRow struct {
	Campaign
	packed []byte // the body, until unpack
}

// campaignBody is a campaign in the log, and in its table.
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

func (c Campaign) body() any {
	r := c.Rule
	return campaignBody{
		c.Name, c.Text, int64(r.Starts), int64(r.Ends), r.Priority, int64(r.MaxOrder), int64(r.MaxCustomer), r.MaxHolds,
		r.Alone, r.Lends, r.LendsAll, millis(c.Ended), millis(c.Changed),
	}
}

const campaignColumns = `tenant, id, body, seq`

func scanCampaign(scan func(...any) error, c *campaignRow) error {
	return scan(&c.Tenant, &c.ID, &c.packed, &c.Revision)
}

// unpack reads the body.
func (c *campaignRow) unpack() error {
	var b campaignBody
	if err := json.Unmarshal(c.packed, &b); err != nil {
		return fmt.Errorf("unpack campaign %q: %w", c.ID, err)
	}
	c.Name, c.Text, c.Ended, c.Changed, c.packed = b.Name, b.Text, fromMillis(b.Ended), fromMillis(b.Changed), nil
	c.Rule = stock.Rule{
		Starts: stock.Time(b.Starts), Ends: stock.Time(b.Ends), Priority: b.Priority, MaxOrder: stock.Qty(b.Order), MaxCustomer: stock.Qty(b.Customer),
		MaxHolds: b.Holds, Alone: b.Alone, Lends: b.Lends, LendsAll: b.LendsAll,
	}
	return nil
}

// campaign returns a campaign without what is counted of its items.
func (r *read) campaign(tenant, id string) (Campaign, bool, error) {
	if !storable(tenant) || !storable(id) {
		return Campaign{}, false, nil
	}
	rows, err := list(r, scanCampaign, `SELECT `+campaignColumns+` FROM {campaign} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return Campaign{}, false, err
	}
	err = rows[0].unpack()
	return rows[0].Campaign, err == nil, err
}

// findCampaign reads a campaign that must be there.
func (w *write) findCampaign(c *Campaign, tenant, id string) error {
	is, found, err := w.campaign(tenant, id)
	if err == nil && !found {
		err = &UnknownError{What: "campaign", ID: id}
	}
	*c = is
	return err
}

func (w *write) putCampaign(c *Campaign, fresh bool) error {
	packed, err := json.Marshal(c.body())
	if err != nil {
		return fmt.Errorf("pack campaign: %w", err)
	}
	if c.Revision, err = w.log(c.Tenant, KindCampaignSet, c.ID, c.body()); err != nil {
		return err
	}
	if fresh {
		w.insert(`{campaign} (`+campaignColumns+`)`, c.Tenant, c.ID, string(packed), c.Revision)
		return nil
	}
	return w.exec(`UPDATE {campaign} SET body = ?, seq = ? WHERE tenant = ? AND id = ?`, string(packed), c.Revision, c.Tenant, c.ID)
}

// campaignItemBody is an item of a campaign in the log.
type campaignItemBody struct {
	Location string `json:"location"`
	Product  string `json:"product"`
	Quota    int64  `json:"quota"`
	Ended    bool   `json:"ended,omitempty"`
}

func (i CampaignItem) body() any {
	return campaignItemBody{i.Location, i.Product, i.Quota, i.Ended}
}

// id is the item's within the tenant; no id of a campaign has a slash.
func (i *CampaignItem) id() string { return fmt.Sprint(i.Campaign, "/", i.Number) }

const campaignItemColumns = `tenant, id, campaign, number, location, product, quota, ended, seq, turn, closed, due, whole, code, detail`

func scanCampaignItem(scan func(...any) error, i *CampaignItem) error { return scanItemOf(scan, i) }

// scanItemOf reads the columns of an item, and those behind them.
func scanItemOf(scan func(...any) error, i *CampaignItem, behind ...any) error {
	var id string
	var due int64
	err := scan(append([]any{
		&i.Tenant, &id, &i.Campaign, &i.Number, &i.Location, &i.Product, &i.Quota, &i.Ended, &i.Revision,
		&i.Turn, &i.Closed, &due, &i.Whole, &i.Code, &i.Detail,
	}, behind...)...)
	i.Due = fromMillis(due)
	return err
}

// campaignItem returns the item with the id in the log.
func (r *read) campaignItem(tenant, id string) (CampaignItem, bool, error) {
	if !storable(tenant) || !storable(id) {
		return CampaignItem{}, false, nil
	}
	rows, err := list(r, scanCampaignItem, `SELECT `+campaignItemColumns+` FROM {campaign_item} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return CampaignItem{}, false, err
	}
	return rows[0], true, nil
}
