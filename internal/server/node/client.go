package node

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
	"google.golang.org/protobuf/proto"

	nodev1 "holdfast.dev/holdfast/api/holdfast/node/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
)

// Forward has the node carry out the group.
func (n *Node) Forward(ctx context.Context, node string, f *ledger.Forwarded) ([]ledger.Result, error) {
	to := n.fleet.find(node)
	if to == nil {
		return nil, fmt.Errorf("node %q is gone: %w", node, ledger.ErrNotSent)
	}
	conn, err := n.link(to)
	if err != nil {
		return nil, fmt.Errorf("reach node %q: %w: %w", node, ledger.ErrNotSent, err)
	}
	r := &nodev1.ForwardRequest{Group: ledger.AppendForwarded(nil, f)}
	if n.seal != nil {
		r.SentAt = n.seal.now().UnixMilli()
		r.Nonce = make([]byte, nonceSize)
		rand.Read(r.Nonce) // it never fails
		r.Mac = n.seal.asked(to, r)
	}
	if size := proto.Size(r); size > maxMessage {
		return nil, fmt.Errorf("a group of %d bytes, %d are the most: %w", size, maxMessage, ledger.ErrNotSent)
	}
	a, err := nodev1.NewNodeServiceClient(conn).Forward(ctx, r)
	if err != nil {
		return nil, fmt.Errorf("ask node %q: %w", node, err)
	}
	if n.seal != nil && !hmac.Equal(a.Mac, n.seal.answered(r, a)) {
		return nil, fmt.Errorf("answer of node %q: %w", node, errForged)
	}
	return ledger.ReadResults(a.Results)
}

// link returns the connection to the node, a new one when there is none.
func (n *Node) link(to *catalog.Node) (*grpc.ClientConn, error) {
	return n.links.get(to.Address, func() (*grpc.ClientConn, error) {
		creds := insecure.NewCredentials() // the messages are signed then
		if n.identity != nil {
			config, err := n.identity.client()
			if err != nil {
				return nil, err
			}
			creds = credentials.NewTLS(config)
		}
		// The address goes to the dialer as it is, which looks up names anew.
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
	open   map[string]*grpc.ClientConn
	closed bool
}

func (l *links) get(address string, dial func() (*grpc.ClientConn, error)) (*grpc.ClientConn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.open[address]; c != nil {
		return c, nil
	}
	if l.closed {
		return nil, errors.New("the node is stopping")
	}
	c, err := dial()
	if err != nil {
		return nil, err
	}
	if l.open == nil {
		l.open = map[string]*grpc.ClientConn{}
	}
	l.open[address] = c
	return c, nil
}

// keep closes the connections to all but these nodes.
func (l *links) keep(nodes []catalog.Node) {
	l.mu.Lock()
	defer l.mu.Unlock()
	alive := make(map[string]bool, len(nodes))
	for i := range nodes {
		alive[nodes[i].Address] = true
	}
	for address, c := range l.open {
		if !alive[address] {
			_ = c.Close() // it is gone anyway
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
	for address, c := range l.open {
		errs = append(errs, c.Close())
		delete(l.open, address)
	}
	return errors.Join(errs...)
}
