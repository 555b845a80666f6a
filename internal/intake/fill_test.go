package intake_test

import (
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/fulfil"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/planning"
	"holdfast.dev/holdfast/internal/stock"
)

// Callers leave out what only the catalog knows.
func TestACommandAboutAnItemGetsItsBucketAndItsUnit(t *testing.T) {
	t.Parallel()
	h := open(t)
	of := h.call(together(spreading(created("hub", "cup", 1), true)))
	if of != "done" {
		t.Fatal(of)
	}
	pot, cup, fork := item("rome", "pot"), item("hub", "cup"), item("rome", "fork")
	for name, c := range map[string]struct {
		command stock.Command
		bucket  stock.Bucket
		unit    string // of the opening; "-": it opens nothing
	}{
		"a restock":               {&stock.Restock{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"an adjustment":           {&stock.Adjust{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a count of another list": {&stock.Observe{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a threshold":             {&stock.SetThreshold{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a switch":                {&stock.SetSaleStatus{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a quota":                 {&stock.SetQuotas{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a promise":               {&stock.SetPromises{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a policy of lots":        {&stock.SetLotPolicy{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a return":                {&stock.Return{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a sale elsewhere":        {&stock.SoldElsewhere{Item: pot}, stock.BucketOf(tenant, "rome"), "litre"},
		"a move":                  {&stock.Move{From: stock.Spot{Item: pot}}, stock.BucketOf(tenant, "rome"), "litre"},
		"a first stock":           {&stock.OpenItem{Item: pot}, stock.BucketOf(tenant, "rome"), "-"},
		"at a spread location":    {&stock.Restock{Item: cup}, stock.SpreadBucketOf(tenant, "hub", "cup"), ""},
		"an unknown product":      {&stock.Restock{Item: fork}, stock.BucketOf(tenant, "rome"), "-"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, _, err := h.door.Command(t.Context(), tenant, intake.Ask{Command: c.command}); err != nil {
				t.Fatal(err)
			}
			added, ok := stock.AddedTo(c.command)
			if !ok {
				t.Fatalf("%T is about no item", c.command)
			}
			unit := "-"
			if added.Open != nil && *added.Open != nil {
				unit = (*added.Open).Unit
			}
			if *added.Bucket != c.bucket || unit != c.unit {
				t.Errorf("bucket %v, unit %q, want %v, %q", *added.Bucket, unit, c.bucket, c.unit)
			}
		})
	}
}

// A server learns of a recall from the catalog; an item that is opened later has it from the beginning.
func TestAnItemIsOpenedWithTheRecallsOfItsProduct(t *testing.T) {
	t.Parallel()
	lot, err := stock.MakeLot(map[string]string{"batch": "7"})
	if err != nil {
		t.Fatal(err)
	}
	shift := func(place, product string) intake.Ask {
		return intake.Ask{Command: &stock.Shift{Lines: []stock.ShiftLine{{
			Item: item(place, product), Mark: stock.Incoming("t"), Postings: []stock.Posting{{From: stock.Promise, To: stock.Incoming("t"), Qty: 1}},
		}}}}
	}
	for name, c := range map[string]struct {
		ask  intake.Ask
		item stock.ItemKey
		want int
	}{
		"by its first stock":                    {created("rome", "spoon", 1), item("rome", "spoon"), 1},
		"by a restock":                          {restocked("rome", "spoon", 1), item("rome", "spoon"), 1},
		"by units that are announced":           {shift("rome", "spoon"), item("rome", "spoon"), 1},
		"but not of another product":            {restocked("rome", "pot", 1), item("rome", "pot"), 0},
		"nor those of another location":         {restocked("attic", "spoon", 1), item("attic", "spoon"), 0},
		"nor is one that is open brought there": {restocked("berlin", "spoon", 1), item("berlin", "spoon"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			for _, place := range []string{"rome", "berlin"} {
				h.must(h.catalog.Recalls.Set(t.Context(), catalog.RecallCall{Tenant: tenant, Product: "spoon", Location: place, Lot: lot}))
			}
			h.must(0, h.catalog.CatchUp(t.Context()))
			if of := h.call(together(c.ask)); of != "done" {
				t.Fatal(of)
			}
			levels, _, err := h.books.Items(t.Context(), []stock.ItemKey{c.item})
			if err != nil {
				t.Fatal(err)
			}
			if got := levels[0].Item.Recalls; len(got) != c.want {
				t.Errorf("the item has %v, want %d recalls", got, c.want)
			}
		})
	}
}

// A refusal under a key is in the log, which is summed up there.
func TestARefusalThatIsInNoLogIsCounted(t *testing.T) {
	t.Parallel()
	anywhere := fulfil.Rules{Strategy: planning.Priority, Split: planning.SplitFreely}
	on := func(a intake.Ask) intake.Ask { a.Command.(*stock.Place).Channel = "web"; return a }
	partial := func(a intake.Ask) intake.Ask { a.Command.(*stock.Place).Partial = true; return a }
	for name, c := range map[string]struct {
		asks []intake.Ask
		want []string
	}{
		"one that the books refuse":           {together(on(ordered("o", "6 cup@rome"))), []string{`6 cup@rome for "web"`}},
		"each of a call":                      {together(ordered("a", "6 cup@rome"), ordered("b", "1 cup@rome"), ordered("c", "5 cup@rome")), []string{`6 cup@rome for ""`, `5 cup@rome for ""`}},
		"one for which no location was found": {together(sourced(on(ordered("o", "99 cup")), anywhere)), []string{`99 cup@ for "web"`}},
		"a part that is nothing":              {together(ordered("a", "5 cup@rome"), partial(ordered("b", "1 cup@rome"))), []string{`1 cup@rome for ""`}},
		"not a part that is something":        {together(partial(ordered("o", "6 cup@rome"))), nil},
		"not one under a key":                 {together(keyed(ordered("o", "6 cup@rome"), "k")), nil},
		"not one that has to be corrected":    {together(ordered("o", "6 fork@rome"), ordered("p", "0 cup@rome")), nil},
		"not a command that is no order":      {together(adjustedBy("rome", "cup", -9)), nil},
		"not one that is granted":             {together(ordered("o", "5 cup@rome")), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			of := h.call(c.asks)
			if !slices.Equal(h.counted, c.want) {
				t.Errorf("counted %q, want %q; the outcomes: %s", h.counted, c.want, of)
			}
		})
	}
}

func adjustedBy(place, product string, n stock.Qty) intake.Ask {
	return intake.Ask{Command: &stock.Adjust{Item: item(place, product), Delta: n}}
}

// A command that is only tried is filled in like one that is carried out, and changes nothing.
func TestWhatIsOnlyTriedLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	h := open(t)
	command, known, err := h.door.Command(t.Context(), tenant, ordered("o", "2 cup@berlin"))
	if err != nil {
		t.Fatal(err)
	}
	if place, ok := command.(stock.Place); !ok || !place.Lines[0].Known || place.Lines[0].Bucket != stock.BucketOf(tenant, "berlin") || len(known) != 1 {
		t.Errorf("the command is %+v, want one that the books take", command)
	}
	if _, _, err := h.door.Command(t.Context(), tenant, decimal("berlin", "cup", "1.5")); err == nil || !strings.Contains(err.Error(), "no declared unit") {
		t.Errorf("a decimal of a product that has no unit: %v", err)
	}
	if _, err := h.catalog.Product(t.Context(), tenant, "fork"); err == nil {
		t.Error("a product is known that nobody declared")
	}
	if left := h.left("cup@berlin cup@rome"); left != "10 5" {
		t.Errorf("there are %s left, want 10 5", left)
	}
}

func TestProductsAndLocationsOfAnotherTenantAreNotKnown(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.must(h.catalog.CreateTenant(t.Context(), "other"))
	if err := h.door.MustKnow(t.Context(), []catalog.Ref{{Tenant: tenant, Product: "cup", Location: "berlin"}}); err != nil {
		t.Error(err)
	}
	for ref, want := range map[catalog.Ref]string{
		{Tenant: tenant, Product: "fork"}:                      `product "fork" is not known`,
		{Tenant: tenant, Product: "cup", Location: "oslo"}:     `location "oslo" is not known`,
		{Tenant: "other", Product: "cup"}:                      `product "cup" is not known`,
		{Tenant: "other", Location: "berlin"}:                  `location "berlin" is not known`,
		{Tenant: "nobody", Product: "cup", Location: "berlin"}: `product "cup" is not known`,
	} {
		if err := h.door.MustKnow(t.Context(), []catalog.Ref{ref}); err == nil || err.Error() != want {
			t.Errorf("%+v: %v, want %s", ref, err, want)
		}
	}
}
