package server

import (
	"context"
	"slices"
	"sync"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// This file has the order in which the writes of a call are carried out when
// some of them choose. Those that choose ask the main database one by one,
// and what is chosen at the same time is stored there together: so writes that
// are about different orders, products and keys do not wait for each other.

// maxChoosing bounds the writes of a call that choose at the same time: as
// many as one transaction of the catalog stores.
const maxChoosing = 256

// errand is a job with the command it has come to.
type errand struct {
	number  int // of the job
	command stock.Command
	chooses bool
	about   concerns // nothing while all of the call goes to the books together
}

// carry takes the errands to the books.
func (s *Server) carry(ctx context.Context, c *call, jobs []job, errands []errand) {
	t := trip{Server: s, call: c, jobs: jobs}
	var choosing []errand
	for _, e := range errands {
		if e.chooses {
			choosing = append(choosing, e)
		} else {
			t.add(e.number, ledger.Request{Command: e.command, Key: jobs[e.number].key})
		}
	}
	t.submit(ctx)
	for some := range slices.Chunk(choosing, maxChoosing) {
		var all sync.WaitGroup
		for _, e := range some {
			all.Go(func() {
				j := &jobs[e.number]
				defer func() {
					if v := recover(); v != nil { // the call's own does not see it
						j.err = s.panicked(ctx, v)
					}
				}()
				s.choose(ctx, c, j, e.command)
			})
		}
		all.Wait()
	}
}

// inTurns carries the errands out so that those about the same order or
// product take effect in the order given: in each turn first what is for the
// books alone, then what chooses, side by side.
func (s *Server) inTurns(ctx context.Context, c *call, jobs []job, errands []errand) {
	for i := range errands {
		errands[i].about = s.concernsOf(ctx, c, &jobs[errands[i].number], &errands[i])
	}
	for len(errands) > 0 {
		var now []errand
		now, errands = nextTurn(errands)
		s.carry(ctx, c, jobs, now)
	}
}

// nextTurn divides errands into those that may go now and those that have to
// wait for one of them: behind what waits already, and behind what chooses.
// What goes to the books does so in the order given, and before what chooses.
func nextTurn(errands []errand) (now, later []errand) {
	var choosing, waiting concerns
	for i := range errands {
		e := &errands[i]
		switch {
		case e.about.meet(&choosing) || e.about.meet(&waiting):
			waiting.add(&e.about)
			later = append(later, *e)
			continue
		case e.chooses:
			choosing.add(&e.about)
		}
		now = append(now, *e)
	}
	return now, later
}

// concerns are what writes are about.
type concerns struct {
	all  bool // they may be about anything
	some bool // there is a write
	of   map[concern]bool
}

// concern is an order, a customer, a product or an idempotency key.
type concern struct {
	kind byte
	id   string
}

// concernsOf says what an errand is about. What chooses sees how much of a
// product there is, and takes of it. What leaves was held: nobody can choose
// more or less after it, so a deduct of a whole order is about the order alone.
// A release may free any product, a kit takes of others than its own, and all
// that is not named here may be about anything.
func (s *Server) concernsOf(ctx context.Context, c *call, j *job, e *errand) concerns {
	about := concerns{some: true, of: map[concern]bool{}}
	about.note('k', j.key)
	switch w := e.command.(type) {
	case stock.Place:
		about.note('o', w.Order.Order)
		about.note('c', w.Customer)
		for i := range w.Lines {
			about.note('p', w.Lines[i].Item.Product)
		}
		if e.chooses {
			kits, err := s.orders.HasKits(ctx, c.tenant, j.write.(reserveWrite).products())
			about.all = kits || err != nil
		}
	case stock.Confirm:
		about.note('o', w.Order.Order)
		about.note('p', w.Item.Product)
	case stock.OpenItem:
		about.note('p', w.Item.Product)
	case stock.Restock:
		about.note('p', w.Item.Product)
	case stock.Adjust:
		about.note('p', w.Item.Product)
	default:
		about.all = true
	}
	return about
}

func (c *concerns) note(kind byte, id string) {
	if id != "" {
		c.of[concern{kind, id}] = true
	}
}

func (c *concerns) meet(others *concerns) bool {
	if c.all && others.some || others.all {
		return true
	}
	for id := range c.of {
		if others.of[id] {
			return true
		}
	}
	return false
}

func (c *concerns) add(more *concerns) {
	c.some, c.all = true, c.all || more.all
	if c.of == nil {
		c.of = map[concern]bool{}
	}
	for id := range more.of {
		c.of[id] = true
	}
}
