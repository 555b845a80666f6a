package postgres

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/engine"
)

func TestErrorsOfTheServerAreTurnedIntoOurs(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name     string
		err      error
		is       error // the error that the caller receives
		appended error // and when it may have stored a group; nil: the same
	}{
		{"the disk is full", &pgconn.PgError{Severity: "ERROR", Code: "53100"}, engine.ErrFull, nil},
		{"a page is damaged", &pgconn.PgError{Severity: "ERROR", Code: "XX001"}, engine.ErrBroken, nil},
		{"an index is damaged", &pgconn.PgError{Severity: "ERROR", Code: "XX002"}, engine.ErrBroken, nil},
		{"the disk cannot be read", &pgconn.PgError{Severity: "ERROR", Code: "58030"}, engine.ErrBroken, nil},
		{"the server panics", &pgconn.PgError{Severity: "PANIC", Code: "53100"}, engine.ErrBroken, engine.ErrUnknown},
		{"the lock lay idle", &pgconn.PgError{Severity: "FATAL", Code: "25P03"}, engine.ErrMoved, nil},
		{"the session is ended", &pgconn.PgError{Severity: "FATAL", Code: "57P01"}, errLost, engine.ErrUnknown},
		{"the server has crashed", &pgconn.PgError{Severity: "WARNING", Code: "57P02"}, errLost, engine.ErrUnknown},
		{"the server is starting", &pgconn.PgError{Severity: "FATAL", Code: "57P03"}, errLost, engine.ErrUnknown},
		{"there are too many connections", &pgconn.PgError{Severity: "FATAL", Code: "53300"}, errLost, engine.ErrUnknown},
		{"two transactions wait for each other", &pgconn.PgError{Severity: "ERROR", Code: "40P01"}, errAgain, nil},
		{"a transaction cannot be put in order", &pgconn.PgError{Severity: "ERROR", Code: "40001"}, errAgain, nil},
		{"a lock is not to be had", &pgconn.PgError{Severity: "ERROR", Code: "55P03"}, errAgain, nil},
		{"a statement was stopped by somebody", &pgconn.PgError{Severity: "ERROR", Code: "57014"}, errAgain, nil},
		{"the connection ends", io.ErrUnexpectedEOF, errLost, engine.ErrUnknown},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			appended := tc.appended
			if appended == nil {
				appended = tc.is
			}
			for what, got := range map[string][2]error{
				"a read":    {explain(context.Background(), tc.err), tc.is},
				"an append": {outcome(context.Background(), tc.err), appended},
			} {
				if !errors.Is(got[0], got[1]) {
					t.Errorf("%s: %v, want %v", what, got[0], got[1])
				}
				if leaked, ok := errors.AsType[*pgconn.PgError](got[0]); ok {
					t.Errorf("%s: the driver's error leaves the package: %v", what, leaked)
				}
			}
		})
	}
}

func TestAnEndedContextIsWhatThereIsToSay(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	stopped := &pgconn.PgError{Severity: "ERROR", Code: "57014"}
	for what, err := range map[string]error{
		"a read that was stopped":    explain(ctx, stopped),
		"an append that was stopped": outcome(ctx, stopped),
	} {
		if !errors.Is(err, context.Canceled) || errors.Is(err, engine.ErrUnknown) {
			t.Errorf("%s: %v, want the context's error alone", what, err)
		}
	}
	if err := outcome(ctx, io.EOF); !errors.Is(err, engine.ErrUnknown) {
		t.Errorf("an append without an answer: %v, want ErrUnknown", err)
	}
}
