package outpost_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/outpost"
)

func TestATillsFileIsLockedOnce(t *testing.T) {
	t.Parallel()
	books := filepath.Join(t.TempDir(), "till.db")
	first, err := outpost.LockTill(books)
	if err != nil {
		t.Fatal(err)
	}
	_, err = outpost.LockTill(books)
	served, ok := errors.AsType[*outpost.ServedError](err)
	if !ok || served.File != books || !strings.HasPrefix(served.By, fmt.Sprintf("process %d", os.Getpid())) {
		t.Fatalf("locked twice: %v", err)
	}
	if other, err := outpost.LockTill(filepath.Join(t.TempDir(), "till.db")); err != nil {
		t.Errorf("another file: %v", err)
	} else if err := other.Unlock(); err != nil {
		t.Error(err)
	}
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	second, err := outpost.LockTill(books)
	if err != nil {
		t.Fatalf("once it is free: %v", err)
	}
	if err := second.Unlock(); err != nil {
		t.Error(err)
	}
	if _, err := outpost.LockTill(filepath.Join(t.TempDir(), "nowhere", "till.db")); err == nil || errors.As(err, &served) {
		t.Errorf("in no folder: %v", err)
	}
}
