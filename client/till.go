package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// TillService keeps the tills of stores. A till keeps selling units of its own while its connection to
// the server is down. Tills themselves use the calls from Pair on.
type TillService struct {
	c    *caller
	stub holdfastv1.TillServiceClient
}

// Till is a till of a store and its policy. Quantities are in smallest units.
type Till struct {
	TillID     string // without @ and ~
	LocationID string
	Name       string // for people
	// Percent is the share of the units at the location, its own included, that it may have: 0 to 100.
	Percent int64
	// Floor is the least number of units of a product that it has while there are any. Ceiling is the
	// most; 0 is no bound.
	Floor, Ceiling int64
	// AtRisk reports that it may sell more than it has while it cannot reach the server.
	AtRisk bool
	// Level is the share of its target at or below which it gets more units: 1 to 100; 0 is left to policies.
	Level int64
	// Rank orders the tills of a location when units are scarce: the lowest rank comes first.
	Rank int64
	// ChannelID is the channel that it sells for: units are drawn from its quota first. Empty: none.
	ChannelID string
	// From is the source of each part of the policy. A part with a source other than TillOwn is not
	// the till's own, and Set leaves it to the policies of its location and channel.
	From TillSources
	// UpdatedAt is when its policy was changed. Set ignores UpdatedAt and Standing.
	UpdatedAt time.Time
	Standing  TillStanding
}

// TillSource is the source of a part of a till's policy.
type TillSource string

// The sources, the most specific first. In Set, an empty source means TillOwn.
const (
	TillOwn                 TillSource = "till"                // set with the till
	TillOfChannelAtLocation TillSource = "channel_at_location" // the policy of its channel at its location
	TillOfChannel           TillSource = "channel"             // the policy of its channel
	TillOfLocation          TillSource = "location"            // the policy of its location
	TillOfAll               TillSource = "all"                 // the policy of all tills
	TillDefault             TillSource = "default"             // set nowhere
)

// TillSources is the source of each part of a till's policy.
type TillSources struct{ Percent, Floor, Ceiling, Level, Rank, AtRisk TillSource }

// TillLeavesAll in Set leaves the whole policy of a till to broader policies.
var TillLeavesAll = TillSources{TillDefault, TillDefault, TillDefault, TillDefault, TillDefault, TillDefault}

// TillStanding is the present state of a till. The answer to Set has only its Paired, Epoch,
// State and CodeExpiresAt.
type TillStanding struct {
	Paired bool
	Epoch  string // the pairing; empty: there is none
	// CodeExpiresAt is when its newest code expires; zero: there is none, or it was used.
	CodeExpiresAt time.Time
	HeardAt       time.Time // zero: never
	// State is its state. BehindSince is since when the till has not applied a change of the server, or
	// the server has not applied all that the till did; zero: neither was true when they last spoke.
	State       TillState
	BehindSince time.Time
	Seq         int64 // the last record of its log that was carried out
	Last        int64 // the last one that it has announced
	// Products is how many products it has units of, Units how many units.
	Products, Units int64
	// ClockOffset is how far the server's clock was ahead of the till's when the server last heard from it.
	// ClockSkewed reports that somebody should set the till's clock.
	ClockOffset time.Duration
	ClockSkewed bool
	// InForce is the policy that the till works by, as it said last; nil: it has not said. The policy of the till
	// itself is wanted: while the till is away it works by an older one.
	InForce *TillTerms
}

// TillTerms is the policy of a till.
type TillTerms struct {
	Percent, Floor, Ceiling, Level, Rank int64
	AtRisk                               bool
	ChannelID                            string // of what it sells without naming one
}

// Terms is the policy that is wanted of the till.
func (t *Till) Terms() TillTerms {
	return TillTerms{t.Percent, t.Floor, t.Ceiling, t.Level, t.Rank, t.AtRisk, t.ChannelID}
}

func termsOf(m *holdfastv1.TillTerms) *TillTerms {
	if m == nil {
		return nil
	}
	return &TillTerms{m.GetPercent(), m.GetFloor(), m.GetCeiling(), m.GetLevel(), m.GetRank(), m.GetAtRisk(), m.GetChannelId()}
}

func termsTo(t *TillTerms) *holdfastv1.TillTerms {
	if t == nil {
		return nil
	}
	return &holdfastv1.TillTerms{Percent: t.Percent, Floor: t.Floor, Ceiling: t.Ceiling, Level: t.Level, Rank: t.Rank, AtRisk: t.AtRisk, ChannelId: t.ChannelID}
}

// TillState is the state of a till.
type TillState string

// The states of a till.
const (
	TillUnpaired TillState = "unpaired" // no file is paired with it
	TillAway     TillState = "away"     // the server has not heard from it for 90 s, or never
	TillRefused  TillState = "stale"    // the last file that claimed to be the till's was refused
	TillBehind   TillState = "behind"   // see BehindSince
	TillSynced   TillState = "synced"
)

// TillList selects tills, and how many at a time. An empty field selects everything.
type TillList struct {
	State      TillState
	LocationID string
	Text       string // a part of the id or the name
	PageSize   int
	PageToken  string
}

