package outpost

import (
	"maps"
	"slices"
	"testing"

	"holdfast.dev/holdfast/internal/stock"
)

// Each operation is decided for: a till reports it, only its centre does it, or nobody at a till
// can ask for it.
func TestEachOperationIsDecidedForTills(t *testing.T) {
	t.Parallel()
	const (
		reported = "the centre hears of it"
		refused  = "only the centre does it"
		local    = "it changes nothing that the centre has"
		nobody   = "no call at a till asks for it"
	)
	decided := map[stock.Op]string{
		stock.OpOpen: reported, stock.OpRestock: reported, stock.OpAdjust: reported, stock.OpObserve: reported,
		stock.OpSaleStatus: reported, stock.OpPlace: reported, stock.OpCommit: reported, stock.OpExtend: reported,
		stock.OpConfirm: reported, stock.OpRelease: reported, stock.OpExpire: reported, stock.OpMove: reported,
		stock.OpReturn: reported, stock.OpSoldElsewhere: reported, stock.OpQuota: reported, stock.OpAllot: reported,
		stock.OpLapse: reported, stock.OpChange: reported, stock.OpWithdraw: reported, stock.OpGrant: reported,
		stock.OpHandBack: reported, stock.OpAdvance: reported, stock.OpAccept: reported, stock.OpDecline: reported,
		stock.OpCancelRefuse: reported,

		stock.OpRetire: refused, stock.OpReinstate: refused, stock.OpTransfer: refused, stock.OpRelocate: refused,
		stock.OpPromise: refused, stock.OpLotPolicy: refused, stock.OpRecall: refused,

		stock.OpThreshold: local, stock.OpQuotaReset: local, stock.OpCleanup: local, stock.OpSoldOut: local, stock.OpBackInStock: local,

		stock.OpHandover: nobody, stock.OpArrive: nobody, stock.OpRecallKey: nobody, stock.OpPart: nobody, stock.OpSpread: nobody,
		stock.OpRehouse: nobody, stock.OpFulfil: nobody, stock.OpTill: nobody, stock.OpGrantRecall: nobody, stock.OpReclaim: nobody,
		stock.OpTakeOver: nobody, stock.OpCancelAsk: nobody, stock.OpServeLate: nobody, stock.OpRepair: nobody,
	}
	for op := stock.Op(1); op < stock.Ops; op++ {
		if op.String() != "" && decided[op] == "" {
			t.Errorf("%s: nothing says whether a till may do it", op)
		}
	}
	var those []stock.Op
	for op, how := range decided {
		if how == refused {
			those = append(those, op)
		}
	}
	if got := slices.Sorted(maps.Keys(ofCentre)); !slices.Equal(got, slices.Sorted(slices.Values(those))) {
		t.Errorf("a till refuses %v", got)
	}
}
