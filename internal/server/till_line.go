package server

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost"
)

// This file has the calls that a till makes itself. They have no idempotency keys: the till's epoch and
// the numbers of its records make the calls safe to repeat.

// errNoTills refuses calls that need the centre's side of tills.
func errNoTills() error { return unavailable("this server answers no tills", nil) }

// speaksFor refuses a key that is not the till's, whatever its other rights.
func (s *tillChapter) speaksFor(c *call, till string) error {
	switch {
	case c.till != till || till == "":
		return refuse(codeDenied, "the key does not speak for the till %q", till)
	case s.desk == nil:
		return errNoTills()
	}
	return nil
}

// looksAt refuses the key of another till, and a person's key that is bound to locations or channels: the
// orders that a till may accept are not only theirs.
func (s *tillChapter) looksAt(c *call, till string) error {
	if c.till != "" {
		return s.speaksFor(c, till)
	}
	switch {
	case c.bounds != nil:
		return c.refuseOutside("the orders of a till")
	case s.desk == nil:
		return errNoTills()
	}
	return nil
}

// pairTill is the one call without a key. The desk checks its code, and the server limits how often codes may
// be tried (knock).
func (s *tillChapter) pairTill(ctx context.Context, c *call, r *holdfastv1.PairTillRequest) (*holdfastv1.PairTillResponse, error) {
	var f requestForm
	f.id("code", r.GetCode(), maxCode)
	tillWord(&f, "file", r.GetFile(), false)
	if err := f.err(); err != nil {
		return nil, err
	}
	if s.desk == nil { // no code was made for this server
		return nil, refuse(codeNotFound, "the code is unknown")
	}
	p, err := s.desk.Pair(ctx, r.GetCode(), r.GetFile())
	if err != nil {
		return nil, keyError(err)
	}
	s.reloadKeys(ctx)
	s.log.InfoContext(ctx, "till paired", "audit", true, "tenant", p.Tenant, "till", p.Till, "location", p.Location, "request_id", c.requestID)
	return &holdfastv1.PairTillResponse{Tenant: p.Tenant, TillId: p.Till, LocationId: p.Location, Key: p.Key, Epoch: p.Epoch}, nil
}

func (s *tillChapter) greetTill(ctx context.Context, c *call, r *holdfastv1.GreetTillRequest) (*holdfastv1.GreetTillResponse, error) {
	h, err := helloOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	g, err := s.desk.Hello(ctx, c.tenant, r.GetTillId(), h)
	if err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.GreetTillResponse{
		Reply: string(g.Reply), Next: g.Next, Era: g.Era, Seq: int64(g.Seq), Hash: g.Hash, Now: optionalTime(g.Now), AtRisk: g.AtRisk, Policy: renderTerms(g.Terms),
	}, nil
}

func (s *tillChapter) reportTill(ctx context.Context, c *call, r *holdfastv1.ReportTillRequest) (*holdfastv1.ReportTillResponse, error) {
	told, err := reportOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	a, err := s.desk.Report(ctx, c.tenant, r.GetTillId(), told)
	if err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.ReportTillResponse{Seq: int64(a.Seq), Hash: a.Hash, Era: a.Era, Hello: a.Hello}, nil
}

func (s *tillChapter) askForTill(ctx context.Context, c *call, r *holdfastv1.AskForTillRequest) (*holdfastv1.AskForTillResponse, error) {
	wanted, err := wantedOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	units, err := s.desk.Ask(ctx, c.tenant, r.GetTillId(), wanted)
	if err != nil {
		return nil, factError("", err)
	}
	return &holdfastv1.AskForTillResponse{Units: each(units, renderUnits)}, nil
}

func (s *tillChapter) listTillUnits(ctx context.Context, c *call, r *holdfastv1.ListTillUnitsRequest) (*holdfastv1.ListTillUnitsResponse, error) {
	const list = "till-units"
	var f requestForm
	tillID(&f, r.GetTillId())
	size, after := f.page(r.PageSize), f.readPageToken(list, r.GetPageToken())
	err := f.err()
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListTillUnitsResponse{}
	if after == "" { // before the first page is read, so that no change is between the two
		if s.feed == nil {
			return nil, unavailable("this server has no events", nil)
		}
		w, err := s.feed.Watch(ctx, feed.Filter{Tenant: c.tenant}, nil)
		if err != nil {
			return nil, err
		}
		out.Position = new(w.At().String())
		w.Close()
	}
	units, err := s.desk.Units(ctx, c.tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, factError("", err)
	}
	page, next := cutPage(units, list, after, size, func(u outpost.Units) string { return u.Product })
	out.Units, out.NextPageToken = each(page, renderUnits), next
	return out, nil
}
