package fleet

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/ledger"
	"holdfast.dev/holdfast/internal/server/node"
	"holdfast.dev/holdfast/internal/view"
)

// member is one node in this process, with connections of its own: the books, the journal view
// and, in a fleet that forwards, the port for the other
// nodes.
type member struct {
	name     string
	engines  []engine.Engine
	books    *ledger.Ledger
	node     *node.Node // nil: it forwards nothing
	answered atomic.Int64
	dead     atomic.Bool

	port   *port
	leave  context.CancelFunc // of the fleet
	finish context.CancelFunc // of the books
	left   chan struct{}      // closed when it has left the fleet
	all    errgroup.Group
	shut   func() error // of the engines
}

// memberConfig has the settings of a member.
type memberConfig struct {
	name   string
	ground *ground
	plots  []plot
	// fleet is where it meets the nodes that it forwards to; nil: none.
	fleet  *registry
	secret []byte
	// through changes the DSN of its database, if set; hold stops it, if set.
	through func(dsn string) (string, error)
	hold    *hold
}

// startMember opens the slots and runs the node until stop or kill.
func startMember(ctx context.Context, c memberConfig) (_ *member, err error) {
	m := &member{name: c.name, left: make(chan struct{})}
	if m.engines, m.shut, err = c.ground.open(ctx, c.plots, c.through); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, m.port.Close(), m.shut())
		}
	}()
	if c.hold != nil {
		for i, e := range m.engines {
			m.engines[i] = &heldSlot{e, c.hold}
		}
	}
	log := slog.New(slog.DiscardHandler)
	logs := feed.NewLogs(m.engines)
	journal := view.NewJournal(logs, log)
	options := []ledger.Option{ledger.WithStored(logs.Stored), ledger.WithNotify(func(p ledger.Position) { logs.Notify(p.Slot, p.Seq) })}
	if c.fleet != nil {
		if m.port, err = openPort(ctx); err != nil {
			return nil, err
		}
		m.node, err = node.New(node.Config{
			Self:     catalog.Node{ID: c.name, Address: m.port.Addr().String(), Slots: len(c.plots), Started: time.Now()},
			Registry: c.fleet, Secret: c.secret, Log: log,
		})
		if err != nil {
			return nil, err
		}
		options = append(options, ledger.WithPeers(m.node))
	}
	if m.books, err = ledger.OpenSlots(ctx, m.engines, options...); err != nil {
		return nil, err
	}
	deliveries := feed.NewRunner(log, "delivery", 100*time.Millisecond, time.Second)
	feed.ProjectEntries(deliveries, logs, ledger.DeliveryName, ledger.DeliveryPace, m.books.Deliveries())
	m.run(ctx, journal.Run, deliveries.Run)
	return m, nil
}

// run starts the parts of the node.
func (m *member) run(ctx context.Context, readers ...func(context.Context) error) {
	keep, finish := context.WithCancel(context.WithoutCancel(ctx))
	fleet, leave := context.WithCancel(keep)
	m.finish, m.leave = finish, leave
	m.all.Go(func() error { return m.books.Run(keep) })
	for _, read := range readers {
		m.all.Go(func() error {
			if err := read(keep); !errors.Is(err, context.Canceled) {
				return err
			}
			return nil
		})
	}
	m.all.Go(func() error {
		defer close(m.left)
		if m.node == nil {
			return nil
		}
		return m.node.Run(fleet, m.port, m.books)
	})
}

// stop ends the node as SIGTERM does: it leaves the fleet, then the books are closed. A killed
// node has ended already.
func (m *member) stop() error {
	if m.dead.Load() {
		return nil
	}
	m.leave()
	<-m.left
	m.finish()
	if err := errors.Join(m.all.Wait(), m.shut()); err != nil {
		return fmt.Errorf("stop node %s: %w", m.name, err)
	}
	return nil
}

// kill ends the node as far as this is possible in one process: it is silent from then
// on, its connections are cut, and its books are abandoned with all work under way.
func (m *member) kill(fleet *registry) error {
	m.dead.Store(true)
	fleet.silence(m.name)
	err := errors.Join(m.port.cut(), m.shut())
	m.leave()
	m.finish()
	// Work under way met closed engines and connections, which is the point.
	if ended := m.all.Wait(); !errors.Is(ended, engine.ErrClosed) && !errors.Is(ended, net.ErrClosed) {
		err = errors.Join(err, ended)
	}
	if err != nil {
		return fmt.Errorf("kill node %s: %w", m.name, err)
	}
	return nil
}

// port is a listener whose connections can be cut.
type port struct {
	net.Listener
	mu    sync.Mutex
	conns []net.Conn
	over  bool
}

func openPort(ctx context.Context) (*port, error) {
	ln, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &port{Listener: ln}, nil
}

// Accept waits for the next connection.
func (p *port) Accept() (net.Conn, error) {
	c, err := p.Listener.Accept()
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.over {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	p.conns = append(p.conns, c)
	return c, nil
}

// Close closes the port, if there is one.
func (p *port) Close() error {
	if p == nil {
		return nil
	}
	return p.Listener.Close()
}

// cut closes the port and all its connections at once.
func (p *port) cut() error {
	if p == nil {
		return nil
	}
	err := p.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	return errors.Join(err, hangUp(p.conns...))
}
