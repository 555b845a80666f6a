package planted

// covers patches the check whether an entry of a till took more than was there. It comes after the
// patches that it continues.
var covers = []Patch{
	{
		"internal/ledger/slot/group.go",
		"stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now)",
		"g.covered(stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now))",
	},
	{
		"internal/ledger/slot/sketch.go",
		"stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now)",
		"g.covered(stock.Decide(g.book(o, r.Command), g.taken(o, r.Command), g.now))",
	},
}

// outposts lets both ends of a till's line have a bug.
var outposts = []Patch{
	{"internal/outpost/desk.go", "type Desk struct {\n", "type Desk struct {\n\tplanted string\n"},
	{"internal/outpost/till.go", "type Till struct {\n", "type Till struct {\n\tplanted string\n"},
	{
		"internal/outpost/desk.go",
		"// Pair makes the file",
		`// Plant gives the desk the bug of that name.
func (d *Desk) Plant(bug string) { d.planted = bug }

// HasPlanted reports whether the desk has the bug.
func (d *Desk) HasPlanted(bug string) bool { return d.planted == bug }

// isSilent reports whether the till was not heard of for a minute.
func (d *Desk) isSilent(ctx context.Context, t *catalog.Till) bool {
	levels, now, err := d.books.Items(ctx, []stock.ItemKey{stock.HolderItem(t.Tenant, t.Location, t.ID)})
	if err != nil || levels[0].Item == nil || levels[0].Item.Holder.Ticket == 0 {
		return false
	}
	return now > levels[0].Item.UpdatedAt+60_000
}

// Pair makes the file`,
	},
	{
		"internal/outpost/till.go",
		"// Wake says that there are new records.",
		`// Plant gives the till the bug of that name.
func (t *Till) Plant(bug string) { t.planted = bug }

// HasPlanted reports whether the till has the bug.
func (t *Till) HasPlanted(bug string) bool { return t.planted == bug }

// Wake says that there are new records.`,
	},
	{
		"internal/sim/stores/planted.go",
		"func plantDesk(*outpost.Desk, string) {}",
		"func plantDesk(d *outpost.Desk, bug string) { d.Plant(bug) }",
	},
	{
		"internal/sim/stores/planted.go",
		"func plantTill(*outpost.Till, string) {}",
		"func plantTill(t *outpost.Till, bug string) { t.Plant(bug) }",
	},
	{
		"internal/sim/stores/planted.go",
		"func withPlanted(string) ledger.Option { return nil }",
		"func withPlanted(bug string) ledger.Option { return ledger.WithPlanted(bug) }",
	},
}

// Tills are the bugs that selling under escrow can have. Two open epochs of one till cannot be
// planted: its hidden item has room for one. A till that forgets to resync does no harm: its grant is
// a figure that only grows, and a watch of another era begins anew.
var Tills = []Bug{
	{"same epoch after restore", append(outposts, Patch{ // epochs are counted, and the count was put back
		"internal/outpost/desk.go",
		"stock.NextEpoch(known.Epoch, draw())",
		`stock.NextEpoch(known.Epoch, map[bool]uint64{true: 1, false: draw()}[d.HasPlanted("same epoch after restore")])`,
	})},
	{"cursor apart from effect", []Patch{ // the first entry of a record counts for all of them
		{"internal/outpost/desk_report.go", "type mirroring struct {\n", "type mirroring struct {\n\tfirst bool\n"},
		{
			"internal/outpost/desk_report.go",
			"m := mirroring{till: t, epoch: epoch,",
			`m := mirroring{till: t, epoch: epoch, first: d.HasPlanted("cursor apart from effect"),`,
		},
		{"internal/outpost/desk_report.go", "if ends[i] <= m.at.Done {", "if ends[i] <= m.at.Done || m.first && i > 0 {"},
		{"internal/outpost/desk_report.go", "if i == len(told)-1 {", "if i == len(told)-1 || m.first {"},
	}},
	{"return by timeout", []Patch{{ // a till that is silent for a while loses its units
		"internal/outpost/granter.go",
		"\t\tmore, err := g.renew(ctx)",
		`		if g.desk.HasPlanted("return by timeout") {
			g.mu.Lock()
			var all []catalog.Till
			for _, some := range g.at {
				all = append(all, some...)
			}
			g.mu.Unlock()
			for i := range all {
				if t := &all[i]; g.desk.isSilent(ctx, t) {
					_ = g.desk.WriteOff(ctx, t.Tenant, t.ID, "timeout", "timeout", false)
				}
			}
		}
		more, err := g.renew(ctx)`,
	}}},
	{"centre ends a kept hold", []Patch{decides, decidesAhead}},
	{"refused instead of covered", append([]Patch{decides, decidesAhead}, covers...)},
	{"ack before commit", nil}, // that of any ledger: what was sold is forgotten, or was never granted
	{"additions counted twice", []Patch{ // a grant that the centre reports twice counts twice
		{
			"internal/outpost/till.go",
			"type Till struct {\n\tplanted string\n",
			"type Till struct {\n\tplanted string\n\tsums    map[string][3]int64 // of a product: said last, added by that, counted twice\n",
		},
		{"internal/outpost/till_down.go", "To: stock.Qty(u.Added)", "To: stock.Qty(t.counted(u))"},
		{
			"internal/outpost/till_down.go",
			"// submit carries out commands.",
			`// counted is what the till takes for given to it.
func (t *Till) counted(u *Units) int64 {
	if !t.HasPlanted("additions counted twice") {
		return u.Added
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sums == nil {
		t.sums = map[string][3]int64{}
	}
	s := t.sums[u.Product]
	if u.Added == s[0] {
		s[2] += s[1]
	} else {
		s[0], s[1] = u.Added, u.Added-s[0]
	}
	t.sums[u.Product] = s
	return s[0] + s[2]
}

// submit carries out commands.`,
		},
	}},
	{"late log of a closed epoch", []Patch{decides, decidesAhead, { // whether the epoch is open is not looked at
		"internal/outpost/desk_report.go",
		"if !known.Open || known.Epoch != epoch",
		`if !known.Open && !d.HasPlanted("late log of a closed epoch") || known.Epoch != epoch`,
	}}},
	{"tail booked early", []Patch{{ // an entry that may still come by itself is booked
		"internal/outpost/desk_lost.go",
		"if h.Open && h.Epoch == epoch && c.Lost.Record > h.Seq {",
		`if h.Open && h.Epoch == epoch && c.Lost.Record > h.Seq && !d.HasPlanted("tail booked early") {`,
	}}},
	{"retired with units of a till", []Patch{decides, decidesAhead, decided}}, // a write-off takes what a till has
	{"taken over and in no figure", []Patch{decided}},                         // what a lost till held of a quota counts for no channel
	{"late fact changes the balance", []Patch{decided}},                       // a sale that was seen in a count comes off again
	{"echo", []Patch{decided}},                                                // what the till received itself is given to it once more
	{"old answer taken", []Patch{{ // any answer is that of the open hello
		"internal/outpost/till.go",
		"case g.Next == s.Next:",
		`case g.Next == s.Next || t.HasPlanted("old answer taken"):`,
	}}},
}
