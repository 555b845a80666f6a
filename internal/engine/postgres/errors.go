package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/turn"
)

// Errors of the driver and the server are turned into those of package engine
// here. Only their texts leave this package.

// errLost says that the connection was lost, or that there is none to be had.
var errLost = engine.ErrAway

// errAgain says that the statement was not carried out for a reason that may
// be gone when it is tried again.
var errAgain = errors.New("the database was busy with others")

// errSlow is the cause of a context whose call took too long.
var errSlow = errors.New("the database did not answer in time")

// Codes of the server, see the appendix on error codes of its manual.
const (
	codeUnique        = "23505"
	codeCheck         = "23514"
	codeTwice         = "21000" // ON CONFLICT DO UPDATE meets a row twice
	codeDivision      = "22012" // how statement.go says that an item is missing
	codeMoved         = "22P02" // how it says that the head was not moved, before a COPY
	codeFull          = "53100"
	codeCancelled     = "57014"
	codeIdle          = "25P03"
	codeLockTimeout   = "55P03"
	codeSerialization = "40001"
	codeDeadlock      = "40P01"
	codeNoStatement   = "26000"
	codeNewPlan       = "0A000" // the plan's result changed: a migration ran meanwhile
	codeIO            = "58030"
	codeData          = "XX001"
	codeIndex         = "XX002"
	codeForbidden     = "42501"
	codeNoTable       = "42P01"
)

// explain turns err into an error of package engine. ctx is the call's: when it
// has ended, that is what there is to say.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	for _, known := range []error{
		engine.ErrBroken, engine.ErrFull, engine.ErrMoved, engine.ErrClosed, engine.ErrGone, engine.ErrSchema, engine.ErrUnknown,
		errLost, errAgain,
	} {
		if errors.Is(err, known) {
			return err
		}
	}
	if _, ok := errors.AsType[*engine.ExistsError](err); ok {
		return err
	}
	if ctx.Err() != nil {
		return cause(ctx)
	}
	if pe, ok := pgError(err); ok {
		return explainServer(pe)
	}
	if driver(err) {
		return fmt.Errorf("%w (%v)", errLost, err)
	}
	return err
}

// driver reports whether the error comes from the connection and not from us.
func driver(err error) bool {
	if pgconn.SafeToRetry(err) || pgconn.Timeout(err) {
		return true
	}
	var connect *pgconn.ConnectError
	var network interface{ Timeout() bool }
	return errors.As(err, &connect) || errors.As(err, &network) || strings.Contains(err.Error(), "EOF") ||
		strings.Contains(err.Error(), "conn closed")
}

func explainServer(pe *pgconn.PgError) error {
	said := fmt.Sprintf("%s, SQLSTATE %s", pe.Message, pe.Code)
	if pe.Severity == "PANIC" || pe.SeverityUnlocalized == "PANIC" {
		return fmt.Errorf("%w: the server failed in a way that it does not survive; look at its log and its disk (%s)", engine.ErrBroken, said)
	}
	switch pe.Code {
	case codeFull:
		return fmt.Errorf("%w (%s)", engine.ErrFull, said)
	case codeIO, codeData, codeIndex:
		return fmt.Errorf("%w: the server met a damaged file or a failing disk; check it before anything is written again (%s)", engine.ErrBroken, said)
	case codeIdle:
		return fmt.Errorf("the server took the lock back after it lay idle: %w", engine.ErrMoved)
	case codeSerialization, codeDeadlock, codeLockTimeout, codeNoStatement, codeNewPlan, codeCancelled:
		return fmt.Errorf("%w (%s)", errAgain, said)
	case codeCheck:
		return fmt.Errorf("a figure is out of range (%s)", said)
	case codeForbidden:
		return fmt.Errorf("the role may not do this: give it the right, or let one that has it run holdfast migrate (%s)", said)
	}
	if connectionLost(pe) {
		return fmt.Errorf("%w (%s)", errLost, said)
	}
	return errors.New(said)
}

// connectionLost reports whether the server says that it ended the session, or
// does not begin one for now.
func connectionLost(pe *pgconn.PgError) bool {
	switch {
	case strings.HasPrefix(pe.Code, "08"), strings.HasPrefix(pe.Code, "57P"), pe.Code == "53300":
		return true
	}
	return false
}

// retryable reports whether err says that nothing was done, and that it may
// be otherwise on the next try.
func retryable(err error) bool {
	return !errors.Is(err, engine.ErrUnknown) && (errors.Is(err, errLost) || errors.Is(err, errAgain))
}

// stale reports whether the statements prepared on the connection can no longer
// be used: a migration has changed the tables.
func stale(err error) bool {
	pe, ok := pgError(err)
	return ok && (pe.Code == codeNoStatement || pe.Code == codeNewPlan)
}

// cause is why a context of Engine.call ended.
func cause(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), errSlow) {
		return fmt.Errorf("%w: %w", errLost, errSlow)
	}
	return turn.Cause(ctx)
}

// outcome turns the error of a statement that may have stored a group into what
// is known about it.
func outcome(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	pe, fromServer := pgError(err)
	switch {
	case fromServer && (pe.Code == codeIdle || severity(pe) == "ERROR"):
		// The server has undone the statement. An idle transaction was ended
		// before the statement came.
		if pe.Code == codeCancelled && ctx.Err() != nil {
			return cause(ctx)
		}
		return explainServer(pe)
	case errors.Is(err, errUnsent):
		if ctx.Err() != nil {
			return cause(ctx)
		}
		return err
	case fromServer && severity(pe) == "PANIC":
		return fmt.Errorf("%w: %w", engine.ErrUnknown, explainServer(pe))
	}
	// The answer got lost, or the server ended the session: perhaps before
	// the commit, perhaps behind it.
	return fmt.Errorf("%w: the connection was lost, or its answer is no promise (%v)", engine.ErrUnknown, err)
}

func severity(pe *pgconn.PgError) string {
	if pe.SeverityUnlocalized != "" {
		return pe.SeverityUnlocalized
	}
	return pe.Severity
}
