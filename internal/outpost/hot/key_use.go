package hot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

// KeyUse names the use of an idempotency key. It is zero when there is no key.
type KeyUse struct {
	ID    [16]byte // the key, what it is used for and where (stock.KeyID)
	Print [16]byte // the request (stock.Fingerprint)
}

// Denial is a refusal that is kept under its key.
type Denial struct {
	Item int64
	Use  KeyUse
	At   time.Time
	Body []byte
}

// Used is the request that a key was used for.
type Used struct {
	Print [16]byte
	At    time.Time
	// Denied is the body of a refusal, empty when units were taken or given back.
	Denied []byte
}

// Refusal is the answer that the key keeps; nil: its request was not refused.
func (u *Used) Refusal() (*stock.Refusal, error) {
	if len(u.Denied) == 0 {
		return nil, nil
	}
	r := &stock.Refusal{}
	if err := json.Unmarshal(u.Denied, r); err != nil {
		return nil, fmt.Errorf("read a refusal that was kept: %w", err)
	}
	return r, nil
}

// keyBook knows the keys that were used for requests that Redis decided.
type keyBook struct {
	uses    Store
	denials *gather[Denial, bool]
}

func newKeyBook(store Store) keyBook {
	return keyBook{store, &gather[Denial, bool]{serve: store.Deny, most: takesMost}}
}

// UsedKey returns for what a key was used, nil for nothing, as far as tasks are kept.
func (b keyBook) UsedKey(ctx context.Context, id [16]byte) (*Used, error) {
	u, err := b.uses.Used(ctx, id)
	if err != nil {
		return nil, databaseError(err)
	}
	return u, nil
}

// Deny keeps a refusal under its key. It returns what the key was used for: this, or something before it.
func (b keyBook) Deny(ctx context.Context, l Listed, use KeyUse, at time.Time, r *stock.Refusal) (*Used, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("write a refusal: %w", err)
	}
	kept, err := b.denials.do(ctx, Denial{Item: l.ID, Use: use, At: at, Body: text})
	switch {
	case err != nil:
		return nil, databaseError(err)
	case kept:
		return &Used{Print: use.Print, At: at, Denied: text}, nil
	}
	u, err := b.UsedKey(ctx, use.ID)
	if err == nil && u == nil {
		err = fmt.Errorf("%w: %w", ErrBusy, errors.New("the key was forgotten meanwhile"))
	}
	return u, err
}
