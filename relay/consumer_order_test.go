package relay

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/client"
)

// A requeued message is carried out once, also when a claim is older than its requeue. Requeued once
// more, it is carried out again.
func TestARequeuedMessageIsTakenUpOnce(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	order := func(asked time.Time, ids ...string) sourceOrder {
		o := sourceOrder{asked: asked}
		for _, id := range ids {
			o.Requeued = append(o.Requeued, client.RequeuedMessage{ID: id, Body: "{}"})
		}
		return o
	}
	c := newConsumer(order(begun, "a", "b"), nil, Options{Consuming: &Consuming{}})
	taken := func(what string, want int) {
		t.Helper()
		c.takeOrders()
		if len(c.requeued) != want {
			t.Errorf("%s: %d messages are taken up, want %d", what, len(c.requeued), want)
		}
		c.requeued = nil
	}
	taken("at first", 2)
	c.orders <- order(begun.Add(time.Second), "a", "b")
	taken("while they are dealt with", 0)
	c.redone["a"] = begun.Add(3 * time.Second)
	c.orders <- order(begun.Add(2*time.Second), "a", "b")
	taken("by a claim of before", 0)
	c.orders <- order(begun.Add(4*time.Second), "a", "b")
	taken("requeued once more", 1)
}
