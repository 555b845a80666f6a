package main

import (
	"strings"
	"testing"
)

func TestSourcesAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t, "--relay", "off")
	h.login()
	const source = "source kind state queued accepted refused retries parked last error\n"
	h.all([]prints{
		{"sources list", strings.TrimSpace(source)},
		{"sources set orders kafka kafkas://kafka.example order-stock-deduct-topic --format restaurant --reply-topic replies", source + "orders kafka running 0 0 0 0"},
		{"sources show orders", "setting value\ntarget kafkas://kafka.example\ntopic order-stock-deduct-topic\ngroup holdfast\nreply topic replies\nformat restaurant"},
		{"sources pause orders", source + "orders kafka paused"},
	})
	h.refused(exitFailed, []prints{
		{"sources test orders", "the source is paused"},
	})
	h.all([]prints{
		{"sources resume orders --json", `"state":"running"`},
		{"sources parked orders", "parked message state tries since bytes cause begins with"},
		{"__complete sources show or", "orders\n"},
		{"__complete sources set new ra", "rabbitmq\n"},
		{"sources requeue orders --all", "parked message"},
	})
	h.refused(exitUsage, []prints{
		{"sources requeue orders", "name parked messages or give --all"},
		{"sources discard orders --all x", "one of the two"},
		{"sources set orders kafka kafkas://kafka.example", "TOPIC"},
	})
	h.refused(exitFailed, []prints{
		{"sources show oders", `did you mean "orders"?`},
		{"sources set bad pigeon x t", "INVALID_ARGUMENT"},
		{"sources discard orders x", "NOT_FOUND"},
		{"sources test orders --retry 1m", "the source cannot be consumed"},
	})
	h.all([]prints{
		{"sources delete orders", "there is no source orders"},
		{"sources list --csv", "source,kind,state,queued,accepted,refused,retries,parked,last error"},
	})
}
