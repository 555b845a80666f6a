package stock

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// fullCommands has each command with every field set. A command about one item that is not named is filled
// by the types of its fields.
func fullCommands() []Command {
	note := Note{Reason: "reason", Reference: "reference", Operator: "operator", Code: "breakage", Denied: "it is not active", Way: OutOnly}
	order := OrderKey{"acme", "A-1"}
	target := Target{Order: order, Item: sampleCup, Qty: 5, Keyed: true}
	open := &Opening{Unit: "kg", Scale: 3}
	from := Spot{Item: sampleCup, Bucket: 3, Account: Shared}
	to := Spot{Item: sampleCup, Bucket: 4, Account: Damaged}
	all := []Command{
		OpenItem{Item: sampleCup, Bucket: 3, Unit: "kg", Scale: 3, Qty: 5, Threshold: 6, Tracked: true, Note: note},
		Restock{Item: sampleCup, Bucket: 3, Qty: 5, Open: open, Note: note, For: "A-1", ForKnown: true, At: 7},
		Adjust{Item: sampleCup, Bucket: 3, Delta: 5, Set: true, SetTo: 6, Version: 7, At: 7, Open: open, Note: note},
		Observe{Item: sampleCup, Bucket: 3, Seen: 5, Booked: 6, AsOf: 7, Reckoned: true, Source: "sheet", Quotas: []string{"app"}, Open: open, Note: note},
		SetThreshold{Item: sampleCup, Bucket: 3, Threshold: 5, Open: open, Note: note},
		SetSaleStatus{Item: sampleCup, Bucket: 3, Channel: "app", OnSale: true, Open: open, Note: note},
		Place{Order: order, Channel: "app", Lines: []Demand{{Item: sampleCup, Bucket: 3, Qty: 5, Known: true, Inactive: true, Lot: sampleGrade}, {Item: sampleCup, Bucket: 4, Qty: 6, Known: true, Inactive: true, Lot: sampleGrade}}, TTL: 6, Partial: true, Note: note, Customer: "C-1", Ahead: true, Fenced: true, Default: "pos"},
		Commit{Target: target, Note: note},
		Extend{Target: target, TTL: 6, Note: note},
		Confirm{Target: target, At: 7, Note: note},
		Release{Target: target, Note: note},
		Expire{Order: order},
		Move{From: from, To: to, Qty: 5, Open: open, Note: note},
		Return{Item: sampleCup, Bucket: 3, Qty: 5, To: Quality, Order: "A-1", At: 7, Open: open, Note: note, Against: Unchecked, Away: AwayReturn{7, 6, 4}},
		SoldElsewhere{Item: sampleCup, Bucket: 3, Qty: 5, Channel: "app", Order: "A-1", At: 7, Open: open, Note: note},
		Cleanup{Tenant: "acme", Expired: 5},
		SetQuotas{
			Item: sampleCup, Bucket: 3, Lower: LowerWait, Open: open, Note: note,
			Set: []QuotaSetting{quota("app", 5).weighs(6).level(7).mends(), quota("web", 8).weighs(9).level(10).ruled(fullRule()).mends()},
		},
		Allot{Item: sampleCup, Bucket: 3, Keep: 5, Mode: AllotUnderLevel, Open: open, Note: note},
		ResetSold{Item: sampleCup, Bucket: 3, Channels: []string{"app", "web"}, Open: open, Note: note},
		Shift{Bucket: 3, Lines: []ShiftLine{{
			Item: sampleCup, Postings: []Posting{{Shared, Transit("T-1"), 5}}, Mark: Transit("T-1"), Was: 6, Open: open,
		}}, For: "A-1", Undo: true, Note: note},
		Lapse{Item: sampleCup},
		SetPromises{
			Item: sampleCup, Bucket: 3, Open: open, Note: note,
			Presale:   &SaleSetting{Bound: 5, For: 6, InParts: true, Channels: []ChannelLimit{{"app", 3}}},
			Backorder: &SaleSetting{Bound: 7, For: 8, InParts: true, Channels: []ChannelLimit{{"web", 4}}}, Lower: LowerWait,
		},
		Fulfil{Order: order, Item: sampleCup},
		SetLotPolicy{Item: sampleCup, Bucket: 3, Policy: LotPolicy{Draw: DrawFEFO, LeadDays: 5}, Open: open, Note: note},
		Recall{Item: sampleCup, Bucket: 3, Lift: true, Note: note},

		Change{
			Order: order, Replace: true, TTL: 6, Expected: []Expected{{sampleCup, 7}}, Note: note, Keyed: true, Latest: 8, Tops: true, Default: "pos",
			Lines: []Wanted{{Demand{Item: sampleCup, Bucket: 3, Qty: 5, Known: true, Inactive: true, Lot: sampleGrade}, "app", true, true}},
		},
		Relocate{
			Order: order, From: sampleCup, FromBucket: 3, To: sampleCup, ToBucket: 4, Known: true, Inactive: true, Qty: 5, Note: note, Keyed: true,
			Copied: true,
		},
		Retire{Item: sampleCup, Bucket: 3, WriteOff: true, Note: note},
		Reinstate{Item: sampleCup, Bucket: 3, Note: note},
		Withdraw{Target: target, TTL: 6, Note: note},
		Announce{Tenant: "t", Product: "cup", Channel: "app", Is: OpSoldOut, Version: 5},
		Announce{Tenant: "t", Product: "cup", Channel: "app", Is: OpBackInStock, Version: 5},
	}
	for n := range commands {
		named := func(c Command) bool { return reflect.TypeOf(c) == commands[n].of }
		if commands[n].added != nil && !slices.ContainsFunc(all, named) {
			all = append(all, filled(commands[n].of, sampleCup, Bucket(3), Qty(5), Time(7), open, note, "A-1", true))
		}
	}
	return all
}

