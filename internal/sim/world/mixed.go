package world

// Mixed batches have commands of all kinds, about sundries and about other goods. Many
// begin with an order and continue with later steps of it, or with what it waits for.
// Each command is judged as if it had been sent alone. What must also be true of the
// whole batch is judged at the end (judgeMixed).

// drawMixed says whether a run has them: of one slot, without kits and choices.
func drawMixed(seed uint64, slots int, sourced bool) bool {
	return slots == 1 && !sourced && seed%4 == 1
}

// mixer is a client that makes up mixed batches.
type mixer struct{ *client }

// fill makes up a batch of two commands at least, and reports false when only one may
// be sent.
func (c mixer) fill(p *parcel, most int) bool {
	n := min(most, 2+c.rnd.IntN(5))
	if n < 2 {
		return false
	}
	order, item := "", itemKey{}
	if c.rnd.IntN(2) == 0 {
		cmd := command{item: c.pickSundry(), version: -1, key: "k", sundry: &sundry{}}
		c.reserveSundries(&cmd)
		order, item = cmd.order, cmd.lines[0].itemKey
		c.put(p, cmd)
	}
	for len(p.questions) < n {
		cmd := c.makeMixed()
		if order != "" && c.rnd.IntN(2) == 0 {
			cmd = c.follow(order, item)
		}
		if cmd.key = "k"; verbs[cmd.verb].batch != "" {
			c.put(p, cmd)
		}
	}
	return true
}

func (c mixer) pickSundry() itemKey {
	all := c.w.sundryItems()
	return all[c.rnd.IntN(len(all))]
}

// makeMixed makes up a command of any kind, which may be none that a batch takes.
func (c mixer) makeMixed() command {
	switch c.rnd.IntN(8) {
	case 0:
		return c.make()
	case 1:
		cmd := command{verb: "move", item: c.pickSundry(), qty: 1, from: accounts[pool], to: accounts[withheld], version: -1, sundry: &sundry{}}
		if c.rnd.IntN(2) == 0 {
			cmd.from, cmd.to = cmd.to, cmd.from
		}
		return cmd
	}
	return c.makeSundry()
}

// follow is about the order that the batch has made, or about what it may wait for.
func (c mixer) follow(order string, item itemKey) command {
	cmd := command{order: order, item: item, version: -1, sundry: &sundry{}}
	switch c.rnd.IntN(6) {
	case 0, 1:
		cmd.verb = "deduct"
	case 2:
		cmd.verb, cmd.qty = "release", 1
	case 3:
		cmd.verb, cmd.ttl = "extend", 1800
	case 4:
		cmd.verb, cmd.order, cmd.qty = "restock", "", 1+c.rnd.Int64N(4)
	default:
		cmd.verb, cmd.qty = "restock", 1+c.rnd.Int64N(3)
		cmd.receiveFor(order)
	}
	return cmd
}

// judgeMixed says what must be so of the commands of a batch together: what one of
// them reserved is known to those behind it.
func (t *tally) judgeMixed(p *parcel) {
	for i, made := range p.questions {
		if made.verb != "reserve" || made.answer == nil || made.answer.code != "" || len(made.answer.body.Reservations) == 0 {
			continue
		}
		for _, q := range p.questions[i+1:] {
			if q.order == made.order && q.answer != nil && q.answer.batch == made.answer.batch && q.answer.code == "NOT_FOUND" && made.has(q.item) {
				t.w.looking = q.ended
				t.w.violate("%s (%s) does not know the order that %s made before it in its batch: %s", q.id, &q.command, made.id, q.answer.raw)
			}
		}
	}
}

// has reports whether a reserve was answered with a line of the item; of none where
// all of an order is meant.
func (q *question) has(k itemKey) bool {
	for _, r := range q.answer.body.Reservations {
		if k.product == "" || k == (itemKey{r.Product, r.Location}) {
			return true
		}
	}
	return false
}
