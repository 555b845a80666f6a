package outpost

import (
	"fmt"

	"holdfast.dev/holdfast/internal/stock"
)

// ofCentre are the operations that a till does not carry out: its centre decides about them, and
// would never hear that the till did. Units that such a write moved or wrote off at the till would
// stay in the till's escrow at the centre.
var ofCentre = map[stock.Op]string{
	stock.OpRetire: "retires a product", stock.OpReinstate: "reinstates a product",
	stock.OpTransfer: "moves units between locations", stock.OpRelocate: "moves orders between locations",
	stock.OpPromise: "sets what may be sold ahead", stock.OpLotPolicy: "sets how lots are drawn", stock.OpRecall: "recalls a lot",
}

// refuseOfCentre refuses what only the centre decides.
func refuseOfCentre(cmd stock.Command) *stock.Refusal {
	what, ok := ofCentre[cmd.Op()]
	if !ok {
		return nil
	}
	return &stock.Refusal{
		Code:   stock.InvalidState,
		Detail: fmt.Sprintf("a till sells what its centre gave it, and only the centre %s: send this call to the centre", what),
	}
}
