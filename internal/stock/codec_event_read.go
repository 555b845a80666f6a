package stock

// entry reads what appendEntry wrote, up to its last byte. The event's note
// is left empty; its number is returned.
func (s *entrySource) entry(tenant string, in *RecordHeader) (e *Event, note int) {
	e = &Event{Tenant: tenant, Op: Op(s.byte())}
	s.want(e.Op != 0)
	flags := s.byte()
	if flags&entryOrder != 0 {
		e.Order = s.source.string()
		s.want(e.Order != "")
	}
	if flags&entryChannel != 0 {
		e.Channel = s.string()
		s.want(e.Channel != "")
	}
	if flags&entryNote != 0 {
		note = s.index()
		s.want(note > 0)
	}
	if flags&entryItems != 0 {
		n := s.count(11)
		s.want(n > 0)
		e.Items = make([]ItemChange, n)
		for i := 0; i < n && !s.bad; i++ {
			s.itemChange(&e.Items[i], tenant, in.At)
		}
	}
	if flags&entryLines != 0 {
		n := s.count(2)
		s.want(n > 0)
		e.Lines = make([]LineChange, n)
		for i := 0; i < n && !s.bad; i++ {
			s.lineChange(e, i, in)
		}
	}
	if flags&entryCall != 0 {
		s.call(e)
	}
	if flags&entryShort != 0 {
		e.Short = s.shortages()
		s.want(len(e.Short) > 0)
	}
	if flags&entryRefusal != 0 {
		e.Refusal = s.refusal()
	}
	switch e.Op {
	case OpCleanup:
		e.Expired = s.uint()
	case OpHandover:
		e.Handover = s.handover()
	case OpArrive, OpRecallKey:
		e.From = s.origin()
	case OpSpread:
		e.Spread = s.spread(tenant)
	case OpRehouse:
		if len(e.Lines) > 0 {
			b := s.bucket()
			e.Leaves = &b
		}
	}
	s.want(len(s.p) == 0)
	return e, note
}

func (s *entrySource) call(e *Event) {
	c := &Call{}
	e.Call = c
	if home := s.index(); home == 0 {
		c.HomeLocation, c.HomeProduct = s.string(), s.string()
		c.HomeBucket = s.bucket()
		s.want(e.homeLine() == 0)
	} else if home <= len(e.Lines) {
		l := &e.Lines[home-1]
		c.HomeLocation, c.HomeProduct = l.Line.Item.Location, l.Line.Item.Product
		c.HomeBucket = l.Bucket
		s.want(e.homeLine() == home)
	} else {
		s.spoil()
	}
	c.Legs = s.legs()
}

func (s *source) legs() []Bucket {
	n := s.count(1)
	if n == 0 {
		return nil
	}
	legs := make([]Bucket, n)
	for i := range legs {
		legs[i] = s.bucket()
	}
	return legs
}

func (s *entrySource) shortages() []Shortage {
	n := s.count(5)
	if n == 0 {
		return nil
	}
	short := make([]Shortage, n)
	for i := range short {
		short[i] = Shortage{
			Location: s.string(), Product: s.string(),
			Requested: s.qty(), Available: s.qty(),
			NotOnSale: s.bool(),
		}
	}
	return short
}

func (s *entrySource) refusal() *Refusal {
	r := &Refusal{Code: Code(s.byte())}
	s.want(r.Code != 0)
	r.Detail = s.source.string()
	r.Field, r.State = s.string(), s.string()
	r.Version = s.uint()
	r.Shortages = s.shortages()
	return r
}
