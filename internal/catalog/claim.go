package catalog

import (
	"context"
	"time"
)

const (
	// SinkLease is for how long a relay has a sink.
	SinkLease = 2 * time.Second
	// renewBelow is the remaining time of a lease below which it is renewed: a relay
	// that asks every 500 ms writes once a second.
	renewBelow = 1250 * time.Millisecond
	// noteRelay is how often the presence of a relay is noted.
	noteRelay = time.Second
	// testFor is how long a test waits for an answer.
	testFor = 15 * time.Second
)

// RelayClaim is the request of a relay.
type RelayClaim struct {
	Tenant, Relay string
	// Held are the epochs of the sinks that it delivers now, HeldSources those of the
	// sources that it consumes, by name.
	Held, HeldSources map[string]int64
	// Leaving says that it stops.
	Leaving bool
	// Usable says whether a sink can be delivered at all, UsableSource whether the relay
	// may consume a source; nil: none.
	Usable       func(*Sink) bool
	UsableSource func(*Source) bool
}

// Claimed is the sinks and sources that a relay has, and for how long.
type Claimed struct {
	Sinks   []ClaimedSink
	Sources []ClaimedSource
	Lease   time.Duration
}

// ClaimedSink is a sink that a relay has.
type ClaimedSink struct {
	Sink
	// Parked are all parked events of a sink that is new to the relay, else those that
	// somebody has decided about.
	Parked []ParkedEvent
}

// ClaimedSource is a source that a relay has.
type ClaimedSource struct {
	Source
	// Requeued are parked messages that somebody wants to be carried out once more.
	Requeued []ParkedEvent
}

// Relays divides sinks and sources among relays.
type Relays struct{ *core }

// Claim renews the leases of a relay and gives it sinks and sources that no relay has.
// If there are n of them and m relays, each relay takes at most n/m, rounded up. If a
// relay has two or more above that, because it was there first, the rest is not
// renewed: the relay keeps them until their leases end.
func (d Relays) Claim(ctx context.Context, c RelayClaim) (Claimed, error) {
	p, err := look(ctx, d.store, func(r *read) (*claimPlan, error) { return planClaim(r, &c, d.now()) })
	if err == nil && p.writes() {
		err = d.store.write(ctx, d.now, func(w *write) error {
			if p, err = planClaim(&w.read, &c, w.time()); err != nil {
				return err
			}
			return p.store(w, &c)
		})
	}
	var out Claimed
	if err == nil {
		out, err = p.claimed(ctx, d, &c)
	}
	if err != nil {
		return Claimed{}, during(err, "claim sinks and sources for relay %q", c.Relay)
	}
	return out, nil
}

// divisible is a sink or a source, as relays divide them.
type divisible struct {
	*Tenure
	document any // *Sink or *Source
	held     int64
	active   bool
	keep     func(*write) error
}

// divisibles are all sinks and sources of a tenant.
func divisibles(r *read, c *RelayClaim) ([]*divisible, error) {
	sinks, err := sinkKind.list(r, c.Tenant)
	if err != nil {
		return nil, err
	}
	sources, err := sourceKind.list(r, c.Tenant)
	if err != nil {
		return nil, err
	}
	all := make([]*divisible, 0, len(sinks)+len(sources))
	for i := range sinks {
		s := &sinks[i]
		active := s.active() && c.Usable != nil && c.Usable(s)
		all = append(all, &divisible{&s.Tenure, s, c.Held[s.Name], active, func(w *write) error { return sinkKind.keep(w, s) }})
	}
	for i := range sources {
		s := &sources[i]
		active := !s.Paused && c.UsableSource != nil && c.UsableSource(s)
		all = append(all, &divisible{&s.Tenure, s, c.HeldSources[s.Name], active, func(w *write) error { return sourceKind.keep(w, s) }})
	}
	return all, nil
}

