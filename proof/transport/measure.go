package transport

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// Config says how to measure.
type Config struct {
	// Command returns the command that runs Serve for a side on its standard
	// input and output.
	Command func(ctx context.Context, side string) *exec.Cmd
	// Connections is how many callers call at the same time, each one call after another.
	Connections int
	// Warm is how long callers call before the measurement, For how long it lasts.
	Warm, For time.Duration
	// Rounds is how many rounds are measured, side by side; the median counts.
	Rounds int
}

// Result is the server's CPU per call of two sides, in microseconds.
type Result struct {
	Name  string  `json:"name"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
	Ratio float64 `json:"ratio"`
	// CallsA and CallsB are calls per second with callers and server sharing
	// the machine.
	CallsA float64 `json:"calls_a"`
	CallsB float64 `json:"calls_b"`
}

// Measure compares REST with a plain handler and gRPC with bare grpc-go.
func Measure(ctx context.Context, c Config) ([]Result, error) {
	costs, rates := map[string][]float64{}, map[string][]float64{}
	for range c.Rounds {
		for _, side := range sides {
			cost, rate, err := c.measure(ctx, side)
			if err != nil {
				return nil, fmt.Errorf("measure %s: %w", side, err)
			}
			costs[side], rates[side] = append(costs[side], cost), append(rates[side], rate)
		}
	}
	compare := func(name, a, b string) Result {
		r := Result{Name: name, A: median(costs[a]), B: median(costs[b]), CallsA: median(rates[a]), CallsB: median(rates[b])}
		r.Ratio = r.A / r.B
		return r
	}
	return []Result{
		compare("transport/rest-vs-net-http", REST, PlainHTTP),
		compare("transport/grpc-vs-bare-grpc", GRPC, BareGRPC),
	}, nil
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	if len(sorted) == 0 {
		return 0
	}
	return sorted[len(sorted)/2]
}

// child is the process of one side.
type child struct {
	in  io.WriteCloser
	out *bufio.Reader
	cmd *exec.Cmd
}

func (c *Config) start(ctx context.Context, side string) (*child, string, error) {
	cmd := c.Command(ctx, side)
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", err
	}
	ch := &child{in, bufio.NewReader(out), cmd}
	addr, err := ch.out.ReadString('\n')
	if err != nil {
		return nil, "", errors.Join(err, ch.end())
	}
	return ch, strings.TrimSpace(addr), nil
}

func (c *child) cpu() (time.Duration, error) {
	if _, err := io.WriteString(c.in, "cpu\n"); err != nil {
		return 0, err
	}
	line, err := c.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	us, err := strconv.ParseInt(strings.TrimSpace(line), 10, 64)
	return time.Duration(us) * time.Microsecond, err
}

// end lets the process end, by closing its input.
func (c *child) end() error { return errors.Join(c.in.Close(), c.cmd.Wait()) }

// measure returns the CPU per call in microseconds and the calls per second.
func (c *Config) measure(ctx context.Context, side string) (cost, rate float64, err error) {
	ch, addr, err := c.start(ctx, side)
	if err != nil {
		return 0, 0, err
	}
	var call caller = callHTTP
	if side == GRPC || side == BareGRPC {
		call = callGRPC
	}
	var calls atomic.Int64
	load, stop := context.WithCancel(ctx)
	all, load := errgroup.WithContext(load)
	for range c.Connections {
		all.Go(func() error { return call(load, addr, &calls) })
	}
	cost, rate, err = c.window(load, ch, &calls)
	stop()
	// The callers' error is more useful than the error that it cut the window short.
	if failed := all.Wait(); failed != nil {
		err = failed
	}
	return cost, rate, errors.Join(err, ch.end())
}

// window counts calls and CPU between two moments.
func (c *Config) window(ctx context.Context, ch *child, calls *atomic.Int64) (cost, rate float64, err error) {
	if err := pause(ctx, c.Warm); err != nil {
		return 0, 0, err
	}
	begin, before := time.Now(), calls.Load()
	used, err := ch.cpu()
	if err != nil {
		return 0, 0, err
	}
	var n float64
	for i := 0; n == 0 && i < maxWindows; i++ {
		if err := pause(ctx, c.For); err != nil {
			return 0, 0, err
		}
		n = float64(calls.Load() - before)
	}
	took := time.Since(begin)
	after, err := ch.cpu()
	if err != nil {
		return 0, 0, err
	}
	if n == 0 {
		return 0, 0, errors.New("no call came through")
	}
	return float64((after - used).Nanoseconds()) / 1000 / n, n / took.Seconds(), nil
}

// maxWindows is how many times the window is lengthened while a busy machine
// has let no call through.
const maxWindows = 500

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
