package catalog

import (
	"context"
	"time"
)

const (
	// SinkLease is for how long a relay has a sink.
	SinkLease = 2 * time.Second
	// renewBelow is what may be left of a lease before it is renewed: a relay that asks
	// every 500 ms writes once a second.
	renewBelow = 1250 * time.Millisecond
	// noteRelay is how often it is noted that a relay is there.
	noteRelay = time.Second
	// testFor is for how long a test event is worth a delivery.
	testFor = 15 * time.Second
)

// SinkClaim is what a relay asks for.
type SinkClaim struct {
	Tenant, Relay string
	// Held are the epochs of the sinks that it delivers now, by name.
	Held map[string]int64
	// Leaving says that it stops.
	Leaving bool
	// Usable says whether a sink can be delivered at all.
	Usable func(*Sink) bool
}

// ClaimedSink is a sink that a relay has.
type ClaimedSink struct {
	Sink
	// Parked are all parked events of a sink that is new to the relay, else those that
	// somebody has decided about.
	Parked []ParkedEvent
}

// Claim renews the leases of a relay and gives it sinks that no relay has. lease is for
// how long they are the relay's. Of n sinks and m relays each takes at most n/m, rounded
// up; one that has two more, because it was there first, is given the rest no more and
// keeps their leases till they end.
func (d Sinks) Claim(ctx context.Context, c SinkClaim) (sinks []ClaimedSink, lease time.Duration, err error) {
	p, err := look(ctx, d.store, func(r *read) (*claimPlan, error) { return planClaim(r, &c, d.now()) })
	if err == nil && p.writes() {
		err = d.store.write(ctx, d.now, func(w *write) error {
			if p, err = planClaim(&w.read, &c, w.at()); err != nil {
				return err
			}
			return p.store(w, &c)
		})
	}
	if err == nil {
		sinks, err = p.claimed(ctx, d, &c)
	}
	if err != nil {
		return nil, 0, during(err, "claim sinks for relay %q", c.Relay)
	}
	return sinks, p.lease(), nil
}

// claimPlan is what becomes of the sinks of a tenant when a relay claims some.
type claimPlan struct {
	at     time.Time
	relays *sinkRelays
	note   bool            // that the relay is there, or that it leaves
	mine   []*Sink         // are the relay's
	taken  map[string]bool // those of mine that were not
	freed  []*Sink
	renew  bool
}

func planClaim(r *read, c *SinkClaim, at time.Time) (*claimPlan, error) {
	p := &claimPlan{at: at, taken: map[string]bool{}}
	all, err := sinkKind.all(r, c.Tenant)
	if err != nil || len(all) == 0 {
		return p, err
	}
	if p.relays, _, err = relaysKind.get(r, c.Tenant, relaysID); err != nil {
		return nil, err
	}
	if c.Leaving {
		p.leave(c, all)
		return p, nil
	}
	var active []*Sink
	for i := range all {
		if s := &all[i]; s.active() && c.Usable(s) {
			active = append(active, s)
		}
	}
	alive := 1
	p.note = true
	if p.relays != nil {
		alive = p.relays.others(c.Relay, at) + 1
		p.note = at.Sub(fromMillis(p.relays.Seen[c.Relay])) >= noteRelay
	}
	p.divide(c, active, (len(active)+alive-1)/alive)
	return p, nil
}

// divide says which of the sinks are the relay's, whose share is so many.
func (p *claimPlan) divide(c *SinkClaim, active []*Sink, share int) {
	holds := func(s *Sink) bool { return s.Owner == c.Relay && c.Held[s.Name] == s.Epoch }
	for _, s := range active {
		if holds(s) && len(p.mine) <= share {
			p.mine = append(p.mine, s)
			p.renew = p.renew || s.Lease.Sub(p.at) < renewBelow
		}
	}
	for _, s := range active {
		free := s.Owner == "" || !s.Lease.After(p.at) || s.Owner == c.Relay
		if free && !holds(s) && len(p.mine) < share {
			p.mine = append(p.mine, s)
			p.taken[s.Name] = true
		}
	}
}

