package hot_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// A process that does not know yet that another one turned an item off and on again compares it, and
// writes its tasks back.
func TestAProcessThatIsLateCompares(t *testing.T) {
	t.Parallel()
	for name, database := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store, redis, books := rooms(t, database)
			late, other := hot.NewRoad(redis, store, books), hot.NewRoad(redis, store, books)
			k := manyItems(t, late, books, 1, 5)[0]
			was := late.Last(k)
			if err := other.Off(t.Context(), k); err != nil {
				t.Fatal(err)
			}
			if d, err := late.Compare(t.Context(), was); d != nil || err != nil {
				t.Errorf("turned off: %v %v", d, err)
			}
			if err := other.On(t.Context(), k, 0); err != nil {
				t.Fatal(err)
			}
			if err := other.Reserve(t.Context(), hot.Reservation{Item: k, Order: "o", Qty: 2}); err != nil {
				t.Fatal(err)
			}
			if d, err := late.Compare(t.Context(), was); d != nil || err != nil {
				t.Errorf("turned on again: %v %v", d, err)
			}
			if err := late.Flush(t.Context(), was); err != nil {
				t.Error(err)
			}
			levels, _, err := books.Items(t.Context(), []stock.ItemKey{k})
			if err != nil || levels[0].Item.Of(stock.Held) != 2 {
				t.Errorf("the books have %+v, want 2 held: %v", levels, err)
			}
		})
	}
}
