package postgres

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
)

// What the server says when somebody cancels the wait of a commit for its
// standby: the code and the function that says it, since the text is translated
// (src/backend/replication/syncrep.c).
const (
	codeWarning = "01000"
	syncRepWait = "SyncRepWaitForLSN"
)

// errUnreplicated says that a commit has succeeded on the primary and that its
// standby may not have it.
var errUnreplicated = errors.New("the wait for the standby was cancelled, it may not have the group")

// waitCancelled is where a connection remembers the notice.
const waitCancelled = "holdfast: wait for the standby cancelled"

// heed notes on the connection that the wait of a commit was cancelled.
func heed(pc *pgconn.PgConn, n *pgconn.Notice) {
	if n.Code == codeWarning && n.Routine == syncRepWait {
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
