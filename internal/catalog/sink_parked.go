package catalog

import (
	"context"
	"crypto/sha256"
)

// ParkedEvent is an event that the target of a sink did not take, or a message of a
// source that is no command. A relay parks one event of a key at a time: the later ones
// of the key wait, and are in the books' log. Nothing waits for a message.
type ParkedEvent struct {
	Tenant string `json:"-"`
	// Owner is the sink, or Source.owner.
	Owner string `json:"-"`
	ID    string `json:"-"`
	// Number is that of the entry that parked it, and grows from one to the next.
	Number  int64  `json:"number"`
	Key     string `json:"key"`
	EventID string `json:"event_id"`
	// Position is in front of the event.
	Position string `json:"position"`
	State    string `json:"state"`
	// By is the person who decided about it last.
	By    string `json:"by,omitempty"`
	Since Moment `json:"since"`
	// Order is that of a restaurant's message, and Case the one that asks for a decision about
	// it. Owe says that what is not there is booked and owed.
	Order string `json:"order,omitempty"`
	Case  string `json:"case,omitempty"`
	Owe   bool   `json:"owe,omitempty"`

	// Unmet is what a message that is new says was paid; nil: it says nothing such.
	Unmet *UnmetOrder `json:"-"`

	ParkedProgress `json:"-"`
	revision       int64
}

// ParkedProgress is the part of a parked event that is not in the log. It is gone when
// the event is gone.
type ParkedProgress struct {
	// Event is packed by the package that shows it. For a message it is the body, or its
	// beginning.
	Event []byte `json:"event,omitempty"`
	Tries int64  `json:"tries,omitempty"`
	Cause string `json:"cause,omitempty"`
	// Waiting is how many later events of the key were passed over.
	Waiting int64 `json:"waiting,omitempty"`
	// Size is how many bytes the body of a message had.
	Size int64 `json:"size,omitempty"`
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
	// MaxParkedKey is how many bytes a key may have: a product at a location, or the kind
	// and the id of a document.
	MaxParkedKey = 384
	// MaxParkedEvent is how many bytes an event may have.
	MaxParkedEvent = 32 << 10
)

// parkedID names a parked event: the same each time that it is parked.
func parkedID(owner, event string) string {
	sum := sha256.Sum256([]byte(owner + "\x00" + event))
	return "parked-" + keyText.EncodeToString(sum[:10])
}

var parkedKind = documentKind[ParkedEvent]{
	name: "sink_parked", title: "parked event",
	pack: func(e *ParkedEvent) document {
		return document{tenant: e.Tenant, id: e.ID, parent: e.Owner, number: e.Number, state: e.State, seq: e.revision}
	},
	progress: func(e *ParkedEvent) any { return &e.ParkedProgress },
	unpack: func(d *document, e *ParkedEvent) {
		e.Tenant, e.ID, e.Owner, e.revision = d.tenant, d.id, d.parent, d.seq
	},
	links: func(e *ParkedEvent) []string {
		if e.Order == "" || e.State == eventEnded {
			return nil
		}
		return []string{"order/" + e.Order}
	},
}

// livingStates follows WHERE tenant = ? AND: it uses the index of states, because
// the number of ended events only grows.
const livingStates = ` AND number > 0 AND state IN ('` + EventParked + `', '` + EventRequeued + `', '` + EventDiscarded + `')`

// findParked returns parked events of an owner with numbers above after.
func findParked(r *read, tenant, owner string, after int64, limit int) ([]ParkedEvent, error) {
	if !storable(tenant) || !storable(owner) {
		return nil, nil
	}
	return parkedKind.find(r, `tenant = ?`+livingStates+` AND parent = ? AND number > ? ORDER BY number LIMIT ?`, tenant, owner, after, pageSize(limit))
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
	return countParked(ctx, d.core, tenant)
}

// countParked returns how many parked events each owner of a tenant has that has some.
func countParked(ctx context.Context, c *core, tenant string) (map[string]int64, error) {
	type count struct {
		owner string
		n     int64
	}
	all, err := look(ctx, c.store, func(r *read) ([]count, error) {
		return list(r, func(scan func(...any) error, c *count) error { return scan(&c.owner, &c.n) },
			`SELECT parent, count(*) FROM {document} WHERE kind = ? AND tenant = ?`+livingStates+` GROUP BY parent`, parkedKind.name, tenant)
	})
	of := make(map[string]int64, len(all))
	for _, c := range all {
		of[c.owner] = c.n
	}
	return result(of, err, "count parked events")
}

