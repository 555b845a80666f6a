package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
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
	"google.golang.org/protobuf/types/dynamicpb"
)

// bind makes a key with the scopes that is bound, and calls it by its name.
func (h *house) bind(t *testing.T, name string, scopes catalog.Scopes, b stock.Bounds) {
	t.Helper()
	_, printed, err := h.catalog.CreateKey(t.Context(), catalog.KeySpec{Tenant: catalog.DefaultTenant, Name: name, Scopes: scopes, Bounds: &b})
	if err != nil {
		t.Fatal(err)
	}
	h.keys[name] = printed
}

func TestEveryMethodSaysWhatABoundKeyMayDo(t *testing.T) {
	t.Parallel()
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule := transcode.Method(md)
		switch bound := rule.GetBound(); {
		case bound == holdfastv1.Bound_BOUND_UNSPECIFIED:
			t.Errorf("%s declares no bound", md.FullName())
		case bound == holdfastv1.Bound_BOUND_REFUSED && rule.GetChannels():
			t.Errorf("%s is refused, and not to channels", md.FullName())
		case rule.GetWrite() && (bound == holdfastv1.Bound_BOUND_OPEN || bound == holdfastv1.Bound_BOUND_FILTER):
			t.Errorf("%s writes: %s does not hold it back", md.FullName(), bound)
		}
	})
}

// Whatever a request names that is not the key's is refused, in every field of every
// method, however deep.
func TestABoundKeyNamesNothingElse(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "here", catalog.ScopeAdmin, stock.Bounds{Locations: []string{"here"}})
	h.bind(t, "web", catalog.ScopeAdmin, stock.Bounds{Channels: []string{"web"}})
	tried := map[string]int{}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		if md.IsStreamingClient() || md.IsStreamingServer() {
			return
		}
		rule := transcode.Method(md)
		if rule.GetScope() == holdfastv1.Scope_SCOPE_TILL {
			return // no bound key has it
		}
		call := func(who string, in protoreflect.ProtoMessage) error {
			return h.conn.Invoke(h.with(t, who), "/"+string(md.Parent().FullName())+"/"+string(md.Name()), in, dynamicpb.NewMessage(md.Output()))
		}
		for who, word := range map[string]string{"here": "location", "web": "channel"} {
			for path, in := range foreign(md.Input(), word, 3) {
				err := call(who, in)
				if md.Name() == "ExecuteBatch" {
					tried["batch"]++
					if err != nil {
						t.Errorf("a batch with %s: %v", path, err)
					} else if code := batchCode(t, h, who, in); code != "PERMISSION_DENIED" {
						t.Errorf("a batch with %s, bound to a %s: %s", path, word, code)
					}
					continue
				}
				tried[word]++
				if status.Code(err) != codes.PermissionDenied || !strings.Contains(err.Error(), "the key is bound to the "+word+"s "+who) {
					t.Errorf("%s with %s, bound to a %s: %v", md.Name(), path, word, err)
				}
			}
			if rule.GetBound() == holdfastv1.Bound_BOUND_REFUSED || word == "channel" && !rule.GetChannels() {
				if err := call(who, dynamicpb.NewMessage(md.Input())); status.Code(err) != codes.PermissionDenied {
					t.Errorf("%s, bound to a %s: %v", md.Name(), word, err)
				}
			}
		}
		if rule.GetBound() == holdfastv1.Bound_BOUND_DEFAULT || rule.GetBound() == holdfastv1.Bound_BOUND_NAMED {
			if err := call("here", dynamicpb.NewMessage(md.Input())); status.Code(err) != codes.PermissionDenied {
				t.Errorf("%s without a location: %v", md.Name(), err)
			}
		}
	})
	if tried["location"] < 60 || tried["channel"] < 12 || tried["batch"] < 20 {
		t.Errorf("tried %v: the test looks in the wrong place", tried)
	}
}

