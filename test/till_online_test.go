package test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// payOnline makes an order of n mugs at the centre, and pays it.
func payOnline(t testing.TB, centre *server, order string, n int) {
	t.Helper()
	if code := reserveAt(t, centre, order, n); code != "" {
		t.Fatalf("order %s was refused: %s", order, code)
	}
	if code := postAt(t, centre, "/v1/inventory/commit", "commit-"+order, object{"order_id": order}); code != "" {
		t.Fatalf("order %s was not committed: %s", order, code)
	}
}

// onlineOrder is how a till shows an order of its centre, with the state "" for not at all.
type onlineOrder struct {
	OrderID string `json:"order_id"`
	State   string
	Kept    bool
	Asked   string `json:"cancel_asked_at"`
	Refused bool   `json:"cancel_refused"`
}

// online asks the till for an order. A till that is down shows none.
func (m *till) online(t testing.TB, order string) onlineOrder {
	t.Helper()
	var all struct{ Items []onlineOrder }
	r, err := clerk.ask(t, "GET", m.url("/v1/online-orders"), "", nil)
	if err != nil || r.status != http.StatusOK {
		return onlineOrder{}
	}
	if err := json.Unmarshal(r.body, &all); err != nil {
		t.Fatal(err)
	}
	for _, o := range all.Items {
		if o.OrderID == order {
			return o
		}
	}
	return onlineOrder{}
}

func (m *till) isOffered(t testing.TB, order string) {
	t.Helper()
	await(t, "till "+m.id+" is offered order "+order, func() bool { return m.online(t, order).State == "offered" })
}

func (m *till) keeps(t testing.TB, order string) {
	t.Helper()
	await(t, "till "+m.id+" keeps order "+order, func() bool { return m.online(t, order).Kept })
}

// answerAt answers an order of the centre at a till, and returns the code of the refusal.
func answerAt(t testing.TB, m *till, verb, order string) string {
	t.Helper()
	body := object{"order_id": order}
	if verb == "decline" {
		body["reason"] = "no milk"
	}
	return postAt(t, m.server, "/v1/online-orders/"+verb, verb+"-"+order, body)
}

// A till serves an order that it accepted while its line is cut. An order that it accepted without
// the line was cancelled meanwhile: if it was not served it ends at the till, and if it was served it
// is booked with a case.
func TestATillServesOnlineOrdersWhileItsLineIsCut(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 100)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 20})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(20)
	for _, order := range []string{"kept", "cancelled", "late", "declined", "asked"} {
		payOnline(t, centre, order, 2)
		m.isOffered(t, order)
	}
	if code := answerAt(t, m, "decline", "declined"); code != "" {
		t.Errorf("declined: %s", code)
	}
	for _, order := range []string{"kept", "asked"} {
		if code := answerAt(t, m, "accept", order); code != "" {
			t.Errorf("order %s: %s", order, code)
		}
		m.keeps(t, order)
	}
	var known struct{ Items []onlineOrder }
	clerk.must(t, "GET", centre.url("/v1/tills/one/orders"), "", nil, &known)
	if len(known.Items) != 4 || known.Items[0].OrderID != "asked" || known.Items[0].State != "accepted" || !known.Items[0].Kept || known.Items[1].State != "offered" {
		t.Errorf("the centre shows %+v", known.Items)
	}
	if code := endAt(t, centre, "release", "asked"); code != "KEPT_BY_HOLDER" {
		t.Errorf("released at the centre: %q", code)
	}
	await(t, "the till knows of the wish", func() bool { return m.online(t, "asked").Asked != "" })
	if code := answerAt(t, m, "cancel", "asked"); code != "" {
		t.Errorf("cancelled: %s", code)
	}
	m.reported()
	line.cut()
	for _, order := range []string{"cancelled", "late"} {
		if code := answerAt(t, m, "accept", order); code != "" {
			t.Errorf("order %s: %s", order, code)
		}
		if code := endAt(t, centre, "release", order); code != "" {
			t.Errorf("order %s: %s", order, code)
		}
	}
	for _, order := range []string{"kept", "late"} {
		if code := endAt(t, m.server, "deduct", order+"@centre"); code != "" {
			t.Errorf("order %s: %s", order, code)
		}
	}
	line.mend()
	await(t, "the till gives up what was cancelled", func() bool { return m.online(t, "cancelled").State == "" })
	await(t, "the late order has its case", func() bool { return len(oversells(t, centre)) == 1 })
	books, _ := agree(t, centre, m)
	for order, want := range map[string]stock.End{
		"kept": stock.EndConfirmed, "cancelled": stock.EndReleased, "late": stock.EndReleased, "declined": stock.EndReleased, "asked": stock.EndReleased,
	} {
		if l := books.orders[order]; l.End != want {
			t.Errorf("order %s is %+v, want %v", order, l, want)
		}
	}
	if it := books.mug; it.Of(stock.Customer) != 4 || it.Of(stock.Held) != 0 || it.Of(stock.Oversold) != 0 {
		t.Errorf("the books are %+v", it.Balances)
	}
}

// Two tills of a store accept the same orders in the same second, a kiosk sells others of the same
// ids, and the centre and the tills are killed meanwhile. One till keeps each order.
func TestOnlineOrdersAreAcceptedAtTwoTillsThatAreKilled(t *testing.T) {
	t.Parallel()
	const orders = 6
	centre := newCentre(t, 100)
	one := newTill(t, centre, "one", object{"percent": 20}, 20)
	two := newTill(t, centre, "two", object{"percent": 20}, 16)
	tills := []*till{one, two}
	for i := range orders {
		order := fmt.Sprint("o-", i)
		payOnline(t, centre, order, 1)
		for _, m := range tills {
			m.isOffered(t, order)
		}
	}
	for i := range orders {
		order := fmt.Sprint("o-", i)
		var all sync.WaitGroup
		for n, m := range tills {
			all.Go(func() {
				code := answerAt(t, m, "accept", order)
				if code != "" && code != "NOT_FOUND" && code != "INVALID_STATE" { // the other was faster, or it was given up already
					t.Errorf("order %s at till %s: %s", order, m.id, code)
				}
				if code := reserveAt(t, m.server, order, 1); n == 0 && code != "" {
					t.Errorf("order %s of the kiosk: %s", order, code)
				}
			})
		}
		s := []*server{one.server, centre, two.server}[i%3]
		s.kill()
		s.start()
		all.Wait()
	}
	for i := range orders {
		order := fmt.Sprint("o-", i)
		var keeper *till
		await(t, "one till keeps order "+order, func() bool {
			a, b := one.online(t, order), two.online(t, order)
			if keeper = one; b.Kept {
				keeper = two
			}
			if a.State == "offered" && b.State == "offered" { // a till that has just started did not know of it yet
				_ = postAt(t, one.server, "/v1/online-orders/accept", "", object{"order_id": order})
			}
			return (a.Kept || b.Kept) && (a.State == "") != (b.State == "")
		})
		if code := endAt(t, keeper.server, "deduct", order+"@centre"); code != "" {
			t.Errorf("order %s at till %s: %s", order, keeper.id, code)
		}
	}
	books, _ := agree(t, centre, one, two)
	for i := range orders {
		if l := books.orders[fmt.Sprint("o-", i)]; l.Confirmed != 1 || l.Kept == nil {
			t.Errorf("order o-%d is %+v", i, l)
		}
	}
	if sold := books.mug.Of(stock.Customer); sold != orders {
		t.Errorf("%d mugs were sold of %d", sold, orders)
	}
}
