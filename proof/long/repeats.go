package long

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/load"
)

// pair is two `holdfast serve` processes on one file. Their caches are emptied every
// second.
type pair struct {
	key   string
	procs []*exec.Cmd
	conns []*grpc.ClientConn
	nodes []holdfastv1.InventoryServiceClient
	ids   load.Counter
	w     *load.Workload
}

// repeats compares two rates of commands: with a quarter of them sent to both processes at the
// same moment, and with none.
func (r *run) repeats(ctx context.Context, program string) (err error) {
	const callers, share = 32, 4
	dir, err := r.folder()
	if err != nil {
		return err
	}
	p, err := openPair(ctx, program, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.close()) }()
	var a, b load.Side
	for round := range max(r.Rounds, 5) {
		r.Progress(fmt.Sprintf("a quarter sent twice over two processes, round %d", round+1))
		for _, twice := range []bool{true, false} {
			every := 0
			if twice {
				every = share
			}
			s, err := load.Drive(ctx, callers, bench.BatchSize, 3*time.Second, func(ctx context.Context, caller int) error {
				return p.batch(ctx, caller, every)
			})
			if err != nil {
				return err
			}
			if twice {
				a.Add(s.Figure())
			} else {
				b.Add(s.Figure())
			}
		}
	}
	const name = "sqlite/spread/two-processes/quarter-twice-vs-once"
	r.compare(name, &a, &b, 0.5, "distinct commands with keys, in batches of 100 over gRPC; memories emptied every second")
	return nil
}

// openPair starts the two processes and fills the items.
func openPair(ctx context.Context, program, dir string) (*pair, error) {
	p := &pair{w: load.Spread()}
	db := "sqlite:" + filepath.Join(dir, "pair.db")
	cmd := exec.CommandContext(ctx, program, "keys", "create", "--db", db, "--tenant", bench.Tenant, "--scopes", "admin")
	cmd.Env = withoutSettings(os.Environ())
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("create a key: %w", err)
	}
	p.key = strings.TrimSpace(string(out))
	for range 2 {
		if err := p.add(ctx, program, db); err != nil {
			return nil, errors.Join(err, p.close())
		}
	}
	return p, p.fill(ctx)
}

// add starts one process and waits until it is ready.
func (p *pair) add(ctx context.Context, program, db string) error {
	var ports [3]string
	for i := range ports {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		ports[i] = l.Addr().String()
		if err := l.Close(); err != nil {
			return err
		}
	}
	cmd := exec.CommandContext(ctx, program, "serve", "--db", db, "--http", ports[0], "--grpc", ports[1], "--ops", ports[2], "--forget-every", "1s")
	cmd.Env = withoutSettings(os.Environ())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	p.procs = append(p.procs, cmd)
	// The log is read to its end so that the process never waits for us; its last line has the
	// reason for its end.
	var mu sync.Mutex
	var last []byte
	go func() {
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			mu.Lock()
			last = bytes.Clone(lines.Bytes())
			mu.Unlock()
		}
	}()
	if err := ready(ctx, "http://"+ports[0]+"/readyz"); err != nil {
		mu.Lock()
		defer mu.Unlock()
		return fmt.Errorf("%w: %s", err, last)
	}
	conn, err := grpc.NewClient(ports[1], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	p.conns = append(p.conns, conn)
	p.nodes = append(p.nodes, holdfastv1.NewInventoryServiceClient(conn))
	return nil
}

// withoutSettings is the environment of a process with the default settings. holdfast refuses
// unknown variables, such as the HOLDFAST_PG of peers.
func withoutSettings(environ []string) []string {
	return slices.DeleteFunc(environ, func(variable string) bool { return strings.HasPrefix(variable, "HOLDFAST_") })
}

// ready waits until the address answers 200.
func ready(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for {
		resp, err := http.Get(url) //nolint:noctx // bounded by the loop
		if err == nil {
			resp.Body.Close() //nolint:errcheck // nothing was read
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server is not ready: %w", ctx.Err())
		case <-poll.C:
		}
	}
}

func (p *pair) authorized(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+p.key)
}

func (p *pair) fill(ctx context.Context) error {
	const together = 1000
	for from := 0; from < p.w.Items; from += together {
		batch := &holdfastv1.ExecuteBatchRequest{}
		for n := range together {
			batch.Commands = append(batch.Commands, &holdfastv1.Command{Verb: &holdfastv1.Command_Create{
				Create: &holdfastv1.CreateInventoryRequest{ProductId: load.Product(uint32(from + n)), AvailableStock: int64(load.Plenty)},
			}})
		}
		if err := bench.ExecuteBatch(p.authorized(ctx), p.nodes[0], batch); err != nil {
			return err
		}
	}
	return nil
}

// batch sends a batch to the caller's process. When every is not 0, it also sends each
// every-th command to the other process at the same moment.
func (p *pair) batch(ctx context.Context, caller, every int) error {
	first, second := &holdfastv1.ExecuteBatchRequest{}, &holdfastv1.ExecuteBatchRequest{}
	for i := range bench.BatchSize {
		n := p.ids.Next()
		c := &holdfastv1.Command{
			IdempotencyKey: "key-" + load.Order(n),
			Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{
				OrderId: load.Order(n), ProductId: load.Product(p.w.Pick(n)), Quantity: 1,
			}},
		}
		first.Commands = append(first.Commands, c)
		if every > 0 && i%every == 0 {
			second.Commands = append(second.Commands, c)
		}
	}
	ctx = p.authorized(ctx)
	if every == 0 {
		return bench.ExecuteBatch(ctx, p.nodes[caller%2], first)
	}
	var both sync.WaitGroup
	var errs [2]error
	both.Go(func() { errs[0] = bench.ExecuteBatch(ctx, p.nodes[caller%2], first) })
	both.Go(func() { errs[1] = bench.ExecuteBatch(ctx, p.nodes[1-caller%2], second) })
	both.Wait()
	return errors.Join(errs[:]...)
}

// close ends the processes.
func (p *pair) close() error {
	var errs []error
	for _, c := range p.conns {
		errs = append(errs, c.Close())
	}
	for _, cmd := range p.procs {
		errs = append(errs, cmd.Process.Signal(os.Interrupt))
	}
	for _, cmd := range p.procs {
		errs = append(errs, cmd.Wait())
	}
	return errors.Join(errs...)
}
