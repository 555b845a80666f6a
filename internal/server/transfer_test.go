package server_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// stocked opens 100 units of a product at the hub and 10 at the shop.
func (h *house) stocked(t *testing.T, product string) {
	t.Helper()
	for location, n := range map[string]int{"hub": 100, "shop": 10} {
		h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/inventory", fmt.Sprintf(`{"product_id":%q,"location_id":%q,"available_stock":%d}`, product, location, n))
	}
}

// want is a call that is to have this status.
func (h *house) want(t *testing.T, status int, who, verb, path, body string, head ...string) answer {
	t.Helper()
	a := h.call(t, who, verb, path, body, head...)
	if a.status != status {
		t.Fatalf("%s %s %s: %d %s, want %d", verb, path, body, a.status, a.raw, status)
	}
	return a
}

func available(t *testing.T, h *house, location, product string) string {
	t.Helper()
	a := h.want(t, http.StatusOK, "", http.MethodGet, "/v1/inventory/check/"+product+"?location_id="+location, "")
	_, rest, _ := strings.Cut(string(a.raw), `"available":`)
	n, _, _ := strings.Cut(rest, ",")
	return n
}

func requested(t *testing.T, h *house, body string, head ...string) string {
	t.Helper()
	a := h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers", body, head...)
	return a.body.(map[string]any)["transfer_id"].(string)
}

func TestATransferOverREST(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	id := requested(t, h, `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"tea","quantity":40}],"expected_at":"2030-01-02T03:04:05Z","reason":"fill up","reference":"PO/1"}`)
	path := "/v1/transfers/" + id
	h.want(t, http.StatusOK, "admin", http.MethodPost, path+"/approve", `{}`)
	shipped := h.want(t, http.StatusOK, "internal", http.MethodPost, path+"/ship", `{}`)
	if shipped.head.Get("Holdfast-Position") == "" {
		t.Error("a shipment has no position")
	}
	if hub := available(t, h, "hub", "tea"); hub != "60" {
		t.Errorf("%s at the hub", hub)
	}
	received := `{"lines":[{"product_id":"tea","quantity":30,"lost":4,"surplus":2}]}`
	h.want(t, http.StatusOK, "internal", http.MethodPost, path+"/receive", received, "Idempotency-Key", "parcel-1")
	again := h.want(t, http.StatusOK, "internal", http.MethodPost, path+"/receive", received, "Idempotency-Key", "parcel-1")
	if again.head.Get("Idempotency-Replayed") != "true" {
		t.Error("a repeat does not say so")
	}
	if shop := available(t, h, "shop", "tea"); shop != "42" {
		t.Errorf("%s at the shop", shop)
	}
	too := h.want(t, http.StatusConflict, "internal", http.MethodPost, path+"/receive", `{"lines":[{"product_id":"tea","quantity":7}]}`)
	if !strings.Contains(string(too.raw), `"INVALID_STATE"`) || !strings.Contains(string(too.raw), `"state":"in_transit"`) {
		t.Errorf("more than was shipped: %s", too.raw)
	}
	h.want(t, http.StatusOK, "admin", http.MethodPost, path+"/cancel", `{"reason":"lorry turned round"}`)
	got := h.want(t, http.StatusOK, "read", http.MethodGet, path, "")
	for _, part := range []string{
		`"state":"cancelled"`, `"requested":40,"shipped":40,"received":30,"lost":4,"surplus":2,"returned":6,"in_transit":0`,
		`"action":"request"`, `"action":"cancel","outcome":"done"`, `"reference":"PO/1"`, `"operator":"admin-key"`, `"expected_at":"2030-01-02T03:04:05.000Z"`,
	} {
		if !strings.Contains(string(got.raw), part) {
			t.Errorf("the transfer lacks %s: %s", part, got.raw)
		}
	}
	if hub := available(t, h, "hub", "tea"); hub != "66" {
		t.Errorf("%s at the hub", hub)
	}
	logs := h.want(t, http.StatusOK, "admin", http.MethodGet, "/v1/inventory/logs/tea?location_id=hub", "")
	if !strings.Contains(string(logs.raw), `"operation":"transfer"`) || !strings.Contains(string(logs.raw), `"reference":"`+id+`"`) {
		t.Errorf("the journal: %s", logs.raw)
	}
}

func TestATransferOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	admin, internal := h.with(t, "admin"), h.with(t, "internal")
	made, err := h.grpc.CreateTransfer(admin, &holdfastv1.CreateTransferRequest{
		FromLocationId: "hub", ToLocationId: "shop", Lines: []*holdfastv1.TransferItem{{ProductId: "tea", Quantity: 101}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.grpc.ShipTransfer(internal, &holdfastv1.ShipTransferRequest{TransferId: made.TransferId}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("shipped before it was approved: %v", err)
	}
	if _, err := h.grpc.ApproveTransfer(internal, &holdfastv1.ApproveTransferRequest{TransferId: made.TransferId}); status.Code(err) != codes.PermissionDenied {
		t.Errorf("approved with a key that may not: %v", err)
	}
	if _, err := h.grpc.ApproveTransfer(admin, &holdfastv1.ApproveTransferRequest{TransferId: made.TransferId}); err != nil {
		t.Fatal(err)
	}
	_, err = h.grpc.ShipTransfer(internal, &holdfastv1.ShipTransferRequest{TransferId: made.TransferId})
	short := detail[*holdfastv1.Problem](t, err)
	if short.GetCode() != "INSUFFICIENT_STOCK" || len(short.GetShortages()) != 1 || short.GetShortages()[0].GetAvailable() != 100 {
		t.Errorf("shipped more than there is: %v", short)
	}
	shipped, err := h.grpc.ShipTransfer(internal, &holdfastv1.ShipTransferRequest{TransferId: made.TransferId, Lines: []*holdfastv1.TransferItem{{ProductId: "tea", Quantity: 100}}})
	if err != nil || shipped.GetState() != "in_transit" || shipped.GetLines()[0].GetInTransit() != 100 {
		t.Errorf("shipped: %v, %v", shipped, err)
	}
	received, err := h.grpc.ReceiveTransfer(internal, &holdfastv1.ReceiveTransferRequest{TransferId: made.TransferId})
	if err != nil || received.GetState() != "received" || len(received.GetHistory()) != 5 || received.GetHistory()[2].GetOutcome() != "refused" {
		t.Errorf("received: %v, %v", received, err)
	}
	if _, err := h.grpc.GetTransfer(h.with(t, "other"), &holdfastv1.GetTransferRequest{TransferId: made.TransferId}); status.Code(err) != codes.NotFound {
		t.Errorf("another tenant's: %v", err)
	}
}

func TestTransfersCountInTheProductsUnit(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/inventory", `{"product_id":"rice","location_id":"hub","available_stock":"5","unit":"kg","scale":3}`)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/inventory", `{"product_id":"rice","location_id":"shop"}`)
	id := requested(t, h, `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"rice","quantity":"1.25"}]}`)
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+id+"/approve", `{}`)
	h.want(t, http.StatusOK, "internal", http.MethodPost, "/v1/transfers/"+id+"/ship", `{"lines":[{"product_id":"rice","quantity":"1"}]}`)
	a := h.want(t, http.StatusOK, "internal", http.MethodPost, "/v1/transfers/"+id+"/receive", `{"lines":[{"product_id":"rice","quantity":"0.75","lost":"0.25","surplus":"0.1"}]}`)
	if want := `"requested":1250,"shipped":1000,"received":750,"lost":250,"surplus":100,"returned":0,"in_transit":0,"unit":"kg","scale":3`; !strings.Contains(string(a.raw), want) {
		t.Errorf("got %s", a.raw)
	}
	h.want(t, http.StatusBadRequest, "internal", http.MethodPost, "/v1/transfers/"+id+"/receive", `{"lines":[{"product_id":"rice","quantity":"0.7501"}]}`)
}

