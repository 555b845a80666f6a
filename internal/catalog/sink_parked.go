package catalog

import (
	"context"
	"crypto/sha256"
)

// ParkedEvent is an event that the target of a sink did not take. A relay parks one of a
// key at a time: the later ones of the key wait, and are in the books' log.
type ParkedEvent struct {
	Tenant string `json:"-"`
	Sink   string `json:"-"`
	ID     string `json:"-"`
	// Number is that of the entry that parked it, and grows from one to the next.
	Number  int64  `json:"number"`
	Key     string `json:"key"`
	EventID string `json:"event_id"`
	// Position is in front of the event.
	Position string `json:"position"`
	State    string `json:"state"`
	// By is who has decided about it last.
	By    string `json:"by,omitempty"`
	Since Moment `json:"since"`

	ParkedProgress `json:"-"`
	revision       int64
}

// ParkedProgress is what is not in the log of a parked event: what it says is gone with
// it.
type ParkedProgress struct {
	// Event is packed by those who show it.
	Event []byte `json:"event,omitempty"`
	Tries int64  `json:"tries,omitempty"`
	Cause string `json:"cause,omitempty"`
	// Waiting is how many later events of the key were passed over.
	Waiting int64 `json:"waiting,omitempty"`
}

// The states of a parked event.
const (
	EventParked    = "parked"
	EventRequeued  = "requeued"
	EventDiscarded = "discarded"
	eventEnded     = "ended" // of one that is gone
)

const (
	// MaxParked is how many parked events a sink may have.
	MaxParked = 1000
	// MaxParkedKey is how many bytes a key may have.
	MaxParkedKey = 255
	// MaxParkedEvent is how many bytes an event may have.
	MaxParkedEvent = 32 << 10
)

// parkedID names a parked event: the same each time that it is parked.
func parkedID(sink, event string) string {
	sum := sha256.Sum256([]byte(sink + "\x00" + event))
	return "parked-" + keyText.EncodeToString(sum[:10])
}

var parkedKind = kind[ParkedEvent]{
	name: "sink_parked", title: "parked event",
	pack: func(e *ParkedEvent) document {
		return document{tenant: e.Tenant, id: e.ID, parent: e.Sink, number: e.Number, state: e.State, seq: e.revision}
	},
	progress: func(e *ParkedEvent) any { return &e.ParkedProgress },
	unpack: func(d *document, e *ParkedEvent) {
		e.Tenant, e.ID, e.Sink, e.revision = d.tenant, d.id, d.parent, d.seq
	},
}

// livingStates follows WHERE tenant = ? AND: it goes by the index of states, because
// those that are gone only grow.
const livingStates = ` AND number > 0 AND state IN ('` + EventParked + `', '` + EventRequeued + `', '` + EventDiscarded + `')`

// findParked returns parked events of a sink with numbers above after.
func findParked(r *read, tenant, sink string, after int64, limit int) ([]ParkedEvent, error) {
	if !storable(tenant) || !storable(sink) {
		return nil, nil
	}
	return parkedKind.find(r, `tenant = ?`+livingStates+` AND parent = ? AND number > ? ORDER BY number LIMIT ?`, tenant, sink, after, pageSize(limit))
}

// findDecided returns the parked events of a tenant that somebody has decided about.
func findDecided(r *read, tenant string) ([]ParkedEvent, error) {
	return parkedKind.find(r, `tenant = ? AND number > 0 AND state IN (?, ?) ORDER BY number`, tenant, EventRequeued, EventDiscarded)
}

// Parked lists parked events of a sink with numbers above after, the oldest first.
func (d Sinks) Parked(ctx context.Context, tenant, sink string, after int64, limit int) ([]ParkedEvent, error) {
	return d.parked.list(ctx, func(r *read) ([]ParkedEvent, error) { return findParked(r, tenant, sink, after, limit) })
}

