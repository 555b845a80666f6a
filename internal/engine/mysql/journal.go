package mysql

import (
	"context"
	"fmt"
	"sync"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/stock"
)

// numbers remembers the journal's numbers of items by key. An item keeps the
// number even when it is dropped and comes back, so what is in it stays true.
type numbers struct {
	mu sync.Mutex
	of map[stock.ItemKey]uint64
}

// maxNumbers bounds the memory; past it, it starts anew.
const maxNumbers = 1 << 16

func (n *numbers) get(k stock.ItemKey) (uint64, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	no, ok := n.of[k]
	return no, ok
}

func (n *numbers) put(k stock.ItemKey, no uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.of == nil || len(n.of) >= maxNumbers {
		n.of = map[stock.ItemKey]uint64{}
	}
	n.of[k] = no
}

// JournalCursor reads how far the journal goes.
func (e *Engine) JournalCursor(ctx context.Context) (engine.Seq, error) {
	return e.Cursor(ctx, journalName)
}

// AddJournal stores the rows in a transaction that compares the cursor, as an
// Append does the head. It uses a connection for reading and is in nobody's
// way: no row of it is one of a group's.
func (e *Engine) AddJournal(ctx context.Context, from, to engine.Seq, rows []engine.JournalRow) error {
	runs, err := engine.JournalRuns(from, to, rows)
	if err != nil {
		return fmt.Errorf("add journal: %w", err)
	}
	return e.chore(ctx, "add journal", func(c *conn) error {
		nos, err := e.number(ctx, c, runs)
		if err != nil {
			return err
		}
		var t text
		t.say("START TRANSACTION").end().moveCursor(e, journalName, from, to)
		for i := range runs {
			if i%pageRows == 0 {
				if i > 0 {
					t.end()
				}
				t.say("INSERT INTO ", e.tables.journal, " (item,seq,more) VALUES ")
			}
			t.row(i % pageRows).unsigned(nos[i]).comma().num(int64(runs[i].First)).comma().bytes(runs[i].More).close()
		}
		if len(runs) > 0 {
			t.end()
		}
		return e.moved(ctx, c, c.send(ctx, t.say("COMMIT").end(), e.d.dialect.block))
	})
}

// number returns the items' numbers, run by run.
func (e *Engine) number(ctx context.Context, c *conn, runs []engine.JournalRun) ([]uint64, error) {
	nos := make([]uint64, len(runs))
	var unknown []stock.ItemKey
	for i := range runs {
		no, ok := e.nos.get(runs[i].Item)
		if !ok {
			unknown = append(unknown, runs[i].Item)
		}
		nos[i] = no
	}
	if len(unknown) == 0 {
		return nos, nil
	}
	found := map[stock.ItemKey]uint64{}
	var t text
	var fns []func(row) error
	// One that was gone has its journal under the number it had then.
	for _, table := range []string{e.tables.item, e.tables.gone} {
		for range list(&t, "SELECT no,tenant,product,location,lot FROM "+table+" WHERE (tenant,product,location,lot) IN ", unknown,
			func(k stock.ItemKey) { t.itemKey(k) }) {
			fns = append(fns, func(r row) error {
				found[stock.ItemKey{Tenant: r.str(1), Product: r.str(2), Location: r.str(3), Lot: r.str(4)}] = r.unsigned(0)
				return nil
			})
		}
	}
	if err := c.ask(ctx, &t, fns...); err != nil {
		return nil, err
	}
	for k, no := range found {
		e.nos.put(k, no)
	}
	for i := range runs {
		if nos[i] == 0 {
			no, ok := found[runs[i].Item]
			if !ok {
				return nil, fmt.Errorf("item %q of the journal does not exist", runs[i].Item)
			}
			nos[i] = no
		}
	}
	return nos, nil
}

// JournalSeqs reads which records touched the item.
func (e *Engine) JournalSeqs(ctx context.Context, item stock.ItemKey, before engine.Seq, limit int) (seqs []engine.Seq, err error) {
	err = e.reading(ctx, "journal", e.d.loads, func(c *conn) error {
		seqs, err = engine.ReadJournal(before, limit, func(before engine.Seq, limit int) (runs []engine.JournalRun, err error) {
			var t text
			t.say("SELECT seq,more FROM ", e.tables.journal, " WHERE item=COALESCE((SELECT no FROM ", e.tables.gone, " WHERE (tenant,product,location,lot)=(")
			t.itemKey(item).say(")),(SELECT no FROM ", e.tables.item, " WHERE (tenant,product,location,lot)=(")
			t.itemKey(item).say("))) AND seq<").num(int64(min(before, 1<<62))).say(" ORDER BY seq DESC LIMIT ").num(int64(limit))
			err = c.ask(ctx, &t, func(r row) error {
				runs = append(runs, engine.JournalRun{Item: item, First: engine.Seq(r.num(0)), More: r.bytes(1)})
				return nil
			})
			return runs, err
		})
		return err
	})
	return seqs, err
}

// chore runs fn, which writes something beside the log, with a connection for
// reading. What it does can be done again after an answer that got lost.
func (e *Engine) chore(ctx context.Context, op string, fn func(*conn) error) error {
	if err := e.gate.enter(); err != nil {
		return e.fail(op, err)
	}
	defer e.gate.leave()
	var f effort
	for {
		err := e.writable()
		if err == nil {
			err = e.with(ctx, e.d.loads, fn)
		}
		if !codeOf(err).again() {
			return e.fail(op, err)
		}
		if err := f.again(ctx, e.gate.closed, err); err != nil {
			return e.fail(op, err)
		}
	}
}
