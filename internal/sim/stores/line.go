package stores

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

// line is the connection of one life of a till. It carries calls to the desk as the API would.
type line struct {
	m       *machine
	life    *life
	greeted *outpost.Greeting // the last answer to a hello
}

var _ outpost.Uplink = (*line)(nil)

// errStranger says that the till's key is no longer valid.
var errStranger = errors.New("the key is not known")

// admit makes the API's first check: whether the key is good. A late message was let in before it
// was late.
func (l *line) admit(ctx context.Context) error {
	if !l.m.r.centre.alive() {
		return errDown
	}
	_, err := l.m.r.centre.catalog.Authenticate(ctx, l.m.program.Status().Key)
	switch {
	case errors.Is(err, catalog.ErrBadKey), errors.Is(err, catalog.ErrRevoked):
		return errStranger
	case err != nil:
		return errDown
	}
	return nil
}

// Hello says hello.
func (l *line) Hello(ctx context.Context, h outpost.Hello) (outpost.Greeting, error) {
	g, err := exchange(ctx, l, "hello", func(ctx context.Context, d *outpost.Desk) (outpost.Greeting, error) {
		return d.Hello(ctx, tenant, l.m.till, h)
	})
	if errors.Is(err, errStranger) {
		return outpost.Greeting{Reply: outpost.ReplyStale, Next: h.Next}, nil
	}
	if err != nil {
		return g, err
	}
	old := l.greeted
	l.greeted = &g
	if old != nil && l.m.r.oldAnswer() {
		l.m.r.note("%s hears an old answer", l.m.name)
		return *old, nil
	}
	return g, nil
}

// oldAnswer reports whether an earlier answer comes instead of the one that is due.
func (r *run) oldAnswer() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.calm && r.rnd.IntN(100) < r.weather.lose
}

// Report sends records.
func (l *line) Report(ctx context.Context, rep outpost.Report) (outpost.Applied, error) {
	return exchange(ctx, l, "report", func(ctx context.Context, d *outpost.Desk) (outpost.Applied, error) {
		return d.Report(ctx, tenant, l.m.till, rep)
	})
}

// Ask asks for units.
func (l *line) Ask(ctx context.Context, wanted []outpost.Wanted) ([]outpost.Units, error) {
	return exchange(ctx, l, fmt.Sprint("ask ", wanted), func(ctx context.Context, d *outpost.Desk) ([]outpost.Units, error) {
		return d.Ask(ctx, tenant, l.m.till, wanted)
	})
}

// unitsPage is short, so that there are several pages.
const unitsPage = 2

// AllUnits reads what the till has of all products.
func (l *line) AllUnits(ctx context.Context, fn func([]outpost.Units) error) (position string, err error) {
	for after := ""; ; {
		page, err := exchange(ctx, l, "units", func(ctx context.Context, d *outpost.Desk) ([]outpost.Units, error) {
			if position == "" {
				position = l.m.r.centre.position(l.m.r.centre.head())
			}
			return d.Units(ctx, tenant, l.m.till, after, unitsPage)
		})
		if err != nil {
			return "", err
		}
		if len(page) == 0 {
			return position, nil
		}
		if err := fn(page); err != nil {
			return "", err
		}
		after = page[len(page)-1].Product
	}
}

// AllDetails has none.
func (l *line) AllDetails(context.Context, func([]catalog.Details) error) error { return nil }

// AllKits has none.
func (l *line) AllKits(context.Context, func([]catalog.Kit) error) error { return nil }

// position names a record of the centre's log as it is now.
func (c *centre) position(seq uint64) string { return fmt.Sprintf("%d.%d", len(c.restored), seq) }

// seqOf is the record that a position names, or outpost.ErrGone where that record was lost.
func (c *centre) seqOf(position string) (uint64, error) {
	era, text, _ := strings.Cut(position, ".")
	n, err := strconv.Atoi(era)
	seq, err2 := strconv.ParseUint(text, 10, 64)
	if err := errors.Join(err, err2); err != nil {
		return 0, err
	}
	for _, last := range c.restored[n:] {
		if seq > last {
			return 0, outpost.ErrGone
		}
	}
	return seq, nil
}

// Watch follows the centre's log, a record at a time.
func (l *line) Watch(ctx context.Context, position string, fn func(outpost.Change) error) error {
	r := l.m.r
	for {
		msg := &message{m: l.m, life: l.life, what: "watch", again: func() {}, ready: func() bool {
			seq, err := r.centre.seqOf(position)
			return err != nil || r.centre.alive() && r.centre.head() > seq
		}}
		f := r.wait(ctx, msg)
		if f == lost || f == late {
			return errDown
		}
		changes, next, err := l.m.next(position)
		if err != nil {
			return err
		}
		if f == doubled {
			changes = append(changes, changes...)
		}
		for _, c := range changes {
			if err := fn(c); err != nil {
				return err
			}
		}
		position = next
	}
}

// next is what the record behind the position says to the till.
func (m *machine) next(position string) (changes []outpost.Change, behind string, err error) {
	c := m.r.centre
	seq, err := c.seqOf(position)
	if err != nil {
		return nil, "", err
	}
	records, err := c.disk.engine.Read(m.r.ctx, engine.Seq(seq), 1)
	if err != nil || len(records) == 0 {
		return nil, "", errDown
	}
	rec, err := stock.ParseRecord(records[0].Body)
	if err != nil {
		return nil, "", err
	}
	err = rec.Events(func(_ int, e *stock.Event) error {
		for i := range e.Items {
			if change := m.tell(e, &e.Items[i], position); change != nil {
				changes = append(changes, *change)
			}
		}
		return nil
	})
	behind = c.position(seq + 1)
	return append(changes, outpost.Change{Position: behind}), behind, err
}

// switching are the operations after which a till asks for the product, as over the API.
var switching = map[stock.Op]bool{stock.OpSaleStatus: true, stock.OpOpen: true, stock.OpQuota: true, stock.OpQuotaReset: true}

// tell is what a change of an item says to the till, nil for nothing.
func (m *machine) tell(e *stock.Event, c *stock.ItemChange, position string) *outpost.Change {
	if !c.Changed || c.Key.Hidden() || e.Refusal != nil {
		return nil
	}
	change := &outpost.Change{Position: position, Product: c.Key.Product, Switched: switching[e.Op]}
	for _, rec := range c.Escrows {
		if rec.Holder == m.till && outpost.EpochName(rec.Epoch) == m.epoch {
			change.Given = &outpost.Units{Product: c.Key.Product, Tracked: true, Added: int64(rec.Added), Keep: -1}
			if rec.Capped {
				change.Given.Keep = int64(rec.Keep)
			}
		}
	}
	return change
}

// Orders has none: orders that were made online stay at the centre here.
func (l *line) Orders(context.Context, func([]outpost.OnlineOrder) error) error { return nil }

// Order knows none.
func (l *line) Order(context.Context, string) (outpost.OnlineOrder, bool, error) {
	return outpost.OnlineOrder{}, false, nil
}
