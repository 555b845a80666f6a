// Package relays serves the programs that deliver to sinks and consume sources.
package relays

import (
	"context"
	"slices"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"
	"holdfast.dev/holdfast/internal/server/outside"

	"google.golang.org/protobuf/proto"
)

// Chapter gives relays their sinks and sources, and stores their progress.
type Chapter struct {
	core    *kit.Core
	relays  catalog.Relays
	sinks   catalog.Sinks
	sources catalog.Sources
	sealer  *outside.Sealer
	fenced  *FencedReports
}

// New returns the chapter.
func New(core *kit.Core, relays catalog.Relays, sinks catalog.Sinks, sources catalog.Sources, sealer *outside.Sealer, fenced *FencedReports) *Chapter {
	return &Chapter{core, relays, sinks, sources, sealer, fenced}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	advance, advanceSource := kit.Unary(kit.Knowing(s.core, s.advanceSink)), kit.Unary(kit.Knowing(s.core, s.advanceSource))
	advance.OwnKeys, advanceSource.OwnKeys = true, true // the turn is one
	return map[string]kit.Method{"ClaimSinks": kit.Unary(kit.Knowing(s.core, s.claimSinks)), "AdvanceSink": advance, "AdvanceSource": advanceSource}
}

const (
	maxRelay = 64
	maxHeld  = catalog.MaxSinks
	// maxNews bounds each list of an advance.
	maxNews = 1000
)

