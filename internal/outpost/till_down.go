package outpost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// FromCentre is the reference of an act of a till that its centre requested: the till
// does not report it to the centre.
const FromCentre = "from the centre"

// TillDirectory is the catalog of the till.
type TillDirectory interface {
	KnowAll(ctx context.Context, ins []catalog.Introduction) []catalog.Answer
	// SetKits is no change of those that are the same. DropKit: catalog.ErrUnknown for one that never was.
	SetKits(ctx context.Context, tenant string, set []catalog.Kit) ([]catalog.Kit, error)
	DropKit(ctx context.Context, tenant, product string) (catalog.Kit, error)
}

// maxCounting is how many calls the counter carries out at a time.
const maxCounting = 1 << 16

// resync brings the till to the centre's state of all products.
func (t *Till) resync(ctx context.Context, era string) error {
	if err := t.ruled.forget(ctx); err != nil {
		return err
	}
	heard := t.get().Seq
	position, err := t.line.AllUnits(ctx, func(units []Units) error { return t.take(ctx, heard, units) })
	if err != nil {
		return fmt.Errorf("ask for all units: %w", err)
	}
	t.update(func(s *CentreState) { s.Era, s.Position = era, position }, true)
	return nil
}

// silence is after how long without a word from the centre the line counts as down: a watch
// hears something every 15 s, and connects again by itself without a word.
const silence = 25 * time.Second

var errSilent = errors.New("the centre has said nothing for a while")

// receive processes the messages of the centre until the line is lost.
func (t *Till) receive(ctx context.Context) error {
	heard, stop := context.WithCancel(ctx)
	defer stop()
	bell := time.AfterFunc(silence, stop)
	defer bell.Stop()
	err := t.line.Watch(heard, t.get().Position, func(c Change) error {
		bell.Reset(silence)
		var err error
		switch {
		case c.Switched:
			err = t.ask(ctx, t.get().Seq, []Wanted{{Product: c.Product}})
		case c.Given != nil:
			err = t.give(ctx, []Units{*c.Given}, true)
		case c.Terms != nil:
			t.obey(c.Terms)
		}
		if err != nil {
			return err
		}
		if c.Order != "" && (c.Offered || t.online.isKnown(c.Order)) {
			t.online.note(c.Order)
		}
		t.update(func(s *CentreState) { s.Position = c.Position }, false)
		if c.Product != "" {
			t.mu.Lock()
			t.applied = true
			t.mu.Unlock()
		}
		return nil
	})
	if errors.Is(err, ErrGone) {
		t.update(func(s *CentreState) { s.Position = "" }, true)
		return errLater
	}
	if heard.Err() != nil && ctx.Err() == nil {
		return errSilent
	}
	return err
}

// obey takes over a policy of the centre. The till says at once that it works by it.
func (t *Till) obey(terms *catalog.TillTerms) {
	if !sameTerms(t.get().Terms, terms) {
		t.update(func(s *CentreState) { s.AtRisk, s.Terms = terms.AtRisk, terms }, true)
		t.Wake()
	}
}

// ask brings products to the centre's state. The centre has heard of the till's log up to the record.
func (t *Till) ask(ctx context.Context, heard uint64, wanted []Wanted) error {
	units, err := t.line.Ask(ctx, wanted)
	if err != nil {
		return err
	}
	return t.take(ctx, heard, units)
}

// take brings products to the centre's state: switches, rules and units. The centre had heard of the till's
// log up to the record, or of more.
func (t *Till) take(ctx context.Context, heard uint64, units []Units) error {
	for part := range slices.Chunk(units, chunk) {
		if err := t.switches(ctx, heard, part); err != nil {
			return err
		}
		if err := t.rules(ctx, part); err != nil {
			return err
		}
		if err := t.give(ctx, part, true); err != nil {
			return err
		}
	}
	return nil
}

