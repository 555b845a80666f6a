package stock

import "testing"

// Each operation says what a till does with it, and one that is only for the centre what it does.
func TestEachOperationIsDecidedForTills(t *testing.T) {
	t.Parallel()
	for op := Op(1); op < Ops; op++ {
		switch {
		case (op.String() == "") != (op.AtTill() == 0):
			t.Errorf("operation %d %q: say what a till does with it", op, op)
		case (op.AtTill() == TillRefuses) != (op.OnlyAtCentre() != ""):
			t.Errorf("%s: a till refuses it with %q", op, op.OnlyAtCentre())
		}
	}
	if name, at := Ops.String(), Ops.AtTill(); name != "" || at != 0 {
		t.Errorf("an operation that there is not is %q, at a till %d", name, at)
	}
}
