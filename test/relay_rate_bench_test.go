package test

import (
	"fmt"
	"strconv"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay/brokertest"
)

// BenchmarkRelayIntoKafka measures how fast the relay in a server delivers changes to
// Kafka that were booked before the sink was there, from the call that sets the sink on:
//
//	go test -run '^$' -bench RelayIntoKafka -benchtime 500000x ./test
func BenchmarkRelayIntoKafka(b *testing.B) {
	kafka, s := brokertest.StartKafka(b), newSinks(b)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		b.Fatal(err)
	}
	defer shop.Close()
	var commands []client.Command
	for n := range b.N {
		if n < 1000 {
			commands = append(commands, client.Create{ProductID: product(n)})
		} else {
			commands = append(commands, client.Restock{ProductID: product(n % 1000), Quantity: 1})
		}
		if len(commands) < 1000 && n < b.N-1 {
			continue
		}
		results, err := shop.Batch(b.Context(), commands...)
		if err != nil {
			b.Fatal(err)
		}
		for _, r := range results {
			if r.Err != nil {
				b.Fatal(r.Err)
			}
		}
		commands = nil
	}
	b.ResetTimer()
	s.c.must(b, "PUT", s.url("/v1/sinks/kafka"), "", object{"kind": "kafka", "target": "kafka://" + kafka.Addr(), "from": "start"}, nil)
	s.until(b, "kafka", func(now sink) bool { return now.Delivered == int64(b.N) })
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	reportSync(b)
}

// BenchmarkCommitterBesideARelay measures how many reserves a second a server takes in
// batches with its relay at rest, and with it delivering them to Kafka, in turn:
//
//	go test -run '^$' -bench CommitterBesideARelay -benchtime 7x ./test
//
// ratio is the median of the rounds' ratios, delivered what the relay delivered meanwhile.
func BenchmarkCommitterBesideARelay(b *testing.B) {
	const cell, items = 2 * time.Second, 1000
	kafka, s := brokertest.StartKafka(b), newSinks(b)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		b.Fatal(err)
	}
	defer shop.Close()
	var opened []client.Command
	for n := range items {
		opened = append(opened, client.Create{ProductID: strconv.Itoa(n), AvailableStock: 1 << 40})
	}
	if _, err := shop.Batch(b.Context(), opened...); err != nil {
		b.Fatal(err)
	}
	s.c.must(b, "PUT", s.url("/v1/sinks/kafka"), "", object{"kind": "kafka", "target": "kafka://" + kafka.Addr()}, nil)
	change := func(verb string, body object) {
		s.c.must(b, "POST", s.url("/v1/sinks/kafka/"+verb), fmt.Sprint(verb, time.Now().UnixNano()), body, nil)
	}
	delivered := func() (n int64) {
		s.until(b, "kafka", func(now sink) bool {
			n = now.Delivered
			return true
		})
		return n
	}
	book := batches(b, s.server, items)
	alone, beside := &side{callers: 4, each: book}, &side{callers: 4, each: book}
	var ratios, relayed []float64
	// The orders of both have numbers of their own.
	beside.calls.Store(1 << 40)
	for round := range b.N {
		change("pause", object{})
		alone.measure(b, cell)
		// What was booked meanwhile is not delivered: the relay has to keep up, not to
		// catch up.
		change("rewind", object{"to": "now"})
		change("resume", object{})
		s.delivered(b, "kafka")
		before, begun := delivered(), time.Now()
		beside.measure(b, cell)
		relayed = append(relayed, float64(delivered()-before)/time.Since(begun).Seconds())
		ratios = append(ratios, beside.rate[round]/alone.rate[round])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(alone.rate), "alone/s")
	b.ReportMetric(median(beside.rate), "beside/s")
	b.ReportMetric(median(relayed), "delivered/s")
	b.ReportMetric(median(ratios), "ratio")
	reportSync(b)
}