// give adds the units that the centre gave. If returns is true, it returns those that the centre asks for,
// but none while the counter has counted on them for an order.
func (t *Till) give(ctx context.Context, units []Units, returns bool) error {
	if returns && slices.ContainsFunc(units, func(u Units) bool { return u.Keep >= 0 }) {
		if err := t.counting.Acquire(ctx, maxCounting); err != nil {
			return err
		}
		defer t.counting.Release(maxCounting)
	}
	if err := t.introduce(ctx, units); err != nil {
		return err
	}
	var commands []stock.Command
	for i := range units {
		u := &units[i]
		key, bucket := t.item(u.Product)
		if !u.Tracked {
			continue
		}
		commands = append(commands, stock.AddGranted{
			Item: key, Bucket: bucket, To: stock.Qty(u.Added), Open: &stock.Opening{Unit: u.Unit, Scale: u.Scale},
		})
		if returns && u.Keep >= 0 {
			commands = append(commands, stock.HandBack{Item: key, Keep: stock.Qty(u.Keep)})
		}
	}
	return t.submit(ctx, commands)
}

// submit carries out commands. A command that is refused cannot be repaired
// here.
func (t *Till) submit(ctx context.Context, commands []stock.Command) error {
	for i, res := range ledger.SubmitEscrow(ctx, t.books, commands...) {
		var r *stock.Refusal
		switch {
		case errors.As(res.Err, &r) && r.Code == stock.NotFound:
		case errors.As(res.Err, &r) && r.Code == stock.AlreadyExists:
		case res.Err != nil:
			return fmt.Errorf("%s: %w", commands[i].Op(), res.Err)
		}
	}
	return nil
}

func (t *Till) item(product string) (stock.ItemKey, stock.Bucket) {
	location := t.get().Location
	return stock.ItemKey{Tenant: localTenant, Location: location, Product: product}, stock.BucketOf(localTenant, location)
}

// introduce makes products known to the till's catalog.
func (t *Till) introduce(ctx context.Context, units []Units) error {
	t.mu.Lock()
	location := t.state.Location
	var ins []catalog.Introduction
	for i := range units {
		if u := &units[i]; !t.known[u.Product] {
			ins = append(ins, catalog.Introduction{
				Ref:  catalog.Ref{Tenant: localTenant, Location: location, Product: u.Product},
				Unit: catalog.Unit{Name: u.Unit, Scale: int(u.Scale)},
			})
		}
	}
	t.mu.Unlock()
	if len(ins) == 0 {
		return nil
	}
	for i, a := range t.directory.KnowAll(ctx, ins) {
		if a.Err != nil {
			return fmt.Errorf("make product %q known: %w", ins[i].Product, a.Err)
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i := range ins {
		t.known[ins[i].Product] = true
	}
	return nil
}

// switches sets the switches of products as the centre has them, and opens those that are
// not counted.
func (t *Till) switches(ctx context.Context, heard uint64, units []Units) error {
	if err := t.introduce(ctx, units); err != nil {
		return err
	}
	keys := make([]stock.ItemKey, len(units))
	for i := range units {
		keys[i], _ = t.item(units[i].Product)
	}
	levels, _, err := t.books.Items(ctx, keys)
	if err != nil {
		return fmt.Errorf("read the till's items: %w", err)
	}
	var commands []stock.Command
	looked := false
	for i := range units {
		u, it := &units[i], levels[i].Item
		key, bucket := t.item(u.Product)
		open := &stock.Opening{Unit: u.Unit, Scale: u.Scale}
		note := stock.Note{Reference: FromCentre}
		if it == nil && !u.Tracked {
			commands = append(commands, stock.OpenItem{Item: key, Bucket: bucket, Unit: u.Unit, Scale: u.Scale, Note: note})
		}
		is := &stock.Item{OnSale: true}
		if it != nil {
			is = it
		}
		wrong := findWrongSwitches(is, u)
		if len(wrong) > 0 && !looked { // behind the read of the items: what was switched since is found
			if err := t.findSwitched(ctx, heard); err != nil {
				return err
			}
			looked = true
		}
		if t.isSwitchedSince(u.Product, heard) {
			continue
		}
		for _, w := range wrong {
			commands = append(commands, stock.SetSaleStatus{
				Item: key, Bucket: bucket, Channel: w.channel, OnSale: w.on, Open: open, Note: note,
			})
		}
	}
	return t.submit(ctx, commands)
}
