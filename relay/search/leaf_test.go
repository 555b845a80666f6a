package search_test

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/relaytest"
	"holdfast.dev/holdfast/relay/search"
)

// patience is how long a fact may take on a very busy machine.
const patience = 2 * time.Minute

func kind(t *testing.T) relay.Kind {
	allowed, err := dial.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	return search.Kind(allowed.Client(15*time.Second, nil))
}

// trial is books with a sink at an engine.
type trial struct {
	*relaytest.Books
	engine
	relays int
}

// own has the index be the sink's: documents that are missing are made.
const own = "create=true"

func withOwn(target string) string {
	if strings.Contains(target, "?") {
		return target + "&" + own
	}
	return target + "?" + own
}

func newTrial(e engine, options string) *trial {
	s := client.ClaimedSink{Name: "index", Kind: "search", Target: e.target(), Secrets: []string{theKey}, Batch: client.SinkBatch{Max: 20}}
	if options == own {
		s.Target = withOwn(s.Target)
	}
	return &trial{Books: relaytest.NewBooks(s), engine: e}
}

// relay starts a relay. stop ends it cleanly.
func (x *trial) relay(t *testing.T) (stop func()) {
	x.relays++
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	o := relay.Options{ID: fmt.Sprint("relay-", x.relays), Tenant: "default", Log: slog.New(slog.NewTextHandler(io.Discard, nil))}
	go func() { ended <- relay.Run(ctx, x, relay.Leaves{"search": kind(t)}, o) }()
	stopped := false
	stop = func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	}
	t.Cleanup(stop)
	return stop
}

func (x *trial) until(t *testing.T, what string, is func(*relaytest.Books) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := x.Until(ctx, is); err != nil {
		last := ""
		_ = x.Until(t.Context(), func(b *relaytest.Books) bool {
			for _, a := range b.Advances {
				last = cmp.Or(a.LastError, last)
			}
			return true
		})
		t.Fatalf("%s: %v; the last error of the sink: %s", what, err, last)
	}
}

// id is the id of the document of a product.
func (x *trial) id(product string) string {
	if x.idField() == "objectID" || !strings.ContainsAny(product, " /") {
		return product
	}
	return "hf_" + base64.RawURLEncoding.EncodeToString([]byte(product))
}

// seed puts a document into the index that has more than stock.
func (x *trial) seed(products ...string) {
	x.common().with(func() {
		for _, p := range products {
			x.common().indexes[x.real(theIndex)][x.id(p)] = fields{x.idField(): x.id(p), "title": "the " + p}
		}
	})
}

