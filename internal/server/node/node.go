package node

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/ledger"
)

// Config is what a node needs to join a fleet.
type Config struct {
	// Self is the node: a unique id, the address where the others reach its port, and the time of its
	// start.
	Self     catalog.Node
	Registry Registry
	// Facts are what the node reports of itself with each heartbeat; nil: nothing.
	Facts func() catalog.NodeFacts
	// Secret, at least MinSecret bytes, or Files, or both.
	Secret []byte
	Files  Files
	Log    *slog.Logger
}

// Node is this node among the others: the ledger's Peers, and the port that accepts their forwarded
// groups. It is safe for concurrent use.
type Node struct {
	self     catalog.Node
	log      *slog.Logger
	fleet    *Fleet
	seal     *seal
	identity *identity
	links    links
}

// errBare says that a node has no means to prove itself.
var errBare = errors.New("nodes need a secret they share, or certificates: whoever reaches their port could write to the books")

// New returns the node. It does not read the registry before Run. An error is about the secret or
// the files.
func New(c Config) (*Node, error) {
	seal, err := newSeal(c.Secret)
	if err != nil {
		return nil, err
	}
	identity, err := newIdentity(c.Files)
	if err != nil {
		return nil, err
	}
	if seal == nil && identity == nil {
		return nil, errBare
	}
	if c.Self.ID == "" || c.Self.Address == "" {
		return nil, errors.New("a node needs an id and the address where others reach it")
	}
	c.Self.Started = c.Self.Started.Truncate(time.Millisecond)
	log := cmp.Or(c.Log, slog.New(slog.DiscardHandler))
	return &Node{
		self: c.Self, log: log, fleet: NewFleet(c.Registry, c.Self, c.Facts, log), seal: seal, identity: identity,
	}, nil
}

var _ ledger.Peers = (*Node)(nil)

// Home returns the node that is home of the slot.
func (n *Node) Home(slot uint16) (node string, own bool) { return n.fleet.Home(slot) }

// Self is this node.
func (n *Node) Self() catalog.Node { return n.self }

// Nodes returns the nodes that are alive.
func (n *Node) Nodes() []catalog.Node { return n.fleet.Nodes() }

// Acceptor carries out forwarded groups. A *ledger.Ledger is one.
type Acceptor interface {
	Accept(ctx context.Context, f *ledger.Forwarded) []ledger.Result
}

// stopWait is how long groups under way may take once the node stops.
const stopWait = 3 * time.Second

// Run takes part until ctx ends: it serves ln, sends heartbeats and reads those of the others. Then it
// reports that it is gone, answers the groups under way, and returns nil. books must run for longer than
// that.
func (n *Node) Run(ctx context.Context, ln net.Listener, books Acceptor) error {
	stopping := make(chan struct{})
	g := n.server(books, stopping)
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error {
		if err := g.Serve(ln); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			return fmt.Errorf("serve nodes on %s: %w", ln.Addr(), err)
		}
		return nil
	})
	all.Go(func() error {
		err := n.fleet.Run(ctx, n.setNodes)
		close(stopping)
		n.drain(g)
		return errors.Join(err, n.links.close())
	})
	return all.Wait()
}

// setNodes takes over a new list of nodes.
func (n *Node) setNodes(nodes []catalog.Node) {
	ids := make([]string, len(nodes))
	for i := range nodes {
		ids[i] = nodes[i].ID
	}
	n.log.Info("nodes alive", "nodes", ids)
	n.links.keep(nodes)
	for i := range nodes {
		if nodes[i].ID == n.self.ID {
			continue
		}
		if to, err := n.link(&nodes[i]); err == nil {
			to.conn.Connect() // before it is needed
		}
	}
}

// drain answers the groups under way and rejects the rest.
func (n *Node) drain(g *grpc.Server) {
	done := make(chan struct{})
	go func() {
		g.GracefulStop()
		close(done)
	}()
	late := time.NewTimer(stopWait)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		n.log.Warn("groups of other nodes were cut off")
		g.Stop()
		<-done
	}
}
