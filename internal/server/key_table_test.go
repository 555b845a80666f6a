package server_test

import (
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// severalRow is a call with a key that acts on several items: what is there before, the call, what
// changes the world afterwards, and another body for the key. The product is P.
type severalRow struct {
	before []step
	call   step
	after  []step
	other  string
	// shows reads what the repeat must not change.
	shows string
}

// severalRows has the calls that act on several items. Each keeps its outcome once, for all of them.
var severalRows = map[string]severalRow{
	"RecallLot": {
		call:  step{path: "/v1/lots/P/recall", body: `{"lot":{"batch":"B7"},"lift":true,"reason":"fine"}`},
		after: []step{{path: "/v1/lots/P/recall", body: `{"lot":{"batch":"B7"},"reason":"sour again"}`}},
		other: `{"lot":{"batch":"B8"},"lift":true,"reason":"fine"}`, shows: "/v1/lots/P",
		before: []step{{path: "/v1/lots/P/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`}},
	},
	"Retire": {
		call:  step{path: "/v1/inventory/retire", body: `{"product_id":"P","write_off":true}`},
		after: []step{{path: "/v1/inventory/reinstate", body: `{"product_id":"P"}`}},
		other: `{"product_id":"P"}`, shows: "/inventory/product/P",
	},
	"Reinstate": {
		before: []step{{path: "/v1/inventory/retire", body: `{"product_id":"P","write_off":true}`}},
		call:   step{path: "/v1/inventory/reinstate", body: `{"product_id":"P"}`},
		after:  []step{{path: "/v1/inventory/retire", body: `{"product_id":"P","write_off":true}`}},
		other:  `{"product_id":"P","location_id":"a"}`, shows: "/inventory/product/P",
	},
	"SetCampaign": {
		before: []step{{path: "/inventory", body: `{"product_id":"plain","location_id":"a","available_stock":9}`}},
		call:   step{verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"one","items":[{"product_id":"plain","location_id":"a","quota":3}]}`},
		after:  []step{{verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"two","items":[{"product_id":"plain","location_id":"a","quota":5}]}`}},
		other:  `{"name":"three"}`, shows: "/v1/campaigns/flash",
	},
	"SetCampaignItems": {
		before: []step{{path: "/inventory", body: `{"product_id":"plain","location_id":"a","available_stock":9}`}, {verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"one"}`}},
		call:   step{path: "/v1/campaigns/flash/items", body: `{"items":[{"product_id":"plain","location_id":"a","quota":3}]}`},
		after:  []step{{path: "/v1/campaigns/flash/items", body: `{"items":[{"product_id":"plain","location_id":"a","quota":5}]}`}},
		other:  `{"items":[{"product_id":"plain","location_id":"a","quota":4}]}`, shows: "/v1/campaigns/flash",
	},
	"EndCampaign": {
		before: []step{{verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"one"}`}},
		call:   step{verb: "DELETE", path: "/v1/campaigns/flash"},
		after:  []step{{verb: "PUT", path: "/v1/campaigns/flash", body: `{"name":"two"}`}},
		shows:  "/v1/campaigns/flash",
	},
}

// keysApart are the other calls that change something, by where their key is kept.
var keysApart = map[string]string{
	"the books, with the one item":                                       "CreateInventory Restock Adjust SetThreshold SetSaleStatus Move Return Observe SellElsewhere SetQuotas Allot ResetSold SetPromises SetLotPolicy",
	"the books, with the order":                                          "Reserve Release Deduct Commit Extend ExpireOrder ChangeOrder Relocate Withdraw",
	"each command of it has a key of its own":                            "ExecuteBatch ExecuteStream",
	"it takes none: what has expired by then is over":                    "CleanupExpired",
	"the document has its steps, and each is done once":                  "CreateTransfer ApproveTransfer ShipTransfer ReceiveTransfer CancelTransfer ReplenishTransfers",
	"the catalog, with the decision about the case":                      "AssignCase DecideCase CommentCase",
	"the catalog, with the till, or the books of the till's own entries": "SetTill DeleteTill CreateTillCode WriteOffTill OfferTill BookLost SetTillPolicy DeleteTillPolicy AddDevice EndDevice AcceptOnlineOrder DeclineOnlineOrder CancelOnlineOrder KeepOnlineOrder",
	"the catalog, with the one document": "AcknowledgeAlert MuteAlert UnmuteAlert SetAlertRule DeleteAlertRule SetAlertReceiver DeleteAlertReceiver TestAlertReceiver SetAlertSilence DeleteAlertSilence " +
		"SetDetails SetManyDetails DeleteDetails SetKit SetKits DeleteKit SetLocation SetLocations SetLanes DeleteLane SetQuotaSchedule DeleteQuotaSchedule SetRedisRule DeleteRedisRule RebuildRedisItems " +
		"AdvanceSink AdvanceSource SetReplenishment DeleteReplenishment RebuildSearch SetSink DeleteSink PauseSink ResumeSink RewindSink RebuildSink TestSink RequeueParked DiscardParked RotateSinkSecret RedeliverDelivery " +
		"SetSource DeleteSource PauseSource ResumeSource TestSource RequeueParkedMessage DiscardParkedMessage CreateKey RotateKey RevokeKey EndSession AddDisplay EndDisplay UpdateSettings SetReasons",
}

// A key belongs to its call, not to the items that the call has touched: each call that changes something
// has a row, or says where its key is kept.
func TestACallAboutSeveralItemsIsDoneOnceUnderItsKey(t *testing.T) {
	t.Parallel()
	apart := map[string]bool{}
	for _, names := range keysApart {
		for name := range strings.FieldsSeq(names) {
			apart[name] = true
		}
	}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		name := string(md.Name())
		rule, _ := proto.GetExtension(md.Options(), holdfastv1.E_Method).(*holdfastv1.MethodRule)
		if _, has := severalRows[name]; rule.GetWrite() && has == apart[name] {
			t.Errorf("%s: it needs a row, or a place where its key is kept", name)
		}
	})
	for name, row := range severalRows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := start(t)
			for _, at := range []string{"a", "b"} {
				h.play(t, step{path: "/inventory", body: `{"product_id":"P","location_id":"` + at + `","available_stock":0}`})
				h.play(t, step{path: "/inventory/restock", body: `{"product_id":"P","location_id":"` + at + `","quantity":4,"lot":{"batch":"B7"}}`})
			}
			for _, s := range row.before {
				h.play(t, s)
			}
			first := row.call
			first.head = []string{"Idempotency-Key", "k"}
			again := first
			first.says, again.says = []string{"Idempotency-Replayed", ""}, []string{"Idempotency-Replayed", "true"}
			h.play(t, first)
			for _, s := range row.after {
				h.play(t, s)
			}
			// Units are at one more place by now.
			h.play(t, step{path: "/inventory", body: `{"product_id":"bread","location_id":"c","available_stock":1}`})
			shown := func() string {
				return volatile.ReplaceAllString(string(h.call(t, "admin", "GET", row.shows, "").raw), "")
			}
			was := shown()
			h.play(t, again)
			if is := shown(); is != was {
				t.Errorf("the repeat changed something:\n%s\n%s", was, is)
			}
			if row.other != "" {
				h.play(t, step{verb: row.call.verb, path: row.call.path, body: row.other, head: first.head, status: 422, code: "IDEMPOTENCY_CONFLICT"})
			}
		})
	}
}
