package planted

// Moves are the bugs that only books whose buckets move can have.
var Moves = []Bug{
	{"seal does not refuse", []Patch{ // what has left is decided on
		{
			"internal/ledger/group.go",
			"\t\to.err = g.elsewhere(r)\n",
			`		o.err = g.elsewhere(r)
		if g.s.o.planted.is("seal does not refuse") && !errors.Is(o.err, errApart) {
			o.err = nil
		}
`,
		},
	}},
	{"what has left is shown", []Patch{ // rows of a bucket are shown in the slot that it has left
		{"internal/ledger/stage.go", "type sight struct {\n", "type sight struct {\n\tplanted planted\n"},
		{"internal/ledger/stage.go", "return sight{stages:", "return sight{planted: m.planted, stages:"},
		{
			"internal/ledger/stage.go",
			"if !t.stages.hides(b) {",
			`if !t.stages.hides(b) || t.planted.is("what has left is shown") && t.stages.of(b) == stock.Left {`,
		},
	}},
	{"last catch-up left out", []Patch{ // what changed last before the seal is not brought
		{
			"internal/ledger/move_carry.go",
			"if _, err := v.follow(ctx, sealed.seq); err != nil {",
			`if v.from.o.planted.is("last catch-up left out") {
		// what has changed stays behind
	} else if _, err := v.follow(ctx, sealed.seq); err != nil {`,
		},
	}},
	{"keys not brought", []Patch{ // keys stay behind
		{
			"internal/ledger/move_copy.go",
			"\t_, err := m.from.eng.ScanKeys(",
			`	if m.from.o.planted.is("keys not brought") {
		return nil
	}
	_, err := m.from.eng.ScanKeys(`,
		},
	}},
	{"arrival by an older mover accepted", []Patch{ // a mover that was overtaken goes on bringing
		{
			"internal/ledger/carry_over.go",
			"o.err = mayCome(was, c.Mover)\n\t\tif ",
			"o.err = g.mayCome(was, c.Mover)\n\t\tif ",
		},
		{
			"internal/ledger/carry_over.go",
			"\tcase stock.RecallKey:\n\t\twas = m.steps[c.Bucket]\n\t\to.err = mayCome(was, c.Mover)\n",
			"\tcase stock.RecallKey:\n\t\twas = m.steps[c.Bucket]\n\t\to.err = g.mayCome(was, c.Mover)\n",
		},
	}},
	{"orders over several buckets not parted", []Patch{ // what is held together with other buckets is not split
		{
			"internal/ledger/move_carry.go",
			"func (v *mover) part(ctx context.Context) error {\n",
			`func (v *mover) part(ctx context.Context) error {
	if v.from.o.planted.is("orders over several buckets not parted") {
		return nil
	}
`,
		},
	}},
	{"slot time behind the old slot's", []Patch{ // the new slot's time may be behind the old one's
		{
			"internal/ledger/move_carry.go",
			"\tv.to.clock.NotBefore(v.from.clock.Now())\n",
			`	if !v.from.o.planted.is("slot time behind the old slot's") {
		v.to.clock.NotBefore(v.from.clock.Now())
	}
`,
		},
	}},
	{"deadlines of what has come forgotten", []Patch{ // nobody looks at the deadlines of what has come
		{
			"internal/ledger/stage.go",
			"\t\tm.legs.show(h.Bucket)\n",
			`		m.legs.show(h.Bucket)
		if m.planted.is("deadlines of what has come forgotten") {
			m.due.dropBucket(h.Bucket)
			m.legs.dropBucket(h.Bucket)
		}
`,
		},
	}},
	{"legs given back while the home travels", []Patch{ // though their home may have decided before it left
		{
			"internal/ledger/place_over.go",
			"if errors.Is(res.Err, ErrMoving) && !keyed {",
			`if errors.Is(res.Err, ErrMoving) && !keyed && !hs.o.planted.is("legs given back while the home travels") {`,
		},
		{
			"internal/ledger/key.go",
			"must || g.s.asking > 0 || o.sent)",
			`must || g.s.asking > 0 || o.sent && !g.s.o.planted.is("legs given back while the home travels"))`,
		},
	}},
}
