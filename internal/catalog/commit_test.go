package catalog

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"holdfast.dev/holdfast/internal/dbtest"
)

// primary is a PostgreSQL server whose commits can be made to wait for a
// standby that is not there.
type primary struct {
	t     *testing.T
	dsn   string
	admin *sql.DB
}

func newPrimary(t *testing.T) *primary {
	t.Helper()
	server := dbtest.StartPostgres(t)
	return &primary{t: t, dsn: server.DSN(t), admin: administer(t, server.Admin())}
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

func (p *primary) do(statement string) {
	p.t.Helper()
	if _, err := p.admin.ExecContext(context.Background(), statement); err != nil {
		p.t.Fatalf("%s: %v", statement, err)
	}
}

// loseStandby makes commits wait from now on.
func (p *primary) loseStandby() {
	p.t.Helper()
	p.do(`ALTER SYSTEM SET synchronous_standby_names = 'nobody'`)
	p.do(`SELECT pg_reload_conf()`)
	// The server's processes take the setting over one by one. A commit
	// that waits says that the one which counts has: it tells the others.
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
func (p *primary) findStandby() {
	p.t.Helper()
	p.do(`ALTER SYSTEM RESET synchronous_standby_names`)
	p.do(`SELECT pg_reload_conf()`)
}

const ofWaits = ` FROM pg_stat_activity WHERE wait_event = 'SyncRep' AND application_name = $1`

// waits is how many commits of an application wait for the standby.
func (p *primary) waits(application string) (n int) {
	p.t.Helper()
	if err := p.admin.QueryRowContext(context.Background(), `SELECT count(*)`+ofWaits, application).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

// cancelWaits cancels the wait of these commits, and returns how many it found.
func (p *primary) cancelWaits(application string) (n int) {
	p.t.Helper()
	if err := p.admin.QueryRowContext(context.Background(), `SELECT count(pg_cancel_backend(pid))`+ofWaits, application).Scan(&n); err != nil {
		p.t.Fatal(err)
	}
	return n
}

const ours = "holdfast catalog"

// underway carries a write out until its commit waits.
func (p *primary) underway(write func(context.Context) error) (leave func(), answer <-chan error) {
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
func (p *primary) drain(c *Catalog) {
	p.t.Helper()
	for c.store.writer.Stats().InUse > 0 {
		p.cancelWaits(ours)
	}
}

func mustBeIndeterminate(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, ErrIndeterminate) || !errors.Is(err, ErrUnavailable) {
		t.Errorf("%s: got %v, want ErrIndeterminate", what, err)
	}
}

// standbyWrites are writes that say nothing but whether they are stored, each
// of what no other writes.
var standbyWrites = []struct {
	name string
	do   func(context.Context, *Catalog) error
}{
	{"a write under a key", func(ctx context.Context, c *Catalog) error {
		_, _, err := c.Once(ctx, WriteKey{Tenant: "demo", ID: [16]byte{1}}, func(ctx context.Context) ([]byte, error) {
			_, err := c.SetPlaces(ctx, "demo", shop("keyed"))
			return []byte("keyed"), err
		})
		return err
	}},
	{"the answer of a key", func(ctx context.Context, c *Catalog) error {
		key := WriteKey{Tenant: "demo", ID: [16]byte{2}}
		_, again, err := c.Answered(ctx, key)
		if err != nil || again {
			return err
		}
		_, _, err = c.Once(ctx, key, func(context.Context) ([]byte, error) { return []byte("none"), nil })
		return err
	}},
	{"a new tenant", func(ctx context.Context, c *Catalog) error {
		_, err := c.CreateTenant(ctx, "second")
		return err
	}},
	{"a setting", func(ctx context.Context, c *Catalog) error {
		_, err := c.ChangeSettings(ctx, "demo", func(s *Settings) { s.DefaultLocation = "elsewhere" })
		return err
	}},
	{"a new product", func(ctx context.Context, c *Catalog) error {
		_, err := c.EnsureProduct(ctx, "demo", "tea", Unit{"kg", 3})
		return err
	}},
	{"a choice", func(ctx context.Context, c *Catalog) error {
		all, _, err := c.Choices(ctx, "demo", "o-1", nil)
		if err != nil || len(all) > 0 {
			return err
		}
		return c.Choose(ctx, &Choice{Tenant: "demo", Order: "o-1", Version: 1, Body: "{}"}, nil)
	}},
	{"a choice that is stored again", func(ctx context.Context, c *Catalog) error {
		return c.Choose(ctx, &Choice{Tenant: "demo", Order: "o-2", Version: 1, Body: "{}"}, nil)
	}},
	{"a step of a move", func(ctx context.Context, c *Catalog) error {
		_, err := c.StepMove(ctx, Move{Bucket: 7, Step: "begun"}, "copied", "")
		return err
	}},
}

// A commit that no standby has is acknowledged neither when its caller leaves,
// nor when its wait is cancelled, nor to those who repeat the write and find it
// stored.
func TestNoWriteIsAcknowledgedBeforeItsStandbyHasIt(t *testing.T) {
	t.Parallel()
	p := newPrimary(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	layout := mustLayOut(t, c, "db0", "db1")
	_, printed := mustKey(t, c, "shop", ScopeRead)
	from := layout.Buckets[7]
	if _, err := c.StartMove(t.Context(), Move{Bucket: 7, From: from, To: 1 - from, Step: "begun"}); err != nil {
		t.Fatal(err)
	}
	head := mustHead(t, c)
	p.loseStandby()

	for _, w := range standbyWrites {
		write := func(ctx context.Context) error { return w.do(ctx, c) }
		leave, answer := p.underway(write)
		// Reads continue while a commit waits.
		if _, err := c.Tenant(t.Context(), "demo"); err != nil {
			t.Errorf("%s: a read: %v", w.name, err)
		}
		mustOpen(t, c, printed)
		if err := c.CatchUp(t.Context()); err != nil {
			t.Errorf("%s: the log: %v", w.name, err)
		}
		leave()
		if err := <-answer; !errors.Is(err, ErrIndeterminate) && !errors.Is(err, context.Canceled) {
			t.Errorf("%s, whose caller left: got %v", w.name, err)
		}
		if n := p.waits(ours); n != 1 {
			t.Errorf("%s, whose caller left: %d commits wait, want 1", w.name, n)
		}
		p.drain(c)

		// It is visible now. Repeats wait for the standby too.
		leave, answer = p.underway(write)
		for p.cancelWaits(ours) > 0 {
		}
		mustBeIndeterminate(t, w.name+", repeated and cancelled", <-answer)
		leave()
		leave, answer = p.underway(write)
		if _, err := c.Tenant(t.Context(), "demo"); err != nil {
			t.Errorf("%s: a read while in doubt: %v", w.name, err)
		}
		mustOpen(t, c, printed)
		leave()
		<-answer
		p.drain(c)
	}

	p.findStandby()
	for _, w := range standbyWrites {
		for range 2 {
			if err := w.do(t.Context(), c); err != nil {
				t.Errorf("%s, with a standby: %v", w.name, err)
			}
		}
	}
	if c.store.commits.doubt() {
		t.Error("the doubt stays")
	}
	// The location, its place, the tenant, its settings and the product.
	if grown := mustHead(t, c) - head; grown != 5 {
		t.Errorf("the log has %d entries more, want each write once", grown)
	}
	mustVerify(t, c)
}

// The caller has its answer at its deadline, the first one after the standby is
// back is acknowledged.
func TestACommitThatWaitsForItsStandbyIsNotCancelled(t *testing.T) {
	t.Parallel()
	p := newPrimary(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	for name, want := range map[string]string{"statement_timeout": "0", "lock_timeout": "10s"} {
		var got string
		if err := c.store.writer.QueryRow(`SHOW ` + name).Scan(&got); err != nil || got != want {
			t.Errorf("%s of those who write is %q (%v), want %q", name, got, err, want)
		}
	}
	head := mustHead(t, c)
	p.loseStandby()
	write := func(ctx context.Context) error {
		_, _, err := c.Once(ctx, WriteKey{Tenant: "demo", ID: [16]byte{1}}, func(ctx context.Context) ([]byte, error) {
			_, err := c.SetPlaces(ctx, "demo", shop("kept"))
			return []byte("kept"), err
		})
		return err
	}
	leave, answer := p.underway(write)
	leave()
	mustBeIndeterminate(t, "a caller who leaves", <-answer)
	repeated := make(chan error, 1)
	go func() { repeated <- write(t.Context()) }()
	p.findStandby()
	if err := <-repeated; err != nil {
		t.Errorf("the repeat: %v", err)
	}
	if grown := mustHead(t, c) - head; grown != 2 {
		t.Errorf("the log has %d entries more, want 2", grown)
	}
	if c.store.commits.doubt() {
		t.Error("a commit that its standby has leaves a doubt")
	}
	mustVerify(t, c)
}

// deaf is a session that drops the notice of a cancelled wait.
type deaf struct{ session }

func (deaf) waitCancelled() bool { return false }

// Without the notice the writes above would be acknowledged: the server answers
// COMMIT with success.
func TestTheNoticeIsAllThatTellsOfACancelledWait(t *testing.T) {
	t.Parallel()
	p := newPrimary(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	of := c.store.sessionOf
	c.store.sessionOf = func(conn *sql.Conn) (session, error) {
		s, err := of(conn)
		return deaf{s}, err
	}
	p.loseStandby()
	leave, answer := p.underway(func(ctx context.Context) error {
		_, err := c.CreateTenant(ctx, "lost")
		return err
	})
	defer leave()
	for p.cancelWaits(ours) > 0 {
	}
	if err := <-answer; err != nil {
		t.Errorf("got %v: something else has told", err)
	}
	p.findStandby()
}

func TestACatalogIsClosedWhileACommitWaits(t *testing.T) {
	t.Parallel()
	p := newPrimary(t)
	c := open(t, p.dsn)
	mustTenant(t, c, "demo")
	p.loseStandby()
	leave, answer := p.underway(func(ctx context.Context) error {
		_, err := c.CreateTenant(ctx, "second")
		return err
	})
	defer leave()
	c.store.linger = time.Millisecond
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	mustBeIndeterminate(t, "the commit under way", <-answer)
	if _, err := c.CreateTenant(t.Context(), "third"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("a write after that: %v", err)
	}
	if n := p.waits(ours); n != 1 {
		t.Errorf("%d commits wait, want 1: it was cancelled", n)
	}
	p.findStandby()
}

// A writer that waits for a lock leaves when its caller does, and no request to
// cancel is sent for it: that could meet a COMMIT.
func TestNoWriteIsCancelledByRequest(t *testing.T) {
	t.Parallel()
	p := newPrimary(t)
	direct := open(t, p.dsn)
	mustTenant(t, direct, "demo")
	relay := newRelay(t, p.dsn)
	c := open(t, relay.dsn)
	head, err := direct.store.writer.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer head.Rollback()
	if _, err := head.Exec(direct.store.text(`UPDATE {catalog_head} SET at = at`)); err != nil {
		t.Fatal(err)
	}
	blocked := func() (n int) {
		if err := p.admin.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	ctx, leave := context.WithCancel(t.Context())
	answer := make(chan error, 1)
	go func() {
		_, err := c.ChangeSettings(ctx, "demo", func(s *Settings) { s.PublicReads = false })
		answer <- err
	}()
	for blocked() == 0 {
	}
	leave()
	if err := <-answer; !errors.Is(err, context.Canceled) || errors.Is(err, ErrIndeterminate) {
		t.Errorf("who left before the commit: %v", err)
	}
	for blocked() > 0 { // the server sees that the client has gone
	}
	if n := relay.cancels.Load(); n > 0 {
		t.Errorf("%d requests to cancel", n)
	}
}

// relay passes on what a catalog says to its server and counts the requests to
// cancel.
type relay struct {
	dsn     string
	cancels atomic.Int64
}

func newRelay(t *testing.T, dsn string) *relay {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	listen, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	target := u.Host
	u.Host = listen.Addr().String()
	u.RawQuery = "sslmode=disable"
	r := &relay{dsn: u.String()}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			client, err := listen.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { r.pass(client, target) })
		}
	})
	t.Cleanup(func() {
		listen.Close()
		serving.Wait()
	})
	return r
}

// cancelCode is what a CancelRequest has in place of the protocol's version.
const cancelCode = 80877102

func (r *relay) pass(client net.Conn, target string) {
	defer client.Close()
	var first [8]byte
	if _, err := io.ReadFull(client, first[:]); err != nil {
		return
	}
	if binary.BigEndian.Uint32(first[4:]) == cancelCode {
		r.cancels.Add(1)
	}
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	defer server.Close()
	if _, err := server.Write(first[:]); err != nil {
		return
	}
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(client, server)
		client.Close()
	})
	_, _ = io.Copy(server, client)
	server.Close()
	back.Wait()
}

func TestADSNOfSeveralHosts(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ dsn, shown, host string }{
		{"postgres://tiger:secret@a,b,c/db?target_session_attrs=read-write", "postgres://tiger:xxxxx@a,b,c/db?target_session_attrs=read-write", "a,b,c"},
		{"postgres://tiger:secret@a:1,b:2,c/db?set=3", "postgres://tiger:xxxxx@a:1,b:2,c/db", "a:1,b:2,c"},
		{"postgresql://tiger:sec%2Cret@[::1]:1,10.0.0.1:2/db", "postgresql://tiger:xxxxx@[::1]:1,10.0.0.1:2/db", "[::1]:1,10.0.0.1:2"},
		{"postgres://a:1,b:2/db", "postgres://a:1,b:2/db", "a:1,b:2"},
	} {
		u, err := serverURL(tc.dsn)
		if err != nil {
			t.Errorf("%s: %v", tc.dsn, err)
			continue
		}
		if u.Host != tc.host || shown(u) != tc.shown {
			t.Errorf("%s: hosts %s, shown as %s", tc.dsn, u.Host, shown(u))
		}
	}
	for _, dsn := range []string{"postgres://tiger:secret@a:1,b:port/db", "postgres://tiger:secret@a:1,b:2"} {
		if _, err := serverURL(dsn); !errors.Is(err, ErrInvalid) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", dsn, err)
		}
	}
}

func TestTheFirstHostIsNotThere(t *testing.T) {
	t.Parallel()
	dsn := onPostgres.open(t)
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	u.Host = "127.0.0.1:1," + u.Host
	q := u.Query()
	q.Set("target_session_attrs", "read-write")
	u.RawQuery = q.Encode()
	c := open(t, u.String())
	mustTenant(t, c, "demo")
	mustVerify(t, c)
}
