package test

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	amqp "github.com/rabbitmq/amqp091-go"
	"github.com/redis/rueidis"
	"github.com/twmb/franz-go/pkg/kgo"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/relay/brokertest"
)

// Redis gets every change, of each product in order, whatever is killed: it, the server
// with a relay within, and a relay apart.
func TestRedisGetsEveryChangeAcrossKills(t *testing.T) {
	t.Parallel()
	s, streams := newSinks(t), dbtest.StartRedis(t).Servers[0]
	s.set(t, "redis", "redis", "redis://"+streams.Addr())
	s.startApart(t)
	for range 3 {
		s.write(t, 100)
		s.kill()
		s.start()
		s.write(t, 100)
		streams.Kill()
		s.write(t, 100)
		s.killApart()
		streams.Start()
		s.write(t, 100)
		s.startApart(t)
	}
	s.delivered(t, "redis")
	checkChanges(t, "redis", inRedis(t, streams.Addr()), s.changes)
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

func readSinkEvent(t *testing.T, text []byte) sinkEvent {
	t.Helper()
	e, err := parseSinkEvent(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return e
}

func parseSinkEvent(text []byte) (e sinkEvent, err error) {
	err = json.Unmarshal(text, &e)
	return e, err
}

// inNATS hands take the events of the stream that the relay has made.
func inNATS(t *testing.T, addr string, take func(sinkEvent)) {
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
	reader, err := stream.OrderedConsumer(t.Context(), jetstream.OrderedConsumerConfig{})
	if err != nil {
		t.Fatal(err)
	}
	for read, all := uint64(0), stream.CachedInfo().State.Msgs; read < all; {
		part, err := reader.Fetch(int(min(all-read, 1000)), jetstream.FetchMaxWait(hang))
		if err != nil {
			t.Fatal(err)
		}
		for m := range part.Messages() {
			take(readSinkEvent(t, m.Data()))
			read++
		}
		if err := part.Error(); err != nil {
			t.Fatalf("after %d messages of %d: %v", read, all, err)
		}
	}
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

// inKafka hands take the records of the topic that the relay has made, which has some in
// each of its partitions.
func inKafka(t *testing.T, addr string, take func(sinkEvent)) {
	t.Helper()
	c, err := kgo.NewClient(kgo.SeedBrokers(addr), kgo.ConsumeTopics("holdfast-events"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	left := map[int32]int64{0: 1, 1: 1, 2: 1, 3: 1} // records, by partition
	for slices.Max(slices.Collect(maps.Values(left))) > 0 {
		fetched := c.PollFetches(ctx)
		if err := fetched.Err(); err != nil {
			t.Fatalf("left are %v: %v", left, err)
		}
		fetched.EachPartition(func(p kgo.FetchTopicPartition) {
			for _, r := range p.Records {
				take(readSinkEvent(t, r.Value))
				left[p.Partition] = p.HighWatermark - r.Offset - 1
			}
		})
	}
}