func TestTransfersAreListedByStateAndLocation(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/inventory", `{"product_id":"tea","location_id":"attic"}`)
	var ids []string
	for i := range 5 {
		to := "shop"
		if i == 2 {
			to = "attic"
		}
		ids = append(ids, requested(t, h, `{"from_location_id":"hub","to_location_id":"`+to+`","lines":[{"product_id":"tea","quantity":1}]}`))
	}
	h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers/"+ids[3]+"/approve", `{}`)
	list := func(query string) (found []string, token string) {
		t.Helper()
		a := h.want(t, http.StatusOK, "read", http.MethodGet, "/v1/transfers?"+query, "")
		body := a.body.(map[string]any)
		for _, it := range body["items"].([]any) {
			found = append(found, it.(map[string]any)["transfer_id"].(string))
		}
		token, _ = body["next_page_token"].(string)
		return found, token
	}
	for query, want := range map[string][]string{
		"":                                {ids[4], ids[3], ids[2], ids[1], ids[0]},
		"state=approved":                  {ids[3]},
		"location_id=attic":               {ids[2]},
		"location_id=hub&state=requested": {ids[4], ids[2], ids[1], ids[0]},
		"state=received":                  nil,
	} {
		if got, token := list(query); fmt.Sprint(got) != fmt.Sprint(want) || token != "" {
			t.Errorf("%s: %s %q, want %s", query, got, token, want)
		}
	}
	first, token := list("page_size=3")
	rest, end := list("page_size=3&page_token=" + token)
	if fmt.Sprint(first, rest) != fmt.Sprint(ids4(ids[4], ids[3], ids[2]), ids4(ids[1], ids[0])) || end != "" {
		t.Errorf("pages %s and %s %q", first, rest, end)
	}
	for _, query := range []string{"state=lost", "page_size=0", "page_token=x", "state=approved&page_token=" + token} {
		h.want(t, http.StatusBadRequest, "read", http.MethodGet, "/v1/transfers?"+query, "")
	}
	h.want(t, http.StatusNotFound, "read", http.MethodGet, "/v1/transfers?location_id=nowhere", "")
}

func ids4(all ...string) []string { return all }

func TestReplenishingOverREST(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	rules := `{"rules":[{"product_id":"tea","to_location_id":"shop","from_location_ids":["hub"],"min":20,"target":150}]`
	dry := h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers:replenish", rules+`,"dry_run":true}`)
	made := h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers:replenish", rules+`}`, "Idempotency-Key", "night")
	again := h.want(t, http.StatusOK, "admin", http.MethodPost, "/v1/transfers:replenish", rules+`}`, "Idempotency-Key", "night")
	for name, a := range map[string]answer{"dry": dry, "made": made, "again": again} {
		if !strings.Contains(string(a.raw), `"requested":100`) {
			t.Errorf("%s: %s", name, a.raw)
		}
	}
	if !strings.Contains(string(made.raw), `"shortages":[{"product_id":"tea","location_id":"shop","requested":140,"available":100}]`) {
		t.Errorf("short: %s", made.raw)
	}
	if again.head.Get("Idempotency-Replayed") != "true" {
		t.Error("a repeat does not say so")
	}
	h.want(t, http.StatusNotFound, "admin", http.MethodPost, "/v1/transfers:replenish", strings.Replace(rules, `"hub"`, `"moon"`, 1)+`}`)
	h.want(t, http.StatusBadRequest, "admin", http.MethodPost, "/v1/transfers:replenish", strings.Replace(rules, `"target":150`, `"target":1`, 1)+`}`)
}

func TestTransfersThatMakeNoSenseAreRefused(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.stocked(t, "tea")
	many := `{"product_id":"tea","quantity":1}` + strings.Repeat(`,{"product_id":"tea","quantity":1}`, 1000)
	for body, want := range map[string]int{
		`{"from_location_id":"hub","to_location_id":"shop","lines":[]}`:                                                                       http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"hub","lines":[{"product_id":"tea","quantity":1}]}`:                                       http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"tea","quantity":0}]}`:                                      http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"tea","quantity":1},{"product_id":"tea","quantity":1}]}`:    http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"tea","quantity":1}],"expected_at":"1970-01-01T00:00:00Z"}`: http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"shop","lines":[` + many + `]}`:                                                           http.StatusBadRequest,
		`{"from_location_id":"hub","to_location_id":"moon","lines":[{"product_id":"tea","quantity":1}]}`:                                      http.StatusNotFound,
		`{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"gold","quantity":1}]}`:                                     http.StatusNotFound,
	} {
		h.want(t, want, "admin", http.MethodPost, "/v1/transfers", body)
	}
	h.want(t, http.StatusNotFound, "internal", http.MethodPost, "/v1/transfers/none/ship", `{}`)
	h.want(t, http.StatusNotFound, "read", http.MethodGet, "/v1/transfers/none", "")
	h.want(t, http.StatusForbidden, "internal", http.MethodPost, "/v1/transfers", `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"tea","quantity":1}]}`)
}
