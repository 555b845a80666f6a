package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// A reserve call over several slots is known by a key that says where its home
// lies (callKey), and its legs hold units under that. When the home's item has
// changed places before the call was decided, the same request is another call:
// the one before is closed at the home it was to have, where it may still be
// decided should the item come back, and its legs are given back. That is no
// outcome of the request (stock.Supersede). Where it lands there again the key
// is used up, and it goes on under the next: which that is can be told from what
// is stored, by whoever sends it.

// maxSuperseded is how many keys a request goes through. Each takes a change of
// its location while one call is under way.
const maxSuperseded = 32

// againKey begins the keys of requests whose calls were superseded. No caller
// can send it.
const againKey = "\x00again\x00"

// keyAgain is the n-th key of a request, the caller's the 0th.
func keyAgain(key string, n int) string {
	if n == 0 {
		return key
	}
	return againKey + strconv.Itoa(n) + "\x00" + key
}

// callersKey is the 0th key of the request of which this is one.
func callersKey(key string) string {
	rest, ok := strings.CutPrefix(key, againKey)
	if !ok {
		return key
	}
	_, own, _ := strings.Cut(rest, "\x00")
	return own
}

// superseded reports whether the error is that of a call which goes on under
// another key.
func superseded(err error) bool {
	var refusal *stock.Refusal
	return errors.As(err, &refusal) && refusal.Superseded()
}

// errSuperseded says that a location has changed places all the time.
var errSuperseded = fmt.Errorf("a reserve call was begun %d times and its location changed places each time: %w", maxSuperseded, ErrBusy)

// supersedes reports whether the leg was held for the same request, under a key
// that it does not have any more.
func (l *Ledger) supersedes(r *Request, leg *stock.Line) bool {
	p, ok := r.Command.(stock.Place)
	key := callersKey(cmp.Or(r.of, r.Key))
	if !ok || key == "" || !l.spreading() {
		return false
	}
	home := p.Home
	if home == nil {
		h := homeOf(&p)
		h.Print = stock.Fingerprint(p)
		home = &h
	}
	if leg.Leg.Print != home.Print || leg.Leg.Key == home.Key {
		return false
	}
	tenant := p.Order.Tenant
	for _, b := range []stock.Bucket{stock.BucketOf(tenant, home.Location), stock.SpreadBucketOf(tenant, home.Location, home.Product)} {
		at := stock.Home{Bucket: b, Location: home.Location, Product: home.Product}
		for n := range maxSuperseded {
			if callKey(&at, tenant, keyAgain(key, n)) == leg.Leg.Key {
				return true
			}
		}
	}
	return false
}
