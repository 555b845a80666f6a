package task

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/primary"
	"holdfast.dev/holdfast/internal/stock"
)

// postgresTables are made where they are missing. Names are compared byte for byte.
// A void has a taking and no order, a step an order and no taking: each is unique. A
// transaction that stores a task has the item's row locked. So the ids of an item's tasks are in the
// order of their commits, and two ids in the item's row say how far its tasks are: the row of a task
// is written once.
const postgresTables = `
CREATE TABLE IF NOT EXISTS SLOT.hot_item (
	id       bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant   text     COLLATE "C" NOT NULL,
	product  text     COLLATE "C" NOT NULL,
	location text     COLLATE "C" NOT NULL,
	epoch    bigint   NOT NULL,
	state    smallint NOT NULL, -- 0 off, 1 opening, 2 open, 3 sealed
	holder   bigint   NOT NULL,
	sent     bigint   NOT NULL, -- the id of the last task that was sent to the books
	done     bigint   NOT NULL, -- the id of the last task that the books have
	written  bigint   NOT NULL, -- how many tasks the books have in this epoch of the holder
	floor    bigint   NOT NULL,
	era      bigint   NOT NULL,
	given    bigint   NOT NULL DEFAULT 0, -- units that the ledger gave Redis, in all
	free     bigint   NOT NULL DEFAULT 0, -- units that tasks of the epoch may still take
	counted  bigint   NOT NULL DEFAULT 0, -- the epoch that both are of
	UNIQUE (tenant, product, location)
);
CREATE TABLE IF NOT EXISTS SLOT.hot_task (
	item     bigint   NOT NULL,
	id       bigint   GENERATED ALWAYS AS IDENTITY,
	order_id text     COLLATE "C",
	step     bigint,
	epoch    bigint   NOT NULL,
	taking   bigint,
	n        bigint   NOT NULL,
	kind     smallint NOT NULL, -- 0 void, 1 taken, 2 given back, 3 sold, 4 for the ledger
	qty      bigint   NOT NULL,
	at       bigint   NOT NULL, -- ms since 1970
	until    bigint   NOT NULL, -- ms since 1970, when the reservation ends by itself
	key      text     COLLATE "C" NOT NULL,
	key_id   bytea, -- of the key's use
	print    bytea    NOT NULL DEFAULT '', -- of the request with the key
	body     bytea    NOT NULL,
	PRIMARY KEY (item, id),
	UNIQUE (item, epoch, taking),
	UNIQUE (order_id, item, step)
);
CREATE UNIQUE INDEX IF NOT EXISTS hot_task_key ON SLOT.hot_task (key_id) WHERE key_id IS NOT NULL;
CREATE TABLE IF NOT EXISTS SLOT.hot_mend (
	id     bigint   GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	item   bigint   NOT NULL,
	epoch  bigint   NOT NULL,
	taking bigint   NOT NULL, -- the first one that was given back, 0: the whole balance was made anew
	kind   smallint NOT NULL, -- 1 wrong figures, 2 lost keys, 3 takings without tasks
	at     bigint   NOT NULL, -- ms since 1970
	why    text     NOT NULL,
	told   boolean  NOT NULL, -- the journal says it
	UNIQUE (item, epoch, taking)
);
CREATE INDEX IF NOT EXISTS hot_mend_at ON SLOT.hot_mend (at);
CREATE INDEX IF NOT EXISTS hot_mend_untold ON SLOT.hot_mend (item) WHERE NOT told;
CREATE TABLE IF NOT EXISTS SLOT.hot_redis (
	id     smallint PRIMARY KEY, -- 1
	term   bigint   NOT NULL, -- counts the choices
	second boolean  NOT NULL -- the second Redis is in use
);
INSERT INTO SLOT.hot_redis VALUES (1, 0, false) ON CONFLICT DO NOTHING;`

// postgresColumns are those that tables of earlier versions lack. To add them waits for all callers, so it is done once.
const postgresColumns = `
ALTER TABLE SLOT.hot_item ADD COLUMN given bigint NOT NULL DEFAULT 0, ADD COLUMN free bigint NOT NULL DEFAULT 0, ADD COLUMN counted bigint NOT NULL DEFAULT 0;`

// postgres keeps tasks in the schema of a slot.
type postgres struct {
	pool   *pgxpool.Pool
	schema string
}

// unsure is where a connection remembers that a commit did not wait for its standby.
const unsure = "holdfast: wait for the standby cancelled"

var errUnsure = errors.New("the wait for the standby was cancelled, it may not have the tasks")

// dialWithin is how long a new connection may take.
const dialWithin = 5 * time.Second

