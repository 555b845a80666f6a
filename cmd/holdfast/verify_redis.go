package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

// verifyRedis compares what Redis took with the books, and returns how many items are wrong. It counts the rows of each tenant.
func verifyRedis(ctx context.Context, c booksConfig, s *slotSet, tenants keptTenants, out io.Writer) (wrong int, err error) {
	for i, p := range s.places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return wrong, err
		}
		if !isOnServer(dsn) {
			continue
		}
		faults, notes, err := checkTasks(ctx, s, inSet(dsn, p.Set), tenants)
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

func checkTasks(ctx context.Context, s *slotSet, dsn string, tenants keptTenants) (faults, notes []string, err error) {
	tasks, err := task.OpenToRead(ctx, dsn)
	if err != nil || tasks == nil {
		return nil, nil, err
	}
	defer func() { err = errors.Join(err, tasks.Close()) }()
	if faults, notes, err = task.Check(ctx, tasks, s.engines); err != nil {
		return nil, nil, err
	}
	stray, err := tenants.addRedis(ctx, tasks)
	if stray > 0 {
		faults = append(faults, counted(stray, "task or mend of Redis has", "tasks and mends of Redis have")+" no item")
	}
	return faults, notes, err
}
