package kit

import (
	"holdfast.dev/holdfast/api"
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// Operations are the words for what may have happened, as the journal lists it.
var Operations = wordsOf(&holdfastv1.LogEntry{}, "operation")

// EventTypes are those of the events for watchers.
var EventTypes = wordsOf(&holdfastv1.StockEvent{}, "type")

// wordsOf are the operations that a message's field may name.
func wordsOf(m proto.Message, name protoreflect.Name) map[string]stock.Op {
	field := m.ProtoReflect().Descriptor().Fields().ByName(name)
	all := map[string]stock.Op{}
	for _, word := range api.Values(field) {
		all[word] = 0
	}
	for op := stock.OpOpen; op < stock.Ops; op++ {
		if _, ok := all[op.String()]; ok {
			all[op.String()] = op
		}
	}
	return all
}
