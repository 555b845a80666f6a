package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// PromiseService bounds what is sold before it arrives.
type PromiseService struct {
	c    *caller
	stub holdfastv1.PromiseServiceClient
}

// Promises show how much of a product at a location is sold before it arrives, in the
// product's smallest unit. AvailableStock includes none of it.
type Promises struct {
	ProductID  string
	LocationID string
	Presale    *Presale   // nil when there is none
	Backorder  *Backorder // nil when there is none
	// Waiting is how many units orders wait for, WaitingOrders how many orders wait.
	Waiting, WaitingOrders int64
	Version                int64 // grows by one with each change of the item
	AsOf                   time.Time
	Unit                   string // the declared unit, if any
	Scale                  int
	// Replayed reports that an earlier call under the same key had carried out the write.
	// The figures are the present ones.
	Replayed bool
}

// Presale sells a bounded number of units once.
type Presale struct {
	// Cap is Promised + Remaining - Excess. Promised is Waiting + Arrived. Excess is by
	// how much Promised exceeds Cap after Cap was lowered.
	Cap, Promised, Remaining, Excess int64
	// Waiting are units that orders wait for, Arrived those that have arrived.
	Waiting, Arrived int64
	PromiseDate      time.Time // zero when unknown
	ShipsInPart      bool
	Closed           bool             // nothing more is sold
	Channels         []PromiseChannel // those that have a limit
}

// Backorder sells units as long as no more than Allowance are outstanding.
type Backorder struct {
	// Allowance is Promised + Remaining - Excess. Excess is by how much Promised exceeds
	// Allowance after Allowance was lowered.
	Allowance, Promised, Remaining, Excess int64
	PromiseDate                            time.Time        // zero when unknown
	Closed                                 bool             // nothing more is sold
	Channels                               []PromiseChannel // those that have a limit
}

// PromiseChannel has the figures of a channel with a limit in a presale or a backorder.
type PromiseChannel struct {
	ChannelID                string
	Cap, Promised, Remaining int64
}

// SetPromises sets how much of a product may be sold before it arrives. It replaces
// the earlier setting: a nil Presale or Backorder is closed.
type SetPromises struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Presale    *PresaleSetting
	Backorder  *BackorderSetting
	// Lowering selects the effect of a bound below what is promised: LowerRefuse, the
	// default, or LowerWait, which promises nothing more until less is promised.
	Lowering Lowering
	Reason   string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

// PresaleSetting bounds a presale.
type PresaleSetting struct {
	Cap         int64     // in smallest units
	Decimal     string    // in the declared unit, such as "1.25", in place of Cap
	PromiseDate time.Time // only shown to callers; zero: no date
	// ShipsInPart lets a deduct take the units of an order that are there while the
	// rest waits.
	ShipsInPart bool
	Channels    []PromiseLimit // channels that have a limit of their own
}

// PromiseLimit is the most that may be promised on a channel. It reserves nothing for the channel.
type PromiseLimit struct {
	ChannelID string
	Cap       int64  // in smallest units
	Decimal   string // in the declared unit, in place of Cap
}

// BackorderSetting bounds a backorder.
type BackorderSetting struct {
	Allowance   int64     // in smallest units
	Decimal     string    // in the declared unit, in place of Allowance
	PromiseDate time.Time // only shown to callers; zero: no date
	Channels    []PromiseLimit
}

// Set sets what may be sold ahead. It returns ErrInvalidState when more than that is
// promised already.
func (s *PromiseService) Set(ctx context.Context, r SetPromises) (*Promises, error) {
	m := &holdfastv1.SetPromisesRequest{ProductId: r.ProductID, LocationId: r.LocationID, Reason: r.Reason, Lowering: string(r.Lowering)}
	if p := r.Presale; p != nil {
		m.Presale = &holdfastv1.PresaleSetting{Cap: p.Cap, CapDecimal: p.Decimal, PromiseDate: stampOf(p.PromiseDate), ShipsInPart: p.ShipsInPart, Channels: promiseLimits(p.Channels)}
	}
	if b := r.Backorder; b != nil {
		m.Backorder = &holdfastv1.BackorderSetting{Allowance: b.Allowance, AllowanceDecimal: b.Decimal, PromiseDate: stampOf(b.PromiseDate), Channels: promiseLimits(b.Channels)}
	}
	answer, around, err := alter(ctx, s.c, "set_promises", r.Key, s.stub.SetPromises, m)
	if err != nil {
		return nil, err
	}
	p := promisesOf(answer)
	p.Replayed = around.replayed()
	return &p, nil
}

// PromisesOf asks how much of a product is sold ahead.
type PromisesOf struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// Get reads how much of a product is sold ahead, and what waits.
func (s *PromiseService) Get(ctx context.Context, r PromisesOf) (*Promises, error) {
	return askOne(ctx, s.c, "promises", s.stub.GetPromises, &holdfastv1.GetPromisesRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Consistency: consistency(r.Eventual),
	}, promisesOf)
}

func promisesOf(m *holdfastv1.Promises) Promises {
	p := Promises{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Waiting: m.GetWaiting(), WaitingOrders: m.GetWaitingOrders(),
		Version: m.GetVersion(), AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
	}
	if s := m.GetPresale(); s != nil {
		p.Presale = &Presale{
			Cap: s.GetCap(), Promised: s.GetPromised(), Remaining: s.GetRemaining(), Waiting: s.GetWaiting(), Arrived: s.GetArrived(),
			PromiseDate: timeOf(s.GetPromiseDate()), ShipsInPart: s.GetShipsInPart(), Closed: s.GetClosed(),
			Excess: s.GetExcess(), Channels: promiseChannels(s.GetChannels()),
		}
	}
	if b := m.GetBackorder(); b != nil {
		p.Backorder = &Backorder{
			Allowance: b.GetAllowance(), Promised: b.GetPromised(), Remaining: b.GetRemaining(),
			PromiseDate: timeOf(b.GetPromiseDate()), Closed: b.GetClosed(),
			Excess: b.GetExcess(), Channels: promiseChannels(b.GetChannels()),
		}
	}
	return p
}

func promiseLimits(limits []PromiseLimit) []*holdfastv1.PromiseChannelSetting {
	all := make([]*holdfastv1.PromiseChannelSetting, len(limits))
	for i, l := range limits {
		all[i] = &holdfastv1.PromiseChannelSetting{ChannelId: l.ChannelID, Cap: l.Cap, CapDecimal: l.Decimal}
	}
	return all
}

func promiseChannels(list []*holdfastv1.PromiseChannel) []PromiseChannel {
	all := make([]PromiseChannel, len(list))
	for i, c := range list {
		all[i] = PromiseChannel{ChannelID: c.GetChannelId(), Cap: c.GetCap(), Promised: c.GetPromised(), Remaining: c.GetRemaining()}
	}
	return all
}