// claimPlan is the result for the sinks and sources of a tenant when a relay claims
// some.
type claimPlan struct {
	at     time.Time
	relays *sinkRelays
	note   bool                // that the relay is there, or that it leaves
	mine   []*divisible        // are the relay's
	taken  map[*divisible]bool // those of mine that were not
	freed  []*divisible
	renew  bool
}

func planClaim(r *read, c *RelayClaim, at time.Time) (*claimPlan, error) {
	p := &claimPlan{at: at, taken: map[*divisible]bool{}}
	all, err := divisibles(r, c)
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
	var active []*divisible
	for _, s := range all {
		if s.active {
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

// divide says which of them are the relay's, whose share is so many.
func (p *claimPlan) divide(c *RelayClaim, active []*divisible, share int) {
	holds := func(s *divisible) bool { return s.isHeldBy(c.Relay, s.held, p.at) }
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
			p.taken[s] = true
		}
	}
}

// leave frees what the relay has.
func (p *claimPlan) leave(c *RelayClaim, all []*divisible) {
	for _, s := range all {
		if s.Owner == c.Relay {
			p.freed = append(p.freed, s)
		}
	}
	p.note = p.relays != nil && p.relays.Seen[c.Relay] > 0
}

func (p *claimPlan) writes() bool {
	return p.note || p.renew || len(p.taken)+len(p.freed) > 0
}

// store carries the plan out. When it writes anyway, it renews all leases.
func (p *claimPlan) store(w *write, c *RelayClaim) error {
	for _, s := range p.mine {
		if p.taken[s] {
			s.fence(p.at)
			s.Owner = c.Relay
		}
		s.Lease = Moment{p.at.Add(SinkLease)}
		if err := s.keep(w); err != nil {
			return err
		}
	}
	for _, s := range p.freed {
		s.Owner, s.Lease = "", Moment{}
		if err := s.keep(w); err != nil {
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

// claimed returns the sinks and sources of the relay, with the parked events
// that it must know.
func (p *claimPlan) claimed(ctx context.Context, d Relays, c *RelayClaim) (Claimed, error) {
	out := Claimed{Lease: p.lease()}
	if len(p.mine) == 0 {
		return out, nil
	}
	parked := documents[ParkedEvent]{d.core, &parkedKind}
	decided, err := parked.list(ctx, func(r *read) ([]ParkedEvent, error) { return findDecided(r, c.Tenant) })
	if err != nil {
		return Claimed{}, err
	}
	of := func(owner string) (all []ParkedEvent) {
		for _, e := range decided {
			if e.Owner == owner {
				all = append(all, e)
			}
		}
		return all
	}
	for _, one := range p.mine {
		switch s := one.document.(type) {
		case *Sink:
			sink := ClaimedSink{Sink: *s}
			sink.Test = s.Test.pending(p.at)
			if !p.taken[one] {
				sink.Parked = of(s.Name)
			} else if sink.Parked, err = parked.list(ctx, func(r *read) ([]ParkedEvent, error) { return findParked(r, c.Tenant, s.Name, 0, MaxParked) }); err != nil {
				return Claimed{}, err
			}
			out.Sinks = append(out.Sinks, sink)
		case *Source:
			source := ClaimedSource{Source: *s, Requeued: of(s.owner())}
			source.Test = s.Test.pending(p.at)
			out.Sources = append(out.Sources, source)
		}
	}
	return out, nil
}

// sinkRelays is the document that lists the relays. Relays that have nothing yet
// count too when sinks and sources are divided.
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
func (r *sinkRelays) see(c *RelayClaim, at time.Time) {
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

var relaysKind = documentKind[sinkRelays]{
	name: "sink_relays", title: "list of relays",
	pack:     func(r *sinkRelays) document { return document{tenant: r.Tenant, id: relaysID, seq: r.revision} },
	progress: func(r *sinkRelays) any { return &r.Seen },
	unpack:   func(d *document, r *sinkRelays) { r.Tenant, r.revision = d.tenant, d.seq },
}
