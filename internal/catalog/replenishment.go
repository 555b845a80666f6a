package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// Replenishment is a stored rule of replenishment: how much of products a
// location is to have, and how often that is seen to (docs/adr/0022).
type Replenishment struct {
	Tenant, ID string
	To         string
	From       []string // 1 to MaxSources, the first first
	Products   []string // at most MaxSet; none: all that the location has
	// When there are less than Min, they are filled up to Target, by a multiple
	// of Multiple; 0 is 1.
	Min, Target, Multiple int64
	Active                bool
	Every                 time.Duration // whole seconds, 1 s to MaxPeriod
	Changed               time.Time
	// Due is when it is carried out next, zero while it is not active.
	Due time.Time
	// Revision is that of the entry that wrote it last.
	Revision int64
}

const (
	// MaxPeriod is the longest period of something that is done again and
	// again: a month.
	MaxPeriod = 31 * 24 * time.Hour
	// MaxSources is how many locations a rule may fill up from.
	MaxSources = 100

	maxRule = 64
	maxQty  = 1<<53 - 1
)

// Boundary is the first end of a period after the moment. Periods are counted
// from 1970 on, so all servers agree on them.
func Boundary(after time.Time, every time.Duration) time.Time {
	step := every.Milliseconds()
	return fromMillis((after.UnixMilli()/step + 1) * step)
}

func (p *Replenishment) check() error {
	if err := checkID("rule_id", p.ID, maxRule); err != nil {
		return err
	}
	if err := checkID("to_location_id", p.To, maxLocation); err != nil {
		return err
	}
	bad := func(field, why string) error { return &InvalidError{Field: field, Reason: why} }
	for i, from := range p.From {
		if err := checkID("from_location_ids", from, maxLocation); err != nil {
			return err
		}
		if from == p.To || slices.Contains(p.From[:i], from) {
			return bad("from_location_ids", "must name other locations, each once")
		}
	}
	seen := make(map[string]bool, len(p.Products))
	for _, product := range p.Products {
		if err := checkID("product_ids", product, maxProduct); err != nil {
			return err
		}
		if seen[product] {
			return bad("product_ids", "names a product twice")
		}
		seen[product] = true
	}
	switch {
	case len(p.From) < 1 || len(p.From) > MaxSources:
		return bad("from_location_ids", fmt.Sprintf("must be 1 to %d", MaxSources))
	case len(p.Products) > MaxSet:
		return bad("product_ids", fmt.Sprintf("must be at most %d", MaxSet))
	case p.Min < 1 || p.Min > maxQty:
		return bad("min", "is out of range")
	case p.Target < p.Min || p.Target > maxQty:
		return bad("target", "must be at least min")
	case p.Multiple < 0 || p.Multiple > maxQty:
		return bad("multiple", "is out of range")
	case p.Every < time.Second || p.Every > MaxPeriod || p.Every%time.Second != 0:
		return bad("every_seconds", fmt.Sprintf("must be 1 to %d", int64(MaxPeriod/time.Second)))
	}
	return nil
}

// SetReplenishment stores a rule and returns it as it is kept. Its locations
// must be known. The same again is no change.
func (c *Catalog) SetReplenishment(ctx context.Context, p Replenishment) (Replenishment, error) {
	err := p.check()
	if err == nil {
		err = c.store.write(ctx, c.now, func(w *write) error { return w.setReplenishment(&p) })
	}
	if err != nil {
		return Replenishment{}, fmt.Errorf("set replenishment %q: %w", p.ID, err)
	}
	return p, nil
}

func (w *write) setReplenishment(p *Replenishment) error {
	is, found, err := w.replenishment(p.Tenant, p.ID)
	if err != nil {
		return err
	}
	if found && !is.gone && is.same(p) {
		*p = is.Replenishment
		return nil
	}
	for _, id := range append([]string{p.To}, p.From...) {
		k, err := w.knowledge(Ref{Tenant: p.Tenant, Location: id})
		if err != nil {
			return err
		}
		if !k.Location {
			return &UnknownError{What: "location", ID: id}
		}
	}
	p.Changed, p.Due = w.at(), time.Time{}
	if p.Active {
		p.Due = Boundary(w.at(), p.Every)
	}
	row := replenishmentRow{Replenishment: *p}
	err = w.putReplenishment(&row, !found)
	*p = row.Replenishment
	return err
}

