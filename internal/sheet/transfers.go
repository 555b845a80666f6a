package sheet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// A row of transfers is one line. The rows of a transfer are consecutive and describe it
// completely: it is requested as a whole or not at all. A transfer whose id already exists
// stays as it is.

// Transfer is a transfer between two locations, in its form in files.
type Transfer struct {
	ID, From, To, Channel string
	Expected, Created     stock.Time // 0: not said
	Reason, Reference     string
	State                 string
	Lines                 []TransferLine
}

// TransferLine is one product of a transfer, or one lot of it, in smallest units.
type TransferLine struct {
	Product                                    string
	Lot                                        stock.Lot // "": of none
	Requested                                  stock.Qty
	Shipped, Received, Lost, Surplus, Returned stock.Qty
	InTransit                                  stock.Qty
}

const (
	maxTransfer      = 64   // bytes of its id
	maxTransferLines = 1000 // as the API takes them
)

// transferID is the transfer that the row belongs to.
func (r *record) transferID() string {
	if r.moves == nil {
		return ""
	}
	return r.moves.ID
}

// readTransfer reads the columns of a line.
func (c rowReader) readTransfer() {
	r := c.rec
	t := &Transfer{
		ID: strings.Clone(c.id(transfer, maxTransfer)), From: c.places.intern(c.id(origin, maxLocation)), To: c.places.intern(c.id(destination, maxLocation)),
	}
	if t.Channel = strings.Clone(c.cellText(c.header.cell(channel))); t.Channel != "" {
		c.flaw(channel, faultOfID(t.Channel, maxChannel, false))
	}
	if t.From == t.To {
		c.flaw(destination, "is where the units come from")
	}
	c.readNote()
	t.Reason, t.Reference = strings.Clone(r.reason), strings.Clone(r.reference)
	if text := c.word(expected, date); text != "" {
		at, err := parseTime(text)
		if err != nil || at.UnixMilli() <= 0 {
			c.flaw(expected, "is not a time such as 2026-01-31T08:00:00Z")
		}
		t.Expected = stock.Time(at.UnixMilli())
	}
	r.product = strings.Clone(c.id(product, maxProduct))
	if r.quantity = c.amount(quantity); !r.quantity.isSet() {
		c.flaw(quantity, "is missing")
	}
	if attributes := c.attributes(); len(attributes) > 0 {
		c.makeLot(attributes)
	}
	r.moves = t
}

// compareTransfers refuses a product and lot that the transfer already has, rows of a transfer that
// are not consecutive, and too many lines.
func (t *table) compareTransfers(rec *record) {
	id := rec.transferID()
	if id == "" || rec.product == "" {
		return
	}
	if before, twice := t.items.put(id, rec.product+"\x00"+string(rec.lot), uint32(rec.line)); twice {
		rec.refuse(codeInvalid, t.header.word(product), fmt.Sprintf("line %d has the same product and lot of this transfer", before))
	}
	if id != t.kit {
		t.kit, t.lines = id, 0
		if before, twice := t.units.put(id, "", uint32(rec.line)); twice {
			rec.refuse(codeInvalid, t.header.word(transfer), fmt.Sprintf("the rows of a transfer must stand together: this one begins in line %d", before))
		}
	}
	if t.lines++; t.lines > maxTransferLines {
		rec.refuse(codeInvalid, t.header.word(transfer), fmt.Sprintf("a transfer has at most %d lines", maxTransferLines))
	}
}

// transferTarget applies rows to transfers.
type transferTarget struct{ *task }

// transfer is the transfer that the rows describe.
func (g rowGroup) transfer() Transfer {
	t := *g[0].moves
	for _, w := range g {
		t.Lines = append(t.Lines, TransferLine{Product: w.product, Lot: w.lot, Requested: w.qty})
	}
	return t
}

