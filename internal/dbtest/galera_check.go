package dbtest

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// checkWithin bounds what haproxy waits for.
const checkWithin = 2 * time.Second

// startCheck starts the server that haproxy asks about a node, and returns its
// port. The server answers 200 while the node is synced: a server that lets
// clients in may still be cut off from its group, or lack what the others have. It
// ends with the test.
func startCheck(tb testing.TB, n *galeraNode) (port int, err error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	answer := func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), checkWithin)
		defer cancel()
		if err := n.synced(ctx); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}
	server := &http.Server{Handler: http.HandlerFunc(answer), ReadHeaderTimeout: checkWithin}
	ended := make(chan struct{})
	go func() {
		_ = server.Serve(listener) // until it is closed
		close(ended)
	}()
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
		<-ended
	})
	return listener.Addr().(*net.TCPAddr).Port, nil
}
