package test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/twmb/franz-go/pkg/kgo"
	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/brokertest"
	reach "holdfast.dev/holdfast/relay/dial"
	"holdfast.dev/holdfast/relay/rocketmq"
)

// BenchmarkCommitToConsumer measures how long a change takes from a caller to a consumer
// in another process, by way of a relay in the server and a broker, at 1,000 changes a
// second:
//
//	go test -run '^$' -bench CommitToConsumer -benchtime 30000x ./test
//
// sent-… is the time from before the call was sent. answered-… is the time from its answer, which
// confirms the commit; the event may arrive before it.
func BenchmarkCommitToConsumer(b *testing.B) {
	b.Run("nats", func(b *testing.B) {
		bus := brokertest.StartNATS(b)
		consumeAtPace(b, object{"kind": "nats", "target": "nats://" + bus.Addr()}, natsConsumer(bus.Addr()))
	})
	b.Run("kafka", func(b *testing.B) {
		kafka := brokertest.StartKafka(b)
		consumeAtPace(b, object{"kind": "kafka", "target": "kafka://" + kafka.Addr()}, kafkaConsumer(kafka.Addr()))
	})
	b.Run("rocketmq", func(b *testing.B) {
		rocket := brokertest.StartRocketMQ(b, map[string]string{"holdfast-events": "FIFO"})
		target := "rocketmq://" + rocket.Addr()
		consumeAtPace(b, object{"kind": "rocketmq", "target": target, "secret": brokertest.RocketMQLogin}, rocketConsumer(target))
	})
}

// consumer hands take each event of the topic from now on, until ctx ends. The topic exists. It
// calls ready once it misses no event.
type consumer func(ctx context.Context, ready func(), take func(body []byte)) error

// consumeAtPace reserves b.N times, 1,000 a second, each a unit of one of 1,000 products
// for an order of its own.
func consumeAtPace(b *testing.B, sink object, consume consumer) {
	const products, perSecond = 1000, 1000
	s := newSinks(b)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		b.Fatal(err)
	}
	defer shop.Close()
	var opened []client.Command
	for n := range products {
		opened = append(opened, client.Create{ProductID: product(n), AvailableStock: int64(b.N)})
	}
	if _, err := shop.Batch(b.Context(), opened...); err != nil {
		b.Fatal(err)
	}
	sink["from"] = "start"
	s.c.must(b, "PUT", s.url("/v1/sinks/bus"), "", sink, nil)
	s.delivered(b, "bus")
	c := startArrivals(b, b.N, consume)
	sent, answered := make([]time.Time, b.N), make([]time.Time, b.N)
	var calls sync.WaitGroup
	failed := make(chan error, b.N)
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	b.ResetTimer()
	reserve := func(n int) {
		sent[n] = time.Now()
		_, err := shop.Reserve(b.Context(), client.Reserve{OrderID: strconv.Itoa(n), ProductID: product(n % products), Quantity: 1})
		answered[n] = time.Now()
		failed <- err
	}
	for begun, n := time.Now(), 0; n < b.N; <-pace.C {
		for due := int(time.Since(begun).Seconds() * perSecond); n < min(due, b.N); n++ {
			order := n // the loop counts on
			calls.Go(func() { reserve(order) })
		}
	}
	calls.Wait()
	rate := float64(b.N) / b.Elapsed().Seconds()
	for range b.N {
		if err := <-failed; err != nil {
			b.Fatal(err)
		}
	}
	arrived := c.all(b)
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(rate, "changes/s")
	reportTimes(b, "sent", passed(sent, arrived))
	reportTimes(b, "answered", passed(answered, arrived))
	reportSync(b)
}

// arrivals notes when the event of each order came first.
type arrivals struct {
	mu    sync.Mutex
	first []time.Time // by order
	left  int
	done  chan struct{}
	ended chan error
}

// startArrivals consumes until the events of n orders have come.
func startArrivals(b *testing.B, n int, consume consumer) *arrivals {
	c := &arrivals{first: make([]time.Time, n), left: n, done: make(chan struct{})}
	c.ended = listen(b, consume, c.take)
	return c
}

// listen consumes until the benchmark ends, from now on. An error is in what it returns.
func listen(b *testing.B, consume consumer, take func([]byte)) chan error {
	b.Helper()
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(b.Context())
	ready := make(chan struct{})
	go func() { ended <- consume(ctx, sync.OnceFunc(func() { close(ready) }), take) }()
	b.Cleanup(func() {
		cancel()
		<-ended
	})
	select {
	case <-ready:
	case err := <-ended:
		ended <- err // for the end of the benchmark
		b.Fatal(err)
	}
	return ended
}

