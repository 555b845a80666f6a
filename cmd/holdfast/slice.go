package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/feed"
)

// slice is what a capability adds to a server that runs. Fields may be left out.
type slice struct {
	// name is unique. The reader of the logs logs under it.
	name string
	// project makes the reader of the logs; lastRetry is the longest pause after its errors, by
	// default 5 s.
	project   func(*feed.Runner, *feed.Logs)
	lastRetry time.Duration
	metrics   func(prometheus.Registerer) error
	// duties are what falls due.
	duties []duty.Kind
	// run are tasks that run until the server ends.
	run []func(context.Context) error
}

// add adds slices to the house, the duties of all after those that are there.
func (h *house) add(all ...slice) error {
	for _, s := range all {
		if s.project != nil {
			runner := feed.NewRunner(h.log, s.name, 100*time.Millisecond, cmp.Or(s.lastRetry, 5*time.Second))
			s.project(runner, h.logs)
			if err := runner.Register(h.registry); err != nil {
				return err
			}
			s.run = append(slices.Clip(s.run), runner.Run)
		}
		if s.metrics != nil {
			if err := s.metrics(h.registry); err != nil {
				return err
			}
		}
		h.duties = append(h.duties, s.duties...)
		h.tasks = append(h.tasks, s.run...)
	}
	return nil
}
