package test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

// side is one of two ways to reserve that are measured in turn.
type side struct {
	callers int
	// each carries out some reserves and returns how many; n counts its calls.
	each  func(ctx context.Context, n int64) (int, error)
	calls atomic.Int64
	rate  []float64 // per second, by round
}

func (w *side) measure(b *testing.B, cell time.Duration) {
	b.Helper()
	var done atomic.Int64
	var failed atomic.Pointer[error]
	begun := time.Now()
	var all sync.WaitGroup
	for range w.callers {
		all.Go(func() {
			for time.Since(begun) < cell && failed.Load() == nil {
				n, err := w.each(b.Context(), w.calls.Add(1))
				if err != nil {
					failed.Store(&err)
				}
				done.Add(int64(n))
			}
		})
	}
	all.Wait()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	w.rate = append(w.rate, float64(done.Load())/time.Since(begun).Seconds())
}

func median(figures []float64) float64 {
	sorted := slices.Sorted(slices.Values(figures))
	return sorted[len(sorted)/2]
}

// batches sends 64 reserves of one unit each with the generated code, as a program does that makes
// its own batches.
func batches(b *testing.B, s *server, items int64) func(context.Context, int64) (int, error) {
	const size = 64
	var stubs []holdfastv1.InventoryServiceClient
	for range 4 {
		conn, err := grpc.NewClient(s.grpc, grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { conn.Close() })
		stubs = append(stubs, holdfastv1.NewInventoryServiceClient(conn))
	}
	return func(ctx context.Context, n int64) (int, error) {
		batch := &holdfastv1.ExecuteBatchRequest{}
		for i := range int64(size) {
			batch.Commands = append(batch.Commands, &holdfastv1.Command{Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{
				OrderId: fmt.Sprint("batch-", n, "-", i), ProductId: strconv.FormatInt((n*size+i)%items, 10), Quantity: 1,
			}}})
		}
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+adminKey)
		answer, err := stubs[n%int64(len(stubs))].ExecuteBatch(ctx, batch)
		for _, r := range answer.GetResults() {
			if !r.GetOk() {
				err = errors.Join(err, errors.New(r.GetError().GetDetail()))
			}
		}
		return len(answer.GetResults()), err
	}
}

// BenchmarkClientVersusBatches measures 256 goroutines that call Reserve one by
// one against 4 workers that send batches of 64, in turn, on one server with
// 1,000 items:
//
//	go test -run '^$' -bench ClientVersusBatches -benchtime 1x ./test
//
// ratio is the median of the rounds' ratios.
func BenchmarkClientVersusBatches(b *testing.B) {
	const rounds, cell, items = 7, 2 * time.Second, 1000
	s := newServer(b)
	shop, err := client.New(s.grpc, client.WithKey(adminKey))
	if err != nil {
		b.Fatal(err)
	}
	defer shop.Close()
	for i := range items {
		if _, err := shop.Create(b.Context(), client.Create{ProductID: strconv.Itoa(i), AvailableStock: 1 << 40}); err != nil {
			b.Fatal(err)
		}
	}
	singles := &side{callers: 256, each: func(ctx context.Context, n int64) (int, error) {
		_, err := shop.Reserve(ctx, client.Reserve{OrderID: fmt.Sprint("single-", n), ProductID: strconv.FormatInt(n%items, 10), Quantity: 1})
		return 1, err
	}}
	batched := &side{callers: 4, each: batches(b, s, items)}
	var ratios []float64
	for round := range rounds {
		singles.measure(b, cell)
		batched.measure(b, cell)
		ratios = append(ratios, singles.rate[round]/batched.rate[round])
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(median(singles.rate), "singles/s")
	b.ReportMetric(median(batched.rate), "batched/s")
	b.ReportMetric(median(ratios), "ratio")
}
