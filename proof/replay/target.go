package replay

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Target is a server of the public API, over any transport. Implementations are safe for
// concurrent use.
type Target interface {
	// Execute carries out commands in the order given and returns one result for each, in that order.
	// A refusal is a result. With an error the outcome of all of them is unknown; the same commands may
	// be sent again, because each has its key. At most maxBatch commands are passed at
	// once.
	Execute(ctx context.Context, commands []Command) ([]Result, error)
	// List returns a page of up to 500 levels at location, ordered by product; pageToken is empty for
	// the first one. It shows every write with an earlier answer.
	List(ctx context.Context, location, pageToken string) (Page, error)
	// SetPlaces describes locations, all or none of them. It may be repeated.
	SetPlaces(ctx context.Context, places []Location) error
	// Quotas returns how the channels share a product at location, including every write with an
	// earlier answer.
	Quotas(ctx context.Context, product, location string) (Shares, error)
}

// maxBatch is the API's bound for the commands of one batch.
const maxBatch = 1000

// pageSize is the API's bound for a page.
const pageSize = 500

// Command is one write: a Create, SetQuotas, Restock, Correct, Reserve or Deduct.
type Command struct {
	Key  string // its Idempotency-Key
	Body any
}

// Create opens the stock of a product: POST /inventory.
type Create struct {
	ProductID      string `json:"product_id"`
	LocationID     string `json:"location_id,omitempty"`
	AvailableStock int64  `json:"available_stock"`
}

// SetQuotas sets stock aside for channels: PUT /v1/quotas/{product_id}.
type SetQuotas struct {
	ProductID  string  `json:"product_id,omitempty"` // in a batch; else it is in the path
	LocationID string  `json:"location_id,omitempty"`
	Channels   []Quota `json:"channels"`
}

// Quota is the units that only one channel may draw.
type Quota struct {
	ChannelID string `json:"channel_id"`
	Quota     int64  `json:"quota"`
}

// Location is what a location is: an item of PUT /v1/locations:batch.
type Location struct {
	LocationID  string      `json:"location_id"`
	Kind        string      `json:"kind"`
	Coordinates Coordinates `json:"coordinates"`
}

// Coordinates are in degrees, north and east positive.
type Coordinates struct {
	Latitude  float64 `json:"latitude"`
	Longitude float64 `json:"longitude"`
}

// Restock adds units: POST /inventory/restock.
type Restock struct {
	ProductID  string `json:"product_id"`
	LocationID string `json:"location_id,omitempty"`
	Quantity   int64  `json:"quantity"`
	Reason     string `json:"reason,omitempty"`
	Reference  string `json:"reference,omitempty"`
}

// Correct changes stock by a signed number: POST /inventory/adjust.
type Correct struct {
	ProductID  string `json:"product_id"`
	LocationID string `json:"location_id,omitempty"`
	Delta      int64  `json:"delta"`
	Reason     string `json:"reason"`
	Reference  string `json:"reference,omitempty"`
}

// Reserve asks for units, of one product (Items empty) or of several.
type Reserve struct {
	OrderID    string        `json:"order_id"`
	ProductID  string        `json:"product_id,omitempty"`
	Quantity   int64         `json:"quantity,omitempty"`
	LocationID string        `json:"location_id,omitempty"`
	Items      []ReserveItem `json:"items,omitempty"`
	TTLSeconds int64         `json:"ttl_seconds"`
	Policy     string        `json:"policy,omitempty"`
	ChannelID  string        `json:"channel_id,omitempty"`
	Sourcing   *Sourcing     `json:"sourcing,omitempty"`
}

// Sourcing lets the server choose the location of a Reserve.
type Sourcing struct {
	Strategy    string      `json:"strategy"`
	Split       string      `json:"split"`
	Destination Coordinates `json:"destination"`
	Locations   []string    `json:"locations"`
}

// ReserveItem is one line of a Reserve.
type ReserveItem struct {
	ProductID  string `json:"product_id"`
	Quantity   int64  `json:"quantity"`
	LocationID string `json:"location_id,omitempty"`
}

// Deduct lets everything that an order holds leave.
type Deduct struct {
	OrderID string `json:"order_id"`
}

// Result is the outcome of a Command.
type Result struct {
	Inventory    *Level        `json:"inventory"`    // of Create, Restock, Correct
	Reservations []Reservation `json:"reservations"` // of Reserve, Deduct
	Refusal      *Refusal      `json:"error"`        // nil when it was carried out
	Replayed     bool          `json:"replayed"`     // this answer was given before
}

// Level is the stock of a product at a location.
type Level struct {
	ProductID  string `json:"product_id"`
	LocationID string `json:"location_id"`
	Reserved   int64  `json:"reserved_stock"`
	OnHand     int64  `json:"on_hand"`
}

// Page is a part of the list of levels.
type Page struct {
	Items []Level `json:"items"`
	Next  string  `json:"next_page_token"` // empty on the last page
	Stale bool    `json:"-"`               // the view had not caught up: ask again
}

// Reservation is what an order holds of a product.
type Reservation struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
	Deducted  int64  `json:"deducted"`
	Released  int64  `json:"released"`

	LocationID string `json:"location_id"`
}

// Shares are how the channels share a product: GET /v1/quotas/{product_id}.
type Shares struct {
	Shared   int64   `json:"shared"`
	Channels []Share `json:"channels"`
}

// Share is what one channel has and had of a product.
type Share struct {
	ChannelID    string `json:"channel_id"`
	Remaining    int64  `json:"remaining"`
	Held         int64  `json:"held"`
	Sold         int64  `json:"sold"`
	HeldFromPool int64  `json:"held_from_pool"`
	SoldFromPool int64  `json:"sold_from_pool"`
}

// Codes of the API that occur in a good run.
const (
	codeShort      = "INSUFFICIENT_STOCK"
	codeNotFound   = "NOT_FOUND"
	codeState      = "INVALID_STATE"
	codeExists     = "ALREADY_EXISTS"
	codeExpired    = "RESERVATION_EXPIRED"
	codeKeyClash   = "IDEMPOTENCY_CONFLICT"
	codeBusy       = "UNAVAILABLE"
	codeLimited    = "RATE_LIMITED"
	codeInProgress = "IN_PROGRESS"
	codeNoKey      = "UNAUTHENTICATED"
	codeNoScope    = "PERMISSION_DENIED"
)

// Refusal is the error of one command, or of a whole call.
type Refusal struct {
	Code       string        `json:"code"`
	Status     int           `json:"status"`
	Detail     string        `json:"detail"`
	RetryAfter time.Duration `json:"-"`
}

func (r *Refusal) Error() string { return fmt.Sprintf("%s (%d): %s", r.Code, r.Status, r.Detail) }

// passing reports whether the same command may have another answer later: the write has not
// happened, or a repeat with its key returns its outcome.
func (r *Refusal) passing() bool {
	switch r.Code {
	case codeBusy, codeLimited, codeInProgress:
		return true
	}
	return r.Status >= 500 || r.Status == 429
}

// asRefusal finds the Refusal in err.
func asRefusal(err error) (*Refusal, bool) {
	var refusal *Refusal
	ok := errors.As(err, &refusal)
	return refusal, ok
}
