package server_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/reflection/grpc_reflection_v1"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// with is a context that calls as who, with more metadata.
func (h *house) with(t testing.TB, who string, more ...string) context.Context {
	t.Helper()
	if who != "" {
		more = append(more, "authorization", "Bearer "+h.keys[who])
	}
	return metadata.AppendToOutgoingContext(t.Context(), more...)
}

// detail finds a message in the details of an error.
func detail[M proto.Message](t *testing.T, err error) (found M) {
	t.Helper()
	for _, d := range status.Convert(err).Details() {
		if m, ok := d.(M); ok {
			return m
		}
	}
	t.Fatalf("the error has no %T: %v", found, err)
	return found
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	admin := h.with(t, "admin", "x-request-id", "rq-1")
	var head metadata.MD
	made, err := h.grpc.CreateInventory(admin, &holdfastv1.CreateInventoryRequest{ProductId: "p", AvailableStock: 10}, grpc.Header(&head))
	if err != nil {
		t.Fatal(err)
	}
	if made.GetAvailableStock() != 10 || made.GetLocationId() != "default" || !made.GetTracked() {
		t.Errorf("created %v", made)
	}
	if len(head.Get("holdfast-position")) != 1 || !slices.Equal(head.Get("x-request-id"), []string{"rq-1"}) {
		t.Errorf("the header metadata is %v", head)
	}

	t.Run("a shortage has the same content as over REST", func(t *testing.T) {
		_, err := h.grpc.Reserve(admin, &holdfastv1.ReserveRequest{OrderId: "o", ProductId: "p", Quantity: 11})
		if status.Code(err) != codes.FailedPrecondition {
			t.Fatalf("code %v", err)
		}
		if info := detail[*errdetails.ErrorInfo](t, err); info.GetReason() != "INSUFFICIENT_STOCK" || info.GetDomain() != "holdfast.dev" {
			t.Errorf("ErrorInfo %v", info)
		}
		p := detail[*holdfastv1.Problem](t, err)
		if p.GetCode() != "INSUFFICIENT_STOCK" || p.GetStatus() != 409 || p.GetRequestId() != "rq-1" || len(p.GetShortages()) != 1 || p.GetShortages()[0].GetAvailable() != 10 {
			t.Errorf("problem %v", p)
		}
	})
	t.Run("a field error names the field", func(t *testing.T) {
		_, err := h.grpc.Restock(admin, &holdfastv1.RestockRequest{ProductId: "p"})
		if status.Code(err) != codes.InvalidArgument {
			t.Fatalf("code %v", err)
		}
		if bad := detail[*errdetails.BadRequest](t, err); len(bad.GetFieldViolations()) != 1 || bad.GetFieldViolations()[0].GetField() != "quantity" {
			t.Errorf("BadRequest %v", bad)
		}
	})
	t.Run("a decimal is the declared unit", func(t *testing.T) {
		unit, err := h.grpc.CreateInventory(admin, &holdfastv1.CreateInventoryRequest{ProductId: "r", Unit: "kg", Scale: proto.Int32(3), AvailableStockDecimal: "1.25"})
		if err != nil || unit.GetAvailableStock() != 1250 || unit.GetUnit() != "kg" {
			t.Errorf("%v, %v", unit, err)
		}
		_, err = h.grpc.Restock(admin, &holdfastv1.RestockRequest{ProductId: "r", Quantity: 1, QuantityDecimal: "1"})
		if status.Code(err) != codes.InvalidArgument {
			t.Errorf("a quantity given twice: %v", err)
		}
	})
	t.Run("a key replays", func(t *testing.T) {
		ctx := h.with(t, "admin", "idempotency-key", "k")
		for i, want := range []string{"", "true"} {
			var head metadata.MD
			got, err := h.grpc.Restock(ctx, &holdfastv1.RestockRequest{ProductId: "p", Quantity: 5}, grpc.Header(&head))
			if err != nil || got.GetAvailableStock() != 15 {
				t.Fatalf("call %d: %v, %v", i, got, err)
			}
			if replayed := strings.Join(head.Get("idempotency-replayed"), ","); replayed != want {
				t.Errorf("call %d: replayed %q, want %q", i, replayed, want)
			}
		}
		_, err := h.grpc.Restock(ctx, &holdfastv1.RestockRequest{ProductId: "p", Quantity: 6})
		if status.Code(err) != codes.FailedPrecondition || detail[*errdetails.ErrorInfo](t, err).GetReason() != "IDEMPOTENCY_CONFLICT" {
			t.Errorf("another request: %v", err)
		}
	})
	for _, c := range []struct {
		name string
		call func() error
		want codes.Code
	}{
		{"no key", func() error {
			_, err := h.grpc.GetOrder(h.with(t, ""), &holdfastv1.GetOrderRequest{OrderId: "o"})
			return err
		}, codes.Unauthenticated},
		{"too little scope", func() error {
			_, err := h.grpc.Restock(h.with(t, "internal"), &holdfastv1.RestockRequest{ProductId: "p", Quantity: 1})
			return err
		}, codes.PermissionDenied},
		{"a visitor may check", func() error {
			_, err := h.grpc.CheckAvailability(h.with(t, ""), &holdfastv1.CheckAvailabilityRequest{ProductId: "p"})
			return err
		}, codes.OK},
		{"an unknown order", func() error {
			_, err := h.grpc.GetOrder(h.with(t, "read"), &holdfastv1.GetOrderRequest{OrderId: "o"})
			return err
		}, codes.NotFound},
		{"a second create", func() error {
			_, err := h.grpc.CreateInventory(admin, &holdfastv1.CreateInventoryRequest{ProductId: "p"})
			return err
		}, codes.AlreadyExists},
		{"another version", func() error {
			_, err := h.grpc.Adjust(admin, &holdfastv1.AdjustRequest{ProductId: "p", Delta: proto.Int64(1), Reason: "x", ExpectedVersion: proto.Int64(99)})
			return err
		}, codes.Aborted},
		{"an unreadable position", func() error {
			_, err := h.grpc.ListInventory(h.with(t, "admin", "holdfast-after", "x"), &holdfastv1.ListInventoryRequest{})
			return err
		}, codes.InvalidArgument},
		{"over 20,000 lines", func() error {
			items := make([]*holdfastv1.ReserveItem, 2000)
			for i := range items {
				items[i] = &holdfastv1.ReserveItem{ProductId: "p", Quantity: 1}
			}
			var commands []*holdfastv1.Command
			for range 11 {
				commands = append(commands, &holdfastv1.Command{Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{OrderId: "big", Items: items}}})
			}
			_, err := h.grpc.ExecuteBatch(admin, &holdfastv1.ExecuteBatchRequest{Commands: commands})
			return err
		}, codes.ResourceExhausted},
		{"a message over 32 MiB", func() error {
			_, err := h.grpc.ListInventory(admin, &holdfastv1.ListInventoryRequest{PageToken: strings.Repeat("x", 33<<20)})
			return err
		}, codes.ResourceExhausted},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := status.Code(c.call()); got != c.want {
				t.Errorf("code %v, want %v", got, c.want)
			}
		})
	}
}

