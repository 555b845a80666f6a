package quota

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Books are the books as they are read (ledger.Ledger).
type Books interface {
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
}

// Turns is what the books have yet to learn of campaigns (catalog.Campaigns).
type Turns interface {
	Turns(ctx context.Context, tenant, id string, limit int) ([]catalog.CampaignTurn, error)
	DueTurns(ctx context.Context, at time.Time, limit int) ([]catalog.CampaignTurn, error)
	EndTurns(ctx context.Context, done ...catalog.CampaignOutcome) error
	// Again gives items another turn: mends says that it brings in what the books had.
	Again(ctx context.Context, mends bool, items ...catalog.CampaignItem) error
	Items(ctx context.Context, tenant, id string, after int64, limit int) ([]catalog.CampaignItem, error)
	DueLooks(ctx context.Context, at time.Time, limit int) ([]catalog.Campaign, error)
	// Looks is catalog.ErrStale when somebody else looks.
	Looks(ctx context.Context, k *catalog.Campaign, next time.Time) error
	AwakeLooks(ctx context.Context) error
}

// Campaigns brings into the books what campaigns say of their items. It is safe for
// concurrent use, by any number of processes: a turn has a key of its own, and before a
// turn is carried out those that it has overtaken are closed under theirs. So what is done
// twice takes effect once, and a process that wakes up late no longer changes anything
// (docs/adr/0024).
type Campaigns struct {
	door  Door
	books Books
	turns Turns
	now   func() time.Time
	awake atomic.Bool // the looks of an older program's campaigns are due
}

// NewCampaigns returns the campaigns of the books behind the door.
func NewCampaigns(door Door, books Books, turns Turns, opts ...Option) *Campaigns {
	o := newOptions(opts)
	return &Campaigns{door: door, books: books, turns: turns, now: o.now}
}

// maxTurns is how many items are sent to the books at once.
const maxTurns = 500

// maxOvertaken is how many earlier turns a turn closes: a process may have slept while its
// campaign was changed as often.
const maxOvertaken = 100

// Apply sends to the books what they do not yet know of a campaign, at most the items of
// one call; the rest is Duty's.
func (s *Campaigns) Apply(ctx context.Context, tenant, id string) error {
	for range catalog.MaxSet / maxTurns {
		turns, err := s.turns.Turns(ctx, tenant, id, maxTurns)
		if err != nil || len(turns) == 0 {
			return err
		}
		if err := errors.Join(s.carryOut(ctx, turns)...); err != nil {
			return err
		}
	}
	return nil
}

// Duty brings into the books what is due of all campaigns.
func (s *Campaigns) Duty() duty.Kind {
	return &duty.Duty[catalog.CampaignTurn]{
		Failing: "campaign is not carried out", Every: lookEvery, Most: maxTurns,
		Due: func(ctx context.Context, limit int) ([]catalog.CampaignTurn, error) {
			return s.turns.DueTurns(ctx, s.now(), limit)
		},
		Name: func(t *catalog.CampaignTurn) duty.Name {
			return duty.Name{
				Key:   fmt.Sprintf("%s/%s/%d@%d", t.Tenant, t.Campaign, t.Number, t.Turn),
				About: []any{"tenant", t.Tenant, "campaign", t.Campaign},
			}
		},
		CarryOut: s.carryOut,
	}
}

// carryOut sends the items to the books and notes their answers. Of items without an answer
// it returns the reason: their turns stay due.
func (s *Campaigns) carryOut(ctx context.Context, turns []catalog.CampaignTurn) []error {
	errs := make([]error, len(turns))
	var done []catalog.CampaignOutcome
	for first := 0; first < len(turns); {
		end := first + 1
		for end < len(turns) && turns[end].Tenant == turns[first].Tenant {
			end++
		}
		done = append(done, s.tell(ctx, turns[first:end], errs[first:end])...)
		first = end
	}
	if err := s.turns.EndTurns(ctx, done...); err != nil {
		return failed(errs, err)
	}
	return errs
}

