package server_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/alert"
	"holdfast.dev/holdfast/internal/alert/notice/noticetest"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// alarm evaluates rules and sends notices when the test says so.
type alarm struct {
	desk   *alert.Desk
	duties *duty.Runner
}

// evaluating makes the alarm of a house.
func (h *house) evaluating(journal *view.Journal) {
	h.alarm.desk = alert.New(alert.Rooms{
		Kept: h.catalog.Documents, Books: h.books, Items: h.items, Figures: h.figures, Journal: journal,
		Lag: func(ctx context.Context, tenant string, k *catalog.Sink) (time.Duration, bool) {
			return h.front.SinkLag(ctx, tenant, k)
		},
		Nodes:    h.fleet.told,
		Settings: func(r *catalog.AlertReceiver) (map[string]string, error) { return h.front.ReceiverSettings(r) },
	}, alert.WithClock(h.clock.Now), alert.WithSenders(noticetest.New))
	h.alarm.duties = duty.New(slog.New(slog.DiscardHandler), h.alarm.desk.Evaluation(), h.alarm.desk.Sending()).WithClock(h.clock.Now)
}

// hook is a receiver of notices: it keeps their ids.
type hook struct {
	mu  sync.Mutex
	ids []string
}

func newHook(t *testing.T) (*hook, string) {
	t.Helper()
	h := &hook{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.ids = append(h.ids, r.Header.Get("Webhook-Id"))
	}))
	t.Cleanup(server.Close)
	return h, server.URL
}

func (h *hook) count() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.ids)
}

