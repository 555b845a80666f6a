package server_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/transcode"

	"google.golang.org/genproto/googleapis/api/annotations"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The ways in which a call acts on a list.
const (
	// actWhole: all elements or none. A refusal has changed nothing.
	actWhole = "all or nothing"
	// actEach: every element has its own answer, in the order given.
	actEach = "each its own answer"
	// actLasting: a document says what is done, and a server completes the rest.
	actLasting = "a document that is completed"
	// actOne: the list is a part of one thing that is written, or of a question.
	actOne = "a part of one thing"
)

// onList is what a call does with its list. verb, path and body are those of a call whose last element
// is refused, of the calls that are all or nothing; test says more about the others.
type onList struct {
	way              string
	verb, path, body string
	test             string
}

// lists has each call with a list. Decide the way before you add one: a call of which a part was done
// and that is refused tells its caller that nothing has happened.
var lists = map[string]onList{
	"Reserve":            {way: actWhole, path: "/inventory/reserve", body: `{"order_id":"n","items":[{"product_id":"p","location_id":"a","quantity":1},{"product_id":"q","location_id":"a","quantity":99}]}`},
	"ChangeOrder":        {way: actWhole, path: "/v1/inventory/change", body: `{"order_id":"o","items":[{"product_id":"p","location_id":"a","quantity":1},{"product_id":"q","location_id":"a","quantity":99}]}`},
	"CreateTransfer":     {way: actWhole, path: "/v1/transfers", body: `{"from_location_id":"a","to_location_id":"b","lines":[{"product_id":"p","quantity":1},{"product_id":"nothing","quantity":1}]}`},
	"ReplenishTransfers": {way: actWhole, path: "/v1/transfers:replenish", body: `{"rules":[{"product_id":"p","to_location_id":"b","from_location_ids":["a"],"min":1,"target":2},{"product_id":"nothing","to_location_id":"b","from_location_ids":["a"],"min":1,"target":2}]}`},
	"ShipTransfer":       {way: actWhole, path: "/v1/transfers/$T/ship", body: `{"lines":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":99}]}`},
	"DecideCase":         {way: actWhole, path: "/v1/cases/$C/decide", body: `{"decision":"release","orders":["o","typo"]}`},
	"SetQuotas":          {way: actWhole, verb: "PUT", path: "/v1/quotas/p", body: `{"location_id":"a","channels":[{"channel_id":"web","quota":1},{"channel_id":"app","quota":99}]}`},
	"SetKits":            {way: actWhole, verb: "PUT", path: "/v1/kits:batch", body: `{"items":[{"product_id":"k","components":[{"product_id":"p","quantity":1}]},{"product_id":"l","components":[{"product_id":"l","quantity":1}]}]}`},
	"SetLocations":       {way: actWhole, verb: "PUT", path: "/v1/locations:batch", body: `{"items":[{"location_id":"a","name":"new"},{"location_id":"d","coordinates":{"latitude":0,"longitude":181}}]}`},
	"SetManyDetails":     {way: actWhole, verb: "PUT", path: "/v1/products/details:batch", body: `{"items":[{"product_id":"p","title":"new"},{"product_id":"q"}]}`},
	"SetLanes":           {way: actWhole, verb: "PUT", path: "/v1/lanes", body: `{"items":[{"location_id":"a","zone":"fr","cost_per_unit":1},{"location_id":"nowhere","zone":"","cost_per_unit":-1}]}`},
	"ResetSold":          {way: actOne, test: "one event of one item"},

	"ReceiveTransfer":  {way: actLasting, test: "TestALineThatTheDestinationDoesNotTakeStaysInTransit in internal/transfer"},
	"SetCampaign":      {way: actLasting, test: "the campaign says what is applied, and a duty applies the rest"},
	"SetCampaignItems": {way: actLasting, test: "the campaign says what is applied, and a duty applies the rest"},

	"ExecuteBatch":  {way: actEach, test: "TestBatch"},
	"ExecuteStream": {way: actEach, test: "TestStream"},
	"ReportTill":    {way: actEach, test: "records are carried out in their order, each once"},
	"OfferTill":     {way: actEach, test: "each entry opens one case, once"},
	"AskForTill":    {way: actEach, test: "as far as there are some of each"},

	"AdvanceSink": {way: actOne}, "AdvanceSource": {way: actOne}, "ClaimSinks": {way: actOne}, // one write of the catalog
	"CreateKey": {way: actOne}, "SetReasons": {way: actOne}, "SetDetails": {way: actOne}, "SetKit": {way: actOne}, "SetLocation": {way: actOne}, "SetReplenishment": {way: actOne},
	"BatchCheck": {way: actOne}, "ConfirmAvailability": {way: actOne}, "WatchItems": {way: actOne},
}

