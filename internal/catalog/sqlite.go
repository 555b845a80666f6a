package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// store is the tables in a SQLite file: all SQL of this package is here, in
// sqlite_rows.go and sqlite_open.go.
type store struct {
	writer  *sql.DB // one connection, BEGIN IMMEDIATE
	readers *sql.DB // query_only
	wait    time.Duration
}

// head is where the log ends.
type head struct {
	seq  int64
	at   int64
	hash [32]byte
}

// read is what can be asked within one transaction, as of one moment. Each
// statement is compiled once in it; they end with it.
type read struct {
	ctx        context.Context //nolint:containedctx // it lives exactly as long as the transaction
	tx         *sql.Tx
	statements map[string]*sql.Stmt
	places     map[rowKey]bool // spread, of locations that were found in it
}

func (r *read) statement(text string) (*sql.Stmt, error) {
	if s, ok := r.statements[text]; ok {
		return s, nil
	}
	s, err := r.tx.PrepareContext(r.ctx, text)
	if err != nil {
		return nil, err
	}
	if r.statements == nil {
		r.statements = make(map[string]*sql.Stmt)
	}
	r.statements[text] = s
	return s, nil
}

// one reads the one row that text selects. It reports whether there is one.
func (r *read) one(text string, args []any, into ...any) (found bool, err error) {
	s, err := r.statement(text)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(r.ctx, args...).Scan(into...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func (w *write) exec(text string, args ...any) error {
	s, err := w.statement(text)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(w.ctx, args...)
	return err
}

// write is a transaction that holds the database's write lock. Rows and the
// log entries about them are stored together or not at all.
type write struct {
	read
	head  head
	now   int64
	wrote int64  // entries
	found string // the last tenant that was found in it
}

// writeWait is how long a write waits for the database's lock. The engine
// commits one group after another in the same file; between two of them
// somebody else gets in.
const writeWait = 10 * time.Second

// read runs ask on a snapshot.
func (s *store) read(ctx context.Context, ask func(*read) error) error {
	tx, err := s.readers.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return classify(ctx, err)
	}
	err = ask(&read{ctx: ctx, tx: tx})
	return classify(ctx, errors.Join(err, tx.Rollback()))
}

// write runs change under the write lock and stores what it wrote. It runs
// change once. Waiting for the lock ends with ctx; what follows does not, so
// that the outcome is known.
func (s *store) write(ctx context.Context, now func() time.Time, change func(*write) error) (err error) {
	wait, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	tx, done, err := s.begin(wait)
	if err != nil {
		if ctx.Err() == nil && wait.Err() != nil {
			return ErrBusy
		}
		return classify(ctx, err)
	}
	defer done()
	ctx = context.WithoutCancel(ctx)
	w := &write{read: read{ctx: ctx, tx: tx}}
	if w.head, err = w.readHead(); err == nil {
		w.now = max(millis(now()), w.head.at)
		after := w.head.seq
		if err = change(w); err == nil && w.wrote > 0 {
			if err = w.moveHead(after); err == nil {
				return classify(ctx, tx.Commit())
			}
		}
	}
	return classify(ctx, errors.Join(err, tx.Rollback()))
}

// begin takes the write lock. The connection's own busy handler sleeps longer
// and longer, up to 100 ms; behind a busy engine that would starve, so it
// gives up after 20 ms and is asked again until ctx ends.
func (s *store) begin(ctx context.Context) (*sql.Tx, func(), error) {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	done := func() { _ = conn.Close() } // gives it back; a broken one is replaced
	for {
		tx, err := conn.BeginTx(context.WithoutCancel(ctx), nil)
		if err == nil {
			return tx, done, nil
		}
		if !isBusy(err) {
			done()
			return nil, nil, err
		}
		if ctx.Err() != nil {
			done()
			return nil, nil, ctx.Err()
		}
	}
}

func (s *store) close() error { return errors.Join(s.readers.Close(), s.writer.Close()) }

// at is the time of everything this transaction writes: the clock's, never
// before the newest entry's.
func (w *write) at() time.Time { return fromMillis(w.now) }

// log appends an entry and returns its seq.
func (w *write) log(tenant, kind, subject string, body any) (int64, error) {
	packed, err := json.Marshal(body)
	if err != nil {
		return 0, fmt.Errorf("pack log entry: %w", err)
	}
	e := Entry{Seq: w.head.seq + 1, At: w.at(), Tenant: tenant, Kind: kind, Subject: subject, Body: packed}
	e.Hash = e.chain(w.head.hash)
	err = w.exec(
		`INSERT INTO catalog_log (seq, at, tenant, kind, subject, body, hash) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		e.Seq, w.now, tenant, kind, subject, packed, e.Hash[:])
	if err != nil {
		return 0, err
	}
	w.head = head{seq: e.Seq, at: w.now, hash: e.Hash}
	w.wrote++
	return e.Seq, nil
}

// moveHead moves the head from after to where this transaction's entries end.
func (w *write) moveHead(after int64) error {
	result, err := w.tx.ExecContext(w.ctx,
		`UPDATE catalog_head SET seq = ?, at = ?, hash = ? WHERE one = 1 AND seq = ?`,
		w.head.seq, w.head.at, w.head.hash[:], after)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		return errors.Join(ErrMoved, err)
	}
	return nil
}

func (r *read) readHead() (head, error) {
	var h head
	var hash []byte
	err := r.tx.QueryRowContext(r.ctx, `SELECT seq, at, hash FROM catalog_head WHERE one = 1`).Scan(&h.seq, &h.at, &hash)
	copy(h.hash[:], hash)
	return h, err
}

func (s *store) head(ctx context.Context) (h head, err error) {
	err = s.read(ctx, func(r *read) error {
		h, err = r.readHead()
		return err
	})
	return h, err
}

func (s *store) log(ctx context.Context, after int64, limit int) (entries []Entry, err error) {
	err = s.read(ctx, func(r *read) error {
		entries, err = r.log(after, limit)
		return err
	})
	return entries, err
}

func (r *read) log(after int64, limit int) ([]Entry, error) {
	rows, err := r.tx.QueryContext(r.ctx,
		`SELECT seq, at, tenant, kind, subject, body, hash FROM catalog_log WHERE seq > ? ORDER BY seq LIMIT ?`, after, limit)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(e *Entry) error {
		var at int64
		var hash, body []byte
		err := rows.Scan(&e.Seq, &at, &e.Tenant, &e.Kind, &e.Subject, &body, &hash)
		e.At, e.Body = fromMillis(at), body
		copy(e.Hash[:], hash)
		return err
	})
}

// changes is what makes memory untrue that was true at some seq.
type changes struct {
	head    int64
	anew    bool    // forget everything; keys are all there are
	entries []Entry // without body and hash
	keys    []Key
}

// changes returns what happened behind seq after, in one snapshot. Further
// behind than most, or with a log that got shorter (another file was put in
// its place), it says to start anew.
func (s *store) changes(ctx context.Context, after, most int64) (c changes, err error) {
	err = s.read(ctx, func(r *read) error {
		h, err := r.readHead()
		if err != nil {
			return err
		}
		c.head = h.seq
		if h.seq == after {
			return nil
		}
		if after < 0 || h.seq < after || h.seq-after > most {
			c.anew = true
			c.keys, err = r.keys("")
			return err
		}
		if c.entries, err = r.followed(after); err != nil {
			return err
		}
		seen := map[string]bool{}
		for _, e := range c.entries {
			switch e.Kind {
			case KindKeyCreated, KindKeyRotated, KindKeyRevoked:
			default:
				continue
			}
			if seen[e.Subject] {
				continue
			}
			seen[e.Subject] = true
			k, found, err := r.key(e.Subject)
			if err != nil {
				return err
			}
			if found {
				c.keys = append(c.keys, k)
			}
		}
		return nil
	})
	return c, err
}

// followed returns the entries that make something in memory untrue. Created
// rows do not, keys apart: nobody remembers that a row is missing.
func (r *read) followed(after int64) ([]Entry, error) {
	rows, err := r.tx.QueryContext(r.ctx,
		`SELECT tenant, kind, subject FROM catalog_log WHERE seq > ? AND kind IN (?, ?, ?, ?, ?)`,
		after, KindTenantSettings, KindProductUnit, KindKeyCreated, KindKeyRotated, KindKeyRevoked)
	if err != nil {
		return nil, err
	}
	return collect(rows, func(e *Entry) error { return rows.Scan(&e.Tenant, &e.Kind, &e.Subject) })
}

// collect reads all rows and closes them.
func collect[T any](rows *sql.Rows, scan func(*T) error) ([]T, error) {
	defer rows.Close()
	var all []T
	for rows.Next() {
		var one T
		if err := scan(&one); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
