package server

import (
	"context"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"

	"google.golang.org/protobuf/proto"
)

// relayChapter gives relays their sinks and sources, and stores their progress.
type relayChapter struct {
	*core
	relays  catalog.Relays
	sinks   catalog.Sinks
	sources catalog.Sources
	sealer  *Sealer
}

func (s *relayChapter) functions() map[string]method {
	advance, advanceSource := unary(knowing(s.core, s.advanceSink)), unary(knowing(s.core, s.advanceSource))
	advance.ownKeys, advanceSource.ownKeys = true, true // the turn is one
	return map[string]method{"ClaimSinks": unary(knowing(s.core, s.claimSinks)), "AdvanceSink": advance, "AdvanceSource": advanceSource}
}

const (
	maxRelay = 64
	maxHeld  = catalog.MaxSinks
	// maxNews bounds each list of an advance.
	maxNews = 1000
)

func (s *relayChapter) claimSinks(ctx context.Context, c *call, r *holdfastv1.ClaimSinksRequest) (*holdfastv1.ClaimSinksResponse, error) {
	var f requestForm
	f.id("relay_id", r.GetRelayId(), maxRelay)
	f.requireRange("held", int64(len(r.GetHeld())), 0, maxHeld)
	f.requireRange("held_sources", int64(len(r.GetHeldSources())), 0, catalog.MaxMessageSources)
	if err := f.err(); err != nil {
		return nil, err
	}
	secrets, secret := map[string][]string{}, map[string]string{}
	out := &holdfastv1.ClaimSinksResponse{Tenant: c.tenant}
	claim := catalog.RelayClaim{
		Tenant: c.tenant, Relay: r.GetRelayId(), Held: epochsOf(r.GetHeld()), HeldSources: epochsOf(r.GetHeldSources()), Leaving: r.GetLeaving(),
		Usable: func(k *catalog.Sink) bool {
			opened, err := s.sealer.Secrets(k)
			secrets[k.Name] = opened
			return err == nil
		},
	}
	if r.GetConsumes() {
		claim.UsableSource = func(k *catalog.Source) bool {
			if !c.scopes.Allow(catalog.ScopeInternal) {
				out.NoSources = "a relay that consumes sources needs a key with the scopes internal and relay, this one has " + c.scopes.String()
				return false
			}
			opened, err := s.sealer.SourceSecret(k)
			secret[k.Name] = opened
			return err == nil
		}
	}
	got, err := s.relays.Claim(ctx, claim)
	if err != nil {
		return nil, err
	}
	out.LeaseMs = got.Lease.Milliseconds()
	for i := range got.Sinks {
		s.fenced.sinks.WithLabelValues(c.tenant, got.Sinks[i].Name) // an alert sees a counter grow only from one that is there
		out.Sinks = append(out.Sinks, claimedSink(&got.Sinks[i], secrets[got.Sinks[i].Name]))
	}
	for i := range got.Sources {
		s.fenced.sources.WithLabelValues(c.tenant, got.Sources[i].Name)
		out.Sources = append(out.Sources, claimedSource(&got.Sources[i], secret[got.Sources[i].Name]))
	}
	return out, nil
}

// epochsOf are the epochs of what a relay has, by name.
func epochsOf(held []*holdfastv1.HeldSink) map[string]int64 {
	epochs := map[string]int64{}
	for _, one := range held {
		epochs[one.GetName()] = one.GetEpoch()
	}
	return epochs
}

