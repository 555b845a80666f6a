package transport

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The sides that are compared.
const (
	PlainHTTP = "plain-http" // net/http with encoding/json
	REST      = "rest"       // the server's REST interface
	BareGRPC  = "bare-grpc"  // grpc-go and the generated code
	GRPC      = "grpc"       // the server's gRPC interface
)

var sides = []string{PlainHTTP, REST, BareGRPC, GRPC}

// Serve is the process of one side: it listens on loopback, writes the address to out, and answers
// each line of in with the CPU it has used so far, in microseconds. It ends with in.
func Serve(ctx context.Context, side string, in io.Reader, out io.Writer) error {
	if !slices.Contains(sides, side) {
		return fmt.Errorf("there is no side %q", side)
	}
	var loopback net.ListenConfig
	ln, err := loopback.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() { ended <- serve(ctx, side, ln) }()
	if _, err := fmt.Fprintln(out, ln.Addr()); err != nil {
		return err
	}
	for lines := bufio.NewScanner(in); lines.Scan(); {
		used, err := cpu()
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(out, used.Microseconds()); err != nil {
			return err
		}
	}
	cancel()
	return <-ended
}

func serve(ctx context.Context, side string, ln net.Listener) error {
	switch side {
	case PlainHTTP:
		h := &http.Server{Handler: plainHandler(), ReadHeaderTimeout: 5 * time.Second}
		defer context.AfterFunc(ctx, func() { _ = h.Close() })()
		if err := h.Serve(ln); ctx.Err() == nil {
			return err
		}
		return nil
	case BareGRPC:
		g := grpc.NewServer()
		holdfastv1.RegisterInventoryServiceServer(g, bare{})
		defer context.AfterFunc(ctx, g.Stop)()
		return g.Serve(ln)
	default:
		s, err := server.New(emptyRooms())
		if err != nil {
			return err
		}
		l := server.Listeners{HTTP: ln}
		if side == GRPC {
			l = server.Listeners{GRPC: ln}
		}
		return s.Run(ctx, l)
	}
}

// bare answers a reserve and nothing else.
type bare struct {
	holdfastv1.UnimplementedInventoryServiceServer
}

// Reserve answers as the server does with nothing behind it.
func (bare) Reserve(_ context.Context, r *holdfastv1.ReserveRequest) (*holdfastv1.ReserveResponse, error) {
	t := timestamppb.New(time.UnixMilli(moment))
	return &holdfastv1.ReserveResponse{OrderId: r.GetOrderId(), Reservations: []*holdfastv1.Reservation{{
		ReservationId: reservationID, OrderId: r.GetOrderId(), ProductId: r.GetProductId(), LocationId: r.GetLocationId(),
		ChannelId: r.GetChannelId(), Requested: r.GetQuantity(), Quantity: r.GetQuantity(), State: "active",
		ExpiresAt: t, CreatedAt: t, UpdatedAt: t,
	}}}, nil
}

const (
	moment        = 1_780_000_000_123
	reservationID = "0123456789abcdef0123456789abcdef"
)

type plainRequest struct {
	OrderID    string `json:"order_id"`
	ProductID  string `json:"product_id"`
	Quantity   int64  `json:"quantity"`
	LocationID string `json:"location_id"`
	ChannelID  string `json:"channel_id"`
	TTLSeconds *int64 `json:"ttl_seconds"`
}

type plainReservation struct {
	ReservationID string    `json:"reservation_id"`
	OrderID       string    `json:"order_id"`
	ProductID     string    `json:"product_id"`
	LocationID    string    `json:"location_id"`
	ChannelID     string    `json:"channel_id"`
	Requested     int64     `json:"requested"`
	Quantity      int64     `json:"quantity"`
	Deducted      int64     `json:"deducted"`
	Released      int64     `json:"released"`
	State         string    `json:"state"`
	ExpiresAt     time.Time `json:"expires_at"`
	CreatedAt     time.Time `json:"created_at"`
	UpdatedAt     time.Time `json:"updated_at"`
}

type plainAnswer struct {
	OrderID      string             `json:"order_id"`
	Reservations []plainReservation `json:"reservations"`
	Shortages    []string           `json:"shortages"`
}

// plainHandler is the same endpoint written in the usual way.
func plainHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /inventory/reserve", func(w http.ResponseWriter, r *http.Request) {
		var q plainRequest
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer ") {
			http.Error(w, "no key", http.StatusUnauthorized)
			return
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			http.Error(w, "bad request", http.StatusBadRequest)
			return
		}
		t := time.UnixMilli(moment).UTC()
		a := plainAnswer{OrderID: q.OrderID, Shortages: []string{}, Reservations: []plainReservation{{
			ReservationID: reservationID, OrderID: q.OrderID, ProductID: q.ProductID, LocationID: q.LocationID,
			ChannelID: q.ChannelID, Requested: q.Quantity, Quantity: q.Quantity, State: "active",
			ExpiresAt: t, CreatedAt: t, UpdatedAt: t,
		}}}
		w.Header().Set("Content-Type", "application/json")
		// An error means that the caller is gone: there is nobody to report it to.
		_ = json.NewEncoder(w).Encode(a)
	})
	return mux
}
