package stock

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// freeing is a command to an item that owes units, or will.
type freeing struct {
	name  string
	given []Command // nil: 10 are held, and 4 of them are not on the shelf
	// finds says that nothing is owed before: the command finds that units are missing.
	finds bool
	// before are units for sale next to those that are owed, which books of an earlier version may have.
	before Balance
	when   Command
	// left is what is still owed afterwards, free what is for sale.
	left, free Qty
}

// short is the item A of which 10 are held and 4 are not on the shelf, after some commands.
func short(first ...Command) []Command {
	given := first
	if !slices.ContainsFunc(first, func(c Command) bool { _, opens := c.(OpenItem); return opens }) {
		given = append([]Command{open("A", 10)}, first...)
	}
	return append(given, place("o", want("A", 6)), place("p", want("A", 4)),
		Observe{Item: item("A"), Bucket: bucket(item("A")), Seen: 6, Booked: 10})
}

// covering has a row for each command: what it frees, of an item that owes units, or finds missing, of
// one that has some for sale; or why it does neither. All that is for sale covers what is owed, before
// anyone may have it.
func covering(t *testing.T) (frees map[string][]freeing, nothing map[string]string) {
	k, b := item("A"), bucket(item("A"))
	lot1, lot2 := made(t, "batch", "B1"), made(t, "batch", "B2")
	b1, b2 := inLot(k, lot1), inLot(k, lot2)
	of := func(lot Lot, p Place) Place { p.Lines[0].Lot = lot; return p }
	inLots := func(more ...Command) []Command { // 3 of 3 of B1 are held, 0 of 2 of B2
		return append([]Command{
			Restock{Item: b1, Bucket: b, Qty: 3, Open: &Opening{}},
			Restock{Item: b2, Bucket: b, Qty: 2, Open: &Opening{}},
			of(lot1, place("o", want("A", 3))),
		}, more...)
	}
	oneLot := func(more ...Command) []Command { // 10 of B1 are held, and 4 of them are not on the shelf
		return append([]Command{
			Restock{Item: b1, Bucket: b, Qty: 10, Open: &Opening{}},
			place("o", want("A", 6)), place("p", want("A", 4)),
			Observe{Item: b1, Bucket: b, Seen: 6, Reckoned: true},
		}, more...)
	}
	// 6, of which the channels web and vip have a quota of 2 each, and those of vip are to go last.
	quotas := []Command{open("A", 6), setQuotas("A", LowerRefuse,
		quota("web", 2), campaign(2, Rule{Channel: "vip", Priority: 5}))}
	sold := func(k ItemKey, n Qty) SoldElsewhere { return SoldElsewhere{Item: k, Bucket: b, Qty: n, Order: "s"} }
	redis := HolderItem("t", "shop", RedisHolder("A"))
	till := func(more ...Command) []Command { // 3 of 13 are at the till
		return append(short(open("A", 13), BeginHolder{Item: tillKey, Bucket: b, Epoch: tillEpoch},
			GreetHolder{Item: tillKey, Bucket: b, Epoch: tillEpoch, Next: 1, Era: 1},
			Grant{Item: k, Bucket: b, Holder: tillName, Epoch: tillEpoch, To: 3}), more...)
	}
	mirror := func(e Event) Mirror {
		e.Tenant = "t"
		return Mirror{Holder: tillKey, Bucket: b, Epoch: tillEpoch, Ticket: 1, Seq: 1, Hash: hashAt(1), Upto: 1, Event: &e}
	}
	tillGreets := []Command{
		BeginHolder{Item: tillKey, Bucket: b, Epoch: tillEpoch}, GreetHolder{Item: tillKey, Bucket: b, Epoch: tillEpoch, Next: 1, Era: 1},
	}
	quotaTill := append([]Command{open("A", 3), setQuotas("A", LowerRefuse, quota("web", 3))}, tillGreets...)
	posted := func(op Op, from, to Account) Mirror {
		return mirror(Event{Op: op, Items: []ItemChange{{Key: k, Changed: true, Tracked: true, Postings: []Posting{{from, to, 3}}}}})
	}
	shifted := func(from, to Account, mark Account, was Qty) Shift {
		return Shift{Bucket: b, Lines: []ShiftLine{{Item: k, Postings: []Posting{{from, to, 3}}, Mark: mark, Was: was}}}
	}
	away := Home{Bucket: bucket(item("W/x")), Location: "W", Product: "x", Key: [16]byte{1}}
	leg := place("l", want("A", 3))
	leg.Home = &away
	aside := func(account Account) []Command {
		return short(Return{Item: k, Bucket: b, Qty: 3, To: account, Open: &Opening{}})
	}
	shelf13 := func(given []Command) []Command { // counted with the 3 that are kept from sale
		seen := given[len(given)-1].(Observe)
		seen.Seen, seen.Booked = 9, 13
		return append(given[:len(given)-1:len(given)-1], seen)
	}
	backorder := append([]Command{
		open("A", 10),
		SetPromises{Item: k, Bucket: b, Backorder: &SaleSetting{Bound: 5}, Open: &Opening{}},
		place("o", want("A", 6)), place("p", want("A", 4)),
	}, Place{Order: OrderKey{"t", "w"}, Lines: []Demand{want("A", 3)}, TTL: minute, Ahead: true}, restock("A", 3),
		Observe{Item: k, Bucket: b, Seen: 9, Booked: 13})
	pool, app := Balance{Shared, 3}, Balance{Quota("app"), 3}
	quotaOf := func(n Qty) []Command {
		return short(open("A", 10), setQuotas("A", LowerRefuse, weight("app", 1).quota(n)))
	}

	shrinking := []Command{
		open("A", 10), setQuotas("A", LowerRefuse, quota("web", 4)), place("o", want("A", 6)), place("p", want("A", 4)).on("web"),
		setQuotas("A", LowerWait, quota("web", 1)),
		Observe{Item: k, Bucket: b, Seen: 6, Booked: 10},
	}
	ended := []Command{
		open("A", 10), setQuotas("A", LowerRefuse, campaign(4, Rule{Channel: "web", Ends: start + second})),
		place("o", want("A", 6)), place("p", want("A", 4)).on("web").forTTL(2 * minute),
		at{start + second, lapse("A")},
		Observe{Item: k, Bucket: b, Seen: 6, Booked: 10},
	}

	frees = map[string][]freeing{
		"Adjust": {
			{name: "found", when: Adjust{Item: k, Bucket: b, Delta: 3}, left: 1},
			{name: "found more", when: Adjust{Item: k, Bucket: b, Delta: 6}, free: 2},
			{name: "found of a lot", when: Adjust{Item: b1, Bucket: b, Delta: 3}, left: 1},
			{name: "counted: what is held is there", when: Adjust{Item: k, Bucket: b, Set: true, SetTo: 10}},
			{name: "counted: more is there", when: Adjust{Item: k, Bucket: b, Set: true, SetTo: 12}, free: 2},
			{name: "counted: what is missing leaves quotas", finds: true, given: quotas, when: Adjust{Item: k, Bucket: b, Set: true, SetTo: 3}, free: 3},
			{name: "counted of a lot", given: oneLot(), when: Adjust{Item: b1, Bucket: b, Set: true, SetTo: 13}, left: 1},
			{name: "counted: what is kept from sale is there as well", given: shelf13(aside(Damaged)), when: Adjust{Item: k, Bucket: b, Set: true, SetTo: 14}, free: 1},
		},
		"AddGranted": {{name: "from the centre", when: AddGranted{Item: k, Bucket: b, To: 3}, left: 1}},
		"Allot":      {{name: "shared", given: quotaOf(0), before: pool, when: share("A", 0, AllotPool), left: 1}},
		"Change":     {{name: "an order shrinks", when: toHold("o", hold("A", 3)), left: 1}},
		"Expire":     {{name: "an order", when: at{start + 2*minute, expire("p")}}},
		"Lapse": {{
			name: "a campaign ends", given: short(open("A", 10), setQuotas("A", LowerRefuse, campaign(0, Rule{Channel: "app", Ends: start + minute}))),
			before: app, when: at{start + minute, lapse("A")}, left: 1,
		}, {
			name: "a lot expires", given: oneLot(Recall{Item: b2, Bucket: b}, Restock{Item: b2, Bucket: b, Qty: 3}),
			when: at{start + minute, lapse("A")}, left: 4,
		}},
		"Mirror": {
			{name: "handed back", given: till(), when: posted(OpHandBack, Shared, HandedBack), left: 1},
			{name: "declined", given: till(Commit{Target: whole("p")}), when: mirror(Event{
				Op: OpDecline, Order: OnlineOrder("p"),
				Lines: []LineChange{{Changed: true, Line: Line{Item: k, Requested: 4}}},
			})},
			{name: "found at the till", given: till(), when: mirror(Event{Op: OpObserve, Items: []ItemChange{{
				Key: k, Changed: true, Tracked: true, Seen: Seen{AsOf: start + minute}, Shelf: new(Qty),
			}}}), left: 4},
			{
				name: "sold at the till beyond what it has, next to a quota", finds: true, given: quotaTill,
				when: posted(OpSoldElsewhere, Shared, Customer),
			},
			{
				name: "mended at the till, of units that the centre does not know, next to a quota", finds: true, given: quotaTill,
				when: posted(OpMove, Damaged, Withheld),
			},
			{name: "missing at the till, of a product in lots", finds: true, given: append(inLots(), tillGreets...), when: mirror(Event{Op: OpObserve, Items: []ItemChange{{
				Key: k, Changed: true, Tracked: true, Seen: Seen{AsOf: start + minute}, Shelf: new(Qty),
			}}}).booked(4), left: 2},
		},
		"Move": {
			{name: "repaired", given: aside(Damaged), when: shift("A", Damaged, Shared, 3), left: 1},
			{name: "checked", given: aside(Quality), when: shift("A", Quality, Shared, 3), left: 1},
			{name: "no longer withheld", given: aside(Withheld), when: shift("A", Withheld, Quota("app"), 3), left: 1},
			{name: "out of a quota", given: quotaOf(0), before: app, when: shift("A", Quota("app"), Shared, 3), left: 1},
			{name: "into a quota", given: quotaOf(0), before: pool, when: shift("A", Shared, Quota("app"), 3), left: 1},
			{
				name: "of a lot", given: append(short(), Return{Item: b1, Bucket: b, Qty: 3, To: Damaged, Open: &Opening{}}),
				when: Move{From: Spot{b1, b, Damaged}, To: Spot{b1, b, Shared}, Qty: 3}, left: 1,
			},
			{
				name: "from another item", given: append(short(), open("W/A", 9)),
				when: Move{From: Spot{item("W/A"), bucket(item("W/A")), Shared}, To: Spot{k, b, Shared}, Qty: 3}, left: 1,
			},
		},
		"Observe": {
			{name: "found", when: Observe{Item: k, Bucket: b, Seen: 9, Booked: 6}, left: 1},
			{name: "found of a lot", when: Observe{Item: b1, Bucket: b, Seen: 3, Reckoned: true}, left: 1},
			{name: "units of a lot that are held are missing, next to another lot", finds: true, given: inLots(), when: Observe{Item: b1, Bucket: b, Seen: 1, Reckoned: true}},
			{name: "more of a lot are missing than are for sale", finds: true, given: inLots(), when: Observe{Item: b1, Bucket: b, Seen: 0, Reckoned: true}, left: 1},
			{name: "fewer of a lot are missing than are for sale", finds: true, given: inLots(), when: Observe{Item: b1, Bucket: b, Seen: 2, Reckoned: true}, free: 1},
			{
				name: "units of a lot are missing, next to units of none", finds: true, given: append([]Command{open("A", 2)}, inLots(place("p", want("A", 2)))...),
				when: Observe{Item: b1, Bucket: b, Seen: 0, Reckoned: true}, left: 1,
			},
			{name: "missing beyond the pool, next to quotas", finds: true, given: quotas, when: Observe{Item: k, Bucket: b, Seen: 1, Reckoned: true}, free: 1},
		},
		"Recall": {{
			name: "of what is for sale", finds: true, given: inLots(), when: Recall{Item: b2, Bucket: b},
		}, {
			name: "of what is held, lifted after it was given back", given: oneLot(Recall{Item: b1, Bucket: b}, Release{Target: whole("p")}),
			when: Recall{Item: b1, Bucket: b, Lift: true},
		}, {
			name: "lifted", given: append(short(), Recall{Item: b1, Bucket: b}, Restock{Item: b1, Bucket: b, Qty: 3}),
			when: Recall{Item: b1, Bucket: b, Lift: true}, left: 1,
		}},
		"Reclaim": {{
			name: "of a till that is lost", given: till(CloseHolder{Item: tillKey, Epoch: tillEpoch}),
			when: Reclaim{Item: k, Bucket: b, Holder: tillName}, left: 1,
		}},
		"Release": {
			{name: "an order", when: Release{Target: whole("p")}},
			{name: "a part", when: Release{Target: line("o", "A").n(3).keyed()}, left: 1},
			{name: "into a lot that was recalled: it is not for sale", given: oneLot(Recall{Item: b1, Bucket: b}), when: Release{Target: whole("p")}, left: 4},
			{name: "into a quota that is to shrink", given: shrinking, when: Release{Target: whole("p")}},
			{name: "of a campaign that is over", given: ended, when: at{start + minute, Release{Target: whole("p")}}},
			{name: "units that waited for it", given: backorder, when: Release{Target: whole("w")}, left: 1},
		},
		"Relocate": {{name: "elsewhere", given: append(short(), open("W/A", 9)), when: Relocate{
			Order: OrderKey{"t", "p"}, From: k, FromBucket: b, To: item("W/A"), ToBucket: bucket(item("W/A")), Known: true,
		}}},
		"Repair": {{
			name: "units that no line holds", before: Balance{Held, 3},
			when: Repair{Item: k, Bucket: b, Version: 4, Lines: LineSums{Held: 10}}, left: 1,
		}},
		"Restock": {
			{name: "received", when: restock("A", 3), left: 1},
			{name: "a lot", when: Restock{Item: b1, Bucket: b, Qty: 3}, left: 1},
		},
		"Return": {
			{name: "to the pool", when: Return{Item: k, Bucket: b, Qty: 3}, left: 1},
			{name: "to a quota", when: Return{Item: k, Bucket: b, Qty: 3, To: Quota("app")}, left: 1},
		},
		"SetQuotas": {
			{name: "lowered", given: quotaOf(0), before: app, when: setQuotas("A", LowerRefuse, quota("app", 0)), left: 1},
			{name: "raised", given: quotaOf(0), before: pool, when: setQuotas("A", LowerRefuse, quota("app", 3)), left: 1},
		},
		"Settle": {{
			name: "a leg that is undone", given: append([]Command{open("A", 13), leg}, short()[1:3]...), before: Balance{Damaged, 0},
			when: Settle{Order: leg.Order, Item: k, Call: away.Key, What: OpRelease, Undo: true},
		}},
		"SoldElsewhere": {
			{name: "nothing is for sale", when: sold(k, 3), left: 7},
			{name: "no channel, next to quotas: the pool first, then the lowest priority", finds: true, given: quotas, when: sold(k, 3), free: 3},
			{name: "no channel, all of it", finds: true, given: quotas, when: sold(k, 8), left: 2},
			{name: "a channel, next to the quota of another", finds: true, given: quotas, when: sellOn("web", sold(k, 5)), free: 1},
			{name: "a lot, next to another", finds: true, given: inLots(), when: sold(b1, 1), free: 1},
			{name: "any lot", finds: true, given: inLots(), when: sold(k, 4), left: 2},
		},
		"Shift": {
			{name: "received", when: shifted(Adjustment, Shared, Incoming("T"), 0), left: 1},
			{name: "cancelled", given: short(open("A", 13), shifted(Shared, Transit("T"), Transit("T"), 0)), when: shifted(Transit("T"), Shared, Transit("T"), 3), left: 1},
		},
		"WriteBack": {{
			name: "from Redis",
			given: []Command{
				open("A", 13), place("o", want("A", 6)), place("p", want("A", 4)),
				BeginHolder{Item: redis, Bucket: b, Epoch: redisEpoch},
				Grant{Item: k, Bucket: b, Holder: RedisHolder("A"), Epoch: redisEpoch, To: 3},
				Observe{Item: k, Bucket: b, Seen: 9, Booked: 13},
			},
			when: task(1, ForLedger, "q", 3), left: 1,
		}, {
			name: "sold by Redis beyond what there is, next to a quota", finds: true,
			given: []Command{open("A", 3), setQuotas("A", LowerRefuse, quota("web", 3)), BeginHolder{Item: redis, Bucket: b, Epoch: redisEpoch}},
			when:  task(1, Taken, "q", 3),
		}},
	}
	// A leg is held by no order that is decided here.
	legs := &frees["Settle"][0]
	legs.given = append(legs.given, Observe{Item: k, Bucket: b, Seen: 9, Booked: 13})
	legs.left = 1

	gives, only, lines := "it takes units out of what is for sale", "it moves no units", "it changes lines only"
	nothing = map[string]string{
		"Accept": "the units come from the centre for the order", "Decline": "the units stay at the centre",
		"Advance":  "the units that it lends are owed themselves, and go to the order that takes them",
		"Announce": only, "Arrive": "the item comes as it is", "AskCancel": lines, "BeginHolder": only, "Cleanup": only, "Close": lines,
		"CloseHolder": only, "Commit": lines, "Confirm": "the units leave", "CountReturn": lines, "Extend": lines,
		"Fulfil": "an order that waits gets the units", "FulfilCopy": lines, "Grant": gives, "GreetHolder": only, "HandBack": gives,
		"Handover": only, "Look": only, "Part": only, "Place": gives,
		"RecallGrant": only, "RecallKey": only, "RefuseCancel": lines, "Rehouse": only,
		"Spread": only, "TakeOver": lines, "Withdraw": "the order holds the units again",
		"Withhold": only,
	}
	return frees, nothing
}

