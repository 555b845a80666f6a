package server

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
)

// Tills is the centre's side of the tills (outpost.Desk). Its callers have checked that the caller
// may act for the till.
type Tills interface {
	// Pair uses up a pairing code. Its refusals are those of catalog.Tills.UseCode.
	Pair(ctx context.Context, code, file string) (outpost.Paired, error)
	Hello(ctx context.Context, tenant, till string, h outpost.Hello) (outpost.Greeting, error)
	Report(ctx context.Context, tenant, till string, r outpost.Report) (outpost.Applied, error)
	// Ask gives the till the units that it wants, as far as there are any, and returns what it then has of
	// those products.
	Ask(ctx context.Context, tenant, till string, wanted []outpost.Wanted) ([]outpost.Units, error)
	// Units lists the units of the products that follow after, by product. Fewer than limit: there are no more.
	Units(ctx context.Context, tenant, till, after string, limit int) ([]outpost.Units, error)
	// WriteOff closes the epoch of a till whose file is lost. A repeated call changes nothing.
	WriteOff(ctx context.Context, tenant, till, operator, reason string, withhold bool) error
	// Standings returns the states of tills, in their order.
	Standings(ctx context.Context, tills []catalog.Till) ([]outpost.Standing, error)
	// Glance is the state of a till as far as it is known without reading the books.
	Glance(t *catalog.Till) outpost.Standing
	// Holdings lists the products of which the till has units: those that follow after, by product. Fewer than
	// limit: there are no more.
	Holdings(ctx context.Context, tenant, till, after string, limit int) ([]outpost.Holding, error)
	TillTerms
	// Offer opens a case for each thing in a stale file that is not in the books. A repeated call opens
	// none.
	Offer(ctx context.Context, tenant, till string, o outpost.Offer) (outpost.Unknown, error)
	// Orders lists the orders that the till may accept or keeps: those that follow after, by id. Fewer than limit:
	// there are no more. Order is one of them.
	Orders(ctx context.Context, tenant, till, after string, limit int) ([]outpost.OnlineOrder, error)
	Order(ctx context.Context, tenant, till, order string) (outpost.OnlineOrder, bool, error)
}

// TillTerms knows the policies of tills (outpost.Desk); nil: there are no tills.
type TillTerms interface {
	// Terms returns the policy of a paired till, nil while it is not known, and what is closed when there is another one.
	Terms(tenant, till string) (*catalog.TillTerms, <-chan struct{})
}

// LateTills knows which tills may have sold what the books do not know (outpost.Granter).
type LateTills interface {
	// Late lists the paired tills of a location that may not have reported all that they did.
	Late(ctx context.Context, tenant, location string) ([]outpost.Late, error)
}

// OnlineOrders are, at a till, the orders of its centre (outpost.Online).
type OnlineOrders interface {
	Orders(ctx context.Context) ([]outpost.OnlineOrder, error)
	Accept(ctx context.Context, order, operator string) (outpost.OnlineOrder, error)
	Decline(ctx context.Context, order, operator, reason string) error
	Cancel(ctx context.Context, order, operator, reason string) error
	Keep(ctx context.Context, order, operator, reason string) (outpost.OnlineOrder, error)
}

// TillDocuments is the part of the catalog about tills.
type TillDocuments interface {
	documents[catalog.Till]
	// List returns the tills that follow after, by id.
	List(ctx context.Context, tenant, after string, limit int) ([]catalog.Till, error)
	// Resolve returns tills with the policies that apply to them.
	Resolve(ctx context.Context, tills []catalog.Till) ([]catalog.Till, error)
	// MakeCode returns a new pairing code and when it ends.
	MakeCode(ctx context.Context, tenant, id string) (string, time.Time, error)
}

// tillChapter keeps the tills of stores.
type tillChapter struct {
	*core
	tills TillDocuments
	rules TillPolicies
	desk  Tills        // nil: no till is paired, and none answered
	feed  Feed         // nil: there are no events
	here  OnlineOrders // nil: this server is no till
}