// filled is a command whose fields have the values of their types.
func filled(of reflect.Type, values ...any) Command {
	v := reflect.New(of).Elem()
	for i := range of.NumField() {
		for _, value := range values {
			if reflect.TypeOf(value) == of.Field(i).Type {
				v.Field(i).Set(reflect.ValueOf(value))
			}
		}
	}
	return v.Interface().(Command)
}

// fullRule has every field set.
func fullRule() Rule {
	r := sampleRule()
	r.LendsAll, r.Ended, r.Wants = true, true, 30
	return r
}

// notRequested are the fields that are not part of the request.
var notRequested = []string{"Inactive", "Fenced", "Default", "Bucket", "FromBucket", "ToBucket", "Open.Unit", "Open.Scale", "Known", "ForKnown", "Keyed", "Copied", "IsAway", "IsNew", "Latest", "Tops", "Booked", "Quotas[0]", "Expired", "Note.Operator", "Note.Denied", "Note.Way", "At", "Away.Left", "Away.Returned", "Away.Counted"}

func TestTheCanonicalBytesAreOfTheRequestAndNothingElse(t *testing.T) {
	t.Parallel()
	seen := map[string]Command{}
	for _, cmd := range fullCommands() {
		if c, ok := cmd.(Recall); ok { // the bytes of fullCommands are kept, and those of a plain recall
			c.Exact, c.Since, c.Except, c.Was, c.Unruled = true, 7, []Lot{sampleGrade}, 6, true
			cmd = c
		}
		plain := cmd.AppendCanonical([]byte("x"))
		if plain[0] != 'x' || plain[1] != byte(cmd.Op()) {
			t.Errorf("%T does not append its operation first: %x", cmd, plain)
		}
		v := reflect.New(reflect.TypeOf(cmd)).Elem()
		v.Set(reflect.ValueOf(cmd))
		leaves(v, "", func(path string, leaf reflect.Value) {
			old := reflect.New(leaf.Type()).Elem()
			old.Set(leaf)
			if leaf.IsZero() && path != ".Ruled" { // which says that To is not
				t.Errorf("%T%s is not set, the test says nothing about it", cmd, path)
			}
			change(leaf)
			changed := v.Interface().(Command).AppendCanonical([]byte("x"))
			leaf.Set(old)
			part := !slices.ContainsFunc(notRequested, func(s string) bool { return strings.HasSuffix(path, "."+s) })
			if same := bytes.Equal(plain, changed); same == part {
				t.Errorf("%T%s: part of the request is %v, but the bytes are equal: %v", cmd, path, part, same)
			}
		})
		if other := seen[string(plain)]; other != nil {
			t.Errorf("%T and %T have the same bytes", cmd, other)
		}
		seen[string(plain)] = cmd
	}
	requests := 0
	for op := OpOpen; op < Ops; op++ {
		if !op.Internal() && op.String() != "" && (op < OpTill || op > OpRepair) { // what tills do is under no key
			requests++
		}
	}
	if len(seen) != requests {
		t.Errorf("%d commands were looked at, there are %d", len(seen), requests)
	}
}