// DropReplenishment takes a rule away. One that was taken away already is no
// change; one that never was is ErrUnknown.
func (c *Catalog) DropReplenishment(ctx context.Context, tenant, id string) error {
	err := c.store.write(ctx, c.now, func(w *write) error {
		is, found, err := w.replenishment(tenant, id)
		switch {
		case err != nil:
			return err
		case !found:
			return &UnknownError{What: "replenishment", ID: id}
		case is.gone:
			return nil
		}
		is.gone, is.Changed, is.Due = true, w.at(), time.Time{}
		return w.putReplenishment(&is, false)
	})
	if err != nil {
		return fmt.Errorf("drop replenishment %q: %w", id, err)
	}
	return nil
}

// Replenishment returns a rule as the database has it now, or ErrUnknown.
func (c *Catalog) Replenishment(ctx context.Context, tenant, id string) (Replenishment, error) {
	var is replenishmentRow
	var found bool
	err := c.store.look(ctx, func(r *read) (err error) {
		is, found, err = r.replenishment(tenant, id)
		return err
	})
	if err == nil && (!found || is.gone) {
		err = &UnknownError{What: "replenishment", ID: id}
	}
	if err != nil {
		return Replenishment{}, fmt.Errorf("read replenishment %q: %w", id, err)
	}
	return is.Replenishment, nil
}

// Replenishments lists the rules of a tenant with ids behind after, by id.
func (c *Catalog) Replenishments(ctx context.Context, tenant, after string, limit int) ([]Replenishment, error) {
	if !storable(tenant) || !storable(after) {
		return nil, nil
	}
	return c.listReplenishments(ctx, `tenant = ? AND id > ? AND gone = ? ORDER BY id LIMIT ?`, tenant, after, false, max(1, min(limit, maxListed)))
}

// DueReplenishments lists rules of all tenants that are due at the moment, the
// longest due first.
func (c *Catalog) DueReplenishments(ctx context.Context, at time.Time, limit int) ([]Replenishment, error) {
	return c.listReplenishments(ctx, `due > 0 AND due <= ? ORDER BY due, tenant, id LIMIT ?`, millis(at), max(1, min(limit, maxListed)))
}

func (c *Catalog) listReplenishments(ctx context.Context, where string, args ...any) ([]Replenishment, error) {
	var rows []replenishmentRow
	err := c.store.look(ctx, func(r *read) (err error) {
		rows, err = list(r, scanReplenishment, `SELECT `+replenishmentColumns+` FROM {replenishment} WHERE `+where, args...)
		return err
	})
	all := make([]Replenishment, len(rows))
	for i := range rows {
		if err == nil {
			err = rows[i].unpack()
		}
		all[i] = rows[i].Replenishment
	}
	if err != nil {
		return nil, fmt.Errorf("list replenishments: %w", err)
	}
	return all, nil
}

// Replenished says that a rule was carried out for the period that ended at its
// Due, and with which transfers: both are stored, or neither. It is due again at
// the first end of a period after the moment. Where somebody else has carried it
// out, or it was changed, or there is a transfer above newest, it is ErrStale.
func (c *Catalog) Replenished(ctx context.Context, p Replenishment, at time.Time, newest int64, made ...StockTransfer) error {
	for i := range made {
		if err := made[i].check(); err != nil {
			return fmt.Errorf("create transfer %q: %w", made[i].ID, err)
		}
	}
	err := c.store.write(ctx, c.now, func(w *write) error {
		is, found, err := w.replenishment(p.Tenant, p.ID)
		if err != nil {
			return err
		}
		if !found || is.Revision != p.Revision || !is.Due.Equal(p.Due) {
			return ErrStale
		}
		if err := w.openTransfers(newest, made); err != nil {
			return err
		}
		return w.exec(`UPDATE {replenishment} SET due = ? WHERE tenant = ? AND id = ?`, millis(Boundary(at, p.Every)), p.Tenant, p.ID)
	})
	if err != nil {
		return fmt.Errorf("carry out replenishment %q: %w", p.ID, err)
	}
	return nil
}

