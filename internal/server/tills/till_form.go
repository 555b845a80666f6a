package tills

import (
	"encoding/hex"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// maxTillWord bounds epochs, tickets, eras and hashes of tills, in bytes.
	maxTillWord = 64
	// maxTillPosition bounds a position in the events of all slots, in bytes.
	maxTillPosition = 2048
	// maxTillWants bounds the products that a till asks for at once.
	maxTillWants = 500
	// maxPlaceName bounds the name of a till, as that of a location.
	maxPlaceName = 256
)

// tillID requires the id of a till.
func tillID(f *kit.Form, id string) {
	why := kit.BadID(id, catalog.MaxTillID, false)
	if why == "" && strings.ContainsAny(id, "@~") {
		why = "must not contain @ or ~"
	}
	if why != "" {
		f.Refuse("till_id", why)
	}
}

func checkTill(id string) error {
	var f kit.Form
	tillID(&f, id)
	return f.Err()
}

// tillName accepts a name for people, or none.
func tillName(f *kit.Form, name string) {
	if len(name) > maxPlaceName || kit.IsBadText(name) {
		f.Refuse("name", "must be text of at most "+kit.Itoa(maxPlaceName)+" bytes")
	}
}

// tillWord checks an epoch, a ticket or an era.
func tillWord(f *kit.Form, field, word string, required bool) {
	switch {
	case word == "" && required:
		f.Refuse(field, "must be given")
	case word != "" && !kit.Visible(word, maxTillWord):
		f.Refuse(field, "must be at most "+kit.Itoa(maxTillWord)+" visible ASCII characters")
	}
}

// tillState accepts the state of a till, or nothing.
func tillState(f *kit.Form, state string) {
	switch outpost.Condition(state) {
	case "", outpost.Unpaired, outpost.Away, outpost.Stale, outpost.Behind, outpost.Synced:
	default:
		f.Refuse("state", "must be unpaired, away, stale, behind or synced")
	}
}

// helloOf reads the hello of a till, sent when its connection comes up.
func helloOf(r *holdfastv1.GreetTillRequest) (outpost.Hello, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	tillWord(&f, "epoch", r.GetEpoch(), true)
	tillWord(&f, "have", r.GetHave(), false)
	tillWord(&f, "next", r.GetNext(), true)
	tillWord(&f, "era", r.GetEra(), false)
	f.RequireRange("seq", r.GetSeq(), 0, kit.MaxQty)
	f.RequireRange("last", r.GetLast(), 0, kit.MaxQty)
	switch raw, err := hex.DecodeString(r.GetHash()); {
	case err != nil || len(raw) != 0 && len(raw) != 32:
		f.Refuse("hash", "must be 64 hex digits")
	case r.GetSeq() > 0 && r.GetHash() == "":
		f.Refuse("hash", "must be given with seq")
	}
	var at time.Time
	if r.At != nil {
		at = r.At.AsTime()
	}
	return outpost.Hello{
		At: at, Epoch: r.GetEpoch(), Have: r.GetHave(), Next: r.GetNext(), Era: r.GetEra(),
		Seq: uint64(r.GetSeq()), Hash: strings.ToLower(r.GetHash()), Last: uint64(r.GetLast()),
	}, f.Err()
}

// reportOf reads the next records of a till's log.
func reportOf(r *holdfastv1.ReportTillRequest) (outpost.Report, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	tillWord(&f, "epoch", r.GetEpoch(), true)
	tillWord(&f, "ticket", r.GetTicket(), true)
	f.RequireRange("records", int64(len(r.GetRecords())), 0, outpost.MaxRecords)
	f.RequireRange("last", r.GetLast(), 0, kit.MaxQty)
	if p := r.GetPosition(); p != "" && !kit.Visible(p, maxTillPosition) {
		f.Refuse("position", "must be at most "+kit.Itoa(maxTillPosition)+" visible ASCII characters")
	}
	told := outpost.Report{
		Epoch: r.GetEpoch(), Ticket: r.GetTicket(), Last: uint64(r.GetLast()), Position: r.GetPosition(),
		Offset: clockOffset(&f, r.GetClockOffsetMs()), Lost: r.GetLost(), Terms: termsOf(&f, r.GetPolicy()),
	}
	told.Records = recordsOf(&f, r.GetRecords())
	return told, f.Err()
}

// offerOf reads records of a file that may be stale.
func offerOf(r *holdfastv1.OfferTillRequest) (outpost.Offer, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	tillWord(&f, "epoch", r.GetEpoch(), true)
	f.RequireRange("records", int64(len(r.GetRecords())), 1, outpost.MaxRecords)
	o := outpost.Offer{Epoch: r.GetEpoch(), Offset: clockOffset(&f, r.GetClockOffsetMs())}
	o.Records = recordsOf(&f, r.GetRecords())
	return o, f.Err()
}

// maxOffset is how far clocks may differ, in milliseconds: enough for a clock that was never set.
const maxOffset = int64(200 * 366 * 24 * time.Hour / time.Millisecond)

func clockOffset(f *kit.Form, ms int64) time.Duration {
	f.RequireRange("clock_offset_ms", ms, -maxOffset, maxOffset)
	return time.Duration(min(max(ms, -maxOffset), maxOffset)) * time.Millisecond
}

