package stock

import "fmt"

// AppendEvents appends the events of commands as they travel between nodes of one version
// range, like a command does. At and seq are those of the record that most of them are in:
// the bytes are short when they fit. The error says that an event breaks the form that all
// events have.
func AppendEvents(dst []byte, at Time, seq uint64, events []*Event) ([]byte, error) {
	var d dictionary
	d.reset()
	in := RecordHeader{At: at, Seq: seq}
	var entries, entry []byte
	for _, e := range events {
		if err := e.encodable(); err != nil {
			return dst, fmt.Errorf("append events: %w", err)
		}
		entries = d.append(entries, e.Tenant)
		entries = d.append(entries, e.Note.Reason)
		entries = d.append(entries, e.Note.Reference)
		entries = d.append(entries, e.Note.Operator)
		entry = d.appendEntry(entry[:0], e, 0, &in)
		entries = append(appendUint(entries, uint64(len(entry))), entry...)
	}
	dst = appendInt(append(dst, commandVersion), int64(at))
	dst = appendUint(dst, seq)
	dst = append(appendUint(dst, uint64(len(d.refs))), d.raw...)
	return append(appendUint(dst, uint64(len(events))), entries...), nil
}

// minEvent is the least an event takes: the references of tenant and note, a
// length, bitmap and operation.
const minEvent = 7

// ReadEvents returns the events that b is, all of it. The error wraps
// ErrMalformed when b is not what AppendEvents of this version wrote.
func ReadEvents(b []byte) ([]*Event, error) {
	if err := checkVersion("events", b, commandVersion); err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	s := entrySource{byteReader: byteReader{p: b[1:]}}
	in := RecordHeader{At: Time(s.int())}
	in.Seq = s.uint()
	s.words = make([]string, s.count(2))
	for i := range s.words {
		s.words[i] = s.byteReader.string()
		s.want(s.words[i] != "")
	}
	events := make([]*Event, s.count(minEvent))
	for i := 0; i < len(events) && !s.bad; i++ {
		tenant := s.string()
		note := Note{Reason: s.string(), Reference: s.string(), Operator: s.string()}
		one := entrySource{byteReader: byteReader{p: s.take(s.uint())}, words: s.words}
		e, number := one.entry(tenant, &in)
		s.want(!one.bad && number == 0)
		s.newer = s.newer || one.newer
		note.Code = e.Note.Code
		e.Note = note
		events[i] = e
	}
	if !s.done() {
		return nil, fmt.Errorf("read events: %w", s.fault())
	}
	return events, nil
}