// Set stores a till and its policy. To set the same again changes nothing. It returns ErrInvalidState
// when it names another location for a till that is paired.
func (s *TillService) Set(ctx context.Context, t Till) (*Till, error) {
	return askOne(ctx, s.c, "set_till", s.stub.SetTill, &holdfastv1.SetTillRequest{
		TillId: t.TillID, LocationId: t.LocationID, Name: t.Name, ChannelId: t.ChannelID,
		Percent: ownValue(t.From.Percent, t.Percent), Floor: ownValue(t.From.Floor, t.Floor), Ceiling: ownValue(t.From.Ceiling, t.Ceiling),
		Level: optional(ownValue(t.From.Level, t.Level)), Rank: ownValue(t.From.Rank, t.Rank), AtRisk: ownValue(t.From.AtRisk, t.AtRisk),
	}, tillOf)
}

// ownValue returns a part of a policy that is the till's own, otherwise nil.
func ownValue[T any](from TillSource, value T) *T {
	if from != "" && from != TillOwn {
		return nil
	}
	return &value
}

// Get shows a till.
func (s *TillService) Get(ctx context.Context, tillID string) (*Till, error) {
	return askOne(ctx, s.c, "till", s.stub.GetTill, &holdfastv1.GetTillRequest{TillId: tillID}, tillOf)
}

// List reads a page of tills, ordered by id.
func (s *TillService) List(ctx context.Context, q TillList) (*Page[Till], error) {
	return askPage(ctx, s.c, "tills", s.stub.ListTills, &holdfastv1.ListTillsRequest{
		State: string(q.State), LocationId: q.LocationID, Q: q.Text, PageSize: size(q.PageSize), PageToken: q.PageToken,
	}, tillOf)
}

// optional leaves a number out of the request when it is 0.
func optional(n *int64) *int64 {
	if n == nil || *n == 0 {
		return nil
	}
	return n
}

// Drop deletes a till. To delete it again changes nothing. It returns ErrInvalidState when the till is
// paired.
func (s *TillService) Drop(ctx context.Context, tillID string) error {
	_, _, err := ask(ctx, s.c, "drop_till", s.stub.DeleteTill, &holdfastv1.DeleteTillRequest{TillId: tillID})
	return err
}

// TillCode pairs one file with a till, once, until it expires.
type TillCode struct {
	Code      string
	ExpiresAt time.Time
}

// Code makes a code for a till, in place of an earlier one.
func (s *TillService) Code(ctx context.Context, tillID string) (*TillCode, error) {
	return askOne(ctx, s.c, "till_code", s.stub.CreateTillCode, &holdfastv1.CreateTillCodeRequest{TillId: tillID}, func(m *holdfastv1.TillCode) TillCode {
		return TillCode{Code: m.GetCode(), ExpiresAt: timeOf(m.GetExpiresAt())}
	})
}

// WriteOff records that the file of a till is lost. The units that it had become available at its
// location, or are withheld. To repeat the call changes nothing.
func (s *TillService) WriteOff(ctx context.Context, tillID, reason string, withhold bool) (*Till, error) {
	return askOne(ctx, s.c, "write_off_till", s.stub.WriteOffTill, &holdfastv1.WriteOffTillRequest{TillId: tillID, Reason: reason, Withhold: withhold}, tillOf)
}

// TillOffer is 1 to 256 records of a till's file that may be stale, without a gap.
type TillOffer struct {
	Epoch   string // the pairing of the file
	Records []TillRecord
	Offset  time.Duration // how far the server's clock is ahead of the till's
}

// Offer opens a case for each thing in the records that is not in the books, and returns how many there are.
// A repeated call opens none. Nothing is posted until people decide.
func (s *TillService) Offer(ctx context.Context, tillID string, o TillOffer) (entries int64, err error) {
	m, _, err := ask(ctx, s.c, "offer_till", s.stub.OfferTill, &holdfastv1.OfferTillRequest{
		TillId: tillID, Epoch: o.Epoch, ClockOffsetMs: o.Offset.Milliseconds(),
		Records: each(o.Records, func(r TillRecord) *holdfastv1.TillRecord { return &holdfastv1.TillRecord{Body: r.Body, Text: r.Text} }),
	})
	return m.GetEntries(), err
}

func tillOf(m *holdfastv1.Till) Till {
	return Till{
		TillID: m.GetTillId(), LocationID: m.GetLocationId(), Name: m.GetName(), Percent: m.GetPercent(), Floor: m.GetFloor(), Ceiling: m.GetCeiling(),
		AtRisk: m.GetAtRisk(), Level: m.GetLevel(), Rank: m.GetRank(), ChannelID: m.GetChannelId(), From: sourcesOf(m.GetPolicyFrom()), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Standing: TillStanding{
			Paired: m.GetPaired(), Epoch: m.GetEpoch(), CodeExpiresAt: timeOf(m.GetCodeExpiresAt()), HeardAt: timeOf(m.GetHeardAt()),
			State: TillState(m.GetState()), BehindSince: timeOf(m.GetBehindSince()), Seq: m.GetSeq(), Last: m.GetLast(), Products: m.GetProducts(), Units: m.GetUnits(),
			ClockOffset: time.Duration(m.GetClockOffsetMs()) * time.Millisecond, ClockSkewed: m.GetClockSkewed(),
			InForce: termsOf(m.GetPolicyInForce()),
		},
	}
}
