package planted

// asksNobody lets nobody ask the homes of the legs that their callers have left.
var asksNobody = Patch{
	"internal/ledger/undecided.go",
	"\tpatience := askLate\n",
	`	patience := askLate
	if d.s.HasPlanted("legs kept after a refusal") || d.s.HasPlanted("legs without a decision stay") {
		return nil
	}
`,
}

// SeveralSlots are the bugs that only books in several slots can have.
var SeveralSlots = []Bug{
	{"legs kept after a refusal", []Patch{ // the legs of a refused call are not given back
		{
			"internal/ledger/place_undo.go",
			"\tif l.giveBack(ctx, order, away, home) != nil {\n",
			`	if l.o.Planted.Is("legs kept after a refusal") {
		return
	}
	if l.giveBack(ctx, order, away, home) != nil {
`,
		},
		asksNobody, // and nobody asks for them later
	}},
	{"legs without a decision stay", []Patch{asksNobody}}, // they wait for their deadline
	{"a batch continues behind a gap", []Patch{{ // a command is carried out although one before it has no outcome
		"internal/ledger/wave.go",
		"\terr := w.open.meet(w.number(n), reach, slots, looksUp)\n\tif err == nil {\n",
		`	err := w.open.meet(w.number(n), reach, slots, looksUp)
	if err == nil || w.l.o.Planted.Is("a batch continues behind a gap") {
`,
	}, {
		"internal/ledger/wave.go",
		"\tif err := w.open.meet(w.number(n), reach, nil, true); err != nil {\n",
		`	if err := w.open.meet(w.number(n), reach, nil, true); err != nil && !w.l.o.Planted.Is("a batch continues behind a gap") {
`,
	}}},
	{"decision not carried after a crash", []Patch{ // only the asking node delivers the home's decision, or nobody does
		{
			"internal/ledger/delivery.go",
			"\tbefore := d.s.Elapsed() - patience\n",
			`	before := d.s.Elapsed() - patience
	if d.s.HasPlanted("decision not carried after a crash") {
		clear(d.told)
	}
`,
		},
	}},
	{"leg given back while the call is open", []Patch{ // a leg is given back without closing its call
		{
			"internal/ledger/resolve.go",
			"\t\tres := home.Submit(ctx, []slot.Request{{Command: stock.Close{Order: order},",
			`		if home.HasPlanted("leg given back while the call is open") {
			return undo, nil
		}
		res := home.Submit(ctx, []slot.Request{{Command: stock.Close{Order: order},`,
		},
	}},
	{"leg expires by its own clock", []Patch{ // a leg does not ask its home at its deadline
		{
			"internal/ledger/resolve.go",
			"\t\t\tmore, err := l.settleAtHome(ctx, order, h.Calls[leg.Call].HomeBucket, leg, closes)\n",
			`			if s.HasPlanted("leg expires by its own clock") && leg.Deadline != 0 && leg.Deadline <= now {
				settles = append(settles, slot.Request{Command: stock.Settle{Order: order, Item: leg.Item, Call: leg.Leg.Key, What: stock.OpRelease, Undo: true}})
				continue
			}
			more, err := l.settleAtHome(ctx, order, h.Calls[leg.Call].HomeBucket, leg, closes)
`,
		},
	}},
	{"whole-order key touches lines that came later", []Patch{ // the key of a whole order is not looked for in all its slots
		{
			"internal/ledger/order_over.go",
			`case r.Key != "" && l.seeker.scattered(o):`,
			`case r.Key != "" && l.seeker.scattered(o) && !l.o.Planted.Is("whole-order key touches lines that came later"):`,
		},
	}},
	{"a leg does not follow by lots", []Patch{ // units of other lots leave than of the one that was named
		{
			"internal/ledger/carry.go",
			"\t\t\t\tr.About = []stock.Bucket{b}\n",
			`				if c, settles := r.Command.(stock.Settle); settles && l.o.Planted.Is("a leg does not follow by lots") {
					c.ByLot = false
					r.Command = c
				}
				r.About = []stock.Bucket{b}
`,
		},
	}},
	{"what came back is not told", []Patch{ // legs do not learn what their homes took back
		{
			"internal/ledger/carry.go",
			"\t\t\tfor _, r := range settles(v.order, c, v.note) {\n",
			`			for _, r := range settles(v.order, c, v.note) {
				if l.o.Planted.Is("what came back is not told") && r.Command.Op() == stock.OpWithdraw {
					continue
				}
`,
		},
	}},
}
