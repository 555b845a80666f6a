package test

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/redis/rueidis"

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
