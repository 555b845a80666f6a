package server_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/recall"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/stock"
)

func TestARecallHoldsWhereverTheLotComesLater(t *testing.T) {
	t.Parallel()
	const recall = "/v1/lots/milk/recall"
	h := start(t)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	for _, at := range []string{"hub", "shop", "kiosk"} {
		h.play(t, step{path: "/inventory", body: `{"product_id":"bread","location_id":"` + at + `","available_stock":1}`})
	}
	h.tell(t, []step{
		{name: "the product is known", path: "/inventory", body: `{"product_id":"milk","location_id":"hub","available_stock":0}`},
		{name: "and at a shop that has none", path: "/inventory", body: `{"product_id":"milk","location_id":"shop","available_stock":0}`},
		{name: "all of a batch", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"hub","quantity":8,"lot":{"batch":"B7"}}`},
		{name: "two are held", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"milk","location_id":"hub","quantity":2}`},
	})
	id := strings.Trim(h.call(t, "admin", "POST", "/v1/transfers", `{"from_location_id":"hub","to_location_id":"shop","lines":[{"product_id":"milk","quantity":6,"lot":{"batch":"B7"}}]}`).at("transfer_id"), `"`)
	h.tell(t, []step{
		{name: "approved", path: "/v1/transfers/" + id + "/approve", body: `{}`, head: key("ta")},
		{name: "it leaves", path: "/v1/transfers/" + id + "/ship", body: `{}`, head: key("ts")},
		{
			name: "recalled while nothing is for sale", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, head: key("r1"),
			want: []string{`in_transit 6`, `at_tills 0`, `recalls.length 1`, `recalls.0.state "in_force"`, `recalls.0.lot {"batch":"B7"}`, `recalls.0.location_id absent`, `items.length 1`, `items.0.held 2`, `items.0.recalled true`},
		},
		{name: "it arrives", path: "/v1/transfers/" + id + "/receive", body: `{}`, head: key("tr")},
		{name: "and is not for sale", path: "/v1/lots/milk?location_id=shop", want: []string{`items.0.recalled true`, `items.0.withheld 6`, `items.0.available 0`}},
		{name: "a delivery with one attribute more", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"shop","quantity":3,"lot":{"batch":"B7","grade":"A"}}`, want: []string{`available_stock 0`}},
		{name: "at a place that had none of the product", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"kiosk","quantity":4,"lot":{"batch":"B7"}}`, want: []string{`available_stock 0`}},
		{name: "what is returned there", path: "/v1/inventory/return", body: `{"product_id":"milk","location_id":"kiosk","quantity":1,"lot":{"batch":"B7","grade":"B"}}`, want: []string{`available_stock 0`}},
		{name: "what is cancelled", path: "/inventory/release", body: `{"order_id":"o"}`},
		{name: "is withheld", path: "/v1/lots/milk?location_id=hub", want: []string{`items.0.withheld 2`, `items.0.available 0`}},
		{name: "another batch is sold", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"kiosk","quantity":5,"lot":{"batch":"B8"}}`, want: []string{`available_stock 5`}},
		{name: "it is listed", as: "read", path: "/v1/recalls?product_id=milk&state=in_force", want: []string{`items.length 1`, `items.0.product_id "milk"`, `items.0.reason "sour"`, `next_page_token absent`}},
		{name: "none is lifted", as: "read", path: "/v1/recalls?state=lifted", want: []string{`items.length 0`}},
		{name: "one grade is lifted", path: recall, body: `{"lot":{"grade":"A"},"lift":true,"reason":"it was the fridge"}`, want: []string{`items.0.location_id "shop"`, `items.0.quantity 3`, `items.0.recalled false`}},
		{name: "and stays so", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"shop","quantity":2,"lot":{"batch":"B7","grade":"A"}}`, want: []string{`available_stock 5`}},
		{name: "the recall says so", path: "/v1/recalls", want: []string{`items.0.exceptions.0.lot {"grade":"A"}`, `items.0.state "in_force"`}},
		{name: "the rest is lifted", path: recall, body: `{"lot":{"batch":"B7"},"lift":true,"reason":"all well"}`, want: []string{`recalls.0.state "lifted"`, `recalls.0.lift_reason "all well"`}},
		{name: "everything is for sale", path: "/inventory/product/milk", want: []string{`available_stock 23`}},
		{name: "the journal says who and why", path: "/inventory/logs/milk?location_id=kiosk&page_size=1", want: []string{`items.0.operation "recall"`, `items.0.reason "all well"`}},
	})
}

