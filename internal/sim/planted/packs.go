package planted

// Packs are the bugs that kits, sourced orders and products retired as a whole can have.
var Packs = []Bug{
	{"kit without a component", []Patch{{ // the last of what is needed is not held
		"internal/fulfil/call.go",
		"\tif c.needs, c.kits, err = takeApart(c.parts, c.lines); err != nil {\n\t\treturn nil, err\n\t}\n",
		`	if c.needs, c.kits, err = takeApart(c.parts, c.lines); err != nil {
		return nil, err
	}
	if n := len(c.needs) - 1; n > 0 && len(c.kits) > 0 && o.HasPlanted("kit without a component") {
		c.needs = c.needs[:n]
	}
`,
	}}},
	{"one unit of each component", []Patch{{ // a part takes as many units of a component as it takes kits
		"internal/fulfil/kit_change_standing.go",
		"\t\terr = p.held(&s, parts)\n",
		`		err = p.held(&s, parts)
	for i := range s.lines {
		if o.HasPlanted("one unit of each component") {
			s.lines[i].Qty = min(s.lines[i].Qty, s.qty)
		}
	}
`,
	}}},
	{"rest of a kit by what once happened", []Patch{{ // what came back of it is not counted
		"internal/fulfil/kit_change_standing.go",
		"\tparts := r.partsOf(kit, own)\n",
		`	parts := r.partsOf(kit, own)
	if o.HasPlanted("rest of a kit by what once happened") {
		rest := r.Kits[kit].Qty
		for i := range r.Changes {
			if c := &r.Changes[i]; c.Kit == kit && !c.Refused && (c.Op == stock.OpConfirm || c.Op == stock.OpRelease) {
				rest -= c.Qty
			}
		}
		for i := range parts {
			parts[i].held = min(parts[i].held, max(0, rest)*parts[i].each)
		}
	}
`,
	}}},
	{"part that was cut short left so", []Patch{{ // nobody carries out the components that are left
		"internal/fulfil/kit_change.go",
		"last >= 0 && r.Changes[last].open() {",
		`last >= 0 && r.Changes[last].open() && !o.HasPlanted("part that was cut short left so") {`,
	}}},
	{"key of a part not looked for", []Patch{{ // a repeat takes another part
		"internal/fulfil/keyed_change.go",
		"\t\tr, number := k.findKept(rows)\n",
		`		r, number := k.findKept(rows)
		if p, may := k.choices.(interface{ HasPlanted(bug string) bool }); may && p.HasPlanted("key of a part not looked for") {
			r = nil
		}
`,
	}}},
	{"choice not found again", []Patch{{ // a repeat chooses once more
		"internal/fulfil/reserve.go",
		"\tmine := latest(w.rows, w.print)\n",
		"\tmine := latest(w.rows, w.print)\n\tif w.HasPlanted(\"choice not found again\") {\n\t\tmine = nil\n\t}\n",
	}}},
	{"sourced from anywhere", []Patch{{ // locations give that were not named
		"internal/fulfil/candidate.go",
		"\tallowed, err := rules.allowed(places)\n",
		"\tallowed, err := rules.allowed(places)\n\tif o.HasPlanted(\"sourced from anywhere\") {\n\t\tallowed = places\n\t}\n",
	}}},
	{"other calls of the order not looked at", []Patch{{ // what one of them holds is held again
		"internal/fulfil/reserve.go",
		"\tswitch err := w.unclaimed(ctx); {\n",
		"\tswitch err := w.unclaimed(ctx); {\n\tcase w.HasPlanted(\"other calls of the order not looked at\"):\n",
	}}},
	{"kits that share a component pass each other", []Patch{{ // of an order, chosen at the same time
		"internal/fulfil/reserve_claim.go",
		"return overlap(r.Asked, w.lines) || ",
		`return overlap(r.Asked, w.lines) || !w.HasPlanted("kits that share a component pass each other") && `,
	}}},
	{"applied although the books have less", []Patch{{ // a campaign is shown as it was set
		"internal/server/campaigns/campaigns.go",
		"\t\tout[i] = renderCampaignItem(&catalog.CampaignTurn{CampaignItem: items[i], Of: *k}, &levels[i], at, known[i].Unit)\n",
		`		out[i] = renderCampaignItem(&catalog.CampaignTurn{CampaignItem: items[i], Of: *k}, &levels[i], at, known[i].Unit)
		if p, may := s.core.Answers.(interface{ HasPlanted(bug string) bool }); may && out[i].State == "differs" && p.HasPlanted("applied although the books have less") {
			out[i].State = "applied"
		}
`,
	}}},
	{"last location left in use", []Patch{{ // of a product that is retired everywhere
		"internal/server/retire/retire.go",
		"\tfor part := range slices.Chunk(levels, retiredAtOnce) {\n",
		`	if p, may := s.core.Answers.(interface{ HasPlanted(bug string) bool }); may && len(levels) > 1 && p.HasPlanted("last location left in use") {
		levels = levels[:len(levels)-1]
	}
	for part := range slices.Chunk(levels, retiredAtOnce) {
`,
	}}},
}

// PacksOver are the bugs to look for in runs where the locations of an order are in several slots.
var PacksOver = []Bug{
	{"last location of a choice not asked", []Patch{{ // the books hold what the others give
		"internal/fulfil/call.go",
		"\tknown, err := o.readKnowledge(ctx, order.Tenant, p.Lines)\n",
		`	if n := len(p.Lines) - 1; n > 0 && p.Lines[n].Location != p.Lines[0].Location && o.HasPlanted("last location of a choice not asked") {
		p.Lines = p.Lines[:n]
		command.Lines = command.Lines[:n]
	}
	known, err := o.readKnowledge(ctx, order.Tenant, p.Lines)
`,
	}}},
}