// check compares the index with the books.
func (x *trial) check(t *testing.T, without ...string) {
	t.Helper()
	documents := documentsOf(x.engine)
	for _, p := range x.Products() {
		if slices.Contains(without, p) {
			continue
		}
		at, _ := x.Product(t.Context(), p)
		var total, version int64
		locations := []any{}
		for _, i := range at {
			total, version = total+i.AvailableStock, version+i.Version
			if i.AvailableStock > 0 {
				locations = append(locations, i.LocationID)
			}
		}
		d := documents[x.id(p)]
		got := fields{"in_stock": d["in_stock"], "available_total": d["available_total"], "locations_in_stock": d["locations_in_stock"], "hf_ver": d["hf_ver"]}
		want := fields{"in_stock": total > 0, "available_total": total, "locations_in_stock": locations, "hf_ver": version}
		if g, w := text(got), text(want); g != w {
			t.Errorf("%s: the index has %s, the books %s", p, g, w)
		}
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// move books so many changes of ten products at three locations.
func (x *trial) move(from, to int) {
	for n := from; n < to; n++ {
		x.Stock(fmt.Sprint("sku ", n%10), fmt.Sprint("shop-", n%3), int64(n%4))
	}
}

func TestIndexes(t *testing.T) {
	t.Parallel()
	engines := map[string]func(*testing.T) engine{"meilisearch": newMeili, "algolia": newAlgolia, "typesense": newTypesense}
	facts := map[string]func(*testing.T, engine){
		"the index equals the books":               equals,
		"changes of a batch are one write":         oneWrite,
		"what is not there is not made":            notMade,
		"an outage, and calls that lose an answer": outage,
		"a relay that was killed":                  killed,
		"a document that is refused":               refused,
		"too much for one call":                    tooMuch,
		"too many calls":                           busy,
		"what a test says":                         tested,
		"a key that is wrong":                      wrongKey,
		"a rebuild while changes go on":            rebuilt,
		"a rebuild that is killed":                 rebuildKilled,
		"a rebuild of an index of others":          rebuiltInPlace,
	}
	for name, open := range engines {
		for fact, is := range facts {
			t.Run(name+"/"+fact, func(t *testing.T) { t.Parallel(); is(t, open(t)) })
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			relaytest.RunStill(t, "search", func(t *testing.T) *relaytest.Still {
				x := newTrial(open(t), own)
				return &relaytest.Still{Books: x.Books, Kind: kind(t), Change: x.move, Check: func(t *testing.T) { t.Helper(); x.check(t) }}
			}, (*testing.T).Parallel)
		})
	}
}

func equals(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.move(0, 100)
	x.relay(t)
	x.until(t, "the first changes", (*relaytest.Books).Done)
	x.move(100, 300)
	x.until(t, "all changes", (*relaytest.Books).Done)
	x.check(t)
	if got := documentsOf(x.engine)[x.id("sku 3")]["product_id"]; got != "sku 3" {
		t.Errorf("product_id %v", got)
	}
}

func oneWrite(t *testing.T, e engine) {
	x := newTrial(e, own)
	var messages []relay.Message
	for n := range 20 {
		x.Stock("mug", fmt.Sprint("shop-", n%2), int64(n))
		messages = append(messages, relay.Message{Key: fmt.Sprint("shop-", n%2, "/mug"), Data: []byte(`{"product_id":"mug"}`)})
	}
	if errs := open(t, x, withOwn(e.target()), theKey).Deliver(t.Context(), messages); errs != nil {
		t.Error(errs)
	}
	documentsOf(e)
	if n := x.common().writes; n != 1 {
		t.Errorf("20 changes were %d writes", n)
	}
	x.check(t)
}

func notMade(t *testing.T, e engine) {
	x := newTrial(e, "")
	x.seed("mug")
	x.Stock("mug", "shop", 5)
	x.Stock("gone", "shop", 7)
	x.relay(t)
	x.until(t, "both", (*relaytest.Books).Done)
	documents := documentsOf(x.engine)
	if len(documents) != 1 || documents["mug"]["title"] != "the mug" || fmt.Sprint(documents["mug"]["available_total"]) != "5" {
		t.Errorf("%v", documents)
	}
	x.until(t, "none is parked", func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 0 })
}

func outage(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.relay(t)
	x.move(0, 30)
	x.until(t, "before", (*relaytest.Books).Done)
	x.common().with(func() { x.common().away = true })
	x.move(30, 60)
	x.until(t, "the outage is told", func(b *relaytest.Books) bool {
		return slices.ContainsFunc(b.Advances, func(a client.AdvanceSink) bool { return a.Failing && a.LastError != "" })
	})
	x.common().with(func() { x.common().away, x.common().cut = false, 2 })
	x.until(t, "after", (*relaytest.Books).Done)
	x.check(t)
	x.until(t, "none is parked", func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 0 })
}

func killed(t *testing.T, e engine) {
	x := newTrial(e, own)
	stop := x.relay(t)
	x.move(0, 200)
	x.until(t, "some", func(b *relaytest.Books) bool { return b.Delivered > 0 })
	x.GoAway(true) // it cannot say what it delivers from here on
	stop()
	x.GoAway(false)
	x.move(200, 300)
	x.relay(t)
	x.until(t, "all", (*relaytest.Books).Done)
	x.check(t)
}

