package server_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/transcode"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// withoutDryRun are the writes that are refused with dry_run: they are about documents, people,
// machines or many items at once.
var withoutDryRun = strings.Fields(`
	AcceptOnlineOrder AcknowledgeAlert AddDevice AddDisplay AdvanceSink AdvanceSource ApproveTransfer AssignCase BookLost
	CancelOnlineOrder CancelTransfer CleanupExpired CommentCase CreateKey CreateTillCode CreateTransfer
	DecideCase DeclineOnlineOrder DeleteAlertReceiver DeleteAlertRule DeleteAlertSilence DeleteDetails DeleteKit DeleteLane
	DeleteQuotaSchedule DeleteRedisRule DeleteReplenishment DeleteSink DeleteSource DeleteTill DeleteTillPolicy DiscardParked DiscardParkedMessage
	EndCampaign EndDevice EndDisplay EndSession ExecuteStream KeepOnlineOrder MuteAlert OfferTill PauseSink PauseSource
	RebuildRedisItems RebuildSearch RebuildSink RecallLot ReceiveTransfer RedeliverDelivery Reinstate ReplenishTransfers RequeueParked
	RequeueParkedMessage ResumeSink ResumeSource Retire RevokeKey RewindSink RotateKey RotateSinkSecret
	SetAlertReceiver SetAlertRule SetAlertSilence SetCampaign SetCampaignItems SetDetails SetKit SetKits SetLanes SetLocation SetLocations
	SetLotPolicy SetManyDetails SetPromises SetQuotaSchedule SetReasons SetRedisRule SetReplenishment SetSink SetSource SetTill SetTillPolicy
	ShipTransfer TestAlertReceiver TestSink TestSource UnmuteAlert UpdateSettings WriteOffTill`)

// A new write needs a decision whether it has a dry run.
func TestEveryWriteHasADryRunOrIsInTheListOfThoseWithout(t *testing.T) {
	t.Parallel()
	without := map[string]bool{}
	for _, name := range withoutDryRun {
		without[name] = true
	}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		name, rule := string(md.Name()), transcode.Method(md)
		switch {
		case rule.GetDryRun() && (without[name] || !rule.GetWrite()):
			t.Errorf("%s has a dry run, and is listed without or is no write", name)
		case rule.GetWrite() && !rule.GetDryRun() && !without[name]:
			t.Errorf("%s: has it a dry run? Give it dry_run in its options, or add it to the list of those without", name)
		}
		delete(without, name)
	})
	for name := range without {
		t.Errorf("%s is no method", name)
	}
}

// everythingKept is all that the house has stored but figures: they follow the log after a while.
func (h *house) everythingKept(t *testing.T) string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+h.kept+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var all strings.Builder
	fmt.Fprintln(&all, h.books.Places())
	for _, table := range column(t, db, `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'figure%' ORDER BY name`) {
		rows := column(t, db, `SELECT json_array(`+strings.Join(column(t, db, `SELECT 'quote("' || name || '")' FROM pragma_table_info('`+table+`')`), ",")+`) FROM "`+table+`"`)
		slices.Sort(rows)
		fmt.Fprintln(&all, table, strings.Join(rows, "\n"))
	}
	return all.String()
}

