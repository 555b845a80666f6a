package stock

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// campaignHistory is one item with quotas that have rules, while time passes.
type campaignHistory struct {
	*rapid.T
	book *shelf
	now  Time
	last int // orders so far
	told follower
}

func TestCampaignsKeepTheirRulesWhateverHappens(t *testing.T) {
	t.Parallel()
	for i := range historyWorkers {
		t.Run(fmt.Sprintf("worker %d", i), func(t *testing.T) {
			t.Parallel()
			for range historyChecks {
				rapid.Check(t, keepsTheRules)
			}
		})
	}
}

func keepsTheRules(t *rapid.T) {
	h := &campaignHistory{told: follower{}, T: t, book: newShelf(), now: start}
	h.play(open("A", rapid.SampledFrom([]Qty{20, 7, 100}).Draw(t, "stock")))
	for range rapid.IntRange(4, 16).Draw(t, "commands") {
		h.now += rapid.SampledFrom([]Time{0, second, minute}).Draw(t, "later")
		h.play(lapse("A")) // as the ledger does before it judges
		h.play(h.any())
	}
	explained(t, h.book, h.now)
}

var historyChannels = shared(rapid.SampledFrom([]string{"app", "flash", "key", "web"}))

func (h *campaignHistory) rule(channel string) Rule {
	r := Rule{
		Channel: channel, Priority: uint32(rapid.IntRange(0, 2).Draw(h.T, "priority")), Alone: rapid.Bool().Draw(h.T, "alone"),
		LendsAll: rapid.IntRange(0, 3).Draw(h.T, "lends to all") == 0, MaxOrder: Qty(rapid.SampledFrom([]int{0, 0, 4}).Draw(h.T, "per order")),
		MaxCustomer: Qty(rapid.SampledFrom([]int{0, 0, 5}).Draw(h.T, "per customer")), MaxHolds: uint32(rapid.SampledFrom([]int{0, 0, 2}).Draw(h.T, "holds")),
	}
	if !r.LendsAll && rapid.Bool().Draw(h.T, "lends") {
		r.Lends = slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(historyChannels, 1, 3).Draw(h.T, "lends to"))))
		r.Lends = slices.DeleteFunc(r.Lends, func(id string) bool { return id == channel })
	}
	if rapid.Bool().Draw(h.T, "window") {
		r.Starts = h.now + rapid.SampledFrom([]Time{-second, 0, second}).Draw(h.T, "starts")
		r.Ends = r.Starts + rapid.SampledFrom([]Time{2 * second, minute}).Draw(h.T, "ends")
	}
	return r
}

func (h *campaignHistory) any() Command {
	n := Qty(rapid.IntRange(1, 9).Draw(h.T, "n"))
	order := fmt.Sprint(rapid.IntRange(0, h.last).Draw(h.T, "order"))
	part := Target{Order: OrderKey{"t", order}, Item: item("A"), Qty: rapid.SampledFrom([]Qty{0, 0, 1, 2}).Draw(h.T, "part"), Keyed: true}
	switch rapid.IntRange(0, 15).Draw(h.T, "command") {
	case 15:
		return Withdraw{Target: part}
	case 14:
		return Change{Order: part.Order, Lines: []Wanted{hold("A", rapid.SampledFrom([]Qty{0, 1, 2, n}).Draw(h.T, "to hold"))}, Keyed: true}
	case 0, 1, 2:
		c := setQuotas("A", Lowering(rapid.IntRange(0, 1).Draw(h.T, "lowering")))
		for _, id := range slices.Compact(slices.Sorted(slices.Values(rapid.SliceOfN(historyChannels, 1, 3).Draw(h.T, "channels")))) {
			q := quota(id, Qty(rapid.IntRange(0, 12).Draw(h.T, "quota"))).weighs(uint32(rapid.IntRange(0, 3).Draw(h.T, "weight")))
			if rapid.Bool().Draw(h.T, "ruled") {
				q = q.ruled(h.rule(id))
			}
			c.Set = append(c.Set, q)
		}
		return c
	case 3:
		return share("A", Qty(rapid.IntRange(0, 6).Draw(h.T, "keep")), AllotMode(rapid.IntRange(0, 2).Draw(h.T, "mode")))
	case 4:
		return resetSold("A")
	case 5:
		return Confirm{Target: part}
	case 6:
		return Release{Target: part}
	case 7:
		return Expire{Order: part.Order}
	case 8:
		return SoldElsewhere{Item: item("A"), Bucket: bucket(item("A")), Qty: n, Channel: historyChannels.Draw(h.T, "channel")}
	}
	h.last++
	c := place(fmt.Sprint(h.last), want("A", n)).on(historyChannels.Draw(h.T, "channel")).forTTL(rapid.SampledFrom([]Time{2 * second, 2 * minute}).Draw(h.T, "ttl"))
	c.Partial = rapid.Bool().Draw(h.T, "partial")
	c.Customer = rapid.SampledFrom([]string{"", "ann", "bob"}).Draw(h.T, "customer")
	return c
}

