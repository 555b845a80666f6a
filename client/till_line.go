package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// PairedTill is what a till gets for a code.
type PairedTill struct {
	Tenant, TillID, LocationID string
	Key                        string // of its calls from now on
	Epoch                      string // the pairing
}

// Pair uses up a code; the client needs no key. If the answer is lost, make another code, or use PairFile. It returns
// ErrNotFound for an unknown code, ErrInvalidState for a used one.
func (s *TillService) Pair(ctx context.Context, code string) (*PairedTill, error) {
	return s.PairFile(ctx, code, newID())
}

// PairFile is Pair for a file that names itself by a word of up to 64 characters that nobody can guess. If the answer
// was lost, the same code is valid again for this file until the till has said hello.
func (s *TillService) PairFile(ctx context.Context, code, file string) (*PairedTill, error) {
	return askOne(ctx, s.c, "pair_till", s.stub.PairTill, &holdfastv1.PairTillRequest{Code: code, File: file}, func(m *holdfastv1.PairTillResponse) PairedTill {
		return PairedTill{Tenant: m.GetTenant(), TillID: m.GetTillId(), LocationID: m.GetLocationId(), Key: m.GetKey(), Epoch: m.GetEpoch()}
	})
}

// TillHello is the first message of a till when its connection comes up.
type TillHello struct {
	Epoch string
	// Have is the ticket that the till has, empty before its first hello. Next is the ticket that it wants
	// from now on.
	Have, Next string
	Era        string // of the server's books as it knows it
	// Seq and Hash, 64 hex digits, belong to the last record of its log that it knows as carried out.
	// Last is the last record.
	Seq  int64
	Hash string
	Last int64
	At   time.Time // the time of its clock; zero: unknown
}

// TillReply is the answer to a hello.
type TillReply string

// The replies.
const (
	TillOK    TillReply = "ok"    // report the records after Seq
	TillLook  TillReply = "look"  // say hello with Seq if your log has it with Hash, otherwise the file is stale
	TillStale TillReply = "stale" // the file is no longer the till's
)

// TillGreeting is the answer to a TillHello.
type TillGreeting struct {
	Reply TillReply
	Next  string // of the hello that it answers
	Era   string
	Seq   int64
	Hash  string
	Now   time.Time // the server's time
	// AtRisk reports that the till may sell more than it has while it cannot reach the server.
	AtRisk bool
	// Policy is the till's policy; nil: the server does not say. A watch reports another one (Event.TillPolicy).
	Policy *TillTerms
}

// Hello announces that the connection of a till is up.
func (s *TillService) Hello(ctx context.Context, tillID string, h TillHello) (*TillGreeting, error) {
	return askOne(ctx, s.c, "till_hello", s.stub.GreetTill, &holdfastv1.GreetTillRequest{
		TillId: tillID, Epoch: h.Epoch, Have: h.Have, Next: h.Next, Era: h.Era, Seq: h.Seq, Hash: h.Hash, Last: h.Last, At: stampOf(h.At),
	}, func(m *holdfastv1.GreetTillResponse) TillGreeting {
		return TillGreeting{
			Reply: TillReply(m.GetReply()), Next: m.GetNext(), Era: m.GetEra(), Seq: m.GetSeq(), Hash: m.GetHash(), Now: timeOf(m.GetNow()), AtRisk: m.GetAtRisk(), Policy: termsOf(m.GetPolicy()),
		}
	})
}

// TillRecord is a record of a till's log (docs/protocol/log.md).
type TillRecord struct{ Body, Text []byte }

// TillReport is the next records of a till's log, up to 256 without a gap.
type TillReport struct {
	Epoch, Ticket string
	Records       []TillRecord
	// Last is the last record of its log. Position is the position up to which it has applied the events of
	// its location, empty when it does not report one.
	Last     int64
	Position string
	Offset   time.Duration // how far the server's clock is ahead of the till's
	// Lost reports that the file is stale: nothing is carried out, and entries that are not in the books become cases.
	Lost bool
	// Policy is the policy that the till works by; nil when it does not say.
	Policy *TillTerms
}

// TillApplied is the answer to a TillReport.
type TillApplied struct {
	// Seq and Hash belong to the last record that was carried out.
	Seq  int64
	Hash string
	Era  string
	// Hello reports that nothing was accepted: the till must say hello first.
	Hello bool
}

