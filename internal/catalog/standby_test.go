package catalog

import (
	"context"
	"database/sql"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"holdfast.dev/holdfast/internal/dbtest"
)

// loneServer is a PostgreSQL server whose commits can be made to wait for a
// standby that is not there.
type loneServer struct {
	*dbtest.Server
	t     *testing.T
	dsn   string
	admin *sql.DB
}

func newLoneServer(t *testing.T) *loneServer {
	t.Helper()
	server := dbtest.StartPostgres(t)
	return &loneServer{Server: server, t: t, dsn: server.DSN(t), admin: administer(t, server.Admin())}
}

func administer(t *testing.T, dsn string) *sql.DB {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "administrator"
	db := stdlib.OpenDB(*config)
	t.Cleanup(func() { db.Close() })
	return db
}

func (p *loneServer) do(statement string) {
	p.t.Helper()
	if _, err := p.admin.ExecContext(context.Background(), statement); err != nil {
		p.t.Fatalf("%s: %v", statement, err)
	}
}

// loseStandby makes commits wait from now on.
func (p *loneServer) loseStandby() {
	p.t.Helper()
	p.do(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
	p.do(`SELECT pg_reload_conf()`)
	// The server's processes take the setting over one by one. A commit that
	// waits shows that the process which counts has taken it over: that process
	// informs the others.
	probed := make(chan error)
	probe := func() {
		_, err := p.admin.ExecContext(context.Background(), `SELECT pg_logical_emit_message(true, 'test', '')`)
		probed <- err
	}
	go probe()
	for {
		select {
		case err := <-probed:
			if err != nil {
				p.t.Fatal(err)
			}
			go probe()
		default:
		}
		if p.cancelWaits("administrator") > 0 {
			break
		}
	}
	if err := <-probed; err != nil {
		p.t.Fatal(err)
	}
}

// findStandby lets commits complete again.
func (p *loneServer) findStandby() {
	p.t.Helper()
	p.do(`ALTER SYSTEM RESET synchronous_standby_names`)
	p.do(`SELECT pg_reload_conf()`)
}

const ofWaits = ` FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = $1`

// waits is how many commits of an application wait for the standby.
func (p *loneServer) waits(application string) (n int) {
	p.t.Helper()
	if err := p.admin.QueryRowContext(context.Background(), `SELECT count(*)`+ofWaits, application).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// cancelWaits cancels the wait of these commits, and returns how many it found.
func (p *loneServer) cancelWaits(application string) (n int) {
	p.t.Helper()
	if err := p.admin.QueryRowContext(context.Background(), `SELECT count(pg_cancel_backend(pid))`+ofWaits, application).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

const ours = "holdfast catalog"

// underway carries a write out until its commit waits.
func (p *loneServer) underway(write func(context.Context) error) (leave func(), answer <-chan error) {
	p.t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	answers := make(chan error, 1)
	go func() { answers <- write(ctx) }()
	for p.waits(ours) == 0 {
		select {
		case err := <-answers:
			p.t.Fatalf("answered without the standby: %v", err)
		default:
		}
	}
	return leave, answers
}

// drain cancels the waits of commits that nobody is interested in.
func (p *loneServer) drain(c *Catalog) {
	p.t.Helper()
	for c.store.writer.Stats().InUse > 0 {
		p.cancelWaits(ours)
	}
}
