package stock

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// wireCommands has each command with every field set, and the two forms of a
// place over several slots.
func wireCommands() []Command {
	home := &Home{Bucket: 9, Location: "default", Product: "tea-green-50", Key: [16]byte{1}, Print: [16]byte{2}}
	away := sampleLine().Line
	away.Leg = &Leg{Copy: true, Key: [16]byte{1}, Print: [16]byte{2}}
	top := sampleLine().Line
	top.Leg = &Leg{Key: [16]byte{1}, More: &More{Key: [16]byte{4}, Print: [16]byte{5}, Drawn: []Balance{{Shared, 1}}, End: EndReleased, Deadline: 9}}
	order := OrderKey{"acme", "A-1"}
	note := Note{Reason: "reason", Reference: "reference", Operator: "operator", Code: "breakage"}
	return append(append(fullCommands(),
		Restock{Item: sampleCup, Bucket: 3, Qty: 5},
		SetPromises{Item: sampleCup, Bucket: 3, Presale: &SaleSetting{Bound: 5}},
		Place{
			Order: order, Lines: []Demand{{Item: sampleTea, Bucket: 3, Qty: 5, Known: true}, {Item: sampleCup, Bucket: 4, Qty: 6, Known: true, Inactive: true}}, TTL: 6, Home: home,
			Away: []Away{
				{Bucket: 5, Line: away, Earlier: true},
				{Bucket: 5, Line: Line{Item: sampleTea}, NotOnSale: true},
				{Bucket: 5, Line: Line{Item: sampleTea}, Refusal: &Refusal{
					Code: InvalidState, Detail: "ended", Field: "order", State: StateCancelled, Version: 4,
					Shortages: []Shortage{{Location: "default", Product: "tea", Requested: 5, Available: 3, NotOnSale: true}},
				}},
			},
			Decided: [][16]byte{{3}},
		},
		Settle{Order: order, Item: sampleCup, Call: [16]byte{1}, What: OpConfirm, Confirmed: 5, Released: 6, Withdrawn: 8, Deadline: 7, Undo: true, Joined: [16]byte{6}, ByLot: true, Drawn: away.Drawn, Left: []Balance{{Shared, 2}}, Note: Note{Reason: "reason", Reference: "reference", Operator: "operator"}},
		Close{Order: order},
		Shift{Bucket: 3, Lines: []ShiftLine{arriving("A", 5, 5)}, Note: Note{Reason: "reason"}},
		Change{
			Order: order, Lines: []Wanted{{Demand{Item: sampleCup, Bucket: 3, Qty: 5, Known: true}, "app", false, true}}, Keyed: true, Latest: 7,
			Home: home, Away: []Away{{Bucket: 5, Line: top}}, Tops: true,
		},
		FulfilCopy{Order: order, Item: sampleCup, Call: [16]byte{1}, Confirmed: 5, Released: 6, Drawn: []Balance{{Shared, 3}, {Backorder, 2}}},
		Withhold{Order: order, State: StateActive, Detail: "3 units are not there yet"},
		Relocate{
			Order: order, From: sampleTea, To: sampleCup, FromBucket: 3, ToBucket: 4, Known: true, Inactive: true, Qty: 5, Keyed: true,
			Home: home, Copied: true, Away: &Away{Bucket: 5, Line: away},
		},
		Shift{Bucket: 3, Lines: []ShiftLine{arriving("A", 5, 5)}, For: "A-1"},
		BeginHolder{Item: tillKey, Bucket: 3, Epoch: 4, Note: note},
		CloseHolder{Item: tillKey, Bucket: 3, Epoch: 4, Note: note},
		GreetHolder{Item: tillKey, Bucket: 3, Epoch: 4, Have: 5, Next: 6, Era: 7, Seq: 8, Hash: [32]byte{9}},
		Grant{Item: sampleCup, Bucket: 3, Holder: "one", Epoch: 4, To: 5, Keep: 6, Channel: "pos", Note: note},
		RecallGrant{Item: sampleCup, Bucket: 3, Holder: "one", Epoch: 4, Keep: 5, Note: note},
		Reclaim{Item: sampleCup, Bucket: 3, Holder: "one", Withhold: true, Note: note},
		TakeOver{Order: order, Holder: tillKey, Note: note},
		Mirror{Holder: tillKey, Bucket: 3, Epoch: 4, Ticket: 5, After: 6, Done: 7, Seq: 8, Hash: [32]byte{9}, Upto: 10, Event: sampleReserve(), Booked: 11},
		Mirror{Holder: tillKey, Bucket: 3, Epoch: 4, Ticket: 5, After: 6, Seq: 8},
		Mirror{Holder: tillKey, Bucket: 3, Epoch: 4, Ticket: 5, After: 6, Seq: 8, Channel: "pos"},
		Repair{Item: sampleCup, Bucket: 3, Version: 4, Lines: LineSums{Held: 5, Channels: []ChannelHeld{{"app", 2, 1}, {"web", 1, 0}}}, Note: note},
		AddGranted{Item: sampleCup, Bucket: 3, To: 5, Open: &Opening{Unit: "kg", Scale: 3}},
		HandBack{Item: sampleCup, Keep: 5},
		Look{Item: sampleCup, Bucket: 3, Seen: 5, AsOf: 6, Source: "ann", Open: &Opening{Unit: "kg", Scale: 3}, Note: note},
		Advance{Item: sampleCup, Bucket: 3, Qty: 5, Order: "A-1", Open: &Opening{Unit: "kg", Scale: 3}},
		Accept{Offer: sampleOffer(), Note: note},
		Decline{Offer: sampleOffer(), Note: note},
		AskCancel{Order: order, At: 5, Note: note},
		RefuseCancel{Order: order, Note: note},
		WriteBack{Item: sampleCup, Bucket: 3, Epoch: 4, Seq: 5, Kind: Taken, Order: order, Qty: 6, Channel: "web", Customer: "bob", Deadline: 7, Note: note},
		Return{Item: sampleCup, Bucket: 3, Qty: 5, Order: "A-1", Note: note}, Return{Item: sampleCup, Qty: 5, Order: "A-1", Against: AsFact}, CountReturn{Order: order, Item: sampleCup, Qty: 5, Undo: true, Note: note}, SoldElsewhere{Item: sampleCup, Bucket: 3, Qty: 5, Channel: "app", Order: "A-1", Open: &Opening{Unit: "kg", Scale: 3}, Note: note},
	), append(momentCommands(), recallCommands()...)...)
}

