package server

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"holdfast.dev/holdfast/internal/feed"

	"google.golang.org/grpc/codes"
)

// Every word that the contract lets callers ask for is an operation, and every
// operation fits into the set of a filter.
func TestOperationsOfTheContract(t *testing.T) {
	t.Parallel()
	for word, op := range eventTypes {
		if op == 0 || op.String() != word || op >= 64 {
			t.Errorf("%q is operation %d", word, op)
		}
		if _, listed := operations[word]; listed == op.Announces() {
			t.Errorf("the journal lists %q: %v", word, listed)
		}
	}
	if len(eventTypes) != len(operations)+2 {
		t.Errorf("watchers are told %d types, the journal lists %d", len(eventTypes), len(operations))
	}
}

// The end of a watch has a code of its own and names where to continue.
func TestTheEndOfAWatchIsExplained(t *testing.T) {
	t.Parallel()
	at := feed.Cursors{feed.Behind(0, 7)}
	gone := &feed.GoneError{Earliest: feed.Cursors{feed.Behind(0, 40)}}
	for _, test := range []struct {
		name   string
		err    error
		code   *code
		resume string
	}{
		{"the log was dropped", fmt.Errorf("read: %w", gone), codeGone, "0-40"},
		{"events came too fast", feed.ErrSlow, codeSlow, "0-7"},
		{"what was sent was not taken", errTooSlow, codeSlow, "0-7"},
		{"the store fails", errors.New("disk"), codeUnavailable, "0-7"},
		{"the server stops", unavailable("the server is stopping", nil), codeUnavailable, "0-7"},
		{"the key was revoked", refuse(codeUnauthenticated, "the key is not valid"), codeUnauthenticated, "0-7"},
	} {
		if p := watchEnd(test.err, at); p.code != test.code || p.message("r").ResumeAfter != test.resume {
			t.Errorf("%s: %s, go on behind %q", test.name, p.code.name, p.resume)
		}
	}
	if p := problemOf(gone); p.code.http != http.StatusGone || p.code.grpc != codes.OutOfRange {
		t.Errorf("%d %s", p.code.http, p.code.grpc)
	}
}
