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
	// actAgain: what is done stays, and the same call again does the rest.
	actAgain = "the same call again continues"
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

// severals has the calls without a list that act on several things all the same: what a name or a
// pattern stands for.
var severals = map[string]onList{
	"Retire":        {way: actWhole, path: "/v1/inventory/retire", body: `{"product_id":"z"}`},
	"Reinstate":     {way: actWhole, path: "/v1/inventory/reinstate", body: `{"product_id":"z","location_id":"nowhere"}`},
	"RecallLot":     {way: actLasting, test: "the recall is a rule, and a duty brings it to every item: internal/recall"},
	"EndCampaign":   {way: actLasting, test: "TestWhatACampaignWantsAndWhatIsInForceAreBroughtTogether in internal/quota"},
	"SetTillPolicy": {way: actLasting, test: "the policy is one write, and the granter brings the units of each item to it"},
	"SetTill":       {way: actLasting, test: "as SetTillPolicy"}, "DeleteTillPolicy": {way: actLasting, test: "as SetTillPolicy"},
	"WriteOffTill": {way: actAgain, test: "the epoch ends first, and the till is shown as paired until all its units are back"},

	"Deduct":   {way: actWhole, path: "/inventory/deduct", body: `{"order_id":"waits"}`},
	"Release":  {way: actWhole, path: "/inventory/release", body: `{"order_id":"left"}`},
	"Withdraw": {way: actWhole, path: "/v1/inventory/withdraw", body: `{"order_id":"gone"}`},
	"Commit":   {way: actWhole, path: "/v1/inventory/commit", body: `{"order_id":"typo"}`},
	"Extend":   {way: actWhole, path: "/v1/inventory/extend", body: `{"order_id":"paid","ttl_seconds":60}`},

	"ExpireOrder": {way: actWhole, path: "/v1/sandbox/expire", body: `{"order_id":"paid"}`},

	"ApproveTransfer": {way: actWhole, path: "/v1/transfers/typo/approve", body: `{}`},
	"CancelTransfer":  {way: actLasting, test: "its sides are steps, and a duty completes them: internal/transfer"},
	"Allot":           {way: actOne, test: "one event of one item: all its channels"},
	"CleanupExpired":  {way: actEach, test: "each line has expired by itself, and a sweep continues"},

	"RebuildRedisItems":  {way: actEach, test: "each item has its own turn, and what is left is tried again"},
	"SetRedisRule":       {way: actLasting, test: "items come to Redis, or back, one by one"},
	"DeleteRedisRule":    {way: actLasting, test: "as SetRedisRule"},
	"RebuildSearch":      {way: actLasting, test: "the generation is kept, and the indexer continues"},
	"RebuildSink":        {way: actLasting, test: "as RebuildSearch"},
	"CancelOnlineOrder":  {way: actOne, test: "the centre asks the till, which answers for the whole order"},
	"AcceptOnlineOrder":  {way: actOne, test: "one step of the till's books: all lines"},
	"DeclineOnlineOrder": {way: actOne, test: "as AcceptOnlineOrder"}, "KeepOnlineOrder": {way: actOne, test: "as AcceptOnlineOrder"},
}

// ones are the calls about one item, one order's line, or one document.
const ones = `CreateInventory Restock Adjust SetThreshold SetSaleStatus Move Return Observe SellElsewhere SetPromises SetLotPolicy Relocate
	AssignCase CommentCase CreateTillCode BookLost AddDevice EndDevice AcknowledgeAlert MuteAlert UnmuteAlert SetAlertRule DeleteAlertRule
	SetAlertReceiver DeleteAlertReceiver TestAlertReceiver SetAlertSilence DeleteAlertSilence DeleteDetails DeleteKit DeleteLane SetQuotaSchedule
	DeleteQuotaSchedule DeleteReplenishment SetSink DeleteSink PauseSink ResumeSink RewindSink TestSink DiscardParked RotateSinkSecret
	RedeliverDelivery SetSource DeleteSource PauseSource ResumeSource TestSource RequeueParkedMessage DiscardParkedMessage RotateKey RevokeKey
	EndSession AddDisplay EndDisplay UpdateSettings DeleteTill RequeueParked`