// A call with a list has a way of acting on it. Where it is all or nothing, a refused last element leaves
// everything as it was.
func TestEveryCallWithAListHasAWayOfActingOnIt(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		rule, _ := proto.GetExtension(md.Options(), annotations.E_Http).(*annotations.HttpRule)
		if rule.GetGet() != "" || transcode.Method(md).GetScope() == holdfastv1.Scope_SCOPE_UNSPECIFIED {
			return
		}
		fields := md.Input().Fields()
		for i := range fields.Len() {
			if name := string(md.Name()); fields.Get(i).IsList() && !seen[name] {
				seen[name] = true
				if lists[name].way == "" {
					t.Errorf("%s acts on %s: all or nothing, each by itself, or a document? Write it into lists", name, fields.Get(i).Name())
				}
			}
		}
	})
	for name, of := range lists {
		if !seen[name] {
			t.Errorf("%s is no call with a list", name)
		}
		if of.way == actWhole {
			t.Run(name, func(t *testing.T) { t.Parallel(); leavesAll(t, of) })
		}
	}
}

var volatile = regexp.MustCompile(`"(as_of|request_id|updated_at)":"[^"]*"`)

// leavesAll checks that the call is refused, and that nothing has changed.
func leavesAll(t *testing.T, of onList) {
	t.Helper()
	h := start(t)
	h.tell(t, []step{
		{name: "p", path: "/inventory", body: `{"product_id":"p","location_id":"a","available_stock":9}`},
		{name: "q", path: "/inventory", body: `{"product_id":"q","location_id":"a","available_stock":9}`},
		{name: "there", path: "/inventory", body: `{"product_id":"p","location_id":"b"}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":4}`},
		{name: "another", path: "/inventory/reserve", body: `{"order_id":"other","product_id":"p","location_id":"a","quantity":5}`},
	})
	transfer := requested(t, h, `{"from_location_id":"a","to_location_id":"b","lines":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":2}]}`)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+transfer+"/approve", `{}`)
	found := strings.Trim(h.call(t, "internal", "POST", "/v1/inventory/observe", `{"product_id":"p","location_id":"a","seen":8}`).at("case_id"), `"`)
	look := func() (all []string) {
		for _, path := range []string{
			"/inventory/product/p", "/inventory/product/q", "/inventory/orders/o", "/inventory/orders/n", "/v1/transfers", "/v1/cases/" + found,
			"/v1/quotas/p?location_id=a", "/v1/kits", "/v1/locations", "/v1/lanes", "/v1/products/p/details",
		} {
			all = append(all, path+" "+volatile.ReplaceAllString(string(h.call(t, "admin", "GET", path, "").raw), ""))
		}
		return all
	}
	before := look()
	verb := of.verb
	if verb == "" {
		verb = http.MethodPost
	}
	got := h.call(t, "admin", verb, strings.NewReplacer("$T", transfer, "$C", found).Replace(of.path), of.body, "Idempotency-Key", "k")
	if got.status < 400 || got.status >= 500 || got.at("detail") == "" {
		t.Errorf("it is answered %d %s", got.status, got.raw)
	}
	if got.status == http.StatusBadRequest && !strings.Contains(string(got.raw), "[1]") {
		t.Errorf("it is not refused because of the last element: %s", got.raw)
	}
	for i, now := range look() {
		if now != before[i] {
			t.Errorf("refused with %s\n it was %s\n it is  %s", got.raw, before[i], now)
		}
	}
}
