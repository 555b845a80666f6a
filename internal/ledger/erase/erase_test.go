package erase_test

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/ledger/erase"
)

func TestNotesOfTheEntriesThatAreAskedForAreRedacted(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name    string
		notes   erase.Notes
		entries int
	}{
		{"of an order", erase.Notes{Order: "o-4"}, 2},
		{"of an order that was not released", erase.Notes{Order: "o-5"}, 1},
		{"of no order", erase.Notes{Order: "o-99"}, 0},
		{"of a customer, also those of what became of the order", erase.Notes{Customer: "customer-1"}, 3},
		{"with a text", erase.Notes{Text: "Elm Street"}, 5},
		{"with a text that another order has", erase.Notes{Text: "Elm Street", Order: "o-5"}, 0},
		{"of a product", erase.Notes{Product: "tea-0"}, 10},
		{"of a product where it is not", erase.Notes{Product: "tea-0", Location: "store-1"}, 0},
		{"of a location", erase.Notes{Location: "store-1"}, 5},
		{"before the first record", erase.Notes{Before: 1}, 0},
		{"since the first record", erase.Notes{Since: 1}, 15},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			e := books(t)
			tc.notes.Tenant = "acme"
			all := notes(t, e, "acme")
			dry := redact(t, e, tc.notes, true)
			if left := notes(t, e, "acme"); left != all {
				t.Fatalf("a dry run left %d notes of %d", left, all)
			}
			did := redact(t, e, tc.notes, false)
			if did != dry || did.Entries != tc.entries {
				t.Errorf("done: %+v, the dry run said %+v; want %d entries", did, dry, tc.entries)
			}
			if left := notes(t, e, "acme"); all != 15 || left != all-tc.entries-did.Others {
				t.Errorf("%d entries of %d have a note, %+v", left, all, did)
			}
			if left := notes(t, e, "zen"); left != 15 {
				t.Errorf("the other tenant has %d notes of 15", left)
			}
			if r := mustVerify(t, e); r.Redacted != did.Notes {
				t.Errorf("verify counts %d notes, redacted were %d", r.Redacted, did.Notes)
			}
			again := redact(t, e, tc.notes, false)
			if again.Notes != 0 || again.Records != 0 || tc.notes.Text == "" && again.Before != did.Entries {
				t.Errorf("the second time: %+v", again)
			}
		})
	}
}

func TestARedactionThatWasInterruptedIsFinished(t *testing.T) {
	t.Parallel()
	e := books(t)
	all := erase.Notes{Tenant: "acme", Since: 1}
	want, did := redact(t, e, all, true), 0
	for nth := 0; ; nth++ {
		err := erase.Log(t.Context(), failing(e, 1), func(rec *engine.Record) (engine.Record, error) {
			now, _, err := all.From(rec)
			return now, err
		}, false)
		mustVerify(t, e)
		if err == nil {
			break
		}
		if did++; !errors.Is(err, engine.ErrAway) || nth > want.Records {
			t.Fatalf("run %d: %v", nth, err)
		}
	}
	if did != want.Records-1 || notes(t, e, "acme") != 0 {
		t.Errorf("%d runs were interrupted, of %d records; %d notes are left", did, want.Records, notes(t, e, "acme"))
	}
}

func TestTwoRedactionsAtOnceDoNotUndoEachOther(t *testing.T) {
	t.Parallel()
	e := books(t)
	one, two := erase.Notes{Tenant: "acme", Since: 1}, erase.Notes{Tenant: "zen", Since: 1}
	err := erase.Log(t.Context(), e, func(rec *engine.Record) (engine.Record, error) {
		now, _, err := one.From(rec)
		if err != nil {
			return now, err
		}
		other, _, err := two.From(rec) // between reading and storing
		if err == nil && !engine.SameContent(rec, &other) {
			err = e.Rewrite(t.Context(), rec, &other)
		}
		return now, err
	}, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tenant := range tenants {
		if n := notes(t, e, tenant); n != 0 {
			t.Errorf("%s has %d notes", tenant, n)
		}
	}
	mustVerify(t, e)
}
