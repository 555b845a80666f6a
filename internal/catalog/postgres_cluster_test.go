package catalog

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A writer that waits for a lock leaves when its caller does, and no request to
// cancel is sent for it: that could meet a COMMIT.
func TestNoWriteIsCancelledByRequest(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
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
		if u.Host != tc.host || redactDSN(u) != tc.shown {
			t.Errorf("%s: hosts %s, shown as %s", tc.dsn, u.Host, redactDSN(u))
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

// The primary lives on, and its commits wait for ever for a standby which the
// cluster has promoted meanwhile.
func TestAWriteLeavesAPrimaryThatItsClusterHasLeft(t *testing.T) {
	t.Parallel()
	p := newLoneServer(t)
	standby := p.Replica(t)
	u, err := url.Parse(p.dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := open(t, strings.Replace(p.dsn, u.Host, p.Addr()+","+standby.Addr(), 1)+"?target_session_attrs=read-write")
	mustTenant(t, c, "demo")
	p.loseStandby()
	leave, answer := p.underway(func(ctx context.Context) error {
		_, err := c.CreateTenant(ctx, "second")
		return err
	})
	defer leave()
	standby.CatchUp()
	if _, err := administer(t, standby.Admin()).Exec(`SELECT pg_promote()`); err != nil {
		t.Fatal(err)
	}
	mustBeIndeterminate(t, "the write that waited", <-answer)

	mustTenant(t, c, "third")
	for _, id := range []string{"demo", "second", "third"} {
		if _, err := c.Tenant(t.Context(), id); err != nil {
			t.Errorf("tenant %s: %v", id, err)
		}
	}
}
