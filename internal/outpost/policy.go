package outpost

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// decide returns what the policies of the tills ask for, which are all at the item's location, those
// first that go first.
func decide(it *stock.Item, tills []catalog.Till, now stock.Time) (commands []stock.Command) {
	if !it.Tracked || it.Retired || len(it.Lots) > 0 {
		return nil
	}
	each := make([]stock.Command, len(tills))
	for i := range tills {
		each[i] = decideTill(it, &tills[i], now)
	}
	for i := range tills {
		recallFloor(it, tills, i, each, now)
	}
	for _, cmd := range each {
		if cmd != nil {
			commands = append(commands, cmd)
		}
	}
	return commands
}

// decideTill returns what the till's policy asks for, nil for nothing: units when what the till has
// is down to the level of its share, units back when the centre has less than half of the rest, or
// owes some. Between the two nothing moves, so that no unit goes to and fro.
func decideTill(it *stock.Item, t *catalog.Till, now stock.Time) stock.Command {
	epoch, err := numberOf("epoch", t.Epoch)
	if err != nil || epoch == 0 {
		return nil
	}
	pool, has := drawable(it, t, now), it.InEscrow(t.ID)
	share := shareOf(t, pool+has)
	rest := pool + has - share
	back := stock.RecallGrant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch}
	switch owed := -it.Of(stock.Oversold); {
	case owed > 0 && has > 0:
		back.Keep = max(0, has-owed)
		return back
	case owed > 0:
		return nil
	case has < share && has <= part(share, t.TopUp()) && it.Sells(t.Channel):
		return stock.Grant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch, To: share, Keep: rest, Channel: t.Channel}
	case has > share && 2*pool < rest:
		back.Keep = share
		return back
	}
	return nil
}

// recallFloor asks units back from tills that go last where one that goes before them has less than
// its floor and there is nothing left to give it. each has what is decided of the tills so far.
func recallFloor(it *stock.Item, tills []catalog.Till, first int, each []stock.Command, now stock.Time) {
	t := &tills[first]
	has, floor := it.InEscrow(t.ID), stock.Qty(t.Floor)
	if it.Of(stock.Oversold) < 0 || has > part(floor, t.TopUp()) || !it.Sells(t.Channel) {
		return // what is owed is asked back first
	}
	lack := floor - has - drawable(it, t, now)
	for i := len(tills) - 1; lack > 0 && tills[i].Rank > t.Rank; i-- {
		last := &tills[i]
		epoch, err := numberOf("epoch", last.Epoch)
		if err != nil {
			continue
		}
		keep := it.InEscrow(last.ID)
		if back, ok := each[i].(stock.RecallGrant); ok {
			lack -= keep - back.Keep
			keep = back.Keep
		}
		if n := min(lack, keep); n > 0 {
			each[i] = stock.RecallGrant{Item: it.Key, Bucket: it.Bucket, Holder: last.ID, Epoch: epoch, Keep: keep - n}
			lack -= n
		}
	}
}

// drawable is how many units there are for the till besides its own: in the quota of its channel,
// and in the shared pool.
func drawable(it *stock.Item, t *catalog.Till, now stock.Time) (n stock.Qty) {
	for _, a := range it.Draws(t.Channel, now) {
		n += max(0, it.Of(a))
	}
	return n
}

// shareOf is how many of the units the till is to have.
func shareOf(t *catalog.Till, units stock.Qty) stock.Qty {
	share := max(part(units, t.Percent), stock.Qty(t.Floor))
	if t.Ceiling > 0 {
		share = min(share, stock.Qty(t.Ceiling))
	}
	return min(share, units)
}

// part is so many hundredths of the units, rounded down.
func part(units stock.Qty, percent int64) stock.Qty {
	return units/100*stock.Qty(percent) + units%100*stock.Qty(percent)/100
}
