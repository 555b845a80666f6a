package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// QuotaService divides the stock of products among channels.
type QuotaService struct {
	c    *caller
	stub holdfastv1.QuotaServiceClient
}

// Quotas shows how the channels share the stock of one product at one location, in
// the product's smallest unit.
type Quotas struct {
	ProductID  string
	LocationID string
	// Shared is what every channel may draw, after its own quota.
	Shared         int64
	AvailableStock int64 // everything that can be sold: Shared and all quotas
	ReservedStock  int64
	OnSale         bool
	Status         Status
	Version        int64 // grows by one with each change
	Channels       []Channel
	AsOf           time.Time
	Unit           string // the declared unit, if any
	Scale          int
	// Replayed reports that an earlier call under the same key had carried out the write.
	// The figures are the present ones.
	Replayed bool
}

// Channel has the figures of one channel that has or had a quota.
type Channel struct {
	ChannelID string
	// Quota is Remaining + Held + Sold, in the period that began at Since. Sold are the units
	// that left in it, less withdrawn shipments.
	Quota, Remaining, Held, Sold int64
	// HeldFromPool and SoldFromPool are units that orders on the channel drew
	// from the shared pool.
	HeldFromPool, SoldFromPool int64
	Weight                     int64 // its share of allotments
	Level                      int64 // filled up when less than this remains
	// Pending is by how much Quota still exceeds the value that was set.
	Pending   int64
	Available int64 // what a reserve on the channel could take now
	OnSale    bool
	Status    Status
	Since     time.Time
	// Rule is the rule of a campaign or a key account, nil when there is none.
	Rule *Rule
}

// Channel returns the figures of the channel, nil when it never had a quota.
func (q *Quotas) Channel(id string) *Channel {
	for i := range q.Channels {
		if q.Channels[i].ChannelID == id {
			return &q.Channels[i]
		}
	}
	return nil
}

// Lowering selects the effect of a quota set below what is held and sold of it.
type Lowering string

// The ways to lower a quota.
const (
	// LowerRefuse refuses the whole command with ErrInvalidState.
	LowerRefuse Lowering = "refuse"
	// LowerWait takes what remains now, and the rest as orders return it.
	LowerWait Lowering = "wait"
)

// Quota changes one channel. A field that is nil or empty stays as it is.
type Quota struct {
	ChannelID string
	// Quota is the whole quota of the period in smallest units. QuotaDecimal is the same
	// in the declared unit, such as "1.25", in place of Quota. The level works likewise.
	Quota        *int64
	QuotaDecimal string
	Weight       *int64
	Level        *int64
	LevelDecimal string
	// Rule replaces the channel's rule; an empty one removes it.
	Rule *Rule
}

// SetQuotas sets quotas of a product at a location, all or nothing.
type SetQuotas struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	Channels   []Quota
	Lowering   Lowering // LowerRefuse when empty
	Reason     string
	Reference  string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r SetQuotas) verb() string  { return "set_quotas" }
func (r SetQuotas) natural() bool { return false }
func (r SetQuotas) message() *holdfastv1.Command {
	m := &holdfastv1.SetQuotasRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Lowering: string(r.Lowering), Reason: r.Reason, Reference: r.Reference,
		Channels: each(r.Channels, func(q Quota) *holdfastv1.QuotaSetting {
			return &holdfastv1.QuotaSetting{
				ChannelId: q.ChannelID, Quota: q.Quota, QuotaDecimal: q.QuotaDecimal, Weight: q.Weight, Level: q.Level, LevelDecimal: q.LevelDecimal, Rule: q.Rule.message(),
			}
		}),
	}
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_SetQuotas{SetQuotas: m}}
}

// Set sets quotas. Units move between the shared pool and the channels. It returns
// ErrInsufficientStock when the pool has not enough.
func (s *QuotaService) Set(ctx context.Context, r SetQuotas) (*Quotas, error) {
	return carryOut(ctx, s.c, r, quotasAfter)
}

// AllotMode selects which units an allotment divides, and among which channels.
type AllotMode string

// The modes.
const (
	// AllotPool divides the free units of the pool among all channels by weight.
	AllotPool AllotMode = "pool"
	// AllotUnderLevel divides them among the channels that have less than their level
	// remaining, and fills each no further than its level.
	AllotUnderLevel AllotMode = "under_level"
	// AllotRebalance also divides again what remains of all quotas.
	AllotRebalance AllotMode = "rebalance"
)

// Allot divides units of the pool among the channels by weight, to the unit.
type Allot struct {
	ProductID   string
	LocationID  string    // the tenant's default location when empty
	Keep        int64     // what stays in the pool, in smallest units
	KeepDecimal string    // in the declared unit, in place of Keep
	Mode        AllotMode // AllotPool when empty
	Reason      string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r Allot) verb() string  { return "allot" }
