package main

import "testing"

func TestFiguresAtTheCommandLine(t *testing.T) {
	t.Parallel()
	h := newAtHand(t)
	h.login()
	h.all([]prints{
		{"open mug 5 --location berlin", ""},
		{"open cup 0 --location berlin", ""},
	})
	// They follow.
	h.until("figures stock --location berlin --csv", ",5,2,1,")
	h.all([]prints{
		{"figures stock --rates", "unit turnover days of supply stock-out rate count accuracy oversell rate"},
		{"figures stock --json", `"out_of_stock":1`},
		{"figures service", "operation kind calls per second p50 ms p95 ms p99 ms conflicts conflict rate"},
		{"figures service --since-start", "ExecuteBatch write 2"},
		{"figures service --json", `"started_at"`},
		{"figures service --sinks", "name delivered due delivery rate"},
		{"figures --by day", "begins channel unit reserves"},
	})
	h.refused(exitFailed, []prints{
		{"figures stock --by minute", "by: must be hour or day"},
	})
}
