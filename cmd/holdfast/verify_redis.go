package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

// verifyRedis compares what Redis took with the books, and returns how many items are wrong.
func verifyRedis(ctx context.Context, c booksConfig, s *slotSet, out io.Writer) (wrong int, err error) {
	for i, p := range s.places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return wrong, err
		}
		if !isOnServer(dsn) {
			continue
		}
		faults, notes, err := checkTasks(ctx, s, inSet(dsn, p.Set))
		if err != nil {
			return wrong, fmt.Errorf("%stasks of Redis: %w", slotName(s, i), err)
		}
		for _, line := range append(notes, faults...) {
			fmt.Fprintf(out, "%s%s\n", slotName(s, i), line)
		}
		wrong += len(faults)
	}
	return wrong, nil
}

func checkTasks(ctx context.Context, s *slotSet, dsn string) (faults, notes []string, err error) {
	tasks, err := task.OpenToRead(ctx, dsn)
	if err != nil || tasks == nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, tasks.Close()) }()
	return task.Check(ctx, tasks, s.engines)
}
