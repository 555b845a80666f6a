package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// kitBodies is what each verb of the API asks of kit K of order O. Of verbs that are about units of its
// own a kit has none.
var kitBodies = map[string]string{
	"create": `{"product_id":"K","location_id":"L","available_stock":1}`, "restock": `{"product_id":"K","location_id":"L","quantity":1}`,
	"adjust":          `{"product_id":"K","location_id":"L","set_to":1,"reason":"count"}`,
	"set_threshold":   `{"product_id":"K","location_id":"L","low_stock_threshold":1}`,
	"set_sale_status": `{"product_id":"K","location_id":"L","on_sale":false}`,
	"set_quotas":      `{"product_id":"K","location_id":"L","channels":[{"channel_id":"web","weight":1}]}`,
	"move":            `{"product_id":"K","location_id":"L","from":"pool/shared","to":"damaged","quantity":1,"reason":"fell"}`,
	"return":          `{"product_id":"K","location_id":"L","order_id":"O","quantity":1}`,
	"relocate":        `{"order_id":"O","product_id":"K","from_location_id":"L","to_location_id":"default"}`,
	"observe":         `{"product_id":"K","location_id":"L","seen":1}`,
	"sold_elsewhere":  `{"order_id":"T","product_id":"K","location_id":"L","quantity":1,"at":"2026-01-01T00:00:00Z"}`,
	"allot":           `{"product_id":"K","location_id":"L"}`,
	"reset_sold":      `{"product_id":"K","location_id":"L","channels":["web"],"reason":"again"}`,
	"reserve":         `{"order_id":"O","product_id":"K","location_id":"L","quantity":2}`,
	"deduct":          `{"order_id":"O","product_id":"K","location_id":"L"}`,
	"release":         `{"order_id":"O","product_id":"K","location_id":"L"}`,
	"withdraw":        `{"order_id":"O","product_id":"K","location_id":"L"}`,
	"commit":          `{"order_id":"O","product_id":"K","location_id":"L"}`,
	"extend":          `{"order_id":"O","product_id":"K","location_id":"L","ttl_seconds":90000}`,
	"change":          `{"order_id":"O","items":[{"product_id":"K","location_id":"L","quantity":3}]}`,
}

// kitParts are acts about the whole order, and about a part of the kits.
var kitParts = []string{
	`deduct {"order_id":"O"}`, `release {"order_id":"O"}`, `withdraw {"order_id":"O"}`,
	`deduct {"order_id":"O","product_id":"K","location_id":"L","quantity":1}`,
	`release {"order_id":"O","product_id":"K","location_id":"L","quantity":1}`,
	`withdraw {"order_id":"O","product_id":"K","location_id":"L","quantity":1}`,
	`change {"order_id":"O","items":[{"product_id":"K","location_id":"L","quantity":1}]}`,
}

// wholeOrders is how many of them are about the whole order.
const wholeOrders = 3

// kitRoad plays the verbs against orders of kits where units are sold, and at a server whose books
// sell them. Both must do the same.
type kitRoad struct {
	t               *testing.T
	road, books     *server
	location, order string
	sent            int
	// only are verbs that the road refuses: somebody else decides about them.
	only []string
}

// do carries out an act at a server, and returns the code of the refusal. It is sent again, under its
// own key, until there is an answer.
func (k *kitRoad) do(s *server, kit, verb, body string) (code string) {
	k.t.Helper()
	await(k.t, verb+" is answered", func() bool {
		code = k.send(s, kit, verb, body)
		return code != "UNAVAILABLE"
	})
	return code
}

func (k *kitRoad) send(s *server, kit, verb, body string) (code string) {
	k.t.Helper()
	body = strings.NewReplacer(`"O"`, `"`+k.order+`"`, `"T"`, `"t`+k.order+`"`, `"K"`, `"`+kit+`"`, `"L"`, `"`+k.location+`"`).Replace(body)
	var out struct {
		Results []struct{ Error struct{ Code string } }
	}
	r, err := clerk.ask(k.t, http.MethodPost, s.url("/v1/commands:batch"), "", object{"commands": []object{
		{"idempotency_key": fmt.Sprint("kit-", k.sent), verb: json.RawMessage(body)},
	}})
	if err == nil {
		err = json.Unmarshal(r.body, &out)
	}
	if err != nil || len(out.Results) != 1 {
		k.t.Fatalf("%s %s: %v, %s", verb, body, err, r.body)
	}
	return out.Results[0].Error.Code
}

