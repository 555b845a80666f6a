package stock

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
)

// A command about one item says in the table of commands whether it may take units out of the pool. Any other that is
// new needs a decision here, and in Brings.
func TestEachCommandSaysWhetherUnitsAreBroughtForIt(t *testing.T) {
	t.Parallel()
	brings := map[string]bool{
		"Place": true, "Change": true, "Relocate": true,
		"Shift": true,
		// They take nothing out of the pool.
		"Announce": false, "Withhold": false,
		// Units that are held.
		"Commit": false, "Extend": false, "Confirm": false, "Release": false, "AskCancel": false, "Withdraw": false,
		// The ledger's own.
		"Expire": false, "Cleanup": false, "Settle": false, "Close": false, "Lapse": false, "Fulfil": false, "FulfilCopy": false, "CountReturn": false,
		// A person sets figures right by what the books have, at the version that was looked at.
		"Repair": false,
		// Those of holders, and in the books of tills.
		"BeginHolder": false, "CloseHolder": false, "GreetHolder": false, "Grant": false, "RecallGrant": false, "Reclaim": false, "TakeOver": false, "Mirror": false,
		"AddGranted": false, "HandBack": false, "Advance": false, "Look": false, "Accept": false, "Decline": false, "RefuseCancel": false, "WriteBack": false,
	}
	for _, c := range wireCommands() {
		if p, places := c.(Place); places {
			p.Fenced = true
			c = p
		}
		name := fmt.Sprintf("%T", c)[len("stock."):]
		want, decided := brings[name]
		if f := formOf(reflect.TypeOf(c)); f.added != nil {
			want, decided = f.use&takes != 0, !decided
		}
		if _, is := Brings(c); !decided || is != want {
			t.Errorf("%s: units of Redis are brought for it: %v; decided here: %v, %v", name, is, want, decided)
		}
	}
	if _, is := Brings(Place{}); is {
		t.Error("units are brought for a reservation that Redis may still take")
	}
}

func TestUnitsThatWereBroughtAreThoseOfTheirCommandAlone(t *testing.T) {
	t.Parallel()
	b := redisShelf(t, 10, 9)
	brought := func(seq uint64, order string, n Qty) WriteBack {
		c := task(seq, ForLedger, fmt.Sprint("~pull-", seq), n)
		c.Customer = BroughtFor(order)
		return c
	}
	place := func(order string, n Qty) Command {
		return Place{Order: OrderKey{"t", order}, TTL: MinTTL, Fenced: true, Lines: []Demand{{Item: item("A"), Bucket: bucket(item("A")), Qty: n, Known: true}}}
	}
	for _, c := range []struct {
		name                             string
		cmd                              Command
		field                            string // of the refusal
		pool, redis, forO, forItem, held Qty
	}{
		{"units are brought for an order", brought(1, "o", 3), "", 1, 6, 3, 0, 0},
		{"and others for the item", brought(2, "", 2), "", 1, 4, 3, 2, 0},
		{"another order has the pool alone, and is not refused", place("p", 2), ThroughRedis, 1, 4, 3, 2, 0},
		{"it is when there are not as many", place("p", 11), "", 1, 4, 3, 2, 0},
		{"what is in the pool it gets", place("p", 1), "", 0, 4, 3, 2, 1},
		{"nothing is given out of them", Grant{Item: item("A"), Holder: RedisHolder("A"), Epoch: redisEpoch, To: MaxQty}, "", 0, 4, 3, 2, 1},
		{"the order gets them, and the rest is in the pool", place("o", 2), "", 1, 4, 0, 2, 3},
		{"a count sees its own", Adjust{Item: item("A"), Bucket: bucket(item("A")), Delta: -3}, "", 0, 4, 0, 0, 3},
		{"and is not refused while Redis has some", Adjust{Item: item("A"), Bucket: bucket(item("A")), Delta: -1}, ThroughRedis, 0, 4, 0, 0, 3},
		{"units that nobody takes", brought(3, "q", 4), "", 0, 0, 4, 0, 3},
		{"go back to the pool", Reclaim{Item: item("A"), Bucket: bucket(item("A")), Holder: BroughtHolder("q")}, "", 4, 0, 0, 0, 3},
	} {
		_, err := b.do(c.cmd, start)
		r, refused := errors.AsType[*Refusal](err)
		if err != nil && !refused || refused && r.Field != c.field || !refused && c.field != "" {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := b.validate(); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		it := b.Item(item("A"))
		forO := it.Of(Brought("o")) + it.Of(Brought("q"))
		got := [...]Qty{it.Of(Shared), it.InEscrow(RedisHolder("A")), forO, it.Of(Brought("")), it.Of(Held)}
		if want := [...]Qty{c.pool, c.redis, c.forO, c.forItem, c.held}; got != want {
			t.Fatalf("%s: pool, Redis, for the order, for the item, held: %v, want %v", c.name, got, want)
		}
	}
}
