package mysql

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Galera
//
// The nodes of a Galera cluster put write sets into one order and carry them out
// one after another, each node when it gets there. A node may be behind when it
// is asked. A transaction learns at its COMMIT, or earlier, that another node
// has changed its rows (error 1213, the same as for a deadlock). So:
//
//   - Each session sets wsrep_sync_wait: a statement that reads, and START
//     TRANSACTION, wait until the node has carried out all that was ordered
//     before. Within a transaction nothing waits, and nothing has to.
//   - Error 1213 means that nothing was stored. A read, or a store without a
//     lock, is tried again. A lock of the head is lost with it
//     (engine.ErrMoved), because the lock does not keep out sessions on other
//     nodes: the first commit wins.
//   - Error 1047 means that the node is not part of its cluster. It is treated
//     like a lost connection.
//   - Only a node that has everything its cluster has can prove that the log
//     lacks a record (judge).
//   - The outcome of a commit can be determined on any node: fence.go.

// cluster is what a node reports about its Galera cluster.
type cluster struct {
	ready, primary bool
	// without says that the server is a node of no cluster: it has wsrep_on, and
	// nothing that replicates.
	without bool
	// state is 4 when the node has all that the cluster has, 2 when it also
	// gives another all it has.
	state   int
	comment string // of the state
	size    int
	// uuid names the cluster's history.
	uuid string
}

// stateSynced is the state of a node that keeps up with its cluster.
const stateSynced = 4

// cluster asks the node what it says of its cluster.
func (c *conn) cluster(ctx context.Context) (s cluster, err error) {
	t := new(text).writeSQL("SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready','wsrep_cluster_status',",
		"'wsrep_local_state','wsrep_local_state_comment','wsrep_cluster_size','wsrep_cluster_state_uuid')")
	err = c.ask(ctx, t, func(r row) error {
		value := r.str(1)
		switch strings.ToLower(r.str(0)) {
		case "wsrep_ready":
			s.ready = !isOff(value)
		case "wsrep_cluster_status":
			s.primary, s.without = strings.EqualFold(value, "primary"), strings.EqualFold(value, "disconnected")
		case "wsrep_local_state":
			s.state, _ = strconv.Atoi(value) // 0: as good as none
		case "wsrep_local_state_comment":
			s.comment = value
		case "wsrep_cluster_size":
			s.size, _ = strconv.Atoi(value)
		case "wsrep_cluster_state_uuid":
			s.uuid = value
		}
		return nil
	})
	return s, err
}

// usable reports whether the node answers with what its cluster has, after a wait
// if need be.
func (s *cluster) usable() bool { return s.ready && s.primary }

// synced reports whether the node keeps up with its cluster.
func (s *cluster) synced() bool { return s.usable() && s.state == stateSynced }

func (s *cluster) String() string {
	part := "the primary part"
	if !s.primary {
		part = "no primary part"
	}
	return fmt.Sprintf("%s, ready %t, in %s of %d nodes", s.comment, s.ready, part, s.size)
}

// joinCluster makes the session wait for what the cluster has ordered. It refuses
// a node that has no part in it.
func (c *conn) joinCluster(ctx context.Context) error {
	s, err := c.cluster(ctx)
	if err != nil {
		return err
	}
	if s.ready && s.without {
		c.galera = false
		return nil
	}
	if !s.usable() {
		return &lostError{why: "the Galera node has no part in its cluster (" + s.String() + ")"}
	}
	c.behind = !s.synced()
	return c.exec(ctx, "SET SESSION wsrep_sync_wait=@@GLOBAL.wsrep_sync_wait|1")
}

// judge returns the error of a log in which a record that was seen seemed to be
// missing. It ends the transaction of c and looks once more: a node of a Galera
// cluster may be behind, so there it counts only what the node says while it
// keeps up with its cluster, before and after.
func (e *Engine) judge(ctx context.Context, c *conn, seq engine.Seq, hash [32]byte) error {
	if e.d.only && c.choice {
		return &lostError{why: "the replica is behind another one"}
	}
	if err := c.exec(ctx, "ROLLBACK"); err != nil {
		return err
	}
	if err := c.checkKeepsUp(ctx); err != nil {
		return err
	}
	has, err := e.has(ctx, c, seq, hash)
	if err == nil {
		err = c.checkKeepsUp(ctx)
	}
	switch {
	case err != nil:
		return err
	case has:
		return &lostError{why: fmt.Sprintf("record %d was not there at first", seq)}
	}
	return lostRecords(seq)
}

// judgeShown is judge of the newest record that callers have seen.
func (e *Engine) judgeShown(ctx context.Context, c *conn) error {
	seq, hash := e.shown.Record()
	return e.judge(ctx, c, seq, hash)
}

// checkKeepsUp returns a lostError when c leads to a node that is behind its cluster.
func (c *conn) checkKeepsUp(ctx context.Context) error {
	if !c.galera {
		return nil
	}
	s, err := c.cluster(ctx)
	if err == nil && !s.synced() {
		err = &lostError{why: "the Galera node is behind its cluster (" + s.String() + ")"}
	}
	return err
}

// has reports whether the log of c has the record. A record that was dropped,
// with all before it, cannot be checked: it counts as present. When hash is
// zero, any record of that number counts as present.
func (e *Engine) has(ctx context.Context, c *conn, seq engine.Seq, hash [32]byte) (bool, error) {
	var at current
	var is [32]byte
	found := false
	t := new(text).headOf(e).end().writeSQL("SELECT hash FROM ", e.tables.log, " WHERE seq=").num(int64(seq)).end()
	err := c.ask(ctx, t, at.read, func(r row) error {
		found = true
		return r.array(0, is[:])
	})
	switch {
	case err != nil || at.seq < seq:
		return false, err
	case at.seq == seq:
		found, is = true, at.hash
	}
	return !found || hash == [32]byte{} || is == hash, nil
}
