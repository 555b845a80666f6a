package main

import (
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"time"

	"holdfast.dev/holdfast/client"
)

// The states of an order. All of them are read from Holdfast, so an order whose hold has
// reached its deadline is cancelled without a clock here.
const (
	pending   = "PENDING"   // its ingredients are held until it is paid
	paid      = "PAID"      // its ingredients have left the shelf, or a till is to serve it
	cancelled = "CANCELLED" // its ingredients are for sale again
)

// orders takes orders for the stores whose stock Holdfast keeps.
type orders struct {
	stock *client.Client
	menu  *menu
	hold  time.Duration
	// tills says that the tills of the stores accept and serve what is paid.
	tills bool
}

//go:embed page.html
var page []byte

func (s *orders) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page)
	})
	mux.HandleFunc("GET /menu", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, s.menu.offers) })
	mux.HandleFunc("PUT /orders/{id}", s.create)
	mux.HandleFunc("GET /orders/{id}", s.show)
	mux.HandleFunc("POST /orders/{id}/paid", s.pay)
	mux.HandleFunc("POST /orders/{id}/cancel", s.cancel)
	return mux
}

type orderLine struct {
	plate
	Count int64 `json:"count"`
}

// order is an answer.
type order struct {
	ID    string `json:"id"`
	State string `json:"state"`
	// PayBy is until when a pending order is held.
	PayBy *time.Time `json:"pay_by,omitempty"`
	Cents int64      `json:"cents,omitempty"`
}

// mostBytes is how large a request may be.
const mostBytes = 64 << 10

// create reserves all ingredients of an order, or none. The guest's program names the order,
// so it may ask again when the answer was lost: the same order is the same reservation.
func (s *orders) create(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Store  string      `json:"store"`
		Dishes []orderLine `json:"dishes"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBytes)).Decode(&asked); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	items, cents, err := s.menu.items(asked.Store, asked.Dishes)
	if err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	o, err := s.stock.Reserve(r.Context(), client.Reserve{OrderID: r.PathValue("id"), Items: items, TTL: s.hold})
	if err != nil {
		fail(w, err)
		return
	}
	shown := shownOf(o)
	shown.Cents = cents
	answer(w, http.StatusCreated, shown)
}

func (s *orders) show(w http.ResponseWriter, r *http.Request) {
	o, err := s.stock.Order(r.Context(), r.PathValue("id"))
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, shownOf(o))
}

// pay is what the payment provider calls, once or more often, with what the guest's page gave it to
// keep. Commit takes the deadline off, so that the order cannot expire before its ingredients leave;
// its reason is shown in the kitchen. A refusal says that the order was cancelled before: the guest
// gets the money back.
func (s *orders) pay(w http.ResponseWriter, r *http.Request) {
	var asked struct {
		Note string `json:"note"` // such as "no ice"
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, mostBytes)).Decode(&asked); err != nil && !errors.Is(err, io.EOF) {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	id := r.PathValue("id")
	o, err := s.stock.Commit(r.Context(), client.Commit{OrderID: id, Reason: asked.Note})
	if err == nil && !s.tills {
		o, err = s.stock.Deduct(r.Context(), client.Deduct{OrderID: id})
	}
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, shownOf(o))
}

// cancel gives the ingredients back, unless the order is paid.
func (s *orders) cancel(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	o, err := s.stock.Order(r.Context(), id)
	if err == nil && shownOf(o).State == paid {
		answer(w, http.StatusConflict, shownOf(o))
		return
	}
	if err == nil {
		o, err = s.stock.Release(r.Context(), client.Release{OrderID: id, Reason: "cancelled by the guest"})
	}
	if err != nil {
		fail(w, err)
		return
	}
	answer(w, http.StatusOK, shownOf(o))
}

// shownOf is an order as Holdfast knows it.
func shownOf(o *client.Order) order {
	shown := order{ID: o.OrderID, State: cancelled}
	for i := range o.Reservations {
		switch r := &o.Reservations[i]; {
		case r.State == client.Confirmed, r.State == client.Active && r.Committed:
			return order{ID: o.OrderID, State: paid}
		case r.State == client.Active:
			shown.State, shown.PayBy = pending, &r.ExpiresAt
		}
	}
	return shown
}

// fail answers what Holdfast refused.
func fail(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, client.ErrInsufficientStock), errors.Is(err, client.ErrInvalidState), errors.Is(err, client.ErrReservationExpired):
		refuse(w, http.StatusConflict, err)
	case errors.Is(err, client.ErrNotFound):
		refuse(w, http.StatusNotFound, err)
	case errors.Is(err, client.ErrInvalidArgument):
		refuse(w, http.StatusBadRequest, err)
	default: // nobody knows whether it was carried out: the caller asks again
		refuse(w, http.StatusBadGateway, err)
	}
}

func refuse(w http.ResponseWriter, status int, err error) {
	answer(w, status, map[string]string{"error": err.Error()})
}

func answer(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}
