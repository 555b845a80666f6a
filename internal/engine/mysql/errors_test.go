package mysql

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	driver "github.com/go-sql-driver/mysql"

	"holdfast.dev/holdfast/internal/engine"
)

func TestExplain(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		number uint16
		text   string
		want   error // nil: none of package engine
	}{
		{"the table is full", 1114, "The table 'holdfast_0_log' is full", engine.ErrFull},
		{"the disk is full", 1021, "Disk full (/tmp); waiting for someone to free some space", engine.ErrFull},
		{"the disk is full, says a storage engine", 1030, `Got error 28 "No space left on device" from storage engine InnoDB`, engine.ErrFull},
		{"a storage engine without words", 1030, `Got error 168 "Unknown (generic) error from engine" from storage engine`, engine.ErrBroken},
		{"an index is damaged", 1034, "Index for table 'holdfast_0_hold' is corrupt; try to repair it", engine.ErrBroken},
		{"a table is damaged", 1877, "Table is corrupted", engine.ErrBroken},
		{"the server is a replica", 1290, "The MariaDB server is running with the --read-only option", nil},
		{"InnoDB is read only", 1836, "Running in read-only mode", nil},
		{"a figure is out of range", 4025, "CONSTRAINT `holdfast_0_item.held` failed", nil},
		{"an unknown error", 1, "what?", nil},
	} {
		raw := &driver.MySQLError{Number: tc.number, Message: tc.text}
		err := explain(fmt.Errorf("append: %w", raw))
		for _, e := range []error{engine.ErrFull, engine.ErrBroken, engine.ErrUnknown, engine.ErrMoved} {
			if errors.Is(err, e) != errors.Is(tc.want, e) {
				t.Errorf("%s: %v, want %v", tc.name, err, tc.want)
			}
		}
		if leaked, ok := errors.AsType[*driver.MySQLError](err); ok {
			t.Errorf("%s: the driver's error leaves the package: %v", tc.name, leaked)
		}
	}
}

func TestWhatIsKnownAfterAnError(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name                string
		code                code
		ends, undone, again bool
	}{
		{"a lost comparison", errNull, false, true, false},
		{"a key that exists", errDuplicate, false, true, false},
		{"a deadlock", errDeadlock, false, true, true},
		{"a lock that is not to be had", errLockWait, false, true, true},
		{"a log without a part", errNoPart, false, true, false},
		{"a table that is full", 1114, false, true, false},
		{"a server that is read only", 1290, false, true, false},
		{"a session that was killed", 1927, true, false, false},
		{"a session that was idle", 4031, true, false, false},
		{"a statement that was killed, maybe the COMMIT", 1317, true, false, false},
		{"a shutdown", 1053, true, false, false},
		{"a node without a part in its cluster", errNotReady, true, false, false},
		{"an error during the COMMIT", 1180, false, false, false},
		{"an error nobody has heard of", 65000, false, false, false},
	} {
		if tc.code.endsSession() != tc.ends || tc.code.undone() != tc.undone || tc.code.isRetryable() != tc.again {
			t.Errorf("%s: ends the session %t, undone %t, again %t", tc.name, tc.code.endsSession(), tc.code.undone(), tc.code.isRetryable())
		}
	}
}

func TestWhatIsTriedAgain(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		err   error
		least int // tries that are allowed at once
		most  int
	}{
		"a conflict":            {&driver.MySQLError{Number: 1213}, tries + 1, 1 << 30},
		"a lock":                {&driver.MySQLError{Number: 1205}, tries + 1, 1 << 30},
		"a lost connection":     {&lostError{why: "gone"}, tries - 1, tries - 1},
		"a comparison":          {&driver.MySQLError{Number: 1048}, 0, 0},
		"an error of no server": {errors.New("no"), 0, 0},
	} {
		var f effort
		n := 0
		for n <= tries && f.pauseForRetry(t.Context(), nil, tc.err) == nil {
			n++
		}
		if n < tc.least || n > tc.most {
			t.Errorf("%s was tried again %d times", name, n)
		}
	}
	f := effort{tried: tries, until: time.Now().Add(-time.Second)}
	if err := f.pauseForRetry(t.Context(), nil, &driver.MySQLError{Number: 1213}); err == nil {
		t.Error("a conflict is tried again for ever")
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	if err := unreachable(t.Context(), &driver.MySQLError{Number: 1045}); isLost(err) {
		t.Errorf("a wrong password is tried again: %v", err)
	}
	if err := unreachable(t.Context(), &driver.MySQLError{Number: 1040}); !isLost(err) {
		t.Errorf("too many connections are not tried again: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := unreachable(ctx, errors.New("operation was canceled")); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ended: %v", err)
	}
}

func TestPacketsAreCutBetweenStatements(t *testing.T) {
	t.Parallel()
	var x text
	for range 5 {
		x.writeSQL("123456789").end()
	}
	for _, tc := range []struct{ size, want int }{{100, 1}, {50, 1}, {49, 2}, {20, 3}, {19, 5}, {10, 5}} {
		got, err := x.packets(tc.size, textBlock{})
		if err != nil || len(got) != tc.want {
			t.Errorf("of %d bytes: %q, %v, want %d", tc.size, got, err, tc.want)
		}
		all := ""
		for _, p := range got {
			all += p
			if len(p) > tc.size {
				t.Errorf("of %d bytes: one of %d", tc.size, len(p))
			}
		}
		if all != string(x.b) {
			t.Errorf("of %d bytes: %q", tc.size, all)
		}
	}
	within := textBlock{"BEGIN NOT ATOMIC ", "END"}
	for _, tc := range []struct {
		size int
		want string
	}{{70, within.begin + string(x.b) + within.end}, {69, string(x.b)}} {
		if got, err := x.packets(tc.size, within); err != nil || len(got) != 1 || got[0] != tc.want {
			t.Errorf("of %d bytes, in a block: %q, %v, want %q", tc.size, got, err, tc.want)
		}
	}
	if got, err := x.packets(49, within); err != nil || strings.Join(got, "") != string(x.b) {
		t.Errorf("a text that is cut is in a block: %q, %v", got, err)
	}
	if _, err := x.packets(9, textBlock{}); err == nil {
		t.Error("a statement that is larger than a packet was cut")
	}
}
