package stores

import (
	"encoding/hex"
	"fmt"

	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// In one of decideEvery steps a person decides one case, and in one of copyEvery steps somebody copies
// a file or uses a copy: without copies there is nothing to decide.
const (
	decideEvery = 8
	copyEvery   = 60
)

// decides lets people at the centre and in the stores do what makes cases, and decides them.
func (r *run) decides() {
	if r.mood.IntN(copyEvery) == 0 {
		nemesis{r}.copies(r.machines[r.mood.IntN(len(r.machines))])
		r.rest()
	}
	if r.mood.IntN(decideEvery) == 0 {
		r.decide()
		r.rest()
	}
}

// mostCases is how many cases a run has at most.
const mostCases = 10_000

// decide lets a person at the centre decide an open case. The person does not know more than the case
// says: whether an entry may be booked is for the centre to know.
func (r *run) decide() {
	c := r.centre
	if !c.alive() {
		return
	}
	open, err := c.catalog.Cases.List(r.ctx, catalog.CaseQuery{Tenant: tenant, Unsettled: true, Limit: mostCases})
	r.check(err)
	if len(open) == 0 {
		return
	}
	of := &open[r.mood.IntN(len(open))]
	what := fmt.Sprintf("%s of %s about %s", of.Kind, of.Till, of.Product) // its id is made of numbers that are drawn anew in each run
	by := cases.Decision{Tenant: tenant, ID: of.ID, Decision: cases.Accept, Operator: "ann"}
	if of.Lost != nil {
		what += fmt.Sprintf(", record %d entry %d", of.Lost.Record, of.Lost.Entry)
		if by.Decision = cases.Book; r.mood.IntN(10) == 0 {
			by.Decision = cases.Dismiss
		}
	}
	r.mu.Lock()
	r.busy++
	r.mu.Unlock()
	l, desk := c.life, c.cases
	l.all.Go(func() {
		_, _, err := desk.Decide(l.ctx, by)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.busy--
		if l.isDead() {
			return // nobody heard the answer
		}
		if err == nil && by.Decision == cases.Book {
			r.stats.Booked++
		}
		r.trace.note("ann decides " + by.Decision + " of a case " + what + ": " + code(err))
	})
}

// came is how far a file's log was in the books when an entry of it arrived, and the product of the entry: two
// copies of a file may continue from one record.
type came struct {
	till, epoch, hash string
	done              uint32
	product           string
}

// judgeBooked complains of each entry of a till that a person has booked, and that came by itself
// too.
func (r judge) judgeBooked() {
	kept, err := r.centre.catalog.Cases.List(r.ctx, catalog.CaseQuery{Tenant: tenant, Kind: catalog.CaseLostLine, Limit: mostCases})
	r.check(err)
	arrived, posted := map[came]bool{}, map[string]bool{}
	r.events(r.centre.disk, func(e *stock.Event) {
		if e.Refusal != nil {
			return
		}
		posted[e.Note.Reference] = true
		for i := range e.Items {
			if till, of := e.Items[i].Key.OfHolder(); of && e.Items[i].Holder != nil {
				h := e.Items[i].Holder
				for _, c := range e.Items {
					arrived[came{till, outpost.EpochName(h.Epoch), hex.EncodeToString(h.Hash[:]), h.Done, c.Key.Product}] = true
				}
			}
		}
	})
	for i := range kept {
		c := &kept[i]
		if c.Lost == nil || !posted[c.ID] {
			continue
		}
		if arrived[came{c.Till, c.Lost.Epoch, c.Lost.Hash, 0, c.Product}] || arrived[came{c.Till, c.Lost.Epoch, c.Lost.Prev, c.Lost.Entry, c.Product}] {
			r.violate("%s: entry %d of record %d (%s of %d %s) was booked by a person, and came by itself", c.Till, c.Lost.Entry, c.Lost.Record, c.Lost.Did, c.Qty, c.Product)
		}
	}
}
