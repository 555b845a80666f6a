package tills

import (
	"context"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"
)

// This file has the calls that a till makes itself. They have no idempotency keys: the till's epoch and
// the numbers of its records make the calls safe to repeat.

// errNoTills refuses calls that need the centre's side of tills.
func errNoTills() error { return kit.Unavailable("this server answers no tills", nil) }

// speaksFor refuses a key that is not the till's, whatever its other rights.
func (s *Chapter) speaksFor(c *kit.Call, till string) error {
	switch {
	case c.Till != till || till == "":
		return kit.Refuse(kit.CodeDenied, "the key does not speak for the till %q", till)
	case s.desk == nil:
		return errNoTills()
	}
	return nil
}

// looksAt refuses the key of another till, and a person's key that is bound to locations or channels: the
// orders that a till may accept are not only theirs.
func (s *Chapter) looksAt(c *kit.Call, till string) error {
	if c.Till != "" {
		return s.speaksFor(c, till)
	}
	switch {
	case c.Bounds != nil:
		return c.RefuseOutside("the orders of a till")
	case s.desk == nil:
		return errNoTills()
	}
	return nil
}

// pairTill is the one call without a key. The desk checks its code, and the server limits how often codes may
// be tried (knock).
func (s *Chapter) pairTill(ctx context.Context, c *kit.Call, r *holdfastv1.PairTillRequest) (*holdfastv1.PairTillResponse, error) {
	var f kit.Form
	f.ID("code", r.GetCode(), kit.MaxCode)
	tillWord(&f, "file", r.GetFile(), false)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if s.desk == nil { // no code was made for this server
		return nil, kit.Refuse(kit.CodeNotFound, "the code is unknown")
	}
	p, err := s.desk.Pair(ctx, r.GetCode(), r.GetFile())
	if err != nil {
		return nil, kit.KeyError(err)
	}
	kit.ReloadKeys(ctx, s.core)
	s.core.Log.InfoContext(ctx, "till paired", "audit", true, "tenant", p.Tenant, "till", p.Till, "location", p.Location, "request_id", c.RequestID)
	return &holdfastv1.PairTillResponse{Tenant: p.Tenant, TillId: p.Till, LocationId: p.Location, Key: p.Key, Epoch: p.Epoch}, nil
}

func (s *Chapter) greetTill(ctx context.Context, c *kit.Call, r *holdfastv1.GreetTillRequest) (*holdfastv1.GreetTillResponse, error) {
	h, err := helloOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	g, err := s.desk.Hello(ctx, c.Tenant, r.GetTillId(), h)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.GreetTillResponse{
		Reply: string(g.Reply), Next: g.Next, Era: g.Era, Seq: int64(g.Seq), Hash: g.Hash, Now: kit.OptionalTime(g.Now), AtRisk: g.AtRisk, Policy: RenderTerms(g.Terms),
	}, nil
}

func (s *Chapter) reportTill(ctx context.Context, c *kit.Call, r *holdfastv1.ReportTillRequest) (*holdfastv1.ReportTillResponse, error) {
	told, err := reportOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	a, err := s.desk.Report(ctx, c.Tenant, r.GetTillId(), told)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.ReportTillResponse{Seq: int64(a.Seq), Hash: a.Hash, Era: a.Era, Hello: a.Hello}, nil
}

func (s *Chapter) askForTill(ctx context.Context, c *kit.Call, r *holdfastv1.AskForTillRequest) (*holdfastv1.AskForTillResponse, error) {
	wanted, err := wantedOf(r)
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	units, err := s.desk.Ask(ctx, c.Tenant, r.GetTillId(), wanted)
	if err != nil {
		return nil, kit.FactError("", err)
	}
	return &holdfastv1.AskForTillResponse{Units: kit.Each(units, renderUnits)}, nil
}

func (s *Chapter) listTillUnits(ctx context.Context, c *kit.Call, r *holdfastv1.ListTillUnitsRequest) (*holdfastv1.ListTillUnitsResponse, error) {
	const list = "till-units"
	var f kit.Form
	tillID(&f, r.GetTillId())
	size, after := f.Page(r.PageSize), f.ReadPageToken(list, r.GetPageToken())
	err := f.Err()
	if err == nil {
		err = s.speaksFor(c, r.GetTillId())
	}
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.ListTillUnitsResponse{}
	if after == "" { // before the first page is read, so that no change is between the two
		if s.feed == nil {
			return nil, kit.Unavailable("this server has no events", nil)
		}
		w, err := s.feed.Watch(ctx, feed.Filter{Tenant: c.Tenant}, nil)
		if err != nil {
			return nil, err
		}
		out.Position = new(w.At().String())
		w.Close()
	}
	units, err := s.desk.Units(ctx, c.Tenant, r.GetTillId(), after, size+1) // one more shows whether there is a next page
	if err != nil {
		return nil, kit.FactError("", err)
	}
	page, next := kit.CutPage(units, list, after, size, func(u outpost.Units) string { return u.Product })
	out.Units, out.NextPageToken = kit.Each(page, renderUnits), next
	return out, nil
}
