package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"holdfast.dev/holdfast/internal/primary"
)

// errUnreplicated says that a commit has succeeded on the primary and that its
// standby may not have it.
var errUnreplicated = errors.New("the wait for the standby was cancelled, it may not have the group")

// waitCancelled is where a connection remembers the notice.
const waitCancelled = "holdfast: wait for the standby cancelled"

// noteCancelledWait notes on the connection that the wait of a commit was cancelled.
func noteCancelledWait(pc *pgconn.PgConn, n *pgconn.Notice) {
	if primary.WaitCancelled(n) {
		pc.CustomData()[waitCancelled] = true
	}
}

// unreplicated reports whether the wait of a commit of the connection was
// cancelled since it was asked last.
func unreplicated(pc *pgconn.PgConn) bool {
	data := pc.CustomData()
	if len(data) == 0 {
		return false
	}
	_, cancelled := data[waitCancelled]
	delete(data, waitCancelled)
	return cancelled
}