func TestEachCommandThatFreesUnitsCoversWhatIsOwed(t *testing.T) {
	t.Parallel()
	rows, nothing := covering(t)
	names := decided(t)
	uses := map[string]use{}
	for n := range commands {
		if f := &commands[n]; f.added != nil {
			uses[f.of.Name()] = f.use
		}
	}
	for _, name := range names {
		_, why := nothing[name]
		if use, ofItem := uses[name]; ofItem {
			why = use&frees == 0 // the table of commands says it
		}
		if why == (len(rows[name]) > 0) {
			t.Errorf("command %s has no row: what does it free of an item that owes units, or why nothing?", name)
		}
	}
	for name, rows := range rows {
		if !slices.Contains(names, name) {
			t.Errorf("there is no command %s", name)
		}
		for _, c := range rows {
			t.Run(name+"/"+c.name, func(t *testing.T) {
				t.Parallel()
				c.check(t)
			})
		}
	}
}

func (c freeing) check(t *testing.T) {
	given := c.given
	if given == nil {
		given = short()
	}
	s := newShelf()
	for _, cmd := range given {
		if _, err := s.do(when(cmd)); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	it := s.EditItem(item("A"))
	if c.before.Qty > 0 {
		it.Set(c.before.Account, it.Of(c.before.Account)+c.before.Qty)
		it.Set(Adjustment, it.Of(Adjustment)-c.before.Qty)
	}
	wanted := Qty(4)
	if c.finds {
		wanted = 0
	}
	if owes := -it.Of(Oversold); owes != wanted {
		t.Fatalf("the item owes %d: %+v", owes, it.Balances)
	}
	cmd, when := when(c.when)
	if _, err := s.do(cmd, when); err != nil {
		t.Fatal(err)
	}
	if err := s.validate(); err != nil {
		t.Error(err)
	}
	var free Qty
	for _, b := range it.Balances {
		if it.draws(b.Account, when) {
			free += b.Qty
		}
	}
	if left := -it.Of(Oversold); left != c.left || free != c.free {
		t.Errorf("%d are owed and %d are for sale, wanted %d and %d: %+v", left, free, c.left, c.free, it.Balances)
	}
}

// sellOn is a sale elsewhere on the channel.
func sellOn(channel string, c SoldElsewhere) SoldElsewhere {
	c.Channel = channel
	return c
}

// booked are the units that the centre's books had when somebody looked at the till.
func (c Mirror) booked(n Qty) Mirror {
	c.Booked = n
	return c
}

// decided are the names of all commands, from the sources.
func decided(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if m, ok := d.(*ast.FuncDecl); ok && m.Recv != nil && m.Name.Name == "decide" {
				if of, ok := m.Recv.List[0].Type.(*ast.Ident); ok {
					names = append(names, of.Name)
				}
			}
		}
	}
	if len(names) < 50 {
		t.Fatal(fmt.Sprint("too few commands: ", names))
	}
	return names
}
