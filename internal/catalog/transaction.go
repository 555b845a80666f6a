package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// read is what can be asked within one transaction, as of one moment.
type read struct {
	ctx context.Context //nolint:containedctx // it lives exactly as long as the transaction
	*dialect
	on interface {
		QueryContext(context.Context, string, ...any) (*sql.Rows, error)
	}
	tx       *sql.Tx              // nil in a look
	compiled map[string]*sql.Stmt // they end with the transaction

	// The rows that the transaction has read, so that each is read once:
	// thousands of products come with one location.
	products map[rowKey]foundRow[Unit]
	places   map[rowKey]foundRow[bool] // spread
	before   func() error              // runs before each question; nil: nothing to do
}

// foundRow is a row that was read, or the fact that there is none.
type foundRow[T any] struct {
	row   T
	found bool
}

// query asks text, which is compiled when that pays.
func (r *read) query(text string, args []any) (*sql.Rows, error) {
	if r.before != nil {
		if err := r.before(); err != nil {
			return nil, err
		}
	}
	if r.tx == nil || !r.compiles {
		rows, err := r.on.QueryContext(r.ctx, r.text(text), args...)
		return rows, r.fault(err)
	}
	s, err := r.compile(text)
	if err != nil {
		return nil, err
	}
	rows, err := s.QueryContext(r.ctx, args...)
	return rows, r.fault(err)
}

func (r *read) compile(text string) (*sql.Stmt, error) {
	if s, ok := r.compiled[text]; ok {
		return s, nil
	}
	s, err := r.tx.PrepareContext(r.ctx, r.text(text))
	if err != nil {
		return nil, r.fault(err)
	}
	if r.compiled == nil {
		r.compiled = make(map[string]*sql.Stmt)
	}
	r.compiled[text] = s
	return s, nil
}

// readRow reads the one row that text selects. It reports whether there is one.
func (r *read) readRow(text string, args []any, into ...any) (found bool, err error) {
	rows, err := r.query(text, args)
	if err != nil {
		return false, err
	}
	defer rows.Close()
	if rows.Next() {
		found = true
		err = rows.Scan(into...)
	}
	return found && err == nil, r.fault(errors.Join(err, rows.Err(), rows.Close()))
}

// list reads all rows that text selects.
func list[T any](r *read, scan func(func(...any) error, *T) error, text string, args ...any) ([]T, error) {
	rows, err := r.query(text, args)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := scan(rows.Scan, &one); err != nil {
			return nil, r.fault(err)
		}
		all = append(all, one)
	}
	return all, r.fault(rows.Err())
}

