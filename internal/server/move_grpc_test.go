package server_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestAnOrdersLifeOverGRPC(t *testing.T) {
	t.Parallel()
	h := start(t)
	admin := h.with(t, "admin")
	if _, err := h.grpc.CreateInventory(admin, &holdfastv1.CreateInventoryRequest{ProductId: "p", AvailableStock: 10}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.grpc.Reserve(admin, &holdfastv1.ReserveRequest{OrderId: "o", ProductId: "p", Quantity: 4}); err != nil {
		t.Fatal(err)
	}
	order, err := h.grpc.Extend(admin, &holdfastv1.ExtendRequest{OrderId: "o", TtlSeconds: 7200})
	if err != nil || len(order.GetReservations()) != 1 || order.GetReservations()[0].GetCommitted() || order.GetReservations()[0].GetExpiresAt() == nil {
		t.Fatalf("extended: %v %v", order, err)
	}
	order, err = h.grpc.Commit(admin, &holdfastv1.CommitRequest{OrderId: "o"})
	if err != nil || len(order.GetReservations()) != 1 || !order.GetReservations()[0].GetCommitted() || order.GetReservations()[0].ExpiresAt != nil {
		t.Fatalf("committed: %v %v", order, err)
	}
	_, err = h.grpc.Extend(admin, &holdfastv1.ExtendRequest{OrderId: "o", TtlSeconds: 60})
	if status.Code(err) != codes.FailedPrecondition || detail[*holdfastv1.Problem](t, err).GetState() != "active" {
		t.Errorf("a deadline for what is committed: %v", err)
	}
	if _, err := h.grpc.Deduct(admin, &holdfastv1.DeductRequest{OrderId: "o"}); err != nil {
		t.Fatal(err)
	}
	item, err := h.grpc.Return(admin, &holdfastv1.ReturnRequest{ProductId: "p", Quantity: 3, OrderId: "o", To: "quality"})
	if err != nil || item.GetOnHand() != 9 || item.GetAvailableStock() != 6 || item.Quality != nil {
		t.Fatalf("returned: %v %v", item, err)
	}
	item, err = h.grpc.Move(admin, &holdfastv1.MoveRequest{ProductId: "p", From: "quality", To: "damaged", Quantity: 1})
	if err != nil || item.GetOnHand() != 9 || item.GetAvailableStock() != 6 {
		t.Fatalf("moved: %v %v", item, err)
	}
	_, err = h.grpc.Move(admin, &holdfastv1.MoveRequest{ProductId: "p", From: "held", To: "damaged", Quantity: 1})
	if status.Code(err) != codes.InvalidArgument {
		t.Errorf("out of held: %v", err)
	}
	product, err := h.grpc.GetProduct(admin, &holdfastv1.GetProductRequest{ProductId: "p"})
	if err != nil || product.GetLocations()[0].GetQuality() != 2 || product.GetLocations()[0].GetDamaged() != 1 {
		t.Errorf("the product: %v %v", product, err)
	}
	got, err := h.grpc.GetAccounts(h.with(t, "read"), &holdfastv1.GetAccountsRequest{ProductId: "p"})
	if err != nil || len(got.GetItems()) != 1 {
		t.Fatalf("accounts: %v %v", got, err)
	}
	var sum int64
	for _, a := range got.GetItems()[0].GetAccounts() {
		sum += a.GetQuantity()
	}
	if sum != 0 {
		t.Errorf("all accounts together have %d, want 0: %v", sum, got)
	}
}

func TestAStreamCommitsMovesAndSetsQuotas(t *testing.T) {
	t.Parallel()
	h := start(t)
	stream, err := h.grpc.ExecuteStream(h.with(t, "admin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, commands := range [][]*holdfastv1.Command{
		{
			{Verb: &holdfastv1.Command_Create{Create: &holdfastv1.CreateInventoryRequest{ProductId: "p", AvailableStock: 10}}},
			{Verb: &holdfastv1.Command_Reserve{Reserve: &holdfastv1.ReserveRequest{OrderId: "o", ProductId: "p", Quantity: 4}}},
		},
		{
			{Verb: &holdfastv1.Command_Extend{Extend: &holdfastv1.ExtendRequest{OrderId: "o", TtlSeconds: 60}}},
			{Verb: &holdfastv1.Command_Commit{Commit: &holdfastv1.CommitRequest{OrderId: "o"}}},
			{Verb: &holdfastv1.Command_Move{Move: &holdfastv1.MoveRequest{ProductId: "p", From: "pool/shared", To: "withheld", Quantity: 6}}},
			{Verb: &holdfastv1.Command_Return{Return: &holdfastv1.ReturnRequest{ProductId: "p", Quantity: 1}}},
			{Verb: &holdfastv1.Command_SetQuotas{SetQuotas: &holdfastv1.SetQuotasRequest{
				ProductId: "p", Channels: []*holdfastv1.QuotaSetting{{ChannelId: "app", Quota: proto.Int64(1)}},
			}}},
		},
	} {
		if err := stream.Send(&holdfastv1.ExecuteStreamRequest{Commands: commands}); err != nil {
			t.Fatal(err)
		}
		answer, err := stream.Recv()
		if err != nil {
			t.Fatal(err)
		}
		for i, r := range answer.GetResults() {
			if !r.GetOk() {
				t.Errorf("command %d: %v", i, r.GetError())
			}
		}
		if len(commands) < 4 {
			continue
		}
		if r := answer.GetResults()[1]; r.GetOrderId() != "o" || !r.GetReservations()[0].GetCommitted() {
			t.Errorf("committed: %v", r)
		}
		if r := answer.GetResults()[3]; r.GetInventory().GetAvailableStock() != 1 || r.GetInventory().GetOnHand() != 11 {
			t.Errorf("returned: %v", r)
		}
		if r := answer.GetResults()[4].GetQuotas().GetChannels(); len(r) != 1 || r[0].GetRemaining() != 1 {
			t.Errorf("quotas: %v", r)
		}
	}
	if err := stream.CloseSend(); err != nil {
		t.Fatal(err)
	}
}
