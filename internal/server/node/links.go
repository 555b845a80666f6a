package node

import (
	"errors"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"

	"holdfast.dev/holdfast/internal/catalog"
)

// link returns the connection to the node, a new one when there is none.
func (n *Node) link(to *catalog.Node) (*link, error) {
	return n.links.get(to.Address, func() (*grpc.ClientConn, error) {
		creds := insecure.NewCredentials() // the messages are signed then
		if n.identity != nil {
			config, err := n.identity.client()
			if err != nil {
				return nil, err
			}
			creds = credentials.NewTLS(config)
		}
		// The address goes to the dialer unchanged, which resolves names again.
		return grpc.NewClient("passthrough:///"+to.Address,
			grpc.WithTransportCredentials(creds),
			grpc.WithConnectParams(grpc.ConnectParams{
				Backoff:           backoff.Config{BaseDelay: 100 * time.Millisecond, Multiplier: 2, Jitter: 0.2, MaxDelay: 2 * time.Second},
				MinConnectTimeout: time.Second,
			}),
			grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: pingAfter, Timeout: pingWait, PermitWithoutStream: true}),
			grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxMessage), grpc.MaxCallSendMsgSize(maxMessage)),
			grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
			grpc.WithNoProxy(), grpc.WithDisableRetry(), grpc.WithDisableServiceConfig(),
		)
	})
}

// links are the connections to other nodes, by address.
type links struct {
	mu     sync.Mutex
	open   map[string]*link
	closed bool
}

func (l *links) get(address string, dial func() (*grpc.ClientConn, error)) (*link, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if to := l.open[address]; to != nil {
		return to, nil
	}
	if l.closed {
		return nil, errors.New("the node is stopping")
	}
	conn, err := dial()
	if err != nil {
		return nil, err
	}
	if l.open == nil {
		l.open = map[string]*link{}
	}
	to := &link{conn: conn}
	l.open[address] = to
	return to, nil
}

// keep closes the connections to all but these nodes.
func (l *links) keep(nodes []catalog.Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	alive := make(map[string]bool, len(nodes))
	for i := range nodes {
		alive[nodes[i].Address] = true
	}
	for address, to := range l.open {
		if !alive[address] {
			_ = to.close() // it is gone anyway
			delete(l.open, address)
		}
	}
}

// close closes all, for good.
func (l *links) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	var errs []error
	for address, to := range l.open {
		errs = append(errs, to.close())
		delete(l.open, address)
	}
	return errors.Join(errs...)
}
