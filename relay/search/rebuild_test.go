package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay/relaytest"
)

// spoil makes the index differ from the books.
func (x *trial) spoil() {
	x.common().with(func() {
		x.settle()
		index := x.common().indexes[x.real(theIndex)]
		index["stray"] = fields{x.idField(): "stray", "in_stock": true}
		delete(index, x.id("sku 1"))
		index[x.id("sku 2")] = fields{x.idField(): x.id("sku 2"), "available_total": 999}
	})
}

// fresh checks that the index is as one that was made now, with the settings it had, and
// that nothing was left behind.
func (x *trial) fresh(t *testing.T) {
	t.Helper()
	x.check(t)
	if documents := documentsOf(x.engine); len(documents) != len(x.Products()) {
		t.Errorf("the index has %d documents, the books %d products", len(documents), len(x.Products()))
	}
	x.common().with(func() {
		if n := len(x.common().indexes); n != 1 {
			t.Errorf("%d indexes are there", n)
		}
		if settings := x.common().settings[theIndex]; strings.TrimSpace(string(settings)) != `{"own":true}` {
			t.Errorf("the settings are %s", settings)
		}
	})
}

func rebuilt(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.move(0, 60)
	x.relay(t)
	x.until(t, "before", (*relaytest.Books).Done)
	x.spoil()
	x.Rebuild()
	for n := 60; n < 200; n += 20 {
		x.move(n, n+20)
	}
	x.until(t, "the rebuild", func(b *relaytest.Books) bool { return !b.Rebuilding() })
	x.move(200, 220)
	x.until(t, "after", (*relaytest.Books).Done)
	x.fresh(t)
}

// Of a relay that is killed the next one begins again, under a name of its own.
func rebuildKilled(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.move(0, 60)
	stop := x.relay(t)
	x.until(t, "before", (*relaytest.Books).Done)
	x.spoil()
	x.GoAway(true)
	x.Rebuild()
	stop()
	x.GoAway(false)
	x.common().with(func() { x.common().refuseSwap = true })
	stop = x.relay(t)
	x.until(t, "a rebuild that fails", func(b *relaytest.Books) bool {
		return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.LastError != "" })
	})
	x.GoAway(true)
	stop()
	x.GoAway(false)
	x.move(60, 100)
	x.common().with(func() { x.common().refuseSwap = false })
	x.relay(t)
	x.until(t, "the rebuild", func(b *relaytest.Books) bool { return !b.Rebuilding() })
	x.until(t, "after", (*relaytest.Books).Done)
	x.fresh(t)
}

func rebuiltInPlace(t *testing.T, e engine) {
	x := newTrial(e, "")
	for n := range 5 {
		x.Stock(fmt.Sprint("p-", n), "shop", int64(n))
	}
	x.seed("p-0", "p-1", "p-2", "p-3", "p-4", "other")
	x.Rebuild() // from here on: no event tells any of it
	x.relay(t)
	x.until(t, "the rebuild", func(b *relaytest.Books) bool { return !b.Rebuilding() })
	x.check(t)
	documents := documentsOf(e)
	if len(documents) != 6 || documents["p-3"]["title"] != "the p-3" || documents["other"]["in_stock"] != nil {
		t.Errorf("%v", documents)
	}
}
