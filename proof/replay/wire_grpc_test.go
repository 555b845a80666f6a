package replay

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// grpcShop serves a fakeShop as API.md writes it for gRPC.
type grpcShop struct {
	holdfastv1.UnimplementedInventoryServiceServer
	shop *fakeShop
}

func overGRPC(t *testing.T, shop *fakeShop) *GRPC {
	t.Helper()
	target, err := NewGRPC(serveGRPC(t, shop), testKey, 100, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

func overStream(t *testing.T, shop *fakeShop) *Stream {
	t.Helper()
	target, err := NewStream(serveGRPC(t, shop), testKey, 100, false)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(target.Close)
	return target
}

// serveGRPC serves shop on a port of its own, the address of which it returns.
func serveGRPC(t *testing.T, shop *fakeShop) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := grpc.NewServer()
	holdfastv1.RegisterInventoryServiceServer(server, grpcShop{shop: shop})
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() {
		server.Stop()
		if err := <-served; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			t.Error(err)
		}
	})
	return listener.Addr().String()
}

func (g grpcShop) one(ctx context.Context, body any) (Result, error) {
	md, _ := metadata.FromIncomingContext(ctx)
	if got := md.Get("authorization"); len(got) != 1 || got[0] != "Bearer "+testKey {
		return Result{}, status.Error(codes.Unauthenticated, "no such key")
	}
	var key string
	if keys := md.Get("idempotency-key"); len(keys) == 1 {
		key = keys[0]
	}
	results, err := g.shop.Execute(ctx, []Command{{Key: key, Body: body}})
	if err != nil {
		return Result{}, status.Error(codes.Unavailable, "connection lost")
	}
	if refusal := results[0].Refusal; refusal != nil {
		s, err := status.New(codes.FailedPrecondition, refusal.Detail).WithDetails(problemOf(refusal))
		if err != nil {
			return Result{}, err
		}
		return Result{}, s.Err()
	}
	if results[0].Replayed {
		return results[0], grpc.SetHeader(ctx, metadata.Pairs("idempotency-replayed", "true"))
	}
	return results[0], nil
}

func problemOf(r *Refusal) *holdfastv1.Problem {
	return &holdfastv1.Problem{Code: r.Code, Status: int32(r.Status), Detail: r.Detail}
}

func inventoryOf(r Result, err error) (*holdfastv1.Inventory, error) {
	if err != nil {
		return nil, err
	}
	return levelMessage(*r.Inventory), nil
}

func levelMessage(l Level) *holdfastv1.Inventory {
	return &holdfastv1.Inventory{ProductId: l.ProductID, LocationId: l.LocationID, ReservedStock: l.Reserved, OnHand: l.OnHand}
}

func linesOf(r Result) []*holdfastv1.Reservation {
	var lines []*holdfastv1.Reservation
	for _, line := range r.Reservations {
		lines = append(lines, &holdfastv1.Reservation{ProductId: line.ProductID, Quantity: line.Quantity, Deducted: line.Deducted})
	}
	return lines
}

func createOf(m *holdfastv1.CreateInventoryRequest) Create {
	return Create{ProductID: m.ProductId, LocationID: m.LocationId, AvailableStock: m.AvailableStock}
}

func (g grpcShop) CreateInventory(ctx context.Context, m *holdfastv1.CreateInventoryRequest) (*holdfastv1.Inventory, error) {
	return inventoryOf(g.one(ctx, createOf(m)))
}

func (g grpcShop) Restock(ctx context.Context, m *holdfastv1.RestockRequest) (*holdfastv1.Inventory, error) {
	return inventoryOf(g.one(ctx, restockOf(m)))
}

func (g grpcShop) Adjust(ctx context.Context, m *holdfastv1.AdjustRequest) (*holdfastv1.Inventory, error) {
	return inventoryOf(g.one(ctx, adjustOf(m)))
}

func (g grpcShop) Reserve(ctx context.Context, m *holdfastv1.ReserveRequest) (*holdfastv1.ReserveResponse, error) {
	r, err := g.one(ctx, reserveOf(m))
	return &holdfastv1.ReserveResponse{OrderId: m.OrderId, Reservations: linesOf(r)}, err
}

func (g grpcShop) Deduct(ctx context.Context, m *holdfastv1.DeductRequest) (*holdfastv1.OrderReservations, error) {
	r, err := g.one(ctx, Deduct{OrderID: m.OrderId})
	return &holdfastv1.OrderReservations{OrderId: m.OrderId, Reservations: linesOf(r)}, err
}