// leaves calls fn for each plain value in v.
func leaves(v reflect.Value, path string, fn func(path string, leaf reflect.Value)) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			leaves(v.Field(i), path+"."+v.Type().Field(i).Name, fn)
		}
	case reflect.Pointer:
		if v.IsNil() {
			return // Place.Home: the server adds it, like Away
		}
		// The value behind the pointer is shared with the command that is compared.
		c := reflect.New(v.Type().Elem())
		c.Elem().Set(v.Elem())
		v.Set(c)
		leaves(c.Elem(), path, fn)
	case reflect.Slice:
		c := reflect.MakeSlice(v.Type(), v.Len(), v.Len())
		reflect.Copy(c, v)
		v.Set(c)
		for i := range c.Len() {
			leaves(c.Index(i), fmt.Sprintf("%s[%d]", path, i), fn)
		}
	default:
		fn(path, v)
	}
}

func change(leaf reflect.Value) {
	switch leaf.Kind() {
	case reflect.String:
		leaf.SetString(leaf.String() + "x")
	case reflect.Bool:
		leaf.SetBool(!leaf.Bool())
	case reflect.Int64:
		leaf.SetInt(leaf.Int() + 1)
	default:
		leaf.SetUint(leaf.Uint() + 1)
	}
}

func TestTextThatWandersFromFieldToFieldIsAnotherRequest(t *testing.T) {
	t.Parallel()
	a := Restock{Item: ItemKey{"t", "ab", "c", ""}, Qty: 1, Note: Note{Reason: "r"}}
	for _, b := range []Restock{
		{Item: ItemKey{"t", "a", "bc", ""}, Qty: 1, Note: Note{Reason: "r"}},
		{Item: ItemKey{"ta", "b", "c", ""}, Qty: 1, Note: Note{Reason: "r"}},
		{Item: ItemKey{"t", "ab", "", "c"}, Qty: 1, Note: Note{Reason: "r"}},
		{Item: ItemKey{"t", "ab", "c", ""}, Qty: 1, Note: Note{Reference: "r"}},
	} {
		if Fingerprint(a) == Fingerprint(b) {
			t.Errorf("%+v is taken for %+v", b, a)
		}
	}
	one := Place{Lines: []Demand{{Item: sampleTea, Qty: 1}, {Item: sampleCup, Qty: 1}}}
	two := Place{Lines: []Demand{{Item: sampleCup, Qty: 1}, {Item: sampleTea, Qty: 1}}}
	if Fingerprint(one) == Fingerprint(two) {
		t.Error("lines in another order are taken for the same request")
	}
}

// The wanted values were computed by another program from docs/protocol/log-rows.md.
func TestKeysAndFingerprintsAreForEver(t *testing.T) {
	t.Parallel()
	place := Place{
		Order: OrderKey{"acme", "A-2026-00017"}, Channel: "app", TTL: 1_800_000,
		Lines: []Demand{{Item: sampleTea, Qty: 2}}, Note: Note{Reference: "web"},
	}
	const wantPrint = "3cb9a94fca086a4b55201f7492679b55"
	if got := Fingerprint(place); hex.EncodeToString(got[:]) != wantPrint {
		t.Errorf("fingerprint %x, wanted %s", got, wantPrint)
	}
	for _, c := range []struct {
		tenant string
		op     Op
		scope  Scope
		key    string
		want   string
	}{
		{"acme", OpPlace, Scope{Location: "default"}, "k-1", "28840b65dd4091e319fd0ad839e2c9d1"},
		{"acme", OpPlace, Scope{Location: "default", Product: "tea-green-50"}, "k-1", "ff19f433b02191fdcdad357bc9a6450b"},
		{"acme", OpConfirm, Scope{Location: "default"}, "k-1", "1ae4facaa560d05f07ec2e12919da579"},
	} {
		if got := KeyID(c.tenant, c.op, c.scope, c.key); hex.EncodeToString(got[:]) != c.want {
			t.Errorf("key of %+v is %x", c, got)
		}
	}
}

func TestKeysOfDifferentScopesAreDifferent(t *testing.T) {
	t.Parallel()
	seen := map[[16]byte]string{}
	for _, tenant := range []string{"a", "ab", ""} {
		for _, op := range []Op{OpPlace, OpConfirm} {
			for _, scope := range []Scope{{}, {Location: "l"}, {Product: "l"}, {Location: "l", Product: "p"}, {Location: "lp"}} {
				for _, key := range []string{"k", "pk", "lpk"} {
					name := fmt.Sprintf("%q %s %q %q", tenant, op, scope, key)
					id := KeyID(tenant, op, scope, key)
					if other, ok := seen[id]; ok {
						t.Errorf("%s and %s have the same id", name, other)
					}
					seen[id] = name
				}
			}
		}
	}
}
