package stock

import (
	"fmt"
	"slices"
	"strings"
)

// HolderRedis names Redis among the outposts of a refusal. In the books each item has a
// holder of its own for it (RedisHolder).
const HolderRedis = "redis"

// Keeper is an outpost that has units of an item.
type Keeper struct {
	Holder string
	Epoch  uint64 // 0: the books have no record of what it was given
	Qty    Qty
}

// Name is what people call it: the till's id, or HolderRedis.
func (k Keeper) Name() string {
	if IsRedisHolder(k.Holder) {
		return HolderRedis
	}
	return k.Holder
}

// String says who it is.
func (k Keeper) String() string {
	if IsRedisHolder(k.Holder) {
		return "Redis"
	}
	return fmt.Sprintf("till %q", k.Holder)
}

// Keepers lists the outposts that have units of the item. Only their own logs take from
// those (DESIGN §1.4).
func (i *Item) Keepers() (all []Keeper) {
	for _, b := range i.Balances {
		holder, _, ok := b.Account.Escrow()
		if !ok || b.Qty == 0 {
			continue
		}
		if n := slices.IndexFunc(all, func(k Keeper) bool { return k.Holder == holder }); n >= 0 {
			all[n].Qty += b.Qty
			continue
		}
		k := Keeper{Holder: holder, Qty: b.Qty}
		if rec := i.EscrowRecord(holder); rec != nil {
			k.Epoch = rec.Epoch
		}
		all = append(all, k)
	}
	return all
}

// Without is the item as it would be if its outposts had handed back all that they have.
func (i *Item) Without(keepers []Keeper) *Item {
	is := i.Clone()
	for _, b := range i.Balances {
		holder, _, ok := b.Account.Escrow()
		if ok && slices.ContainsFunc(keepers, func(k Keeper) bool { return k.Holder == holder }) {
			is.Set(b.Account, 0)
			is.Set(Shared, is.Of(Shared)+b.Qty)
		}
	}
	return is
}

// refuseKept refuses what would take units that outposts have. way says what helps with
// tills. A refusal because of Redis depends on the moment only: it is not kept under the
// command's key.
func refuseKept(keepers []Keeper, what, way string) *Refusal {
	r := &Refusal{Code: KeptByHolder}
	var who, ways []string
	tills := false
	for _, k := range keepers {
		r.Holders = append(r.Holders, k.Name())
		who = append(who, fmt.Sprintf("%s has %d", k, k.Qty))
		if IsRedisHolder(k.Holder) {
			r.Field = ThroughRedis
			ways = append(ways, "a server with --redis takes units of Redis back by itself")
		} else {
			tills = true
		}
	}
	if tills {
		ways = append(ways, way)
	}
	r.Detail = what + ": " + strings.Join(who, ", ") + "; " + strings.Join(ways, "; ")
	return r
}

// orKept is the refusal of a command that takes units out of the pool, of which some are
// missing there. If outposts have those, it names them.
func (r *Refusal) orKept(it *Item, missing Qty) *Refusal {
	var kept Qty
	keepers := it.Keepers()
	for _, k := range keepers {
		kept += k.Qty
	}
	if missing > kept {
		return r
	}
	is := refuseKept(keepers, r.Detail, "only a till's own log takes what it has: count with observe, or take units back from the till first")
	is.Shortages = r.Shortages
	return is
}
