package replay

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// GRPC reaches a server over gRPC: one command by its own method, several by
// ExecuteBatch.
type GRPC struct {
	key   string
	conns []*grpc.ClientConn
	turn  atomic.Uint64
}

var _ Target = (*GRPC)(nil)

// callsPerConn keeps a connection below the usual bound of 100 streams and spreads the work of
// many callers.
const callsPerConn = 64

// maxMessage is the API's bound for a gRPC message.
const maxMessage = 32 << 20

// NewGRPC returns a Target for the server at address (host:port). callers is
// how many calls will be under way at once.
func NewGRPC(address, key string, callers int, secure bool) (*GRPC, error) {
	transport := insecure.NewCredentials()
	if secure {
		transport = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	g := &GRPC{key: key}
	for range 1 + (callers-1)/callsPerConn {
		conn, err := grpc.NewClient(address,
			grpc.WithTransportCredentials(transport),
			grpc.WithDisableRetry(), // patient does that, and counts it
			grpc.WithConnectParams(grpc.ConnectParams{Backoff: quickBackoff, MinConnectTimeout: time.Second}),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswer), grpc.MaxCallSendMsgSize(maxMessage)),
		)
		if err != nil {
			g.Close()
			return nil, badSettings("gRPC address %q: %v", address, err)
		}
		g.conns = append(g.conns, conn)
	}
	return g, nil
}

// Close ends the connections.
func (g *GRPC) Close() {
	for _, conn := range g.conns {
		conn.Close() //nolint:errcheck // only says that it was closed before
	}
}

// answered is what the server sent in addition to a message.
type answered struct{ header, trailer metadata.MD }

func (a *answered) options() []grpc.CallOption {
	return []grpc.CallOption{grpc.Header(&a.header), grpc.Trailer(&a.trailer)}
}

func (a *answered) first(name string) string {
	if values := append(a.header.Get(name), a.trailer.Get(name)...); len(values) > 0 {
		return values[0]
	}
	return ""
}

// stubs are those of the services that a replay calls.
type stubs struct {
	holdfastv1.InventoryServiceClient
	holdfastv1.QuotaServiceClient
	holdfastv1.LocationServiceClient
}

func (g *GRPC) client() stubs {
	conn := g.conns[g.turn.Add(1)%uint64(len(g.conns))]
	return stubs{
		holdfastv1.NewInventoryServiceClient(conn), holdfastv1.NewQuotaServiceClient(conn), holdfastv1.NewLocationServiceClient(conn),
	}
}

func (g *GRPC) outgoing(ctx context.Context, key string) context.Context {
	pairs := []string{"authorization", "Bearer " + g.key}
	if key != "" {
		pairs = append(pairs, "idempotency-key", key)
	}
	return metadata.AppendToOutgoingContext(ctx, pairs...)
}

// Execute implements Target.
func (g *GRPC) Execute(ctx context.Context, commands []Command) ([]Result, error) {
	if len(commands) > 1 {
		return g.batch(ctx, commands)
	}
	command := commands[0]
	ctx = g.outgoing(ctx, command.Key)
	var beside answered
	result, err := unary(ctx, g.client(), command.Body, beside.options())
	if err != nil {
		return refused(commands, grpcError(err, &beside))
	}
	result.Replayed = beside.first("idempotency-replayed") == "true"
	return []Result{result}, nil
}

func unary(ctx context.Context, client stubs, body any, options []grpc.CallOption) (Result, error) {
	var level *holdfastv1.Inventory
	var lines []*holdfastv1.Reservation
	var err error
	switch body := body.(type) {
	case Create:
		level, err = client.CreateInventory(ctx, body.message(), options...)
	case SetQuotas:
		_, err = client.SetQuotas(ctx, body.message(), options...)
	case Restock:
		level, err = client.Restock(ctx, body.message(), options...)
	case Correct:
		level, err = client.Adjust(ctx, body.message(), options...)
	case Reserve:
		var answer *holdfastv1.ReserveResponse
		answer, err = client.Reserve(ctx, body.message(), options...)
		lines = answer.GetReservations()
	case Deduct:
		var answer *holdfastv1.OrderReservations
		answer, err = client.Deduct(ctx, body.message(), options...)
		lines = answer.GetReservations()
	default:
		err = fmt.Errorf("no method for %T", body)
	}
	return resultOf(level, lines), err
}