// A key is of its call, not of the places that the call has touched.
func TestTheRepeatOfALiftLiftsNoLaterRecall(t *testing.T) {
	t.Parallel()
	const recall = "/v1/lots/milk/recall"
	h := start(t)
	key := func(k string) []string { return []string{"Idempotency-Key", k} }
	again := []string{"Idempotency-Replayed", "true"}
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","location_id":"a","available_stock":0}`},
		{name: "another", path: "/inventory", body: `{"product_id":"milk","location_id":"b","available_stock":0}`},
		{name: "a batch", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"a","quantity":2,"lot":{"batch":"B7"}}`},
		{name: "recalled", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, head: key("r1")},
		{name: "lifted", path: recall, body: `{"lot":{"batch":"B7"},"lift":true,"reason":"not sour"}`, head: key("l1"), want: []string{`items.length 1`, `items.0.quantity 2`}},
		{name: "some come elsewhere", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"b","quantity":3,"lot":{"batch":"B7"}}`},
		{name: "recalled again", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour again"}`, head: key("r2"), want: []string{`items.length 2`}},
		{name: "the old lift, once more", path: recall, body: `{"lot":{"batch":"B7"},"lift":true,"reason":"not sour"}`, head: key("l1"), want: []string{`items.length 1`, `items.0.quantity 2`}, says: again},
		{name: "changes nothing", path: "/v1/lots/milk", want: []string{`items.0.recalled true`, `items.1.recalled true`, `items.1.withheld 3`}},
		{name: "nor does the old recall", path: recall, body: `{"lot":{"batch":"B7"},"reason":"sour"}`, head: key("r1"), says: again},
		{name: "its key with another lot", path: recall, body: `{"lot":{"batch":"B8"},"reason":"sour"}`, head: key("r1"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "or another direction", path: recall, body: `{"lot":{"batch":"B7"},"lift":true,"reason":"sour"}`, head: key("r1"), status: 422, code: "IDEMPOTENCY_CONFLICT"},
	})
}

// An item that was opened by a call that did not know of the recall has it when servers look again. So
// has one whose call was cut off.
func TestARecallThatAnItemLacksIsBroughtToIt(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","location_id":"a","available_stock":0}`},
		{name: "a place", path: "/inventory", body: `{"product_id":"bread","location_id":"b","available_stock":0}`},
		{name: "recalled", path: "/v1/lots/milk/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`},
	})
	lot, err := stock.MakeLot(map[string]string{"batch": "B7"})
	if err != nil {
		t.Fatal(err)
	}
	k := stock.ItemKey{Tenant: "default", Location: "b", Product: "milk", Lot: string(lot)}
	h.submit(t, 0, stock.Restock{Item: k, Bucket: stock.BucketOf(k.Tenant, k.Location), Qty: 4, Open: &stock.Opening{}})
	h.play(t, step{path: "/v1/lots/milk?location_id=b", want: []string{`items.0.available 4`}})
	duties := duty.New(slog.New(slog.DiscardHandler), h.recalls.Duty())
	for range 3 {
		if _, err := duties.Look(context.WithoutCancel(t.Context())); err != nil {
			t.Fatal(err)
		}
		h.clock.forward(time.Minute)
	}
	h.play(t, step{path: "/v1/lots/milk?location_id=b", want: []string{`items.0.available 0`, `items.0.withheld 4`, `items.0.recalled true`}})
	if done, err := duties.Look(t.Context()); done != 0 || err != nil {
		t.Errorf("they look for ever: %d, %v", done, err)
	}
}

