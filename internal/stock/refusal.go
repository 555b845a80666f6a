package stock

import "strings"

// Code says why a command was refused. The names are those of the public
// contract.
type Code uint8

// The codes of refusals by a rule. Their numbers are kept for ever.
const (
	Invalid         Code = 1
	NotFound        Code = 2
	AlreadyExists   Code = 3
	Insufficient    Code = 4
	VersionConflict Code = 5
	Expired         Code = 6
	InvalidState    Code = 7
	KeptByHolder    Code = 8
)

var codeNames = [...]string{
	Invalid: "INVALID_ARGUMENT", NotFound: "NOT_FOUND", AlreadyExists: "ALREADY_EXISTS",
	Insufficient: "INSUFFICIENT_STOCK", VersionConflict: "VERSION_CONFLICT",
	Expired: "RESERVATION_EXPIRED", InvalidState: "INVALID_STATE",
	KeptByHolder: "KEPT_BY_HOLDER",
}

// String returns the code as the contract writes it.
func (c Code) String() string {
	if int(c) < len(codeNames) {
		return codeNames[c]
	}
	return ""
}

// Kept reports whether a refusal with this code is an outcome that is stored under the
// command's key. A refusal that the caller can correct and send again is not.
func (c Code) Kept() bool { return c != Invalid && c != NotFound }

// Refusal is why a command was refused. Nothing has changed.
type Refusal struct {
	Code   Code
	Detail string
	// Field depends on Code. When Code is Invalid, it names the wrong part of the command,
	// in the words of the contract. When it is NotFound, it names what is unknown
	// ("product", "location", "item", "order", "reservation"). When it is InvalidState, it
	// says why (LocationInactive, PerCustomer), where rules need that.
	Field string
	// Shortages lists what is short when Code is Insufficient.
	Shortages []Shortage
	// Holders names the outposts that have the units when Code is KeptByHolder and the
	// command is about an item: tills by their id, Redis as HolderRedis.
	Holders []string
	// State is the reservation's state when Code is Expired or InvalidState,
	// Version the item's current version when it is VersionConflict.
	State   string
	Version uint64
}

// Kept reports whether the refusal is an outcome that is stored under the command's key. A
// refusal because Redis sells the item is not: it says only who is to be asked.
func (r *Refusal) Kept() bool { return r.Code.Kept() && r.Field != ThroughRedis }

// Shortage is one item that could not give what was asked for.
type Shortage struct {
	Location, Product    string
	Requested, Available Qty
	// NotOnSale is set when the item is switched off rather than sold out.
	NotOnSale bool
	// OverLimit is set when the channel already has all that it may have of a sale ahead.
	OverLimit bool
}

// Error returns the refusal as a sentence.
func (r *Refusal) Error() string {
	if r.Detail == "" {
		return strings.ToLower(strings.ReplaceAll(r.Code.String(), "_", " "))
	}
	return r.Detail
}
