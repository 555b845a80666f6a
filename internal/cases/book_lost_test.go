package cases

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/stock"
)

// One item whose books are wrong does not keep the cases of all others from being booked.
func TestACaseOfAFrozenItemIsRefusedAlone(t *testing.T) {
	t.Parallel()
	var b BookedLost
	c := &catalog.Case{ID: "case-1", Location: "shop", Product: "tea"}
	for _, err := range []error{fmt.Errorf("book: %w", stock.ErrBroken), ledger.ErrFrozen} {
		if err := b.count(c, err); err != nil {
			t.Errorf("%v ends the booking", err)
		}
	}
	if len(b.Refused) != 2 || !strings.Contains(b.Refused[0].Why.Detail, "holdfast repair shop/tea") {
		t.Errorf("refused: %+v", b.Refused)
	}
	if away := errors.New("the database is away"); !errors.Is(b.count(c, away), away) {
		t.Error("another error does not end the booking")
	}
}
