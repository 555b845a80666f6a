package kit

import (
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
)

// kioskOrder begins the ids of the orders that kiosks make. A kiosk may use no others. The page
// draws the rest of the id at random, so that nobody can guess the id of another order.
const kioskOrder = "k-"

// OwnOrder refuses a kiosk's request about an order that no kiosk made. request is nil where
// the parameters are no message.
func (c *Call) ownOrder(request proto.Message) error {
	if c.Role != catalog.RoleKiosk || request == nil {
		return nil
	}
	m := request.ProtoReflect()
	f := m.Descriptor().Fields().ByName("order_id")
	if f == nil {
		return nil
	}
	id := m.Get(f).String()
	if _, online := stock.OfCentre(id); id == "" || strings.HasPrefix(id, kioskOrder) && !online {
		return nil // a request without an order is refused for its form
	}
	return Refuse(CodeDenied, "a kiosk's orders have ids that begin with %s", kioskOrder)
}
