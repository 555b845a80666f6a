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

// Pair uses a code up; the client needs no key. Where the answer was lost the same code is good
// again, until the till has said hello. ErrNotFound: it is no code; ErrInvalidState: it was used.
func (s *TillService) Pair(ctx context.Context, code string) (*PairedTill, error) {
	return askOne(ctx, s.c, "pair_till", s.stub.PairTill, &holdfastv1.PairTillRequest{Code: code}, func(m *holdfastv1.PairTillResponse) PairedTill {
		return PairedTill{Tenant: m.GetTenant(), TillID: m.GetTillId(), LocationID: m.GetLocationId(), Key: m.GetKey(), Epoch: m.GetEpoch()}
	})
}

// TillHello is what a till says when its line comes up.
type TillHello struct {
	Epoch string
	// Have is the ticket that it has, empty before its first hello; Next the one that it wants to
	// have from now on.
	Have, Next string
	Era        string // of the server's books as it knows it
	// Seq and Hash, 64 hex digits, are of the last record of its log that it knows as carried out;
	// Last is the last record.
	Seq  int64
	Hash string
	Last int64
	At   time.Time // what its clock says; zero: it does not say
}

// TillReply is how a hello is answered.
type TillReply string

// What a TillReply can be.
const (
	TillOK    TillReply = "ok"    // report what follows Seq
	TillLook  TillReply = "look"  // say hello with Seq if your log has it with Hash, else the file is stale
	TillStale TillReply = "stale" // the file is not the till's any more
)

// TillGreeting answers a TillHello.
type TillGreeting struct {
	Reply TillReply
	Next  string // of the hello that it answers
	Era   string
	Seq   int64
	Hash  string
	Now   time.Time // the server's time
	// AtRisk says that the till may sell more than it has while the server cannot be asked.
	AtRisk bool
}

// Hello says that the line of a till is up.
func (s *TillService) Hello(ctx context.Context, tillID string, h TillHello) (*TillGreeting, error) {
	return askOne(ctx, s.c, "till_hello", s.stub.GreetTill, &holdfastv1.GreetTillRequest{
		TillId: tillID, Epoch: h.Epoch, Have: h.Have, Next: h.Next, Era: h.Era, Seq: h.Seq, Hash: h.Hash, Last: h.Last, At: stampOf(h.At),
	}, func(m *holdfastv1.GreetTillResponse) TillGreeting {
		return TillGreeting{
			Reply: TillReply(m.GetReply()), Next: m.GetNext(), Era: m.GetEra(), Seq: m.GetSeq(), Hash: m.GetHash(), Now: timeOf(m.GetNow()), AtRisk: m.GetAtRisk(),
		}
	})
}

// TillRecord is a record of a till's log (docs/protocol/log.md).
type TillRecord struct{ Body, Text []byte }

// TillReport is the next records of a till's log, up to 256 without a gap.
type TillReport struct {
	Epoch, Ticket string
	Records       []TillRecord
	// Last is the last record of its log; Position is up to where it has applied the events of its
	// location, empty where it does not say.
	Last     int64
	Position string
	Offset   time.Duration // how far the server's clock is ahead of the till's
	// Lost says that the file is stale: nothing is carried out, and what is not in the books becomes cases.
	Lost bool
}

// TillApplied answers a TillReport.
type TillApplied struct {
	// Seq and Hash are of the last record that was carried out.
	Seq  int64
	Hash string
	Era  string
	// Hello says that nothing was taken: the till must say hello first.
	Hello bool
}

// Report has the next records of a till's log carried out. Those that were are left out. Without
// records it says that the till is there, and how far it is.
func (s *TillService) Report(ctx context.Context, tillID string, r TillReport) (*TillApplied, error) {
	return askOne(ctx, s.c, "till_report", s.stub.ReportTill, &holdfastv1.ReportTillRequest{
		TillId: tillID, Epoch: r.Epoch, Ticket: r.Ticket, Last: r.Last, Position: r.Position, ClockOffsetMs: r.Offset.Milliseconds(), Lost: r.Lost,
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
	// Added is how many units the till has been given in this epoch, which never gets less; Keep how
	// many it may keep: what it has more it hands back. Below 0: all.
	Added, Keep int64
	OnSale      bool
	ChannelsOff []string
	OnHand      int64 // what the location has, those of the till and what is held included
	Version     int64
}

// Ask gives a till units that it needs at once, as far as there are some, and returns what it then
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

// Units reads a page of what a till has. Of List only the page counts.
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
	}
}

// TillUnits is how many units of a product a till has been given, as of an event; see TillProduct.
type TillUnits struct {
	TillID, Epoch string
	Added, Keep   int64
}

func tillUnitsOf(list []*holdfastv1.TillUnits) []TillUnits {
	return some(list, func(m *holdfastv1.TillUnits) TillUnits {
		return TillUnits{m.GetTillId(), m.GetEpoch(), m.GetAdded(), m.GetKeep()}
	})
}