// A call that changes something, and names no list, is about one thing, or has a way of acting on all of
// them.
func TestEveryCallAboutSeveralThingsHasAWayOfActingOnThem(t *testing.T) {
	t.Parallel()
	single, seen := map[string]bool{}, map[string]bool{}
	for name := range strings.FieldsSeq(ones) {
		single[name] = true
	}
	everyMethod(t, func(md protoreflect.MethodDescriptor) {
		name := string(md.Name())
		if _, listed := lists[name]; !transcode.Method(md).GetWrite() || listed {
			return
		}
		seen[name] = true
		if (severals[name].way != "") == single[name] {
			t.Errorf("%s: is it about one thing (ones), or how does it act on several (severals)?", name)
		}
	})
	for name, of := range severals {
		if !seen[name] {
			t.Errorf("%s is no call without a list", name)
		}
		if of.way == actWhole {
			t.Run(name, func(t *testing.T) { t.Parallel(); leavesAll(t, of) })
		}
	}
	for name := range single {
		if !seen[name] {
			t.Errorf("%s is no call without a list", name)
		}
	}
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
		{name: "z, which is not kept at a", path: "/inventory", body: `{"product_id":"z","location_id":"a","available_stock":0}`},
		{name: "z, which an order holds", path: "/inventory", body: `{"product_id":"z","location_id":"b","available_stock":9}`},
		{name: "a backorder", verb: "PUT", path: "/v1/promises/z", body: `{"location_id":"b","backorder":{"allowance":9}}`},
		{name: "an order that is paid", path: "/inventory/reserve", body: `{"order_id":"paid","items":[{"product_id":"z","location_id":"b","quantity":1},{"product_id":"q","location_id":"a","quantity":1}]}`},
		{name: "its payment", path: "/v1/inventory/commit", body: `{"order_id":"paid"}`},
		{name: "an order that has left", path: "/inventory/reserve", body: `{"order_id":"left","items":[{"product_id":"z","location_id":"b","quantity":1},{"product_id":"q","location_id":"a","quantity":1}]}`},
		{name: "its parcel", path: "/inventory/deduct", body: `{"order_id":"left"}`},
		{name: "an order that is gone", path: "/inventory", body: `{"product_id":"r","location_id":"b","available_stock":1}`},
		{name: "with two lines", path: "/inventory/reserve", body: `{"order_id":"gone","items":[{"product_id":"q","location_id":"a","quantity":1},{"product_id":"r","location_id":"b","quantity":1}]}`},
		{name: "its parcel", path: "/inventory/deduct", body: `{"order_id":"gone"}`},
		{name: "one is out of use since then", path: "/v1/inventory/retire", body: `{"product_id":"r"}`},
		{name: "an order that waits", path: "/inventory/reserve", body: `{"order_id":"waits","items":[{"product_id":"q","location_id":"a","quantity":1},{"product_id":"z","location_id":"b","quantity":9}],"accept_promised":true}`},
		{name: "there", path: "/inventory", body: `{"product_id":"p","location_id":"b"}`},
		{name: "an order", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"p","location_id":"a","quantity":4}`},
		{name: "another", path: "/inventory/reserve", body: `{"order_id":"other","product_id":"p","location_id":"a","quantity":5}`},
	})
	transfer := requested(t, h, `{"from_location_id":"a","to_location_id":"b","lines":[{"product_id":"p","quantity":1},{"product_id":"q","quantity":2}]}`)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+transfer+"/approve", `{}`)
	found := strings.Trim(h.call(t, "internal", "POST", "/v1/inventory/observe", `{"product_id":"p","location_id":"a","seen":8}`).at("case_id"), `"`)
	look := func() (all []string) {
		for _, path := range []string{
			"/inventory/product/p", "/inventory/product/q", "/inventory/orders/o", "/inventory/orders/n", "/inventory/product/z", "/inventory/orders/waits", "/inventory/orders/left", "/inventory/orders/gone", "/inventory/orders/paid", "/v1/transfers", "/v1/cases/" + found,
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
