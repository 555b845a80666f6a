package server_test

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

func TestLotsAreListedByPageAndSummedByAttribute(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, at := range []string{"north", "south"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"ham","location_id":"` + at + `","available_stock":1,"unit":"kg","scale":3}`})
		for i := range 4 {
			h.play(t, step{path: "/inventory/restock", body: fmt.Sprintf(
				`{"product_id":"ham","location_id":%q,"quantity":"0.01","lot":{"batch":"H%d","grade":"%c"}}`, at, i, 'A'+i%2)})
		}
	}
	whole := h.call(t, "read", "GET", "/v1/lots/ham", "")
	if n := whole.at("items.length"); n != "8" || whole.at("unit") != `"kg"` || whole.at("scale") != "3" || whole.at("items.0.available") != "10" {
		t.Fatalf("%s lots: %s", n, whole.raw)
	}
	token, path := "", "/v1/lots/ham?page_size=3"
	for i := 0; i < 8; i += 3 {
		page := h.call(t, "read", "GET", path+token, "")
		for n := 0; n < 3 && i+n < 8; n++ {
			for _, member := range []string{"lot", "location_id"} {
				if got, want := page.at(fmt.Sprint("items.", n, ".", member)), whole.at(fmt.Sprint("items.", i+n, ".", member)); got != want {
					t.Errorf("%d of the list is %s, want %s", i+n, got, want)
				}
			}
		}
		token = "&page_token=" + strings.Trim(page.at("next_page_token"), `"`)
	}
	if token != "&page_token=absent" {
		t.Errorf("the last page names %q", token)
	}
	other := strings.Trim(h.call(t, "read", "GET", path, "").at("next_page_token"), `"`)
	h.tell(t, []step{
		{name: "a token is of its list", path: "/v1/lots/ham?attr.grade=A&page_token=" + other, status: 400, code: "INVALID_ARGUMENT"},
		{name: "one location", path: "/v1/lots/ham?location_id=south&attr.grade=B", want: []string{`items.length 2`, `items.0.location_id "south"`, `items.0.lot.batch "H1"`}},
		{
			name: "summed by grade", path: "/v1/lots/ham/levels?by=grade", as: "read",
			want: []string{`by "grade"`, `items.length 3`, `items.0.value "A"`, `items.0.lots 4`, `items.0.available 40`, `items.1.value "B"`, `items.2.value absent`, `items.2.lots 0`, `items.2.on_hand 2`},
		},
		{name: "by something that none has", path: "/v1/lots/ham/levels?by=owner&location_id=north", want: []string{`items.length 1`, `items.0.lots 4`, `items.0.available 41`}},
		{name: "of some lots", path: "/v1/lots/ham/levels?by=batch&attr.grade=A", want: []string{`items.length 2`, `items.0.value "H0"`, `items.1.available 20`}},
		{name: "by page", path: "/v1/lots/ham/levels?by=grade&page_size=2", want: []string{`items.length 2`}},
		{name: "by nothing", path: "/v1/lots/ham/levels", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "by"`}},
		{name: "by no attribute", path: "/v1/lots/ham/levels?by=Grade", status: 400, code: "INVALID_ARGUMENT"},
		{name: "of no product", path: "/v1/lots/spam", status: 404, code: "NOT_FOUND"},
		{name: "at no location", path: "/v1/lots/ham?location_id=moon", status: 404, code: "NOT_FOUND"},
		{name: "another tenant has none of it", as: "other", path: "/v1/lots/ham", status: 404, code: "NOT_FOUND"},
		{name: "nor orders", as: "other", path: "/v1/lots/ham/orders?attr.grade=A", status: 404, code: "NOT_FOUND"},
		{name: "nor a recall", as: "other", path: "/v1/lots/ham/recall", body: `{"lot":{"grade":"A"},"reason":"x"}`, status: 404, code: "NOT_FOUND"},
	})
	last := strings.Trim(h.call(t, "read", "GET", "/v1/lots/ham/levels?by=grade&page_size=2", "").at("next_page_token"), `"`)
	h.play(t, step{path: "/v1/lots/ham/levels?by=grade&page_size=2&page_token=" + last, want: []string{`items.length 1`, `items.0.value absent`, `items.0.available 2`, `next_page_token absent`}})
}

func TestTheOrdersOfALotAreListedPageByPage(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","available_stock":0}`})
	if _, err := h.grpc.Restock(ctx, &holdfastv1.RestockRequest{ProductId: "milk", Quantity: 100, Lot: map[string]string{"batch": "B7"}}); err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for i := range 20 {
		order := fmt.Sprint("o", i)
		if _, err := h.grpc.Reserve(ctx, &holdfastv1.ReserveRequest{OrderId: order, ProductId: "milk", Quantity: 2}); err != nil {
			t.Fatal(err)
		}
		var err error
		switch i % 3 {
		case 0:
			_, err = h.grpc.Release(ctx, &holdfastv1.ReleaseRequest{OrderId: order})
		case 1:
			_, err = h.grpc.Deduct(ctx, &holdfastv1.DeductRequest{OrderId: order})
		}
		if err != nil {
			t.Fatal(err)
		}
		if i%3 != 0 {
			want[order] = true
		}
	}
	got, token := map[string]bool{}, ""
	for {
		size := int32(3)
		page, err := h.grpc.ListLotOrders(ctx, &holdfastv1.ListLotOrdersRequest{ProductId: "milk", Attr: map[string]string{"batch": "B7"}, PageSize: &size, PageToken: token})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.GetItems() {
			if got[o.GetOrderId()] {
				t.Errorf("%s is listed twice", o.GetOrderId())
			}
			got[o.GetOrderId()] = true
			if l := o.GetLots()[0]; l.GetHeld()+l.GetDeducted() != 2 {
				t.Errorf("%s has %v", o.GetOrderId(), l)
			}
		}
		if token = page.GetNextPageToken(); token == "" {
			break
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("listed %v, want %v", got, want)
	}
}