// tell sends items of one tenant to the books and returns their answers. It puts into errs
// why there is no answer about the others.
func (s *Campaigns) tell(ctx context.Context, turns []catalog.CampaignTurn, errs []error) (done []catalog.CampaignOutcome) {
	var asks []intake.Ask
	ends := make([]int, len(turns))
	for i := range turns {
		asks = appendTurn(asks, &turns[i])
		ends[i] = len(asks)
	}
	outcomes, err := s.door.Submit(ctx, turns[0].Tenant, asks)
	if err != nil {
		failed(errs, err)
		return nil
	}
	first := 0
	for i := range turns {
		var o catalog.CampaignOutcome
		if o, errs[i] = outcome(&turns[i], outcomes[first:ends[i]]); errs[i] == nil {
			done = append(done, o)
		}
		first = ends[i]
	}
	return done
}

// failed is the outcomes when everything else failed because of why.
func failed(errs []error, why error) []error {
	for i := range errs {
		errs[i] = cmp.Or(errs[i], why)
	}
	return errs
}

// countCommands is how many commands a turn is: first the rule by itself, so that it holds even
// where the quota is refused, and then the quota.
func countCommands(t *catalog.CampaignTurn) int {
	if t.Whole && !t.Mends {
		return 2
	}
	return 1
}

// outcome is the books' answer to a turn, the last of the outcomes; those before have
// closed the turns that this one has overtaken.
func outcome(t *catalog.CampaignTurn, outcomes []intake.Outcome) (catalog.CampaignOutcome, error) {
	o := catalog.CampaignOutcome{CampaignTurn: *t, Closes: true}
	o.Code, o.Detail = "", ""
	for i := range outcomes {
		var refusal *stock.Refusal
		err, own := outcomes[i].Err, i >= len(outcomes)-countCommands(t)
		switch {
		case err == nil:
		case errors.Is(err, intake.ErrKeyReused):
			o.Again = o.Again || own // the product's unit has changed: the first answer is not known
		case !errors.As(err, &refusal):
			return o, err
		default:
			o.Closes = o.Closes && refusal.Kept()
			if own {
				o.Code, o.Detail = refusal.Code.String(), refusal.Error()
			}
		}
	}
	return o, nil
}

// appendTurn appends the commands of a turn.
func appendTurn(asks []intake.Ask, t *catalog.CampaignTurn) []intake.Ask {
	cmd := stock.SetQuotas{
		Item: stock.ItemKey{Tenant: t.Tenant, Location: t.Location, Product: t.Product}, Note: stock.Note{Reason: "campaign"},
	}
	ask := func(what string, turn int64, cmd stock.SetQuotas) {
		key := fmt.Sprintf("campaign %s %s %s %s %d", what, t.Campaign, t.Location, t.Product, turn)
		asks = append(asks, intake.Ask{Command: &cmd, Key: key, Checked: true})
	}
	for turn := max(t.Closed, t.Turn-maxOvertaken) + 1; turn < t.Turn; turn++ {
		ask("rule", turn, never(cmd, t.Campaign))
		ask("quota", turn, never(cmd, t.Campaign))
	}
	rule, n := t.Wanted(), stock.Qty(t.Quota)
	if t.Mends {
		cmd.Set = []stock.QuotaSetting{{Channel: t.Campaign, Quota: &n, Rule: &rule, Mends: true}}
		ask("quota", t.Turn, cmd)
		return asks
	}
	cmd.Set = []stock.QuotaSetting{{Channel: t.Campaign, Rule: &rule}}
	ask("rule", t.Turn, cmd)
	if t.Whole {
		cmd.Set = []stock.QuotaSetting{{Channel: t.Campaign, Quota: &n, Rule: &rule}}
		ask("quota", t.Turn, cmd)
	}
	return asks
}

// never is a setting that is refused whatever the item has, and the refusal is kept: it
// asks more for a campaign that is over. Under the key of a turn that was overtaken the
// refusal is the answer to any process that sends that turn later.
func never(cmd stock.SetQuotas, campaign string) stock.SetQuotas {
	most := stock.MaxQty
	cmd.Set = []stock.QuotaSetting{{Channel: campaign, Quota: &most, Rule: &stock.Rule{Ends: 1}}}
	cmd.Note.Reason = "campaign changed"
	return cmd
}