func claimedSink(k *catalog.ClaimedSink, secrets []string) *holdfastv1.ClaimedSink {
	return &holdfastv1.ClaimedSink{
		Name: k.Name, Epoch: k.Epoch, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Filter: renderFilter(&k.Filter), Format: k.Format,
		Batch: renderBatch(&k.Sink), Secrets: secrets, Position: k.Position, TestId: k.Test.ID,
		FailingSince: optionalTime(k.FailingSince.Time), Rebuild: k.Rebuild, Turn: k.Turn,
		Parked: each(k.Parked, func(e catalog.ParkedEvent) *holdfastv1.ParkedKey {
			return &holdfastv1.ParkedKey{Id: e.ID, Key: e.Key, EventId: e.EventID, Position: e.Position, State: e.State, Waiting: e.Waiting}
		}),
		Redeliver: each(k.Redeliver, func(d catalog.SinkRedelivery) *holdfastv1.Redelivery {
			return &holdfastv1.Redelivery{Id: d.ID, EventId: d.EventID, Position: d.Position}
		}),
	}
}

func (s *relayChapter) advanceSink(ctx context.Context, c *call, r *holdfastv1.AdvanceSinkRequest) (*holdfastv1.AdvanceSinkResponse, error) {
	a, err := advanceForm(r)
	if err != nil {
		return nil, err
	}
	a.Tenant = c.tenant
	lease, parked, err := s.sinks.Advance(ctx, a)
	if err != nil {
		s.fenced.note(s.fenced.sinks, c.tenant, a.Sink, err)
		return nil, sinkError(err)
	}
	return &holdfastv1.AdvanceSinkResponse{LeaseMs: lease.Milliseconds(), ParkedIds: parked}, nil
}

// advanceForm checks the form of a relay's report.
func advanceForm(r *holdfastv1.AdvanceSinkRequest) (catalog.SinkAdvance, error) {
	a := catalog.SinkAdvance{
		Sink: r.GetName(), Relay: r.GetRelayId(), Epoch: r.GetEpoch(), Turn: r.GetTurn(), Position: r.GetPosition(),
		Delivered: r.GetDelivered(), Retries: r.GetRetries(), LastError: r.GetLastError(), Failing: r.GetFailing(), Disabled: r.GetDisabledReason(), Ended: r.GetEnded(),
		Rebuilt: r.GetRebuilt(),
	}
	var f requestForm
	f.id("relay_id", a.Relay, maxRelay)
	f.id("name", a.Sink, catalog.MaxSinkName)
	f.requireRange("epoch", a.Epoch, 1, maxQty)
	f.requireRange("turn", a.Turn, 1, maxQty)
	f.requireRange("delivered", a.Delivered, 0, maxQty)
	f.requireRange("retries", a.Retries, 0, maxQty)
	if a.Position != "" {
		wantPosition(&f, "position", a.Position, catalog.MaxPosition)
	}
	if at := r.GetOldestUnsent(); at != nil {
		if a.OldestUnsent = at.AsTime(); !at.IsValid() {
			f.refuse("oldest_unsent", "is no time")
		}
	}
	for field, n := range map[string]int{
		"parked": len(r.GetParked()), "ended": len(a.Ended), "progress": len(r.GetProgress()), "deliveries": len(r.GetDeliveries()),
	} {
		f.requireRange(field, int64(n), 0, maxNews)
	}
	if t := r.GetTest(); t != nil {
		a.Test = &catalog.SinkTest{ID: t.GetEventId(), Error: t.GetError(), TookMS: t.GetTookMs()}
		if !t.GetDelivered() && a.Test.Error == "" {
			a.Test.Error = "it was not delivered"
		}
	}
	for i, e := range r.GetParked() {
		f.enter("parked", i)
		a.Parked = append(a.Parked, parkedForm(&f, e))
	}
	for i, n := range r.GetProgress() {
		f.enter("progress", i)
		f.requireRange("waiting", n.GetWaiting(), 0, maxQty)
		f.requireRange("tries", int64(n.GetTries()), 0, maxQty)
		a.News = append(a.News, catalog.ParkedNews{ID: n.GetId(), Waiting: n.GetWaiting(), Tries: int64(n.GetTries()), Cause: n.GetCause()})
	}
	for i, d := range r.GetDeliveries() {
		f.enter("deliveries", i)
		a.Deliveries = append(a.Deliveries, deliveryForm(&f, d))
	}
	return a, f.err()
}