func (s *tillChapter) functions() map[string]method {
	return map[string]method{
		"SetTill":        unary(knowing(s.core, writeOnce(s.core, nil, s.setTill))),
		"GetTill":        unary(knowing(s.core, s.getTill)),
		"ListTills":      unary(knowing(s.core, s.listTills)),
		"CountTills":     unary(knowing(s.core, s.countTills)),
		"ListTillStock":  unary(knowing(s.core, s.listTillStock)),
		"DeleteTill":     unary(knowing(s.core, writeOnce(s.core, nil, s.deleteTill))),
		"CreateTillCode": unary(knowing(s.core, s.createTillCode)),
		"WriteOffTill":   unary(knowing(s.core, heeded(s.core, onceDone(s.core, s.writeOffTill)))),
		"OfferTill":      unary(knowing(s.core, s.offerTill)),
		"BookLost":       unary(knowing(s.core, s.bookLost)),

		"SetTillPolicy":    unary(knowing(s.core, writeOnce(s.core, nil, s.setTillPolicy))),
		"ListTillPolicies": unary(knowing(s.core, s.listTillPolicies)),
		"DeleteTillPolicy": unary(knowing(s.core, writeOnce(s.core, nil, s.deleteTillPolicy))),

		"PairTill":      unary(s.pairTill),
		"GreetTill":     unary(s.greetTill),
		"ReportTill":    unary(s.reportTill),
		"AskForTill":    unary(s.askForTill),
		"ListTillUnits": unary(s.listTillUnits),

		"ListTillOrders":     unary(s.listTillOrders),
		"GetTillOrder":       unary(s.getTillOrder),
		"ListOnlineOrders":   unary(knowing(s.core, s.listOnlineOrders)),
		"AcceptOnlineOrder":  unary(knowing(s.core, onceDone(s.core, s.acceptOnlineOrder))),
		"DeclineOnlineOrder": unary(knowing(s.core, onceDone(s.core, s.declineOnlineOrder))),
		"CancelOnlineOrder":  unary(knowing(s.core, onceDone(s.core, s.cancelOnlineOrder))),
		"KeepOnlineOrder":    unary(knowing(s.core, onceDone(s.core, s.keepOnlineOrder))),
	}
}

// This file has the calls of people about tills.

func (s *tillChapter) setTill(ctx context.Context, c *call, r *holdfastv1.SetTillRequest) (*holdfastv1.Till, error) {
	rules := catalog.TillRules{Percent: r.Percent, Floor: r.Floor, Ceiling: r.Ceiling, Level: r.Level, Rank: r.Rank, AtRisk: r.AtRisk}
	var f requestForm
	tillID(&f, r.GetTillId())
	f.id("location_id", r.GetLocationId(), maxLocation)
	tillName(&f, r.GetName())
	tillRules(&f, &rules)
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	if err := f.err(); err != nil {
		return nil, err
	}
	kept, err := s.tills.Set(ctx, catalog.Till{
		Tenant: c.tenant, ID: r.GetTillId(), Location: r.GetLocationId(), Name: r.GetName(), Channel: r.GetChannelId(),
		Percent: r.GetPercent(), Floor: r.GetFloor(), Ceiling: r.GetCeiling(), AtRisk: r.GetAtRisk(), Level: r.GetLevel(), Rank: r.GetRank(),
		Left: catalog.TillLeft{
			Percent: rules.Percent == nil, Floor: rules.Floor == nil, Ceiling: rules.Ceiling == nil,
			Level: rules.Level == nil, Rank: rules.Rank == nil, AtRisk: rules.AtRisk == nil,
		},
	})
	if err != nil {
		return nil, factError("", err)
	}
	counts, err := s.tills.Resolve(ctx, []catalog.Till{kept})
	if err != nil {
		return nil, err
	}
	at := standingOf(&kept)
	at.Condition = s.glance(&kept).Condition
	return renderTill(&counts[0], at), nil
}

func (s *tillChapter) getTill(ctx context.Context, c *call, r *holdfastv1.GetTillRequest) (*holdfastv1.Till, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	return s.till(ctx, c.tenant, r.GetTillId())
}

