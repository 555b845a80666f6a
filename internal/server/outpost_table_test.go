package server_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/audit"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// meets is what a call does that meets units of an outpost: the product P at shop has 20 units, of
// which an outpost has 10.
type meets struct {
	body string // P stands for the product
	code string // of the refusal, "" for none, "*": it does not matter
}

// outpostRows has the calls that can be about units of an outpost. Whatever they answer, the outpost
// keeps what it has.
var outpostRows = map[string][]meets{
	"CreateInventory": {{`{"product_id":"P","location_id":"shop","available_stock":5}`, "ALREADY_EXISTS"}},
	"Restock":         {{`{"product_id":"P","location_id":"shop","quantity":1}`, ""}},
	"Adjust": {
		{`{"product_id":"P","location_id":"shop","set_to":3,"reason":"x"}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop","delta":-15,"reason":"x"}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop","delta":-25,"reason":"x"}`, "INSUFFICIENT_STOCK"},
		{`{"product_id":"P","location_id":"shop","delta":-5,"reason":"x"}`, ""},
	},
	"Move": {
		{`{"product_id":"P","location_id":"shop","from":"pool/shared","to":"damaged","quantity":15}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop","from":"pool/shared","to":"withheld","quantity":5}`, ""},
		{`{"product_id":"P","location_id":"shop","from":"escrow/one/pool/shared","to":"damaged","quantity":1}`, "INVALID_ARGUMENT"},
	},
	"Return":        {{`{"product_id":"P","location_id":"shop","quantity":1}`, ""}, {`{"product_id":"P","location_id":"shop","quantity":1,"to":"escrow/one/pool/shared"}`, "INVALID_ARGUMENT"}},
	"Observe":       {{`{"product_id":"P","location_id":"shop","seen":3,"reason":"x"}`, ""}},
	"SellElsewhere": {{`{"order_id":"P","product_id":"P","location_id":"shop","quantity":15,"at":"2026-01-01T00:00:00Z"}`, ""}},
	"Retire": {
		{`{"product_id":"P","location_id":"shop","write_off":true}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","write_off":true,"when":"now"}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop","move_stock_to":"west","when":"drained"}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop"}`, "KEPT_BY_HOLDER"},
		{`{"product_id":"P","location_id":"shop","write_off":true,"when":"later"}`, "INVALID_ARGUMENT"},
	},
	"Reinstate":     {{`{"product_id":"P","location_id":"shop"}`, ""}},
	"SetThreshold":  {{`{"location_id":"shop","low_stock_threshold":5}`, ""}},
	"SetSaleStatus": {{`{"product_id":"P","location_id":"shop","on_sale":false}`, ""}},
	"Reserve":       {{`{"order_id":"P","product_id":"P","location_id":"shop","quantity":15}`, "*"}},
	"SetQuotas":     {{`{"location_id":"shop","channels":[{"channel_id":"web","quota":15}]}`, "*"}, {`{"location_id":"shop","channels":[{"channel_id":"web","quota":5}]}`, ""}},
	"Allot":         {{`{"location_id":"shop","mode":"rebalance"}`, "*"}},
	"ResetSold":     {{`{"location_id":"shop","channels":["web"]}`, "NOT_FOUND"}},
	"SetPromises":   {{`{"location_id":"shop","backorder":{"allowance":5}}`, "*"}},
	"SetLotPolicy":  {{`{"location_id":"shop"}`, "*"}},
	"RecallLot":     {{`{"location_id":"shop","lot":{"batch":"7"},"reason":"x"}`, "*"}},
	"CreateTransfer": {
		{`{"from_location_id":"shop","to_location_id":"west","lines":[{"product_id":"P","quantity":15}]}`, ""},
	},
	"SetLocation": {{`{"active":false}`, ""}, {`{"active":true}`, ""}},
	"SetTill":     {{`{"location_id":"west"}`, "INVALID_STATE"}},
	"DeleteTill":  {{``, "INVALID_STATE"}},
}

