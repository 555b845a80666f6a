package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
	"holdfast.dev/holdfast/internal/sim/load"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// front is a whole server over a slot, on loopback, together with its clients.
type front struct {
	*Slot
	key    string
	url    string
	rest   *http.Client
	conns  []*grpc.ClientConn
	grpc   []holdfastv1.InventoryServiceClient
	finish func() error
}

// grpcConns spreads the callers: one connection is one pair of goroutines.
const grpcConns = 4

// openFront serves the slot as `holdfast serve` does.
func openFront(ctx context.Context, dir string, a *Slot) (*front, error) {
	path := filepath.Join(dir, "catalog.db")
	directory, err := catalog.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if _, err := directory.CreateTenant(ctx, Tenant); err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	scopes, err := catalog.ParseScopes("internal")
	if err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	_, key, err := directory.CreateKey(ctx, catalog.KeySpec{Tenant: Tenant, Name: "bench", Scopes: scopes})
	if err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	known := make([]catalog.Introduction, a.w.Items)
	for n := range known {
		known[n].Ref = catalog.Ref{Tenant: Tenant, Product: load.Product(uint32(n)), Location: location}
	}
	for _, answer := range directory.KnowAll(ctx, known) {
		if answer.Err != nil {
			return nil, errors.Join(answer.Err, directory.Close())
		}
	}
	s, err := server.New(server.Rooms{
		Books: a.Ledger, Directory: directory, Door: intake.New(a.Ledger, directory, nil), Keys: directory,
		Levels: view.NewLevels([]engine.Engine{a.Store}, func() stock.Time { return 0 }), Journal: a.View, Ready: []server.Dependency{{Name: "books", Check: a.Ledger.Ready}},
	})
	if err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	f := &front{Slot: a, key: key}
	if err := f.serve(ctx, s, directory); err != nil {
		return nil, errors.Join(err, directory.Close())
	}
	return f, nil
}

func (f *front) serve(ctx context.Context, s *server.Server, directory *catalog.Catalog) error {
	var l server.Listeners
	for _, to := range []*net.Listener{&l.HTTP, &l.GRPC} {
		open, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*to = open
	}
	ctx, cancel := context.WithCancel(ctx)
	var all errgroup.Group
	all.Go(func() error { return s.Run(ctx, l) })
	f.url = "http://" + l.HTTP.Addr().String()
	f.rest = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256}}
	for range grpcConns {
		c, err := grpc.NewClient(l.GRPC.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
		if err != nil {
			cancel()
			return errors.Join(err, all.Wait())
		}
		f.conns = append(f.conns, c)
		f.grpc = append(f.grpc, holdfastv1.NewInventoryServiceClient(c))
	}
	f.finish = func() error {
		f.rest.CloseIdleConnections()
		var errs []error
		for _, c := range f.conns {
			errs = append(errs, c.Close())
		}
		cancel()
		return errors.Join(append(errs, all.Wait(), directory.Close())...)
	}
	return nil
}

// body is a reserve as order services send it.
func (f *front) body(n uint64) []byte {
	return fmt.Appendf(nil, `{"order_id":%q,"product_id":%q,"quantity":1}`, load.Order(n), load.Product(f.w.Pick(n)))
}

func (f *front) post(ctx context.Context, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, f.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+f.key)
	resp, err := f.rest.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %d %s", path, resp.StatusCode, b)
	}
	return b, err
}

// reserveREST is one reserve over REST.
func (f *front) reserveREST(ctx context.Context, _ int) error {
	_, err := f.post(ctx, "/v1/inventory/reserve", f.body(f.IDs.Next()))
	return err
}

// BatchSize is how many commands a batch carries here.
const BatchSize = 100