// transfers returns the rows of the batch by transfer. An unreadable row is a group of its
// own.
func (b *batch) transfers() []rowGroup {
	return b.groups(func(last, w *work) bool { return w.transferID() != "" && last.transferID() == w.transferID() })
}

// prepare looks up the names in the rows, reads their quantities, and settles the transfers
// that already exist. A transfer with a bad row is refused
// completely.
func (r transferTarget) prepare(ctx context.Context, b *batch, _ bool) error {
	if err := r.measureMoves(ctx, b); err != nil {
		return err
	}
	for _, k := range b.transfers() {
		for _, w := range k {
			if w.flaw != nil {
				k.refuse(codeInvalid, r.words.word(transfer), fmt.Sprintf("line %d of the same transfer is bad", w.flaw.Line))
				break
			}
			if same := *w.moves; same.From != k[0].moves.From || same.To != k[0].moves.To || same.Channel != k[0].moves.Channel ||
				same.Expected != k[0].moves.Expected || same.Reason != k[0].moves.Reason || same.Reference != k[0].moves.Reference {
				k.refuse(codeInvalid, r.words.word(transfer), fmt.Sprintf("lines %d and %d say different things of the transfer itself", k[0].line, w.line))
				break
			}
		}
		if !k.open() {
			continue
		}
		is, found, err := r.transferThere(ctx, k[0].transferID())
		if err != nil {
			return err
		}
		if found && !is.asksFor(k.transfer()) {
			k.refuse("ALREADY_EXISTS", r.words.word(transfer), "a transfer with this id asks for something else")
			continue
		}
		for _, w := range k {
			w.settled, w.changed = found, !found
		}
	}
	return nil
}

func (r transferTarget) transferThere(ctx context.Context, id string) (t Transfer, found bool, err error) {
	err = r.patiently(ctx, func() (err error) {
		t, err = r.desk.rooms.Transfers.Transfer(ctx, r.job.Tenant, id)
		if found = err == nil; errors.Is(err, catalog.ErrUnknown) {
			return nil
		}
		return err
	})
	return t, found, err
}

// asksFor reports whether both ask for the same units. Their texts may differ, because
// they change during the transfer.
func (t *Transfer) asksFor(o Transfer) bool {
	if t.From != o.From || t.To != o.To || t.Channel != o.Channel || len(t.Lines) != len(o.Lines) {
		return false
	}
	type part struct {
		product string
		lot     stock.Lot
	}
	wanted := map[part]stock.Qty{}
	for _, l := range t.Lines {
		wanted[part{l.Product, l.Lot}] = l.Requested
	}
	return !slices.ContainsFunc(o.Lines, func(l TransferLine) bool { return wanted[part{l.Product, l.Lot}] != l.Requested })
}

// measureMoves looks up products and locations and reads the quantities.
func (r transferTarget) measureMoves(ctx context.Context, b *batch) error {
	var refs []catalog.Ref
	var whose []*work
	for i := range b.rows {
		if w := &b.rows[i]; w.ok() {
			whose = append(whose, w)
			refs = append(refs, catalog.Ref{Tenant: r.job.Tenant, Product: w.product},
				catalog.Ref{Tenant: r.job.Tenant, Location: w.moves.From}, catalog.Ref{Tenant: r.job.Tenant, Location: w.moves.To})
		}
	}
	if len(refs) == 0 {
		return nil
	}
	known, err := askAnew(ctx, r.task, func() ([]catalog.Knowledge, error) { return r.desk.rooms.Door.LookUp(ctx, refs) })
	if err != nil {
		return err
	}
	word := r.words.word
	for i, w := range whose {
		of, from, to := known[3*i], known[3*i+1], known[3*i+2]
		switch {
		case !of.Product:
			w.refuse(codeNotFound, word(product), fmt.Sprintf("product %q is not known", clip(w.product)))
		case !from.Location:
			w.refuse(codeNotFound, word(origin), fmt.Sprintf("location %q is not known", clip(w.moves.From)))
		case !to.Location:
			w.refuse(codeNotFound, word(destination), fmt.Sprintf("location %q is not known", clip(w.moves.To)))
		}
		w.readQuantity(of.Unit, word(quantity))
	}
	return nil
}