func (h *campaignHistory) play(cmd Command) {
	before := h.book.clone()
	e, err := h.book.do(cmd, h.now)
	if err != nil {
		var r *Refusal
		if !errors.As(err, &r) {
			h.Fatalf("%T %+v: %v", cmd, cmd, err)
		}
		return
	}
	if err := h.book.validate(); err != nil {
		h.Fatalf("%T %+v: %v", cmd, cmd, err)
	}
	later(h.T, before, h.now, cmd, &e)
	h.told.follow(h.T, before.Item(item("A")), h.book.Item(item("A")), &e, h.now)
	h.counts(cmd)
	h.customers(cmd)
	if _, lapsed := cmd.(Lapse); lapsed {
		h.lapsed(before, &e)
	}
	if p, ok := cmd.(Place); ok {
		h.drew(p, before)
		h.restores(p, before)
	}
}

// counts checks the figures of each channel against the open lines, whichever channel drew
// its units.
func (h *campaignHistory) counts(cmd Command) {
	it := h.book.Item(item("A"))
	held := map[string][2]Qty{}
	for _, holds := range h.book.holds {
		for _, p := range collectLines(holds) {
			for _, d := range p.line.Drawn {
				id, ok := d.Account.Channel()
				switch {
				case d.Account == Shared && p.line.Tallied:
					held[p.line.Channel] = [2]Qty{held[p.line.Channel][0], held[p.line.Channel][1] + d.Qty}
				case ok && (id != p.line.Channel || p.line.Tallied):
					held[id] = [2]Qty{held[id][0] + d.Qty, held[id][1]}
				}
			}
		}
	}
	quotas := it.Of(Shared)
	for i := range it.Channels {
		c := &it.Channels[i]
		if got := [2]Qty{c.Held, c.PoolHeld}; got != held[c.ID] {
			h.Fatalf("%T %+v: %+v holds %v, its lines hold %v", cmd, cmd, c, got, held[c.ID])
		}
		quotas += it.Of(Quota(c.ID))
	}
	if quotas != it.Figures().Available {
		h.Fatalf("%T %+v: quotas and pool have %d, %d are for sale", cmd, cmd, quotas, it.Figures().Available)
	}
}

// customers checks the allowance of each customer against the lines: they must agree order
// for order, and a new line must keep within the limits of its rule.
func (h *campaignHistory) customers(cmd Command) {
	uses := map[ItemKey]Uses{}
	for _, holds := range h.book.holds {
		for _, p := range collectLines(holds) {
			if k, ok := p.line.Allowance(); ok {
				u := uses[k]
				u.Held, u.Sold = u.Held+p.line.Quantity(), u.Sold+p.line.Confirmed
				if p.line.End == Open {
					u.Lines++
				}
				uses[k] = u
			}
		}
	}
	for k, it := range h.book.items {
		if !k.Hidden() {
			continue
		}
		if got := it.Uses(); got != uses[k] || it.Figures() != (Figures{}) || it.Low() {
			h.Fatalf("%T %+v: %q has %+v, its lines %+v: %+v", cmd, cmd, k.Lot, got, uses[k], it)
		}
		delete(uses, k)
	}
	if len(uses) > 0 {
		h.Fatalf("%T %+v: nobody keeps %v", cmd, cmd, uses)
	}
	p, ok := cmd.(Place)
	if !ok || len(h.book.Order(p.Order)) == 0 {
		return
	}
	it := h.book.Item(item("A"))
	r := it.Rule(p.Channel)
	if !r.limitsCustomers() {
		return
	}
	u := h.book.Item(allowanceOf(item("A"), p.Channel, p.Customer, it.Channel(p.Channel).Since)).Uses()
	if p.Customer == "" || r.MaxCustomer > 0 && u.Held+u.Sold > r.MaxCustomer || r.MaxHolds > 0 && u.Lines > Qty(r.MaxHolds) {
		h.Fatalf("%+v was granted, %+v has used %+v", p, r, u)
	}
}

