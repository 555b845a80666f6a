package planted

// Transfers are the bugs that stock on its way between locations can have.
var Transfers = []Bug{
	{"a transfer's key without its step", []Patch{{ // a later step is taken for an earlier one
		"internal/transfer/side.go",
		`Key: fmt.Sprintf("transfer %s %s %d", t.ID, word, b)}`,
		`Key: fmt.Sprintf("transfer %s %s %d", t.ID, x.spelt(word), b)}`,
	}}},
	{"a step that was cut off stays half done", []Patch{{ // nobody looks for steps that were cut off
		"internal/transfer/duty.go",
		"\t\t\treturn x.documents.Due(ctx, x.now().Add(-x.patience), limit)\n",
		`			if x.HasPlanted("a step that was cut off stays half done") {
				return nil, nil
			}
			return x.documents.Due(ctx, x.now().Add(-x.patience), limit)
`,
	}}},
	{"units arrive before they leave", []Patch{{ // between the two sides of a receipt they are in two places
		"internal/transfer/carry.go",
		"\tsides := before.sides(before.withStep(c.step), &c.step)\n",
		`	sides := before.sides(before.withStep(c.step), &c.step)
	if x.HasPlanted("units arrive before they leave") && c.step.Action == ActionReceive {
		slices.Reverse(sides)
	}
`,
	}}},
	{"a repeat is a step of its own", []Patch{{ // keys of calls about transfers are not looked at
		"internal/transfer/act.go",
		"if n := t.findEarlierStep(a); n >= 0 {\n\t\tif ",
		"if n := t.findEarlierStep(a); n >= 0 && !x.HasPlanted(\"a repeat is a step of its own\") {\n\t\tif ",
	}}},
	{"retired between two sides of a receipt", []Patch{{ // what is nowhere just then is not missed
		"internal/server/retire/retire_transit.go",
		"\t\tif len(others) > 0 {\n",
		`		if p, may := s.transfers.(interface{ HasPlanted(bug string) bool }); may && p.HasPlanted("retired between two sides of a receipt") {
			others = nil
		}
		if len(others) > 0 {
`,
	}}},
	{"units of a transfer pass their order", []Patch{{ // the order that they came for waits on
		"internal/transfer/carry.go",
		"\t\trefused, why, err := x.book(ctx, t, d, note, word, c)\n",
		`		if x.HasPlanted("units of a transfer pass their order") {
			d.forOrder = ""
		}
		refused, why, err := x.book(ctx, t, d, note, word, c)
`,
	}}},
}