func column(t *testing.T, db *sql.DB, query string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(query, err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// dryWrites have, for each method with a dry run, calls that succeed one after another.
var dryWrites = []struct{ method, verb, path, body string }{
	{"CreateInventory", "POST", "/inventory", `{"product_id":"new","available_stock":3,"unit":"kg","scale":2}`},
	{"Restock", "POST", "/inventory/restock", `{"product_id":"p","quantity":5}`},
	{"Restock", "POST", "/inventory/restock", `{"product_id":"milk","quantity":5,"lot":{"batch":"b2"}}`},
	{"Adjust", "POST", "/inventory/adjust", `{"product_id":"p","delta":-2,"reason":"x"}`},
	{"SetThreshold", "PUT", "/inventory/p/threshold", `{"low_stock_threshold":7}`},
	{"SetSaleStatus", "POST", "/inventory/sale-status", `{"product_id":"p","on_sale":false}`},
	{"SetSaleStatus", "POST", "/inventory/sale-status", `{"product_id":"p","on_sale":true}`},
	{"Reserve", "POST", "/inventory/reserve", `{"order_id":"a","product_id":"p","quantity":4}`},
	{"Reserve", "POST", "/inventory/reserve", `{"order_id":"sold","product_id":"p","quantity":2}`},
	{"Reserve", "POST", "/inventory/reserve", `{"order_id":"chosen","items":[{"product_id":"p","quantity":1}],"sourcing":{}}`},
	{"Reserve", "POST", "/inventory/reserve", `{"order_id":"set","product_id":"basket","quantity":1}`},
	{"Reserve", "POST", "/inventory/reserve", `{"order_id":"lotted","product_id":"milk","quantity":1}`},
	{"ChangeOrder", "POST", "/v1/inventory/change", `{"order_id":"a","items":[{"product_id":"p","quantity":3}],"expected":[{"product_id":"p","quantity":4}]}`},
	{"Extend", "POST", "/v1/inventory/extend", `{"order_id":"a","ttl_seconds":86400}`},
	{"ExpireOrder", "POST", "/v1/sandbox/expire", `{"order_id":"a","ttl_seconds":7200}`},
	{"Commit", "POST", "/v1/inventory/commit", `{"order_id":"a"}`},
	{"Relocate", "POST", "/v1/inventory/relocate", `{"order_id":"a","product_id":"p","to_location_id":"there"}`},
	{"Deduct", "POST", "/inventory/deduct", `{"order_id":"sold"}`},
	{"Return", "POST", "/v1/inventory/return", `{"product_id":"p","quantity":1,"order_id":"sold","to":"pool/shared"}`},
	{"Withdraw", "POST", "/v1/inventory/withdraw", `{"order_id":"sold","product_id":"p","quantity":1}`},
	{"Release", "POST", "/inventory/release", `{"order_id":"a"}`},
	{"Move", "POST", "/v1/inventory/move", `{"product_id":"p","quantity":1,"from":"pool/shared","to":"damaged","reason":"x"}`},
	{"Observe", "POST", "/v1/inventory/observe", `{"product_id":"p","seen":11}`},
	{"Observe", "POST", "/v1/inventory/observe", `{"product_id":"p","seen":0}`},
	{"SellElsewhere", "POST", "/v1/inventory/sold-elsewhere", `{"order_id":"shop","product_id":"p","quantity":99,"at":"NOW"}`},
	{"SetQuotas", "PUT", "/v1/quotas/q", `{"channels":[{"channel_id":"web","quota":3},{"channel_id":"app","quota":0}]}`},
	{"Allot", "POST", "/v1/quotas/q/allot", `{"keep":1}`},
	{"ResetSold", "POST", "/v1/quotas/q/reset", `{}`},
	{"ExecuteBatch", "POST", "/v1/commands:batch", `{"commands":[{"restock":{"product_id":"q","quantity":5}},{"reserve":{"order_id":"many","product_id":"q","quantity":6}},{"deduct":{"order_id":"many"}},{"restock":{"product_id":"unknown","quantity":5}}]}`},
}

// A dry run stores nothing and answers as the write, which is carried out next.
func TestADryRunAnswersAsTheWriteAndStoresNothing(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, s := range []step{
		{path: "/inventory", body: `{"product_id":"p","available_stock":20}`},
		{path: "/inventory", body: `{"product_id":"p","location_id":"there","available_stock":20}`},
		{path: "/inventory", body: `{"product_id":"q","available_stock":9}`},
		{path: "/inventory", body: `{"product_id":"milk"}`},
		{path: "/inventory/restock", body: `{"product_id":"milk","quantity":5,"lot":{"batch":"b1","expires_at":"2091-01-09"}}`},
		{verb: "PUT", path: "/v1/kits/basket", body: `{"components":[{"product_id":"q","quantity":2}]}`},
	} {
		h.play(t, s)
	}
	left := map[string]bool{}
	everyMethod(t, func(md protoreflect.MethodDescriptor) { left[string(md.Name())] = transcode.Method(md).GetDryRun() })
	for _, w := range dryWrites {
		body := strings.ReplaceAll(w.body, "NOW", h.clock.Now().UTC().Format("2006-01-02T15:04:05Z"))
		was := h.everythingKept(t)
		for range 2 { // a key is not used
			tried := h.call(t, "admin", w.verb, w.path+"?dry_run=true", body, "Idempotency-Key", "k")
			if tried.status != 200 || tried.at("dry_run") != "true" || tried.head.Get("Holdfast-Position") != "" {
				t.Fatalf("%s %s: %d %s", w.path, body, tried.status, tried.raw)
			}
			if is := h.everythingKept(t); is != was {
				t.Fatalf("%s %s stored something: %s\nbefore %s", w.path, body, is, was)
			}
		}
		tried := h.call(t, "admin", w.verb, w.path+"?dry_run=true", body)
		done := h.call(t, "admin", w.verb, w.path, body)
		if a, b := withoutTimes(t, tried.raw), withoutTimes(t, done.raw); done.status != 200 || a != b {
			t.Errorf("%s %s is tried as\n%s\nand carried out as\n%s", w.path, body, a, b)
		}
		delete(left, w.method)
	}
	for name, dry := range left {
		if dry {
			t.Errorf("no call of %s is tried", name)
		}
	}
}

// withoutTimes is an answer without what a dry run adds, times, and the case that it does not open.
func withoutTimes(t *testing.T, raw []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	var drop func(v any)
	drop = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			maps.DeleteFunc(v, func(k string, _ any) bool {
				return k == "dry_run" || k == "preview" || k == "case_id" || strings.HasSuffix(k, "_at")
			})
			for _, of := range v {
				drop(of)
			}
		case []any:
			for _, of := range v {
				drop(of)
			}
		}
	}
	drop(v)
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A method without a dry run refuses dry_run over both transports, and stores nothing.
func TestACallWithoutADryRunIsRefusedWithIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.role(t, "agent", catalog.RoleAgent, catalog.ScopeAdmin)
	was := h.everythingKept(t)
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule := transcode.Method(md)
		if rule.GetDryRun() || rule.GetScope() == holdfastv1.Scope_SCOPE_TILL || rule.GetScope() == holdfastv1.Scope_SCOPE_CODE {
			return
		}
		err := h.callAs(t, "admin", md, "dry_run", "true")
		if status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "dry_run") {
			t.Errorf("%s: %v", md.Name(), err)
		}
	})
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		if md.Name() != "Restock" {
			return
		}
		for _, name := range []string{"dry-run", "dry_run-bin"} {
			if err := h.callAs(t, "admin", md, name, "true"); status.Code(err) != codes.InvalidArgument || !strings.Contains(err.Error(), "dry_run") {
				t.Errorf("%s with %s: %v", md.Name(), name, err)
			}
		}
	})
	h.tell(t, []step{
		{name: "a write without", verb: "PUT", path: "/v1/locations/x?dry_run=true", body: `{"name":"X"}`, status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "dry_run"`}},
		{name: "a write about many items", path: "/inventory/retire?dry_run=true", body: `{"product_id":"p"}`, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "neither true nor false", path: "/inventory/restock?dry_run=1", body: `{"product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "empty", path: "/inventory/restock?dry_run=", body: `{"product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "without a value", path: "/inventory/restock?dry_run", body: `{"product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "in a header", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"Dry-Run", "true"}, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "in a header of the parameter's name", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, head: []string{"dry_run", "true"}, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "twice", path: "/inventory/restock?dry_run=true&dry_run=false", body: `{"product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "dry_run"`}},
		{name: "with another parameter", path: "/inventory/restock?dry_run=true&x=1", body: `{"product_id":"p","quantity":1}`, status: 400, want: []string{`violations.0.field "x"`}},
		{name: "without the right", as: "read", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, status: 403},
		{name: "without the role", as: "agent", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, status: 403},
		{name: "of what is not known", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, status: 404},
	})
	if is := h.everythingKept(t); is != was {
		t.Errorf("something was stored: %s\nbefore %s", is, was)
	}
}

func TestADryRunShowsWhatWouldChange(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "elsewhere", catalog.ScopeAdmin, stock.Bounds{Locations: []string{"elsewhere"}})
	h.tell(t, []step{
		{name: "an item is created", path: "/inventory?dry_run=true", body: `{"product_id":"p","available_stock":10}`, want: []string{`available_stock 10`, `preview.items.0.available_before 0`, `preview.items.0.available_after 10`, `preview.cases []`}},
		{name: "it is not there", path: "/inventory/product/p", status: 404},
		{name: "it is created now", path: "/inventory?dry_run=false", body: `{"product_id":"p","available_stock":10}`, want: []string{`dry_run absent`, `preview absent`}},
		{
			name: "an order is held", path: "/inventory/reserve?dry_run=true", body: `{"order_id":"o","product_id":"p","quantity":4}`,
			want: []string{
				`reservations.0.quantity 4`, `preview.items.length 1`, `preview.items.0.reserved_after 4`, `preview.items.0.on_hand_after 10`,
				`preview.items.0.accounts.length 2`, `preview.items.0.accounts.0.account "pool/shared"`, `preview.items.0.accounts.0.before 10`, `preview.items.0.accounts.0.after 6`,
				`preview.items.0.accounts.1.account "held"`, `preview.items.0.accounts.1.after 4`,
			},
		},
		{name: "too much is refused", path: "/inventory/reserve?dry_run=true", body: `{"order_id":"o","product_id":"p","quantity":14}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "a key is not looked up", path: "/inventory/restock", body: `{"product_id":"p","quantity":1}`, head: []string{"Idempotency-Key", "k"}},
		{name: "even for another request", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":2}`, head: []string{"Idempotency-Key", "k"}, want: []string{`available_stock 13`}, says: []string{"Idempotency-Replayed", ""}},
		{name: "a case would open", path: "/v1/inventory/sold-elsewhere?dry_run=true", body: `{"order_id":"s","product_id":"p","quantity":12,"at":"` + h.clock.Now().UTC().Format("2006-01-02T15:04:05Z") + `"}`, want: []string{`case_id absent`, `oversold 1`, `preview.cases.0.kind "oversell"`, `preview.cases.0.quantity 1`}},
		{name: "none did", path: "/v1/cases", want: []string{`items []`}},
		{name: "another tenant does not know it", as: "other", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, status: 404},
		{name: "a bound key asks for what is not its own", as: "elsewhere", path: "/inventory/restock?dry_run=true", body: `{"product_id":"p","quantity":1}`, status: 403},
		{
			name: "commands of a batch find what those before them left", path: "/v1/commands:batch",
			body: `{"dry_run":true,"commands":[{"idempotency_key":"k","reserve":{"order_id":"o","product_id":"p","quantity":10}},{"reserve":{"order_id":"n","product_id":"p","quantity":2}},{"release":{"order_id":"o"}}]}`,
			want: []string{`dry_run true`, `results.0.ok true`, `results.0.preview.items.0.available_after 1`, `results.1.error.code "INSUFFICIENT_STOCK"`, `results.1.preview absent`, `results.2.preview.items.0.available_before 1`, `results.2.preview.items.0.available_after 11`},
		},
		{name: "nothing is held", path: "/inventory/product/p", want: []string{`reserved_stock 0`, `available_stock 11`}},
	})
}
