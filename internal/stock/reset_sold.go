package stock

import "fmt"

// ResetSold begins a new period of channels, of all when it names none: their sold units
// are counted from 0 again. No units move.
type ResetSold struct {
	Item     ItemKey
	Bucket   Bucket
	Channels []string
	Open     *Opening
	Note     Note
}

// Op names the command.
func (c ResetSold) Op() Op { return OpQuotaReset }

// Reach says what the command needs to be judged.
func (c ResetSold) Reach() Reach { return Reach{Items: []ItemKey{c.Item}} }

func (c ResetSold) decide(s State, now Time) (Event, error) {
	if len(c.Channels) > MaxChannels {
		return Event{}, invalid("channels", "channels must be at most %d, there are %d", MaxChannels, len(c.Channels))
	}
	it, err := orUnopened(s, c.Item, c.Bucket, c.Open)
	if err != nil {
		return Event{}, err
	}
	e, d := beginEvent(OpQuotaReset, it, c.Note)
	if len(c.Channels) == 0 {
		d.to.Channels = make([]Channel, 0, len(it.Channels))
		for i := range it.Channels {
			d.begin(&it.Channels[i], now)
		}
	}
	named := make(map[string]bool, len(c.Channels))
	for _, id := range c.Channels {
		was := it.Channel(id)
		if was == nil {
			return Event{}, &Refusal{
				Code: NotFound, Field: "channel",
				Detail: fmt.Sprintf("product %q at location %q has no quota of channel %q", c.Item.Product, c.Item.Location, id),
			}
		}
		if !named[id] {
			d.begin(was, now)
		}
		named[id] = true
	}
	if len(c.Channels) == 1 {
		e.Channel = c.Channels[0]
	}
	if len(d.to.Channels) == 0 {
		d.to.Channels = nil
		d.show()
	} else if err := d.done(now, "channels"); err != nil {
		return Event{}, err
	}
	d.keepRest()
	return e, nil
}

// begin starts the channel's period. A quota that is still to shrink was compared with the
// sold units as well, and those no longer count.
func (d *draft) begin(c *Channel, now Time) {
	if c.Since == now && c.Sold == 0 && c.PoolSold == 0 {
		return
	}
	if c.Sold > 0 {
		setByHand(d, c.ID) // what is left is the quota of the new period
	}
	next := *c
	next.Pending = max(0, c.Pending-c.Sold)
	next.Sold, next.PoolSold, next.Since = 0, 0, now
	d.to.Channels = append(d.to.Channels, next)
}

// AppendCanonical appends what makes two requests the same.
func (c ResetSold) AppendCanonical(dst []byte) []byte {
	dst = c.Item.appendCanonical(append(dst, byte(OpQuotaReset)))
	dst = appendStrings(dst, c.Channels)
	return c.Note.appendCanonical(dst)
}

func (c ResetSold) firstItem() (ItemKey, Bucket, bool) { return c.Item, c.Bucket, true }