// wantPosition requires a position in the form that the books write.
func wantPosition(f *requestForm, field, text string, most int) {
	if len(text) > most {
		f.refuse(field, "is too long: at most "+itoa(most)+" bytes")
	} else if _, err := feed.ParseCursors(text); err != nil && !isChangePlace(text) {
		f.refuse(field, "is not a position that this server gave")
	}
}

func parkedForm(f *requestForm, e *holdfastv1.NewParked) catalog.ParkedEvent {
	out := catalog.ParkedEvent{Key: e.GetKey(), Position: e.GetPosition()}
	out.Waiting, out.Tries, out.Cause = e.GetWaiting(), int64(e.GetTries()), e.GetCause()
	f.requireRange("waiting", out.Waiting, 0, maxQty)
	if out.Key == "" || len(out.Key) > catalog.MaxParkedKey || isBadText(out.Key) {
		f.refuse("key", "must be text of 1 to "+itoa(catalog.MaxParkedKey)+" bytes")
	}
	wantPosition(f, "position", out.Position, catalog.MaxPosition)
	f.requireRange("tries", int64(e.GetTries()), 0, maxQty)
	var err error
	if e.GetChange() != nil {
		out.EventID = e.GetChange().GetChangeId()
		changeForm(f, e.GetChange())
		out.Event, err = proto.Marshal(e.GetChange())
	} else {
		out.EventID = e.GetEvent().GetEventId()
		eventForm(f, e.GetEvent())
		out.Event, err = packEvent(e.GetEvent())
	}
	if err != nil {
		f.refuse("event", "is too large")
	}
	return out
}

// eventForm checks the form of an event to park.
func eventForm(f *requestForm, e *holdfastv1.StockEvent) {
	if _, err := feed.ParseCursor(e.GetEventId()); err != nil {
		f.refuse("event", "has no event_id of this server")
	}
	if _, ok := eventTypes[e.GetType()]; !ok {
		f.refuse("event.type", "is no type of event")
	}
	if status := e.GetStatus(); status != inStock && status != lowStock && status != soldOut {
		f.refuse("event.status", mustBe(status, []string{inStock, lowStock, soldOut}))
	}
}

// changeForm checks the form of a change to park.
func changeForm(f *requestForm, c *holdfastv1.CatalogChange) {
	if _, ok := parseChangePlace(c.GetChangeId()); !ok {
		f.refuse("change", "has no change_id of this server")
	}
	if !slices.Contains(catalog.ChangeKinds, c.GetKind()) {
		f.refuse("change.kind", mustBe(c.GetKind(), catalog.ChangeKinds))
	}
	if len(c.GetId()) > maxChangeID || !c.GetAt().IsValid() {
		f.refuse("change", "is no change of this server")
	}
}

func deliveryForm(f *requestForm, d *holdfastv1.NewDelivery) catalog.SinkDelivery {
	if _, err := feed.ParseCursor(d.GetEventId()); err != nil && !isChangePlace(d.GetEventId()) {
		f.refuse("event_id", "is no event_id of this server")
	}
	wantPosition(f, "position", d.GetPosition(), catalog.MaxDeliveryPosition)
	f.requireRange("try", int64(d.GetTry()), 1, maxQty)
	f.requireRange("took_ms", d.GetTookMs(), 0, maxQty)
	f.optionalID("redelivery_of", d.GetRedeliveryOf(), maxDeliveryID)
	if !d.GetAt().IsValid() {
		f.refuse("at", "must be a time")
	}
	return catalog.SinkDelivery{
		EventID: d.GetEventId(), Position: d.GetPosition(), At: catalog.Moment{Time: d.GetAt().AsTime().Truncate(time.Millisecond)}, Status: int(d.GetStatus()),
		Error: d.GetError(), TookMS: d.GetTookMs(), Try: int(d.GetTry()), Of: d.GetRedeliveryOf(),
	}
}
