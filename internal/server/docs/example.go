package docs

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// Each call of the reference has an example: a shop sells mugs in Berlin and Hamburg. What this file does not write
// down is made from the schema: what is required, and nothing else.

// written are the queries of calls, or their bodies where they send one.
var written = map[string]string{
	"CreateInventory":    `{"product_id": "mug", "location_id": "berlin", "available_stock": 10, "low_stock_threshold": 3}`,
	"SetThreshold":       `{"location_id": "berlin", "low_stock_threshold": 3}`,
	"Adjust":             `{"product_id": "mug", "location_id": "berlin", "delta": -1, "reason": "broken"}`,
	"Restock":            `{"product_id": "mug", "location_id": "berlin", "quantity": 5, "reference": "PO-17"}`,
	"SetSaleStatus":      `{"product_id": "mug", "location_id": "berlin", "on_sale": true}`,
	"Retire":             `{"product_id": "mug", "location_id": "berlin", "move_stock_to": "hamburg"}`,
	"Reinstate":          `{"product_id": "mug", "location_id": "berlin"}`,
	"ExecuteBatch":       `{"commands": [{"deduct": {"order_id": "o-1"}}, {"restock": {"product_id": "mug", "location_id": "berlin", "quantity": 5}}]}`,
	"Move":               `{"product_id": "mug", "location_id": "berlin", "from": "pool/shared", "to": "damaged", "quantity": 1}`,
	"Observe":            `{"product_id": "mug", "location_id": "berlin", "seen": 9}`,
	"Return":             `{"product_id": "mug", "location_id": "berlin", "quantity": 1, "order_id": "o-1"}`,
	"SellElsewhere":      `{"order_id": "m-7", "product_id": "mug", "location_id": "berlin", "quantity": 1, "at": "2026-01-31T12:00:00Z"}`,
	"CheckAvailability":  "location_id=berlin&quantity=2",
	"Reserve":            `{"order_id": "o-1", "items": [{"product_id": "mug", "location_id": "berlin", "quantity": 2}], "ttl_seconds": 900}`,
	"SetPromises":        `{"location_id": "berlin", "backorder": {"allowance": 20}}`,
	"ChangeOrder":        `{"order_id": "o-1", "items": [{"product_id": "mug", "location_id": "berlin", "quantity": 3}]}`,
	"Relocate":           `{"order_id": "o-1", "product_id": "mug", "from_location_id": "berlin", "to_location_id": "hamburg"}`,
	"AssignCase":         `{"assignee": "ana"}`,
	"CommentCase":        `{"text": "Counted again: 9."}`,
	"DecideCase":         `{"decision": "release", "orders": ["o-1"]}`,
	"AddDisplay":         `{"code": "ABCD-EFGH", "name": "wall"}`,
	"OfferTill":          `{"epoch": "e-1", "records": [{"body": "AAAA"}]}`,
	"GetLotLevels":       "by=batch",
	"ListLotOrders":      "attr.batch=B7",
	"SetLotPolicy":       `{"lead_days": 3}`,
	"SetLocation":        `{"name": "Berlin", "kind": "store"}`,
	"SetLanes":           `{"items": [{"location_id": "berlin", "cost_per_shipment": 500}]}`,
	"CreateTransfer":     `{"from_location_id": "berlin", "to_location_id": "hamburg", "lines": [{"product_id": "mug", "quantity": 2}]}`,
	"ReplenishTransfers": `{"rules": [{"product_id": "mug", "from_location_ids": ["berlin"], "to_location_id": "hamburg", "min": 2, "target": 6}]}`,
	"SetReplenishment":   `{"from_location_ids": ["berlin"], "to_location_id": "hamburg", "min": 2, "target": 6, "every_seconds": 86400}`,
	"SetQuotas":          `{"location_id": "berlin", "channels": [{"channel_id": "web", "quota": 4}]}`,
	"Allot":              `{"location_id": "berlin", "mode": "pool"}`,
	"SetQuotaSchedule":   `{"location_id": "berlin", "daily_at": "04:00"}`,
	"SetCampaign":        `{"name": "Spring sale", "items": [{"product_id": "mug", "location_id": "berlin", "quota": 4}]}`,
	"SetTillPolicy":      `{"location_id": "berlin", "percent": 20}`,
	"SetRedisRule":       `{"list": "forbidden", "product_id": "mug"}`,
	"DeleteRedisRule":    "list=forbidden&product_id=mug",
	"CompareRedisItems":  `{"product_id": "mug", "location_id": "berlin"}`,
	"RebuildRedisItems":  `{"product_id": "mug", "location_id": "berlin"}`,
	"SetSink":            `{"kind": "webhook", "target": "https://shop.example/hook"}`,
	"SetSource":          `{"kind": "kafka", "target": "kafka://kafka.example:9092", "topic": "orders"}`,
	"RewindSink":         `{"to": "start"}`,
	"SearchProducts":     "q=mug",
	"Suggest":            "q=mu",
	"SetAlertReceiver":   `{"kind": "webhook", "settings": {"url": "https://ops.example/hook"}}`,
	"SetAlertRule":       `{"rule": {"metric": "available", "product_id": "mug", "condition": "value < 3"}}`,
	"TryAlertRule":       `{"rule": {"metric": "available", "product_id": "mug", "condition": "value < 3"}}`,
	"SetAlertSilence":    `{"reason": "stock-take", "from": "2026-01-31T20:00:00Z", "until": "2026-02-01T06:00:00Z"}`,
	"CreateKey":          `{"name": "shop", "scopes": ["internal"]}`,
	"SetReasons":         `{"items": [{"code": "broken", "title": "Broken", "direction": "out"}]}`,
	"UpdateSettings":     `{"default_location": "berlin"}`,
	"WatchItems":         `{"items": [{"product_id": "mug", "location_id": "berlin"}]}`,
	"AddDevice":          `{"code": "ABCD-EFGH", "name": "kiosk-1", "page": "kiosk"}`,
}

