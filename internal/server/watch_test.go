package server

import (
	"errors"
	"fmt"
	"net/http"
	"testing"

	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/grpc/codes"
)

// Every word that the contract lets callers ask for is an operation, and every
// operation fits into the set of a filter.
func TestOperationsOfTheContract(t *testing.T) {
	t.Parallel()
	for word, op := range kit.EventTypes {
		if op == 0 || op.String() != word || op >= 64 {
			t.Errorf("%q is operation %d", word, op)
		}
		if _, listed := kit.Operations[word]; listed == op.Announces() {
			t.Errorf("the journal lists %q: %v", word, listed)
		}
	}
	if len(kit.EventTypes) != len(kit.Operations)+2 {
		t.Errorf("watchers are told %d types, the journal lists %d", len(kit.EventTypes), len(kit.Operations))
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
		code   *kit.Code
		resume string
	}{
		{"the log was dropped", fmt.Errorf("read: %w", gone), kit.CodeGone, "0-40"},
		{"events came too fast", feed.ErrSlow, kit.CodeSlow, "0-7"},
		{"what was sent was not taken", kit.ErrTooSlow, kit.CodeSlow, "0-7"},
		{"the store fails", errors.New("disk"), kit.CodeUnavailable, "0-7"},
		{"the server stops", kit.Unavailable("the server is stopping", nil), kit.CodeUnavailable, "0-7"},
		{"the key was revoked", kit.Refuse(kit.CodeUnauthenticated, "the key is not valid"), kit.CodeUnauthenticated, "0-7"},
	} {
		if p := watchEnd(test.err, at); p.Code != test.code || p.Message("r").ResumeAfter != test.resume {
			t.Errorf("%s: %s, go on behind %q", test.name, p.Code.Name, p.Resume)
		}
	}
	if p := kit.ProblemOf(gone); p.Code.HTTP != http.StatusGone || p.Code.GRPC != codes.OutOfRange {
		t.Errorf("%d %s", p.Code.HTTP, p.Code.GRPC)
	}
}
