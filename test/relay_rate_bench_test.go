package test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay/brokertest"
)

// BenchmarkRelayIntoKafka measures how fast the relay in a server delivers changes to
// Kafka that were booked before the sink was there, from the call that sets the sink on:
//
//	go test -run '^$' -bench RelayIntoKafka -benchtime 500000x ./test
//
// cpu-us is the processor's time that the server took for an event.
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
	used := processorTime(b, s.server)
	b.ResetTimer()
	s.c.must(b, "PUT", s.url("/v1/sinks/kafka"), "", object{"kind": "kafka", "target": "kafka://" + kafka.Addr(), "from": "start"}, nil)
	// An answer costs the server some milliseconds, so the loop asks seldom.
	for look := time.Tick(200 * time.Millisecond); s.deliveredBy(b, "kafka") < float64(b.N); {
		<-look
	}
	b.StopTimer()
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "events/s")
	b.ReportMetric((processorTime(b, s.server)-used).Seconds()*1e6/float64(b.N), "cpu-us")
	reportSync(b)
}

// BenchmarkCommitterBesideARelay measures how many reserves a second a server takes in
// batches with its relay at rest, and with it delivering them to Kafka or into a file, in
// turn:
//
//	go test -run '^$' -bench CommitterBesideARelay -benchtime 7x ./test
//
// ratio is the median of the rounds' ratios, delivered what the relay delivered meanwhile,
// …-cpu-us the processor's time that the server took for a reserve: what a broker on the
// same machine takes is not in it.
func BenchmarkCommitterBesideARelay(b *testing.B) {
	b.Run("kafka", func(b *testing.B) {
		kafka := brokertest.StartKafka(b)
		commitBeside(b, object{"kind": "kafka", "target": "kafka://" + kafka.Addr()})
	})
	b.Run("file", func(b *testing.B) { commitBeside(b, object{"kind": "file", "target": "out.ndjson"}) })
}

func commitBeside(b *testing.B, target object) {
	const items = 1000
	s := newSinks(b)
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
	s.c.must(b, "PUT", s.url("/v1/sinks/out"), "", target, nil)
	change := func(verb string, body object) {
		s.c.must(b, "POST", s.url("/v1/sinks/out/"+verb), fmt.Sprint(verb, time.Now().UnixNano()), body, nil)
	}
	book := batches(b, s.server, items)
	alone, beside := newCells(book, 0), newCells(book, 1<<40) // with orders of their own
	var ratios []float64
	for round := range b.N {
		change("pause", object{})
		alone.measure(b, s)
		// The sink skips the changes of the round before: the relay has to keep up, not to
		// catch up.
		change("rewind", object{"to": "now"})
		change("resume", object{})
		s.delivered(b, "out")
		beside.measure(b, s)
		ratios = append(ratios, beside.rate[round]/alone.rate[round])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(alone.rate), "alone/s")
	b.ReportMetric(median(beside.rate), "beside/s")
	b.ReportMetric(median(alone.cpu), "alone-cpu-us")
	b.ReportMetric(median(beside.cpu), "beside-cpu-us")
	b.ReportMetric(median(beside.delivered), "delivered/s")
	b.ReportMetric(median(ratios), "ratio")
	reportSync(b)
}

// cells are the measurements of one side.
type cells struct {
	side
	cpu       []float64 // of the server for a command, in microseconds
	delivered []float64 // by the sink, per second
}

func newCells(book func(context.Context, int64) (int, error), first int64) *cells {
	c := &cells{side: side{callers: 4, each: book}}
	c.calls.Store(first)
	return c
}

func (c *cells) measure(b *testing.B, s *sinks) {
	b.Helper()
	const long = 2 * time.Second
	before, used, begun := s.deliveredBy(b, "out"), processorTime(b, s.server), time.Now()
	c.side.measure(b, long)
	took, commands := time.Since(begun).Seconds(), c.rate[len(c.rate)-1]
	c.cpu = append(c.cpu, (processorTime(b, s.server)-used).Seconds()*1e6/(commands*took))
	c.delivered = append(c.delivered, (s.deliveredBy(b, "out")-before)/took)
}

// deliveredBy is how many events the relay in the server has delivered to the sink. It asks
// for metrics: to say how far a sink is a server reads the log.
func (s *sinks) deliveredBy(b *testing.B, name string) float64 {
	b.Helper()
	answer, err := http.Get("http://" + s.op + "/metrics")
	if err != nil {
		b.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		of, value, _ := strings.Cut(strings.TrimSpace(line), "} ")
		if !strings.HasPrefix(of, "holdfast_sink_delivered_total{") || !strings.Contains(of, `sink="`+name+`"`) {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			b.Fatal(err)
		}
		return n
	}
	return 0 // no relay has begun with it
}

// processorTime is how long processors have worked for the server.
func processorTime(b *testing.B, s *server) time.Duration {
	b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		b.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), ") ") // behind the name of the program
	var ticks int64
	for _, field := range strings.Fields(after)[11:13] { // utime and stime of proc(5)
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * 10 * time.Millisecond // Linux tells user space 100 ticks a second
}