func (s *Chapter) claimSinks(ctx context.Context, c *kit.Call, r *holdfastv1.ClaimSinksRequest) (*holdfastv1.ClaimSinksResponse, error) {
	var f kit.Form
	f.ID("relay_id", r.GetRelayId(), maxRelay)
	f.RequireRange("held", int64(len(r.GetHeld())), 0, maxHeld)
	f.RequireRange("held_sources", int64(len(r.GetHeldSources())), 0, catalog.MaxMessageSources)
	if err := f.Err(); err != nil {
		return nil, err
	}
	secrets, secret := map[string][]string{}, map[string]string{}
	out := &holdfastv1.ClaimSinksResponse{Tenant: c.Tenant}
	claim := catalog.RelayClaim{
		Tenant: c.Tenant, Relay: r.GetRelayId(), Held: epochsOf(r.GetHeld()), HeldSources: epochsOf(r.GetHeldSources()), Leaving: r.GetLeaving(),
		Usable: func(k *catalog.Sink) bool {
			opened, err := s.sealer.Secrets(k)
			secrets[k.Name] = opened
			return err == nil
		},
	}
	if r.GetConsumes() {
		claim.UsableSource = func(k *catalog.Source) bool {
			if !c.Scopes.Allow(catalog.ScopeInternal) {
				out.NoSources = "a relay that consumes sources needs a key with the scopes internal and relay, this one has " + c.Scopes.String()
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
		s.fenced.sinks.WithLabelValues(c.Tenant, got.Sinks[i].Name) // an alert sees a counter grow only from one that is there
		out.Sinks = append(out.Sinks, claimedSink(&got.Sinks[i], secrets[got.Sinks[i].Name]))
	}
	for i := range got.Sources {
		s.fenced.sources.WithLabelValues(c.Tenant, got.Sources[i].Name)
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
		Name: k.Name, Epoch: k.Epoch, Kind: k.Kind, Target: k.Target, Topic: k.Topic, Filter: outside.RenderFilter(&k.Filter), Format: k.Format,
		Batch: outside.RenderBatch(&k.Sink), Secrets: secrets, Position: k.Position, TestId: k.Test.ID,
		FailingSince: kit.OptionalTime(k.FailingSince.Time), Rebuild: k.Rebuild, Turn: k.Turn,
		Parked: kit.Each(k.Parked, func(e catalog.ParkedEvent) *holdfastv1.ParkedKey {
			return &holdfastv1.ParkedKey{Id: e.ID, Key: e.Key, EventId: e.EventID, Position: e.Position, State: e.State, Waiting: e.Waiting}
		}),
		Redeliver: kit.Each(k.Redeliver, func(d catalog.SinkRedelivery) *holdfastv1.Redelivery {
			return &holdfastv1.Redelivery{Id: d.ID, EventId: d.EventID, Position: d.Position}
		}),
	}
}

func (s *Chapter) advanceSink(ctx context.Context, c *kit.Call, r *holdfastv1.AdvanceSinkRequest) (*holdfastv1.AdvanceSinkResponse, error) {
	a, err := advanceForm(r)
	if err != nil {
		return nil, err
	}
	a.Tenant = c.Tenant
	lease, parked, err := s.sinks.Advance(ctx, a)
	if err != nil {
		s.fenced.note(s.fenced.sinks, c.Tenant, a.Sink, err)
		return nil, outside.SinkError(err)
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
	var f kit.Form
	f.ID("relay_id", a.Relay, maxRelay)
	f.ID("name", a.Sink, catalog.MaxSinkName)
	f.RequireRange("epoch", a.Epoch, 1, kit.MaxQty)
	f.RequireRange("turn", a.Turn, 1, kit.MaxQty)
	f.RequireRange("delivered", a.Delivered, 0, kit.MaxQty)
	f.RequireRange("retries", a.Retries, 0, kit.MaxQty)
	if a.Position != "" {
		wantPosition(&f, "position", a.Position, catalog.MaxPosition)
	}
	if at := r.GetOldestUnsent(); at != nil {
		if a.OldestUnsent = at.AsTime(); !at.IsValid() {
			f.Refuse("oldest_unsent", "is no time")
		}
	}
	for field, n := range map[string]int{
		"parked": len(r.GetParked()), "ended": len(a.Ended), "progress": len(r.GetProgress()), "deliveries": len(r.GetDeliveries()),
	} {
		f.RequireRange(field, int64(n), 0, maxNews)
	}
	if t := r.GetTest(); t != nil {
		a.Test = &catalog.SinkTest{ID: t.GetEventId(), Error: t.GetError(), TookMS: t.GetTookMs()}
		if !t.GetDelivered() && a.Test.Error == "" {
			a.Test.Error = "it was not delivered"
		}
	}
	for i, e := range r.GetParked() {
		f.Enter("parked", i)
		a.Parked = append(a.Parked, parkedForm(&f, e))
	}
	for i, n := range r.GetProgress() {
		f.Enter("progress", i)
		f.RequireRange("waiting", n.GetWaiting(), 0, kit.MaxQty)
		f.RequireRange("tries", int64(n.GetTries()), 0, kit.MaxQty)
		a.News = append(a.News, catalog.ParkedNews{ID: n.GetId(), Waiting: n.GetWaiting(), Tries: int64(n.GetTries()), Cause: n.GetCause()})
	}
	for i, d := range r.GetDeliveries() {
		f.Enter("deliveries", i)
		a.Deliveries = append(a.Deliveries, deliveryForm(&f, d))
	}
	return a, f.Err()
}

// wantPosition requires a position in the form that the books write.
func wantPosition(f *kit.Form, field, text string, most int) {
	if len(text) > most {
		f.Refuse(field, "is too long: at most "+kit.Itoa(most)+" bytes")
	} else if _, err := feed.ParseCursors(text); err != nil && !outside.IsChangePlace(text) {
		f.Refuse(field, "is not a position that this server gave")
	}
}

func parkedForm(f *kit.Form, e *holdfastv1.NewParked) catalog.ParkedEvent {
	out := catalog.ParkedEvent{Key: e.GetKey(), Position: e.GetPosition()}
	out.Waiting, out.Tries, out.Cause = e.GetWaiting(), int64(e.GetTries()), e.GetCause()
	f.RequireRange("waiting", out.Waiting, 0, kit.MaxQty)
	if out.Key == "" || len(out.Key) > catalog.MaxParkedKey || kit.IsBadText(out.Key) {
		f.Refuse("key", "must be text of 1 to "+kit.Itoa(catalog.MaxParkedKey)+" bytes")
	}
	wantPosition(f, "position", out.Position, catalog.MaxPosition)
	f.RequireRange("tries", int64(e.GetTries()), 0, kit.MaxQty)
	var err error
	if e.GetChange() != nil {
		out.EventID = e.GetChange().GetChangeId()
		changeForm(f, e.GetChange())
		out.Event, err = proto.Marshal(e.GetChange())
	} else {
		out.EventID = e.GetEvent().GetEventId()
		eventForm(f, e.GetEvent())
		out.Event, err = outside.PackEvent(e.GetEvent())
	}
	if err != nil {
		f.Refuse("event", "is too large")
	}
	return out
}

// eventForm checks the form of an event to park.
func eventForm(f *kit.Form, e *holdfastv1.StockEvent) {
	if _, err := feed.ParseCursor(e.GetEventId()); err != nil {
		f.Refuse("event", "has no event_id of this server")
	}
	if _, ok := kit.EventTypes[e.GetType()]; !ok {
		f.Refuse("event.type", "is no type of event")
	}
	if status := e.GetStatus(); status != kit.InStock && status != kit.LowStock && status != kit.SoldOut {
		f.Refuse("event.status", kit.MustBe(status, []string{kit.InStock, kit.LowStock, kit.SoldOut}))
	}
}

// changeForm checks the form of a change to park.
func changeForm(f *kit.Form, c *holdfastv1.CatalogChange) {
	if _, ok := outside.ParseChangePlace(c.GetChangeId()); !ok {
		f.Refuse("change", "has no change_id of this server")
	}
	if !slices.Contains(catalog.ChangeKinds, c.GetKind()) {
		f.Refuse("change.kind", kit.MustBe(c.GetKind(), catalog.ChangeKinds))
	}
	if len(c.GetId()) > outside.MaxChangeID || !c.GetAt().IsValid() {
		f.Refuse("change", "is no change of this server")
	}
}

func deliveryForm(f *kit.Form, d *holdfastv1.NewDelivery) catalog.SinkDelivery {
	if _, err := feed.ParseCursor(d.GetEventId()); err != nil && !outside.IsChangePlace(d.GetEventId()) {
		f.Refuse("event_id", "is no event_id of this server")
	}
	wantPosition(f, "position", d.GetPosition(), catalog.MaxDeliveryPosition)
	f.RequireRange("try", int64(d.GetTry()), 1, kit.MaxQty)
	f.RequireRange("took_ms", d.GetTookMs(), 0, kit.MaxQty)
	f.OptionalID("redelivery_of", d.GetRedeliveryOf(), outside.MaxDeliveryID)
	if !d.GetAt().IsValid() {
		f.Refuse("at", "must be a time")
	}
	return catalog.SinkDelivery{
		EventID: d.GetEventId(), Position: d.GetPosition(), At: catalog.Moment{Time: d.GetAt().AsTime().Truncate(time.Millisecond)}, Status: int(d.GetStatus()),
		Error: d.GetError(), TookMS: d.GetTookMs(), Try: int(d.GetTry()), Of: d.GetRedeliveryOf(),
	}
}
