package kafka

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	"holdfast.dev/holdfast/relay/relaytest"
)

// BenchmarkDrain measures how fast a relay carries out deducts that wait in Kafka, each of
// an order of its own:
//
//	go test ./relay/kafka -run '^$' -bench Drain -benchtime 100000x
func BenchmarkDrain(b *testing.B) {
	p, house := brokertest.StartKafka(b), relaytest.StartHouse(b)
	holdOrders(b, house.Client)
	topic := newTopic(p)
	c, err := kgo.NewClient(kgo.SeedBrokers(p.Addr()))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if _, err := findTopic(b.Context(), c, topic.name); err != nil {
		b.Fatal(err)
	}
	records := make([]*kgo.Record, b.N)
	for n := range records {
		records[n] = &kgo.Record{Topic: topic.name, Key: fmt.Append(nil, n), Value: fmt.Appendf(nil, `{"deduct":{"order_id":"o-%d"}}`, n)}
	}
	if err := c.ProduceSync(b.Context(), records...).FirstErr(); err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	if _, err := house.Sources.Set(ctx, client.SetSource{Name: "in", Kind: "kafka", Target: topic.url(), Topic: topic.name, Group: topic.name}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	go func() {
		ended <- relay.Run(ctx, relay.Of(house.Client), nil, relay.Options{
			ID: "r", Tenant: "default", Log: slog.New(slog.DiscardHandler),
			Consuming: &relay.Consuming{Commands: relay.CommandsOf(house.Client), Inlets: relay.Inlets{"kafka": Inlets(here)}},
		})
	}()
	for look := time.Tick(20 * time.Millisecond); ; <-look {
		s, err := house.Sources.Get(ctx, "in")
		if err != nil {
			b.Fatal(err)
		}
		if s.Accepted == int64(b.N) {
			break
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
	cancel()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
}

// holdOrders reserves a unit for each order.
func holdOrders(b *testing.B, c *client.Client) {
	b.Helper()
	const products = 1000
	var all []client.Command
	for n := range products {
		all = append(all, client.Create{ProductID: fmt.Sprint("p-", n), AvailableStock: int64(b.N)})
	}
	for n := range b.N {
		all = append(all, client.Reserve{OrderID: fmt.Sprint("o-", n), ProductID: fmt.Sprint("p-", n%products), Quantity: 1, TTL: 24 * time.Hour})
	}
	for len(all) > 0 {
		n := min(len(all), 1000)
		if _, err := c.Batch(b.Context(), all[:n]...); err != nil {
			b.Fatal(err)
		}
		all = all[n:]
	}
}
