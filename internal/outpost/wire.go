package outpost

import (
	"errors"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// Paired is the answer that a till gets for the code that a person gave it.
type Paired struct {
	Tenant, Till, Location string
	// Key is what the till shows from now on: of scope till, bound to the location.
	Key string
	// Epoch names the till's file for the books.
	Epoch string
}

// Hello is the first message of a till when its line comes up.
type Hello struct {
	Epoch string
	// Have is the ticket that the till holds, "" before its first hello; Next the one that
	// it wants to have from now on.
	Have, Next string
	// Era is that of the centre's books as the till knows it, "" before its first hello.
	Era string
	// Seq and Hash are of the last record of its log that the till knows as applied.
	Seq  uint64
	Hash string // 64 hex digits
	// Last is the last record of its log.
	Last uint64
	// At is what its clock says.
	At time.Time
}

// Reply is how a hello is answered.
type Reply string

// The replies.
const (
	// ReplyOK: continue behind Greeting.Seq.
	ReplyOK Reply = "ok"
	// ReplyLook: look whether your log has the record Greeting.Seq with Greeting.Hash. If
	// so, say hello with it; otherwise the file is stale.
	ReplyLook Reply = "look"
	// ReplyStale: the file is no longer the till's. It sells nothing from escrow.
	ReplyStale Reply = "stale"
)

// Greeting answers a Hello.
type Greeting struct {
	Reply Reply
	Next  string // of the hello that it answers
	Era   string
	Seq   uint64
	Hash  string
	// Now is the centre's time, for the till's clock.
	Now time.Time
	// AtRisk says that the till may sell what it does not have while the centre cannot be
	// asked.
	AtRisk bool
	// Terms is the till's policy; nil: the centre does not say.
	Terms *catalog.TillTerms
}

// LogRecord is a record of the till's log, as docs/protocol/log.md describes it byte by byte.
type LogRecord struct{ Body, Text []byte }

// Report is the next records of a till's log.
type Report struct {
	Epoch, Ticket string
	Records       []LogRecord // 0 to MaxRecords, without a gap
	// Last is the last record of its log, Position up to where the till has applied the centre's
	// changes.
	Last     uint64
	Position string
	// Offset is how far the centre's clock is ahead of the till's.
	Offset time.Duration
	// Terms is the policy that the till works by; nil: it does not say.
	Terms *catalog.TillTerms
	// Lost says that the file is stale: people decide about the entries of the records that
	// are not in the books. Without records it only says so.
	Lost bool
}

// ErrRefused says that the centre does not take a report, now or later.
var ErrRefused = errors.New("the centre cannot carry out what the till's log says")

// Offer is records of a file that may be stale.
type Offer struct {
	Epoch   string
	Records []LogRecord // 1 to MaxRecords, without a gap
	Offset  time.Duration
}

// Unknown answers an Offer.
type Unknown struct {
	// Entries is how many things the records say that are not in the books: each is a case.
	Entries int
}

// MaxRecords is how many records a report may have.
const MaxRecords = 256

// Applied answers a Report.
type Applied struct {
	// Seq and Hash are of the last record that is in the centre's books.
	Seq  uint64
	Hash string
	Era  string
	// Hello says that nothing was taken: the till must say hello first.
	Hello bool
}

// Units are the units that a till has of a product.
type Units struct {
	Product, Unit string
	Scale         uint8
	Tracked       bool
	// Added is how many units the till has been given in this epoch: it never gets less in
	// an era.
	Added int64
	// Keep is how many units the till may keep: it returns the rest. Below 0: all.
	Keep int64
	// OnSale and Off are the centre's switches.
	OnSale bool
	Off    []string
	// Rules are what campaigns and key accounts allow, by channel (stock.Rule.AtTill).
	Rules []TillRule
	// OnHand is the centre's units at the location, including escrow and held units.
	OnHand  int64
	Version uint64
}

// TillRule is the rule of a channel as a till has it. Since is when the period began in which
// customers have their limits, 0 for none.
type TillRule struct {
	stock.Rule

	Since stock.Time
}

// Wanted is how many units of a product a till needs at once.
type Wanted struct {
	Product string
	Units   int64
}

// Standing is the state of a till.
type Standing struct {
	Paired bool
	Epoch  string
	// Seq is the last record of the till's log that is in the books.
	Seq uint64
	// Last is the last record of the till's log that it has told of.
	Last uint64
	// Terms is the policy that the till works by, as it said last; nil: it has not said.
	Terms *catalog.TillTerms
	// Condition is how it is; Behind since when it, or the centre, has not taken over what the other
	// one did, zero: they were in step when it was heard of last.
	Condition Condition
	Behind    time.Time
	// Heard is when the till was heard of last; zero: never.
	Heard time.Time
	// Offset is how far the centre's clock was ahead of the till's when it said hello.
	Offset time.Duration
	// Escrow is how many products the till has units of, Units how many units.
	Escrow, Units int64
}

// Skewed reports whether clocks are so far apart that somebody should set one.
func Skewed(offset time.Duration) bool { return offset.Abs() > skewMost }