func openPostgres(ctx context.Context, dsn string, set int) (*postgres, error) {
	c, err := pgxpool.ParseConfig(dsn)
	if err != nil {
		return nil, errors.New("the DSN of the books cannot be used for tasks")
	}
	if c.ConnConfig.ConnectTimeout == 0 {
		c.ConnConfig.ConnectTimeout = dialWithin
	}
	// Tables of tasks are empty when a statement is planned, and large when it runs.
	for name, value := range map[string]string{"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_bitmapscan": "off", "jit": "off"} {
		c.ConnConfig.RuntimeParams[name] = value
	}
	c.ConnConfig.OnNotice = func(pc *pgconn.PgConn, n *pgconn.Notice) {
		if primary.WaitCancelled(n) {
			pc.CustomData()[unsure] = true
		}
	}
	if len(c.ConnConfig.Fallbacks) > 0 {
		c.ConnConfig.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	pool, err := pgxpool.NewWithConfig(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("open the tasks: %w", err)
	}
	return &postgres{pool, fmt.Sprintf("holdfast_%d", set)}, nil
}

// latestColumn is one of hot_item that tables of earlier versions lack.
const latestColumn = "counted"

// postgresMade reports whether there are tables with the column.
const postgresMade = `SELECT EXISTS (SELECT 1 FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'hot_item' AND column_name = $2)`

func (p *postgres) made(ctx context.Context, column string) (is bool, err error) {
	err = p.pool.QueryRow(ctx, postgresMade, p.schema, column).Scan(&is)
	return is, err
}

// makeTables lets one process make them at a time.
func (p *postgres) makeTables(ctx context.Context) error {
	return p.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtext('holdfast hot ' || $1))`, p.schema); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, p.sql("CREATE SCHEMA IF NOT EXISTS SLOT;"+postgresTables)); err != nil {
			return err
		}
		var made bool
		if err := tx.QueryRow(ctx, postgresMade, p.schema, latestColumn).Scan(&made); err != nil || made {
			return err
		}
		_, err := tx.Exec(ctx, p.sql(postgresColumns))
		return err
	})
}

func (p *postgres) sql(text string) string { return strings.ReplaceAll(text, "SLOT", p.schema) }

// Close closes the connections.
func (p *postgres) Close() error {
	p.pool.Close()
	return nil
}

// change runs a transaction. A commit that may be running is not cancelled.
func (p *postgres) change(ctx context.Context, fn func(pgx.Tx) error) error {
	c, err := p.pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer c.Release()
	return p.changeOn(ctx, c, fn)
}

// changeOn is change on a connection that the caller has.
func (p *postgres) changeOn(ctx context.Context, c *pgxpool.Conn, fn func(pgx.Tx) error) error {
	tx, err := c.Begin(ctx)
	if err != nil {
		return err
	}
	if err := fn(tx); err != nil {
		_ = tx.Rollback(context.WithoutCancel(ctx)) // the first error is the one that says why
		return err
	}
	within, cancel := bounded(ctx)
	defer cancel()
	if err := tx.Commit(within); err != nil {
		return err
	}
	return durable(c.Conn())
}

// bounded is for a commit: it is not cancelled with its caller, and does not wait for ever.
func bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), hot.CommitWithin)
}

// durable returns an error when the connection's last commit did not wait for its standby.
func durable(c *pgx.Conn) error {
	data := c.PgConn().CustomData()
	if _, cancelled := data[unsure]; !cancelled {
		return nil
	}
	delete(data, unsure)
	return errUnsure
}

const postgresItem = `SELECT id, tenant, product, location, epoch, state, holder, floor, era, given, free, counted = epoch FROM SLOT.hot_item `

func scanItem(row pgx.CollectableRow) (l hot.Listed, err error) {
	var holder, era int64
	err = row.Scan(&l.ID, &l.Key.Tenant, &l.Key.Product, &l.Key.Location, &l.Epoch, &l.State, &holder, &l.Floor, &era, &l.Given, &l.Free, &l.Counted)
	l.Holder, l.Era = uint64(holder), uint64(era) //nolint:gosec // they were written so
	return l, err
}

func (p *postgres) items(ctx context.Context, where string, arguments ...any) ([]hot.Listed, error) {
	rows, err := p.pool.Query(ctx, p.sql(postgresItem+where), arguments...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, scanItem)
}

// Find returns the item.
func (p *postgres) Find(ctx context.Context, k stock.ItemKey) (*hot.Listed, error) {
	all, err := p.items(ctx, `WHERE tenant = $1 AND product = $2 AND location = $3`, k.Tenant, k.Product, k.Location)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	return &all[0], nil
}

// All returns the items that are not off.
func (p *postgres) All(ctx context.Context) ([]hot.Listed, error) {
	return p.items(ctx, `WHERE state <> 0 ORDER BY id`)
}

// Page returns items of a tenant.
func (p *postgres) Page(ctx context.Context, after stock.ItemKey, most int) ([]hot.Listed, error) {
	return p.items(ctx, `WHERE tenant = $1 AND (product, location) > ($2, $3) ORDER BY product, location LIMIT $4`, after.Tenant, after.Product, after.Location, most)
}

// Add returns the item, with a new row when it has none.
func (p *postgres) Add(ctx context.Context, k stock.ItemKey) (hot.Listed, error) {
	_, err := p.pool.Exec(ctx, p.sql(`INSERT INTO SLOT.hot_item (tenant, product, location, epoch, state, holder, sent, done, written, floor, era)
		VALUES ($1, $2, $3, 0, 0, 0, 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING`), k.Tenant, k.Product, k.Location)
	if err != nil {
		return hot.Listed{}, err
	}
	l, err := p.Find(ctx, k)
	if err != nil || l == nil {
		return hot.Listed{}, errors.Join(err, errors.New("the item has no row"))
	}
	return *l, nil
}

// Move locks the row against takings that are about to land.
func (p *postgres) Move(ctx context.Context, was, to hot.Listed) (moved bool, err error) {
	err = p.change(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, p.sql(`SELECT 1 FROM SLOT.hot_item WHERE id = $1 FOR UPDATE`), was.ID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, p.sql(`UPDATE SLOT.hot_item SET epoch = $4, state = $5, holder = $6, floor = $7, era = $8,
			written = CASE WHEN holder = $6 THEN written ELSE 0 END
			WHERE id = $1 AND epoch = $2 AND state = $3`),
			was.ID, was.Epoch, was.State, to.Epoch, to.State, int64(to.Holder), to.Floor, int64(to.Era)) //nolint:gosec // read back alike
		moved = err == nil && tag.RowsAffected() == 1
		return err
	})
	return moved && err == nil, err
}
