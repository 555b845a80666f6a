package server_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// The arithmetic of a restaurant, to the unit: 100 cups, 40 of them for the
// till, 30 for the online shop.
func TestTheQuotasOfARestaurant(t *testing.T) {
	t.Parallel()
	const quotas = "/v1/quotas/cup"
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","available_stock":100}`},
		{
			name: "quotas come out of the pool", verb: "PUT", path: quotas,
			body: `{"channels":[{"channel_id":"pos","quota":40,"weight":40},{"channel_id":"online","quota":30,"weight":30,"level":5}],"reason":"morning"}`,
			want: []string{
				`product_id "cup"`, `location_id "default"`, `shared 30`, `available_stock 100`, `reserved_stock 0`, `status "in_stock"`, `on_sale true`, `version 2`,
				`channels.length 2`, `channels.0.channel_id "online"`, `channels.0.quota 30`, `channels.0.remaining 30`, `channels.0.weight 30`, `channels.0.level 5`,
				`channels.0.available 60`, `channels.0.status "in_stock"`, `channels.0.pending 0`, `channels.1.channel_id "pos"`, `channels.1.quota 40`,
			},
		},
		{name: "the till sells 15", path: "/inventory/reserve", body: `{"order_id":"p1","product_id":"cup","quantity":15,"channel_id":"pos"}`},
		{name: "at once", path: "/inventory/deduct", body: `{"order_id":"p1"}`},
		{name: "the shop sells 10", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"cup","quantity":10,"channel_id":"online"}`},
		{name: "at once", path: "/inventory/deduct", body: `{"order_id":"o1"}`},
		{name: "an order for 25 online", path: "/inventory/reserve", body: `{"order_id":"o2","product_id":"cup","quantity":25,"channel_id":"online","ttl_seconds":600}`},
		{
			name: "takes 20 of the quota and 5 of the pool", as: "read", path: quotas,
			want: []string{
				`shared 25`, `available_stock 50`, `reserved_stock 25`,
				`channels.0.quota 30`, `channels.0.remaining 0`, `channels.0.held 20`, `channels.0.sold 10`, `channels.0.held_from_pool 5`, `channels.0.sold_from_pool 0`, `channels.0.available 25`,
				`channels.1.quota 40`, `channels.1.remaining 25`, `channels.1.sold 15`, `channels.1.available 50`,
			},
		},
		{name: "a check on the channel says the same", as: "nobody", path: "/inventory/check/cup?channel_id=online", want: []string{`available 25`}},
		{
			name: "what is in the pool would be shared as 14 and 11", path: quotas + "/allot", body: `{"dry_run":true}`,
			want: []string{
				`moves.length 2`, `moves.0.from "pool/shared"`, `moves.0.to "quota/online"`, `moves.0.quantity 11`, `moves.1.to "quota/pos"`, `moves.1.quantity 14`,
				`stock.shared 0`, `stock.channels.0.remaining 11`, `stock.channels.1.remaining 39`,
			},
		},
		{name: "and nothing has moved", path: quotas, want: []string{`shared 25`, `version 7`}},
		{
			name: "an order for 50 is told what there is", path: "/inventory/reserve", body: `{"order_id":"o3","product_id":"cup","quantity":50,"channel_id":"online"}`, status: 409, code: "INSUFFICIENT_STOCK",
			want: []string{`shortages.0.requested 50`, `shortages.0.available 25`},
		},
		{name: "what is held and sold cannot be taken back", verb: "PUT", path: quotas, body: `{"channels":[{"channel_id":"online","quota":29}]}`, status: 409, code: "INVALID_STATE"},
		{name: "nor can more be promised than there is", verb: "PUT", path: quotas, body: `{"channels":[{"channel_id":"online","quota":56}]}`, status: 409, code: "INSUFFICIENT_STOCK", want: []string{`shortages.0.requested 26`, `shortages.0.available 25`}},
		{name: "cancelling", path: "/inventory/release", body: `{"order_id":"o2"}`},
		{name: "gives back 20 and 5", path: quotas, want: []string{`shared 30`, `channels.0.remaining 20`, `channels.0.held 0`, `channels.0.held_from_pool 0`}},
		{name: "in the evening", path: quotas + "/reset", body: `{"reason":"closed"}`, want: []string{`channels.0.quota 20`, `channels.0.sold 0`, `channels.1.quota 25`, `channels.1.sold 0`, `shared 30`}},
		{
			name: "the journal has it all", path: "/inventory/logs/cup?page_size=2",
			want: []string{`items.0.operation "quota_reset"`, `items.0.reason "closed"`, `items.1.operation "release"`},
		},
	})
}

func TestAQuotaWaitsForWhatIsHeld(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "quota", verb: "PUT", path: "/v1/quotas/p", body: `{"channels":[{"channel_id":"web","quota":8}]}`},
		{name: "held", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","quantity":8,"channel_id":"web","ttl_seconds":60}`},
		{
			name: "lowered", verb: "PUT", path: "/v1/quotas/p", body: `{"channels":[{"channel_id":"web","quota":3}],"lowering":"wait"}`,
			want: []string{`channels.0.quota 8`, `channels.0.held 8`, `channels.0.pending 5`, `shared 2`},
		},
		{
			name: "it fits when they are back, swept or not", path: "/v1/quotas/p", wait: 2 * time.Minute,
			want: []string{`channels.0.quota 3`, `channels.0.remaining 3`, `channels.0.held 0`, `channels.0.pending 0`, `shared 7`, `reserved_stock 0`},
		},
		{name: "and for others to have", path: "/inventory/reserve", body: `{"order_id":"x","product_id":"p","quantity":7,"channel_id":"app"}`},
		{name: "sold out on the one", path: "/inventory/check/p?channel_id=app", want: []string{`available 0`, `status "sold_out"`}},
		{name: "not on the other", path: "/inventory/check/p?channel_id=web", want: []string{`available 3`, `status "in_stock"`}},
		{name: "a switch of the channel shows", path: "/inventory/sale-status", body: `{"product_id":"p","channel_id":"web","on_sale":false}`},
		{name: "in its status", path: "/v1/quotas/p", want: []string{`channels.0.on_sale false`, `channels.0.status "sold_out"`, `channels.0.available 0`, `channels.0.remaining 3`, `on_sale true`}},
	})
}