func sampleOffer() Offer {
	return Offer{
		Order: OrderKey{"acme", OnlineOrder("A-1")}, Channel: "web", Customer: "bob",
		Lines: []Demand{{Item: sampleCup, Bucket: 3, Qty: 5}, {Item: sampleTea, Bucket: 3, Qty: 6}},
	}
}

func TestACommandArrivesAsItWasSent(t *testing.T) {
	t.Parallel()
	numbers := map[byte]bool{}
	for _, c := range wireCommands() {
		b := AppendCommand([]byte("x"), c)[1:]
		numbers[b[1]] = true
		got, err := ReadCommand(b)
		if err != nil {
			t.Errorf("%T: %v", c, err)
			continue
		}
		if diff := gocmp.Diff(c, got, gocmp.AllowUnexported(Place{})); diff != "" {
			t.Errorf("%T, sent (-), arrived (+):\n%s", c, diff)
		}
	}
	if len(numbers) != int(commandUnused)-1 {
		t.Errorf("commands of %d numbers were sent, there are %d", len(numbers), commandUnused-1)
	}
}

// Nothing that is stored is made of these bytes: they may change with commandVersion.
func TestTheBytesOfACommandAreThoseOfItsVersion(t *testing.T) {
	t.Parallel()
	var made []string
	for i, c := range wireCommands() {
		made = append(made, fmt.Sprintf("%d %T", i+1, c), hexLines(AppendCommand(nil, c)))
	}
	wire(t, "command", made...)
	events, err := AppendEvents(nil, sampleAt, 4711, eventsByName())
	if err != nil {
		t.Fatal(err)
	}
	wire(t, "command_event", "events", hexLines(events))
}

// wire compares the bytes with a file of what nodes send each other.
func wire(t *testing.T, name string, made ...string) {
	t.Helper()
	path := filepath.Join("testdata", "wire", name+".txt")
	if *update {
		writeParts(t, path, made)
	}
	compareParts(t, path, made)
}

// The mover of a bucket writes to the slot itself.
func TestWhatMovesBucketsIsNotSent(t *testing.T) {
	t.Parallel()
	for _, c := range []Command{Handover{}, Arrive{Item: sampleItem()}, RecallKey{}, Part{}} {
		if got, err := ReadCommand(AppendCommand(nil, c)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%T arrived as %+v, %v", c, got, err)
		}
	}
}