// till shows a till and its state.
func (s *tillChapter) till(ctx context.Context, tenant, id string) (*holdfastv1.Till, error) {
	t, err := s.tills.Get(ctx, tenant, id)
	if err != nil {
		return nil, factError("", err)
	}
	all, err := s.tillMessages(ctx, []catalog.Till{t})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// tillMessages are tills with their states, as answers show them.
func (s *tillChapter) tillMessages(ctx context.Context, tills []catalog.Till) ([]*holdfastv1.Till, error) {
	out := make([]*holdfastv1.Till, len(tills))
	tills, err := s.tills.Resolve(ctx, tills)
	if err != nil {
		return nil, err
	}
	if s.desk == nil {
		for i := range tills {
			out[i] = renderTill(&tills[i], standingOf(&tills[i]))
		}
		return out, nil
	}
	standings, err := s.desk.Standings(ctx, tills)
	if err != nil {
		return nil, factError("", err)
	}
	for i := range tills {
		out[i] = renderTill(&tills[i], standings[i])
	}
	return out, nil
}

func (s *tillChapter) deleteTill(ctx context.Context, c *call, r *holdfastv1.DeleteTillRequest) (*holdfastv1.DeleteTillResponse, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	if err := s.tills.Drop(ctx, c.tenant, r.GetTillId()); err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.DeleteTillResponse{}, nil
}

// createTillCode makes a code. The code is in the first answer only, not in the answer kept for repeats.
func (s *tillChapter) createTillCode(ctx context.Context, c *call, r *holdfastv1.CreateTillCodeRequest) (*holdfastv1.TillCode, error) {
	if err := checkTill(r.GetTillId()); err != nil {
		return nil, err
	}
	var made string
	answer, err := writeOnce(s.core, nil, func(ctx context.Context, c *call, r *holdfastv1.CreateTillCodeRequest) (*holdfastv1.TillCode, error) {
		code, expires, err := s.tills.MakeCode(ctx, c.tenant, r.GetTillId())
		if err != nil {
			return nil, factError("", err)
		}
		made = code
		return &holdfastv1.TillCode{ExpiresAt: optionalTime(expires)}, nil
	})(ctx, c, r)
	if err != nil || c.replayed {
		return answer, err
	}
	answer.Code = made
	s.log.InfoContext(ctx, "till code made", "audit", true, "tenant", c.tenant, "operator", c.operator, "till", r.GetTillId(), "request_id", c.requestID)
	return answer, nil
}

func (s *tillChapter) writeOffTill(ctx context.Context, c *call, r *holdfastv1.WriteOffTillRequest) (*holdfastv1.Till, error) {
	var f requestForm
	tillID(&f, r.GetTillId())
	f.reason(r.GetReason(), true)
	if err := f.err(); err != nil {
		return nil, err
	}
	if _, err := s.tills.Get(ctx, c.tenant, r.GetTillId()); err != nil {
		return nil, factError("", err)
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	if err := s.desk.WriteOff(ctx, c.tenant, r.GetTillId(), c.operator, r.GetReason(), r.GetWithhold()); err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "till written off", "audit", true, "tenant", c.tenant, "operator", c.operator, "till", r.GetTillId(), "request_id", c.requestID)
	return s.till(ctx, c.tenant, r.GetTillId())
}

// offerTill needs no key of the request: a repeated offer opens no other cases.
func (s *tillChapter) offerTill(ctx context.Context, c *call, r *holdfastv1.OfferTillRequest) (*holdfastv1.OfferTillResponse, error) {
	o, err := offerOf(r)
	if err != nil {
		return nil, err
	}
	if s.desk == nil {
		return nil, errNoTills()
	}
	offered, err := s.desk.Offer(ctx, c.tenant, r.GetTillId(), o)
	if err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "file of a till offered", "audit", true, "tenant", c.tenant, "operator", c.operator, "till", r.GetTillId(), "entries", offered.Entries, "request_id", c.requestID)
	return &holdfastv1.OfferTillResponse{Entries: int64(offered.Entries)}, nil
}