// A server whose memory of the catalog is from before the recall opens an item that the recall has not seen.
func TestAnItemThatAnotherServerOpensHasARecallThatItDidNotKnowOf(t *testing.T) {
	t.Parallel()
	h, ctx := start(t), t.Context()
	stands := h.clock.Now()
	other, err := catalog.Open(ctx, h.kept, catalog.WithClock(func() time.Time { return stands }))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","location_id":"a","available_stock":0}`},
		{name: "a place", path: "/inventory", body: `{"product_id":"bread","location_id":"b","available_stock":0}`},
		{name: "another", path: "/inventory", body: `{"product_id":"bread","location_id":"c","available_stock":0}`},
	})
	if err := other.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	for _, at := range []string{"b", "c"} {
		if rules, err := other.RecallsAt(ctx, catalog.DefaultTenant, "milk", at); err != nil || len(rules) > 0 {
			t.Fatal(rules, err)
		}
	}
	h.play(t, step{path: "/v1/lots/milk/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`})
	lot, err := stock.MakeLot(map[string]string{"batch": "B7", "grade": "A"})
	if err != nil {
		t.Fatal(err)
	}
	door := intake.New(h.books, other, nil)
	receive := func(at string, by kit.Door) {
		t.Helper()
		k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: at, Product: "milk", Lot: string(lot)}
		outcomes, err := by.Submit(ctx, catalog.DefaultTenant, []intake.Ask{{Command: &stock.Restock{Item: k, Qty: 4}}})
		if err != nil || outcomes[0].Err != nil {
			t.Fatal(err, outcomes)
		}
	}
	receive("b", door)
	h.play(t, step{name: "its memory is old", path: "/v1/lots/milk?location_id=b", want: []string{`items.0.available 4`}})
	receive("c", recall.New(door, h.books, other.Recalls, other).WithOpenings(door))
	h.tell(t, []step{
		{name: "it has looked after the opening", verb: "GET", path: "/v1/lots/milk?location_id=c", want: []string{`items.0.available 0`, `items.0.withheld 4`, `items.0.recalled true`}},
		{name: "the journal says who and why", verb: "GET", path: "/inventory/logs/milk?location_id=c&page_size=1", want: []string{`items.0.operation "recall"`, `items.0.reason "sour"`}},
	})
}

// A till and Redis have units of no lot only: a recall moves none of them, and says how many tills have.
func TestARecallSaysHowManyUnitsTillsHave(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.pairOutposts(t)
	for i, want := range []int{10, 0} {
		holder := []string{outposts[0], stock.HolderRedis}[i]
		product := "milk-" + holder
		k := h.inOutpost(t, product, holder)
		h.tell(t, []step{
			{name: "a batch " + holder, path: "/inventory/restock", body: `{"product_id":"` + product + `","location_id":"shop","quantity":3,"lot":{"batch":"B7"}}`},
			{
				name: "recalled " + holder, path: "/v1/lots/" + product + "/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`,
				want: []string{fmt.Sprint("at_tills ", want), `items.length 1`, `items.0.withheld 3`},
			},
		})
		h.keepsTen(t, "a recall", k, holder)
	}
}

// Other tenants see no recall and have none.
func TestARecallIsOfItsTenant(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, as := range []string{"admin", "other"} {
		h.play(t, step{as: as, path: "/inventory", body: `{"product_id":"milk","location_id":"a","available_stock":0}`})
		h.play(t, step{as: as, path: "/inventory/restock", body: `{"product_id":"milk","location_id":"a","quantity":3,"lot":{"batch":"B7"}}`})
	}
	h.tell(t, []step{
		{name: "only one has bread", path: "/inventory", body: `{"product_id":"bread","location_id":"a","available_stock":0}`},
		{name: "recalled", path: "/v1/lots/milk/recall", body: `{"lot":{"batch":"B7"},"reason":"sour"}`},
		{name: "another sells its own", as: "other", verb: "GET", path: "/inventory/product/milk", want: []string{`available_stock 3`}},
		{name: "another has no recall", as: "other", verb: "GET", path: "/v1/recalls", want: []string{`items.length 0`}},
		{name: "nor the product", as: "other", verb: "GET", path: "/v1/recalls?product_id=bread", status: 404, code: "NOT_FOUND"},
		{name: "and lifts nothing", as: "other", path: "/v1/lots/bread/recall", body: `{"lot":{"batch":"B7"},"lift":true,"reason":"mine"}`, status: 404, code: "NOT_FOUND"},
		{name: "nor its own lot's recall", as: "other", path: "/v1/lots/milk/recall", body: `{"lot":{"batch":"B7"},"lift":true,"reason":"mine"}`, want: []string{`recalls.length 0`}},
		{name: "it holds", verb: "GET", path: "/inventory/product/milk", want: []string{`available_stock 0`}},
		{name: "a state is one of two", verb: "GET", path: "/v1/recalls?state=over", status: 400, code: "INVALID_ARGUMENT", want: []string{`violations.0.field "state"`}},
	})
}

