package outpost

import (
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// decide returns the commands that the policies of the tills ask for. The tills are all at the
// item's location, in order of priority. The till exactly, "" for none, is brought to its share.
func decide(it *stock.Item, tills []catalog.Till, exactly string, now stock.Time) (commands []stock.Command) {
	if !it.Tracked || it.Retired || len(it.Lots) > 0 {
		return nil
	}
	stakes := stakesOf(it, tills, now)
	each := make([]stock.Command, len(tills))
	for i := range tills {
		each[i] = decideTill(it, &tills[i], &stakes[i], tills[i].ID == exactly, now)
	}
	for i := range tills {
		recallFloor(it, tills, stakes, i, each, now)
	}
	for _, cmd := range each {
		if cmd != nil {
			commands = append(commands, cmd)
		}
	}
	return commands
}

// decideTill returns the command that the till's policy asks for, nil for none. It gives units when
// the till's units are down to the level of its share. It takes units back when the centre has less
// than half of the rest, when the centre owes some, or when a till that shares with this one is down
// to its level. Between the two nothing moves, so that no unit goes back and forth, unless the till is to have
// exactly its share: once, after its policy has changed.
func decideTill(it *stock.Item, t *catalog.Till, s *stake, exactly bool, now stock.Time) stock.Command {
	epoch, err := numberOf("epoch", t.Epoch)
	if err != nil || epoch == 0 {
		return nil
	}
	back := stock.RecallGrant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch}
	switch owed := -it.Of(stock.Oversold); {
	case owed > 0 && s.has > 0:
		back.Keep = max(0, s.has-owed)
		return back
	case owed > 0:
		return nil
	case it.Rule(t.Channel).Over(now):
		if s.has == 0 {
			return nil
		}
		return back // nobody can buy there what a campaign that is over had
	case (s.low(t) || exactly && s.has < s.share) && it.Sells(t.Channel):
		return stock.Grant{Item: it.Key, Bucket: it.Bucket, Holder: t.ID, Epoch: epoch, To: s.share, Keep: s.rest, Channel: t.Channel}
	case s.has > s.share && (exactly || 2*s.pool < s.rest || s.wanted):
		back.Keep = s.share
		return back
	}
	return nil
}

// recallFloor asks units back from tills of low priority if a till of higher priority has less than
// its floor and nothing is left to give it. each has the decisions for the tills so far.
func recallFloor(it *stock.Item, tills []catalog.Till, stakes []stake, first int, each []stock.Command, now stock.Time) {
	t, s := &tills[first], &stakes[first]
	if it.Of(stock.Oversold) < 0 || s.has > part(s.floor, t.TopUp()) || !mayHave(it, t.Channel, now) {
		return // owed units are asked back first
	}
	lack := s.floor - s.has - s.pool
	for i := len(tills) - 1; lack > 0 && tills[i].Rank > t.Rank; i-- {
		last := &tills[i]
		epoch, err := numberOf("epoch", last.Epoch)
		if err != nil {
			continue
		}
		keep := stakes[i].has
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

// part is so many hundredths of the units, rounded down.
func part(units stock.Qty, percent int64) stock.Qty {
	return units/100*stock.Qty(percent) + units%100*stock.Qty(percent)/100
}