// outpostApart are the other calls that change something, by why they meet no units of an outpost.
var outpostApart = map[string]string{
	"an order that an outpost keeps is refused by itself (stock.Line.KeptBy), any other has no units of it": "Release Deduct Commit Extend ExpireOrder ChangeOrder Relocate Withdraw CleanupExpired " +
		"AcceptOnlineOrder DeclineOnlineOrder CancelOnlineOrder KeepOnlineOrder ConfirmAvailability",
	"its commands are those of the other calls (TestOutpostsKeepTheirUnits looks at each)":              "ExecuteBatch ExecuteStream",
	"what a case decides is a release, a move of an order or a booking of these rows":                   "AssignCase DecideCase CommentCase",
	"it is the outpost's own log, or ends its epoch first":                                              "WriteOffTill OfferTill BookLost PairTill GreetTill ReportTill AskForTill CreateTillCode",
	"the granter gives and calls back by it: only the outpost's log moves units":                        "SetTillPolicy DeleteTillPolicy SetRedisRule DeleteRedisRule RebuildRedisItems CompareRedisItems",
	"its duty carries out what is in these rows":                                                        "SetCampaign SetCampaignItems EndCampaign SetQuotaSchedule DeleteQuotaSchedule SetReplenishment DeleteReplenishment",
	"a transfer takes out of the pool, the quota or the lot that it names (stock.Shift), and no escrow": "ReplenishTransfers ApproveTransfer ShipTransfer ReceiveTransfer CancelTransfer",
	"it is no stock": "AcknowledgeAlert MuteAlert UnmuteAlert SetAlertRule DeleteAlertRule TryAlertRule SetAlertReceiver DeleteAlertReceiver TestAlertReceiver SetAlertSilence DeleteAlertSilence " +
		"SetDetails SetManyDetails DeleteDetails WatchItems SetKit SetKits DeleteKit SetLocations SetLanes DeleteLane ClaimSinks AdvanceSink AdvanceSource RebuildSearch BatchCheck " +
		"SetSink DeleteSink PauseSink ResumeSink RewindSink RebuildSink TestSink RequeueParked DiscardParked RotateSinkSecret RedeliverDelivery SetSource DeleteSource PauseSource ResumeSource TestSource " +
		"RequeueParkedMessage DiscardParkedMessage CreateKey RotateKey RevokeKey EndSession AddDisplay EndDisplay UpdateSettings SetReasons AddDevice EndDevice",
}

// Whatever a call asks for, units that an outpost has stay with it: each call that changes something
// has a row, and is made against units of a till and of Redis.
func TestOutpostsKeepTheirUnits(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.pairOutposts(t)
	apart := map[string]bool{}
	for _, names := range outpostApart {
		for name := range strings.FieldsSeq(names) {
			apart[name] = true
		}
	}
	for n, field := 0, (&holdfastv1.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("verb").Fields(); n < field.Len(); n++ {
		name := strings.TrimSuffix(string(field.Get(n).Message().Name()), "Request")
		if len(outpostRows[name]) == 0 && !apart[name] {
			t.Errorf("command %s of a batch: no row says what it does with units of an outpost", field.Get(n).Name())
		}
	}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		name := string(md.Name())
		rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
		rows := outpostRows[name]
		switch {
		case rule.GetGet() != "" || md.IsStreamingServer() && rule == nil && !md.IsStreamingClient():
			return // it reads
		case len(rows) > 0 == apart[name]:
			t.Errorf("%s: it needs a row, or a reason why it meets no units of an outpost", name)
			return
		}
		for _, holder := range outposts {
			for i, row := range rows {
				product := strings.ToLower(name) + "-" + holder + "-" + string(rune('a'+i))
				k := h.inOutpost(t, product, holder)
				path := strings.NewReplacer("{product_id}", product, "{location_id}", "shop", "{till_id}", holder).Replace(pathOf(rule))
				if holder == stock.HolderRedis {
					path = strings.ReplaceAll(path, "/tills/redis", "/tills/one")
				}
				if !strings.HasPrefix(path, "/v1/") {
					path = "/v1" + path
				}
				a := h.call(t, "admin", verbOf(rule), path, strings.ReplaceAll(row.body, `"P"`, `"`+product+`"`))
				code := ""
				if a.status >= 300 {
					code = strings.Trim(a.at("code"), `"`)
				}
				if code != row.code && (row.code != "*" || code == "INVALID_ARGUMENT") {
					t.Errorf("%s %s with units of %s: %d %s", name, row.body, holder, a.status, a.raw)
				}
				if code == "KEPT_BY_HOLDER" && a.at("holders.0") != `"`+holder+`"` {
					t.Errorf("%s: the refusal names %s: %s", name, a.at("holders"), a.raw)
				}
				h.keepsTen(t, name+" "+row.body, k, holder)
			}
		}
	})
	h.importAtOutposts(t)
	report, err := audit.CheckSlot(t.Context(), h.store, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range report.Violations {
		t.Error(v)
	}
}

