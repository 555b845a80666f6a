package hot

import (
	"fmt"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/stock"
)

func TestOfManyItemsEachHasItsTurn(t *testing.T) {
	t.Parallel()
	const many = tendMost + 100
	n := newItemMemory(nil)
	var all []Listed
	for id := range int64(many) {
		all = append(all, Listed{ID: id, Key: stock.ItemKey{Product: fmt.Sprint(id)}, State: Open, Era: 3})
	}
	if got := len(n.due(all, 0, 3)); got != many {
		t.Errorf("at first %d of %d items are tended", got, many)
	}
	seen := map[int64]int{}
	for round := range int64(tendTurns) {
		some := n.due(all, 1+round, 3)
		if len(some) > many/tendTurns+1 {
			t.Errorf("%d of %d quiet items in one round", len(some), many)
		}
		for _, l := range some {
			seen[l.ID]++
		}
	}
	for _, l := range all {
		if seen[l.ID] != 1 {
			t.Fatalf("item %d was tended %d times", l.ID, seen[l.ID])
		}
	}
	n.use(all[0].Key)
	all[1].State = Sealed
	all[2].Era = 2
	for _, l := range n.due(all, 7, 3)[:3] { // its own turn is another
		seen[l.ID]++
	}
	if seen[0] != 2 || seen[1] != 2 || seen[2] != 2 {
		t.Errorf("a busy item, a sealed one and one of other books: %d %d %d", seen[0], seen[1], seen[2])
	}
	tended := 0
	for round := range int64(tendTurns - 1) { // the turn of item 0 is the last
		if n.due(all, 16+round, 3)[0].ID == 0 {
			tended++
		}
	}
	if time.Duration(1+tended)*tendEvery <= scanAge {
		t.Errorf("an item that was used is tended %d times: a record is looked at only after %s", 1+tended, scanAge)
	}
	if few := n.due(all[3:10], 7, 3); len(few) != 7 {
		t.Errorf("of 7 items %d are tended", len(few))
	}
}