// foreign are messages with one field each that names what is nobody's, down to a
// depth of messages. Where an order goes is no location that it is taken from.
func foreign(d protoreflect.MessageDescriptor, word string, depth int) map[string]*dynamicpb.Message {
	all := map[string]*dynamicpb.Message{}
	for i := range d.Fields().Len() {
		f := d.Fields().Get(i)
		name := string(f.Name())
		switch {
		case f.IsMap() || d.Name() == "Destination" || d.Name() == "UpdateSettingsRequest":
		case f.Message() != nil && depth > 0:
			for path, in := range foreign(f.Message(), word, depth-1) {
				out := dynamicpb.NewMessage(d)
				if f.IsList() {
					out.Mutable(f).List().Append(protoreflect.ValueOfMessage(in))
				} else {
					out.Set(f, protoreflect.ValueOfMessage(in))
				}
				all[name+"."+path] = out
			}
		case f.Kind() == protoreflect.StringKind && (strings.Contains(name, word) || word == "location" && name == "move_stock_to"):
			out := dynamicpb.NewMessage(d)
			if f.IsList() {
				out.Mutable(f).List().Append(protoreflect.ValueOfString("there"))
			} else {
				out.Set(f, protoreflect.ValueOfString("there"))
			}
			all[name] = out
		}
	}
	return all
}

// batchCode is the code of the first command's refusal.
func batchCode(t *testing.T, h *house, who string, in *dynamicpb.Message) string {
	t.Helper()
	out := &holdfastv1.ExecuteBatchResponse{}
	if err := h.conn.Invoke(h.with(t, who), "/holdfast.v1.InventoryService/ExecuteBatch", in, out); err != nil {
		t.Fatal(err)
	}
	return out.GetResults()[0].GetError().GetCode()
}