// Every method answers like its endpoint: the same requests over both
// transports, on two houses, with the same outcome.
func TestBothTransportsAgree(t *testing.T) {
	t.Parallel()
	h := start(t)
	ctx := h.with(t, "admin")
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":100}`})
	if _, err := h.grpc.Reserve(ctx, &holdfastv1.ReserveRequest{OrderId: "g", ProductId: "p", Quantity: 3, ChannelId: "web"}); err != nil {
		t.Fatal(err)
	}
	h.play(t, step{path: "/inventory/orders/g", want: []string{`reservations.0.quantity 3`, `reservations.0.channel_id "web"`}})
	order, err := h.grpc.GetOrder(ctx, &holdfastv1.GetOrderRequest{OrderId: "g"})
	if err != nil {
		t.Fatal(err)
	}
	a := h.call(t, "read", "GET", "/inventory/orders/g", "")
	if a.at("reservations.0.reservation_id") != `"`+order.GetReservations()[0].GetReservationId()+`"` {
		t.Errorf("the reservation has the id %s over gRPC and %s over REST", order.GetReservations()[0].GetReservationId(), a.at("reservations.0.reservation_id"))
	}
	if _, err := h.grpc.Release(ctx, &holdfastv1.ReleaseRequest{OrderId: "g", ProductId: "p", Quantity: proto.Int64(3)}); err != nil {
		t.Error(err)
	}
	if _, err := h.grpc.Deduct(ctx, &holdfastv1.DeductRequest{OrderId: "g"}); status.Code(err) != codes.FailedPrecondition {
		t.Errorf("deduct after release: %v", err)
	} else if p := detail[*holdfastv1.Problem](t, err); p.GetState() != "cancelled" || p.GetCode() != "INVALID_STATE" {
		t.Errorf("deduct after release: %v", p)
	}
	if r, err := h.grpc.BatchCheck(ctx, &holdfastv1.BatchCheckRequest{Items: []*holdfastv1.CheckItem{{ProductId: "p"}, {ProductId: "x"}}}); err != nil || r.GetItems()[1].GetStatus() != "unknown" {
		t.Errorf("batch check: %v, %v", r, err)
	}
	if r, err := h.grpc.SetThreshold(ctx, &holdfastv1.SetThresholdRequest{ProductId: "p", LowStockThreshold: proto.Int64(100)}); err != nil || r.GetStatus() != "low_stock" {
		t.Errorf("threshold: %v, %v", r, err)
	}
	if r, err := h.grpc.ListLowStock(ctx, &holdfastv1.ListLowStockRequest{}); err != nil || len(r.GetItems()) != 1 {
		t.Errorf("low stock: %v, %v", r, err)
	}
	if r, err := h.grpc.ListLogs(ctx, &holdfastv1.ListLogsRequest{ProductId: "p", PageSize: proto.Int32(2)}); err != nil || len(r.GetItems()) != 2 || r.NextPageToken == nil {
		t.Errorf("logs: %v, %v", r, err)
	}
	if r, err := h.grpc.GetProduct(ctx, &holdfastv1.GetProductRequest{ProductId: "p"}); err != nil || r.GetAvailableStock() != 100 {
		t.Errorf("product: %v, %v", r, err)
	}
	if r, err := h.grpc.SetSaleStatus(ctx, &holdfastv1.SetSaleStatusRequest{ProductId: "p", OnSale: proto.Bool(false)}); err != nil || r.GetOnSale() {
		t.Errorf("sale status: %v, %v", r, err)
	}
	if r, err := h.grpc.CleanupExpired(ctx, &holdfastv1.CleanupExpiredRequest{}); err != nil || r.GetExpired() != 0 {
		t.Errorf("cleanup: %v, %v", r, err)
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	h := start(t)
	h.play(t, step{path: "/inventory", body: `{"product_id":"p","available_stock":100}`})
	stream, err := h.grpc.ExecuteStream(h.with(t, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	restock := &holdfastv1.Command{Verb: &holdfastv1.Command_Restock{Restock: &holdfastv1.RestockRequest{ProductId: "p", Quantity: 1}}}
	const requests = 200
	go func() {
		for i := range requests {
			reserve := &holdfastv1.Command{Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{OrderId: "o" + strconv.Itoa(i), ProductId: "p", Quantity: 1}}}
			if err := stream.Send(&holdfastv1.ExecuteStreamRequest{Commands: []*holdfastv1.Command{reserve, restock}}); err != nil {
				return // Recv tells why
			}
		}
		_ = stream.CloseSend()
	}()
	granted := 0
	for i := 0; ; i++ {
		r, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			if i != requests {
				t.Errorf("%d answers, want %d", i, requests)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(r.GetResults()) != 2 || r.GetResults()[1].GetError().GetCode() != "PERMISSION_DENIED" {
			t.Fatalf("answer %d: %v", i, r)
		}
		if r.GetResults()[0].GetOk() {
			granted++
			if i >= 100 {
				t.Errorf("request %d was granted after the stock had run out: out of order", i)
			}
		}
	}
	if granted != 100 {
		t.Errorf("%d granted, want 100", granted)
	}
	bad, err := h.grpc.ExecuteStream(h.with(t, "internal"))
	if err != nil {
		t.Fatal(err)
	}
	if err := bad.Send(&holdfastv1.ExecuteStreamRequest{}); err != nil {
		t.Fatal(err)
	}
	if _, err := bad.Recv(); status.Code(err) != codes.InvalidArgument {
		t.Errorf("an empty request: %v", err)
	}
	for _, who := range []string{"", "read"} {
		refused, err := h.grpc.ExecuteStream(h.with(t, who))
		if err == nil {
			_, err = refused.Recv()
		}
		if c := status.Code(err); c != codes.Unauthenticated && c != codes.PermissionDenied {
			t.Errorf("a stream as %q: %v", who, err)
		}
	}
}

func TestReflectionAndHealth(t *testing.T) {
	t.Parallel()
	h := start(t)
	for _, service := range []string{"", "holdfast.v1.InventoryService"} {
		r, err := grpc_health_v1.NewHealthClient(h.conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: service})
		if err != nil || r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
			t.Errorf("health of %q: %v, %v", service, r, err)
		}
	}
	stream, err := grpc_reflection_v1.NewServerReflectionClient(h.conn).ServerReflectionInfo(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ask := func(r *grpc_reflection_v1.ServerReflectionRequest) *grpc_reflection_v1.ServerReflectionResponse {
		if err := stream.Send(r); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		return answer
	}
	listed := map[string]bool{}
	for _, s := range ask(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_ListServices{}}).GetListServicesResponse().GetService() {
		listed[s.GetName()] = true
	}
	for _, service := range api.Services() {
		name := string(service.FullName())
		if !listed[name] {
			t.Errorf("reflection does not list %s", name)
		}
		described := ask(&grpc_reflection_v1.ServerReflectionRequest{MessageRequest: &grpc_reflection_v1.ServerReflectionRequest_FileContainingSymbol{FileContainingSymbol: name}})
		if len(described.GetFileDescriptorResponse().GetFileDescriptorProto()) == 0 {
			t.Errorf("reflection of %s: %v", name, described)
		}
	}
}
