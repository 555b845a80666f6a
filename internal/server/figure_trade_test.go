package server_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// trade is a world whose figures are computed from its journal.
type trade struct {
	*house
	t       *testing.T
	r       *rand.Rand
	orders  int
	seq     uint64 // of the till
	refused []journalFact
}

// try makes a call that may be refused.
func (w *trade) try(verb, path, body string, head ...string) bool {
	w.t.Helper()
	a := w.call(w.t, "admin", verb, path, body, head...)
	if a.status != 200 && a.status != 409 {
		w.t.Fatalf("%s %s %s: %d %s", verb, path, body, a.status, a.raw)
	}
	return a.status == 200
}

func (w *trade) must(verb, path, body string, head ...string) {
	w.t.Helper()
	if !w.try(verb, path, body, head...) {
		w.t.Fatalf("%s %s %s is refused", verb, path, body)
	}
}

const (
	journalTill  = "till-1"
	journalEpoch = 7
)

func (w *trade) open() {
	for _, location := range []string{"berlin", "lyon"} {
		for _, product := range []string{"mug", "cup"} {
			w.must("POST", "/v1/inventory", fmt.Sprintf(`{"product_id":%q,"location_id":%q,"available_stock":5000}`, product, location))
		}
		w.must("POST", "/v1/inventory", fmt.Sprintf(`{"product_id":"oil","location_id":%q,"available_stock":5000000,"unit":"kg","scale":3}`, location))
		w.must("POST", "/v1/inventory", fmt.Sprintf(`{"product_id":"jar","location_id":%q,"available_stock":0}`, location))
	}
	w.must("PUT", "/v1/kits/set", `{"components":[{"product_id":"mug","quantity":1},{"product_id":"cup","quantity":2},{"product_id":"oil","quantity":250}]}`)
	w.must("PUT", "/v1/kits/box", `{"components":[{"product_id":"mug","quantity":1},{"product_id":"jar","quantity":1}]}`)
	holder := stock.HolderItem(catalog.DefaultTenant, "berlin", journalTill)
	mug := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "berlin", Product: "mug"}
	at := stock.BucketOf(mug.Tenant, mug.Location)
	w.book(stock.BeginHolder{Item: holder, Bucket: at, Epoch: journalEpoch})
	w.book(stock.GreetHolder{Item: holder, Bucket: at, Epoch: journalEpoch, Next: 1, Era: 1})
	w.book(stock.Grant{Item: mug, Bucket: at, Holder: journalTill, Epoch: journalEpoch, To: 1000})
}

func (w *trade) book(c stock.Command) {
	w.t.Helper()
	if err := w.books.Submit(w.t.Context(), ledger.Request{Command: c})[0].Err; err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
}

// step does something, and something to an order that it makes.
func (w *trade) step() {
	w.orders++
	location := []string{"berlin", "lyon"}[w.r.IntN(2)]
	channel := []string{"", "web", "pos"}[w.r.IntN(3)]
	product := []string{"mug", "cup", "set", "oil"}[w.r.IntN(4)]
	order := fmt.Sprint("o", w.orders)
	key := []string{"Idempotency-Key", order}
	if w.r.IntN(2) == 0 {
		key = nil
	}
	at := fmt.Sprintf(`"location_id":%q`, location)
	one := fmt.Sprintf(`"product_id":%q,%s`, product, at)
	unlessKit := product
	if product == "set" {
		unlessKit = "mug"
	}
	item := fmt.Sprintf(`"product_id":%q,%s`, unlessKit, at)
	n := 2 + w.r.IntN(4)
	reserve := func(items, more string) bool {
		return w.try("POST", "/v1/inventory/reserve", fmt.Sprintf(`{"order_id":%q,"channel_id":%q,"items":[%s]%s}`, order, channel, items, more), key...)
	}
	note := func(name string) {
		w.refused = append(w.refused, journalFact{w.clock.Now(), location, "", channel, name, 1})
	}
	switch w.r.IntN(12) {
	case 0:
		w.must("POST", "/v1/inventory/restock", fmt.Sprintf(`{%s,"quantity":%d}`, item, n))
	case 1:
		w.must("POST", "/v1/inventory/adjust", fmt.Sprintf(`{%s,"delta":%d,"reason":"count"}`, item, 2*n-7))
	case 2:
		w.must("POST", "/v1/inventory/observe", fmt.Sprintf(`{"product_id":"oil",%s,"seen":%d,"reason":"count"}`, at, 400_000+n))
	case 3: // of what is not counted: a count would have it already, and the journal shows only the rest
		if unlessKit == "oil" {
			unlessKit = "cup"
		}
		k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: location, Product: unlessKit}
		w.book(stock.SoldElsewhere{
			Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: stock.Qty(n), Channel: channel, Order: order,
			At: stock.Time(w.clock.Now().Add(-time.Duration(w.r.IntN(40)) * time.Hour).UnixMilli()),
		})
	case 4:
		w.must("PUT", "/v1/quotas/mug", fmt.Sprintf(`{%s,"channels":[{"channel_id":"web","quota":%d}],"lowering":"wait"}`, at, 10*n))
	case 5:
		w.sellAtTill(stock.Qty(n))
	case 6:
		w.transfer(location, unlessKit, n)
	case 7:
		if !reserve(fmt.Sprintf(`{"product_id":"box",%s,"quantity":1}`, at), "") {
			note("refused")
		}
		order += "p"
		key = nil
		if reserve(fmt.Sprintf(`{"product_id":"mug",%s,"quantity":1},{"product_id":"jar",%s,"quantity":1}`, at, at), `,"policy":"partial"`) {
			note("partial")
		}
	default:
		if !reserve(fmt.Sprintf(`{%s,"quantity":%d}`, one, n), "") {
			note("refused")
			return
		}
		w.clock.forward(time.Duration(w.r.IntN(10)) * time.Minute)
		w.serve(order, one, item, n)
	}
}

