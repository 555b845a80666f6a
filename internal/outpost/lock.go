package outpost

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// LockFile is the name of the file by which one process keeps others from serving the books. It is next to
// them, and stays there: the lock is the operating system's, and ends with the process.
func LockFile(books string) string { return books + ".lock" }

// Lock is one process's right to serve a till's file.
type Lock struct{ f *os.File }

// ServedError says that another process serves the file. Nothing was changed.
type ServedError struct {
	File string
	By   string // "" where it has not said
}

func (e *ServedError) Error() string {
	by := "another process"
	if e.By != "" {
		by += " (" + e.By + ")"
	}
	return by + " serves " + e.File + ": stop it, then start this one again; the till need not be paired anew"
}

// errLocked says that another process has the lock.
var errLocked = errors.New("locked")

// maxLockWords is how much is read of what the process says that has the lock.
const maxLockWords = 256

// LockTill locks the till's file with these books for this process, until Unlock or the end of the process, however it
// ends. A *ServedError: another process has it.
func LockTill(books string) (*Lock, error) {
	name := LockFile(books)
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, private) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("lock the till's file: %w", err)
	}
	if err := lockFile(f); err != nil {
		words, _ := io.ReadAll(io.LimitReader(f, maxLockWords)) // it may not have said yet
		err = errors.Join(err, f.Close())
		if errors.Is(err, errLocked) {
			return nil, &ServedError{File: books, By: strings.TrimSpace(string(words))}
		}
		return nil, fmt.Errorf("lock %s, which keeps a second process away from the till's file (its file system must support locks): %w", name, err)
	}
	l := &Lock{f}
	if err := l.say(); err != nil {
		return nil, errors.Join(fmt.Errorf("lock the till's file: %w", err), l.Unlock())
	}
	return l, nil
}

// say writes which process has the lock.
func (l *Lock) say() error {
	by := fmt.Sprintf("process %d", os.Getpid())
	if host, err := os.Hostname(); err == nil {
		by += " on " + host
	}
	if err := l.f.Truncate(0); err != nil {
		return err
	}
	_, err := l.f.WriteAt([]byte(by+"\n"), 0)
	return err
}

// Unlock gives the file free.
func (l *Lock) Unlock() error { return l.f.Close() }