func TestAllotmentsOverTheAPI(t *testing.T) {
	t.Parallel()
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"tea","available_stock":90,"unit":"kg","scale":1}`},
		{name: "decimals are of the unit", verb: "PUT", path: "/v1/quotas/tea", body: `{"channels":[{"channel_id":"a","quota":"1.0","level":"2.0","weight":1},{"channel_id":"b","quota":20,"level":"1.5","weight":1},{"channel_id":"c","weight":2}]}`, want: []string{`unit "kg"`, `scale 1`, `shared 60`, `channels.0.quota 10`, `channels.0.level 20`, `channels.2.quota 0`}},
		{name: "who is under its level is filled up", path: "/v1/quotas/tea/allot", body: `{"mode":"under_level"}`, want: []string{`moves.length 1`, `moves.0.to "quota/a"`, `moves.0.quantity 10`, `stock.shared 50`}},
		{name: "rebalancing moves what remains", path: "/v1/quotas/tea/allot", body: `{"mode":"rebalance","keep":"5.0"}`, want: []string{`moves.length 2`, `moves.0.from "quota/a"`, `moves.0.to "quota/c"`, `moves.1.from "quota/b"`, `stock.channels.2.remaining 20`, `stock.shared 50`}},
		{name: "the pool is shared, but for what is kept", path: "/v1/quotas/tea/allot", body: `{"keep":10}`, want: []string{`moves.length 3`, `stock.shared 10`, `stock.channels.2.remaining 40`}},
		{name: "again nothing is free", path: "/v1/quotas/tea/allot", body: `{"keep":10}`, want: []string{`moves []`, `stock.version 5`}},
	})
}

func TestQuotasOfUnknownThings(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "make w1 known", path: "/inventory", body: `{"product_id":"q","location_id":"w1"}`},
		{name: "an untracked one", path: "/inventory", body: `{"product_id":"u","tracked":false}`},
		{name: "an unknown product", path: "/v1/quotas/nope", status: 404, code: "NOT_FOUND"},
		{name: "is not set either", verb: "PUT", path: "/v1/quotas/nope", body: `{"channels":[{"channel_id":"web","quota":0}]}`, status: 404, code: "NOT_FOUND"},
		{name: "a known one without a record has nothing", path: "/v1/quotas/p?location_id=w1", want: []string{`shared 0`, `channels []`, `version 0`}},
		{name: "and gets one with its first weight", verb: "PUT", path: "/v1/quotas/p", body: `{"location_id":"w1","channels":[{"channel_id":"web","weight":1}]}`, want: []string{`version 1`, `location_id "w1"`, `channels.0.quota 0`}},
		{name: "what is not counted has no quotas", verb: "PUT", path: "/v1/quotas/u", body: `{"channels":[{"channel_id":"web","quota":0}]}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "a channel without a quota has no period", path: "/v1/quotas/p/reset", body: `{"channels":["web"]}`, status: 404, code: "NOT_FOUND"},
		{name: "reading takes the scope read", as: "nobody", path: "/v1/quotas/p", status: 401, code: "UNAUTHENTICATED"},
		{name: "writing takes admin", as: "internal", verb: "PUT", path: "/v1/quotas/p", body: `{"channels":[{"channel_id":"web","quota":0}]}`, status: 403, code: "PERMISSION_DENIED"},
	})
	for name, body := range map[string]string{
		"without channels":           `{}`,
		"with no channel":            `{"channels":[]}`,
		"with too many":              `{"channels":[` + many(1001, `{"channel_id":"web","quota":1}`) + `]}`,
		"without a name":             `{"channels":[{"quota":1}]}`,
		"with a slash in the name":   `{"channels":[{"channel_id":"a/b","quota":1}]}`,
		"with a channel twice":       `{"channels":[{"channel_id":"a","quota":1},{"channel_id":"a","quota":1}]}`,
		"with nothing to set":        `{"channels":[{"channel_id":"a"}]}`,
		"with less than nothing":     `{"channels":[{"channel_id":"a","quota":-1}]}`,
		"with over 2^53-1":           `{"channels":[{"channel_id":"a","quota":9007199254740992}]}`,
		"with a weight over 2^32-1":  `{"channels":[{"channel_id":"a","weight":4294967296}]}`,
		"with a level below nothing": `{"channels":[{"channel_id":"a","level":-1}]}`,
		"with another lowering":      `{"channels":[{"channel_id":"a","quota":1}],"lowering":"now"}`,
		"with a null channel":        `{"channels":[null]}`,
	} {
		t.Run(name, func(t *testing.T) {
			h.play(t, step{verb: "PUT", path: "/v1/quotas/p", body: body, status: 400, code: "INVALID_ARGUMENT"})
		})
	}
	h.tell(t, []step{
		{name: "another mode", path: "/v1/quotas/p/allot", body: `{"mode":"fair"}`, status: 400, code: "INVALID_ARGUMENT"},
		{name: "nothing was set", path: "/v1/quotas/p", want: []string{`channels []`, `shared 10`}},
	})
}

