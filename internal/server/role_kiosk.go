package server

import (
	"strings"

	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/proto"
)

// kioskOrder begins the ids of the orders that kiosks make: a kiosk touches no others. What
// follows is drawn by the page that makes the order, so that nobody can guess another's.
const kioskOrder = "k-"

// ownOrder refuses a kiosk's request about an order that no kiosk made. request is nil where
// the parameters are no message.
func (c *call) ownOrder(request proto.Message) error {
	if c.role != catalog.RoleKiosk || request == nil {
		return nil
	}
	m := request.ProtoReflect()
	id := m.Descriptor().Fields().ByName("order_id")
	if id == nil || strings.HasPrefix(m.Get(id).String(), kioskOrder) {
		return nil
	}
	return refuse(codeDenied, "a kiosk's orders have ids that begin with %s", kioskOrder)
}