// Books of an earlier version have the key of a recall at each location that it touched.
func TestTheRepeatOfARecallOfAnEarlierVersionChangesNothing(t *testing.T) {
	t.Parallel()
	const path, body = "/v1/lots/milk/recall", `{"lot":{"batch":"B7"},"reason":"sour"}`
	h, head := start(t), []string{"Idempotency-Key", "r1"}
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","location_id":"a","available_stock":0}`})
	h.play(t, step{path: "/inventory", body: `{"product_id":"milk","location_id":"b","available_stock":0}`})
	h.play(t, step{path: "/inventory/restock", body: `{"product_id":"milk","location_id":"a","quantity":4,"lot":{"batch":"B7"}}`})
	lot, err := stock.MakeLot(map[string]string{"batch": "B7"})
	if err != nil {
		t.Fatal(err)
	}
	k := stock.ItemKey{Tenant: catalog.DefaultTenant, Location: "a", Product: "milk", Lot: string(lot)}
	b := stock.BucketOf(k.Tenant, k.Location)
	old := ledger.Request{Command: stock.Recall{Item: k, Bucket: b, Note: stock.Note{Reason: "sour"}}, Key: "r1"}
	if err := h.books.Submit(t.Context(), old)[0].Err; err != nil {
		t.Fatal(err)
	}
	h.play(t, step{path: path, body: `{"lot":{"batch":"B7"},"lift":true,"reason":"not sour"}`})
	h.tell(t, []step{
		{name: "some come elsewhere", path: "/inventory/restock", body: `{"product_id":"milk","location_id":"b","quantity":3,"lot":{"batch":"B7"}}`},
		{name: "the old recall, once more", path: path, body: body, head: head, want: []string{`items.0.quantity 4`, `items.0.recalled false`, `items.1.quantity 0`}, says: []string{"Idempotency-Replayed", "true"}},
		{name: "changes nothing", verb: "GET", path: "/inventory/product/milk", want: []string{`available_stock 7`}},
		{name: "its key with another lot", path: path, body: `{"lot":{"batch":"B8"},"reason":"sour"}`, head: head, status: 422, code: "IDEMPOTENCY_CONFLICT"},
		{name: "a key of its own", path: path, body: body, head: []string{"Idempotency-Key", "r2"}, want: []string{`items.0.recalled true`, `items.1.recalled true`}, says: []string{"Idempotency-Replayed", ""}},
	})
}

// storedRecalls are the recalls of the catalog. Where there is a duty, it brings what was stored to the items
// before the call that stores it does more.
type storedRecalls struct {
	*catalog.Recalls
	duty *duty.Runner
}

func (s *storedRecalls) Set(ctx context.Context, c catalog.RecallCall) (catalog.Recall, error) {
	out, err := s.Recalls.Set(ctx, c)
	return out, errors.Join(err, s.look(ctx))
}

func (s *storedRecalls) Lift(ctx context.Context, c catalog.RecallCall) ([]catalog.Recall, error) {
	out, err := s.Recalls.Lift(ctx, c)
	return out, errors.Join(err, s.look(ctx))
}

func (s *storedRecalls) look(ctx context.Context) error {
	if s.duty == nil {
		return nil
	}
	_, err := s.duty.Look(ctx)
	return err
}

// The duty may be faster than the call whose recall it brings to the items. The call tells the units all the same.
func TestARecallTellsItsUnitsWhoeverMovesThem(t *testing.T) {
	t.Parallel()
	const recall = "/v1/lots/milk/recall"
	h := start(t)
	h.tell(t, []step{
		{name: "create", path: "/inventory", body: `{"product_id":"milk","available_stock":0}`},
		{name: "a batch", path: "/inventory/restock", body: `{"product_id":"milk","quantity":3,"lot":{"batch":"B8"}}`},
		{name: "one is held", path: "/inventory/reserve", body: `{"order_id":"o","product_id":"milk","quantity":1}`},
	})
	h.stored.duty = duty.New(slog.New(slog.DiscardHandler), h.recalls.Duty())
	h.tell(t, []step{
		{name: "recalled", path: recall, body: `{"lot":{"batch":"B8"},"reason":"sour"}`, want: []string{`items.0.quantity 2`, `items.0.withheld 2`, `items.0.held 1`}},
		{name: "recalled once more", path: recall, body: `{"lot":{"batch":"B8"},"reason":"sour"}`, want: []string{`items.0.quantity 0`, `items.0.withheld 2`}},
		{name: "lifted", path: recall, body: `{"lot":{"batch":"B8"},"lift":true,"reason":"not sour"}`, want: []string{`items.0.quantity 2`, `items.0.withheld 0`}},
	})
}
