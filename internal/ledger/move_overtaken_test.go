package ledger_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/ledger/move"
	"holdfast.dev/holdfast/internal/stock"
)

// heedless is a main database that lets every mover continue.
type heedless struct{ *travels }

func (heedless) Step(_ context.Context, _, next ledger.Relocation) (ledger.Relocation, error) {
	return next, nil
}

// TestAMoverThatWasOvertakenBringsNothing: the slot itself refuses it, whatever
// the main database says.
func TestAMoverThatWasOvertakenBringsNothing(t *testing.T) {
	t.Parallel()
	m, way := newTravels(2), &onTheWay{}
	engines := []engine.Engine{memory.New(), memory.New()}
	m.way = way
	l := openBy(t, m, way.watch(engines), ledger.WithPoints(way.answered))
	defer running(t, l)()
	item := at(towns[0], "p")
	must(t, l, stock.OpenItem{Item: item, Bucket: bucketOf(item), Qty: 7, Tracked: true})
	way.arm(isComing, func() {
		ctx, cancel := context.WithCancel(marking(t.Context()))
		way.arm(isComing, cancel)
		if err := l.TakeOver(ctx, m, move.Silence(0), move.Mortal()); !errors.Is(err, context.Canceled) {
			t.Errorf("the other mover: %v", err)
		}
	})
	err := l.MoveBucket(marking(t.Context()), heedless{m}, bucketOf(item), 1-m.Slot(bucketOf(item)), move.Keep(0))
	if err == nil || !strings.Contains(err.Error(), "brought by somebody else") {
		t.Errorf("the mover that was overtaken: %v", err)
	}
	finishMoves(t, l, m)
	if f := figures(t, l, item); f.OnHand != 7 || m.Slot(bucketOf(item)) == m.country.Slot(bucketOf(item)) {
		t.Errorf("%+v in slot %d", f, m.Slot(bucketOf(item)))
	}
	verifyMoved(t, engines, m)
}