func refused(t *testing.T, e engine) {
	x := newTrial(e, own)
	for n := range 60 {
		x.Stock(fmt.Sprint("p-", n%12), "shop", int64(n))
	}
	x.common().with(func() { x.common().refused = "p-5" })
	x.relay(t)
	x.until(t, "all but one", (*relaytest.Books).Done)
	x.until(t, "its key alone is parked", func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 1 && b.ParkedNow()[0].Key == "shop/p-5" })
	x.check(t, "p-5")
	x.common().with(func() { x.common().refused = "" })
	x.Decide(relay.StateRequeued)
	x.until(t, "none is parked", func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 0 })
	x.check(t)
}

func tooMuch(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.common().with(func() { x.common().mostBody = 400 })
	x.move(0, 60)
	x.relay(t)
	x.until(t, "all", (*relaytest.Books).Done)
	x.check(t)
}

func busy(t *testing.T, e engine) {
	x := newTrial(e, own)
	x.common().with(func() { x.common().busy = 4 })
	x.move(0, 60)
	x.relay(t)
	x.until(t, "all", (*relaytest.Books).Done)
	x.check(t)
	x.until(t, "nothing was charged", func(b *relaytest.Books) bool { return len(b.ParkedNow()) == 0 })
}

// open opens a leaf by itself.
func open(t *testing.T, x *trial, target, secret string) relay.Leaf {
	t.Helper()
	l, err := kind(t).Open(t.Context(), relay.Target{URL: target, Secrets: []string{secret}, Stock: x.Books})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

func tested(t *testing.T, e engine) {
	m := relay.Message{Key: "test", Data: []byte(`{"test":true}`)}
	if errs := open(t, newTrial(e, own), withOwn(e.target()), theKey).Deliver(t.Context(), []relay.Message{m}); errs != nil {
		t.Error(errs)
	}
	looker := open(t, newTrial(e, own), withOwn(e.target()), theKey).(relay.Looker)
	if sight, err := looker.Look(t.Context()); err != nil || !strings.HasPrefix(e.target(), sight.Version) {
		t.Errorf("%v, %v", sight, err)
	}
	if n := len(documentsOf(e)); n != 0 {
		t.Errorf("the test has made %d documents", n)
	}
}

func wrongKey(t *testing.T, e engine) {
	m := relay.Message{Key: "shop/mug", Data: []byte(`{"product_id":"mug"}`)}
	errs := open(t, newTrial(e, ""), e.target(), "wrong").Deliver(t.Context(), []relay.Message{m})
	var down *relay.DownError
	if len(errs) != 1 || !errors.As(errs[0], &down) || !strings.Contains(errs[0].Error(), "the secret of the sink") {
		t.Errorf("%v", errs)
	}
}

func TestAnIndexThatIsMissingIsToldAndNotMade(t *testing.T) {
	t.Parallel()
	e := newMeili(t)
	e.common().with(func() { clear(e.common().indexes) })
	m := relay.Message{Key: "shop/mug", Data: []byte(`{"product_id":"mug"}`)}
	errs := open(t, newTrial(e, ""), e.target(), theKey).Deliver(t.Context(), []relay.Message{m})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "there is no such index") || len(e.common().indexes) != 0 {
		t.Errorf("%v, %v", errs, slices.Collect(maps.Keys(e.common().indexes)))
	}
}

func TestTargetsThatCannotBe(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"https://search.example/products", "meilisearch+ftp://h/i", "meilisearch+https:///i", "meilisearch+https://h", "meilisearch+https://h/a/b",
		"meilisearch+https://h/i?create=perhaps", "meilisearch+https://h/i?host=https://x", "algolia://APP/i?host=x", "algolia://evil.example/i", "typesense+https://u:p@h/i",
	} {
		if _, err := kind(t).Open(t.Context(), relay.Target{URL: target, Secrets: []string{theKey}}); err == nil {
			t.Errorf("%s was taken", target)
		}
	}
	if _, err := kind(t).Open(t.Context(), relay.Target{URL: "meilisearch+https://h/i"}); err == nil {
		t.Error("no key was taken")
	}
}
