package mysql

import (
	"context"
	"errors"
	"fmt"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/engine"
)

// code is the number of an error of the server. Both servers share those
// below; where they differ both are listed.
type code uint16

const (
	errDuplicate       code = 1062
	errNull            code = 1048
	errDeadlock        code = 1213
	errLockWait        code = 1205
	errNoPart          code = 1526
	errNoTable         code = 1146
	errNoThread        code = 1094
	errCheckMaria      code = 4025
	errCheckMySQL      code = 3819
	errTimeoutMaria    code = 1969
	errTimeoutMySQL    code = 3024
	errChangedTable    code = 1412
	errSamePart        code = 1517
	errPartsAscend     code = 1493
	errNoSuchPart      code = 1507
	errTooLong         code = 1406
	errOutOfRange      code = 1264
	errTooLarge        code = 1153
	errDenied          code = 1045
	errDeniedDatabase  code = 1044
	errUnknownDatabase code = 1049

	// errNotReady is what a node says that has no part in its Galera cluster.
	errNotReady code = 1047

	errReadOnly            code = 1290
	errReadOnlyTransaction code = 1792
	errReadOnlyMode        code = 1836
)

// codeOf is the server's number of err, 0 when err is not the server's.
func codeOf(err error) code {
	if e, ok := errors.AsType[*driver.MySQLError](err); ok {
		return code(e.Number)
	}
	return 0
}

// endsSession reports whether the session is over when the server says this.
func (c code) endsSession() bool {
	switch c {
	case 1053, // shutdown in progress
		1152, 1158, 1159, 1160, 1161, 1184, // the connection is aborted
		1317,       // interrupted: somebody has killed the statement, and its outcome is unknown
		1927, 3169, // killed
		errNotReady,
		4031: // idle for too long
		return true
	}
	return false
}

// undone reports whether this code means, for every statement, that it has not
// been carried out and the transaction is still open or was rolled back. After
// any other error the outcome of a commit is unknown.
func (c code) undone() bool {
	switch c {
	case errDuplicate, errNull, errDeadlock, errLockWait, errNoPart, errNoTable, errCheckMaria, errCheckMySQL,
		errTimeoutMaria, errTimeoutMySQL, errChangedTable, errTooLong, errOutOfRange, errTooLarge,
		1364, 1366, 1292, // values that do not fit
		1054, 1064, 1142, 1143, // the statement does not fit the schema or the rights
		1021, 1114, 1041, 1037, 1038, // no room
		errReadOnly, errReadOnlyTransaction, errReadOnlyMode:
		return true
	}
	return false
}

// readOnly reports whether the server takes no writes.
func (c code) readOnly() bool {
	return c == errReadOnly || c == errReadOnlyTransaction || c == errReadOnlyMode
}

// overtaken reports whether a migration met what another process does or has
// done.
func (c code) overtaken() bool {
	switch c {
	case errDeadlock, errLockWait, errChangedTable, errDuplicate,
		1050, 1060, 1061: // the table, the column, the index is there
		return true
	}
	return false
}

// crowded reports whether the server takes no more connections.
func (c code) crowded() bool { return c == 1040 || c == 1203 || c == 1226 }

// isRetryable reports whether the transaction can be tried again at once (FAULTS
// F14): the server has chosen it to give way, nothing was stored.
func (c code) isRetryable() bool { return c == errDeadlock || c == errLockWait || c == errChangedTable }

var errClosed = engine.ErrClosed

// lostError says that the connection has ended, or that there was none to be had.
type lostError struct {
	why string
	// crowded says that the server is alive and has no room for one more
	// connection.
	crowded bool
}

func (e *lostError) Error() string { return "the connection to the database was lost (" + e.why + ")" }

// Is makes it an engine.ErrAway.
func (e *lostError) Is(target error) bool { return target == engine.ErrAway }

func awayError(err error) error { return &lostError{why: err.Error()} }

func isLost(err error) bool {
	_, ok := errors.AsType[*lostError](err)
	return ok
}

// lostRecords says that the database does not have a record that this process
// has seen.
func lostRecords(seq engine.Seq) error { return fmt.Errorf("record %d: %w", seq, engine.ErrLost) }

// broken is an engine.ErrBroken with its reason.
func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", engine.ErrBroken, fmt.Sprintf(format, args...))
}

// unreachable explains why no connection could be opened.
func unreachable(ctx context.Context, err error) error {
	switch codeOf(err) {
	case errDenied, errDeniedDatabase:
		return fmt.Errorf("the server refuses the user: check user, password and rights in the DSN (%v)", err)
	case errUnknownDatabase:
		return fmt.Errorf("the server does not have the database: CREATE DATABASE it first (%v)", err)
	case 0:
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return &lostError{why: fmt.Sprintf("cannot connect: %v", err), crowded: codeOf(err).crowded()}
}

// explain turns an error into one of package engine. An error that it does not
// know keeps the server's text. No error of the driver leaves the package.
func explain(err error) error {
	c := codeOf(err)
	if c == 0 {
		return err
	}
	switch c {
	case 1021, 1114:
		return fmt.Errorf("%w (%v)", engine.ErrFull, err)
	case errReadOnly, errReadOnlyTransaction, errReadOnlyMode:
		return fmt.Errorf("the database is read only: is this the primary? (%v)", err)
	case 1034, 1035, 1194, 1712, 1877, 1030, 1032:
		// 1030 is what a storage engine says that has no words for it; of those
		// only errno 28 and 135, 136 are no damage.
		if c == 1030 && full(err) {
			return fmt.Errorf("%w (%v)", engine.ErrFull, err)
		}
		return broken("the database reports damage: look at its log, restore it from a backup (%v)", err)
	case errCheckMaria, errCheckMySQL, errOutOfRange:
		return fmt.Errorf("a figure of the group is out of range, or an item that is said to exist does not (%v)", err)
	case errTooLong, 1366:
		return fmt.Errorf("an id of the group is too long or not text (%v)", err)
	case errTimeoutMaria, errTimeoutMySQL:
		return fmt.Errorf("the database took longer than %v (%v)", readTime, err)
	case errLockWait:
		return fmt.Errorf("another holds what is wanted for longer than %v (%v)", lockWait, err)
	}
	return fmt.Errorf("the database says: %v", err)
}

// full reports whether a storage engine's error number says that there is no
// room: ENOSPC, HA_ERR_RECORD_FILE_FULL, HA_ERR_INDEX_FILE_FULL.
func full(err error) bool {
	var n int
	e, ok := errors.AsType[*driver.MySQLError](err)
	if !ok {
		return false
	}
	if _, serr := fmt.Sscanf(e.Message, "Got error %d", &n); serr != nil {
		return false
	}
	return n == 28 || n == 135 || n == 136
}