func (g *GRPC) batch(ctx context.Context, commands []Command) ([]Result, error) {
	messages, err := messagesOf(commands)
	if err != nil {
		return nil, err
	}
	var beside answered
	response, err := g.client().ExecuteBatch(g.outgoing(ctx, ""), &holdfastv1.ExecuteBatchRequest{Commands: messages}, beside.options()...)
	if err != nil {
		return refused(commands, grpcError(err, &beside))
	}
	return checkCount(commands, resultsOf(response.GetResults()))
}

// List implements Target.
func (g *GRPC) List(ctx context.Context, location, pageToken string) (Page, error) {
	var beside answered
	size := int32(pageSize)
	answer, err := g.client().ListInventory(g.outgoing(ctx, ""), &holdfastv1.ListInventoryRequest{
		LocationId: location, PageSize: &size, PageToken: pageToken,
	}, beside.options()...)
	if err != nil {
		return Page{}, grpcError(err, &beside)
	}
	page := Page{Next: answer.GetNextPageToken(), Stale: beside.first("holdfast-stale") == "1"}
	for _, item := range answer.GetItems() {
		page.Items = append(page.Items, *levelOf(item))
	}
	return page, nil
}

// SetPlaces implements Target.
func (g *GRPC) SetPlaces(ctx context.Context, places []Location) error {
	m := &holdfastv1.SetLocationsRequest{}
	for _, p := range places {
		m.Items = append(m.Items, p.message())
	}
	var beside answered
	if _, err := g.client().SetLocations(g.outgoing(ctx, ""), m, beside.options()...); err != nil {
		return grpcError(err, &beside)
	}
	return nil
}

// Quotas implements Target.
func (g *GRPC) Quotas(ctx context.Context, product, location string) (Shares, error) {
	var beside answered
	answer, err := g.client().GetQuotas(g.outgoing(ctx, ""), &holdfastv1.GetQuotasRequest{ProductId: product, LocationId: location}, beside.options()...)
	if err != nil {
		return Shares{}, grpcError(err, &beside)
	}
	return sharesOf(answer), nil
}

// grpcError is the *Refusal that err carries. Without the API's details only a code that says
// that the server judged the call counts as a refusal. Any other error leaves the outcome
// open.
func grpcError(err error, beside *answered) error {
	s, ok := status.FromError(err)
	if !ok {
		return err
	}
	seconds, _ := strconv.Atoi(beside.first("retry-after")) // absent or no number: 0
	wait := time.Duration(min(max(seconds, 0), 60)) * time.Second
	for _, detail := range s.Details() {
		if p, ok := detail.(*holdfastv1.Problem); ok {
			return &Refusal{Code: p.GetCode(), Status: int(p.GetStatus()), Detail: p.GetDetail(), RetryAfter: wait}
		}
	}
	for code, refusal := range map[codes.Code]Refusal{
		codes.InvalidArgument:   {Code: "INVALID_ARGUMENT", Status: http.StatusBadRequest},
		codes.Unauthenticated:   {Code: codeNoKey, Status: http.StatusUnauthorized},
		codes.PermissionDenied:  {Code: codeNoScope, Status: http.StatusForbidden},
		codes.NotFound:          {Code: codeNotFound, Status: http.StatusNotFound},
		codes.AlreadyExists:     {Code: codeExists, Status: http.StatusConflict},
		codes.ResourceExhausted: {Code: codeLimited, Status: http.StatusTooManyRequests},
		codes.Unimplemented:     {Code: "UNIMPLEMENTED", Status: http.StatusNotFound},
	} {
		if s.Code() == code {
			refusal.Detail, refusal.RetryAfter = s.Message(), wait
			return &refusal
		}
	}
	return err
}
