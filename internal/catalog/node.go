package catalog

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

// Node is a process that serves. The others find it here, and whether it is
// alive. A wrong idea of that costs speed, never safety.
type Node struct {
	ID      string
	Address string    // where the other nodes reach it; "": nowhere
	Slots   int       // that it has open; 0: it does not say
	Started time.Time // by its own clock
	Seen    time.Time // its newest beat, by the database's clock
	Facts   NodeFacts
}

const (
	// nodeKept is how long a node that was not seen stays stored.
	nodeKept = time.Hour
	// sweepEvery is how often a process drops older ones.
	sweepEvery = time.Minute
)

// nodes keeps the processes that serve.
type nodes struct {
	*core
	swept atomic.Int64 // when old ones were dropped, since start
}

// Beat says that a node is alive now. Its Seen is not looked at: the database
// reads its own clock, so the nodes' clocks need not agree. Nothing of it is
// in the log.
func (c *nodes) Beat(ctx context.Context, n Node) error {
	err := n.check()
	var facts string
	if err == nil {
		facts, err = n.Facts.packed()
	}
	if err == nil {
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			return w.exec(`INSERT INTO {node} (id, address, slots, started, seen, facts) VALUES (?, ?, ?, ?, {now}, ?)
				{on id} address = {new address}, slots = {new slots}, started = {new started}, seen = {new seen}, facts = {new facts}`,
				n.ID, n.Address, n.Slots, millis(n.Started), facts)
		})
	}
	if err != nil {
		return fmt.Errorf("beat of node %q: %w", n.ID, err)
	}
	if c.sweepDue() {
		c.sweep(ctx)
	}
	return nil
}

// sweep drops old nodes. It is a transaction of its own: together with a beat,
// two nodes could wait for each other.
func (c *nodes) sweep(ctx context.Context) {
	err := c.store.amend(ctx, func(w *write, _ func() error) error {
		return w.exec(`DELETE FROM {node} WHERE seen NOT BETWEEN {now} - ? AND {now} + ?`,
			nodeKept.Milliseconds(), nodeKept.Milliseconds())
	})
	if err != nil {
		c.log.WarnContext(ctx, "old nodes are not dropped yet", "err", err)
	}
}

// sweepDue reports, once in sweepEvery, that old nodes are to be dropped.
func (c *nodes) sweepDue() bool {
	now, swept := int64(c.now().Sub(c.start)), c.swept.Load()
	due := now-swept >= int64(sweepEvery) || now < swept // the clock was set back
	return due && c.swept.CompareAndSwap(swept, now)
}

// Nodes lists, by id, the nodes that others can reach and that were seen within
// that time by the database's clock. A node whose beat is further in the future
// than that is left out too: the database's clock was set back since.
func (c *nodes) Nodes(ctx context.Context, within time.Duration) ([]Node, error) {
	return c.nodes(ctx, within, `address <> '' AND `)
}

// Serving lists what Nodes lists, and those that nobody else can reach.
func (c *nodes) Serving(ctx context.Context, within time.Duration) ([]Node, error) {
	return c.nodes(ctx, within, "")
}

func (c *nodes) nodes(ctx context.Context, within time.Duration, condition string) ([]Node, error) {
	all, err := look(ctx, c.store, func(r *read) ([]Node, error) {
		return list(r, func(scan func(...any) error, n *Node) error {
			var started, seen int64
			var facts []byte
			if err := scan(&n.ID, &n.Address, &n.Slots, &started, &seen, &facts); err != nil {
				return err
			}
			n.Started, n.Seen = fromMillis(started), fromMillis(seen)
			return n.Facts.unpack(facts)
		}, `SELECT id, address, slots, started, seen, facts FROM {node} WHERE `+condition+`seen BETWEEN {now} - ? AND {now} + ? ORDER BY id`,
			within.Milliseconds(), within.Milliseconds())
	})
	return result(all, err, "list nodes")
}

// Leave says that a node is no longer alive. An unknown node is no error.
func (c *nodes) Leave(ctx context.Context, id string) error {
	err := checkID("node", id, maxNode)
	if err == nil {
		err = c.store.amend(ctx, func(w *write, _ func() error) error {
			return w.exec(`DELETE FROM {node} WHERE id = ?`, id)
		})
	}
	return during(err, "node %q leaves", id)
}

func (n Node) check() error {
	if err := checkID("node", n.ID, maxNode); err != nil {
		return err
	}
	if len(n.Address) > maxAddress || !storable(n.Address) {
		return &InvalidError{Field: "address", Reason: fmt.Sprintf("must have 0 to %d bytes of text", maxAddress)}
	}
	if n.Slots < 0 || n.Slots > maxSlots {
		return &InvalidError{Field: "slots", Reason: fmt.Sprintf("must be 0 to %d", maxSlots)}
	}
	return nil
}