// CountParked returns how many parked events each sink of a tenant has that has some.
func (d Sinks) CountParked(ctx context.Context, tenant string) (map[string]int64, error) {
	type count struct {
		sink string
		n    int64
	}
	all, err := look(ctx, d.store, func(r *read) ([]count, error) {
		return list(r, func(scan func(...any) error, c *count) error { return scan(&c.sink, &c.n) },
			`SELECT parent, count(*) FROM {document} WHERE kind = ? AND tenant = ?`+livingStates+` GROUP BY parent`, parkedKind.name, tenant)
	})
	of := make(map[string]int64, len(all))
	for _, c := range all {
		of[c.sink] = c.n
	}
	return result(of, err, "count parked events")
}

// Decide says what becomes of a parked event: EventRequeued or EventDiscarded. The same
// again is no change. One that is not there is ErrUnknown.
func (d Sinks) Decide(ctx context.Context, tenant, sink, id, state, by string) (ParkedEvent, error) {
	var kept ParkedEvent
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := parkedKind.must(&w.read, tenant, id)
		switch {
		case err != nil:
			return err
		case was.Sink != sink:
			return parkedKind.unknown(id)
		}
		if kept = *was; was.State == state {
			return nil
		}
		kept.State, kept.By = state, by
		return parkedKind.put(w, &kept, was)
	})
	return result(kept, err, "decide about parked event %q", id)
}

// end takes a parked event away, and what it said.
func (e *ParkedEvent) end(w *write) error {
	last := *e
	last.State, last.ParkedProgress = eventEnded, ParkedProgress{}
	return parkedKind.drop(w, &last, e)
}

// park stores events that are new. One that is parked already stays as it is.
func (s *Sink) park(w *write, events []ParkedEvent) error {
	if len(events) == 0 {
		return nil
	}
	ids := make([]string, len(events))
	for i := range events {
		ids[i] = parkedID(s.Name, events[i].EventID)
	}
	have, err := parkedKind.some(&w.read, s.Tenant, ids)
	if err != nil {
		return err
	}
	var count int64
	if _, err := w.one(`SELECT count(*) FROM {document} WHERE kind = ? AND tenant = ?`+livingStates+` AND parent = ?`,
		[]any{parkedKind.name, s.Tenant, s.Name}, &count); err != nil {
		return err
	}
	for i := range events {
		e := events[i]
		was := have[ids[i]]
		if was.is != nil && !was.gone {
			continue
		}
		if count++; count > MaxParked {
			return ErrTooManyParked
		}
		e.Tenant, e.Sink, e.ID = s.Tenant, s.Name, ids[i]
		e.Number, e.State, e.Since = w.head.seq+1, EventParked, Moment{w.at()}
		e.Cause = cut(e.Cause, maxSinkError)
		if err := parkedKind.put(w, &e, was.is); err != nil {
			return err
		}
		have[ids[i]] = kept[ParkedEvent]{is: &e}
	}
	return nil
}

// ParkedNews is what is new of a parked event.
type ParkedNews struct {
	ID string
	// Waiting and Tries are added.
	Waiting, Tries int64
	// Cause says that it is parked as before, and why; "": it is as it was.
	Cause string
}

// follow notes what is new of parked events, and which are gone. What is not the sink's
// is left alone.
func (s *Sink) follow(w *write, news []ParkedNews, ended []string) error {
	ids := append([]string{}, ended...)
	for _, n := range news {
		ids = append(ids, n.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	have, err := parkedKind.some(&w.read, s.Tenant, ids)
	if err != nil {
		return err
	}
	of := func(id string) *ParkedEvent {
		if e := have[id]; e.is != nil && !e.gone && e.is.Sink == s.Name {
			return e.is
		}
		return nil
	}
	for _, n := range news {
		if e := of(n.ID); e != nil {
			if err := e.note(w, n); err != nil {
				return err
			}
		}
	}
	for _, id := range ended {
		if e := of(id); e != nil {
			if err := e.end(w); err != nil {
				return err
			}
			delete(have, id)
		}
	}
	return nil
}

func (e *ParkedEvent) note(w *write, n ParkedNews) error {
	was := *e
	e.Waiting, e.Tries = e.Waiting+n.Waiting, e.Tries+n.Tries
	if n.Cause == "" {
		return parkedKind.keep(w, e)
	}
	if e.Cause = cut(n.Cause, maxSinkError); e.State == EventParked {
		return parkedKind.keep(w, e)
	}
	e.State = EventParked
	return parkedKind.put(w, e, &was)
}
