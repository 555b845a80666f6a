package stock

import (
	"errors"
	"fmt"
)

// ErrMalformed says that bytes are not what this package writes.
var ErrMalformed = errors.New("malformed")

// ErrNewer says that bytes have a part that this program does not know: a newer program
// wrote them and has to read them. It is an ErrMalformed too.
var ErrNewer error = newerError{}

type newerError struct{}

func (newerError) Error() string {
	return "written by a newer version of holdfast: run the one that wrote it"
}

func (newerError) Is(target error) bool { return target == ErrMalformed }

// VersionError says that stored bytes are of a version that this program does
// not read. Nothing of them was read. It is an ErrMalformed too, and an ErrNewer
// when the version is a later one.
type VersionError struct {
	// Of names the kind of bytes.
	Of string
	// Found is their version, Known the one that this program reads.
	Found, Known byte
}

func (e *VersionError) Error() string {
	if e.Found > e.Known {
		return fmt.Sprintf("%s of version %d, this program knows %d: run the newer holdfast that wrote it", e.Of, e.Found, e.Known)
	}
	return fmt.Sprintf("%s of version %d, this program knows %d: it is from before 0.1, begin with an empty database", e.Of, e.Found, e.Known)
}

// Is lets callers treat it as bytes that cannot be read.
func (e *VersionError) Is(target error) bool {
	return target == ErrMalformed || target == ErrNewer && e.Found > e.Known
}

// checkVersion compares the first of the bytes with the version that is read.
func checkVersion(of string, packed []byte, known byte) error {
	switch {
	case len(packed) == 0:
		return ErrMalformed
	case packed[0] != known:
		return &VersionError{Of: of, Found: packed[0], Known: known}
	}
	return nil
}
