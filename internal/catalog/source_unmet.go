package catalog

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
)

// UnmetOrder is what a message says was paid and is not booked.
type UnmetOrder struct {
	Location, Channel string
	Lines             []UnmetLine // none: all that the order holds was paid
}

// UnmetLine is a product that was paid and is not booked, and by how many units the books
// were short of it.
type UnmetLine struct {
	Product string `json:"product"`
	Qty     int64  `json:"qty"`
	Short   int64  `json:"short,omitempty"`
}

// PaidMessage is the parked message of a source that a case is about.
type PaidMessage struct {
	Source    string      `json:"source"`
	MessageID string      `json:"message_id"`
	Parked    string      `json:"parked"`
	Lines     []UnmetLine `json:"lines,omitempty"`
}

// ShortageCase is the policy of a source that opens a case for what was paid and is not there.
const ShortageCase = "case"

// MaxUnmetLines is how many lines a case of a message shows.
const MaxUnmetLines = 200

// openCases opens a case for each message that is new and says that something was paid which
// is not there. It returns the messages to park: all but those about which somebody has
// decided before.
func (s *Source) openCases(w *write, messages []ParkedEvent) ([]ParkedEvent, error) {
	if s.Shortage != ShortageCase {
		return messages, nil
	}
	var park []ParkedEvent
	for _, e := range messages {
		if e.Unmet != nil && e.Order != "" {
			c := s.caseOf(&e, w)
			is, _, err := caseKind.get(&w.read, c.Tenant, c.ID)
			known, ended, errParked := parkedKind.get(&w.read, c.Tenant, c.Paid.Parked)
			switch {
			case err != nil || errParked != nil:
				return nil, cmp.Or(err, errParked)
			case known != nil && !ended: // it stays as it is
				continue
			case is != nil && is.State == CaseSettled:
				continue
			case is == nil && c.check() != nil: // its ids are none: nobody could decide about it
				park = append(park, e)
				continue
			case is == nil:
				if err := caseKind.put(w, c, nil); err != nil {
					return nil, err
				}
			}
			e.Case = c.ID
		}
		park = append(park, e)
	}
	return park, nil
}

// caseOf is the case of a message: the same each time that the message comes.
func (s *Source) caseOf(e *ParkedEvent, w *write) *Case {
	now := Moment{w.time()}
	sum := sha256.Sum256([]byte(s.owner() + "\x00" + e.EventID + "\x00paid"))
	c := &Case{
		Tenant: s.Tenant, ID: "case-" + strings.ToLower(keyText.EncodeToString(sum[:10])), Number: w.head.seq + 1, Kind: CaseParked, State: CaseOpen,
		Location: e.Unmet.Location, ByHand: true, Order: e.Order, Channel: e.Unmet.Channel, Reason: cut(e.Cause, maxSinkError), Reference: cut(e.EventID, 256),
		Happened: now, Opened: now, Changed: now,
		Paid: &PaidMessage{Source: s.Name, MessageID: e.EventID, Parked: parkedID(s.owner(), e.EventID), Lines: e.Unmet.Lines[:min(len(e.Unmet.Lines), MaxUnmetLines)]},
	}
	for _, l := range e.Unmet.Lines {
		c.Qty += l.Qty
	}
	if len(e.Unmet.Lines) == 1 {
		c.Product = e.Unmet.Lines[0].Product
	}
	return c
}

// settleCase ends the case about a parked message that is about to end. by decides that,
// "": the message was carried out.
func (e *ParkedEvent) settleCase(w *write, decision, by string) error {
	return e.writeCase(w, func(c *Case) {
		c.State, c.Deciding, c.Settled = CaseSettled, nil, Moment{w.time()}
		if decision != "" {
			c.Decision, c.Orders, c.To, c.Note, c.By, c.Decided = decision, nil, "", "", by, Moment{w.time()}
		}
	})
}

// reopenCase has the case about a parked message ask again: it could not be carried out.
func (e *ParkedEvent) reopenCase(w *write) error {
	return e.writeCase(w, func(c *Case) {
		c.Reason = cut(e.Cause, maxSinkError)
		if c.State = CaseOpen; c.Assignee != "" {
			c.State = CaseAssigned
		}
	})
}

func (e *ParkedEvent) writeCase(w *write, change func(*Case)) error {
	if e.Case == "" {
		return nil
	}
	was, gone, err := caseKind.get(&w.read, e.Tenant, e.Case)
	if err != nil || was == nil || gone || was.State == CaseSettled {
		return err
	}
	to := *was
	change(&to)
	to.Changed = Moment{w.time()}
	return caseKind.put(w, &to, was)
}

// MaxOrderParked is how many parked messages of one order are shown.
const MaxOrderParked = 50

// ParkedOf are the parked messages of sources about an order, the oldest first.
func (d Sources) ParkedOf(ctx context.Context, tenant, order string) ([]ParkedEvent, error) {
	if d.parked.core == nil {
		return nil, nil // a server without sources
	}
	return d.parked.list(ctx, func(r *read) ([]ParkedEvent, error) {
		if !storable(tenant) || !storable(order) {
			return nil, nil
		}
		return parkedKind.find(r, `tenant = ?`+livingStates+` AND id IN (SELECT id FROM {document_link} WHERE tenant = ? AND kind = ? AND target = ?) ORDER BY number LIMIT ?`,
			tenant, tenant, parkedKind.name, "order/"+order, MaxOrderParked)
	})
}

// SourceOf is the source that a parked message belongs to.
func (e *ParkedEvent) SourceOf() string { return strings.TrimPrefix(e.Owner, sourceOwner("")) }

// Accept has a parked message carried out, and what is not there booked and owed. ErrStale: as
// of Requeue.
func (d Sources) Accept(ctx context.Context, tenant, source, id, by string) error {
	_, err := d.requeue(ctx, tenant, source, id, by, true)
	return err
}

// GiveUp ends a parked message, by a decision about its case. One that is gone is no change.
func (d Sources) GiveUp(ctx context.Context, tenant, source, id, decision, by string) error {
	_, err := d.discard(ctx, tenant, source, id, decision, by)
	if unknown, is := errors.AsType[*UnknownError](err); is && unknown.What == parkedKind.title {
		return nil
	}
	return err
}

// UndecidedError says that a source has parked messages with cases that nobody has decided.
// Nothing was changed.
type UndecidedError struct {
	Source string
	Cases  int
	First  string
}

func (e *UndecidedError) Error() string {
	return fmt.Sprintf("the source %q has %d paid messages that wait for a decision: decide the cases of the kind parked first, such as %s", e.Source, e.Cases, e.First)
}

// refuseUndecided refuses to take a source away whose parked messages have cases.
func (s *Source) refuseUndecided(w *write) error {
	parked, err := findParked(&w.read, s.Tenant, s.owner(), 0, MaxParked)
	if err != nil {
		return err
	}
	e := UndecidedError{Source: s.Name}
	for i := range parked {
		if parked[i].Case != "" {
			e.First = cmp.Or(e.First, parked[i].Case)
			e.Cases++
		}
	}
	if e.Cases == 0 {
		return nil
	}
	return &e
}