func TestWhatIsNoCommandIsRefused(t *testing.T) {
	t.Parallel()
	whole := AppendCommand(nil, wireCommands()[1])
	for _, c := range []struct {
		name  string
		bytes []byte
	}{
		{"nothing", nil},
		{"a version nobody knows", append([]byte{commandVersion + 1}, whole[1:]...)},
		{"only a version", []byte{commandVersion}},
		{"no command", []byte{commandVersion, 0}},
		{"a command nobody knows", []byte{commandVersion, 99}},
		{"more behind the end", append(bytes.Clone(whole), 0)},
		{"a name longer than the bytes", []byte{commandVersion, commandExpire, 9, 'a', 0}},
		{"a length of too many bytes", []byte{commandVersion, commandExpire, 0x81, 0, 'a', 0}},
		{"a flag that is neither on nor off", bytes.Replace(AppendCommand(nil, SetSaleStatus{}), []byte{0, 0, 0, 0, 0, 0, 0}, []byte{0, 0, 0, 0, 0, 0, 2}, 1)},
		{"more lines than there is room for", []byte{commandVersion, commandPlace, 0, 1, 'a', 1, 'b', 0, 0xff, 0xff, 0xff, 0xff, 0x0f}},
		{"a place with a part nobody knows", []byte{commandVersion, commandPlace, byte(placeKnown + 1), 1, 'a', 1, 'b', 0, 0, 0, 0, 0, 0, 0, 0, 0}},
		{"an item of no bucket", AppendCommand(nil, Restock{Bucket: Buckets})},
	} {
		if got, err := ReadCommand(c.bytes); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: read %+v, %v", c.name, got, err)
		}
	}
	for n := range whole {
		if _, err := ReadCommand(whole[:n]); !errors.Is(err, ErrMalformed) {
			t.Errorf("cut off after %d of %d bytes: %v", n, len(whole), err)
		}
	}
}

func TestEveryCommandArrives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := someCommand().Draw(t, "command")
		got, err := ReadCommand(AppendCommand(nil, c))
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(c, got); diff != "" {
			t.Fatalf("sent (-), arrived (+):\n%s", diff)
		}
	})
}

func TestEveryEventArrives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := someTimes.Draw(t, "at")
		events := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *Event {
			return someEvent(someNames.Draw(t, "tenant"), at).Draw(t, "event")
		}), 0, 4).Draw(t, "events")
		b, err := AppendEvents([]byte("x"), at, someVersions.Draw(t, "seq"), events)
		if err != nil {
			t.Fatal(err)
		}
		got, err := ReadEvents(b[1:])
		if err != nil {
			t.Fatal(err)
		}
		if diff := gocmp.Diff(events, got); diff != "" {
			t.Fatalf("sent (-), arrived (+):\n%s", diff)
		}
	})
}

func TestAnEventWithoutAFormIsNotSent(t *testing.T) {
	t.Parallel()
	if _, err := AppendEvents(nil, 0, 0, []*Event{{}}); err == nil {
		t.Error("an event without an operation was taken")
	}
}