func (r Allot) natural() bool { return false }
func (r Allot) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_Allot{Allot: r.request()}}
}

func (r Allot) request() *holdfastv1.AllotRequest {
	return &holdfastv1.AllotRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Keep: r.Keep, KeepDecimal: r.KeepDecimal, Mode: string(r.Mode), Reason: r.Reason,
	}
}

// UnitMove is a number of units that moved from one account to another: "pool/shared",
// or "quota/" and a channel.
type UnitMove struct {
	From, To string
	Quantity int64
}

// Allotment is what an allotment moved, and the quotas afterwards.
type Allotment struct {
	Moves  []UnitMove
	Quotas Quotas
}

// Allot divides units of the pool among the channels.
func (s *QuotaService) Allot(ctx context.Context, r Allot) (*Allotment, error) {
	return carryOut(ctx, s.c, r, allotmentOf)
}

// TryAllot shows what Allot would move now, and the quotas afterwards.
func (s *QuotaService) TryAllot(ctx context.Context, r Allot) (*Allotment, error) {
	m := r.request()
	m.DryRun = true
	return askOne(ctx, s.c, "allot", s.stub.Allot, m, func(m *holdfastv1.AllotResponse) Allotment {
		return Allotment{Moves: movesOf(m.GetMoves()), Quotas: quotasOf(m.GetStock())}
	})
}

// ResetSold begins a new period: the sold units of channels count from 0 again.
type ResetSold struct {
	ProductID  string
	LocationID string   // the tenant's default location when empty
	Channels   []string // all that have a quota when empty
	Reason     string
	// Key is the idempotency key; the client makes one when it is empty.
	Key string
}

func (r ResetSold) verb() string  { return "reset_sold" }
func (r ResetSold) natural() bool { return false }
func (r ResetSold) message() *holdfastv1.Command {
	return &holdfastv1.Command{IdempotencyKey: r.Key, Verb: &holdfastv1.Command_ResetSold{ResetSold: &holdfastv1.ResetSoldRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Channels: r.Channels, Reason: r.Reason,
	}}}
}

// ResetSold begins a new period. No unit moves.
func (s *QuotaService) ResetSold(ctx context.Context, r ResetSold) (*Quotas, error) {
	return carryOut(ctx, s.c, r, quotasAfter)
}

// QuotasOf asks how the channels share the stock of a product.
type QuotasOf struct {
	ProductID  string
	LocationID string // the tenant's default location when empty
	// Eventual allows an answer that is up to 30 s old.
	Eventual bool
}

// Get reads how the channels share the stock of a product.
func (s *QuotaService) Get(ctx context.Context, r QuotasOf) (*Quotas, error) {
	return askOne(ctx, s.c, "quotas", s.stub.GetQuotas, &holdfastv1.GetQuotasRequest{
		ProductId: r.ProductID, LocationId: r.LocationID, Consistency: consistency(r.Eventual),
	}, quotasOf)
}

func allotmentOf(r *holdfastv1.CommandResult) *Allotment {
	return &Allotment{Moves: movesOf(r.GetMoves()), Quotas: *quotasAfter(r)}
}

func quotasAfter(r *holdfastv1.CommandResult) *Quotas {
	q := quotasOf(r.GetQuotas())
	q.Replayed = r.GetReplayed()
	return &q
}

func quotasOf(m *holdfastv1.ChannelStock) Quotas {
	return Quotas{
		ProductID: m.GetProductId(), LocationID: m.GetLocationId(), Shared: m.GetShared(),
		AvailableStock: m.GetAvailableStock(), ReservedStock: m.GetReservedStock(), OnSale: m.GetOnSale(), Status: Status(m.GetStatus()),
		Version: m.GetVersion(), AsOf: timeOf(m.GetAsOf()), Unit: m.GetUnit(), Scale: int(m.GetScale()),
		Channels: each(m.GetChannels(), func(c *holdfastv1.ChannelFigures) Channel {
			return Channel{
				ChannelID: c.GetChannelId(), Quota: c.GetQuota(), Remaining: c.GetRemaining(), Held: c.GetHeld(), Sold: c.GetSold(),
				HeldFromPool: c.GetHeldFromPool(), SoldFromPool: c.GetSoldFromPool(), Weight: c.GetWeight(), Level: c.GetLevel(),
				Pending: c.GetPending(), Available: c.GetAvailable(), OnSale: c.GetOnSale(), Status: Status(c.GetStatus()), Since: timeOf(c.GetSince()), Rule: ruleOf(c.GetRule()),
			}
		}),
	}
}

func movesOf(list []*holdfastv1.UnitMove) []UnitMove {
	return each(list, func(m *holdfastv1.UnitMove) UnitMove {
		return UnitMove{From: m.GetFrom(), To: m.GetTo(), Quantity: m.GetQuantity()}
	})
}
