package outpost

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/semaphore"

	"holdfast.dev/holdfast/internal/stock"
)

// A till sells by the rules of its centre's campaigns also while its line is down. They are in its own
// books: the time by its own clock, the limits of an order, and those of a customer by what the till
// sold itself. What a customer has elsewhere only the centre knows: it says in its journal which sale
// was one too many.

// ruled is what the till knows of the rules of the centre's products.
type ruled struct {
	turn *semaphore.Weighted // whose rules are brought to those of the centre
	of   map[string]ruling   // by product
}

func newRuled() ruled { return ruled{semaphore.NewWeighted(1), map[string]ruling{}} }

// ruling is the version of a product at the centre whose rules the till has: an older answer does not
// count. since are the periods of its channels there.
type ruling struct {
	version uint64
	since   map[string]stock.Time
}

// forget takes it that nothing is known: the centre's books may have been restored.
func (r *ruled) forget(ctx context.Context) error {
	if err := r.turn.Acquire(ctx, 1); err != nil {
		return err
	}
	defer r.turn.Release(1)
	clear(r.of)
	return nil
}

// rules brings the rules of products to those of the centre.
func (t *Till) rules(ctx context.Context, units []Units) error {
	if err := t.ruled.turn.Acquire(ctx, 1); err != nil {
		return err
	}
	defer t.ruled.turn.Release(1)
	keys := make([]stock.ItemKey, len(units))
	for i := range units {
		keys[i], _ = t.item(units[i].Product)
	}
	levels, _, err := t.books.Items(ctx, keys)
	if err != nil {
		return fmt.Errorf("read the till's items: %w", err)
	}
	ahead := stock.Time(t.get().Offset)
	var commands []stock.Command
	for i := range units {
		u, it := &units[i], levels[i].Item
		if !u.Tracked || it != nil && (!it.Tracked || len(it.Lots) > 0) || u.Version < t.ruled.of[u.Product].version {
			continue
		}
		key, bucket := t.item(u.Product)
		note := stock.Note{Reference: FromCentre}
		if set := findWrongRules(it, u.Rules); len(set) > 0 {
			commands = append(commands, stock.SetQuotas{
				Item: key, Bucket: bucket, Set: set, Open: &stock.Opening{Unit: u.Unit, Scale: u.Scale}, Note: note,
			})
		}
		if old := findOldPeriods(it, u.Rules, t.ruled.of[u.Product].since, ahead); len(old) > 0 {
			commands = append(commands, stock.ResetSold{Item: key, Bucket: bucket, Channels: old, Note: note})
		}
	}
	if err := t.submit(ctx, commands); err != nil {
		return err
	}
	for i := range units {
		if u := &units[i]; u.Tracked && u.Version >= t.ruled.of[u.Product].version {
			is := ruling{version: u.Version}
			for _, r := range u.Rules {
				if is.since == nil {
					is.since = map[string]stock.Time{}
				}
				is.since[r.Channel] = r.Since
			}
			t.ruled.of[u.Product] = is
		}
	}
	return nil
}

// findWrongRules returns the settings that bring the rules of the till's item, nil for none, to those
// that the centre has.
func findWrongRules(it *stock.Item, want []TillRule) (set []stock.QuotaSetting) {
	for n := range want {
		if it == nil || !want[n].SaysSame(it.Rule(want[n].Channel)) {
			set = append(set, stock.QuotaSetting{Channel: want[n].Channel, Rule: &want[n].Rule})
		}
	}
	if it == nil {
		return set
	}
	for n := range it.Rules {
		is := it.Rules[n].Channel
		if !slices.ContainsFunc(want, func(r TillRule) bool { return r.Channel == is }) {
			set = append(set, stock.QuotaSetting{Channel: is, Rule: &stock.Rule{}})
		}
	}
	return set
}

// findOldPeriods returns the channels that began a new period at the centre since the till knows of
// them. After a start of the till the clocks decide; the centre's is so far ahead.
func findOldPeriods(it *stock.Item, want []TillRule, known map[string]stock.Time, ahead stock.Time) (old []string) {
	if it == nil {
		return nil
	}
	for n := range want {
		r := &want[n]
		c := it.Channel(r.Channel)
		if was, is := known[r.Channel]; c != nil && (is && r.Since > was || !is && r.Since-ahead > c.Since) {
			old = append(old, c.ID)
		}
	}
	return old
}

// defaultChannel is the channel of what the till sells without naming one.
func (s *CentreState) defaultChannel() string {
	if s.Terms == nil {
		return ""
	}
	return s.Terms.Channel
}

// Channel is the channel of what is sold here without naming one, "" for none.
func (c *Counter) Channel() string {
	s := c.till.get()
	return s.defaultChannel()
}

// refuseRule refuses rules that are set at a till: they are those of its centre.
func refuseRule(cmd stock.Command) *stock.Refusal {
	set, ok := cmd.(stock.SetQuotas)
	if !ok || !slices.ContainsFunc(set.Set, func(q stock.QuotaSetting) bool { return q.Rule != nil }) {
		return nil
	}
	return &stock.Refusal{
		Code: stock.InvalidState, Field: "rule",
		Detail: "a till sells by the rules of its centre, and only the centre sets them: send this call to the centre",
	}
}

// forbids reports whether the rule of the channel refuses an order's units, whatever the till has.
func (c *Counter) forbids(ctx context.Context, it *stock.Item, p *stock.Place, channel string, n stock.Qty, now stock.Time) bool {
	if it == nil || it.Rule(channel) == nil {
		return false
	}
	var used stock.Uses
	if k, limited := it.AllowanceOf(channel, p.Customer); limited {
		levels, _, err := c.Items(ctx, []stock.ItemKey{k})
		if err != nil {
			return false // the books say what is wrong
		}
		used = levels[0].Item.Uses()
	}
	return it.Forbids(channel, p.Customer, n, used, now) != nil
}