// state is what the order has at a server.
func (k *kitRoad) state(s *server) string {
	k.t.Helper()
	var got struct {
		Reservations []struct {
			ProductID                    string `json:"product_id"`
			Quantity, Deducted, Released int64
			State                        string
			Committed                    bool
		}
	}
	clerk.must(k.t, http.MethodGet, s.url("/v1/inventory/orders/"+k.order), "", nil, &got)
	var all []string
	for _, r := range got.Reservations {
		all = append(all, fmt.Sprintf("%+v", r))
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// act carries out an act at both servers, and compares what they did.
func (k *kitRoad) act(kit, act string) (changed bool) {
	k.t.Helper()
	verb, body, _ := strings.Cut(act, " ")
	k.sent++
	was := k.state(k.books)
	there := k.do(k.road, kit, verb, body)
	if slices.Contains(k.only, verb) {
		if is := k.state(k.road); there != "INVALID_STATE" || is != was {
			k.t.Errorf("%s of kit %s where others decide about it: %q, it was %s, is %s", act, kit, there, was, is)
		}
		return false
	}
	here := k.do(k.books, kit, verb, body)
	is, want := k.state(k.road), k.state(k.books)
	if there != here || is != want {
		k.t.Fatalf("order %s, %s of kit %s: %q and it has %s; in the books %q and %s; it was %s", k.order, act, kit, there, is, here, want, was)
	}
	return want != was
}

func (k *kitRoad) reserve(kit string) {
	k.t.Helper()
	k.sent++
	k.order = fmt.Sprint("kits-", k.sent)
	for _, s := range []*server{k.road, k.books} {
		if code := k.do(s, kit, "reserve", kitBodies["reserve"]); code != "" {
			k.t.Fatalf("kit %s was not reserved: %s", kit, code)
		}
	}
}

// play plays each verb with the kit, and those that change something after each other; with the
// others each by itself. A verb of the API that has no row fails.
func (k *kitRoad) play(kit string, more ...string) {
	k.t.Helper()
	acts := slices.Clone(kitParts)
	var others []string
	verbs := (&holdfastv1.Command{}).ProtoReflect().Descriptor().Oneofs().ByName("verb").Fields()
	for i := range verbs.Len() {
		verb := string(verbs.Get(i).Name())
		switch body := kitBodies[verb]; {
		case body == "":
			k.t.Errorf("%s: say in kitBodies what it asks of a kit that an order has", verb)
		case slices.Contains([]string{"deduct", "release", "withdraw", "commit", "extend", "change"}, verb):
			acts = append(acts, verb+" "+body)
		default:
			others = append(others, verb+" "+body)
		}
	}
	for _, kit := range append(more, kit) {
		k.reserve(kit)
		for _, act := range others {
			if k.act(kit, act) {
				k.t.Errorf("%s changed the order", act)
			}
		}
		for _, act := range acts {
			k.reserve(kit)
			k.act(kit, act)
		}
	}
	for _, first := range acts {
		for _, second := range acts[wholeOrders:] {
			k.reserve(kit)
			if !k.act(kit, first) {
				break // without it the others are a shorter row
			}
			k.act(kit, second)
		}
	}
}

// kitsAt opens the components at a location, and makes kits of one and of two of them.
func kitsAt(t *testing.T, s *server, location string) {
	t.Helper()
	for _, p := range []string{mug, "spoon"} {
		clerk.must(t, http.MethodPost, s.url("/v1/inventory"), "", object{"product_id": p, "location_id": location, "available_stock": 100000}, nil)
	}
	kitOf(t, s, "pair", 2, 1)
	clerk.must(t, http.MethodPut, s.url("/v1/kits/mugs"), "", object{"components": []object{{"product_id": mug, "quantity": 2}}}, nil)
}

// A till does with a kit of an order what the books do, or says that its centre decides about it.
func TestEachVerbMovesTheUnitsOfAKitAtATill(t *testing.T) {
	t.Parallel()
	centre := newServer(t)
	kitsAt(t, centre, shop)
	setTill(t, centre, "one", object{"percent": 50})
	m := pairTill(t, centre, "one", centre.grpc)
	m.start()
	await(t, "the till has the kits", func() bool { return unitsAt(t, m.server, "pair") == 25000 && unitsAt(t, m.server, "mugs") == 25000 })
	k := &kitRoad{t: t, road: m.server, books: centre, location: shop, only: []string{"relocate"}}
	k.play("pair", "mugs")
	m.reported()
	m.stop()
	centre.stop()
	m.verify()
	centre.verify()
}

// So do the books whose units Redis sells.
func TestEachVerbMovesTheUnitsOfAKitThatRedisSells(t *testing.T) {
	t.Parallel()
	plain := newServer(t)
	s, _, _ := redisServer(t)
	for _, of := range []*server{plain, s} {
		kitsAt(t, of, "default")
	}
	for _, p := range []string{mug, "spoon"} {
		clerk.waitOpen(t, s, p)
	}
	k := &kitRoad{t: t, road: s, books: plain, location: "default"}
	k.play("mugs", "pair")
	await(t, "Redis sells the kit still", func() bool {
		k.reserve("mugs")
		var got struct{ Reservations []struct{ Road string } }
		clerk.must(t, http.MethodGet, s.url("/v1/inventory/orders/"+k.order), "", nil, &got)
		return len(got.Reservations) == 1 && got.Reservations[0].Road == "redis"
	})
	s.stop()
	s.verify()
}
