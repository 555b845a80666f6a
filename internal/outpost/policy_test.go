package outpost

import (
	"reflect"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"pgregory.net/rapid"
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
	shares := func(p *catalog.Till) {
		p.Left = catalog.TillLeft{Percent: true, Floor: true, Ceiling: true}
	}
	sharesOf := func(percent, ceiling int64) func(*catalog.Till) {
		return func(p *catalog.Till) { shares(p); p.Percent, p.Ceiling = percent, ceiling }
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
		{
			"tills that leave their share to a policy have it together, the first of them the odd unit",
			[]catalog.Till{policy("a", shares), policy("b", shares)},
			[]stock.Balance{pool(102)},
			[]stock.Command{give("a", 26, 51, ""), give("b", 25, 51, "")},
		},
		{
			"so do they have the ceiling",
			[]catalog.Till{policy("a", sharesOf(50, 11)), policy("b", sharesOf(50, 11))},
			[]stock.Balance{pool(100)},
			[]stock.Command{give("a", 6, 89, ""), give("b", 5, 89, "")},
		},
		{
			"tills of another channel share another part",
			[]catalog.Till{policy("a", shares), policy("b", func(p *catalog.Till) { shares(p); p.Channel = "pos" })},
			[]stock.Balance{pool(100)},
			[]stock.Command{give("a", 50, 50, ""), give("b", 50, 50, "pos")},
		},
		{
			"one with a share of its own is not counted",
			[]catalog.Till{policy("a", shares), policy("b", plain)},
			[]stock.Balance{pool(100)},
			[]stock.Command{give("a", 50, 50, ""), give("b", 50, 50, "")},
		},
		{
			"one that has all of it gives the other's part back",
			[]catalog.Till{policy("a", shares), policy("b", shares)},
			[]stock.Balance{pool(50), has("a", 50)},
			[]stock.Command{ask("a", 25), give("b", 25, 50, "")},
		},
		{
			"but not before the other is down to its level",
			[]catalog.Till{policy("a", shares), policy("b", shares)},
			[]stock.Balance{pool(50), has("a", 36), has("b", 14)},
			nil,
		},
	} {
		it := &stock.Item{Tracked: true, OnSale: true, Balances: c.there}
		if got := decide(it, c.tills, "", 1); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// Once a policy has changed, the till has exactly its share, in both directions. A till that only sees its location's
// stock change does not.
func TestAfterItsPolicyChangedATillHasItsShare(t *testing.T) {
	t.Parallel()
	books := func(pool, has stock.Qty) *stock.Item {
		return &stock.Item{Tracked: true, OnSale: true, Balances: []stock.Balance{
			{Account: stock.Shared, Qty: pool}, {Account: stock.Escrow("a", stock.Shared), Qty: has},
		}}
	}
	for _, c := range []struct {
		name             string
		percent, ceiling int64
		pool, has        stock.Qty
		want             stock.Command
	}{
		{"with a lower percent it hands back", 20, 0, 40, 60, stock.RecallGrant{Holder: "a", Epoch: 1, Keep: 20}},
		{"with a lower ceiling it hands back", 60, 15, 60, 20, stock.RecallGrant{Holder: "a", Epoch: 1, Keep: 15}},
		{"with a higher percent it gets more", 80, 0, 40, 60, stock.Grant{Holder: "a", Epoch: 1, To: 80, Keep: 20}},
		{"with none of both it keeps what it has", 60, 0, 40, 60, nil},
	} {
		tills := []catalog.Till{{ID: "a", Epoch: "0000000000000001", Percent: c.percent, Ceiling: c.ceiling}}
		var want []stock.Command
		if c.want != nil {
			want = []stock.Command{c.want}
		}
		it := books(c.pool, c.has)
		if got := decide(it, tills, "a", 1); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, want %+v", c.name, got, want)
		}
		obey(it, want)
		if got := decide(it, tills, "a", 1); len(got) > 0 {
			t.Errorf("%s: and then %+v", c.name, got)
		}
		if got := decide(books(c.pool, c.has), tills, "b", 1); len(got) > 0 {
			t.Errorf("%s: after a change of another till: %+v", c.name, got)
		}
	}
}

// Tills that share a policy never exceed it together, whatever they have. Once nobody moves anything
// there is nothing to do.
func TestWhatTillsShareIsOnePart(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		percent, ceiling := rapid.Int64Range(0, 100).Draw(rt, "percent"), rapid.Int64Range(0, 40).Draw(rt, "ceiling")
		var tills []catalog.Till
		books := []stock.Balance{{Account: stock.Shared, Qty: stock.Qty(rapid.IntRange(0, 200).Draw(rt, "pool"))}}
		for i := range rapid.IntRange(1, 4).Draw(rt, "tills") {
			till := catalog.Till{
				ID: string(rune('a' + i)), Epoch: "0000000000000001", Percent: percent, Ceiling: ceiling, Level: rapid.Int64Range(1, 100).Draw(rt, "level"),
				Left: catalog.TillLeft{Percent: true, Floor: true, Ceiling: true},
			}
			tills = append(tills, till)
			books = append(books, stock.Balance{Account: stock.Escrow(till.ID, stock.Shared), Qty: stock.Qty(rapid.IntRange(0, 50).Draw(rt, "has"))})
		}
		it := &stock.Item{Tracked: true, OnSale: true, Balances: books}
		var units, shared stock.Qty
		for _, b := range books {
			units += b.Qty
		}
		for _, s := range stakesOf(it, tills, 1) {
			shared += s.share
		}
		if most := part(units, percent); shared > most || ceiling > 0 && shared > stock.Qty(ceiling) {
			rt.Fatalf("they are to have %d of %d units: %d %% and at most %d", shared, units, percent, ceiling)
		}
		for range 50 {
			commands := decide(it, tills, "", 1)
			if len(commands) == 0 {
				return
			}
			obey(it, commands)
		}
		rt.Fatalf("units go to and fro: %+v", it.Balances)
	})
}

// obey moves units as the commands say.
func obey(it *stock.Item, commands []stock.Command) {
	move := func(till string, n stock.Qty) {
		for i := range it.Balances {
			switch it.Balances[i].Account {
			case stock.Shared:
				it.Balances[i].Qty -= n
			case stock.Escrow(till, stock.Shared):
				it.Balances[i].Qty += n
			}
		}
	}
	for _, cmd := range commands {
		switch cmd := cmd.(type) {
		case stock.Grant:
			move(cmd.Holder, max(0, min(cmd.To-it.InEscrow(cmd.Holder), it.Of(stock.Shared)-cmd.Keep)))
		case stock.RecallGrant:
			move(cmd.Holder, min(0, cmd.Keep-it.InEscrow(cmd.Holder)))
		}
	}
}