// leave frees what the relay has.
func (p *claimPlan) leave(c *SinkClaim, all []Sink) {
	for i := range all {
		if all[i].Owner == c.Relay {
			p.freed = append(p.freed, &all[i])
		}
	}
	p.note = p.relays != nil && p.relays.Seen[c.Relay] > 0
}

func (p *claimPlan) writes() bool {
	return p.note || p.renew || len(p.taken)+len(p.freed) > 0
}

// store carries the plan out. What is written anyway renews all leases.
func (p *claimPlan) store(w *write, c *SinkClaim) error {
	for _, s := range p.mine {
		if p.taken[s.Name] {
			s.fence(p.at)
			s.Owner = c.Relay
		}
		s.Lease = Moment{p.at.Add(SinkLease)}
		if err := sinkKind.keep(w, s); err != nil {
			return err
		}
	}
	for _, s := range p.freed {
		s.Owner, s.Lease = "", Moment{}
		if err := sinkKind.keep(w, s); err != nil {
			return err
		}
	}
	if !p.note && p.relays != nil {
		return nil
	}
	if p.relays == nil {
		first := &sinkRelays{Tenant: c.Tenant, Since: Moment{p.at}}
		first.see(c, p.at)
		return relaysKind.put(w, first, nil)
	}
	p.relays.see(c, p.at)
	return relaysKind.keep(w, p.relays)
}

// lease is for how long all of it is the relay's.
func (p *claimPlan) lease() time.Duration {
	least := SinkLease
	for _, s := range p.mine {
		least = min(least, s.Lease.Sub(p.at))
	}
	return least
}

// claimed returns what the relay has with the parked events that it must know.
func (p *claimPlan) claimed(ctx context.Context, d Sinks, c *SinkClaim) ([]ClaimedSink, error) {
	if len(p.mine) == 0 {
		return nil, nil
	}
	decided, err := d.parked.list(ctx, func(r *read) ([]ParkedEvent, error) { return findDecided(r, c.Tenant) })
	if err != nil {
		return nil, err
	}
	sinks := make([]ClaimedSink, len(p.mine))
	for i, s := range p.mine {
		out := ClaimedSink{Sink: *s}
		if out.Test.Answered || p.at.Sub(out.Test.Asked.Time) > testFor {
			out.Test = SinkTest{}
		}
		if p.taken[s.Name] {
			out.Parked, err = d.parked.list(ctx, func(r *read) ([]ParkedEvent, error) { return findParked(r, c.Tenant, s.Name, 0, MaxParked) })
			if err != nil {
				return nil, err
			}
		} else {
			for _, e := range decided {
				if e.Sink == s.Name {
					out.Parked = append(out.Parked, e)
				}
			}
		}
		sinks[i] = out
	}
	return sinks, nil
}

// sinkRelays is the document that says which relays are there: what is divided among
// them depends on those too that have nothing yet.
type sinkRelays struct {
	Tenant   string           `json:"-"`
	Since    Moment           `json:"since"`
	Seen     map[string]int64 `json:"-"` // when each was last there
	revision int64
}

// relaysID is the id of the one document that a tenant has.
const relaysID = "relays"

// others is how many others are there.
func (r *sinkRelays) others(relay string, at time.Time) (n int) {
	for id, seen := range r.Seen {
		if id != relay && at.Sub(fromMillis(seen)) < SinkLease {
			n++
		}
	}
	return n
}

// see notes that a relay is there, or that it leaves, and forgets those that are not.
func (r *sinkRelays) see(c *SinkClaim, at time.Time) {
	kept := map[string]int64{}
	for id, seen := range r.Seen {
		if id != c.Relay && at.Sub(fromMillis(seen)) < SinkLease {
			kept[id] = seen
		}
	}
	if !c.Leaving {
		kept[c.Relay] = at.UnixMilli()
	}
	r.Seen = kept
}

var relaysKind = kind[sinkRelays]{
	name: "sink_relays", title: "list of relays",
	pack:     func(r *sinkRelays) document { return document{tenant: r.Tenant, id: relaysID, seq: r.revision} },
	progress: func(r *sinkRelays) any { return &r.Seen },
	unpack:   func(d *document, r *sinkRelays) { r.Tenant, r.revision = d.tenant, d.seq },
}
