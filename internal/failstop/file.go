// Package failstop stops all writing to a file when one of the connections that
// a process has to it meets an error of the disk. A sync that works after one
// that failed says nothing about what was written before (FAULTS F22),
// whichever connection asks for it. The books and the catalog may be in one
// SQLite file, each with connections and a driver of its own; what they share
// is a File. How a driver reports an error of the disk is left to them.
package failstop

import (
	"errors"
	"sync"
	"sync/atomic"
)

// DiskError says that the disk has reported an error. The process must no longer
// write the file: start it again, and it has what reached the disk.
type DiskError struct {
	Driver string // what the driver said
}

func (e *DiskError) Error() string {
	return "the disk reports an error; stop all processes on this file, check the disk, then run holdfast verify (" + e.Driver + ")"
}

// File is one file for everything in this process that writes it. The zero value
// is a file without errors. A nil File never stops anybody.
type File struct {
	syncing sync.Mutex
	failed  atomic.Pointer[DiskError]
}

// Writable returns a *DiskError when the file must no longer be written, and nil
// when it may be written.
func (f *File) Writable() error {
	if f == nil {
		return nil
	}
	if e := f.failed.Load(); e != nil {
		return e
	}
	return nil
}

// Failed notes the error of a call. The file is not writable after the first one
// that is a *DiskError; others change nothing.
func (f *File) Failed(err error) {
	if f == nil || err == nil {
		return
	}
	if e, ok := errors.AsType[*DiskError](err); ok {
		f.failed.CompareAndSwap(nil, e)
	}
}

// Sync runs do, which may sync the file, and notes its error. It runs one do at
// a time, and none when the file is not writable. So no do begins between the
// sync of another one that fails and the note about it.
func (f *File) Sync(do func() error) error {
	if f == nil {
		return do()
	}
	f.syncing.Lock()
	defer f.syncing.Unlock()
	if err := f.Writable(); err != nil {
		return err
	}
	err := do()
	f.Failed(err)
	return err
}
