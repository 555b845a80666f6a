package transfer

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// Request asks for a transfer.
type Request struct {
	Tenant, Key, Operator string
	// ID is what the transfer is to be called; "": it gets an id. If the id exists already,
	// that transfer is the answer when its request is the same.
	ID                string
	From, To          string
	Channel           string
	Lines             []CallLine // Qty is what is asked for
	Expected          stock.Time
	Reason, Reference string

	straight bool // it is shipped and received at once
}

// Act is what is to happen to a transfer. Without lines it is about all that is possible: a
// request is shipped, units in transit are received.
type Act struct {
	Tenant, ID, Action string
	Key, Operator      string
	Lines              []CallLine
	Expected           stock.Time // when it is to arrive; 0: as before
	// For is the order that the received units came for, "" for none.
	For               string
	Reason, Reference string
}

// CallLine is one product of a call. Lot is the lot of the units, "" for none. A step may leave it
// out when the transfer has one line of the product.
type CallLine struct {
	Product            string
	Lot                stock.Lot
	Qty, Lost, Surplus stock.Qty
}

func (r *Request) check() *stock.Refusal {
	invalid := func(field, format string, args ...any) *stock.Refusal {
		return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: fmt.Sprintf(format, args...)}
	}
	switch {
	case r.From == r.To:
		return invalid("to_location_id", "must be another location than the one the units come from")
	case len(r.Lines) == 0 || len(r.Lines) > MaxLines:
		return invalid("lines", "must have 1 to %d elements", MaxLines)
	}
	for i, l := range r.Lines {
		if l.Lot != "" && r.Channel != "" {
			return invalid(fmt.Sprintf("lines[%d].lot", i), "goes without channel_id: lots have no quotas")
		}
	}
	return requireOnce(r.Lines, func(l CallLine) bool { return l.Qty > 0 && l.Qty <= stock.MaxQty && l.Lost == 0 && l.Surplus == 0 })
}

func (a *Act) check() *stock.Refusal {
	in := func(q stock.Qty) bool { return q >= 0 && q <= stock.MaxQty }
	return requireOnce(a.Lines, func(l CallLine) bool {
		return in(l.Qty) && in(l.Lost) && in(l.Surplus) && (a.Action == ActionReceive || l.Lost == 0 && l.Surplus == 0)
	})
}

// requireOnce refuses a lot of a product that is named twice, and quantities that are not fine.
func requireOnce(lines []CallLine, fine func(CallLine) bool) *stock.Refusal {
	seen := map[productLot]bool{}
	for i, l := range lines {
		at := productLot{l.Product, l.Lot}
		if seen[at] {
			return namedTwice(i)
		}
		if !fine(l) {
			field := fmt.Sprintf("lines[%d].quantity", i)
			return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: field + " is out of range"}
		}
		seen[at] = true
	}
	return nil
}

// productLot is what a line of a transfer is about.
type productLot struct {
	product string
	lot     stock.Lot
}

func namedTwice(line int) *stock.Refusal {
	field := fmt.Sprintf("lines[%d].product_id", line)
	return &stock.Refusal{Code: stock.Invalid, Field: field, Detail: field + " is named twice with the same lot"}
}

// idBytes is how long the ids of transfers are, twice that in characters.
const idBytes = 10

// id is the id of a transfer whose request has a key or an id.
func (r *Request) id() string {
	if r.ID != "" {
		return r.ID
	}
	var d digest
	d.text("transfer", r.Tenant, r.Key)
	return d.hex(idBytes)
}

// keyHash stands for an idempotency key in the document; "" for none.
func keyHash(key string) string {
	if key == "" {
		return ""
	}
	var d digest
	d.text(key)
	return d.hex(16)
}

func (a *Act) keyHash() string { return keyHash(a.Key) }

// print is the same for requests that are the same. The sender does not count.
func (r *Request) print() string {
	var d digest
	d.text(r.From, r.To, r.Channel, r.Reason, r.Reference)
	d.number(int64(r.Expected))
	d.lines(r.Lines)
	return d.hex(16)
}

func (a *Act) print() string {
	var d digest
	d.text(a.Action, a.Reason, a.Reference)
	d.number(int64(a.Expected))
	d.lines(a.Lines)
	if a.For != "" {
		d.text("for", a.For)
	}
	return d.hex(16)
}

// digest is the input of a hash: strings with their lengths, and numbers.
type digest []byte

func (d *digest) text(all ...string) {
	for _, s := range all {
		*d = append(binary.AppendUvarint(*d, uint64(len(s))), s...)
	}
}

func (d *digest) number(all ...int64) {
	for _, n := range all {
		*d = binary.AppendVarint(*d, n)
	}
}

func (d *digest) lines(all []CallLine) {
	d.number(int64(len(all)))
	for _, l := range all {
		d.text(l.Product)
		d.number(int64(l.Qty), int64(l.Lost), int64(l.Surplus))
		if l.Lot != "" {
			d.text("lot", string(l.Lot))
		}
	}
}

// hex is the first n bytes of the SHA-256.
func (d *digest) hex(n int) string {
	sum := sha256.Sum256(*d)
	return hex.EncodeToString(sum[:n])
}
