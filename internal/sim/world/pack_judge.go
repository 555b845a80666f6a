package world

import (
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// parcelled is what the log has of an order of packs.
type parcelled struct {
	// granted are the reserves that hold something, by their print.
	granted map[string]*question
	// cut says that lines expired, or that a call about the whole order came.
	cut bool
}

func (t *tally) parcelled(order string) *parcelled {
	p := t.packs[order]
	if p == nil {
		p = &parcelled{granted: map[string]*question{}}
		t.packs[order] = p
	}
	return p
}

// pack takes an event of an order of packs in, before its lines are.
func (t *tally) pack(s *stored, q *question, e *stock.Event) {
	p := t.parcelled(e.Order)
	now := map[string]int64{}
	var news []itemKey
	again := ""
	for i := range e.Lines {
		l := &e.Lines[i].Line
		if !e.Lines[i].Changed || l.Follows() {
			continue
		}
		k := keyOf(l.Item)
		switch e.Op {
		case stock.OpPlace:
			news = append(news, k)
			now[k.product] += int64(l.Quantity())
			for at := range t.lines {
				if at.order == e.Order && at.item.product == k.product && !t.lines[at].Follows() {
					again = k.product
				}
			}
		case stock.OpRelease, stock.OpConfirm:
			p.cut = p.cut || q != nil // what fulfils parts of kits names nobody
		case stock.OpExpire, stock.OpWithdraw:
			p.cut = true
		}
	}
	if len(news) == 0 {
		return
	}
	// Of several questions that may have asked for it, it belongs to the first that might have it.
	might := func(q *question) bool {
		return p.granted[printOf(&q.command)] == nil && (q.sundry.pack.from == nil || again == "")
	}
	var by *question
	for _, of := range t.w.questions {
		switch {
		case of.order != e.Order || of.verb != "reserve" || of.begun > s.step || by != nil && (might(by) || !might(of)):
		case !slices.ContainsFunc(news, func(k itemKey) bool { return !mayUse(&of.command, k) }) && comesTo(&of.command, now):
			by = of
		}
	}
	switch {
	case by == nil:
		t.w.violate("record %d of slot %d holds %v at %v for order %s, no call of it asked for that", s.rec.Seq, s.slot, now, news, e.Order)
		return
	case p.granted[printOf(&by.command)] != nil:
		t.w.violate("record %d of slot %d: %s (%s) holds %v at %v once more", s.rec.Seq, s.slot, by.id, &by.command, now, news)
	case by.sundry.pack.from != nil && again != "":
		t.w.violate("record %d of slot %d: %s (%s) holds %v at %v beside other units of %s that the order has", s.rec.Seq, s.slot, by.id, &by.command, now, news, again)
	}
	p.granted[printOf(&by.command)] = by
	t.w.stats.Packs++
}

// comesTo reports whether so many units of products are what the reserve asked for.
func comesTo(c *command, now map[string]int64) bool {
	needs := needsOf(c)
	if !c.partial {
		return maps.Equal(needs, now)
	}
	for p, n := range now {
		if n > needs[p] {
			return false
		}
	}
	return true
}

// grant is a reserve that holds what the question asked for, nil when none does. The books do not
// distinguish two that have the same lines.
func (p *parcelled) grant(q *question) *question {
	if by := p.granted[printOf(&q.command)]; by != nil {
		return by
	}
	for _, by := range p.granted {
		if maps.Equal(needsOf(&by.command), needsOf(&q.command)) {
			return by
		}
	}
	return nil
}

// packEnd checks orders of packs at the end: the units that left and those that were given back are
// whole kits, and no more than was asked for.
func (t *tally) packEnd() {
	units := map[string]map[string][2]int64{} // given back and left, by order and product
	for at, l := range t.lines {
		if !ofPack(at.order) || l.Follows() {
			continue
		}
		if units[at.order] == nil {
			units[at.order] = map[string][2]int64{}
		}
		u := units[at.order][at.item.product]
		units[at.order][at.item.product] = [2]int64{u[0] + int64(l.Released), u[1] + int64(l.Confirmed)}
	}
	asked := map[string][]*question{}
	for _, q := range t.w.questions {
		if q.sundry != nil && q.sundry.pack != nil {
			asked[q.order] = append(asked[q.order], q)
			t.packAnswer(q)
		}
	}
	for _, order := range slices.Sorted(maps.Keys(units)) {
		p, u := t.parcelled(order), units[order]
		whole := map[string]int64{}
		for _, q := range p.granted {
			for _, l := range q.lines {
				whole[l.product] += l.qty
			}
		}
		if p.cut || whole["sa"]+whole["sb"] > 0 {
			continue
		}
		for n, did := range []string{"given back", "left"} {
			one, three := u["sb"][n], u["sa"][n]-2*u["sb"][n]
			if three < 0 || three%3 != 0 || three > 3*whole["sk1"] {
				t.w.violate("of order %s %d of sa and %d of sb have %s: no whole kits of %v", order, u["sa"][n], one, did, whole)
			}
			t.packSum(order, asked[order], map[string]int64{"sk0": one, "sk1": three / 3}, n)
		}
	}
}

// packSum compares how many kits were given back, or left, with what was asked for and
// granted.
func (t *tally) packSum(order string, asked []*question, kits map[string]int64, which int) {
	verb := []string{"release", "deduct"}[which]
	for _, kit := range slices.Sorted(maps.Keys(kits)) {
		sum, all, least := int64(0), false, int64(0)
		for _, q := range asked {
			if q.verb != verb || q.item.product != kit {
				continue
			}
			if q.qty < 999 {
				sum += q.qty
				all = all || q.qty == 0
			}
			if q.answer != nil && q.answer.code == "" {
				least = max(least, q.qty, 1)
			}
		}
		if n := kits[kit]; n < least || n > sum && !all {
			t.w.violate("of order %s there was a %s of %d of %s: asked for were %d, granted were %d at least", order, verb, n, kit, sum, least)
		}
	}
}

// packAnswer compares the answer to a question about packs with the log.
func (t *tally) packAnswer(q *question) {
	a, p := q.answer, t.parcelled(q.order)
	if a == nil {
		return
	}
	t.w.looking = q.ended
	if a.code == "INVALID_ARGUMENT" {
		t.w.violate("%s (%s) is not as the contract spells it: %s", q.id, &q.command, a.raw)
	}
	if q.verb != "reserve" || a.code != "" {
		return
	}
	now := map[string]int64{}
	for _, r := range a.body.Reservations {
		now[r.Product] += r.Quantity + r.Deducted + r.Released
	}
	switch by := p.grant(q); {
	case len(now) == 0 && q.partial:
	case by == nil:
		t.w.violate("%s (%s) was answered %s, and the log has nothing of it", q.id, &q.command, a.raw)
	case !comesTo(&by.command, now):
		t.w.violate("%s (%s) was answered %s, which is not what it asked for", q.id, &q.command, a.raw)
	}
}