// serve takes an order further.
func (w *trade) serve(order, line, item string, n int) {
	key := func(what string) []string { return []string{"Idempotency-Key", order + what} }
	of := fmt.Sprintf(`{"order_id":%q}`, order)
	part := fmt.Sprintf(`{"order_id":%q,"items":[{%s,"quantity":%d}]}`, order, line, n-1)
	if w.r.IntN(3) == 0 {
		w.try("POST", "/v1/inventory/change", part, key("change")...)
	}
	switch w.r.IntN(5) {
	case 0:
		w.try("POST", "/v1/inventory/release", of)
	case 1:
		w.try("POST", "/v1/inventory/deduct", of)
		w.try("POST", "/v1/inventory/return", fmt.Sprintf(`{%s,"quantity":1,"order_id":%q}`, item, order), key("return")...)
	case 2: // the rest expires
		w.try("POST", "/v1/inventory/deduct", fmt.Sprintf(`{"order_id":%q,%s,"quantity":1}`, order, line), key("part")...)
	case 3:
		w.try("POST", "/v1/inventory/deduct", of)
		w.try("POST", "/v1/inventory/withdraw", of, key("withdraw")...)
	}
}

// transfer sends units to the other location.
func (w *trade) transfer(from, product string, n int) {
	to := map[string]string{"berlin": "lyon", "lyon": "berlin"}[from]
	a := w.call(w.t, "admin", "POST", "/v1/transfers", fmt.Sprintf(`{"from_location_id":%q,"to_location_id":%q,"lines":[{"product_id":%q,"quantity":%d}]}`, from, to, product, n))
	path := "/v1/transfers/" + unquoted(w.t, a.at("transfer_id"))
	w.must("POST", path+"/approve", `{}`)
	w.must("POST", path+"/ship", `{}`)
	w.clock.forward(time.Duration(w.r.IntN(30)) * time.Hour)
	w.must("POST", path+"/receive", `{}`)
}

// sellAtTill books a sale that a till reports days later.
func (w *trade) sellAtTill(n stock.Qty) {
	mug := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "berlin", Product: "mug"}
	at := stock.BucketOf(mug.Tenant, mug.Location)
	w.seq++
	w.book(stock.Mirror{
		Holder: stock.HolderItem(mug.Tenant, mug.Location, journalTill), Bucket: at, Epoch: journalEpoch, Ticket: 1,
		After: w.seq - 1, Seq: w.seq, Hash: [32]byte{byte(w.seq)}, Channel: "pos",
		Event: &stock.Event{
			Op: stock.OpSoldElsewhere, Tenant: mug.Tenant, Channel: "pos", Order: fmt.Sprint("t", w.seq),
			Happened: stock.Time(w.clock.Now().Add(-time.Duration(w.r.IntN(70)) * time.Hour).UnixMilli()),
			Items:    []stock.ItemChange{{Key: mug, Bucket: at, Changed: true, Tracked: true, OnSale: true, Postings: []stock.Posting{{From: stock.Shared, To: stock.Customer, Qty: n}}}},
		},
	})
}
