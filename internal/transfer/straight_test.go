package transfer_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/transfer"
)

// A transfer that is carried out at once and was cut off anywhere arrives when it is
// finished, also where a step was begun and has not ended.
func TestAStraightTransferThatWasCutOffIsFinished(t *testing.T) {
	t.Parallel()
	w := buildTwo(t)
	for n := range 100 {
		d := w.create(t, w.transfers(nil), hub, shop, 40)
		act(t, w.transfers(nil), d.ID, transfer.ActionApprove)
		_, err := w.transfers(cutAt(n)).Finish(t.Context(), owner, d.ID)
		whole := err == nil
		o, err := w.transfers(nil).Finish(t.Context(), owner, d.ID)
		if err != nil || o.Transfer.State != transfer.Received {
			t.Errorf("cut off at contact %d: %+v, %v", n, o, err)
			continue
		}
		w.agrees(t, o.Transfer)
		if whole {
			return
		}
	}
	t.Error("it is never carried out")
}