// samples are values by the name of a member or parameter.
var samples = map[string]any{
	"product_id": "mug", "location_id": "berlin", "order_id": "o-1", "channel_id": "web", "quantity": 2, "ttl_seconds": 900,
	"case_id": "c-1", "campaign_id": "spring", "till_id": "till-1", "transfer_id": "t-1", "rule_id": "few-mugs", "receiver_id": "ops",
	"silence_id": "night", "alert_id": "a-1", "import_id": "i-1", "name": "orders", "title": "Mug, blue", "reason": "checked",
	"code": "ABCD-EFGH", "lot": map[string]any{"batch": "B7"}, "relay_id": "relay-1", "quota": 4,
}

// example gives a call the address and the body of its example.
func (d *openAPI) example(c *operationEntry, o operation) error {
	name := strings.TrimSuffix(c.ID, "V1")
	c.Example.At = c.Path
	query := url.Values{}
	for _, p := range c.Parameters {
		if p.In == "path" {
			c.Example.At = strings.Replace(c.Example.At, "{"+p.Name+"}", url.PathEscape(sampleText(d.sample(p.Name, schema{}))), 1)
		}
	}
	for _, p := range o.Parameters {
		if p.In == "query" && p.Required {
			query.Set(p.Name, sampleText(d.sample(p.Name, p.Schema)))
		}
	}
	form := query.Encode()
	if o.RequestBody == nil {
		form += written[name]
	}
	if form != "" {
		c.Example.At += "?" + form
	}
	if o.RequestBody == nil {
		return nil
	}
	body, isJSON := o.RequestBody.Content["application/json"]
	switch {
	case !isJSON:
		c.Example.File = true
	case written[name] != "":
		c.Example.Body = written[name]
	default:
		text, err := json.Marshal(d.sample("", body.Schema))
		if err != nil {
			return err
		}
		c.Example.Body = string(text)
	}
	return nil
}

func sampleText(v any) string {
	if text, is := v.(string); is {
		return text
	}
	text, _ := json.Marshal(v) // numbers and booleans have a form
	return string(text)
}

// sample is a value that a member or a parameter may have.
func (d *openAPI) sample(name string, s schema) any {
	if s.Ref != "" {
		s = d.Components.Schemas[named(s.Ref)]
	}
	if len(s.OneOf) > 0 {
		s = s.OneOf[0]
	}
	known, is := samples[name]
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case is:
		return known
	case s.Items != nil:
		return []any{d.sample(strings.TrimSuffix(name, "s"), *s.Items)}
	case s.Properties != nil || slices.Contains(s.Type, "object"):
		object := map[string]any{}
		for _, member := range s.Required {
			object[member] = d.sample(member, s.Properties[member])
		}
		return object
	case slices.Contains(s.Type, "integer"), slices.Contains(s.Type, "number"):
		return 1
	case slices.Contains(s.Type, "boolean"):
		return true
	case s.Format == "date-time":
		return "2026-01-31T12:00:00Z"
	}
	return "1"
}
