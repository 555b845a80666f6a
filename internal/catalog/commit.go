package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// closeMost is how long Close waits for commits that are under way.
const closeMost = 5 * time.Second

// errClosing says that a write came when the catalog was being closed.
var errClosing = fmt.Errorf("the catalog is being closed, nothing was stored: %w", ErrUnavailable)

// session is a connection whose commits wait for a standby.
type session interface {
	// waitCancelled reports whether the last commit was answered although its
	// standby does not have it.
	waitCancelled() bool
	// hangUp closes the connection at once, also under a commit, which the
	// server completes or not.
	hangUp()
	// hasMoved reports whether the cluster has another primary than the server of this
	// connection.
	hasMoved(context.Context) bool
}

// How long a commit waits until it is looked whether its server has been left, and
// how often it is looked then.
const (
	stuckFor  = 5 * time.Second
	lookEvery = time.Second
)

// commits is the commits of a store whose database has sessions.
type commits struct {
	// doubted counts commits with an unknown outcome; those up to proven were
	// followed by a commit that its standby has.
	doubted, proven atomic.Int64

	mu       sync.Mutex
	closing  bool
	underway map[session]struct{}
	done     sync.WaitGroup
}

// isDoubtful reports whether something may be visible that no standby has.
func (c *commits) isDoubtful() bool { return c.proven.Load() < c.doubted.Load() }

// prove notes that a standby has what the first doubts are about.
func (c *commits) prove(doubts int64) {
	for {
		proven := c.proven.Load()
		if proven >= doubts || c.proven.CompareAndSwap(proven, doubts) {
			return
		}
	}
}

// start runs carry in a goroutine, unless the store is being closed.
func (c *commits) start(on session, carry func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closing {
		return false
	}
	if c.underway == nil {
		c.underway = make(map[session]struct{})
	}
	c.underway[on] = struct{}{}
	c.done.Go(carry)
	return true
}

// end notes that the commit of a session is over. Only then may the session
// have another one.
func (c *commits) end(on session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.underway, on)
}

func (c *commits) closed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.closing
}

// refuse lets no commit begin from now on.
func (c *commits) refuse() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
}

// abandon refuses and hangs up on the commits under way.
func (c *commits) abandon() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closing = true
	for on := range c.underway {
		on.hangUp()
	}
}

// commit commits tx and frees its connection afterwards. If commits wait for a
// standby, nothing in this process ends that wait: the caller leaves when its
// time is up, and a goroutine in the background waits for the commit.
func (s *store) commit(ctx context.Context, w *write, conn *sql.Conn, tx *sql.Tx, free func()) error {
	if s.sessionOf == nil {
		defer free()
		defer tx.Rollback() // when it was not tried
		return w.fault(s.file.Sync(func() error { return w.fault(tx.Commit()) }))
	}
	on, err := s.sessionOf(conn)
	answer := make(chan error, 1)
	if err == nil && !s.commits.start(on, func() {
		err := s.conclude(w, on, tx)
		s.commits.end(on)
		free()
		answer <- err
	}) {
		err = errClosing
	}
	if err != nil {
		_ = tx.Rollback() // there is an error to return
		free()
		return w.fault(err)
	}
	most := time.NewTimer(writeMost)
	defer most.Stop()
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", ErrIndeterminate, ctx.Err())
	case <-most.C:
		return fmt.Errorf("%w: %w", ErrIndeterminate, errTooSlow)
	}
}

// leave hangs up on a commit that waits on a server which its cluster has left. It
// looks out until stop is called.
func leave(on session) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	look := time.AfterFunc(stuckFor, func() {
		for ctx.Err() == nil {
			if on.hasMoved(ctx) {
				on.hangUp()
				return
			}
			select {
			case <-time.After(lookEvery):
			case <-ctx.Done():
			}
		}
	})
	return func() {
		cancel()
		look.Stop()
	}
}

// conclude sends the COMMIT of tx and returns its outcome.
func (s *store) conclude(w *write, on session, tx *sql.Tx) error {
	doubts := s.commits.doubted.Load()
	stop := leave(on)
	err := tx.Commit()
	stop()
	switch {
	case err == nil && !on.waitCancelled():
		s.commits.prove(doubts)
		return nil
	case err == nil:
		err = fmt.Errorf("%w: the wait for the standby was cancelled", ErrIndeterminate)
	case s.refused(err):
		return w.fault(err)
	default:
		err = fmt.Errorf("%w: %w", ErrIndeterminate, w.fault(err))
	}
	s.commits.doubted.Add(1)
	return err
}

// prove asks again what has answered that an earlier write is stored, so that
// the answer may be given. It is nothing where commits wait for no standby.
//
// A row may be visible that no standby has: the wait of its commit was
// cancelled, or the server crashed and recovered it. A caller that answers "it
// is stored" from that row acknowledges data that a failover loses. So the row
// is read in a transaction that may write, on the server that is the primary,
// and that transaction commits (see transact). The WAL is one sequence: when
// the standby has this commit, it has every commit that the transaction saw. No
// memory of doubts is needed for that, so it holds after a restart of this
// process and for doubts of others.
//
// Every other read needs no proof, because it acknowledges nothing: settings,
// keys, lists, and the outcome "not stored". Those continue while the standby
// is away.
func (s *store) prove(ctx context.Context, ask func(*read) error) error {
	if s.sessionOf == nil {
		return nil
	}
	return s.transact(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead}, func(w *write, _ func() error) error {
		return ask(&w.read)
	})
}

// decide reads, on a snapshot, the data that writes are decided by. It is
// called too often for a commit each time, so there is a proof only while this
// process knows of a doubt.
func (s *store) decide(ctx context.Context, ask func(*read) error) error {
	if s.commits.isDoubtful() {
		return s.prove(ctx, ask)
	}
	return s.read(ctx, ask)
}
