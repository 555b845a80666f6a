package outpost

import (
	"reflect"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func TestPoliciesDecideWhatTillsHave(t *testing.T) {
	t.Parallel()
	const epoch = "0000000000000001"
	policy := func(id string, change func(*catalog.Till)) catalog.Till {
		p := catalog.Till{ID: id, Percent: 50, Epoch: epoch}
		change(&p)
		return p
	}
	plain := func(*catalog.Till) {}
	ranked := func(rank, floor int64) func(*catalog.Till) {
		return func(p *catalog.Till) { p.Rank, p.Floor = rank, floor }
	}
	pool := func(n stock.Qty) stock.Balance { return stock.Balance{Account: stock.Shared, Qty: n} }
	quota := func(n stock.Qty) stock.Balance { return stock.Balance{Account: stock.Quota("pos"), Qty: n} }
	has := func(id string, n stock.Qty) stock.Balance {
		return stock.Balance{Account: stock.Escrow(id, stock.Shared), Qty: n}
	}
	give := func(id string, to, keep stock.Qty, channel string) stock.Command {
		return stock.Grant{Holder: id, Epoch: 1, To: to, Keep: keep, Channel: channel}
	}
	ask := func(id string, keep stock.Qty) stock.Command {
		return stock.RecallGrant{Holder: id, Epoch: 1, Keep: keep}
	}
	for _, c := range []struct {
		name  string
		tills []catalog.Till
		there []stock.Balance
		want  []stock.Command
	}{
		{"down to half of its share it gets more", []catalog.Till{policy("a", plain)}, []stock.Balance{pool(75), has("a", 25)}, []stock.Command{give("a", 50, 50, "")}},
		{"above that it does not", []catalog.Till{policy("a", plain)}, []stock.Balance{pool(74), has("a", 26)}, nil},
		{
			"with a level of 90 it gets more sooner",
			[]catalog.Till{policy("a", func(p *catalog.Till) { p.Level = 90 })},
			[]stock.Balance{pool(55), has("a", 45)},
			[]stock.Command{give("a", 50, 50, "")},
		},
		{
			"with a level of 1 it gets more when it has none",
			[]catalog.Till{policy("a", func(p *catalog.Till) { p.Level = 1 })},
			[]stock.Balance{pool(99), has("a", 1)},
			nil,
		},
		{
			"its share is of the quota of its channel too",
			[]catalog.Till{policy("a", func(p *catalog.Till) { p.Channel = "pos" })},
			[]stock.Balance{pool(60), quota(40)},
			[]stock.Command{give("a", 50, 50, "pos")},
		},
		{
			"the quota of another channel is not for it",
			[]catalog.Till{policy("a", plain)},
			[]stock.Balance{pool(60), quota(40)},
			[]stock.Command{give("a", 30, 30, "")},
		},
		{
			"a till that goes first gets the floor that it lacks from one that goes last",
			[]catalog.Till{policy("a", ranked(0, 10)), policy("b", ranked(1, 0))},
			[]stock.Balance{has("a", 2), has("b", 20)},
			[]stock.Command{ask("b", 10)},
		},
		{
			"those that go last give all that they have",
			[]catalog.Till{policy("a", ranked(0, 10)), policy("b", ranked(1, 5)), policy("c", ranked(2, 4))},
			[]stock.Balance{has("b", 5), has("c", 4)},
			[]stock.Command{ask("b", 0), ask("c", 0)},
		},
		{
			"the last of them gives first",
			[]catalog.Till{policy("a", ranked(0, 4)), policy("b", ranked(1, 5)), policy("c", ranked(2, 4))},
			[]stock.Balance{has("b", 5), has("c", 4)},
			[]stock.Command{ask("c", 0)},
		},
		{
			"tills of one rank take nothing from each other",
			[]catalog.Till{policy("a", ranked(1, 10)), policy("b", ranked(1, 20))},
			[]stock.Balance{has("b", 20)},
			nil,
		},
		{
			"what is owed is asked back before that",
			[]catalog.Till{policy("a", ranked(0, 10)), policy("b", ranked(1, 20))},
			[]stock.Balance{{Account: stock.Oversold, Qty: -3}, has("b", 20)},
			[]stock.Command{ask("b", 17)},
		},
	} {
		it := &stock.Item{Tracked: true, OnSale: true, Balances: c.there}
		if got := decide(it, c.tills, 1); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