// outposts are those that the units are at: a till without its line, one that is on it, and Redis.
var outposts = []string{"one", "on-line", stock.HolderRedis}

// pairOutposts makes the locations and the tills, and has one of the tills say hello.
func (h *house) pairOutposts(t *testing.T) {
	t.Helper()
	for _, l := range []string{"shop", "west"} {
		h.play(t, step{verb: http.MethodPut, path: "/v1/locations/" + l, body: `{}`})
	}
	for _, id := range outposts[:2] {
		if _, err := h.catalog.Tills.Set(t.Context(), catalog.Till{Tenant: catalog.DefaultTenant, ID: id, Location: "shop"}); err != nil {
			t.Fatal(err)
		}
		code, _, err := h.catalog.Tills.MakeCode(t.Context(), catalog.DefaultTenant, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := h.catalog.Tills.UseCode(t.Context(), code, "file", "7", ""); err != nil {
			t.Fatal(err)
		}
	}
	of := stock.HolderItem(catalog.DefaultTenant, "shop", outposts[1])
	b := stock.BucketOf(of.Tenant, of.Location)
	for _, cmd := range []stock.Command{stock.BeginHolder{Item: of, Bucket: b, Epoch: 7}, stock.GreetHolder{Item: of, Bucket: b, Epoch: 7, Era: 1, Next: 1}} {
		if err := h.books.Submit(t.Context(), ledger.Request{Command: cmd})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
}

// keepsTen requires the outpost to have its 10 units after what was done.
func (h *house) keepsTen(t *testing.T, done string, k stock.ItemKey, holder string) {
	t.Helper()
	levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{k})
	if err != nil {
		t.Fatal(err)
	}
	if it := levels[0].Item; !slices.ContainsFunc(it.Keepers(), func(o stock.Keeper) bool { return o.Name() == holder && o.Qty == 10 }) || it.Retired {
		t.Errorf("%s: %s has %+v", done, holder, it.Keepers())
	}
}

func verbOf(rule *annotations.HttpRule) string {
	switch {
	case rule.GetPut() != "":
		return http.MethodPut
	case rule.GetDelete() != "":
		return http.MethodDelete
	case rule.GetPatch() != "":
		return http.MethodPatch
	}
	return http.MethodPost
}

// inOutpost opens a product with 20 units at shop, of which an outpost has 10.
func (h *house) inOutpost(t *testing.T, product, holder string) stock.ItemKey {
	t.Helper()
	k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "shop", Product: product}
	b := stock.BucketOf(k.Tenant, k.Location)
	h.play(t, step{path: "/v1/inventory", body: `{"product_id":"` + product + `","location_id":"shop","available_stock":20}`})
	if holder == stock.HolderRedis {
		holder = stock.RedisHolder(product)
	}
	of := stock.HolderItem(k.Tenant, k.Location, holder)
	for _, cmd := range []stock.Command{
		stock.BeginHolder{Item: of, Bucket: b, Epoch: 7},
		stock.Grant{Item: k, Bucket: b, Holder: holder, Epoch: 7, To: 10},
	} {
		if err := h.books.Submit(t.Context(), ledger.Request{Command: cmd})[0].Err; err != nil {
			t.Fatal(err)
		}
	}
	return k
}
