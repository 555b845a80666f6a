package stock

// entry reads what appendEntry wrote, up to its last byte. The event's note has only its
// code; the note's number is returned.
func (s *entrySource) entry(tenant string, in *RecordHeader) (e *Event, note int) {
	bits := s.bitmap(entryKnown)
	e = &Event{Tenant: tenant, Op: Op(s.byte())}
	s.want(e.Op != 0)
	if bits&entryNote != 0 {
		note = s.index()
		s.want(note > 0)
	}
	if bits&entryOrder != 0 {
		e.Order = s.byteReader.string()
		s.want(e.Order != "")
	}
	if bits&entryChannel != 0 {
		e.Channel = s.string()
		s.want(e.Channel != "")
	}
	if bits&entryItems != 0 {
		e.Items = make([]ItemChange, s.optionalCount(minItemChange))
		for i := 0; i < len(e.Items) && !s.bad; i++ {
			s.itemChange(&e.Items[i], tenant, in.At)
		}
	}
	if bits&entryLines != 0 {
		e.Lines = make([]LineChange, s.optionalCount(minLineChange))
		for i := 0; i < len(e.Lines) && !s.bad; i++ {
			s.lineChange(e, i, in)
		}
	}
	if bits&entryCall != 0 {
		s.call(e)
	}
	if bits&entryRefusal != 0 {
		e.Refusal = s.refusal()
	}
	if bits&entryShort != 0 {
		e.Short = s.shortages()
	}
	if bits >= entryExpired {
		s.readOwnParts(e, bits)
	}
	if bits&entryReason != 0 {
		e.Note.Code = s.string()
		s.want(e.Note.Code != "")
	}
	if bits&entryHappened != 0 {
		e.Happened = in.At + Time(s.int())
		s.want(e.Happened > 0)
	}
	if bits&entryBack != 0 {
		e.Back = &CountedReturn{}
		e.Back.read(&s.byteReader)
	}
	s.want(len(s.p) == 0 && e.partsFit())
	return e, note
}

// readOwnParts reads the parts that only some operations have.
func (s *entrySource) readOwnParts(e *Event, bits uint64) {
	if bits&entryExpired != 0 {
		e.Expired = s.uint()
		s.want(e.Expired != 0)
	}
	if bits&entryStep != 0 {
		e.Handover = &Handover{}
		e.Handover.read(&s.byteReader)
	}
	if bits&entryOrigin != 0 {
		e.From = &Origin{}
		e.From.read(&s.byteReader)
	}
	if bits&entrySpread != 0 {
		e.Spread = &Spread{Placement: Placement{Tenant: e.Tenant}}
		e.Spread.read(&s.byteReader)
	}
	if bits&entryLeaves != 0 {
		b := s.bucket()
		e.Leaves = &b
	}
}

func (s *entrySource) call(e *Event) {
	e.Call = &Call{}
	number := e.Call.read(&s.byteReader, s.string)
	if number > len(e.Lines) {
		s.spoil()
		return
	}
	if number > 0 {
		l := &e.Lines[number-1]
		e.Call.setHome(&l.Line, l.Bucket)
	}
	s.want(e.homeLine() == number)
}
