package world

// wholeProduct is about a product that is taken out of use, and back into it, at all its
// locations at once.
func (c packer) wholeProduct(cmd *command) {
	cmd.key, cmd.item = "k", itemKey{"st", c.pick(c.w.locations[:2])}
	switch k := c.rnd.IntN(10); {
	case k < 3:
		cmd.verb, cmd.item.location, cmd.writeOff = "retire", "", c.rnd.IntN(4) > 0
	case k < 6:
		cmd.verb, cmd.item.location = "reinstate", ""
	case k < 7:
		cmd.verb = []string{"retire", "reinstate"}[c.rnd.IntN(2)]
	default:
		cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(3)
	}
}

// isEverywhere reports whether the command is about all locations of its product.
func isEverywhere(c *command) bool {
	return (c.verb == "retire" || c.verb == "reinstate") && c.item.location == ""
}

// judgeEverywhere checks a question about all locations of a product: it has one effect at most at
// each, and an answer that counts them.
func (t *tally) judgeEverywhere(q *question) {
	did, about, off := map[itemKey]int{}, map[itemKey]bool{}, int64(0)
	for _, f := range t.effects[q.id] {
		if f.code != "" {
			continue
		}
		for _, k := range f.items {
			about[k] = true
			if f.does {
				did[k]++
			}
		}
		off += f.off
	}
	t.w.looking = q.ended
	for k, n := range did {
		if n > 1 {
			t.w.violate("%s had %d effects on %v: %s", q.id, n, k, &q.command)
		}
	}
	a := q.answer
	if a == nil {
		return
	}
	switch {
	case a.code == "" && (a.body.Levels != int64(len(about)) || a.body.WrittenOff != off):
		t.w.violate("%s (%s) was answered %s, the log has %d levels of it and %d units", q.id, &q.command, a.raw, len(about), off)
	case a.code == "INVALID_ARGUMENT":
		t.w.violate("%s (%s) is not as the contract spells it: %s", q.id, &q.command, a.raw)
	}
}