// reserveBatchREST is one batch over REST.
func (f *front) reserveBatchREST(ctx context.Context, _ int) error {
	body := []byte(`{"commands":[`)
	for i := range BatchSize {
		if i > 0 {
			body = append(body, ',')
		}
		body = append(body, `{"reserve":`...)
		body = append(append(body, f.body(f.IDs.Next())...), '}')
	}
	b, err := f.post(ctx, "/v1/commands:batch", append(body, ']', '}'))
	if err != nil {
		return err
	}
	var answer struct{ Results []struct{ OK bool } }
	if err := json.Unmarshal(b, &answer); err != nil {
		return err
	}
	for _, r := range answer.Results {
		if !r.OK {
			return fmt.Errorf("a command of the batch was refused: %.200s", b)
		}
	}
	return nil
}

func (f *front) request(n uint64) *holdfastv1.ReserveRequest {
	return &holdfastv1.ReserveRequest{OrderId: load.Order(n), ProductId: load.Product(f.w.Pick(n)), Quantity: 1}
}

func (f *front) authorized(ctx context.Context) context.Context {
	return metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+f.key)
}

// reserveGRPC is one reserve over gRPC.
func (f *front) reserveGRPC(ctx context.Context, caller int) error {
	_, err := f.grpc[caller%grpcConns].Reserve(f.authorized(ctx), f.request(f.IDs.Next()))
	return err
}

// reserveBatchGRPC is one batch over gRPC.
func (f *front) reserveBatchGRPC(ctx context.Context, caller int) error {
	batch := &holdfastv1.ExecuteBatchRequest{}
	for range BatchSize {
		batch.Commands = append(batch.Commands, &holdfastv1.Command{
			Verb: &holdfastv1.Command_Reserve{Reserve: f.request(f.IDs.Next())},
		})
	}
	return ExecuteBatch(f.authorized(ctx), f.grpc[caller%grpcConns], batch)
}

// ExecuteBatch sends a batch of which every command must be accepted.
func ExecuteBatch(ctx context.Context, at holdfastv1.InventoryServiceClient, batch *holdfastv1.ExecuteBatchRequest) error {
	answer, err := at.ExecuteBatch(ctx, batch)
	if err != nil {
		return err
	}
	for _, r := range answer.GetResults() {
		if !r.GetOk() {
			return fmt.Errorf("a command of the batch was refused: %s", r.GetError().GetDetail())
		}
	}
	return nil
}

// transports measures the ways in against ledger.Submit with 256 callers on
// the same database.
func (r *runner) transports(ctx context.Context, w *load.Workload) (err error) {
	a, err := r.open(ctx, w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	dir, err := r.folder()
	if err != nil {
		return err
	}
	f, err := openFront(ctx, dir, a)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.finish()) }()
	ways := []struct {
		name    string
		callers int
		count   int
		op      func(context.Context, int) error
		side    load.Side
	}{
		{name: "rest", callers: 64, count: 1, op: f.reserveREST},
		{name: "grpc", callers: 64, count: 1, op: f.reserveGRPC},
		{name: "rest-batch100", callers: 16, count: BatchSize, op: f.reserveBatchREST},
		{name: "batch100", callers: 16, count: BatchSize, op: f.reserveBatchGRPC},
	}
	var submit load.Side
	taken := 0
	for round := range r.Rounds {
		r.Progress(fmt.Sprintf("sqlite/%s/transports, round %d of %d", w.Name, round+1, r.Rounds))
		s, err := r.drive(ctx, 256, a.Reserve)
		if err != nil {
			return err
		}
		submit.Add(s.Figure())
		taken += s.Ops
		for i := range ways {
			s, err := load.Drive(ctx, ways[i].callers, ways[i].count, r.Cell, ways[i].op)
			if err != nil {
				return fmt.Errorf("%s: %w", ways[i].name, err)
			}
			ways[i].side.Add(s.Figure())
			taken += s.Ops
		}
	}
	for i := range ways {
		name := fmt.Sprintf("sqlite/%s/%d/%s-vs-submit", w.Name, ways[i].callers, ways[i].name)
		r.report(name, &ways[i].side, &submit, "ledger.Submit, 256 callers; latencies of a batch are of the whole batch")
	}
	return a.Check(ctx, taken)
}
