package mysql

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"

	"holdfast.dev/holdfast/internal/engine"
)

// The log is kept in parts (PARTITION BY RANGE), so that old records are
// dropped without reading them. There is no part for everything else: a group
// whose record has no part fails and makes one. Before that happens half a
// part is left and another is made in the background.

// parts remembers up to where the log has parts.
type parts struct {
	bound  atomic.Int64 // the first seq without a part
	making atomic.Bool
	mu     sync.Mutex
}

func (p *parts) covers(seq engine.Seq) bool { return int64(min(seq, 1<<62)) < p.bound.Load() }

// firstParts is what a new log begins with.
func (d *Database) firstParts() string {
	var all []string
	for k := int64(1); k <= 2; k++ {
		all = append(all, partBelow(k*d.part+1))
	}
	return strings.Join(all, ", ")
}

// partBelow is the part of the seqs below bound that no other part has. It is
// named for the last of them.
func partBelow(bound int64) string {
	return fmt.Sprintf("PARTITION p%d VALUES LESS THAN (%d)", bound-1, bound)
}

// addPartAhead makes a part in the background when few seqs are left.
func (e *Engine) addPartAhead(after engine.Seq) {
	if e.parts.covers(after+engine.Seq(e.d.part/2)) || !e.parts.covers(after) || !e.parts.making.CompareAndSwap(false, true) {
		return
	}
	if e.gate.enter() != nil {
		return
	}
	go func() {
		defer e.gate.leave()
		defer e.parts.making.Store(false)
		ctx, cancel := context.WithTimeout(context.Background(), 4*tableWait)
		defer cancel()
		// An error is met again when the part is needed.
		_ = e.makeRoom(ctx)
	}()
}

// part is a part of the log: the seqs below bound that no other part has.
type part struct {
	name  string
	bound int64
}

// partsOf lists the parts, oldest first.
func (e *Engine) partsOf(ctx context.Context, c *conn) (all []part, err error) {
	t := new(text).writeSQL("SELECT PARTITION_NAME,CAST(PARTITION_DESCRIPTION AS SIGNED) FROM information_schema.PARTITIONS",
		" WHERE TABLE_SCHEMA=DATABASE() AND TABLE_NAME='", e.tables.log, "' ORDER BY PARTITION_ORDINAL_POSITION")
	err = c.ask(ctx, t, func(r row) error {
		all = append(all, part{r.str(0), r.num(1)})
		return nil
	})
	if err == nil && (len(all) == 0 || all[0].bound == 0) {
		err = fmt.Errorf("%w: the table %s has no partitions by range", engine.ErrSchema, e.tables.log)
	}
	return all, err
}

// makeRoom makes parts until half a part is left behind the head.
func (e *Engine) makeRoom(ctx context.Context) error {
	e.parts.mu.Lock()
	defer e.parts.mu.Unlock()
	var f effort
	for {
		err := e.withConn(ctx, e.d.loads, func(c *conn) error { return e.makeParts(ctx, c) })
		if err == nil {
			return nil
		}
		if err := f.pauseForRetry(ctx, e.turn.Closed(), err); err != nil {
			return err
		}
	}
}

// makeParts makes parts behind the head.
func (e *Engine) makeParts(ctx context.Context, c *conn) error {
	var at current
	if err := c.ask(ctx, new(text).headOf(e), at.read); err != nil {
		return err
	}
	for {
		all, err := e.partsOf(ctx, c)
		if err != nil {
			return err
		}
		bound := all[len(all)-1].bound
		if int64(at.seq)+e.d.part/2+1 < bound {
			e.parts.bound.Store(bound)
			return nil
		}
		err = c.exec(ctx, "ALTER TABLE "+e.tables.log+" ADD PARTITION ("+partBelow(bound+e.d.part)+")")
		// Another process may have been quicker.
		if err != nil && codeOf(err) != errSamePart && codeOf(err) != errPartsAscend {
			return err
		}
	}
}

// First reads the seq of the oldest record.
func (e *Engine) First(ctx context.Context) (first engine.Seq, err error) {
	err = e.reading(ctx, "first", e.d.loads, func(c *conn) error {
		first, err = e.first(ctx, c)
		return err
	})
	return first, err
}

func (e *Engine) first(ctx context.Context, c *conn) (engine.Seq, error) {
	first, err := c.askNum(ctx, new(text).writeSQL("SELECT seq FROM ", e.tables.log, " ORDER BY seq LIMIT 1"))
	return engine.Seq(first), err
}

// DropRecords drops the parts that hold no record behind upTo and not the
// head. Each is dropped by itself: an Append waits for one of them, some ten
// milliseconds.
func (e *Engine) DropRecords(ctx context.Context, upTo engine.Seq) (gone engine.Seq, err error) {
	err = e.chore(ctx, "drop records", func(c *conn) error {
		var at current
		if err := c.ask(ctx, new(text).headOf(e), at.read); err != nil {
			return err
		}
		all, err := e.partsOf(ctx, c)
		if err != nil {
			return err
		}
		for _, p := range all {
			if last := engine.Seq(p.bound - 1); last > upTo || last >= at.seq {
				break
			}
			err := c.exec(ctx, "ALTER TABLE "+e.tables.log+" DROP PARTITION "+p.name)
			if err != nil && codeOf(err) != errNoSuchPart {
				return err
			}
		}
		first, err := e.first(ctx, c)
		gone = max(first, 1) - 1
		return err
	})
	return gone, err
}
