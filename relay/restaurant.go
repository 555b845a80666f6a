package relay

import (
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
)

// orderMessage is the message of a restaurant's topic order-stock-deduct-topic.
type orderMessage struct {
	MessageID string      `json:"message_id"`
	OrderID   string      `json:"order_id"`
	StoreID   string      `json:"store_id"`
	ChannelID string      `json:"channel_id"`
	Items     []orderItem `json:"items"`
}

type orderItem struct {
	ProductID string `json:"product_id"`
	Quantity  int64  `json:"quantity"`
}

// reserveLine and the two verbs are commands as JSON.
type (
	reserveLine struct {
		ProductID  string `json:"product_id"`
		LocationID string `json:"location_id,omitempty"`
		Quantity   int64  `json:"quantity"`
	}
	reserveVerb struct {
		OrderID   string        `json:"order_id"`
		ChannelID string        `json:"channel_id,omitempty"`
		Items     []reserveLine `json:"items"`
	}
	deductVerb struct {
		OrderID string `json:"order_id"`
	}
)

// readOrder reads the restaurant's message: a deduct of what the order holds. It puts a
// reserve before it, for an order that holds nothing yet. For other orders the reserve
// changes nothing: it is refused or gets its earlier answer.
func (l *letter) readOrder() error {
	var m orderMessage
	if err := json.Unmarshal(l.in.Body, &m, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("it is no message of an order: %w", err)
	}
	if m.OrderID == "" {
		return errors.New("it has no order_id")
	}
	l.named(m.MessageID)
	l.deduct = true
	var lines []reserveLine
	at := map[string]int{}
	for i, item := range m.Items {
		if item.ProductID == "" || item.Quantity < 1 {
			return fmt.Errorf("items[%d] needs a product_id and a quantity of 1 or more", i)
		}
		if n, again := at[item.ProductID]; again {
			lines[n].Quantity += item.Quantity
			continue
		}
		at[item.ProductID] = len(lines)
		lines = append(lines, reserveLine{item.ProductID, m.StoreID, item.Quantity})
	}
	if len(lines) > 0 {
		if err := l.addVerb("reserve", reserveVerb{m.OrderID, m.ChannelID, lines}); err != nil {
			return err
		}
	}
	return l.addVerb("deduct", deductVerb{m.OrderID})
}

func (l *letter) addVerb(verb string, body any) error {
	text, err := json.Marshal(map[string]any{verb: body})
	if err != nil {
		return err
	}
	return l.add(text, "/"+verb)
}
