package peer

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// postgres works on a scratch database of a PostgreSQL server.
type postgres struct {
	config *pgx.ConnConfig // of the scratch database
	url    string
	name   string
	says   string
	home   *pgx.Conn // to the database the user named
	own    *pgx.Conn // to the scratch database
}

func dialPostgres(ctx context.Context, u *url.URL) (d dialect, err error) {
	u.Scheme = "postgres"
	u.RawQuery = foreign(u.Query()).Encode()
	config, err := pgx.ParseConfig(u.String())
	if err != nil {
		return nil, fmt.Errorf("read the DSN: %w", err)
	}
	p := &postgres{name: scratchName()}
	if p.home, err = pgx.ConnectConfig(ctx, config); err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.close(context.WithoutCancel(ctx)))
		}
	}()
	if err := p.home.QueryRow(ctx, "SELECT 'PostgreSQL ' || current_setting('server_version')").Scan(&p.says); err != nil {
		return nil, err
	}
	if _, err := p.home.Exec(ctx, "CREATE DATABASE "+p.name); err != nil {
		return nil, fmt.Errorf("create a scratch database: %w", err)
	}
	own := *u
	own.Path = "/" + p.name
	p.url = own.String()
	if p.config, err = pgx.ParseConfig(p.url); err != nil {
		return nil, err
	}
	// Holdfast gives its own connections the same planner settings.
	for name, value := range map[string]string{
		"default_transaction_isolation": "read committed", "plan_cache_mode": "force_generic_plan", "jit": "off", "enable_seqscan": "off",
	} {
		p.config.RuntimeParams[name] = value
	}
	if p.own, err = pgx.ConnectConfig(ctx, p.config); err != nil {
		return nil, fmt.Errorf("connect to the scratch database: %w", err)
	}
	_, err = p.own.Exec(ctx, postgresSchema)
	return p, err
}

// Every change of a stock row makes a new version of it. Half-empty pages keep the version on
// its page, so that no index has to change. Ids compare byte by byte.
const postgresSchema = `
CREATE TABLE stock (
	product text COLLATE "C" PRIMARY KEY,
	available bigint NOT NULL CHECK (available >= 0),
	held bigint NOT NULL,
	version bigint NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE reservation (
	order_id text COLLATE "C",
	product text COLLATE "C",
	quantity bigint NOT NULL,
	state smallint NOT NULL DEFAULT 0,
	deadline timestamptz NOT NULL DEFAULT now() + interval '30 minutes',
	PRIMARY KEY (order_id, product)
);
CREATE TABLE journal (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	at timestamptz NOT NULL DEFAULT now(),
	order_id text NOT NULL,
	product text NOT NULL,
	delta bigint NOT NULL
);
CREATE TABLE idempotency (
	key text COLLATE "C" PRIMARY KEY,
	fingerprint bytea NOT NULL,
	outcome smallint NOT NULL DEFAULT 1
);
CREATE TABLE tick (n bigint NOT NULL);
INSERT INTO tick VALUES (0);
` + postgresFloorSchema

func (p *postgres) engine() string  { return "postgres" }
func (p *postgres) version() string { return p.says }
func (p *postgres) dsn() string     { return p.url }

// reset truncates: that gives each table new files, and leaves the plans of
// prepared statements alone.
func (p *postgres) reset(ctx context.Context, products []string, units int64) error {
	if _, err := p.own.Exec(ctx, "TRUNCATE stock, reservation, journal, idempotency"); err != nil {
		return err
	}
	_, err := p.own.Exec(ctx, "INSERT INTO stock SELECT p, $2, 0, 1 FROM unnest($1::text[]) p", products, units)
	return err
}

func (p *postgres) age(ctx context.Context, n int, keys bool) error {
	const each = "SELECT 'old-' || lpad(n::text, 10, '0')%s FROM generate_series(1, $1::int) n"
	adds := []string{
		"INSERT INTO reservation (order_id, product, quantity) " + fmt.Sprintf(each, ", 'old', 1"),
		"INSERT INTO journal (order_id, product, delta) " + fmt.Sprintf(each, ", 'old', -1"),
	}
	if keys {
		adds = append(adds, "INSERT INTO idempotency (key, fingerprint) "+fmt.Sprintf(each, ", '0123456789abcdef'::bytea"))
	}
	for _, add := range adds {
		if _, err := p.own.Exec(ctx, add, n); err != nil {
			return err
		}
	}
	return nil
}

func (p *postgres) clear(ctx context.Context) error {
	_, err := p.own.Exec(ctx, "TRUNCATE floor_log, floor_item, floor_hold, floor_key")
	return err
}

func (p *postgres) count(ctx context.Context) (c Counts, err error) {
	err = p.own.QueryRow(ctx, `
		SELECT coalesce((SELECT sum(available) FROM stock), 0)::bigint, coalesce((SELECT sum(held) FROM stock), 0)::bigint,
			(SELECT count(*) FROM reservation), coalesce((SELECT sum(quantity) FROM reservation), 0)::bigint,
			(SELECT count(*) FROM journal), coalesce((SELECT sum(delta) FROM journal), 0)::bigint,
			(SELECT count(*) FROM idempotency)`).
		Scan(&c.Available, &c.Held, &c.Reservations, &c.Units, &c.Entries, &c.Delta, &c.Keys)
	return c, err
}

func (p *postgres) redo(ctx context.Context) (at int64, err error) {
	err = p.home.QueryRow(ctx, "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint").Scan(&at)
	return at, err
}

func (p *postgres) room(ctx context.Context) (n int, err error) {
	err = p.home.QueryRow(ctx, `
		SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
			- (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int`).Scan(&n)
	return n, err
}

func (p *postgres) forget(ctx context.Context) error {
	_, err := p.own.Exec(ctx, `
		DO $$ DECLARE s name; BEGIN
			FOR s IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^holdfast(_[0-9]+)?$' LOOP
				EXECUTE format('DROP SCHEMA %I CASCADE', s);
			END LOOP;
		END $$`)
	return err
}

func (p *postgres) tick(ctx context.Context) error {
	_, err := p.own.Exec(ctx, "UPDATE tick SET n = n + 1")
	return err
}

// locate finds the parent of the process of a connection.
func (p *postgres) locate(ctx context.Context) (*process, error) {
	var pid int
	if err := p.home.QueryRow(ctx, "SELECT pg_backend_pid()").Scan(&pid); err != nil {
		return nil, err
	}
	return parentNamed(pid, "postgres"), nil
}

func (p *postgres) close(ctx context.Context) error {
	var errs []error
	if p.own != nil {
		errs = append(errs, p.own.Close(ctx))
	}
	if p.url != "" {
		_, err := p.home.Exec(ctx, "DROP DATABASE "+p.name+" WITH (FORCE)")
		errs = append(errs, err)
	}
	return errors.Join(append(errs, p.home.Close(ctx))...)
}