// replenishmentRow is a rule in its table. One that was dropped stays there, so
// that the log has its row.
type replenishmentRow struct {
	Replenishment
	gone   bool
	packed []byte // the body, until unpack
}

// same says that the rule says the same.
func (p *replenishmentRow) same(q *Replenishment) bool {
	return p.To == q.To && slices.Equal(p.From, q.From) && slices.Equal(p.Products, q.Products) &&
		p.Min == q.Min && p.Target == q.Target && p.Multiple == q.Multiple && p.Active == q.Active && p.Every == q.Every
}

// replenishmentBody is a rule in the log, and in its table.
type replenishmentBody struct {
	To       string   `json:"to"`
	From     []string `json:"from"`
	Products []string `json:"products,omitempty"`
	Min      int64    `json:"min"`
	Target   int64    `json:"target"`
	Multiple int64    `json:"multiple,omitempty"`
	Active   bool     `json:"active"`
	Every    int64    `json:"every_ms"`
	Changed  int64    `json:"changed"`
	Gone     bool     `json:"gone,omitempty"`
}

func (p replenishmentRow) body() any {
	return replenishmentBody{
		p.To, p.From, p.Products, p.Min, p.Target, p.Multiple, p.Active, p.Every.Milliseconds(), millis(p.Changed), p.gone,
	}
}

const replenishmentColumns = `tenant, id, body, gone, due, seq`

func scanReplenishment(scan func(...any) error, p *replenishmentRow) error {
	var due int64
	err := scan(&p.Tenant, &p.ID, &p.packed, &p.gone, &due, &p.Revision)
	p.Due = fromMillis(due)
	return err
}

// unpack reads the body.
func (p *replenishmentRow) unpack() error {
	var b replenishmentBody
	if err := json.Unmarshal(p.packed, &b); err != nil {
		return fmt.Errorf("unpack replenishment %q: %w", p.ID, err)
	}
	if b.Gone != p.gone {
		return fmt.Errorf("replenishment %q is gone in its body or in its row alone", p.ID)
	}
	p.To, p.From, p.Products, p.Min, p.Target, p.Multiple = b.To, b.From, b.Products, b.Min, b.Target, b.Multiple
	p.Active, p.Every, p.Changed, p.packed = b.Active, time.Duration(b.Every)*time.Millisecond, fromMillis(b.Changed), nil
	return nil
}

func (r *read) replenishment(tenant, id string) (replenishmentRow, bool, error) {
	if !storable(tenant) || !storable(id) {
		return replenishmentRow{}, false, nil
	}
	rows, err := list(r, scanReplenishment, `SELECT `+replenishmentColumns+` FROM {replenishment} WHERE tenant = ? AND id = ?`, tenant, id)
	if err != nil || len(rows) == 0 {
		return replenishmentRow{}, false, err
	}
	err = rows[0].unpack()
	return rows[0], err == nil, err
}

func (w *write) putReplenishment(p *replenishmentRow, fresh bool) error {
	kind := KindReplenishmentSet
	if p.gone {
		kind = KindReplenishmentDropped
	}
	packed, err := json.Marshal(p.body())
	if err != nil {
		return fmt.Errorf("pack replenishment: %w", err)
	}
	if p.Revision, err = w.log(p.Tenant, kind, p.ID, p.body()); err != nil {
		return err
	}
	if fresh {
		w.insert(`{replenishment} (`+replenishmentColumns+`)`, p.Tenant, p.ID, string(packed), p.gone, millis(p.Due), p.Revision)
		return nil
	}
	return w.exec(`UPDATE {replenishment} SET body = ?, gone = ?, due = ?, seq = ? WHERE tenant = ? AND id = ?`,
		string(packed), p.gone, millis(p.Due), p.Revision, p.Tenant, p.ID)
}
