package peer

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// postgresSQL are the statements. The driver prepares a statement that is not prepared at its
// first use.
var postgresSQL = [queries]string{
	readStock:   "SELECT available, version FROM stock WHERE product = $1",
	lockStock:   "SELECT available, version FROM stock WHERE product = $1 FOR UPDATE",
	swapStock:   "UPDATE stock SET available = available - $1, held = held + $2, version = version + 1 WHERE product = $3 AND version = $4",
	updateStock: "UPDATE stock SET available = available - $1, held = held + $2, version = version + 1 WHERE product = $3",
	takeStock:   "UPDATE stock SET available = available - $1, held = held + $2, version = version + 1 WHERE product = $3 AND available >= $4",
	addReserved: "INSERT INTO reservation (order_id, product, quantity) VALUES ($1, $2, $3)",
	addEntry:    "INSERT INTO journal (order_id, product, delta) VALUES ($1, $2, $3)",
	addKey:      "INSERT INTO idempotency (key, fingerprint) VALUES ($1, $2)",
	findOrder:   "SELECT quantity, state FROM reservation WHERE order_id = $1 AND product = $2",
}

// The one statement. Its parts run when they are needed, so the contended row is locked last and
// as briefly as possible. The CHECK of a row below zero
// fails.
const (
	postgresOnce = `
WITH r AS (
	INSERT INTO reservation (order_id, product, quantity) VALUES ($1, $2, $3) RETURNING quantity
), j AS (
	INSERT INTO journal (order_id, product, delta) SELECT $1, $2, -quantity FROM r RETURNING delta
)
UPDATE stock SET available = available + j.delta, held = held - j.delta, version = version + 1
FROM j WHERE product = $2`

	postgresOnceKeyed = `
WITH i AS (
	INSERT INTO idempotency (key, fingerprint) VALUES ($4, $5) RETURNING 1
), r AS (
	INSERT INTO reservation (order_id, product, quantity) SELECT $1, $2, $3 FROM i RETURNING quantity
), j AS (
	INSERT INTO journal (order_id, product, delta) SELECT $1, $2, -quantity FROM r RETURNING delta
)
UPDATE stock SET available = available + j.delta, held = held - j.delta, version = version + 1
FROM j WHERE product = $2`
)

type postgresConn struct{ c *pgx.Conn }

func (p *postgres) connect(ctx context.Context) (conn, error) {
	c, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return nil, err
	}
	return &postgresConn{c}, nil
}

func (p *postgres) plainConn(ctx context.Context) (conn, error) {
	c, err := pgx.Connect(ctx, p.url)
	if err != nil {
		return nil, err
	}
	return &postgresConn{c}, nil
}

func (c *postgresConn) settings(ctx context.Context) (all []Setting, err error) {
	for _, name := range []string{"fsync", "synchronous_commit", "full_page_writes", "wal_sync_method"} {
		one := Setting{Name: name}
		if err := c.c.QueryRow(ctx, "SELECT current_setting($1)", name).Scan(&one.Value); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, nil
}

// prepare also runs each statement once, in a transaction that is rolled back. A connection
// plans a statement at its first run after the tables were emptied; otherwise hundreds of
// connections would do so during the measurement.
func (c *postgresConn) prepare(ctx context.Context, f Form, keys bool) error {
	if err := c.begin(ctx); err != nil {
		return err
	}
	for _, q := range f.uses(keys) {
		if err := c.rehearse(ctx, postgresSQL[q], nothing[q]...); err != nil {
			return err
		}
	}
	if f == OneStatement {
		args := []any{"", "", int64(0)}
		if keys {
			args = append(args, "", fingerprint)
		}
		if err := c.rehearse(ctx, postgresOnceFor(keys), args...); err != nil {
			return err
		}
	}
	return c.rollback(ctx)
}

// nothing are arguments with which the statements match no row.
var nothing = [queries][]any{
	readStock: {""}, lockStock: {""}, swapStock: {int64(0), int64(0), "", int64(0)}, updateStock: {int64(0), int64(0), ""},
	takeStock: {int64(0), int64(0), "", int64(0)}, addReserved: {"", "", int64(0)}, addEntry: {"", "", int64(0)}, addKey: {"", fingerprint},
}

func (c *postgresConn) rehearse(ctx context.Context, sql string, args ...any) error {
	if _, err := c.c.Prepare(ctx, sql, sql); err != nil {
		return err
	}
	_, err := c.c.Exec(ctx, sql, args...)
	return err
}

func postgresOnceFor(keys bool) string {
	if keys {
		return postgresOnceKeyed
	}
	return postgresOnce
}

func (c *postgresConn) begin(ctx context.Context) error {
	_, err := c.c.Exec(ctx, "BEGIN")
	return postgresError(err)
}

func (c *postgresConn) commit(ctx context.Context) error {
	_, err := c.c.Exec(ctx, "COMMIT")
	return postgresError(err)
}

func (c *postgresConn) rollback(ctx context.Context) error {
	_, err := c.c.Exec(ctx, "ROLLBACK")
	return err
}

func (c *postgresConn) exec(ctx context.Context, q query, args ...any) (int64, error) {
	tag, err := c.c.Exec(ctx, postgresSQL[q], args...)
	return tag.RowsAffected(), postgresError(err)
}

func (c *postgresConn) read(ctx context.Context, q query, args ...any) (a, b int64, found bool, err error) {
	err = c.c.QueryRow(ctx, postgresSQL[q], args...).Scan(&a, &b)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, false, nil
	}
	return a, b, err == nil, postgresError(err)
}

func (c *postgresConn) orderAtOnce(ctx context.Context, keys bool, o *Order) error {
	args := []any{o.ID, o.Product, o.Quantity}
	if keys {
		args = append(args, o.Key, fingerprint)
	}
	tag, err := c.c.Exec(ctx, postgresOnceFor(keys), args...)
	if err != nil {
		return postgresError(err)
	}
	if tag.RowsAffected() == 0 {
		return errors.New("a reservation was stored of a product that has no stock row")
	}
	return nil
}

func (c *postgresConn) close() error { return c.c.Close(context.Background()) }

// postgresError converts an error to its meaning for a form.
func postgresError(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "23505": // unique_violation
		return errExists
	case "23514": // check_violation
		return errShort
	case "40001", "40P01": // serialization_failure, deadlock_detected
		return errAgain
	}
	return err
}
