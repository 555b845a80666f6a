package nats

import (
	"fmt"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay/brokertest"
)

// Several relays look for the stream of a new subject at once. One creates it, and all find it.
func TestAStreamIsFoundByAllThatLookAtOnce(t *testing.T) {
	t.Parallel()
	q := queue{&server{brokertest.StartNATS(t)}}
	var relays [8]jetstream.JetStream
	for i := range relays {
		relays[i] = q.admin(t)
	}
	for round := range 50 {
		subject := fmt.Sprint("stock.", round)
		var all sync.WaitGroup
		for i, js := range relays {
			all.Go(func() {
				if name, err := findStream(t.Context(), js, subject, fmt.Sprint("of relay ", i)); err != nil || name != nameOf(subject) {
					t.Errorf("relay %d of %s: %q, %v", i, subject, name, err)
				}
			})
		}
		all.Wait()
	}
}
