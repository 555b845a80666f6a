package test

import (
	"os"
	"testing"
	"time"

	"holdfast.dev/holdfast/relay/brokertest"
)

// While a broker is away everything is booked: 200 changes a second for half a minute, or
// for five minutes with SOAK. When it is back it gets all of them, of each product in
// order. How soon is printed.
func TestABrokerThatWasAwayGetsEverything(t *testing.T) {
	t.Parallel()
	changes := 6_000
	if os.Getenv("SOAK") != "" {
		changes = 60_000
	}
	s, bus := newSinks(t), brokertest.StartNATS(t)
	s.set(t, "nats", "nats", "nats://"+bus.Addr())
	s.write(t, 100)
	s.delivered(t, "nats")
	bus.Kill()
	begun := time.Now()
	pace := time.NewTicker(50 * time.Millisecond)
	defer pace.Stop()
	for range changes / 10 {
		s.write(t, 10)
		<-pace.C
	}
	s.until(t, "nats", func(now sink) bool { return now.State == "failing" && now.Lag > 0 })
	away := time.Since(begun)
	bus.Start()
	back := time.Now()
	s.until(t, "nats", func(now sink) bool { return now.State == "running" && now.LagSeconds < 3 })
	t.Logf("away for %v and %d changes; the lag was below 3 s %v after it was back", away.Round(time.Second), changes, time.Since(back).Round(time.Millisecond))
	s.delivered(t, "nats")
	m := newMirror()
	inNATS(t, bus.Addr(), m.take)
	m.complete(t, "nats", s.changes)
	s.verify()
}
