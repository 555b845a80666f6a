package server

import (
	"slices"
	"testing"

	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/stock"
)

// TestEveryOperationIsInTheContract: an entry of the journal with an operation that
// the contract does not list would break its readers.
func TestEveryOperationIsInTheContract(t *testing.T) {
	// Operations of the log that callers do not see: they change no item, or are shown as
	// another operation. The last ones belong to no item; only watchers get them.
	internal := []stock.Op{
		stock.OpCleanup, stock.OpHandover, stock.OpArrive, stock.OpRecallKey, stock.OpPart, stock.OpSpread, stock.OpRehouse,
		stock.OpSoldOut, stock.OpBackInStock, stock.OpTill,
	}
	field := (&holdfastv1.LogEntry{}).ProtoReflect().Descriptor().Fields().ByName("operation")
	listed := api.Values(field)
	for op := stock.OpOpen; op < stock.Ops; op++ {
		if word := op.String(); word != "" && slices.Contains(listed, word) == slices.Contains(internal, op) {
			t.Errorf("operation %d %q: listed in the contract %v, internal to the log %v", op, word, slices.Contains(listed, word), slices.Contains(internal, op))
		}
	}
}