// Decide sets the decision on a parked event: EventRequeued or EventDiscarded. Setting
// the same again changes nothing. One that is not there is ErrUnknown.
func (d Sinks) Decide(ctx context.Context, tenant, sink, id, state, by string) (ParkedEvent, error) {
	return decide(ctx, d.parked, tenant, sink, id, func(e *ParkedEvent) error {
		e.State, e.By = state, by
		return nil
	})
}

// decide stores what somebody has decided about a parked event. Setting the same
// again changes nothing.
func decide(ctx context.Context, d documents[ParkedEvent], tenant, owner, id string, change func(*ParkedEvent) error) (ParkedEvent, error) {
	var kept ParkedEvent
	err := d.store.write(ctx, d.now, func(w *write) error {
		was, err := parkedKind.must(&w.read, tenant, id)
		switch {
		case err != nil:
			return err
		case was.Owner != owner:
			return parkedKind.unknown(id)
		}
		kept = *was
		if err := change(&kept); err != nil || kept.State == was.State && kept.Owe == was.Owe {
			kept = *was
			return err
		}
		return parkedKind.put(w, &kept, was)
	})
	return result(kept, err, "decide about parked event %q", id)
}

// end removes a parked event and its content.
func (e *ParkedEvent) end(w *write) error {
	last := *e
	last.State, last.ParkedProgress = eventEnded, ParkedProgress{}
	return parkedKind.drop(w, &last, e)
}

// endAll takes all parked events of an owner away.
func endAll(w *write, tenant, owner string) error {
	parked, err := findParked(&w.read, tenant, owner, 0, MaxParked)
	if err != nil {
		return err
	}
	for i := range parked {
		if err := parked[i].end(w); err != nil {
			return err
		}
	}
	return nil
}

// park stores events of an owner that are new. One that is parked already stays as it
// is.
func park(w *write, tenant, owner string, events []ParkedEvent) error {
	if len(events) == 0 {
		return nil
	}
	ids := make([]string, len(events))
	for i := range events {
		ids[i] = parkedID(owner, events[i].EventID)
	}
	have, err := parkedKind.readSome(&w.read, tenant, ids)
	if err != nil {
		return err
	}
	var count int64
	if _, err := w.readRow(`SELECT count(*) FROM {document} WHERE kind = ? AND tenant = ?`+livingStates+` AND parent = ?`,
		[]any{parkedKind.name, tenant, owner}, &count); err != nil {
		return err
	}
	for i := range events {
		e := events[i]
		was := have[ids[i]]
		if was.document != nil && !was.gone {
			continue
		}
		if count++; count > MaxParked {
			return ErrTooManyParked
		}
		e.Tenant, e.Owner, e.ID = tenant, owner, ids[i]
		e.Number, e.State, e.Since = w.head.seq+1, EventParked, Moment{w.time()}
		e.Cause = cut(e.Cause, maxSinkError)
		if err := parkedKind.put(w, &e, was.document); err != nil {
			return err
		}
		have[ids[i]] = kept[ParkedEvent]{document: &e}
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

// noteParked notes news of parked events, and which are gone. It ignores events that
// are not the owner's.
func noteParked(w *write, tenant, owner string, news []ParkedNews, ended []string) error {
	ids := append([]string{}, ended...)
	for _, n := range news {
		ids = append(ids, n.ID)
	}
	if len(ids) == 0 {
		return nil
	}
	have, err := parkedKind.readSome(&w.read, tenant, ids)
	if err != nil {
		return err
	}
	of := func(id string) *ParkedEvent {
		if e := have[id]; e.document != nil && !e.gone && e.document.Owner == owner {
			return e.document
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
			if err := e.settleCase(w, "", ""); err != nil {
				return err
			}
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
	e.State, e.Owe = EventParked, false
	if err := e.reopenCase(w); err != nil {
		return err
	}
	return parkedKind.put(w, e, &was)
}