func TestQuotasUnderAKeyAndInABatch(t *testing.T) {
	t.Parallel()
	h := start(t)
	set := `{"channels":[{"channel_id":"web","quota":4,"weight":1}]}`
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "once", verb: "PUT", path: "/v1/quotas/p", body: set, head: []string{"Idempotency-Key", "k"}, says: []string{"Idempotency-Replayed", ""}},
		{name: "twice", verb: "PUT", path: "/v1/quotas/p", body: set, head: []string{"Idempotency-Key", "k"}, says: []string{"Idempotency-Replayed", "true"}, want: []string{`version 2`}},
		{name: "another request", verb: "PUT", path: "/v1/quotas/p", body: strings.Replace(set, "4", "5", 1), head: []string{"Idempotency-Key", "k"}, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{
			name: "verbs of a batch", path: "/v1/commands:batch",
			body: `{"commands":[{"set_quotas":{"product_id":"p","channels":[{"channel_id":"app","quota":2,"weight":3}]}},{"allot":{"product_id":"p","reason":"more"}},{"reset_sold":{"product_id":"p","channels":["app"]}},{"allot":{"product_id":"p","dry_run":true}}]}`,
			want: []string{
				`results.0.ok true`, `results.0.inventory absent`, `results.0.quotas.channels.0.channel_id "app"`,
				`results.1.ok true`, `results.1.moves.length 2`, `results.1.moves.0.quantity 3`, `results.1.moves.1.quantity 1`, `results.1.quotas.shared 0`,
				`results.2.ok true`, `results.3.ok false`, `results.3.error.code "INVALID_ARGUMENT"`,
			},
		},
	})
	got, err := h.grpc.Allot(h.with(t, "admin"), &holdfastv1.AllotRequest{ProductId: "p", Mode: "rebalance"})
	if err != nil || len(got.GetMoves()) != 1 || got.GetMoves()[0].GetFrom() != "quota/app" && got.GetMoves()[0].GetFrom() != "quota/web" {
		t.Errorf("rebalanced over gRPC: %v %v", got, err)
	}
	if a := h.call(t, "admin", http.MethodPost, "/v1/quotas/p/allot", `{}`); a.status != http.StatusOK || a.at("stock.shared") != "0" {
		t.Errorf("%d %s", a.status, a.raw)
	}
}

