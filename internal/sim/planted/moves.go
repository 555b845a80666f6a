package planted

// Moves are the bugs that only books whose buckets move can have.
var Moves = []Bug{
	{"seal does not refuse", []Patch{ // what has left is decided on
		{
			"internal/ledger/slot/group.go",
			"\to.err = p.movedError(r)\n",
			`	o.err = p.movedError(r)
	if g.s.o.Planted.Is("seal does not refuse") && !errors.Is(o.err, ErrApart) {
		o.err = nil
	}
`,
		},
	}},
	{"what has left is shown", []Patch{ // rows of a bucket are shown in the slot that it has left
		{"internal/ledger/slot/stage.go", "type Sight struct {\n", "type Sight struct {\n\tplanted Planted\n"},
		{"internal/ledger/slot/stage.go", "return Sight{stages:", "return Sight{planted: m.planted, stages:"},
		{
			"internal/ledger/slot/stage.go",
			"if !t.stages.Hides(b) {",
			`if !t.stages.Hides(b) || t.planted.Is("what has left is shown") && t.stages.stage(b) == stock.Left {`,
		},
	}},
	{"last catch-up left out", []Patch{ // what changed last before the seal is not brought
		{
			"internal/ledger/move/carry.go",
			"if _, err := v.follow(ctx, sealed.seq); err != nil {",
			`if v.from.HasPlanted("last catch-up left out") {
		// what has changed stays behind
	} else if _, err := v.follow(ctx, sealed.seq); err != nil {`,
		},
	}},
	{"keys not brought", []Patch{ // keys stay behind
		{
			"internal/ledger/move/copy.go",
			"\t_, err := m.from.Engine().ScanKeys(",
			`	if m.from.HasPlanted("keys not brought") {
		return nil
	}
	_, err := m.from.Engine().ScanKeys(`,
		},
	}},
	{"arrival by an older mover accepted", []Patch{ // a mover that was overtaken continues to bring rows
		{
			"internal/ledger/slot/carry_over.go",
			"o.err = mayCome(was, c.Mover)\n\t\tif ",
			"o.err = g.mayCome(was, c.Mover)\n\t\tif ",
		},
		{
			"internal/ledger/slot/carry_over.go",
			"\tcase stock.RecallKey:\n\t\twas = m.steps[c.Bucket]\n\t\to.err = mayCome(was, c.Mover)\n",
			"\tcase stock.RecallKey:\n\t\twas = m.steps[c.Bucket]\n\t\to.err = g.mayCome(was, c.Mover)\n",
		},
	}},
	{"orders over several buckets not parted", []Patch{ // what is held together with other buckets is not split
		{
			"internal/ledger/move/carry.go",
			"func (v *mover) part(ctx context.Context) error {\n",
			`func (v *mover) part(ctx context.Context) error {
	if v.from.HasPlanted("orders over several buckets not parted") {
		return nil
	}
`,
		},
	}},
	{"slot time behind the old slot's", []Patch{ // the new slot's time may be behind the old one's
		{
			"internal/ledger/move/carry.go",
			"\tv.to.NotBefore(v.from.Now())\n",
			`	if !v.from.HasPlanted("slot time behind the old slot's") {
		v.to.NotBefore(v.from.Now())
	}
`,
		},
	}},
	{"deadlines of what has come forgotten", []Patch{ // nobody looks at the deadlines of what has come
		{
			"internal/ledger/slot/stage.go",
			"\t\tm.legs.show(h.Bucket)\n",
			`		m.legs.show(h.Bucket)
		if m.planted.Is("deadlines of what has come forgotten") {
			m.due.dropBucket(h.Bucket)
			m.legs.dropBucket(h.Bucket)
		}
`,
		},
	}},
	{"legs given back while the home travels", []Patch{ // though their home may have decided before it left
		{
			"internal/ledger/place_over.go",
			"if errors.Is(res.Err, slot.ErrMoving) && !keyed {",
			`if errors.Is(res.Err, slot.ErrMoving) && !keyed && !hs.HasPlanted("legs given back while the home travels") {`,
		},
		{
			"internal/ledger/slot/key.go",
			"must || g.s.asking > 0 || o.sent)",
			`must || g.s.asking > 0 || o.sent && !g.s.o.Planted.Is("legs given back while the home travels"))`,
		},
	}},
}
