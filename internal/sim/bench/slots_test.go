package bench

import (
	"errors"
	"testing"

	"holdfast.dev/holdfast/internal/sim/load"
)

func TestBooksInSeveralFiles(t *testing.T) {
	t.Parallel()
	f, err := OpenSlots(t.Context(), 3, filesIn(t.TempDir()), load.SpreadOver(100), Variant{Views: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	const ops = 50
	for range ops {
		if err := f.Reserve(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(f.Check(t.Context(), ops), f.Verify(t.Context())); err != nil {
		t.Error(err)
	}
	if err := f.Check(t.Context(), ops+1); err == nil {
		t.Error("the check takes any number")
	}
	for n, a := range f.Each {
		if _, holds, err := a.count(t.Context()); err != nil || holds == 0 || holds == ops {
			t.Errorf("slot %d has %d of %d holds, %v", n, holds, ops, err)
		}
	}
}
