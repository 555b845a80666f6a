package quota

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// CampaignDirectory is the catalog as campaigns use it (catalog.Catalog).
type CampaignDirectory interface {
	KnownAll(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	CampaignTurns(ctx context.Context, tenant, id string, limit int) ([]catalog.CampaignTurn, error)
	DueCampaignTurns(ctx context.Context, at time.Time, limit int) ([]catalog.CampaignTurn, error)
	CampaignTurnsDone(ctx context.Context, done ...catalog.CampaignOutcome) error
}

// Campaigns tells the books what campaigns say of their items. It is safe for
// concurrent use, by any number of processes: a turn has a key of its own, and
// before a turn is carried out those that it has overtaken are closed under
// theirs. So what is done twice is done once, and who wakes up late changes
// nothing any more (docs/adr/0024).
type Campaigns struct {
	books     Books
	directory CampaignDirectory
	log       *slog.Logger
	now       func() time.Time
}

// NewCampaigns returns the campaigns of the books.
func NewCampaigns(books Books, directory CampaignDirectory, opts ...Option) *Campaigns {
	o := newOptions(opts)
	return &Campaigns{books: books, directory: directory, log: o.log, now: o.now}
}

// maxTurns is how many items are told to the books at once.
const maxTurns = 500

// maxOvertaken is how many turns before it a turn closes: somebody may have slept
// while his campaign was changed as often.
const maxOvertaken = 100

// Apply tells the books what is still to be told of a campaign, at most the items
// of one call; the rest is for Run.
func (s *Campaigns) Apply(ctx context.Context, tenant, id string) error {
	for range catalog.MaxSet / maxTurns {
		turns, err := s.directory.CampaignTurns(ctx, tenant, id, maxTurns)
		if err != nil || len(turns) == 0 {
			return err
		}
		if err := s.carryOut(ctx, turns); err != nil {
			return err
		}
	}
	return nil
}

// Run tells the books what is due until ctx ends.
func (s *Campaigns) Run(ctx context.Context) error {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	failing := false
	for {
		_, err := s.CarryOut(ctx)
		if err != nil && ctx.Err() == nil && !failing {
			s.log.WarnContext(ctx, "campaigns are not carried out", "err", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// CarryOut tells the books what is due of all campaigns, and returns of how many
// items.
func (s *Campaigns) CarryOut(ctx context.Context) (told int, err error) {
	for {
		turns, err := s.directory.DueCampaignTurns(ctx, s.now(), maxTurns)
		if err == nil && len(turns) > 0 {
			err = s.carryOut(ctx, turns)
		}
		if err != nil || ctx.Err() != nil {
			return told, errors.Join(err, ctx.Err())
		}
		if told += len(turns); len(turns) < maxTurns {
			return told, nil
		}
	}
}

// carryOut tells the books about the items and notes what they said. Of items
// about which they said nothing it returns why: their turns stay due.
func (s *Campaigns) carryOut(ctx context.Context, turns []catalog.CampaignTurn) error {
	refs := make([]catalog.Ref, len(turns))
	for i := range turns {
		refs[i] = catalog.Ref{Tenant: turns[i].Tenant, Product: turns[i].Product, Location: turns[i].Location}
	}
	known, err := s.directory.KnownAll(ctx, refs)
	if err != nil {
		return err
	}
	var requests []ledger.Request
	ends := make([]int, len(turns))
	for i := range turns {
		requests = appendTurn(requests, &turns[i], &known[i])
		ends[i] = len(requests)
	}
	var silent error
	var done []catalog.CampaignOutcome
	results := s.books.Submit(ctx, requests...)
	first := 0
	for i := range turns {
		o, err := outcome(&turns[i], results[first:ends[i]])
		first = ends[i]
		if err != nil {
			silent = err
			continue
		}
		done = append(done, o)
	}
	return errors.Join(silent, s.directory.CampaignTurnsDone(ctx, done...))
}

// told is how many commands a turn is: the rule by itself, so that it holds also
// where the quota is refused, and then the quota.
func told(t *catalog.CampaignTurn) int {
	if t.Whole {
		return 2
	}
	return 1
}

// outcome is what the books said to a turn, the last of the results; those before
// have closed what the turn has overtaken.
func outcome(t *catalog.CampaignTurn, results []ledger.Result) (catalog.CampaignOutcome, error) {
	o := catalog.CampaignOutcome{CampaignTurn: *t, Closes: true}
	o.Code, o.Detail = "", ""
	for i, res := range results {
		var refusal *stock.Refusal
		own := i >= len(results)-told(t)
		switch {
		case res.Err == nil:
		case errors.Is(res.Err, ledger.ErrKeyReused):
			o.Again = o.Again || own // the product's unit has changed: nobody can tell what the answer was
		case !errors.As(res.Err, &refusal):
			return o, res.Err
		default:
			o.Closes = o.Closes && refusal.Code.Kept()
			if own {
				o.Code, o.Detail = refusal.Code.String(), refusal.Error()
			}
		}
	}
	return o, nil
}

// appendTurn appends what the books are asked for a turn.
func appendTurn(requests []ledger.Request, t *catalog.CampaignTurn, known *catalog.Knowledge) []ledger.Request {
	cmd := stock.SetQuotas{
		Item: stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: t.Product}, Bucket: stock.BucketOf(t.Tenant, t.Location),
		Open: &stock.Opening{Unit: known.Unit.Name, Scale: uint8(known.Unit.Scale)}, Note: stock.Note{Reason: "campaign"},
	}
	if known.Spread {
		cmd.Bucket = stock.SpreadBucketOf(t.Tenant, t.Location, t.Product)
	}
	ask := func(what string, turn int64, cmd stock.SetQuotas) {
		key := fmt.Sprintf("campaign %s %s %s %s %d", what, t.Campaign, t.Location, t.Product, turn)
		requests = append(requests, ledger.Request{Command: cmd, Key: key})
	}
	for turn := max(t.Closed, t.Turn-maxOvertaken) + 1; turn < t.Turn; turn++ {
		ask("rule", turn, never(cmd, t.Campaign))
		ask("quota", turn, never(cmd, t.Campaign))
	}
	rule := t.Rule()
	cmd.Set = []stock.QuotaSetting{{Channel: t.Campaign, Rule: &rule}}
	ask("rule", t.Turn, cmd)
	if t.Whole {
		n := stock.Qty(t.Quota)
		cmd.Set = []stock.QuotaSetting{{Channel: t.Campaign, Quota: &n}}
		ask("quota", t.Turn, cmd)
	}
	return requests
}

// never is a setting that is refused whatever the item has, and the refusal kept:
// more for a campaign that is over. Under the key of a turn that was overtaken it
// is the answer to that turn for whoever comes with it later.
func never(cmd stock.SetQuotas, campaign string) stock.SetQuotas {
	most := stock.MaxQty
	cmd.Set = []stock.QuotaSetting{{Channel: campaign, Quota: &most, Rule: &stock.Rule{Ends: 1}}}
	cmd.Note.Reason = "campaign changed"
	return cmd
}