// judge has nothing to add: a requested transfer moves no stock.
func (transferTarget) judge(context.Context, *batch) error { return nil }

// carryOut requests the transfers that do not exist yet. After a crash they exist under
// their ids.
func (r transferTarget) carryOut(ctx context.Context, b *batch) error {
	for _, k := range b.transfers() {
		if !k.open() {
			continue
		}
		var refused *stock.Refusal
		taken := false
		err := r.patiently(ctx, func() error {
			err := r.desk.rooms.Transfers.Request(ctx, r.job.Tenant, r.job.Operator, k.transfer())
			if taken = errors.Is(err, ledger.ErrKeyReused); taken || errors.As(err, &refused) {
				return nil
			}
			return err
		})
		switch {
		case err != nil:
			return err
		case taken:
			k.refuse("ALREADY_EXISTS", r.words.word(transfer), "a transfer with this id asks for something else")
		case refused != nil:
			k.refuse(refused.Code.String(), r.words.word(transfer), refused.Error())
		}
	}
	return nil
}

// transfers writes transfers line by line, the oldest transfer first. So an import
// elsewhere requests them in the original order. Attributes of lots have columns when a line names one.
func (x *export) transfers(ctx context.Context) error {
	found := attributeNames{}
	err := x.eachTransfer(ctx, func(t Transfer) error {
		for i := range t.Lines {
			found.add(t.Lines[i].Lot)
		}
		return nil
	})
	if err != nil {
		return err
	}
	names, err := found.sorted()
	if err != nil {
		return err
	}
	words := append([]string{"transfer_id", "from_location_id", "to_location_id", "channel_id", "product_id"}, lotHeadings(names)...)
	words = append(words, "quantity", "expected_at", "reason", "reference", "state", "shipped", "received", "lost", "surplus", "returned", "in_transit", "unit", "created_at")
	if err := x.heading(words...); err != nil {
		return err
	}
	return x.eachTransfer(ctx, func(t Transfer) error {
		refs := make([]catalog.Ref, len(t.Lines))
		for i, l := range t.Lines {
			refs[i] = catalog.Ref{Tenant: x.spec.Tenant, Product: l.Product}
		}
		known, err := x.desk.rooms.Door.LookUp(ctx, refs)
		for i := range t.Lines {
			if err != nil {
				return err
			}
			err = x.transferLine(&t, &t.Lines[i], known[i].Unit, names)
		}
		return err
	})
}

// eachTransfer calls fn with the transfers that were asked for, the oldest first.
func (x *export) eachTransfer(ctx context.Context, fn func(Transfer) error) error {
	return x.desk.rooms.Transfers.EachTransfer(ctx, x.spec.Tenant, func(t Transfer) error {
		if at := x.spec.Location; at != "" && t.From != at && t.To != at {
			return nil
		}
		if of := x.spec.Product; of != "" && !slices.ContainsFunc(t.Lines, func(l TransferLine) bool { return l.Product == of }) {
			return nil
		}
		return fn(t)
	})
}

func (x *export) transferLine(t *Transfer, l *TransferLine, u catalog.Unit, names []string) error {
	x.start()
	x.text(t.ID, t.From, t.To, t.Channel, l.Product)
	if err := x.lotCells(l.Lot, names); err != nil {
		return err
	}
	x.units(u.Scale, l.Requested)
	if t.Expected == 0 {
		x.text("")
	} else {
		x.time(t.Expected)
	}
	x.text(t.Reason, t.Reference, t.State)
	x.units(u.Scale, l.Shipped, l.Received, l.Lost, l.Surplus, l.Returned, l.InTransit)
	x.text(u.Name)
	x.time(t.Created)
	return x.end()
}
