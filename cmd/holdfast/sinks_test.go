package main

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// until runs a command line until what it prints matches.
func (h *atHand) until(line, want string) {
	h.t.Helper()
	is := regexp.MustCompile(want)
	limit := time.After(10 * time.Minute)
	for got := h.says(line); !is.MatchString(got); got = h.says(line) {
		select {
		case <-time.After(50 * time.Millisecond):
		case <-limit:
			h.t.Fatalf("%s prints\n%s\nwant\n%s", line, got, want)
		}
	}
}

// firstRow is a cell of the first row that a list prints.
func (h *atHand) firstRow(line string, n int) string {
	h.t.Helper()
	rows := strings.Split(h.says(line+" --csv"), "\n")
	if len(rows) < 2 {
		h.t.Fatalf("%s prints no row", line)
	}
	return strings.Split(rows[1], ",")[n]
}

func TestSinksAtTheCommandLine(t *testing.T) {
	t.Parallel()
	var refuses atomic.Bool
	refuses.Store(true)
	var events sync.Map // that were taken, by their ids
	shop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if refuses.Load() {
			w.WriteHeader(http.StatusUnprocessableEntity)
		} else if id := r.Header.Get("Webhook-Id"); !strings.HasPrefix(id, "test-") {
			events.Store(id, true)
		}
	}))
	two := func(when string) {
		t.Helper()
		n := 0
		events.Range(func(any, any) bool { n++; return true })
		if n != 2 {
			t.Errorf("%s %d events were taken, want the two of the mug", when, n)
		}
	}
	t.Cleanup(shop.Close)
	h := newAtHand(t, "--sink-files", t.TempDir(), "--webhook-allow", "127.0.0.0/8")
	h.login()
	const sink = "sink kind state undelivered behind by delivered retries parked last error\n"
	h.all([]prints{
		{"sinks list", strings.TrimSpace(sink)},
		{"sinks set shop webhook " + shop.URL + "/hook --product mug,cup --batch 5", sink + "shop webhook running 0 0 0 0\nsecret, shown this once: whsec_"},
		{"sinks show shop", "setting value\ntarget " + shop.URL + "/hook\nformat cloudevents\nproducts mug,cup\nbatch 5\nposition "},
		{"sinks set audit file audit.ndjson --format plain --from start --linger 5ms", sink + "audit file running"},
		{"sinks pause audit", sink + "audit file paused"},
		{"sinks resume audit --json", `"name":"audit"`},
		{"open mug 5", ""},
		{"restock mug 2", ""},
		{"open lamp 3", ""},
	})
	// Ten tries, or more where the relay lost its lease on a busy machine and began anew.
	h.until("sinks list --csv", `shop,webhook,blocked,1,[^,]*,0,[0-9]+,1,`)
	h.until("sinks show audit --csv", "audit,batch,100")
	h.until("sinks list", `audit file running 0 3 0 0`)
	parked := h.firstRow("sinks parked shop", 0)
	h.all([]prints{
		{"sinks parked shop", "parked location product operation state tries since waiting for it cause\n" + parked + " default mug create parked 10 "},
		{"__complete sinks show sh", "shop\n"},
		{"__complete sinks set new we", "webhook\n"},
		{"__complete sinks requeue shop par", parked + "\n"},
	})
	h.refused(exitUsage, []prints{
		{"sinks requeue shop", "name parked events or give --all"},
		{"sinks discard shop --all " + parked, "one of the two"},
		{"sinks set audit file audit.ndjson --linger 1us", "--linger 1µs: it must be whole milliseconds"},
		{"sinks set audit file", "TARGET"},
	})
	h.refused(exitFailed, []prints{
		{"sinks rebuild audit", "INVALID_STATE"},
		{"sinks show adit", `did you mean "audit"?`},
		{"sinks set bad pigeon x", "INVALID_ARGUMENT"},
		{"sinks test shop", "the test event was not delivered"},
	})
	refuses.Store(false)
	h.all([]prints{
		{"sinks requeue shop --all", parked + " default mug create requeued 10 "},
	})
	// A relay that is slow may lose the sink, and what it had not reported comes again.
	h.until("sinks list --csv", `shop,webhook,running,0,,([2-9]|\d\d),`)
	two("requeued:")
	h.all([]prints{
		{"sinks test shop", "event delivered took error\n"},
		{"sinks deliveries shop", "delivery at event status took try repeats error\n"},
		{"sinks rotate shop", "secret, shown this once: whsec_"},
		{"sinks rewind shop start", sink + "shop webhook running"},
	})
	h.until("sinks list --csv", `shop,webhook,running,0,,([4-9]|\d\d),`)
	two("after the rewind:")
	again := h.firstRow("sinks deliveries shop", 0)
	h.all([]prints{{"sinks redeliver shop " + again, again + " 20"}})
	h.until("sinks deliveries shop --csv", ",1,"+again+",")
	h.all([]prints{
		{"sinks delete audit", "there is no sink audit"},
		{"sinks list --csv", "sink,kind,state,undelivered,behind by,delivered,retries,parked,last error\nshop,"},
		{"sinks preset restaurant nats tls://127.0.0.1:9", sink + "inventory-cache nats running 0 0 0 0\nproduct-cache nats running 0 0 0 0\npoi-item-stock nats running 0 0 0 0"},
		{"sources show order-stock-deduct", "topic order-stock-deduct-topic"},
		{"sinks show product-cache", "topic product-cache-update-topic\nformat cloudevents\ntypes catalog\n"},
	})
	h.refused(exitUsage, []prints{{"sinks preset pizza nats tls://127.0.0.1:9", `"pizza" is no preset: there is [restaurant]`}})
	out, errOut, code := h.run("whsec_"+strings.Repeat("A", 43)+"=\n", "sinks rotate shop --secret-file -")
	if code != 0 || strings.Contains(out, "whsec_") {
		t.Errorf("%d, %s%s", code, out, errOut)
	}
}
