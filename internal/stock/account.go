package stock

import "strings"

// Account names a place where part of one item's stock can be. Ids never
// contain a slash, so a name built from an id cannot be mistaken for another.
type Account string

// The accounts that exist once per item. Inside accounts hold units and never
// go below zero; outside accounts are where units come from and go to. All
// accounts of an item sum to zero.
const (
	Shared   Account = "pool/shared"
	Held     Account = "held"
	Withheld Account = "withheld"
	Damaged  Account = "damaged"
	Quality  Account = "quality"

	Supplier   Account = "ext/supplier"
	Customer   Account = "ext/customer"
	Adjustment Account = "ext/adjustment"
	Promise    Account = "ext/promise"
	Oversold   Account = "ext/oversold"

	// Discrepancy has what transfers shipped and did not deliver, less what they delivered
	// beyond what was shipped. The units themselves pass through Adjustment.
	Discrepancy Account = "ext/discrepancy"

	// Granted and HandedBack are in the books of a till. Units that its centre gave it come
	// from Granted; units that it gives back go to HandedBack. Granted holds, below zero,
	// all units that were ever given.
	Granted    Account = "ext/granted"
	HandedBack Account = "ext/handed_back"
	// Accepted is in the books of a till, too: the units of orders that the centre holds
	// and the till has accepted come from it.
	Accepted Account = "ext/accepted"

	// Presale and Backorder hold what may still be sold ahead: units that are not in the
	// house, funded from Promise up to what the owner allows. Awaited are the units that
	// orders have drawn and wait for.
	Presale   Account = "promise/presale"
	Backorder Account = "promise/backorder"
	Awaited   Account = "promise/held"

	// Uncounted is where the units of an untracked item are drawn from and go to: nothing
	// is posted for it.
	Uncounted Account = ""
)

// Quota is the account of units that only the channel (or campaign) may draw.
func Quota(channel string) Account { return Account("quota/" + channel) }

// Escrow is the account of units that the holder took out of origin and sells
// on its own.
func Escrow(holder string, origin Account) Account {
	return Account("escrow/" + holder + "/" + string(origin))
}

// Escrow returns the holder whose account it is, and where its units came from.
func (a Account) Escrow() (holder string, origin Account, ok bool) {
	rest, ok := strings.CutPrefix(string(a), "escrow/")
	if !ok {
		return "", "", false
	}
	holder, from, ok := strings.Cut(rest, "/")
	return holder, Account(from), ok
}

// source is the account that the units came from first: for units that a holder has the pool
// or quota that gave them, for others the account itself.
func (a Account) source() Account {
	if _, origin, ok := a.Escrow(); ok {
		return origin
	}
	return a
}

// Transit is the account of units on their way under the reference.
func Transit(ref string) Account { return Account("transit/" + ref) }

// Incoming is the account of promised units that have not arrived.
func Incoming(ref string) Account { return Account("incoming/" + ref) }

// Arrived is the account of units that have become free in origin and are set
// aside for orders that wait, until a line of one takes them.
func Arrived(origin Account) Account { return Account("arrived/" + string(origin)) }

// Outside reports whether units in the account are not in the house.
func (a Account) Outside() bool { return strings.HasPrefix(string(a), "ext/") }

// Sellable reports whether the account counts towards the available total:
// pools, quotas, escrow and lots.
func (a Account) Sellable() bool {
	return a == Shared || strings.HasPrefix(string(a), "quota/") || strings.HasPrefix(string(a), "escrow/") ||
		strings.HasPrefix(string(a), "lot/")
}

// Physical reports whether units in the account are on hand: every inside account except
// those of units on their way or sold ahead, which are on no shelf.
func (a Account) Physical() bool {
	return a != Uncounted && !a.Outside() && !a.isIncoming() && !a.isPromised()
}

// isPromised reports whether the account is of units that are sold before they are
// in the house.
func (a Account) isPromised() bool { return strings.HasPrefix(string(a), "promise/") }

// ForWaiting reports whether units in the account are set aside for lines that
// wait.
func (a Account) ForWaiting() bool { return strings.HasPrefix(string(a), "arrived/") }

// Ahead reports whether a line that has drawn from the account waits for units.
func (a Account) Ahead() bool { return a == Presale || a == Backorder }

// origin is where units that are set aside in the account came from.
func (a Account) origin() (from Account, ok bool) {
	rest, ok := strings.CutPrefix(string(a), "arrived/")
	return Account(rest), ok
}

// Transfer returns the transfer that has the account's units on their way from the place
// where they were.
func (a Account) Transfer() (id string, ok bool) {
	return strings.CutPrefix(string(a), "transit/")
}

// isIncoming reports whether units in the account are still to arrive.
func (a Account) isIncoming() bool {
	return strings.HasPrefix(string(a), "transit/") || strings.HasPrefix(string(a), "incoming/")
}

// Channel returns the channel whose quota the account is.
func (a Account) Channel() (channel string, ok bool) {
	return strings.CutPrefix(string(a), "quota/")
}

// Valid reports whether the account is one of the shapes above.
func (a Account) Valid() bool {
	switch a {
	case Shared, Held, Withheld, Damaged, Quality, Supplier, Customer, Adjustment, Promise, Oversold, Discrepancy, Granted, HandedBack, Accepted,
		Presale, Backorder, Awaited, allowed, allowedHeld, allowedSold, allowedLines:
		return true
	}
	kind, rest, ok := strings.Cut(string(a), "/")
	if !ok || rest == "" {
		return false
	}
	switch kind {
	case "quota":
		return !strings.Contains(rest, "/")
	case "lot", "withheld", "damaged", "quality":
		_, ok := Lot(rest).Attributes()
		return ok
	case "transit", "incoming":
		return true
	case "arrived":
		return Account(rest).pool()
	case "escrow":
		holder, origin, ok := strings.Cut(rest, "/")
		return ok && holder != "" && Account(origin).pool()
	}
	return false
}

// pool reports whether holds draw from the account: the shared pool and quotas.
func (a Account) pool() bool {
	return a == Shared || strings.HasPrefix(string(a), "quota/") && a.Valid()
}
