package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"
)

// pastCall is a call that an earlier version answered.
type pastCall struct {
	// Till says which till answered, "" for the centre.
	Till   string `json:"till,omitempty"`
	Method string `json:"method"`
	Path   string `json:"path"`
	Key    string `json:"key"`
	Body   object `json:"body"`

	Status int             `json:"status"`
	Answer json.RawMessage `json:"answer"`
}

// past is what an earlier version was asked, in the order of its answers, and when it ended.
type past struct {
	Made  time.Time  `json:"made"`
	Calls []pastCall `json:"calls"`
}

// pastTills are the tills that sold. The first has a channel.
var pastTills = []string{"t-pos", "t-any"}

// pastMaker lets an earlier version make books, call by call.
type pastMaker struct {
	t      *testing.T
	centre *server
	folder string
	tills  map[string]*till
	past
}

// makePast makes books with everything that is kept: lots, quotas, kits, transfers, units at two tills of a
// channel each, orders in every state, open holds. All of it carries keys. It leaves no process behind.
// The files of the tills are in the folder.
func makePast(t *testing.T, centre *server, folder string) past {
	t.Helper()
	m := &pastMaker{t: t, centre: centre, folder: folder, tills: map[string]*till{}}
	centre.start()
	m.catalog()
	m.stock()
	m.orders(150)
	m.sellAtTills()
	for _, one := range m.tills {
		one.reported()
		one.stop()
	}
	centre.stop()
	m.Made = time.Now().UTC()
	return m.past
}

// say asks a server and keeps the call and its answer.
func (m *pastMaker) say(till, method, path string, body object) {
	m.t.Helper()
	to := m.centre
	if till != "" {
		to = m.tills[till].server
	}
	c := pastCall{Till: till, Method: method, Path: path, Key: fmt.Sprint("past-", len(m.Calls)), Body: body}
	r, err := clerk.ask(m.t, method, to.url(path), c.Key, body)
	if err != nil {
		m.t.Fatal(err)
	}
	c.Status, c.Answer = r.status, bytes.TrimSpace(r.body)
	m.Calls = append(m.Calls, c)
}

// does is say of a call that must not be refused.
func (m *pastMaker) does(till, method, path string, body object) {
	m.t.Helper()
	m.say(till, method, path, body)
	if last := m.Calls[len(m.Calls)-1]; last.Status != 200 {
		m.t.Fatalf("%s %s %v: %d %s", method, path, body, last.Status, last.Answer)
	}
}

func (m *pastMaker) catalog() {
	for _, place := range []string{shop, "hub"} {
		for i := range 12 {
			m.does("", "POST", "/v1/inventory", object{"product_id": fmt.Sprint("p", i), "location_id": place, "available_stock": 100, "low_stock_threshold": 5})
		}
		m.does("", "POST", "/v1/inventory", object{"product_id": mug, "location_id": place, "available_stock": 200})
	}
	m.does("", "POST", "/v1/inventory", object{"product_id": "cup", "location_id": shop, "available_stock": 100})
	m.does("", "POST", "/v1/inventory", object{"product_id": "oil", "location_id": shop, "available_stock": 1250, "unit": "l", "scale": 3})
	m.does("", "POST", "/v1/inventory", object{"product_id": "advice", "location_id": shop, "tracked": false})
	m.does("", "POST", "/v1/inventory", object{"product_id": "milk", "location_id": shop})
	m.does("", "POST", "/v1/inventory", object{"product_id": "lamp", "location_id": shop})
	m.does("", "PUT", "/v1/kits/basket", object{"components": []object{{"product_id": "p0", "quantity": 2}, {"product_id": "p1", "quantity": 1}}})
	m.does("", "PUT", "/v1/promises/lamp", object{"location_id": shop, "presale": object{"cap": 100, "promise_date": "2091-05-01T09:00:00Z"}})
}

