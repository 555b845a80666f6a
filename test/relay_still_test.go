package test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay/brokertest"
)

// leaseAndMore is longer than a relay's lease. Nothing but time can tell when the lease of a
// relay is over whose server stands still. If the test waits for less, it tests less.
const leaseAndMore = 4 * time.Second

// source is the state of a source as the API shows it.
type source struct {
	Accepted int64
	Refused  int64
	Parked   int64
	Relay    string // that consumes it
	Error    string `json:"last_error"`
}

// untilSource waits until the source is as it should be.
func (s *sinks) untilSource(t testing.TB, name string, is func(source) bool) {
	t.Helper()
	limit := time.NewTimer(hang)
	defer limit.Stop()
	look := time.NewTicker(50 * time.Millisecond)
	defer look.Stop()
	for {
		var now source
		s.c.must(t, http.MethodGet, s.url("/v1/sources/"+name), "", nil, &now)
		if is(now) {
			return
		}
		select {
		case <-look.C:
		case <-limit.C:
			t.Fatalf("source %s: %+v", name, now)
		}
	}
}

// A relay that stood still for longer than its lease claims anew, although no other relay came
// in between: what it reports from then on is stored. Its server stands still too, in one
// case both do.
func TestARelayThatStoodStillReportsAgain(t *testing.T) {
	t.Parallel()
	for _, still := range []struct {
		name   string
		apart  bool // the relay is a process of its own
		freeze func(*testing.T, *sinks)
	}{
		{"the relay", true, func(t *testing.T, s *sinks) {
			s.signalApart(t, syscall.SIGSTOP)
			s.until(t, "hook", func(now sink) bool { return now.Relay == "" })
			s.signalApart(t, syscall.SIGCONT)
		}},
		{"the server", true, func(t *testing.T, s *sinks) { s.pause(leaseAndMore) }},
		{"both, in one process", false, func(t *testing.T, s *sinks) { s.pause(leaseAndMore) }},
	} {
		t.Run(still.name, func(t *testing.T) {
			t.Parallel()
			var vars []string
			if still.apart {
				vars = []string{"HOLDFAST_RELAY=off"}
			}
			s, web, bus := newSinks(t, vars...), newHook(t), brokertest.StartNATS(t)
			if still.apart {
				s.startApart(t)
			}
			var made sink
			s.c.must(t, http.MethodPut, s.url("/v1/sinks/hook"), "", object{"kind": "webhook", "target": web.URL, "from": "start"}, &made)
			s.c.must(t, http.MethodPut, s.url("/v1/sources/in"), "", object{"kind": "nats", "target": "nats://" + bus.Addr(), "topic": "orders"}, nil)
			web.expects("", made.Secret)
			conn, err := nats.Connect("nats://" + bus.Addr())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(conn.Close)
			js, err := jetstream.New(conn)
			if err != nil {
				t.Fatal(err)
			}
			s.untilSource(t, "in", func(now source) bool { return now.Relay != "" && now.Error == "" })
			sent := 0
			send := func(text string) {
				t.Helper()
				sent++
				if _, err := js.Publish(t.Context(), "orders", []byte(text), jetstream.WithMsgID(fmt.Sprint("m-", sent))); err != nil {
					t.Fatal(err)
				}
			}
			s.c.must(t, http.MethodPost, s.url("/v1/inventory"), "tea", object{"product_id": "tea", "available_stock": 100}, nil)
			s.changes["tea"] = 1
			sell := func() {
				t.Helper()
				send(fmt.Sprintf(`{"commands":[{"reserve":{"order_id":"o-%d","product_id":"tea","quantity":1}},{"deduct":{"order_id":"o-%d"}}]}`, sent, sent))
				s.changes["tea"] += 2
			}
			// Several turns of each are reported, one after the other.
			for n := range 5 {
				s.write(t, 20)
				s.delivered(t, "hook")
				sell()
				s.untilSource(t, "in", func(now source) bool { return now.Accepted > int64(n) })
			}
			still.freeze(t, s)
			s.until(t, "hook", func(now sink) bool { return now.Relay != "" })
			web.expects("product-3", made.Secret)
			s.write(t, 20)
			send(`this is no command`)
			sell()
			s.until(t, "hook", func(now sink) bool { return now.Parked == 1 })
			s.untilSource(t, "in", func(now source) bool { return now.Parked == 1 && now.Accepted > 5 })
			var list struct{ Items []struct{ ID string } }
			s.c.must(t, http.MethodGet, s.url("/v1/sinks/hook/parked"), "", nil, &list)
			web.expects("", made.Secret)
			s.c.must(t, http.MethodPost, s.url("/v1/sinks/hook/parked/"+list.Items[0].ID+"/requeue"), "again", object{}, nil)
			s.write(t, 20)
			s.delivered(t, "hook")
			web.mu.Lock()
			defer web.mu.Unlock()
			checkChanges(t, "hook", web.taken, s.changes)
			s.verify()
		})
	}
}
