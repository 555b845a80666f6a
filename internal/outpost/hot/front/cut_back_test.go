package front_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/outpost/hot/front"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// Items whose reservations fail too often go back to the ledger by themselves, and stay there.
func TestARuleWhoseReservationsFailIsCutBack(t *testing.T) {
	t.Parallel()
	redis := dbtest.StartRedis(t, "--appendfsync", "no")
	kept := openLedger(t)
	store, err := task.Open(t.Context(), dbtest.Postgres(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	balances, err := hot.Connect(redis.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(balances.Close)
	rules := &switchable{}
	road := hot.NewRoad(balances, store, kept)
	b := front.New(kept, []*hot.Road{road}, func(stock.Bucket) uint16 { return 0 }, rules)
	if err := kept.Submit(t.Context(), ledger.Request{Command: stock.OpenItem{Item: item("hot"), Bucket: bucket(), Qty: 100, Tracked: true}})[0].Err; err != nil {
		t.Fatal(err)
	}
	turn := func() {
		t.Helper()
		if err := settled(func() error { return b.Turn(t.Context(), item("hot")) }); err != nil {
			t.Fatal(err)
		}
	}
	reserve := func(n int) error {
		return b.Submit(t.Context(), ledger.Request{Command: stock.Place{
			Order: order(n), TTL: 3_600_000, Lines: []stock.Demand{{Item: item("hot"), Bucket: bucket(), Qty: 1, Known: true}},
		}})[0].Err
	}
	rules.set(true)
	turn()
	if err := reserve(0); err != nil {
		t.Fatal(err)
	}
	b.Watch(t.Context())
	if rules.reason != "" {
		t.Fatalf("it was cut back without a failure: %s", rules.reason)
	}
	redis.Servers[0].Kill()
	for n := range 25 {
		if err := reserve(1 + n); !errors.Is(err, hot.ErrDown) {
			t.Fatalf("while Redis is away: %v", err)
		}
	}
	b.Watch(t.Context())
	if want := "25 of 25 reservations failed"; !strings.HasPrefix(rules.reason, want) || rules.on {
		t.Fatalf("the reason is %q, want %q; the rule is on: %v", rules.reason, want, rules.on)
	}
	turn()
	for n := range 3 {
		if err := reserve(100 + n); err != nil {
			t.Error(err)
		}
	}
	levels, _, err := b.Items(t.Context(), []stock.ItemKey{item("hot")})
	if got := fmt.Sprint(levels[0].Item.Of(stock.Held), levels[0].Available("")); err != nil || got != "4 96" {
		t.Errorf("held and available are %s (%v), want 4 96", got, err)
	}
}