// lapsed checks that campaigns that were over gave all units back, once.
func (h *campaignHistory) lapsed(before *shelf, e *Event) {
	was, it := before.Item(item("A")), h.book.Item(item("A"))
	back := Qty(0)
	for i := range was.Rules {
		r := &was.Rules[i]
		if r.Ends == 0 || r.Ends > h.now {
			continue
		}
		back += was.Of(Quota(r.Channel))
		if it.Of(Quota(r.Channel)) != 0 || !it.Rule(r.Channel).Ended {
			h.Fatalf("%+v is over at %d and has %d", r, h.now, it.Of(Quota(r.Channel)))
		}
	}
	if it.Of(Shared)-was.Of(Shared) != back || it.LapsesAt() != 0 && it.LapsesAt() <= h.now {
		h.Fatalf("the pool went from %d to %d and %d came back, next at %d", was.Of(Shared), it.Of(Shared), back, it.LapsesAt())
	}
	if e.Changed() && len(e.Items[0].Rules) == 0 && back == 0 {
		h.Fatalf("a lapse that gives nothing back and ends nothing: %+v", e)
	}
}

// drew checks, by brute force, that a new line drew what it was allowed to, in order.
func (h *campaignHistory) drew(p Place, before *shelf) {
	was := before.Item(item("A"))
	var l *Line
	for _, hold := range h.book.Order(p.Order) {
		l = hold.Find(item("A"))
	}
	if l == nil {
		return
	}
	type giver struct {
		priority uint32
		account  Account
	}
	var lends []giver
	for _, r := range was.Rules {
		open := r.Starts <= h.now && (r.Ends == 0 || h.now < r.Ends)
		if open && r.Channel != p.Channel && (r.LendsAll || slices.Contains(r.Lends, p.Channel)) {
			lends = append(lends, giver{r.Priority, Quota(r.Channel)})
		}
	}
	slices.SortFunc(lends, func(a, b giver) int {
		if a.priority != b.priority {
			return int(a.priority) - int(b.priority)
		}
		return cmpAccounts(a.account, b.account)
	})
	rest, want := l.Requested, []Balance(nil)
	take := func(a Account) {
		if n := min(rest, was.Of(a)); n > 0 {
			want = append(want, Balance{a, n})
			rest -= n
		}
	}
	take(Quota(p.Channel))
	for _, g := range lends {
		take(g.account)
	}
	if r := was.Rule(p.Channel); r == nil || !r.Alone {
		take(Shared)
	}
	if !slices.Equal(want, l.Drawn) {
		h.Fatalf("%+v drew %v, it should draw %v of %+v", p, l.Drawn, want, was)
	}
	if r := was.Rule(p.Channel); r != nil && (r.Over(h.now) || r.Starts > h.now || r.MaxOrder > 0 && l.Requested > r.MaxOrder) {
		h.Fatalf("%+v was granted against %+v", p, r)
	}
}

func cmpAccounts(a, b Account) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// restores checks that releasing a new order leaves the accounts as they were, unless one
// of its quotas is to shrink.
func (h *campaignHistory) restores(p Place, before *shelf) {
	was := before.Item(item("A"))
	for i := range was.Channels {
		if was.Channels[i].Pending > 0 {
			return
		}
	}
	if len(h.book.Order(p.Order)) == 0 {
		return
	}
	again := h.book.clone()
	if _, err := again.do(Release{Target: Target{Order: p.Order}}, h.now); err != nil {
		h.Fatal(err)
	}
	it := again.Item(item("A"))
	if was.Of(Oversold) < 0 {
		coversInstead(h.T, was, it)
		return
	}
	for _, b := range it.Balances {
		if was.Of(b.Account) != b.Qty {
			h.Fatalf("%+v released: %s has %d, it had %d", p, b.Account, b.Qty, was.Of(b.Account))
		}
	}
	if !slices.Equal(it.Channels, was.Channels) {
		h.Fatalf("%+v released: %+v, they were %+v", p, it.Channels, was.Channels)
	}
}
