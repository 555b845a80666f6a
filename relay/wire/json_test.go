package wire

import (
	"testing"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/transcode"
)

// What a sink gets as data is byte for byte what GET /v1/events shows.
func TestDataIsThatOfEvents(t *testing.T) {
	t.Parallel()
	codec, err := transcode.NewCodec(holdfastv1.File_holdfast_v1_service_proto.Services().ByName(protoreflect.Name("InventoryService")))
	if err != nil {
		t.Fatal(err)
	}
	for name, e := range map[string]*holdfastv1.StockEvent{
		"empty": {},
		"full": {
			EventId: "0.3-12-0-1", At: timestamppb.New(time.Date(2026, 11, 25, 16, 7, 8, 123_999_999, time.UTC)), Type: "reserve", ProductId: "m/\"ü\n<>&", LocationId: "berlin", ChannelId: "web",
			OrderId: "\u2028", AvailableStock: -1, ReservedStock: 1 << 53, OnHand: 3, DeltaAvailable: -4, DeltaReserved: 5, DeltaOnHand: 6, Version: 7, Status: "sold_out", Reason: "为什么",
			ChannelsSoldOut: []string{"", "web"}, ChannelsInStock: []string{"till"}, ReasonCode: "theft",
			Lots: []*holdfastv1.LotUnits{{Lot: map[string]string{"b": "2", "a": "1"}, Quantity: -9}, {}},
		},
	} {
		if got, want := string(appendMessage(nil, e.ProtoReflect())), string(codec.Append(nil, e)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", name, got, want)
		}
	}
}
