package test

import (
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"holdfast.dev/holdfast/relay/brokertest"
)

// Deducts that wait in Kafka are carried out once (100,000 of them in the long form), although some
// were sent twice. The server with its relay is killed in the middle, and so is a relay of its own.
func TestQueuedDeductsAreCarriedOutOnceAcrossKills(t *testing.T) {
	t.Parallel()
	const again = 10
	orders := 3000
	if rounds(1) > 1 {
		orders = 100_000
	}
	s, kafka := newSinks(t), brokertest.StartKafka(t, "group.initial.rebalance.delay.ms=0")
	s.c.must(t, "POST", s.url("/v1/inventory"), "tea", object{"product_id": "tea", "available_stock": orders}, nil)
	s.hold(t, "cup", 2*orders)
	s.c.must(t, "PUT", s.url("/v1/sources/in"), "", object{"kind": "kafka", "target": "kafka://" + kafka.Addr(), "topic": "orders"}, nil)
	queueOrders(t, kafka.Addr(), orders, again)
	s.startApart(t)
	for round := range 4 {
		s.stocked(t, "cup", func(n int64) bool { return n < int64(2*orders-round*orders/6) })
		if round%2 == 0 {
			s.kill()
			s.start()
		} else {
			s.killApart()
			s.startApart(t)
		}
	}
	s.stocked(t, "cup", func(n int64) bool { return n <= int64(orders) })
	s.stocked(t, "tea", func(n int64) bool { return n <= 0 })
	// A message after all the others shows that nothing more is coming.
	s.hold(t, "last", 8)
	queueLast(t, kafka.Addr())
	s.stocked(t, "last", func(n int64) bool { return n == 4 })
	s.stocked(t, "cup", func(n int64) bool { return n == int64(orders) })
	s.stocked(t, "tea", func(n int64) bool { return n == 0 })
	s.verify()
}

// hold makes a product whose units are all held by one order.
func (s *sinks) hold(t *testing.T, name string, n int) {
	t.Helper()
	s.c.must(t, "POST", s.url("/v1/inventory"), name, object{"product_id": name, "available_stock": n}, nil)
	s.c.must(t, "POST", s.url("/v1/inventory/reserve"), name, object{"order_id": name, "product_id": name, "quantity": n}, nil)
}

// queueOrders sends messages. Each sells a unit of tea to an order of its own, and a cup of one large
// order: only the message's id protects the cup. Messages whose number again divides are sent twice.
func queueOrders(t *testing.T, addr string, orders, again int) {
	t.Helper()
	var all []*kgo.Record
	for n := range orders {
		text := fmt.Sprintf(`{"message_id":"m-%d","commands":[{"reserve":{"order_id":"o-%d","product_id":"tea","quantity":1}},{"deduct":{"order_id":"o-%d"}},{"deduct":{"order_id":"cup","product_id":"cup","quantity":1}}]}`, n, n, n)
		r := &kgo.Record{Topic: "orders", Key: fmt.Append(nil, "o-", n), Value: []byte(text)}
		if all = append(all, r); n%again == 0 {
			copied := *r
			all = append(all, &copied)
		}
	}
	produce(t, addr, all)
}

// queueLast sends a message to each partition.
func queueLast(t *testing.T, addr string) {
	t.Helper()
	var all []*kgo.Record
	for p := range int32(4) {
		all = append(all, &kgo.Record{Topic: "orders", Partition: p, Value: []byte(`{"deduct":{"order_id":"last","product_id":"last","quantity":1}}`)})
	}
	produce(t, addr, all, kgo.RecordPartitioner(kgo.ManualPartitioner()))
}

func produce(t *testing.T, addr string, all []*kgo.Record, options ...kgo.Opt) {
	t.Helper()
	// The relay makes the topic.
	c, err := kgo.NewClient(append(options, kgo.SeedBrokers(addr), kgo.UnknownTopicRetries(-1))...)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.ProduceSync(t.Context(), all...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// stocked waits until as many units of a product are there as wanted.
func (s *sinks) stocked(t *testing.T, product string, is func(n int64) bool) {
	t.Helper()
	limit := time.NewTimer(hang)
	defer limit.Stop()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for {
		var p struct {
			Total int64 `json:"total_stock"`
		}
		s.c.must(t, "GET", s.url("/v1/inventory/product/"+product), "", nil, &p)
		if is(p.Total) {
			return
		}
		select {
		case <-look.C:
		case <-limit.C:
			var source any
			s.c.must(t, "GET", s.url("/v1/sources/in"), "", nil, &source)
			t.Fatalf("%s: %d; %v", product, p.Total, source)
		}
	}
}
