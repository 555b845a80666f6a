package main

import (
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// owedBooks has books of an earlier version, which left units for sale that were owed. Of tea and milk
// there were 3 of lot B1, which an order holds, and 2 of lot B2. A count found 1 of B1. Then another
// order got the 2 of tea. Of rice 10 are held, and a count found 6: nothing is wrong with that.
const owedBooks = "testdata/owed-5426a742.db.gz"

// Books in which owed units were for sale, or were promised again, verify as wrong, and can be set
// right: those that are still for sale by a repair, the others when units come in.
func TestOwedUnitsThatAnEarlierVersionSold(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "holdfast.db")
	unpackBooks(t, owedBooks, path)
	db := []string{"--db", "sqlite:" + path}
	do := func(code int, words []string, args ...string) {
		t.Helper()
		got, printed := runs(t, append(args, db...)...)
		if got != code {
			t.Errorf("%v: %d, want %d: %s", args, got, code, printed)
		}
		for _, w := range words {
			if absent, _ := strings.CutPrefix(w, "no "); strings.Contains(printed, absent) == (absent != w) {
				t.Errorf("%v: want %s: %s", args, w, printed)
			}
		}
	}
	const tea, milk = `item "tea" at "A" of tenant "default": it owes 2 units`, `item "milk" at "A" of tenant "default": it owes 2 units`
	do(0, nil, "migrate")
	do(1, []string{tea, milk, "2 violations", "no rice"}, "verify")
	do(1, []string{"2 are for sale that should cover what is owed", "holdfast repair A/milk"}, "verify", "--explain", "A/milk")
	do(0, []string{"no wrong"}, "verify", "--explain", "A/rice")
	do(0, []string{"repaired: it owes 2 units"}, "repair", "A/milk", "--reason", "owed")
	do(0, []string{"A/milk is right"}, "repair", "A/milk")
	do(1, []string{tea, "no milk", "repaired: 1 item", "receive units or release an order"}, "verify")
	receive(t, path, "tea", 2)
	do(0, []string{"all invariants hold"}, "verify")
}

// unpackBooks unpacks the file of books.
func unpackBooks(t *testing.T, packed, path string) {
	t.Helper()
	from, err := os.Open(packed)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	r, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err = errors.Join(err, os.WriteFile(path, b, 0o600)); err != nil {
		t.Fatal(err)
	}
}

// receive receives units at the location A.
func receive(t *testing.T, path, product string, n stock.Qty) {
	t.Helper()
	key := stock.ItemKey{Tenant: "default", Location: "A", Product: product}
	submitTo(t, path, ledger.Request{Command: stock.Restock{Item: key, Bucket: stock.BucketOf(key.Tenant, key.Location), Qty: n}})
}