func (g grpcShop) ExecuteBatch(ctx context.Context, m *holdfastv1.ExecuteBatchRequest) (*holdfastv1.ExecuteBatchResponse, error) {
	results, err := g.many(ctx, m.Commands)
	return &holdfastv1.ExecuteBatchResponse{Results: results}, err
}

func (g grpcShop) ExecuteStream(both grpc.BidiStreamingServer[holdfastv1.ExecuteStreamRequest, holdfastv1.ExecuteStreamResponse]) error {
	md, _ := metadata.FromIncomingContext(both.Context())
	if got := md.Get("authorization"); len(got) != 1 || got[0] != "Bearer "+testKey {
		refusal := &Refusal{Code: codeNoKey, Status: 401, Detail: "no such key"}
		s, err := status.New(codes.Unauthenticated, refusal.Detail).WithDetails(problemOf(refusal))
		if err != nil {
			return err
		}
		return s.Err()
	}
	for {
		m, err := both.Recv()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		results, err := g.many(both.Context(), m.Commands)
		if err != nil {
			return err
		}
		if err := both.Send(&holdfastv1.ExecuteStreamResponse{Results: results}); err != nil {
			return err
		}
	}
}

func (g grpcShop) many(ctx context.Context, messages []*holdfastv1.Command) ([]*holdfastv1.CommandResult, error) {
	var commands []Command
	for _, c := range messages {
		commands = append(commands, Command{Key: c.IdempotencyKey, Body: bodyOf(c)})
	}
	results, err := g.shop.Execute(ctx, commands)
	if err != nil {
		return nil, status.Error(codes.Unavailable, "connection lost")
	}
	var out []*holdfastv1.CommandResult
	for _, r := range results {
		one := &holdfastv1.CommandResult{Ok: r.Refusal == nil, Replayed: r.Replayed, Reservations: linesOf(r)}
		if r.Refusal != nil {
			one.Error = &holdfastv1.CommandError{Code: r.Refusal.Code, Status: int32(r.Refusal.Status)}
		}
		if r.Inventory != nil {
			one.Inventory = levelMessage(*r.Inventory)
		}
		out = append(out, one)
	}
	return out, nil
}

func bodyOf(c *holdfastv1.Command) any {
	switch v := c.Verb.(type) {
	case *holdfastv1.Command_Create:
		return createOf(v.Create)
	case *holdfastv1.Command_Restock:
		return restockOf(v.Restock)
	case *holdfastv1.Command_Adjust:
		return adjustOf(v.Adjust)
	case *holdfastv1.Command_Reserve:
		return reserveOf(v.Reserve)
	}
	return Deduct{OrderID: c.GetDeduct().GetOrderId()}
}

func restockOf(m *holdfastv1.RestockRequest) Restock {
	return Restock{ProductID: m.ProductId, Quantity: m.Quantity, Reason: m.Reason, Reference: m.Reference}
}

func adjustOf(m *holdfastv1.AdjustRequest) Correct {
	return Correct{ProductID: m.ProductId, Delta: m.GetDelta(), Reason: m.Reason, Reference: m.Reference}
}

func reserveOf(m *holdfastv1.ReserveRequest) Reserve {
	body := Reserve{OrderID: m.OrderId, ProductID: m.ProductId, Quantity: m.Quantity, TTLSeconds: m.GetTtlSeconds(), Policy: m.Policy}
	for _, item := range m.Items {
		body.Items = append(body.Items, ReserveItem{ProductID: item.ProductId, Quantity: item.Quantity})
	}
	return body
}

func (g grpcShop) ListInventory(ctx context.Context, m *holdfastv1.ListInventoryRequest) (*holdfastv1.ListInventoryResponse, error) {
	page, err := g.shop.List(ctx, m.LocationId, m.PageToken)
	if err != nil {
		return nil, status.Error(codes.Unavailable, "connection lost")
	}
	response := &holdfastv1.ListInventoryResponse{}
	for _, level := range page.Items {
		response.Items = append(response.Items, levelMessage(level))
	}
	if page.Next != "" {
		response.NextPageToken = &page.Next
	}
	if page.Stale {
		return response, grpc.SetHeader(ctx, metadata.Pairs("holdfast-stale", "1"))
	}
	return response, nil
}
