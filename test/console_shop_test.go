package test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"holdfast.dev/holdfast/relay/brokertest"
)

// shopIDs are the ids of the things that a shop has one of, as addresses of the console name them.
type shopIDs struct {
	moment, imported, transfer, oneCase, alert, key, display string
}

// fullShop is a server whose shop has one of everything that the console has a page for.
func fullShop(t *testing.T) (*server, *caller, shopIDs) {
	t.Helper()
	s := newSinks(t)
	c := shopFor(t, s.server)
	of := shopIDs{
		transfer: c.transferFor(t, s.server), oneCase: c.caseFor(t, s.server), key: c.keyFor(t, s.server),
		display: c.displayFor(t, s.server), imported: c.importFor(t, s.server),
	}
	c.lotsAndPromisesFor(t, s.server)
	c.campaignFor(t, s.server)
	of.alert = c.alertsFor(t, s.server)
	c.parkedFor(t, s)
	c.must(t, "PUT", s.url("/v1/tills/till-1"), "till", object{"location_id": "berlin", "name": "Front door", "percent": 0}, nil)
	c.must(t, "PUT", s.url("/v1/till-policies"), "policy", object{"location_id": "berlin", "percent": 0}, nil)
	of.moment = url.QueryEscape(time.Now().UTC().Format("2006-01-02T15:04:05.000Z"))
	return s.server, c, of
}

func (c *caller) transferFor(t *testing.T, s *server) string {
	t.Helper()
	var made struct {
		ID string `json:"transfer_id"`
	}
	c.must(t, "POST", s.url("/v1/transfers"), "ask", object{"from_location_id": "berlin", "to_location_id": "paris", "lines": []object{{"product_id": "mug", "quantity": 2}}}, &made)
	return made.ID
}

// caseFor counts fewer cups than an order holds.
func (c *caller) caseFor(t *testing.T, s *server) string {
	t.Helper()
	c.must(t, "POST", s.url("/v1/inventory"), "cup", object{"product_id": "cup", "location_id": "paris", "available_stock": 3}, nil)
	c.must(t, "POST", s.url("/v1/inventory/reserve"), "o-cup", object{"order_id": "o-cup", "product_id": "cup", "location_id": "paris", "quantity": 3}, nil)
	var counted struct {
		ID string `json:"case_id"`
	}
	c.must(t, "POST", s.url("/v1/inventory/observe"), "count", object{"product_id": "cup", "location_id": "paris", "seen": 1, "reason": "count 2026-11"}, &counted)
	return counted.ID
}

func (c *caller) keyFor(t *testing.T, s *server) string {
	t.Helper()
	var made struct{ ID string }
	c.must(t, "POST", s.url("/v1/keys"), "till", object{"name": "till", "role": "clerk", "scopes": []string{"internal"}}, &made)
	return made.ID
}

// displayFor lets a screen show the wall.
func (c *caller) displayFor(t *testing.T, s *server) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	screen := newCaller("")
	screen.http.Jar = jar
	var shown struct{ Code string }
	screen.must(t, "POST", s.url("/console/display"), "", nil, &shown)
	var made struct{ ID string }
	c.must(t, "POST", s.url("/v1/displays"), "lobby", object{"code": shown.Code, "name": "Lobby"}, &made)
	return made.ID
}

// importFor tries a file that has a bad row.
func (c *caller) importFor(t *testing.T, s *server) string {
	t.Helper()
	rows := "product_id,location_id,on_hand\nplate,berlin,12\nspoon,berlin,dozen\n"
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.url("/v1/imports?kind=levels&dry_run=true"), strings.NewReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	var sent struct {
		ID string `json:"import_id"`
	}
	if err := json.Unmarshal(b, &sent); err != nil || sent.ID == "" {
		t.Fatalf("an import: %v: %s", err, b)
	}
	return sent.ID
}

