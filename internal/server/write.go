package server

import (
	"context"
	"errors"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// Books is the ledger as the server uses it.
type Books interface {
	// Submit carries out the requests, each by itself, those about the same
	// item or order in the order given.
	Submit(ctx context.Context, requests ...ledger.Request) []ledger.Result
	// Items, Product and Order are strong reads, as of one moment each.
	Items(ctx context.Context, keys []stock.ItemKey) ([]ledger.Level, stock.Time, error)
	Product(ctx context.Context, p engine.ProductKey) ([]ledger.Level, stock.Time, error)
	Order(ctx context.Context, k stock.OrderKey) ([]*stock.Hold, stock.Time, error)
	// Try says what a command about items would do now, and how the first of
	// them would be afterwards.
	Try(ctx context.Context, cmd stock.Command) (*stock.Event, *stock.Item, stock.Time, error)
	// After says whether the books are at the position, or ledger.ErrBehind.
	After(ctx context.Context, p ledger.Position) error
	// Places are how far this node has seen each slot, by number.
	Places() []ledger.Position
	// Sweep expires what is due in a tenant and returns how many lines ended.
	Sweep(ctx context.Context, tenant string) (int, error)
}

// Directory is the catalog as the server uses it.
type Directory interface {
	// Known says what is known of each ref.
	KnownAll(ctx context.Context, refs []catalog.Ref) ([]catalog.Knowledge, error)
	// KnowAll makes products and locations known, each by itself.
	KnowAll(ctx context.Context, ins []catalog.Introduction) []catalog.Answer
	// Product is exact about a unit that was declared a moment ago elsewhere.
	Product(ctx context.Context, tenant, id string) (catalog.Product, error)
}

// write is one command of the contract on its way to the books. Its steps run
// in this order, for all writes of a call together.
type write interface {
	// check looks at the form of the request.
	check(f *form)
	// refs appends what has to be looked up before the command can be made.
	refs(c *call, refs []catalog.Ref) []catalog.Ref
	// decimals says whether the request has quantities in a declared unit.
	decimals() bool
	// command makes the command. known answers the refs.
	command(c *call, known []catalog.Knowledge, keyed bool) (stock.Command, error)
}

// introducer is a write that makes a product and a location known. introduce
// looks at what has to be right before anything becomes known.
type introducer interface {
	introduce(c *call, known catalog.Knowledge) (in catalog.Introduction, needed bool, err error)
}

// job is a write of a call and what has become of it.
type job struct {
	write  write
	key    string
	err    error
	result ledger.Result
	chosen *fulfil.Answer // of a reserve whose lines had to be chosen
	known  []catalog.Knowledge
	quotas *quotasRead       // of a write about quotas that was carried out
	beside []ledger.Position // other places in the books that show what became of it

	from, to int // its refs
}

// carryOut takes the jobs that have no error yet to the books. The order of
// the jobs is the order in which they take effect.
func (s *Server) carryOut(ctx context.Context, c *call, jobs []job) error {
	if err := s.await(ctx, c); err != nil {
		return err
	}
	if err := s.lookUp(ctx, c, jobs); err != nil {
		return err
	}
	for i := range jobs {
		if j := &jobs[i]; j.err == nil {
			j.err = s.ofItsOwn(ctx, c, j.write)
		}
	}
	s.introduce(ctx, c, jobs)
	var room [1]errand // most calls are one job
	errands, choosing := room[:0], 0
	for i := range jobs {
		j := &jobs[i]
		if j.err != nil {
			continue
		}
		e := errand{number: i}
		if e.command, j.err = j.write.command(c, j.known, j.key != ""); j.err != nil {
			continue
		}
		if e.chooses, j.err = s.chooses(ctx, c, j.write); j.err != nil {
			continue
		}
		if errands = append(errands, e); e.chooses {
			choosing++
		}
	}
	if choosing > 0 && len(errands) > 1 {
		s.inTurns(ctx, c, jobs, errands)
	} else {
		s.carry(ctx, c, jobs, errands)
	}
	for i := range jobs {
		s.reached(c, jobs[i].result.Position)
		for _, p := range jobs[i].beside {
			s.reached(c, p)
		}
	}
	return nil
}

// trip is jobs on their way to the books together.
type trip struct {
	*Server
	call     *call
	jobs     []job
	numbers  []int
	requests []ledger.Request
	one      [1]ledger.Request // most trips are of one job
	first    [1]int
}

func (t *trip) add(number int, r ledger.Request) {
	if t.requests == nil {
		t.requests, t.numbers = t.one[:0], t.first[:0]
	}
	t.numbers, t.requests = append(t.numbers, number), append(t.requests, r)
}

// submit takes what has been added to the books.
func (t *trip) submit(ctx context.Context) {
	if len(t.requests) == 0 {
		return
	}
	first := t.running.begin(t.call.tenant, t.requests)
	results := t.books.Submit(ctx, t.requests...)
	t.running.end(t.call.tenant, t.requests, results, first)
	for i, n := range t.numbers {
		j := &t.jobs[n]
		j.result, j.err = results[i], results[i].Err
		if t.maybeKit(j) {
			t.partOfKit(ctx, t.call, j, t.requests[i].Command)
		}
	}
	t.numbers, t.requests = t.numbers[:0], t.requests[:0]
}

// reached takes a write's position over into the answer's. Writes in several
// slots are answered with a place in all of them.
func (s *Server) reached(c *call, p ledger.Position) {
	switch {
	case p.Seq == 0:
	case !c.wrote || p.Slot == c.position.Slot && c.places == nil:
		if !c.wrote || p.Seq > c.position.Seq {
			c.position, c.wrote = p, true
		}
	default:
		if c.places == nil {
			for _, at := range s.books.Places() {
				c.places = append(c.places, feed.Behind(at.Slot, at.Seq))
			}
			c.places.reach(c.position)
		}
		c.places.reach(p)
	}
}

// everywhere is a position in every slot.
type everywhere feed.Cursors

func (at everywhere) reach(p ledger.Position) {
	if int(p.Slot) < len(at) && at[p.Slot].Seq < p.Seq {
		at[p.Slot] = feed.Behind(p.Slot, p.Seq)
	}
}

// positionText is what shows the call's writes, as it travels.
func (s *Server) positionText(c *call) string {
	if c.places != nil {
		return s.histories.Stamp(feed.Cursors(c.places)).String()
	}
	return s.histories.Mark(feed.Behind(c.position.Slot, c.position.Seq)).String()
}

// await waits until the books show what the caller has seen.
func (s *Server) await(ctx context.Context, c *call) error {
	for _, at := range c.after {
		if err := s.books.After(ctx, ledger.Position{Slot: at.Slot, Seq: at.Seq}); err != nil {
			return err
		}
	}
	return nil
}

// lookUp asks the catalog once for all that the jobs need.
func (s *Server) lookUp(ctx context.Context, c *call, jobs []job) error {
	var room [2]catalog.Ref
	refs := room[:0]
	for i := range jobs {
		j := &jobs[i]
		j.from, j.to = len(refs), len(refs)
		if j.err == nil {
			refs = j.write.refs(c, refs)
			j.to = len(refs)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	known, err := s.directory.KnownAll(ctx, refs)
	if err != nil {
		return err
	}
	for i := range jobs {
		j := &jobs[i]
		j.known = known[j.from:j.to]
		if j.err == nil && j.write.decimals() {
			j.err = s.exactUnits(ctx, refs[j.from:j.to], j.known)
		}
	}
	return nil
}

// exactUnits asks again for units that the catalog's memory does not know
// yet: one declared a moment ago on another node counts.
func (s *Server) exactUnits(ctx context.Context, refs []catalog.Ref, known []catalog.Knowledge) error {
	for i := range refs {
		if !known[i].Product || known[i].Unit.Scale != 0 {
			continue
		}
		p, err := s.directory.Product(ctx, refs[i].Tenant, refs[i].Product)
		if err != nil && !errors.Is(err, catalog.ErrUnknown) {
			return err
		}
		known[i].Unit = p.Unit
	}
	return nil
}

// introduce makes known what the jobs open. A job sees what the jobs before
// it made known, and nothing of those after it.
func (s *Server) introduce(ctx context.Context, c *call, jobs []job) {
	var ins []catalog.Introduction
	var whose []int
	for i := range jobs {
		opens, ok := jobs[i].write.(introducer)
		if !ok || jobs[i].err != nil {
			continue
		}
		in, needed, err := opens.introduce(c, jobs[i].known[0])
		if jobs[i].err = err; err == nil && needed {
			ins, whose = append(ins, in), append(whose, i)
		}
	}
	if len(ins) == 0 {
		return
	}
	news := news{products: map[string]catalog.Unit{}, locations: map[string]bool{}}
	next := 0
	answers := s.directory.KnowAll(ctx, ins)
	for i := range jobs {
		if next < len(whose) && whose[next] == i {
			answer := answers[next]
			if jobs[i].err = answer.Err; answer.Err == nil {
				jobs[i].known[0] = answer.Knowledge
				news.products[ins[next].Product] = answer.Knowledge.Unit
				news.locations[ins[next].Location] = answer.Knowledge.Spread
			}
			next++
			continue
		}
		if next > 0 && jobs[i].err == nil {
			news.tell(jobs[i].write.refs(c, nil), jobs[i].known)
		}
	}
}

// news is what earlier jobs of a call made known.
type news struct {
	products  map[string]catalog.Unit
	locations map[string]bool
}

func (n *news) tell(refs []catalog.Ref, known []catalog.Knowledge) {
	for i, ref := range refs {
		if unit, ok := n.products[ref.Product]; ok {
			known[i].Product, known[i].Unit = true, unit
		}
		if spread, ok := n.locations[ref.Location]; ok {
			known[i].Location, known[i].Spread = true, spread
		}
	}
}

// one carries out a single write and returns what became of it.
func (s *Server) one(ctx context.Context, c *call, w write) (*job, error) {
	var f form
	w.check(&f)
	if err := f.err(); err != nil {
		return nil, err
	}
	jobs := [1]job{{write: w, key: c.key}}
	if err := s.carryOut(ctx, c, jobs[:]); err != nil {
		return nil, err
	}
	c.replayed = jobs[0].result.Replayed
	return &jobs[0], jobs[0].err
}

// unitless says that no product of the job has a declared unit, as far as the
// job had to look: then its answer need not look again.
func (j *job) unitless() bool {
	for i := range j.known {
		if j.known[i].Unit.Scale != 0 {
			return false
		}
	}
	return len(j.known) > 0
}

// bucketOf is where an item is placed.
func bucketOf(k stock.ItemKey, known catalog.Knowledge) stock.Bucket {
	if known.Spread {
		return stock.SpreadBucketOf(k.Tenant, k.Location, k.Product)
	}
	return stock.BucketOf(k.Tenant, k.Location)
}

// item is the item that a write means: at the tenant's default location when
// none is named.
func (c *call) item(product, location string) stock.ItemKey {
	if location == "" {
		location = c.settings.DefaultLocation
	}
	return stock.ItemKey{Tenant: c.tenant, Location: location, Product: product}
}

// ref is what has to be looked up about an item.
func (c *call) ref(product, location string) catalog.Ref {
	k := c.item(product, location)
	return catalog.Ref{Tenant: k.Tenant, Product: k.Product, Location: k.Location}
}

// opening lets a write open the item when both of its parts are known.
func opening(known catalog.Knowledge) *stock.Opening {
	if !known.Product || !known.Location {
		return nil
	}
	return &stock.Opening{Unit: known.Unit.Name, Scale: uint8(known.Unit.Scale)}
}

// note is the free text that goes with a write.
func (c *call) note(reason, reference string) stock.Note {
	return stock.Note{Reason: reason, Reference: reference, Operator: c.operator}
}
