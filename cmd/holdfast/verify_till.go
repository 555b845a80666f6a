package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"holdfast.dev/holdfast/internal/outpost"
)

// verifyTill compares the books of the till in the file with those of its centre.
func verifyTill(ctx context.Context, s *slotSet, file string, out io.Writer) (faults int, err error) {
	state, err := outpost.ReadState(outpost.StateFile(file))
	if err != nil {
		return 0, err
	}
	open, end, err := dial(ctx, "sqlite:"+file, false, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, end()) }()
	till, err := open(ctx, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, till.Close()) }()
	found, err := outpost.VerifyTill(ctx, s.engines, &state, till)
	if err != nil {
		return 0, err
	}
	for _, fault := range found {
		fmt.Fprintf(out, "till %s: %s\n", state.Till, fault)
	}
	if len(found) == 0 {
		fmt.Fprintf(out, "till %s: its books and those of the centre agree\n", state.Till)
	}
	return len(found), nil
}
