package stock

func (s *entrySource) itemChange(c *ItemChange, tenant string, at Time) {
	flags := s.byte()
	c.Changed, c.Tracked, c.OnSale = flags&itemChanged != 0, flags&itemTracked != 0, flags&itemOnSale != 0
	c.Key = ItemKey{Tenant: tenant, Location: s.string(), Product: s.string()}
	if flags&itemLot != 0 {
		c.Key.Lot = s.string()
		s.want(c.Key.Lot != "")
	}
	var channels, more bool
	c.Bucket, channels, more = s.bucketBeside()
	if flags&itemUnit != 0 {
		c.Unit, c.Scale = s.string(), s.byte()
		s.want(c.Unit != "" || c.Scale != 0)
	}
	if flags&itemThreshold != 0 {
		c.Threshold = s.qty()
		s.want(c.Threshold != 0)
	}
	if flags&itemOff != 0 {
		n := s.count(1)
		s.want(n > 0)
		c.Off = make([]string, n)
		for i := range c.Off {
			c.Off[i] = s.string()
		}
	}
	if flags&itemSeen != 0 {
		c.Seen = Seen{AsOf: s.time(at), Source: s.string()}
		s.want(c.Seen != Seen{})
	}
	c.Version = s.uint()
	c.UpdatedAt = s.time(at)
	if n := s.count(3); n > 0 {
		c.Postings = make([]Posting, n)
		for i := range c.Postings {
			c.Postings[i] = Posting{From: s.account(), To: s.account(), Qty: s.qty()}
		}
	}
	c.Touched = s.balances()
	guess := guessFigures(c.Touched)
	c.Figures.Available = guess.Available + s.qty()
	c.Figures.Held = guess.Held + s.qty()
	c.Figures.OnHand = guess.OnHand + s.qty()
	if channels {
		n := s.count(minChannel)
		s.want(n > 0)
		c.Channels = make([]Channel, n)
		for i := 0; i < n && !s.bad; i++ {
			c.Channels[i].ID = s.string()
			s.channel(&c.Channels[i], at)
		}
	}
	if more {
		b := s.beside(at, false, s.string)
		c.Rules, c.Promises, c.Lots, c.LotPolicy = b.rules, b.promises, b.lots, b.policy
		c.SoldOut, c.InStock, c.Confirmed = b.soldOut, b.inStock, b.confirmed
		if b.rest {
			c.Rest = s.rest(at)
		}
	}
}

func (s *entrySource) lineChange(e *Event, i int, in *RecordHeader) {
	c := &e.Lines[i]
	l := &c.Line
	at := in.At
	flags := s.uint()
	s.want(flags < lineUnused)
	c.Changed = flags&lineChanged != 0
	if flags&lineOfItem != 0 {
		if i >= len(e.Items) {
			s.spoil()
			return
		}
		l.Item, c.Bucket = e.Items[i].Key, e.Items[i].Bucket
	} else {
		l.Item = ItemKey{Tenant: e.Tenant, Location: s.string(), Product: s.string(), Lot: s.string()}
		c.Bucket = s.bucket()
		s.want(i >= len(e.Items) || e.Items[i].Key != l.Item || e.Items[i].Bucket != c.Bucket)
	}
	l.Channel = e.Channel
	if flags&lineChannel != 0 {
		l.Channel = s.string()
		s.want(l.Channel != e.Channel)
	}
	if flags&lineCall != 0 {
		l.Call = s.index()
		s.want(l.Call != 0)
	}
	if flags&linePrev != 0 {
		c.Prev = in.Seq - s.uint()
		s.want(c.Prev != 0)
	}
	l.Requested = s.qty()
	if flags&linePlain != 0 {
		l.Drawn = []Balance{{Shared, l.Requested}}
	} else {
		l.Drawn = s.balances()
		s.want(!l.plain())
	}
	if flags&lineEnded != 0 {
		s.ended(l)
	}
	if flags&lineDeadline != 0 {
		l.Deadline = s.time(at)
		s.want(l.Deadline != 0)
	}
	l.CreatedAt, l.UpdatedAt = at, at
	if flags&lineNew == 0 {
		l.CreatedAt, l.UpdatedAt = s.time(at), s.time(at)
		s.want(l.CreatedAt != at || l.UpdatedAt != at)
	}
	if flags&lineLeg != 0 {
		s.leg(l)
	}
}

// ended reads what appendEnded wrote.
func (s *source) ended(l *Line) {
	l.End = s.end()
	l.Confirmed, l.Released = s.qty(), s.qty()
	l.LastConfirmed, l.LastReleased = s.qty(), s.qty()
	s.want(l.ended())
}
