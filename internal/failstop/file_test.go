package failstop_test

import (
	"errors"
	"fmt"
	"testing"

	"holdfast.dev/holdfast/internal/failstop"
)

var errDisk = fmt.Errorf("store a row: %w", &failstop.DiskError{Driver: "disk I/O error (1034)"})

func TestNothingIsSyncedAfterAnErrorOfTheDisk(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		fail func(*failstop.File) error
		want error // of fail
	}{
		{"of a sync", func(f *failstop.File) error { return f.Sync(func() error { return errDisk }) }, errDisk},
		{"of another call", func(f *failstop.File) error {
			f.Failed(errDisk)
			return nil
		}, nil},
		{"during a sync that works", func(f *failstop.File) error {
			return f.Sync(func() error {
				f.Failed(errDisk)
				return nil
			})
		}, nil},
		{"with others after it", func(f *failstop.File) error {
			f.Failed(errDisk)
			f.Failed(&failstop.DiskError{Driver: "another one"})
			return nil
		}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var f failstop.File
			if err := tc.fail(&f); !errors.Is(err, tc.want) {
				t.Errorf("the failing call returned %v, want %v", err, tc.want)
			}
			synced := false
			err := f.Sync(func() error {
				synced = true
				return nil
			})
			if synced {
				t.Error("the file was synced")
			}
			for _, err := range []error{err, f.Writable()} {
				if e, ok := errors.AsType[*failstop.DiskError](err); !ok || e.Driver != "disk I/O error (1034)" {
					t.Errorf("%v, want the first error of the disk", err)
				}
			}
		})
	}
}

func TestOtherErrorsStopNothing(t *testing.T) {
	t.Parallel()
	errFull := errors.New("the disk is full")
	for _, f := range []*failstop.File{{}, nil} {
		f.Failed(errFull)
		f.Failed(nil)
		if err := f.Sync(func() error { return errFull }); !errors.Is(err, errFull) {
			t.Errorf("Sync returned %v, not the error of what it ran", err)
		}
		if err := f.Writable(); err != nil {
			t.Errorf("the file is not writable: %v", err)
		}
	}
	var nobody *failstop.File
	nobody.Failed(errDisk)
	if err := nobody.Sync(func() error { return nil }); err != nil {
		t.Errorf("a nil file has stopped: %v", err)
	}
}

// The second sync asks while the first one, which fails, is under way.
func TestASyncWaitsForTheOutcomeOfAnother(t *testing.T) {
	t.Parallel()
	var f failstop.File
	underway, fail, end := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		end <- f.Sync(func() error {
			close(underway)
			<-fail
			return errDisk
		})
	}()
	<-underway
	synced := false
	asked := make(chan struct{})
	go func() {
		close(asked)
		end <- f.Sync(func() error {
			synced = true
			return nil
		})
	}()
	<-asked
	close(fail)
	for range 2 {
		if err := <-end; err == nil {
			t.Error("a sync worked")
		}
	}
	if synced {
		t.Error("the file was synced after a sync had failed")
	}
}
