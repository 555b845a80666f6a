package relay

import (
	"strings"
	"testing"

	"holdfast.dev/holdfast/client"
)

// The server refuses an advance that has a delivery with a longer position, and the
// relay would repeat it forever.
func TestADeliveryWhosePositionIsTooLongIsNotReported(t *testing.T) {
	t.Parallel()
	var r records
	r.add(client.NewDelivery{EventID: "long", Position: strings.Repeat("x", mostPosition+1)})
	r.add(client.NewDelivery{EventID: "fits", Position: strings.Repeat("x", mostPosition)})
	if got := r.take(mostNews); len(got) != 1 || got[0].EventID != "fits" {
		t.Errorf("reported: %+v, want the one that fits alone", got)
	}
}