// someCommand gives commands that may be sent, sensible or not.
func someCommand() *rapid.Generator[Command] {
	return rapid.Custom(func(t *rapid.T) Command {
		item, order := someKey(someNames.Draw(t, "tenant")), OrderKey{someNames.Draw(t, "tenant"), someNames.Draw(t, "order")}
		bucket, note := someBuckets.Draw(t, "bucket"), someNotes.Draw(t, "note")
		qty := func() Qty { return someQtys.Draw(t, "qty") }
		flag := func() bool { return rapid.Bool().Draw(t, "flag") }
		name := func() string { return someNames.Draw(t, "name") }
		var open *Opening
		if flag() {
			open = &Opening{name(), rapid.Uint8().Draw(t, "scale"), sortedRecalls.Draw(t, "recalls")}
		}
		target := Target{order, item.Draw(t, "item"), qty(), flag()}
		moment := func() Time { return Time(rapid.Int64Range(0, 3).Draw(t, "at")) }
		switch c := wireCommands()[rapid.IntRange(0, len(wireCommands())-1).Draw(t, "which")].(type) {
		case OpenItem:
			return OpenItem{item.Draw(t, "item"), bucket, name(), rapid.Uint8().Draw(t, "scale"), qty(), qty(), flag(), note, sortedRecalls.Draw(t, "recalls")}
		case Restock:
			return Restock{item.Draw(t, "item"), bucket, qty(), open, note, name(), false, moment()}
		case Adjust:
			return Adjust{item.Draw(t, "item"), bucket, qty(), flag(), qty(), someVersions.Draw(t, "version"), moment(), open, note}
		case Observe:
			return Observe{item.Draw(t, "item"), bucket, qty(), qty(), someTimes.Draw(t, "as of"), rapid.Bool().Draw(t, "reckoned"), name(), listOf(someNames).Draw(t, "quotas"), open, note}
		case SetThreshold:
			return SetThreshold{item.Draw(t, "item"), bucket, qty(), open, note}
		case SetSaleStatus:
			return SetSaleStatus{item.Draw(t, "item"), bucket, name(), flag(), open, note}
		case Place:
			return Place{Order: order, Channel: name(), Lines: listOf(rapid.Custom(func(t *rapid.T) Demand {
				return Demand{
					Item: item.Draw(t, "item"), Bucket: someBuckets.Draw(t, "bucket"), Qty: someQtys.Draw(t, "qty"), Known: rapid.Bool().Draw(t, "known"),
					Lot: Lot(name()),
				}
			})).Draw(t, "lines"), TTL: someTimes.Draw(t, "ttl"), Partial: flag(), Note: note, Customer: name(), Ahead: flag(), Fenced: flag(), Home: c.Home, Away: c.Away, Decided: c.Decided}
		case Commit:
			return Commit{target, note}
		case Extend:
			return Extend{target, someTimes.Draw(t, "ttl"), note}
		case Confirm:
			return Confirm{target, moment(), note}
		case Release:
			return Release{target, note}
		case Expire:
			return Expire{order}
		case Move:
			spot := func() Spot { return Spot{item.Draw(t, "item"), bucket, someAccounts.Draw(t, "account")} }
			return Move{spot(), spot(), qty(), open, note}
		case Return:
			return Return{item.Draw(t, "item"), bucket, qty(), someAccounts.Draw(t, "to"), rapid.Bool().Draw(t, "ruled"), name(), moment(), open, note, Against(rapid.Uint8Range(0, uint8(againsts)-1).Draw(t, "against")), AwayReturn{qty(), qty(), qty()}}
		case CountReturn:
			return CountReturn{order, item.Draw(t, "item"), qty(), flag(), note}
		case SoldElsewhere:
			return SoldElsewhere{item.Draw(t, "item"), bucket, qty(), name(), name(), moment(), open, note}
		case Cleanup:
			return Cleanup{name(), someVersions.Draw(t, "expired")}
		case Settle:
			to := Settle{
				Order: order, Item: item.Draw(t, "item"), Call: [16]byte{byte(someVersions.Draw(t, "call"))}, What: Op(rapid.Uint8().Draw(t, "what")),
				Confirmed: qty(), Released: qty(), Withdrawn: qty(), Deadline: someTimes.Draw(t, "deadline"), Joined: [16]byte{byte(someVersions.Draw(t, "joined"))}, ByLot: flag(), Undo: flag(), Note: note,
			}
			if to.ByLot {
				to.Drawn, to.Left = someBalances.Draw(t, "drawn"), someBalances.Draw(t, "left")
			}
			return to
		case Shift:
			return Shift{bucket, listOf(rapid.Custom(func(t *rapid.T) ShiftLine {
				return ShiftLine{
					item.Draw(t, "item"), listOf(rapid.Custom(func(t *rapid.T) Posting {
						return Posting{someAccounts.Draw(t, "from"), someAccounts.Draw(t, "to"), someQtys.Draw(t, "qty")}
					})).Draw(t, "postings"), someAccounts.Draw(t, "mark"), someQtys.Draw(t, "was"), open,
				}
			})).Draw(t, "lines"), note, name(), flag()}
		case SetQuotas:
			setting := rapid.Custom(func(t *rapid.T) QuotaSetting {
				q := QuotaSetting{Channel: someNames.Draw(t, "channel")}
				if rapid.Bool().Draw(t, "quota") {
					q = q.quota(someQtys.Draw(t, "quota"))
				}
				if rapid.Bool().Draw(t, "weight") {
					q = q.weighs(rapid.Uint32().Draw(t, "weight"))
				}
				if rapid.Bool().Draw(t, "level") {
					q = q.level(someQtys.Draw(t, "level"))
				}
				if rapid.Bool().Draw(t, "rule") {
					rule := someRule.Draw(t, "rule of it")
					q.Rule = &rule
				}
				q.Mends = rapid.Bool().Draw(t, "mends")
				return q
			})
			return SetQuotas{item.Draw(t, "item"), bucket, listOf(setting).Draw(t, "set"), Lowering(rapid.Uint8().Draw(t, "lowering")), open, note}
		case Allot:
			return Allot{item.Draw(t, "item"), bucket, qty(), AllotMode(rapid.Uint8().Draw(t, "mode")), open, note}
		case ResetSold:
			return ResetSold{item.Draw(t, "item"), bucket, listOf(someNames).Draw(t, "channels"), open, note}
		case Lapse:
			return Lapse{item.Draw(t, "item")}
		case SetPromises:
			sale := func() *SaleSetting {
				if flag() {
					return nil
				}
				c := &SaleSetting{Bound: qty(), For: someTimes.Draw(t, "for"), InParts: flag()}
				for range rapid.IntRange(0, 2).Draw(t, "channels") {
					c.Channels = append(c.Channels, ChannelLimit{name(), qty()})
				}
				return c
			}
			return SetPromises{item.Draw(t, "item"), bucket, sale(), sale(), open, note, Lowering(rapid.IntRange(0, 1).Draw(t, "lowering"))}
		case Fulfil:
			return Fulfil{order, item.Draw(t, "item")}
		case Withhold:
			return Withhold{order, name(), name()}
		case FulfilCopy:
			return FulfilCopy{order, item.Draw(t, "item"), [16]byte{byte(someVersions.Draw(t, "call"))}, qty(), qty(), []Balance{{someAccounts.Draw(t, "account"), someQtys.Draw(t, "drawn")}}}
		case Retire:
			return Retire{item.Draw(t, "item"), bucket, flag(), note}
		case Announce:
			return Announce{name(), name(), name(), Op(rapid.Uint8().Draw(t, "is")), someVersions.Draw(t, "version")}
		case Withdraw:
			return Withdraw{target, someTimes.Draw(t, "ttl"), note}
		case Reinstate:
			return Reinstate{item.Draw(t, "item"), bucket, note}
		case Relocate:
			return Relocate{order, item.Draw(t, "from"), item.Draw(t, "to"), bucket, someBuckets.Draw(t, "to bucket"), flag(), flag(), qty(), note, flag(), c.Home, flag(), c.Away}
		case Change:
			ch := Change{Order: order, Lines: listOf(rapid.Custom(func(t *rapid.T) Wanted {
				return Wanted{Demand{item.Draw(t, "item"), someBuckets.Draw(t, "bucket"), someQtys.Draw(t, "qty"), rapid.Bool().Draw(t, "known"), rapid.Bool().Draw(t, "inactive"), Lot(someNames.Draw(t, "lot"))}, someNames.Draw(t, "channel"), rapid.Bool().Draw(t, "away"), rapid.Bool().Draw(t, "new")}
			})).Draw(t, "lines"), Replace: flag(), TTL: someTimes.Draw(t, "ttl"), Expected: listOf(rapid.Custom(func(t *rapid.T) Expected {
				return Expected{item.Draw(t, "item"), someQtys.Draw(t, "qty")}
			})).Draw(t, "expected"), Note: note, Keyed: flag(), Latest: someTimes.Draw(t, "latest"), Home: c.Home, Away: c.Away}
			ch.Tops = flag()
			return ch
		default:
			return Close{order}
		}
	})
}

// eventsByName are the golden events in the order of their names.
func eventsByName() []*Event {
	all := goldenEvents()
	events := make([]*Event, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		events = append(events, all[name])
	}
	return events
}

func FuzzCommand(f *testing.F) {
	for _, c := range wireCommands() {
		f.Add(AppendCommand(nil, c))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := ReadCommand(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if again := AppendCommand(nil, c); !bytes.Equal(again, b) {
			t.Fatalf("read %x\nwrote %x\n%+v", b, again, c)
		}
	})
}

func FuzzCommandEvents(f *testing.F) {
	b, err := AppendEvents(nil, sampleAt, 4711, eventsByName())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		events, err := ReadEvents(b)
		if err != nil {
			if !errors.Is(err, ErrMalformed) {
				t.Fatal(err)
			}
			return
		}
		if _, err := AppendEvents(nil, 0, 0, events); err != nil {
			t.Fatalf("read what cannot be written: %v", err)
		}
	})
}
