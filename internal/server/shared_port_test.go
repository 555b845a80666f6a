package server_test

import (
	"net"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/server"
)

// The port for REST answers a gRPC call, and finishes it when the server
// stops.
func TestThePortForRESTAnswersGRPC(t *testing.T) {
	t.Parallel()
	books := slow{entered: make(chan struct{}), leave: make(chan struct{})}
	addr, stop, wait := front(t, server.Rooms{Books: books, Directory: keyless{}, Door: intake.New(books, keyless{}, nil), Keys: keyless{}})
	defer stop()
	conn, err := grpc.NewClient(addr, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	health, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{Service: "holdfast.v1.InventoryService"})
	if err != nil || health.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		t.Fatalf("%v, %v", health, err)
	}
	ctx := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer k")
	answered := make(chan error, 1)
	go func() {
		_, err := holdfastv1.NewInventoryServiceClient(conn).Reserve(ctx, &holdfastv1.ReserveRequest{OrderId: "o", ProductId: "p", Quantity: 10})
		answered <- err
	}()
	<-books.entered
	stop()
	for { // it stops accepting
		c, err := net.Dial("tcp", addr)
		if err != nil {
			break
		}
		c.Close()
	}
	close(books.leave)
	err = <-answered
	if p := detail[*holdfastv1.Problem](t, err); status.Code(err) != codes.Unavailable || p.GetCode() != "UNAVAILABLE" {
		t.Errorf("the call under way is answered with %v", err)
	}
	if err := wait(); err != nil {
		t.Errorf("run ended with %v", err)
	}
}

func TestThePortForRESTAnswersGRPCOverTLS(t *testing.T) {
	t.Parallel()
	ours := newAuthority(t, "ours")
	f, _ := newFiles(t, ours, nil)
	s := secure(t, f)
	conn, err := grpc.NewClient(s.http, grpc.WithTransportCredentials(credentials.NewTLS(ours.trusting(t, nil))))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := grpc_health_v1.NewHealthClient(conn).Check(t.Context(), &grpc_health_v1.HealthCheckRequest{}); err != nil {
		t.Error(err)
	}
}