func (c *arrivals) take(body []byte) {
	now := time.Now()
	e, err := parseSinkEvent(body)
	order, notOurs := strconv.Atoi(e.Data.Order)
	c.mu.Lock()
	defer c.mu.Unlock()
	if err == nil && notOurs == nil && c.first[order].IsZero() {
		c.first[order] = now
		if c.left--; c.left == 0 {
			close(c.done)
		}
	}
}

// all waits until the event of each order has come.
func (c *arrivals) all(b *testing.B) []time.Time {
	b.Helper()
	limit := time.NewTimer(hang)
	defer limit.Stop()
	select {
	case <-c.done:
	case err := <-c.ended:
		c.ended <- err // for the end of the benchmark
		b.Fatal(err)
	case <-limit.C:
		b.Fatal("not all events have come")
	}
	return c.first
}

// passed are the times that passed from one to the other.
func passed(from, to []time.Time) (all []time.Duration) {
	for n := range from {
		all = append(all, to[n].Sub(from[n]))
	}
	return all
}

// reportTimes reports the median and the 99th percentile of durations.
func reportTimes(b *testing.B, name string, all []time.Duration) {
	sorted := slices.Sorted(slices.Values(all))
	for _, percent := range []int{50, 99} {
		b.ReportMetric(sorted[(len(sorted)-1)*percent/100].Seconds()*1000, fmt.Sprint(name, "-p", percent, "-ms"))
	}
}

// reportSync reports the median time in which the disk stores a page durably: another disk gives
// other figures.
func reportSync(b *testing.B) {
	b.Helper()
	file, err := os.Create(filepath.Join(b.TempDir(), "synced"))
	if err != nil {
		b.Fatal(err)
	}
	defer file.Close()
	var took []float64
	for range 101 {
		begun := time.Now()
		if _, err := file.Write(make([]byte, 4096)); err != nil {
			b.Fatal(err)
		}
		if err := file.Sync(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun).Seconds()*1000)
	}
	b.ReportMetric(median(took), "sync-ms")
}

// natsConsumer reads the stream that the relay has made.
func natsConsumer(addr string) consumer {
	return func(ctx context.Context, ready func(), take func([]byte)) error {
		conn, err := nats.Connect("nats://" + addr)
		if err != nil {
			return err
		}
		defer conn.Close()
		js, err := jetstream.New(conn)
		if err != nil {
			return err
		}
		reader, err := js.OrderedConsumer(ctx, "holdfast-events", jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy})
		if err != nil {
			return err
		}
		reading, err := reader.Consume(func(m jetstream.Msg) {
			ready() // what the stream has had before
			take(m.Data())
		})
		if err != nil {
			return err
		}
		defer reading.Stop()
		<-ctx.Done()
		return nil
	}
}

// kafkaConsumer reads the topic that the relay has made.
func kafkaConsumer(addr string) consumer {
	return func(ctx context.Context, ready func(), take func([]byte)) error {
		c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics("holdfast-events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if err != nil {
			return err
		}
		defer c.Close()
		for {
			fetched := c.PollFetches(ctx)
			if ctx.Err() != nil {
				return nil
			}
			if err := fetched.Err(); err != nil {
				return err
			}
			fetched.EachRecord(func(r *kgo.Record) { take(r.Value) })
			ready()
		}
	}
}

// rocketConsumer reads the topic of events as a consumer group that keeps their order,
// with a member for each queue: the broker gives a member 32 messages at a time, and
// those behind them in the queue when they were acknowledged.
func rocketConsumer(target string) consumer {
	return func(ctx context.Context, ready func(), take func([]byte)) error {
		var members errgroup.Group
		for n := range 4 {
			members.Go(func() error { return rocketMember(ctx, fmt.Sprint("bench-", n), target, ready, take) })
		}
		return members.Wait()
	}
}

func rocketMember(ctx context.Context, name, target string, ready func(), take func([]byte)) (err error) {
	allowed, err := reach.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		return err
	}
	in, err := rocketmq.Inlets(allowed)(ctx, relay.Origin{
		Tenant: "default", Source: name, URL: target, Topic: "holdfast-events", Group: brokertest.RocketMQGroup, Secrets: []string{brokertest.RocketMQLogin},
	})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, in.Close()) }()
	for ctx.Err() == nil {
		messages, err := in.Receive(ctx, 1000)
		if err != nil && ctx.Err() == nil {
			return err
		}
		for _, m := range messages {
			take(m.Body)
		}
		if err := in.Ack(ctx, messages); err != nil && ctx.Err() == nil {
			return err
		}
		if len(messages) > 0 {
			ready()
		}
	}
	return nil
}