func TestTheJournalSaysForWhichChannel(t *testing.T) {
	t.Parallel()
	const logs = "/inventory/logs/p?channel_id="
	start(t).tell(t, []step{
		{name: "stock", path: "/inventory", body: `{"product_id":"p","available_stock":10}`},
		{name: "quotas", verb: "PUT", path: "/v1/quotas/p", body: `{"channels":[{"channel_id":"web","quota":4},{"channel_id":"pos","quota":2}]}`},
		{name: "an order on the web", path: "/inventory/reserve", body: `{"order_id":"w","product_id":"p","quantity":3,"channel_id":"web"}`},
		{name: "one at the till", path: "/inventory/reserve", body: `{"order_id":"t","product_id":"p","quantity":1,"channel_id":"pos"}`},
		{name: "gives back", path: "/inventory/release", body: `{"order_id":"w","reason":"changed his mind"}`},
		{name: "pays", path: "/inventory/deduct", body: `{"order_id":"t"}`},
		{name: "a release has the channel of its lines", path: "/inventory/logs/p", want: []string{
			`items.1.operation "release"`, `items.1.channel_id "web"`, `items.1.reason "changed his mind"`, `items.0.operation "deduct"`, `items.0.channel_id "pos"`,
		}},
		{name: "the web's", path: logs + "web", want: []string{`items.length 3`, `items.0.operation "release"`, `items.1.operation "reserve"`, `items.2.operation "quota"`}},
		{name: "the till's, by the page", path: logs + "pos&page_size=2", want: []string{`items.length 2`, `items.0.operation "deduct"`, `items.1.operation "reserve"`}},
		{name: "a channel that nobody uses", path: logs + "fair", want: []string{`items.length 0`}},
		{name: "what is no channel", path: logs + "a%2Fb", status: 400, want: []string{`violations.0.field "channel_id"`}},
	})
}

// The deadline of the hold has just passed: nobody has swept it yet.
func TestWhatADueHoldGivesBackToAQuotaThatShrinksIsInThePool(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","available_stock":10}`},
		{name: "set", verb: "PUT", path: "/v1/quotas/cup", body: `{"channels":[{"channel_id":"web","quota":4}]}`},
		{name: "all of it is held", path: "/inventory/reserve", body: `{"order_id":"o1","product_id":"cup","quantity":4,"channel_id":"web","ttl_seconds":7200}`},
		{name: "it is to shrink", verb: "PUT", path: "/v1/quotas/cup", body: `{"channels":[{"channel_id":"web","quota":1}],"lowering":"wait"}`},
		{name: "one stays", wait: 2 * time.Hour, path: "/v1/quotas/cup", want: []string{`shared 9`, `channels.0.remaining 1`, `channels.0.pending 0`}},
		{
			name: "the accounts agree", path: "/v1/accounts/cup",
			want: []string{
				`items.0.accounts.1.account "pool/shared"`, `items.0.accounts.1.quantity 9`,
				`items.0.accounts.2.account "quota/web"`, `items.0.accounts.2.quantity 1`,
			},
		},
	})
}