func (m *pastMaker) stock() {
	for n, batch := range []string{"B1", "B2", "B3"} {
		m.does("", "POST", "/v1/inventory/restock", object{"product_id": "milk", "location_id": shop, "quantity": 20 + n, "lot": object{"batch": batch, "expires_at": fmt.Sprint("2091-01-0", n+1)}})
	}
	m.does("", "POST", "/v1/lots/milk/recall", object{"lot": object{"batch": "B3"}, "reason": "sour"})
	m.does("", "PUT", "/v1/quotas/"+mug, object{"location_id": shop, "channels": []object{{"channel_id": "pos", "quota": 60}, {"channel_id": "web", "quota": 40}}})
	m.does("", "POST", "/v1/inventory/move", object{"product_id": "p2", "location_id": shop, "from": "pool/shared", "to": "damaged", "quantity": 7})
	m.does("", "POST", "/v1/inventory/adjust", object{"product_id": "p3", "location_id": shop, "delta": -4, "reason": "broken"})
	m.does("", "POST", "/v1/inventory/adjust", object{"product_id": "p4", "location_id": shop, "set_to": 90, "reason": "looked"})
	m.does("", "POST", "/v1/transfers", object{"from_location_id": "hub", "to_location_id": shop, "lines": []object{{"product_id": "p5", "quantity": 9}}})
	var made struct {
		ID string `json:"transfer_id"`
	}
	if err := json.Unmarshal(m.Calls[len(m.Calls)-1].Answer, &made); err != nil {
		m.t.Fatal(err)
	}
	m.does("", "POST", "/v1/transfers/"+made.ID+"/approve", object{})
	m.does("", "POST", "/v1/transfers/"+made.ID+"/ship", object{})
	m.does("", "POST", "/v1/inventory/observe", object{"product_id": "p6", "location_id": shop, "seen": 97})
	m.does("", "POST", "/v1/inventory/sale-status", object{"product_id": "p7", "location_id": "hub", "on_sale": false})
	// Its time may be too long ago when the call is repeated, so it is not kept.
	clerk.must(m.t, "POST", m.centre.url("/v1/inventory/sold-elsewhere"), "", object{"order_id": "market-1", "product_id": "p8", "location_id": shop, "quantity": 103, "at": time.Now().UTC().Format(time.RFC3339)}, nil)
	m.does("", "PUT", "/v1/inventory/p9/threshold", object{"low_stock_threshold": 120, "location_id": shop})
}

// orders places so many orders, which differ in what they hold and in how they end. Some are refused.
func (m *pastMaker) orders(n int) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		order := fmt.Sprint("o-", i)
		product, place, quantity := fmt.Sprint("p", rng.IntN(12)), []string{shop, "hub"}[rng.IntN(2)], 1+rng.IntN(4)
		body := object{"order_id": order, "ttl_seconds": 2_592_000}
		switch i % 6 {
		case 0:
			body["items"] = []object{{"product_id": product, "location_id": place, "quantity": quantity}, {"product_id": mug, "location_id": place, "quantity": 1}}
		case 1:
			body["product_id"], body["location_id"], body["quantity"], body["channel_id"] = mug, shop, quantity, []string{"web", "pos", "none"}[rng.IntN(3)]
		case 2:
			body["product_id"], body["location_id"], body["quantity"] = []string{"milk", "basket", "oil", "advice"}[rng.IntN(4)], shop, quantity
		case 3:
			body["items"], body["policy"] = []object{{"product_id": product, "location_id": place, "quantity": 60}}, "partial"
		default:
			body["product_id"], body["location_id"], body["quantity"] = product, place, quantity
		}
		m.say("", "POST", "/v1/inventory/reserve", body)
		switch end := rng.IntN(9); end {
		case 0, 1:
			m.say("", "POST", "/v1/inventory/deduct", object{"order_id": order})
			if end == 1 && body["product_id"] != nil {
				m.say("", "POST", "/v1/inventory/return", object{"order_id": order, "product_id": body["product_id"], "location_id": body["location_id"], "quantity": 1})
			}
		case 2:
			m.say("", "POST", "/v1/inventory/release", object{"order_id": order, "reason": "changed their mind"})
		case 3:
			m.say("", "POST", "/v1/inventory/commit", object{"order_id": order})
		case 4:
			m.say("", "POST", "/v1/inventory/extend", object{"order_id": order, "ttl_seconds": 2_592_000})
		case 5:
			m.say("", "POST", "/v1/inventory/change", object{"order_id": order, "items": []object{{"product_id": "p1", "location_id": shop, "quantity": 2}}})
		}
	}
}

// sellAtTills pairs two tills, which sell some orders and keep others open.
func (m *pastMaker) sellAtTills() {
	for _, id := range pastTills {
		policy := object{"percent": 20}
		if id == pastTills[0] {
			policy["channel_id"] = "pos"
		}
		setTill(m.t, m.centre, id, policy)
		one := tillOn(m.t, m.centre, id, filepath.Join(m.folder, id+".db"))
		one.program = m.centre.program
		if o := runProgram(m.t, one.program, nil, "till", "pair", "--centre", m.centre.grpc, "--db", one.db, tillCode(m.t, m.centre, id)); o.code != 0 {
			m.t.Fatalf("pair till %s: %s", id, o.stderr)
		}
		m.tills[id] = one
		one.start()
		await(m.t, "the till has units", func() bool { return mugsAt(m.t, one.server) > 5 && unitsAt(m.t, one.server, "cup") > 5 })
		for i := range 6 {
			order := fmt.Sprint("k-", i)
			m.does(id, "POST", "/v1/inventory/reserve", object{"order_id": order, "ttl_seconds": 2_592_000, "items": []object{
				{"product_id": []string{mug, "cup"}[i%2], "location_id": shop, "quantity": 1},
			}})
			if i < 3 {
				m.does(id, "POST", "/v1/inventory/deduct", object{"order_id": order})
			}
		}
	}
}
