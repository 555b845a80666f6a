package primary

import (
	"context"
	"errors"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// deadAfter is how long bytes may wait for the server's acknowledgement, and
// about how long a silent connection is taken for alive.
const deadAfter = 15 * time.Second

// Dialer makes connections that find out that their server is gone.
func Dialer() *net.Dialer {
	return &net.Dialer{
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: deadAfter / 3, Interval: deadAfter / 5, Count: 3},
		Control: func(network, _ string, c syscall.RawConn) error {
			if strings.HasPrefix(network, "tcp") {
				return noticeDead(c, deadAfter)
			}
			return nil
		},
	}
}

// connecting marks the context of a connection that is being made.
type connecting struct{}

// Connecting marks the context of a connection that is being made, see NeverCancel.
func Connecting(ctx context.Context) context.Context {
	return context.WithValue(ctx, connecting{}, true)
}

// NeverCancel dials for connections that are being made with a context of
// Connecting, and for nothing else. The driver sends a CancelRequest for each
// connection that it gives up, and dials for it with a context of its own; one that
// meets a COMMIT which waits for its standby would end the wait, not the commit.
func NeverCancel(dial pgconn.DialFunc) pgconn.DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		if ctx.Value(connecting{}) == nil {
			return nil, errNoCancel
		}
		return dial(ctx, network, address)
	}
}

var errNoCancel = errors.New("what runs on this connection is not cancelled")

// WaitCancelled reports whether the notice says that the server has answered a
// COMMIT although its wait for the standby was cancelled: by an administrator, a
// timeout or a shutdown. It goes by the code and by the function that says it,
// since the text is translated (src/backend/replication/syncrep.c).
func WaitCancelled(n *pgconn.Notice) bool {
	return n.Code == "01000" && n.Routine == "SyncRepWaitForLSN"
}