// Report lets the server carry out the next records of a till's log. It skips records that were carried out
// before. Without records the call reports that the till is there, and its progress.
func (s *TillService) Report(ctx context.Context, tillID string, r TillReport) (*TillApplied, error) {
	return askOne(ctx, s.c, "till_report", s.stub.ReportTill, &holdfastv1.ReportTillRequest{
		TillId: tillID, Epoch: r.Epoch, Ticket: r.Ticket, Last: r.Last, Position: r.Position, ClockOffsetMs: r.Offset.Milliseconds(), Lost: r.Lost, Policy: termsTo(r.Policy),
		Records: each(r.Records, func(r TillRecord) *holdfastv1.TillRecord { return &holdfastv1.TillRecord{Body: r.Body, Text: r.Text} }),
	}, func(m *holdfastv1.ReportTillResponse) TillApplied {
		return TillApplied{Seq: m.GetSeq(), Hash: m.GetHash(), Era: m.GetEra(), Hello: m.GetHello()}
	})
}

// TillWant is how many units of a product a till needs, in its smallest unit.
type TillWant struct {
	ProductID string
	Quantity  int64
}

// TillProduct is what a till has of a product, in its smallest unit.
type TillProduct struct {
	ProductID string
	Unit      string // its declared unit; empty: there is none
	Scale     int    // decimals of the unit
	Tracked   bool
	// Added is how many units the till has received in this epoch; it never decreases. Keep is how
	// many it may keep: it returns the units beyond that. Below 0: it may keep all.
	Added, Keep int64
	OnSale      bool
	ChannelsOff []string
	OnHand      int64 // what the location has, those of the till and what is held included
	Version     int64
	Rules       []TillRule // by channel
}

// TillRule is what a till needs of the rule of a channel: its time and its limits. Since is when the period of
// the limits of customers began; zero: there is none.
type TillRule struct {
	ChannelID string
	Rule      Rule
	Since     time.Time
}

// Ask gives a till units that it needs at once, as far as there are any. It returns what the till then
// has of those products: 1 to 500, each once.
func (s *TillService) Ask(ctx context.Context, tillID string, wants []TillWant) ([]TillProduct, error) {
	m, _, err := ask(ctx, s.c, "ask_for_till", s.stub.AskForTill, &holdfastv1.AskForTillRequest{
		TillId: tillID,
		Items: each(wants, func(w TillWant) *holdfastv1.TillWant {
			return &holdfastv1.TillWant{ProductId: w.ProductID, Quantity: w.Quantity}
		}),
	})
	return each(m.GetUnits(), tillProductOf), err
}

// TillUnitsPage is a page of what a till has.
type TillUnitsPage struct {
	Units         []TillProduct // ordered by ProductID
	Position      string        // from where to watch, on the first page alone
	NextPageToken string        // empty on the last page
}

// Units reads a page of what a till has. It uses only the page fields of List.
func (s *TillService) Units(ctx context.Context, tillID string, r List) (*TillUnitsPage, error) {
	return askOne(ctx, s.c, "till_units", s.stub.ListTillUnits, &holdfastv1.ListTillUnitsRequest{TillId: tillID, PageSize: size(r.PageSize), PageToken: r.PageToken},
		func(m *holdfastv1.ListTillUnitsResponse) TillUnitsPage {
			return TillUnitsPage{Units: each(m.GetUnits(), tillProductOf), Position: m.GetPosition(), NextPageToken: m.GetNextPageToken()}
		})
}

func tillProductOf(m *holdfastv1.TillProduct) TillProduct {
	return TillProduct{
		ProductID: m.GetProductId(), Unit: m.GetUnit(), Scale: int(m.GetScale()), Tracked: m.GetTracked(), Added: m.GetAdded(), Keep: m.GetKeep(),
		OnSale: m.GetOnSale(), ChannelsOff: m.GetChannelsOff(), OnHand: m.GetOnHand(), Version: m.GetVersion(),
		Rules: mapAll(m.GetRules(), func(m *holdfastv1.TillRule) TillRule {
			r := TillRule{ChannelID: m.GetChannelId(), Since: timeOf(m.GetSince())}
			if rule := ruleOf(m.GetRule()); rule != nil {
				r.Rule = *rule
			}
			return r
		}),
	}
}

// TillUnits is how many units of a product a till has received, as of an event; see TillProduct.
type TillUnits struct {
	TillID, Epoch string
	Added, Keep   int64
}

func tillUnitsOf(list []*holdfastv1.TillUnits) []TillUnits {
	return mapAll(list, func(m *holdfastv1.TillUnits) TillUnits {
		return TillUnits{m.GetTillId(), m.GetEpoch(), m.GetAdded(), m.GetKeep()}
	})
}