// first reads the first row that text selects, nil when there is none.
func first[T any](r *read, scan func(func(...any) error, *T) error, text string, args ...any) (*T, error) {
	all, err := list(r, scan, text, args...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// fault turns an error of the driver into one of ours. If the context ended,
// the error says so; an error of the disk is noted even then.
func (r *read) fault(err error) error {
	if err == nil || errors.Is(err, ErrUnavailable) {
		return err
	}
	err = r.classify(err)
	r.file.Failed(err)
	if r.ctx.Err() != nil {
		return reason(r.ctx)
	}
	return err
}

// write is a transaction that may write. A write from store.write holds the
// lock of the log's head: rows and the log entries about them are stored
// together or not at all.
type write struct {
	read
	head    head
	now     int64
	wrote   bool
	found   string  // the last tenant that was found in it
	behind  []batch // inserted with the next flush
	storing storing // the documents among them

	entries []Entry // that it logged, without bodies
}

// batch is new rows of one table. Many are stored with one statement: over a
// network that is what an import waits for.
type batch struct {
	into  string // the table and the columns
	taken string // what to do where the row is there; "": that is an error
	width int
	args  []any
}

// insertSteps are how many rows one statement stores: few sizes, so that few
// statements are compiled.
var insertSteps = [...]int{64, 8, 1}

func (w *write) exec(text string, args ...any) error {
	_, err := w.affect(text, args...)
	return err
}

// affect is exec that returns how many rows it found.
func (w *write) affect(text string, args ...any) (int64, error) {
	if err := w.flush(); err != nil {
		return 0, err
	}
	return w.run(text, args)
}

func (w *write) run(text string, args []any) (n int64, err error) {
	var result sql.Result
	if w.compiles {
		var s *sql.Stmt
		if s, err = w.compile(text); err != nil {
			return 0, err
		}
		result, err = s.ExecContext(w.ctx, args...)
	} else {
		result, err = w.tx.ExecContext(w.ctx, w.text(text), args...)
	}
	if err == nil {
		n, err = result.RowsAffected()
	}
	w.wrote = w.wrote || n > 0
	return n, w.fault(err)
}

// insert adds a row; into is the table and its columns. The row is stored
// before anything is asked or changed, and before the end.
func (w *write) insert(into string, args ...any) { w.upsert(into, "", args...) }

// upsert is insert that does what taken says where the row is there.
func (w *write) upsert(into, taken string, args ...any) {
	w.wrote = true
	w.before = w.flush
	for i := range w.behind {
		if w.behind[i].into == into {
			w.behind[i].args = append(w.behind[i].args, args...)
			return
		}
	}
	w.behind = append(w.behind, batch{into: into, taken: taken, width: len(args), args: args})
}

// flush stores what was inserted, tables in the order of their first row.
func (w *write) flush() error {
	behind := w.behind
	w.behind, w.before, w.storing = nil, nil, storing{}
	for _, b := range behind {
		for _, step := range insertSteps {
			for size := step * b.width; len(b.args) >= size; b.args = b.args[size:] {
				if _, err := w.run(`INSERT INTO `+b.into+` VALUES `+tuples(step, b.width)+b.taken, b.args[:size]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// tuples is n times (?, …, ?) of width.
func tuples(n, width int) string {
	one := "(?" + strings.Repeat(", ?", width-1) + ")"
	return one + strings.Repeat(", "+one, n-1)
}

// listIn is list for a text that ends with IN and gets the values behind it, in parts.
func listIn[T any](r *read, scan func(func(...any) error, *T) error, text string, args, values []any) (all []T, err error) {
	for part := range inParts(values) {
		found, err := list(r, scan, text+tuples(1, len(part)), slices.Concat(args, part)...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// inParts hands out the values of a list for IN in parts of few lengths, so that
// few statements are compiled: what is missing is the last one once more.
func inParts(values []any) iter.Seq[[]any] {
	return func(yield func([]any) bool) {
		for len(values) > 0 {
			n := insertSteps[0]
			for _, step := range insertSteps {
				if len(values) <= step {
					n = step
				}
			}
			part := slices.Clone(values[:min(n, len(values))])
			values = values[len(part):]
			for len(part) < n {
				part = append(part, part[len(part)-1])
			}
			if !yield(part) {
				return
			}
		}
	}
}

// time is the time of everything this transaction writes: the clock's, never
// before the newest entry's.
func (w *write) time() time.Time { return fromMillis(w.now) }

// log appends an entry and returns its seq.
func (w *write) log(tenant, kind, subject string, body any) (int64, error) {
	packed, done := body.(json.RawMessage)
	if !done {
		var err error
		if packed, err = json.Marshal(body); err != nil {
			return 0, fmt.Errorf("pack log entry: %w", err)
		}
	}
	e := Entry{Seq: w.head.seq + 1, At: w.time(), Tenant: tenant, Kind: kind, Subject: subject, Body: packed}
	e.Hash = e.chain(w.head.hash)
	w.insert(`{catalog_log} (seq, at, tenant, kind, subject, body, hash)`,
		e.Seq, w.now, tenant, kind, subject, []byte(packed), e.Hash[:])
	w.head = head{seq: e.Seq, at: w.now, hash: e.Hash}
	w.entries = append(w.entries, Entry{Seq: e.Seq, Tenant: tenant, Kind: kind, Subject: subject})
	return e.Seq, nil
}

// head is where the log ends.
type head struct {
	seq  int64
	at   int64
	hash [32]byte
}

func (r *read) readHead() (head, error) {
	return r.headBy(`SELECT seq, at, hash FROM {catalog_head} WHERE one = 1`)
}

// lockHead reads the head and keeps others from moving it until the end of
// the transaction. It is a statement of its own: one that reads and locks
// would show rows as they were before it waited.
func (w *write) lockHead() (head, error) {
	return w.headBy(`SELECT seq, at, hash FROM {catalog_head} WHERE one = 1{lock}`)
}

func (r *read) headBy(text string) (h head, err error) {
	var hash []byte
	found, err := r.readRow(text, nil, &h.seq, &h.at, &hash)
	if err == nil && !found {
		return h, fmt.Errorf("the log has no head: %w", ErrUnavailable)
	}
	copy(h.hash[:], hash)
	return h, err
}

// moveHead moves the head from after to where this transaction's entries end.
func (w *write) moveHead(after int64) error {
	n, err := w.affect(`UPDATE {catalog_head} SET seq = ?, at = ?, hash = ? WHERE one = 1 AND seq = ?`,
		w.head.seq, w.head.at, w.head.hash[:], after)
	if err == nil && n != 1 {
		err = ErrMoved
	}
	return err
}