func TestWhatAKeyBoundToALocationSeesAndDoes(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "here", catalog.ScopeAdmin, stock.Bounds{Locations: []string{"here"}})
	order := func(verb, order string) step {
		return step{
			name: verb + " of an order with lines elsewhere", as: "here", path: "/v1/inventory/" + verb,
			body: `{"order_id":"` + order + `"` + map[string]string{"extend": `,"ttl_seconds":60`}[verb] + `}`, status: 403, code: "PERMISSION_DENIED",
		}
	}
	h.tell(t, []step{
		{name: "two places", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"here","available_stock":10}`},
		{name: "of which one is another's", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"there","available_stock":50}`},
		{name: "an order over both", path: "/v1/inventory/reserve", body: `{"order_id":"both","items":[{"product_id":"mug","quantity":1,"location_id":"here"},{"product_id":"mug","quantity":2,"location_id":"there"}]}`},
		{name: "an order there", path: "/v1/inventory/reserve", body: `{"order_id":"far","product_id":"mug","quantity":3,"location_id":"there"}`},

		{name: "the list shows its own", as: "here", verb: "GET", path: "/v1/inventory", want: []string{"items.length 1", `items.0.location_id "here"`}},
		{name: "another's is refused by name", as: "here", verb: "GET", path: "/v1/inventory?location_id=there", status: 403, code: "PERMISSION_DENIED", want: []string{`detail "the location \"there\" is not the key's: the key is bound to the locations here"`}},
		{name: "the product is what is here", as: "here", verb: "GET", path: "/v1/inventory/product/mug", want: []string{"locations.length 1", "total_stock 10"}},
		{name: "so is a check over all", as: "here", verb: "GET", path: "/v1/inventory/check/mug", want: []string{"available 9"}},
		{name: "and one of many", as: "here", path: "/v1/inventory/check/batch", body: `{"items":[{"product_id":"mug","quantity":10}]}`, want: []string{"all_in_stock false", "items.0.available 9"}},
		{name: "accounts", as: "here", verb: "GET", path: "/v1/accounts/mug", want: []string{"items.length 1"}},
		{name: "reservations", as: "here", verb: "GET", path: "/v1/reservations", want: []string{"items.length 1", `items.0.location_id "here"`}},
		{name: "the order without its other line", as: "here", verb: "GET", path: "/v1/inventory/orders/both", want: []string{"reservations.length 1", `reservations.0.location_id "here"`}},
		{name: "an order elsewhere is not known", as: "here", verb: "GET", path: "/v1/inventory/orders/far", status: 404},
		{name: "the journal", as: "here", verb: "GET", path: "/v1/logs", want: []string{"items.length 2", `items.1.location_id "here"`}},
		{name: "that of a product", as: "here", verb: "GET", path: "/v1/inventory/logs/mug", want: []string{"items.length 2"}},
		{name: "locations", as: "here", verb: "GET", path: "/v1/locations", want: []string{"items.length 1"}},

		order("release", "both"), order("deduct", "both"), order("commit", "both"), order("extend", "both"), order("deduct", "far"), order("withdraw", "both"), order("withdraw", "far"),
		{name: "its own line may leave", as: "here", path: "/v1/inventory/deduct", body: `{"order_id":"both","product_id":"mug","location_id":"here"}`, want: []string{`reservations.0.state "confirmed"`}},
		{name: "a change does not give back what is elsewhere", as: "here", path: "/v1/inventory/change", head: []string{"Idempotency-Key", "c"}, body: `{"order_id":"both","replace":true,"items":[{"product_id":"mug","location_id":"here","quantity":1}]}`, status: 403},
		{name: "a hold does not move away", as: "here", path: "/v1/inventory/relocate", body: `{"order_id":"both","product_id":"mug","from_location_id":"here","to_location_id":"there"}`, status: 403},
		{name: "the default location is another", as: "here", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1}`, status: 403, want: []string{`detail "the location \"default\" is not the key's: the key is bound to the locations here"`}},
		{name: "also of a reserve", as: "here", path: "/v1/inventory/reserve", body: `{"order_id":"o","product_id":"mug","quantity":1}`, status: 403},
		{name: "of one line among others", as: "here", path: "/v1/inventory/reserve", body: `{"order_id":"o","items":[{"product_id":"mug","quantity":1,"location_id":"here"},{"product_id":"mug","quantity":1}]}`, status: 403},
		{name: "stock comes in here", as: "here", path: "/v1/inventory/restock", body: `{"product_id":"mug","quantity":1,"location_id":"here"}`, want: []string{"available_stock 10"}},
		{name: "what is chosen is from here", as: "here", path: "/v1/inventory/reserve", body: `{"order_id":"chosen","product_id":"mug","quantity":4,"sourcing":{}}`, want: []string{`reservations.0.location_id "here"`}},
		{name: "and no more than there is here", as: "here", path: "/v1/inventory/reserve", body: `{"order_id":"much","product_id":"mug","quantity":20,"sourcing":{}}`, status: 409, code: "INSUFFICIENT_STOCK"},
		{name: "as is what would be", as: "here", path: "/v1/availability:confirm", body: `{"items":[{"product_id":"mug","quantity":20}],"sourcing":{}}`, want: []string{"confirmed false"}},
		{name: "a batch is judged line by line", as: "here", path: "/v1/commands:batch", body: `{"commands":[{"restock":{"product_id":"mug","quantity":1}},{"release":{"order_id":"far"}},{"restock":{"product_id":"mug","quantity":1,"location_id":"here"}}]}`, want: []string{`results.0.error.code "PERMISSION_DENIED"`, `results.1.error.code "PERMISSION_DENIED"`, "results.2.ok true"}},
		{name: "it makes no keys", as: "here", path: "/v1/keys", body: `{"scopes":["admin"]}`, status: 403},
		{name: "nor changes the tenant", as: "here", verb: "PATCH", path: "/v1/settings", body: `{"default_location":"here"}`, status: 403},
	})
	if rows := strings.Count(string(h.call(t, "here", "GET", "/v1/exports?kind=levels", "").raw), "mug,"); rows != 1 {
		t.Errorf("the export has %d rows of the product, want 1", rows)
	}
	for _, path := range []string{"/v1/exports?kind=levels&location_id=there", "/v1/exports?kind=transfers", "/v1/exports?kind=locations", "/v1/imports/x"} {
		if a := h.call(t, "here", "GET", path, ""); a.status != http.StatusForbidden {
			t.Errorf("%s: %d %s", path, a.status, a.raw)
		}
	}
}

func TestABoundKeyWatchesItsOwn(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "here", catalog.ScopeRead, stock.Bounds{Locations: []string{"here", "near"}, Channels: []string{"web"}})
	own, _ := h.watchGRPC(t, "here", &holdfastv1.WatchStockRequest{})
	for _, at := range []string{"there", "here"} {
		h.play(t, step{path: "/v1/inventory", body: `{"product_id":"mug","location_id":"` + at + `","available_stock":9}`})
		for _, channel := range []string{"shop", "web"} {
			h.play(t, step{path: "/v1/inventory/reserve", body: `{"order_id":"` + at + channel + `","product_id":"mug","location_id":"` + at + `","channel_id":"` + channel + `","quantity":1}`})
		}
	}
	for _, want := range []string{"create here ", "reserve here web"} {
		e := nextGRPC(t, own)
		if got := e.GetType() + " " + e.GetLocationId() + " " + e.GetChannelId(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	s, err := h.grpc.WatchStock(h.with(t, "here"), &holdfastv1.WatchStockRequest{LocationId: "there"})
	if err == nil {
		_, err = s.Recv()
	}
	if status.Code(err) != codes.PermissionDenied {
		t.Errorf("another's: %v", err)
	}
	if a := h.call(t, "here", "GET", "/v1/events?location_id=there", ""); a.status != 403 {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
}

func TestAKeyBoundToAChannel(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "web", catalog.ScopeInternal, stock.Bounds{Channels: []string{"web"}})
	h.tell(t, []step{
		{name: "stock", path: "/v1/inventory", body: `{"product_id":"mug","available_stock":10}`},
		{name: "another's order", path: "/v1/inventory/reserve", body: `{"order_id":"shop","channel_id":"shop","product_id":"mug","quantity":1}`},
		{name: "an order of none", path: "/v1/inventory/reserve", body: `{"order_id":"none","product_id":"mug","quantity":1}`},
		{name: "its own", as: "web", path: "/v1/inventory/reserve", body: `{"order_id":"mine","channel_id":"web","product_id":"mug","quantity":2}`},
		{name: "no channel is not its own", as: "web", path: "/v1/inventory/reserve", body: `{"order_id":"x","product_id":"mug","quantity":2}`, status: 403, want: []string{`detail "channel_id must be named: the key is bound to the channels web"`}},
		{name: "nor may it end others", as: "web", path: "/v1/inventory/release", body: `{"order_id":"shop"}`, status: 403},
		{name: "by product either", as: "web", path: "/v1/inventory/deduct", body: `{"order_id":"none","product_id":"mug"}`, status: 403},
		{name: "it sees its own", as: "web", verb: "GET", path: "/v1/reservations", want: []string{"items.length 1", `items.0.order_id "mine"`}},
		{name: "of an order too", as: "web", verb: "GET", path: "/v1/inventory/orders/shop", status: 404},
		{name: "the journal has what concerns all", as: "web", verb: "GET", path: "/v1/inventory/logs/mug", want: []string{"items.length 3", `items.0.order_id "mine"`, `items.1.order_id "none"`}},
		{name: "it counts nothing on the shelf", as: "web", path: "/v1/inventory/observe", body: `{"product_id":"mug","seen":3}`, status: 403},
		{name: "it is off sale on its own channel", as: "web", path: "/v1/inventory/sale-status", body: `{"product_id":"mug","channel_id":"web","on_sale":false}`},
		{name: "not on all", as: "web", path: "/v1/inventory/sale-status", body: `{"product_id":"mug","on_sale":false}`, status: 403},
	})
}

func TestABoundKeyAndWhatIsAtTwoLocations(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.bind(t, "here", catalog.ScopeAdmin, stock.Bounds{Locations: []string{"here"}})
	h.tell(t, []step{
		{name: "here", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"here","available_stock":10}`},
		{name: "there", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"there","available_stock":10}`},
	})
	transfer := func(from, to string) string {
		a := h.call(t, "admin", "POST", "/v1/transfers", fmt.Sprintf(`{"from_location_id":%q,"to_location_id":%q,"lines":[{"product_id":"mug","quantity":1}]}`, from, to))
		id := strings.Trim(a.at("transfer_id"), `"`)
		if a.status != 200 || h.call(t, "admin", "POST", "/v1/transfers/"+id+"/approve", `{}`).status != 200 {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		return "/v1/transfers/" + id
	}
	out, in := transfer("here", "there"), transfer("there", "here")
	h.tell(t, []step{{name: "third", path: "/v1/inventory", body: `{"product_id":"mug","location_id":"far"}`}})
	far := transfer("there", "far")
	h.tell(t, []step{
		{name: "it ships from its own", as: "here", path: out + "/ship", body: `{}`},
		{name: "and does not receive elsewhere", as: "here", path: out + "/receive", body: `{}`, status: 403},
		{name: "nor ship from there", as: "here", path: in + "/ship", body: `{}`, status: 403},
		{name: "others do", path: in + "/ship", body: `{}`},
		{name: "it receives here", as: "here", path: in + "/receive", body: `{}`},
		{name: "it sees both", as: "here", verb: "GET", path: "/v1/transfers?location_id=here", want: []string{"items.length 2"}},
		{name: "not what is between others", as: "here", verb: "GET", path: far, status: 403},
		{name: "a list of all must name where", as: "here", verb: "GET", path: "/v1/transfers", status: 403},
		{name: "what was sold there opens a case", path: "/v1/inventory/sold-elsewhere", body: `{"order_id":"o","product_id":"mug","location_id":"there","quantity":50,"at":"2026-01-02T03:04:05Z"}`},
		{name: "which it does not list", as: "here", verb: "GET", path: "/v1/cases", status: 403},
	})
	id := strings.Trim(h.call(t, "admin", "GET", "/v1/cases", "").at("items.0.case_id"), `"`)
	h.tell(t, []step{
		{name: "nor see", as: "here", verb: "GET", path: "/v1/cases/" + id, status: 403},
		{name: "nor decide", as: "here", path: "/v1/cases/" + id + "/decide", body: `{"decision":"accept"}`, status: 403},
		{name: "an admin does, under a key", path: "/v1/cases/" + id + "/decide", body: `{"decision":"accept"}`, head: []string{"Idempotency-Key", "k"}},
		{name: "whose answer is not told", as: "here", path: "/v1/cases/" + id + "/decide", body: `{"decision":"accept"}`, head: []string{"Idempotency-Key", "k"}, status: 403},
	})
}