// evaluates evaluates the rules, and sends what they find.
func (h *house) evaluates(t *testing.T) {
	t.Helper()
	h.clock.forward(10 * time.Second)
	if _, err := h.alarm.duties.Look(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestARuleFiresAndIsResolved(t *testing.T) {
	t.Parallel()
	h := start(t, sealer(t))
	h.role(t, "wall", catalog.RoleDisplay, catalog.ScopeRead)
	h.bound(t, "berlin", catalog.ScopeRead, stock.Bounds{Locations: []string{"berlin"}})
	h.bound(t, "lyon", catalog.ScopeInternal, stock.Bounds{Locations: []string{"lyon"}})
	hook, url := newHook(t)
	const low = `{"rule":{"metric":"available","condition":"value <= threshold","send_to":["team"],"repeat_seconds":60,"clear_seconds":0}}`
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9,"low_stock_threshold":5}`},
		{name: "an item elsewhere", path: "/v1/inventory", body: `{"product_id":"cup","location_id":"lyon","available_stock":9}`},
		{name: "a rule that sends to nobody known", verb: "PUT", path: "/v1/alert-rules/low", body: low, status: 400, want: []string{`violations.0.field "rule.send_to[0]"`}},
		{name: "a receiver", verb: "PUT", path: "/v1/alert-receivers/team", body: `{"kind":"webhook","settings":{"url":` + strconv.Quote(url) + `,"secret":"whsec_c2VjcmV0"}}`, want: []string{`secrets.0 "secret"`, `settings.secret absent`}},
		{name: "a test of it", path: "/v1/alert-receivers/team/test", body: `{}`, want: []string{`delivered true`, `error absent`}},
		{name: "a rule", verb: "PUT", path: "/v1/alert-rules/low", body: low, want: []string{`title "low"`, `severity "warning"`, `enabled true`, `firing 0`, `evaluated_at absent`, `for_seconds 0`, `clear_seconds 0`}},
		{name: "a rule that does not say when it is over", verb: "PUT", path: "/v1/alert-rules/usual", body: `{"rule":{"metric":"sold_out","condition":"value == 1","enabled":false}}`, want: []string{`clear_seconds 300`}},
		{name: "which is not needed", verb: "DELETE", path: "/v1/alert-rules/usual"},
		{name: "the same again", verb: "PUT", path: "/v1/alert-rules/low", body: low, want: []string{`title "low"`}},
		{name: "the receiver is in use", verb: "DELETE", path: "/v1/alert-receivers/team", status: 409, code: "INVALID_STATE"},
		{name: "nothing was found", as: "read", path: "/v1/alerts", want: []string{`items.length 0`}},
		{name: "two are left", path: "/v1/inventory/adjust", body: `{"product_id":"mug","location_id":"berlin","delta":-7,"reason":"x"}`},
	})
	h.shows(t, "low", "mug")
	h.evaluates(t)
	h.evaluates(t)
	a := h.call(t, "read", "GET", "/v1/alerts?state=firing", "")
	var found struct {
		Items []struct {
			ID string `json:"alert_id"`
		} `json:"items"`
	}
	if err := json.Unmarshal(a.raw, &found); err != nil || len(found.Items) != 1 {
		t.Fatalf("%s, %v", a.raw, err)
	}
	one := "/v1/alerts/" + found.Items[0].ID
	h.tell(t, []step{
		{name: "it fires", as: "read", path: "/v1/alerts?product_id=mug&location_id=berlin&rule_id=low", want: []string{`items.length 1`, `items.0.state "firing"`, `items.0.value 2`, `items.0.firings 1`, `items.0.unsent 0`, `items.0.history absent`}},
		{name: "of another product nothing does", as: "read", path: "/v1/alerts?product_id=cup", want: []string{`items.length 0`}},
		{name: "a key of its location", as: "berlin", path: one, want: []string{`history.0.what "fired"`, `history.0.value 2`, `history.1.what "sent"`, `history.1.receiver_id "team"`}},
		{name: "and in a list", as: "berlin", path: "/v1/alerts?location_id=berlin", want: []string{`items.length 1`}},
		{name: "which must be named", as: "berlin", path: "/v1/alerts", status: 403},
		{name: "a key of another location", as: "lyon", path: one + "/mute", body: `{}`, status: 403},
		{name: "the rule knows", as: "read", path: "/v1/alert-rules/low", want: []string{`firing 1`, `last_error absent`}},
		{name: "readers acknowledge nothing", as: "read", path: one + "/acknowledge", body: `{}`, status: 403},
		{name: "somebody takes care", as: "internal", path: one + "/acknowledge", body: `{"note":"on my way"}`, head: []string{"Idempotency-Key", "k"}, want: []string{`state "acknowledged"`, `acknowledged.note "on my way"`}},
		{name: "not for a wall to say who", as: "wall", path: "/v1/alerts?state=acknowledged", want: []string{`items.0.state "acknowledged"`, `items.0.acknowledged.operator ""`, `items.0.acknowledged.note ""`}},
		{name: "once", as: "internal", path: one + "/acknowledge", body: `{"note":"on my way"}`, head: []string{"Idempotency-Key", "k"}, want: []string{`history.length 3`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "muted", as: "internal", path: one + "/mute", body: `{"note":"enough"}`, want: []string{`state "muted"`, `muted.note "enough"`}},
		{name: "and not", as: "internal", path: one + "/unmute", body: `{}`, want: []string{`state "acknowledged"`, `muted absent`}},
		{name: "silenced", as: "internal", verb: "PUT", path: "/v1/alert-silences/night", body: `{"product_id":"mug","from":"2001-01-01T00:00:00Z","until":"2001-01-02T00:00:00Z","reason":"stock-take"}`, want: []string{`active false`, `rule_id absent`}},
		{name: "more comes", path: "/v1/inventory/restock", body: `{"product_id":"mug","location_id":"berlin","quantity":20}`},
	})
	h.shows(t, "in_stock", "mug")
	h.evaluates(t)
	h.evaluates(t)
	h.tell(t, []step{
		{name: "it is resolved", as: "read", path: one, want: []string{`state "resolved"`, `acknowledged absent`, `value 22`}},
		{name: "there is nothing to take care of", path: one + "/acknowledge", body: `{}`, status: 409, code: "INVALID_STATE"},
		{name: "one that never was", as: "read", path: "/v1/alerts/alert-none", status: 404},
		{name: "the rule goes", verb: "DELETE", path: "/v1/alert-rules/low"},
		{name: "twice", verb: "DELETE", path: "/v1/alert-rules/low"},
		{name: "and then the receiver", verb: "DELETE", path: "/v1/alert-receivers/team"},
	})
	if got := hook.count(); got != 3 {
		t.Errorf("%d notices came, want the test, one that it fires and one that it is resolved", got)
	}
}

// shows waits until the list of items shows an item in a state.
func (h *house) shows(t *testing.T, state, product string) {
	t.Helper()
	h.await(t, product+" in the list", func() bool {
		return strings.Contains(string(h.call(t, "read", "GET", "/v1/items?status="+state, "").raw), `"`+product+`"`)
	})
}

func TestWhatARuleMayNotSay(t *testing.T) {
	t.Parallel()
	h := start(t)
	const rule = "/v1/alert-rules/r"
	h.tell(t, []step{
		{name: "an item", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"berlin","available_stock":9}`},
		{name: "no rule", verb: "PUT", path: rule, body: `{}`, status: 400, want: []string{`violations.0.field "rule.metric"`}},
		{name: "another metric", verb: "PUT", path: rule, body: `{"rule":{"metric":"availabel","condition":"value < 1"}}`, status: 400, want: []string{`violations.0.field "rule.metric"`}},
		{name: "no condition", verb: "PUT", path: rule, body: `{"rule":{"metric":"available"}}`, status: 400, want: []string{`violations.0.field "rule.condition"`}},
		{name: "a condition that is none", verb: "PUT", path: rule, body: `{"rule":{"metric":"available","condition":"value <"}}`, status: 400, want: []string{`violations.0.field "rule.condition"`}},
		{name: "a variable that it lacks", verb: "PUT", path: rule, body: `{"rule":{"metric":"available","condition":"usual < 1"}}`, status: 400, want: []string{`violations.0.field "rule.condition"`}},
		{name: "of a product that is not known", verb: "PUT", path: rule, body: `{"rule":{"metric":"available","condition":"value < 1","product_id":"mgu"}}`, status: 404},
		{name: "of a product that it has not", verb: "PUT", path: rule, body: `{"rule":{"metric":"sold_units","condition":"value < 1","product_id":"mug"}}`, status: 400, want: []string{`violations.0.field "rule.product_id"`}},
		{name: "of no product", verb: "PUT", path: rule, body: `{"rule":{"metric":"hours_left","condition":"value < 1"}}`, status: 400, want: []string{`violations.0.field "rule.product_id"`}},
		{name: "repeated too often", verb: "PUT", path: rule, body: `{"rule":{"metric":"available","condition":"value < 1","repeat_seconds":5}}`, status: 400, want: []string{`violations.0.field "rule.repeat_seconds"`}},
		{name: "a kind of receivers that is none", verb: "PUT", path: "/v1/alert-receivers/a", body: `{"kind":"pigeon"}`, status: 400, want: []string{`violations.0.field "kind"`}},
		{name: "a receiver without an address", verb: "PUT", path: "/v1/alert-receivers/a", body: `{"kind":"webhook"}`, status: 400, want: []string{`violations.0.field "settings"`}},
		{name: "a setting that it has not", verb: "PUT", path: "/v1/alert-receivers/a", body: `{"kind":"webhook","settings":{"url":"https://a.example","ulr":"x"}}`, status: 400, want: []string{`violations.0.field "settings"`}},
		{name: "a secret without a key to keep it", verb: "PUT", path: "/v1/alert-receivers/a", body: `{"kind":"webhook","settings":{"url":"https://a.example","secret":"whsec_c2VjcmV0"}}`, status: 409, code: "INVALID_STATE"},
		{name: "a silence that ends before it begins", verb: "PUT", path: "/v1/alert-silences/s", body: `{"from":"2030-01-02T00:00:00Z","until":"2030-01-01T00:00:00Z","reason":"x"}`, status: 400, want: []string{`violations.0.field "until"`}},
		{name: "one without a reason", verb: "PUT", path: "/v1/alert-silences/s", body: `{"until":"2100-01-01T00:00:00Z"}`, status: 400, want: []string{`violations.0.field "reason"`}},
		{name: "what the past does not tell", path: "/v1/alert-rules:try", body: `{"rule":{"metric":"parked","condition":"value > 0"}}`, status: 400, want: []string{`violations.0.field "rule"`}},
		{name: "of all products", path: "/v1/alert-rules:try", body: `{"rule":{"metric":"available","condition":"value > 0"}}`, status: 400, want: []string{`violations.0.field "rule"`}},
		{name: "more than a month", path: "/v1/alert-rules:try", body: `{"rule":{"metric":"available","condition":"value > 0"},"from":"2001-01-01T00:00:00Z"}`, status: 400, want: []string{`violations.0.field "from"`}},
		{name: "what it tells", as: "read", path: "/v1/alert-rules:try", body: `{"rule":{"metric":"available","condition":"value == 9","product_id":"mug"},"until":"` + h.clock.Now().Add(time.Minute).UTC().Format(time.RFC3339) + `"}`, want: []string{`fired 1`, `items.length 1`, `items.0.what "fired"`, `items.0.location_id "berlin"`}},
		{name: "of a flow", as: "read", path: "/v1/alert-rules:try", body: `{"rule":{"metric":"sold_units","condition":"value > 0"}}`, want: []string{`fired 0`, `items.length 0`}},
		{name: "what there is", as: "read", path: "/v1/alert-options", want: []string{`metrics.length 17`, `metrics.0.metric "available"`, `metrics.0.example.condition "low == 1"`, `metrics.0.tries true`}},
	})
}

