package stock

import (
	"errors"
	"testing"
)

const redisEpoch = 9

// redisShelf is a shelf of which Redis was given units of item A.
func redisShelf(t *testing.T, stock, given Qty) *shelf {
	t.Helper()
	b := newShelf()
	holder := HolderItem("t", "shop", RedisHolder("A"))
	for _, cmd := range []Command{
		open("A", stock),
		BeginHolder{Item: holder, Bucket: bucket(holder), Epoch: redisEpoch},
		Grant{Item: item("A"), Bucket: bucket(item("A")), Holder: RedisHolder("A"), Epoch: redisEpoch, To: given},
	} {
		if _, err := b.do(cmd, start); err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
	}
	return b
}

func task(seq uint64, kind WriteBackKind, order string, n Qty) WriteBack {
	return WriteBack{
		Item: item("A"), Bucket: bucket(item("A")), Epoch: redisEpoch, Seq: seq, Kind: kind, Order: OrderKey{"t", order}, Qty: n, Deadline: start + 1000,
	}
}

func TestTasksOfRedisComeIntoTheBooksOnceAndInOrder(t *testing.T) {
	t.Parallel()
	b := redisShelf(t, 10, 6)
	code := func(cmd Command) (c Code, field string) {
		t.Helper()
		_, err := b.do(cmd, start)
		var r *Refusal
		if errors.As(err, &r) {
			c, field = r.Code, r.Field
		} else if err != nil {
			t.Fatal(err)
		}
		if err := b.validate(); err != nil {
			t.Fatal(err)
		}
		return c, field
	}
	accounts := func(pool, escrow, held, sold Qty) {
		t.Helper()
		it := b.Item(item("A"))
		if p, e, h, s := it.Of(Shared), it.InEscrow(RedisHolder("A")), it.Of(Held), it.Of(Customer); p != pool || e != escrow || h != held || s != sold {
			t.Fatalf("pool %d, Redis %d, held %d, sold %d; want %d, %d, %d, %d", p, e, h, s, pool, escrow, held, sold)
		}
	}
	steps := []struct {
		name                       string
		cmd                        Command
		code                       Code
		field                      string
		pool, escrow, held, bought Qty
	}{
		{"a task that is missing is waited for", task(2, Taken, "o", 1), InvalidState, HolderGap, 4, 6, 0, 0},
		{"a taking holds units of Redis", task(1, Taken, "o", 4), 0, "", 4, 2, 4, 0},
		{"it counts once", task(1, Taken, "o", 4), 0, "", 4, 2, 4, 0},
		{"what is given back, Redis has", task(2, GivenBack, "o", 1), 0, "", 4, 3, 3, 0},
		{"now there are enough", task(3, Taken, "p", 3), 0, "", 4, 0, 6, 0},
		{"what is sold leaves", task(4, SoldFromIt, "o", 2), 0, "", 4, 0, 4, 2},
		{"an order that the books have already is not taken twice", task(5, Taken, "p", 3), 0, "", 4, 0, 4, 2},
		{"a step of an order that the books do not know counts as done", task(6, GivenBack, "q", 1), 0, "", 4, 0, 4, 2},
		{"then the reservation is one like others", Release{Target: Target{Order: OrderKey{"t", "p"}}}, 0, "", 7, 0, 1, 2},
		{"and its units are given anew", Grant{Item: item("A"), Holder: RedisHolder("A"), Epoch: redisEpoch, To: MaxQty, Keep: 2}, 0, "", 2, 5, 1, 2},
	}
	for _, s := range steps {
		if c, field := code(s.cmd); c != s.code || field != s.field {
			t.Fatalf("%s: %q %q", s.name, c, field)
		}
		accounts(s.pool, s.escrow, s.held, s.bought)
	}
	if got := b.Item(item("A")).EscrowRecord(RedisHolder("A")).Added; got != 11 {
		t.Errorf("%d units were given in all, want 11: what Redis' own tasks give back is not given", got)
	}
}

func TestAReservationOfRedisDoesNotExpireBeforeItsTasksAreInTheBooks(t *testing.T) {
	t.Parallel()
	b := redisShelf(t, 10, 10)
	taken, sold := task(1, Taken, "o", 4), task(2, SoldFromIt, "o", 3)
	taken.Deadline, sold.Deadline = 0, start-5
	if _, err := b.do(taken, start); err != nil {
		t.Fatal(err)
	}
	whole := Target{Order: OrderKey{"t", "o"}}
	for _, cmd := range []Command{Release{Target: whole}, Confirm{Target: whole}, Commit{Target: whole}} {
		_, err := b.do(cmd, start)
		if r, ok := errors.AsType[*Refusal](err); !ok || r.Field != ThroughRedis || r.Kept() {
			t.Errorf("%s while a task of the line is on its way: %v", cmd.Op(), err)
		}
	}
	if _, err := b.do(sold, start); err != nil {
		t.Fatal(err)
	}
	_, l := LineOf(b.Order(OrderKey{"t", "o"}), item("A"))
	if l.Confirmed != 3 || l.Quantity() != 1 || l.Deadline != start+1 {
		t.Errorf("the line is %+v", l)
	}
}

// Units that Redis sold and was never given were acknowledged: the order has them, and what the pool lacks is owed.
func TestWhatRedisSoldBeyondItsUnitsIsOversold(t *testing.T) {
	t.Parallel()
	b := redisShelf(t, 6, 4)
	for _, c := range []struct {
		name                         string
		cmd                          Command
		pool, escrow, held, oversold Qty
	}{
		{"the pool covers it first", task(1, Taken, "o", 5), 1, 0, 5, 0},
		{"then it is owed", task(2, Taken, "p", 4), 0, 0, 9, -3},
		{"for the ledger there is nothing left", task(3, ForLedger, "~pull-1", 2), 0, 0, 9, -3},
		{"what comes back covers it", task(4, GivenBack, "p", 4), 0, 1, 5, 0},
	} {
		if _, err := b.do(c.cmd, start); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if err := b.validate(); err != nil {
			t.Fatal(err)
		}
		it := b.Item(item("A"))
		if p, e, h, o := it.Of(Shared), it.InEscrow(RedisHolder("A")), it.Of(Held), it.Of(Oversold); p != c.pool || e != c.escrow || h != c.held || o != c.oversold {
			t.Fatalf("%s: pool %d, Redis %d, held %d, oversold %d; want %d, %d, %d, %d", c.name, p, e, h, o, c.pool, c.escrow, c.held, c.oversold)
		}
	}
}