// The answer to a repeat is that of the first time, whatever has happened since.
func TestARepeatAboutQuotasIsToldWhatTheFirstWas(t *testing.T) {
	t.Parallel()
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	again := []string{"Idempotency-Replayed", "true"}
	const web = `{"channels":[{"channel_id":"web","quota":20,"weight":1,"rule":{"priority":3}}]}`
	first := []string{
		`shared 70`, `available_stock 100`, `reserved_stock 0`, `version 3`, `channels.length 2`, `channels.0.channel_id "pos"`, `channels.0.quota 10`,
		`channels.0.remaining 10`, `channels.0.available 80`, `channels.1.quota 20`, `channels.1.weight 1`, `channels.1.sold 0`, `channels.1.rule.priority 3`,
	}
	allotted := []string{`moves.length 1`, `moves.0.to "quota/web"`, `moves.0.quantity 65`, `stock.shared 5`, `stock.channels.0.remaining 10`, `stock.channels.1.remaining 85`}
	reset := []string{`channels.length 2`, `channels.0.quota 10`, `channels.1.channel_id "web"`, `channels.1.sold 0`, `channels.1.quota 81`, `shared 5`}
	promised := []string{`presale.cap 7`, `presale.remaining 7`, `presale.promised 0`}
	start(t).tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"cup","available_stock":100}`},
		{name: "another channel is there", verb: "PUT", path: "/v1/quotas/cup", body: `{"channels":[{"channel_id":"pos","quota":10}]}`},
		{name: "set", verb: "PUT", path: "/v1/quotas/cup", head: key("s"), body: web, want: first},
		{name: "what is so already shows the same", verb: "PUT", path: "/v1/quotas/cup", head: key("same"), body: web, want: first},
		{name: "allot", path: "/v1/quotas/cup/allot", head: key("a"), body: `{"keep":5}`, want: allotted},
		{name: "web sells 4", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"cup","quantity":4,"channel_id":"web"}`},
		{name: "at once", path: "/inventory/deduct", body: `{"order_id":"o"}`},
		{name: "a new period", path: "/v1/quotas/cup/reset", head: key("r"), body: `{"channels":["web"]}`, want: reset},
		{name: "a presale", verb: "PUT", path: "/v1/promises/cup", head: key("p"), body: `{"presale":{"cap":7}}`, want: promised},
		{name: "and it is changed", verb: "PUT", path: "/v1/promises/cup", body: `{"presale":{"cap":9}}`, want: []string{`presale.cap 9`}},
		{name: "pos gives up", verb: "PUT", path: "/v1/quotas/cup", body: `{"channels":[{"channel_id":"pos","quota":0}]}`, want: []string{`shared 15`}},
		{name: "set again", verb: "PUT", path: "/v1/quotas/cup", head: key("s"), body: web, want: first, says: again},
		{name: "the same again", verb: "PUT", path: "/v1/quotas/cup", head: key("same"), body: web, want: first, says: again},
		{name: "allot again", path: "/v1/quotas/cup/allot", head: key("a"), body: `{"keep":5}`, want: allotted, says: again},
		{name: "a new period again", path: "/v1/quotas/cup/reset", head: key("r"), body: `{"channels":["web"]}`, want: reset, says: again},
		{name: "the presale again", verb: "PUT", path: "/v1/promises/cup", head: key("p"), body: `{"presale":{"cap":7}}`, want: promised, says: again},
		{
			name: "and the books are as they were", path: "/v1/quotas/cup",
			want: []string{`shared 15`, `channels.0.quota 0`, `channels.1.quota 81`},
		},
	})
}
