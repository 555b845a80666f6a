package transport

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// sideVariable names the side that this test binary shall serve.
const sideVariable = "HOLDFAST_TRANSPORT_SIDE"

func TestMain(m *testing.M) {
	if side := os.Getenv(sideVariable); side != "" {
		if err := Serve(context.Background(), side, os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func self(ctx context.Context, side string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0])
	cmd.Env = append(os.Environ(), sideVariable+"="+side)
	cmd.Stderr = os.Stderr
	return cmd
}

func TestEverySideAnswers(t *testing.T) {
	t.Parallel()
	results, err := Measure(t.Context(), Config{Command: self, Connections: 2, Warm: 5 * time.Millisecond, For: 20 * time.Millisecond, Rounds: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(results) != 2 {
		t.Fatalf("%d results, want REST and gRPC", len(results))
	}
	for _, r := range results {
		if !strings.HasPrefix(r.Name, "transport/") || r.CallsA <= 0 || r.CallsB <= 0 {
			t.Errorf("nothing was measured: %+v", r)
		}
	}
}

func TestASideThatIsNoneIsAnError(t *testing.T) {
	t.Parallel()
	c := Config{Command: func(ctx context.Context, _ string) *exec.Cmd { return self(ctx, "carrier-pigeon") }, Connections: 1, For: time.Millisecond, Rounds: 1}
	if _, err := Measure(t.Context(), c); err == nil {
		t.Error("an unknown side was measured")
	}
}

// BenchmarkTransport is the measurement of the decision (docs/adr/0003): CPU
// of the server per call at 64 connections over loopback.
func BenchmarkTransport(b *testing.B) {
	results, err := Measure(b.Context(), Config{Command: self, Connections: 64, Warm: 500 * time.Millisecond, For: 2 * time.Second, Rounds: 5})
	if err != nil {
		b.Fatal(err)
	}
	for _, r := range results {
		b.ReportMetric(r.Ratio, strings.TrimPrefix(r.Name, "transport/"))
		b.Logf("%-30s %6.1f µs against %6.1f µs of CPU per call: %.2f (%.0f and %.0f calls/s)", r.Name, r.A, r.B, r.Ratio, r.CallsA, r.CallsB)
	}
}
