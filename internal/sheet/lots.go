package sheet

import (
	"context"
	"maps"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// A row of lots is one lot of an item: how much of it is on the shelf. The lot's
// attributes have columns of their own, lot.batch and the like. An empty cell means that
// the lot has no such attribute.

// lotWords begin the heading of an attribute.
var lotWords = []string{"lot.", "批次."}

// maxLotColumns is how many different attributes the lots of a file may have.
const maxLotColumns = 64

// lotColumn is the column of an attribute.
type lotColumn struct {
	name  string
	cell  int
	apart bool // it belongs to a digest and not to the lot
}

// ownField is the cell of a field that belongs to the digest only, -1 when the file has none of the name.
func (h *header) ownField(name string) int {
	for _, at := range h.fields {
		if at.apart && at.name == name {
			return at.cell
		}
	}
	return -1
}

// lotColumn accepts a heading as that of an attribute or of another field of a digest, if it
// is one, and returns the column's name.
func (h *header) lotColumn(kind Kind, cell int, word string) string {
	words := lotWords
	switch kind {
	case KindLots:
		words = slices.Concat(lotWords, digestWords)
	case KindTransfers:
	default:
		return ""
	}
	for _, before := range words {
		name, found := strings.CutPrefix(normaliseHeading(word), before)
		if !found || name == "" {
			continue
		}
		at := lotColumn{name, cell, slices.Contains(digestWords, before)}
		h.fields = append(h.fields, at)
		if at.apart {
			return digestWords[0] + name
		}
		h.lots = append(h.lots, at)
		return lotWords[0] + name
	}
	return ""
}

// readLot reads the attributes of a row's lot, and its quantity.
func (c rowReader) readLot() {
	r := c.rec
	r.onHand = c.amount(onHand)
	if !r.onHand.isSet() {
		c.flaw(onHand, "is missing")
	}
	c.readNote()
	c.makeLot(c.attributes())
	c.readDigest(c.rule)
}

// attributes are those of the row's lot, by name.
func (c rowReader) attributes() map[string]string {
	text := c.cellText
	if c.rule.digests != "" {
		text = c.factor
	}
	all := map[string]string{}
	for _, at := range c.header.lots {
		var dates []kind
		if isTime(at.name) || c.rule.digests == DigestsBatch {
			dates = []kind{date}
		}
		if value := text(at.cell, dates...); value != "" {
			all[at.name] = value
			if _, err := stock.MakeLot(map[string]string{at.name: value}); err != nil {
				c.rec.refuse(codeInvalid, c.header.words[at.cell], err.Error())
			}
		}
	}
	return all
}

func (c rowReader) makeLot(attributes map[string]string) {
	lot, err := stock.MakeLot(attributes)
	if err != nil {
		c.rec.refuse(codeInvalid, c.header.words[c.header.lots[0].cell], err.Error())
	}
	c.rec.lot = lot
}

// ofLot is the item's key with the row's lot, for a command.
func (w *work) ofLot(k stock.ItemKey) stock.ItemKey {
	k.Lot = string(w.lot)
	return k
}

// lots writes the lots of items, a column for each attribute that any has.
func (x *export) lots(ctx context.Context) (view.Snapshot, error) {
	q := view.LevelQuery{Tenant: x.spec.Tenant, Location: x.spec.Location, Product: x.spec.Product, Bounds: x.spec.Bounds}
	names, err := x.attributes(ctx, q)
	if err != nil {
		return view.Snapshot{}, err
	}
	words := append([]string{"product_id", "location_id"}, lotHeadings(names)...)
	words = append(words, "on_hand", "available", "held", "withheld", "damaged", "quality", "sellable", "recalled", "since", "unit")
	if err := x.heading(words...); err != nil {
		return view.Snapshot{}, err
	}
	units := &unitWalk{directory: x.desk.rooms.Directory, tenant: x.spec.Tenant}
	now := stock.Time(x.desk.now().UnixMilli())
	return x.desk.rooms.Levels.Scan(ctx, q, func(it *stock.Item) error {
		if len(it.Lots) == 0 {
			return nil
		}
		u, err := units.unit(ctx, it.Key.Product)
		if err != nil {
			return err
		}
		for i := range it.Lots {
			if err := x.lot(it, &it.Lots[i], names, now, u.Name, u.Scale); err != nil {
				return err
			}
		}
		return nil
	})
}

// lotHeadings are the headings of attributes.
func lotHeadings(names []string) []string {
	words := make([]string, len(names))
	for i, name := range names {
		words[i] = lotWords[0] + name
	}
	return words
}

// attributes are the names of all attributes of the lots, in order.
func (x *export) attributes(ctx context.Context, q view.LevelQuery) ([]string, error) {
	found := attributeNames{}
	_, err := x.desk.rooms.Levels.Scan(ctx, q, func(it *stock.Item) error {
		for i := range it.Lots {
			found.add(it.Lots[i].Lot)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		found["batch"] = true // so that a table without rows has the needed columns
	}
	return found.sorted()
}

// attributeNames are those of the lots in a table.
type attributeNames map[string]bool

func (n attributeNames) add(lot stock.Lot) {
	all, _ := lot.Attributes()
	for _, a := range all {
		n[a.Name] = true
	}
}

func (n attributeNames) sorted() ([]string, error) {
	if len(n) > maxLotColumns {
		return nil, broken(0, "", "the lots have %d attributes between them, a table has room for %d: export them by product", len(n), maxLotColumns)
	}
	return slices.Sorted(maps.Keys(n)), nil
}

// lotCells writes the lot's attributes into the columns of these names, which have all of them.
func (x *export) lotCells(lot stock.Lot, names []string) error {
	all, _ := lot.Attributes()
	for _, name := range names {
		value := ""
		if len(all) > 0 && all[0].Name == name {
			value, all = all[0].Value, all[1:]
		}
		x.text(value)
	}
	if len(all) > 0 {
		return ErrChanging // an attribute appeared after the columns were fixed
	}
	return nil
}

func (x *export) lot(it *stock.Item, r *stock.LotRecord, names []string, now stock.Time, unit string, scale int) error {
	x.start()
	x.text(it.Key.Product, it.Key.Location)
	if err := x.lotCells(r.Lot, names); err != nil {
		return err
	}
	in := func(a stock.Account) stock.Qty { return it.Of(a.InLot(r.Lot)) }
	pool, withheld, damaged, quality := in(stock.Shared), in(stock.Withheld), in(stock.Damaged), in(stock.Quality)
	x.units(scale, pool+r.Held+withheld+damaged+quality, pool, r.Held, withheld, damaged, quality)
	x.flags(it.SellsLot(r, now), r.Recalled)
	x.time(r.Since)
	x.text(unit)
	return x.end()
}