func TestRulesWatchTheServersOfTheInstallation(t *testing.T) {
	t.Parallel()
	h := start(t)
	now := h.clock.Now()
	node := func(id, host string, f catalog.NodeFacts) fleet.Node {
		f.Host = host
		return fleet.Node{Serving: true, Node: catalog.Node{ID: id, Facts: f}}
	}
	behind := func(d time.Duration, records int64) []catalog.ReplicaFacts {
		return []catalog.ReplicaFacts{{Name: "main", Records: records, Behind: catalog.Period(d)}, {Name: "unknown", Records: -1, Behind: -1}}
	}
	h.fleet.nodes = []fleet.Node{
		node("n-1", "a", catalog.NodeFacts{DiskFree: 50, DiskAll: 100, CertificateEnds: now.Add(100 * 24 * time.Hour), Replicas: behind(time.Second, 1)}),
		node("n-2", "b", catalog.NodeFacts{DiskFree: 5, DiskAll: 100, CertificateEnds: now.Add(7 * 24 * time.Hour), Replicas: behind(5*time.Minute, 9)}),
		node("n-3", "c", catalog.NodeFacts{}),
	}
	h.tell(t, []step{
		{name: "the disk", verb: "PUT", path: "/v1/alert-rules/disk", body: `{"rule":{"metric":"disk_free","condition":"value < 0.1 and free_bytes < 10","clear_seconds":0}}`},
		{name: "the certificate", verb: "PUT", path: "/v1/alert-rules/certificate", body: `{"rule":{"metric":"certificate_days","condition":"value < 14","clear_seconds":0}}`},
		{name: "replicas", verb: "PUT", path: "/v1/alert-rules/replica", body: `{"rule":{"metric":"replica_lag","condition":"value > 60 and records > 2","clear_seconds":0}}`},
		{name: "not another tenant's", as: "other", verb: "PUT", path: "/v1/alert-rules/disk", body: `{"rule":{"metric":"disk_free","condition":"value < 0.1"}}`, status: 400, want: []string{`violations.0.field "rule.metric"`}},
		{name: "which is not offered it", as: "other", path: "/v1/alert-options", want: []string{`metrics.length 14`}},
		{name: "as this one is", path: "/v1/alert-options", want: []string{`metrics.length 17`}},
	})
	h.evaluates(t)
	h.evaluates(t)
	h.tell(t, []step{
		{name: "one disk is full", path: "/v1/alerts?rule_id=disk", want: []string{`items.length 1`, `items.0.subject "b"`, `items.0.value 0.05`}},
		{name: "one certificate ends", path: "/v1/alerts?rule_id=certificate", want: []string{`items.length 1`, `items.0.subject "b"`}},
		{name: "a replica is as far behind as anybody sees it", path: "/v1/alerts?rule_id=replica", want: []string{`items.length 1`, `items.0.subject "main"`, `items.0.value 300`}},
	})
	h.fleet.nodes = h.fleet.nodes[:1]
	h.evaluates(t)
	h.tell(t, []step{
		{name: "the server is gone", path: "/v1/alerts?rule_id=disk", want: []string{`items.0.state "resolved"`}},
		{name: "nobody sees the replica behind", path: "/v1/alerts?rule_id=replica", want: []string{`items.0.state "resolved"`, `items.0.value 1`}},
	})
}