// A key is made bound, shown bound, and stays so when it is rotated.
func TestAKeyIsMadeBound(t *testing.T) {
	t.Parallel()
	h := start(t)
	made := h.keyed(t, "POST", "/v1/keys", `{"name":"till","scopes":["internal"],"locations":["here","there"],"channels":["web"]}`, 200)
	next := h.keyed(t, "POST", "/v1/keys/"+made.ID+"/rotate", `{}`, 200)
	var listed struct {
		Items []struct {
			ID                  string
			Locations, Channels []string
		}
	}
	if err := json.Unmarshal(h.call(t, "admin", "GET", "/v1/keys", "").raw, &listed); err != nil {
		t.Fatal(err)
	}
	for _, k := range listed.Items {
		mine := k.ID == made.ID || k.ID == next.ID
		if mine != slices.Equal(k.Locations, []string{"here", "there"}) || mine != slices.Equal(k.Channels, []string{"web"}) {
			t.Errorf("listed %+v", k)
		}
	}
	for _, bearer := range []string{made.Key, next.Key} {
		if a := h.call(t, "", "GET", "/v1/inventory?location_id=far", "", "Authorization", "Bearer "+bearer); a.status != 403 {
			t.Errorf("%d %s", a.status, a.raw)
		}
	}
	h.tell(t, []step{
		{name: "an empty list is none of all", path: "/v1/keys", body: `{"scopes":["read"],"locations":[]}`, status: 400},
		{name: "a location is an id", path: "/v1/keys", body: `{"scopes":["read"],"locations":["here","a/b"]}`, status: 400, want: []string{`violations.0.field "locations[1]"`}},
		{name: "named once", path: "/v1/keys", body: `{"scopes":["read"],"channels":["a","a"]}`, status: 400, want: []string{`violations.0.field "channels[1]"`}},
	})
}
