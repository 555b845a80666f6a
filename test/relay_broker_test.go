package test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/rueidis"
	"github.com/twmb/franz-go/pkg/kgo"

	"holdfast.dev/holdfast/relay/brokertest"
)

// Brokers get every change, of each product in order, whatever is killed: they, the
// server with the relay within, and a relay apart.
func TestBrokersGetEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, bus, streams := newSinks(t), brokertest.StartNATS(t), brokertest.StartRedis(t)
	s.set(t, "nats", "nats", "nats://"+bus.Addr())
	s.set(t, "redis", "redis", "redis://"+streams.Addr())
	s.startApart(t)
	for range 3 {
		s.write(t, 100)
		bus.Kill()
		s.write(t, 100)
		s.kill()
		s.start()
		bus.Start()
		streams.Kill()
		s.write(t, 100)
		s.killApart()
		streams.Start()
		s.write(t, 100)
		s.startApart(t)
	}
	s.delivered(t, "nats", "redis")
	checkChanges(t, "nats", inNATS(t, bus.Addr()), s.changes)
	checkChanges(t, "redis", inRedis(t, streams.Addr()), s.changes)
	s.verify()
}

// Kafka gets every change, of each product in order, although it is killed, and the
// server while it is away.
func TestKafkaGetsEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, kafka := newSinks(t), brokertest.StartKafka(t)
	s.set(t, "kafka", "kafka", "kafka://"+kafka.Addr())
	s.write(t, 200)
	kafka.Kill()
	s.write(t, 200)
	s.kill()
	s.start()
	s.write(t, 200)
	kafka.Start()
	s.write(t, 200)
	s.delivered(t, "kafka")
	checkChanges(t, "kafka", inKafka(t, kafka.Addr(), s.changes), s.changes)
	s.verify()
}

// RocketMQ gets every change, of each product in order, although it is killed, and the
// server while it is away.
func TestRocketMQGetsEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, rocket := newSinks(t), brokertest.StartRocketMQ(t, map[string]string{"holdfast-events": "FIFO"})
	s.set(t, "rocket", "rocketmq", "rocketmq://"+rocket.Addr(), brokertest.RocketMQLogin)
	s.write(t, 200)
	rocket.Kill()
	s.write(t, 200)
	s.kill()
	s.start()
	s.write(t, 200)
	rocket.Start()
	s.write(t, 200)
	s.delivered(t, "rocket")
	var all []sinkEvent
	for _, line := range rocket.Print(t, "holdfast-events") {
		_, body, _ := strings.Cut(line, " BODY: ")
		all = append(all, readSinkEvent(t, []byte(body)))
	}
	checkChanges(t, "rocket", all, s.changes)
	s.verify()
}

// RabbitMQ gets every change, of each product in order, although it is killed, and the
// server while it is away.
func TestRabbitMQGetsEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, rabbit := newSinks(t), brokertest.StartRabbitMQ(t)
	rabbit.MakeQueues(t, "holdfast.events")
	s.set(t, "rabbit", "rabbitmq", "amqp://"+rabbit.Addr())
	for range 2 {
		s.write(t, 100)
		rabbit.Kill()
		s.write(t, 100)
		s.kill()
		s.start()
		s.write(t, 100)
		rabbit.Start()
		s.write(t, 100)
	}
	s.delivered(t, "rabbit")
	checkChanges(t, "rabbit", inRabbitMQ(t, rabbit.Addr()), s.changes)
	s.verify()
}

func readSinkEvent(t *testing.T, text []byte) (e sinkEvent) {
	t.Helper()
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return e
}

// inNATS are the events of the stream that the relay has made.
func inNATS(t *testing.T, addr string) (all []sinkEvent) {
	t.Helper()
	conn, err := nats.Connect("nats://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := js.Stream(t.Context(), "holdfast-events")
	if err != nil {
		t.Fatal(err)
	}
	for n := uint64(1); n <= stream.CachedInfo().State.LastSeq; n++ {
		m, err := stream.GetMsg(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, readSinkEvent(t, m.Data))
	}
	return all
}

// inRabbitMQ are the messages of the queue.
func inRabbitMQ(t *testing.T, addr string) (all []sinkEvent) {
	t.Helper()
	conn, err := amqp.Dial("amqp://" + addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	c, err := conn.Channel()
	if err != nil {
		t.Fatal(err)
	}
	for {
		m, has, err := c.Get("holdfast.events", true)
		if err != nil {
			t.Fatal(err)
		}
		if !has {
			return all
		}
		all = append(all, readSinkEvent(t, m.Body))
	}
}

// inRedis are the events of the stream of Redis.
func inRedis(t *testing.T, addr string) (all []sinkEvent) {
	t.Helper()
	c, err := rueidis.NewClient(rueidis.ClientOption{InitAddress: []string{addr}, DisableCache: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	entries, err := c.Do(t.Context(), c.B().Xrange().Key("holdfast:events").Start("-").End("+").Build()).AsXRange()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, readSinkEvent(t, []byte(e.FieldValues["data"])))
	}
	return all
}

// inKafka are the records of the topic that the relay has made, until each product has
// as many changes as it had.
func inKafka(t *testing.T, addr string, want map[string]int64) (all []sinkEvent) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics("holdfast-events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	last := map[string]int64{}
	for missing := true; missing; {
		fetched := c.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Errorf("after %d records: %v", len(all), err)
			return all
		}
		for _, r := range fetched.Records() {
			e := readSinkEvent(t, r.Value)
			last[e.Data.Product] = max(last[e.Data.Product], e.Data.Version)
			all = append(all, e)
		}
		missing = false
		for product, version := range want {
			missing = missing || last[product] < version
		}
	}
	return all
}