func (c *caller) lotsAndPromisesFor(t *testing.T, s *server) {
	t.Helper()
	soon := time.Now().UTC().AddDate(0, 0, 3).Format(time.DateOnly)
	c.must(t, "POST", s.url("/v1/inventory"), "milk", object{"product_id": "milk", "location_id": "berlin", "available_stock": 0}, nil)
	c.must(t, "POST", s.url("/v1/inventory/restock"), "B7", object{"product_id": "milk", "location_id": "berlin", "quantity": 40, "lot": object{"batch": "B7", "expires_at": soon}}, nil)
	c.must(t, "PUT", s.url("/v1/promises/lamp"), "presale", object{"location_id": "berlin", "presale": object{"cap": 100, "promise_date": "2091-05-01T09:00:00Z"}}, nil)
	c.must(t, "PUT", s.url("/v1/replenishments/berlin"), "rule", object{"to_location_id": "berlin", "from_location_ids": []string{"paris"}, "product_ids": []string{"mug"}, "min": 5, "target": 15, "every_seconds": 86400}, nil)
	c.must(t, "PUT", s.url("/v1/reasons"), "reasons", object{"items": []object{{"code": "breakage", "title": "Fell down", "direction": "out"}}}, nil)
}

// campaignFor makes a campaign with an item that the books refuse, and shares a quota out by
// schedule.
func (c *caller) campaignFor(t *testing.T, s *server) {
	t.Helper()
	c.must(t, "PUT", s.url("/v1/quotas/mug/schedule"), "daily", object{"location_id": "berlin", "daily_at": "05:30", "time_zone": "Europe/Berlin", "mode": "rebalance", "keep": 5}, nil)
	c.must(t, "PUT", s.url("/v1/campaigns/spring"), "spring", object{"name": "Spring sale", "rule": object{"ends_at": "2099-04-01T00:00:00Z"}, "items": []object{
		{"product_id": "oil", "location_id": "paris", "quota": 4}, {"product_id": "lamp", "location_id": "berlin", "quota": 60},
	}}, nil)
	awaits(t, "the books refuse an item of the campaign", func() bool {
		var now struct{ Refused, Pending int }
		c.must(t, "GET", s.url("/v1/campaigns/spring"), "", nil, &now)
		return now.Refused == 1 && now.Pending == 0
	})
}

// alertsFor makes a rule that fires, and returns an alert of it.
func (c *caller) alertsFor(t *testing.T, s *server) string {
	t.Helper()
	c.must(t, "PUT", s.url("/v1/alert-rules/low"), "low", object{"rule": object{"metric": "available", "condition": "value <= threshold", "clear_seconds": 0, "title": "Runs low"}}, nil)
	c.must(t, "PUT", s.url("/v1/alert-receivers/ops"), "ops", object{"kind": "webhook", "settings": object{"url": "http://127.0.0.1:1/"}}, nil)
	c.must(t, "PUT", s.url("/v1/alert-silences/night"), "night", object{"product_id": "oil", "until": time.Now().AddDate(0, 1, 0).Format(time.RFC3339), "reason": "stock-take"}, nil)
	var fired struct {
		Items []struct {
			ID string `json:"alert_id"`
		}
	}
	awaits(t, "the rule fires", func() bool {
		c.must(t, "GET", s.url("/v1/alerts?rule_id=low"), "", nil, &fired)
		return len(fired.Items) > 0
	})
	return fired.Items[0].ID
}

// parkedFor makes a sink that takes nothing, and a source that has a message that is no command.
func (c *caller) parkedFor(t *testing.T, s *sinks) {
	t.Helper()
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnprocessableEntity) }))
	t.Cleanup(refuses.Close)
	broker := brokertest.StartNATS(t)
	c.must(t, "PUT", s.url("/v1/sinks/hook"), "hook", object{"kind": "webhook", "target": refuses.URL, "from": "start"}, nil)
	c.must(t, "PUT", s.url("/v1/sources/tills"), "tills", object{"kind": "nats", "target": "nats://" + broker.Addr(), "topic": "orders"}, nil)
	s.until(t, "hook", func(now sink) bool { return now.Parked > 0 && now.State == "blocked" })
	conn, err := nats.Connect("nats://" + broker.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	awaits(t, "a message is parked", func() bool {
		// It is lost until the relay has made the stream.
		if err := conn.Publish("orders", []byte("no command")); err != nil {
			t.Fatal(err)
		}
		var now struct{ Parked int }
		c.must(t, "GET", s.url("/v1/sources/tills"), "", nil, &now)
		return now.Parked > 0
	})
}
