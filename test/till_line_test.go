package test

import (
	"fmt"
	"testing"
)

// The line of a till is cut, loses all messages in one direction, or is slow. Nothing is booked
// twice or lost.
func TestTheLineOfATillIsBad(t *testing.T) {
	t.Parallel()
	centre := newCentre(t, 1000)
	line := newLine(t, centre.grpc)
	setTill(t, centre, "one", object{"percent": 60})
	m := pairTill(t, centre, "one", line.proxy.Listen)
	m.start()
	m.has(600)
	var sold []string
	more := func(n int) {
		t.Helper()
		for range n {
			order := fmt.Sprint("o-", len(sold))
			if code := sellAt(t, m.server, order, 1); code != "" {
				t.Fatalf("order %s was refused: %s", order, code)
			}
			sold = append(sold, order)
		}
	}
	for range 2 {
		line.cut()
		more(15)
		line.mend()
		m.reported()
		for _, direction := range []string{"upstream", "downstream"} {
			line.toxic("timeout", direction, object{"timeout": 0}) // swallows all
			more(15)
			line.cure()
			m.reported()
			line.toxic("reset_peer", direction, object{"timeout": 20})
			more(15)
			line.cure()
			m.reported()
		}
		line.toxic("latency", "downstream", object{"latency": 150, "jitter": 100})
		more(15)
		m.reported()
		line.cure()
	}
	_, at := agree(t, centre, m)
	at[0].wantSold(t, sold)
	t.Logf("%d orders over a bad line", len(sold))
}