func recordsOf(f *kit.Form, told []*holdfastv1.TillRecord) (records []outpost.LogRecord) {
	for i, record := range told {
		if f.Enter("records", i); len(record.GetBody()) == 0 {
			f.Refuse("body", "must be given")
		}
		records = append(records, outpost.LogRecord{Body: record.GetBody(), Text: record.GetText()})
	}
	return records
}

// wantedOf reads what a till needs at once.
func wantedOf(r *holdfastv1.AskForTillRequest) ([]outpost.Wanted, error) {
	var f kit.Form
	tillID(&f, r.GetTillId())
	f.RequireRange("items", int64(len(r.GetItems())), 1, maxTillWants)
	seen := make(map[string]bool, len(r.GetItems()))
	wanted := make([]outpost.Wanted, 0, len(r.GetItems()))
	for i, item := range r.GetItems() {
		f.Enter("items", i)
		f.ID("product_id", item.GetProductId(), kit.MaxProduct)
		f.RequireRange("quantity", item.GetQuantity(), 0, kit.MaxQty)
		if seen[item.GetProductId()] {
			f.Refuse("product_id", "is there twice")
		}
		seen[item.GetProductId()] = true
		wanted = append(wanted, outpost.Wanted{Product: item.GetProductId(), Units: item.GetQuantity()})
	}
	return wanted, f.Err()
}

// standingOf is the state of a till as far as its document shows it.
func standingOf(t *catalog.Till) outpost.Standing {
	s := outpost.Standing{Paired: t.Epoch != "", Epoch: t.Epoch, Condition: outpost.Away}
	if !s.Paired {
		s.Condition = outpost.Unpaired
	}
	return s
}

func renderTill(t *catalog.Till, at outpost.Standing) *holdfastv1.Till {
	return &holdfastv1.Till{
		TillId: t.ID, LocationId: t.Location, Name: t.Name, Percent: t.Percent, Floor: t.Floor, Ceiling: t.Ceiling, AtRisk: t.AtRisk,
		Level: t.TopUp(), Rank: t.Rank, ChannelId: t.Channel,
		State: string(at.Condition), BehindSince: kit.OptionalTime(at.Behind), Last: int64(at.Last),
		UpdatedAt: timestamppb.New(t.Changed.Time), CodeExpiresAt: kit.OptionalTime(t.Code.Ends()),
		Paired: at.Paired, Epoch: at.Epoch, HeardAt: kit.OptionalTime(at.Heard), Seq: int64(at.Seq), Products: at.Escrow, Units: at.Units,
		ClockOffsetMs: at.Offset.Milliseconds(), ClockSkewed: outpost.Skewed(at.Offset), PolicyFrom: renderSources(&t.From), PolicyInForce: RenderTerms(at.Terms),
	}
}

// termsOf reads the policy that a till works by, nil where it does not say.
func termsOf(f *kit.Form, p *holdfastv1.TillTerms) *catalog.TillTerms {
	if p == nil {
		return nil
	}
	for _, n := range []int64{p.GetPercent(), p.GetFloor(), p.GetCeiling(), p.GetLevel(), p.GetRank()} {
		f.RequireRange("policy", n, 0, kit.MaxQty)
	}
	f.OptionalID("policy", p.GetChannelId(), kit.MaxChannel)
	return &catalog.TillTerms{
		Percent: p.GetPercent(), Floor: p.GetFloor(), Ceiling: p.GetCeiling(), Level: p.GetLevel(), Rank: p.GetRank(), AtRisk: p.GetAtRisk(), Channel: p.GetChannelId(),
	}
}

// RenderTerms shows the policy of a till, nil for none.
func RenderTerms(t *catalog.TillTerms) *holdfastv1.TillTerms {
	if t == nil {
		return nil
	}
	return &holdfastv1.TillTerms{Percent: t.Percent, Floor: t.Floor, Ceiling: t.Ceiling, Level: t.Level, Rank: t.Rank, AtRisk: t.AtRisk, ChannelId: t.Channel}
}

func renderUnits(u outpost.Units) *holdfastv1.TillProduct {
	var rules []*holdfastv1.TillRule
	for i := range u.Rules {
		r := &u.Rules[i]
		rules = append(rules, &holdfastv1.TillRule{ChannelId: r.Channel, Rule: kit.RenderRule(&r.Rule), Since: kit.TimeOf(r.Since)})
	}
	return &holdfastv1.TillProduct{
		ProductId: u.Product, Unit: u.Unit, Scale: int32(u.Scale), Tracked: u.Tracked, Added: u.Added, Keep: u.Keep,
		OnSale: u.OnSale, ChannelsOff: u.Off, OnHand: u.OnHand, Version: int64(u.Version), Rules: rules,
	}
}

// TillsOf are the units that an event gave to tills, or removed from what they may keep.
func TillsOf(e *feed.Event) (tills []*holdfastv1.TillUnits) {
	for _, rec := range e.Escrows {
		if rec.Epoch == 0 {
			continue
		}
		u := &holdfastv1.TillUnits{TillId: rec.Holder, Epoch: outpost.EpochName(rec.Epoch), Added: int64(rec.Added), Keep: -1}
		if rec.Capped {
			u.Keep = int64(rec.Keep)
		}
		tills = append(tills, u)
	}
	return tills
}
