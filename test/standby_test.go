package test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// pair is a primary with a standby that follows it, as one database with two
// hosts.
type pair struct {
	primary, standby *dbtest.Server
	dsn              string
}

func newPair(t *testing.T, settings ...string) *pair {
	t.Helper()
	p := &pair{primary: dbtest.StartPostgres(t, settings...)}
	p.dsn = p.primary.DSN(t)
	p.standby = p.primary.Replica(t)
	u, err := url.Parse(p.dsn)
	if err != nil {
		t.Fatal(err)
	}
	p.dsn = strings.Replace(p.dsn, u.Host, p.primary.Addr()+","+p.standby.Addr(), 1) + "?target_session_attrs=read-write"
	return p
}

// sql runs a statement on a server.
func sql(t *testing.T, s *dbtest.Server, statement string) {
	t.Helper()
	if out, err := s.Shell(fmt.Sprintf("psql -X -c %q", statement)).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", statement, err, out)
	}
}

// waitForStandbys makes commits wait for the standbys of that name from now on. The server's
// processes take over the setting one by one. A commit of a beat that waits shows that the deciding
// process has it.
func waitForStandbys(t *testing.T, s *dbtest.Server, names string) {
	t.Helper()
	sql(t, s, "ALTER SYSTEM SET synchronous_standby_names = '"+names+"'")
	sql(t, s, "SELECT pg_reload_conf()")
	waiting := "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
	for {
		out, err := s.Shell(fmt.Sprintf("psql -XqAtc %q", waiting)).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", waiting, err, out)
		}
		if strings.TrimSpace(string(out)) == "t" {
			return
		}
	}
}

// synchronous makes commits wait for the standby from now on.
func (p *pair) synchronous(t *testing.T) {
	t.Helper()
	p.standby.Pause()
	waitForStandbys(t, p.primary, "*")
	p.standby.Resume()
}

// promote makes the standby the primary.
func (p *pair) promote(t *testing.T) {
	t.Helper()
	sql(t, p.standby, "SELECT pg_promote()")
}

// on is a server on the pair.
func (p *pair) on(t *testing.T) *server {
	t.Helper()
	s := offServer(t, "")
	s.db = p.dsn
	s.start()
	return s
}

// reserve asks once for a unit of the mug, under the order as its key, and gives
// up after a while. The status of the reply is 0 when there was none.
func reserve(t *testing.T, s *server, order string, patience time.Duration) reply {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	c := newCaller(adminKey)
	c.http.Timeout = 0
	r, err := c.once(ctx, "POST", s.url("/inventory/reserve"), order, object{"order_id": order, "product_id": "mug", "quantity": 1})
	if err != nil {
		return reply{}
	}
	return *r
}

// A caller hangs up while the commit of its reservation waits for a standby. The driver used to ask
// the server to stop then. That made the server confirm a commit that no standby had, and the
// repeat of the key was acknowledged.
func TestNothingIsAcknowledgedBeforeItsStandbyHasIt(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.on(t)
	c := newCaller(adminKey)
	c.create(t, s, "mug", 10)
	p.synchronous(t)
	c.must(t, "POST", s.url("/inventory/reserve"), "o1", object{"order_id": "o1", "product_id": "mug", "quantity": 1}, nil)

	p.standby.Pause()
	for range 3 {
		if got := reserve(t, s, "o2", 300*time.Millisecond); got.status == http.StatusOK {
			t.Fatal("a reservation was acknowledged that no standby has")
		}
	}
	// A write that waits for a standby does not block reads that do not need it.
	var list struct{ Items []json.RawMessage }
	c.must(t, "GET", s.url("/v1/locations"), "", nil, &list)
	p.primary.Kill()
	p.standby.Resume()
	p.promote(t)
	c.must(t, "POST", s.url("/inventory/reserve"), "o2", object{"order_id": "o2", "product_id": "mug", "quantity": 1}, nil)
	if f := c.product(t, s, "mug"); f.Reserved != 2 || f.Available != 8 {
		t.Errorf("%+v, want 2 reserved and 8 available", f)
	}
	s.stop()
	s.verify()
}

// The standby is there again: callers that waited have an answer at once.
func TestACommitThatWaitedForItsStandbyIsAcknowledgedOnce(t *testing.T) {
	t.Parallel()
	db := dbtest.StartPostgres(t)
	s := offServer(t, "")
	s.db = db.DSN(t)
	s.start()
	c := newCaller(adminKey)
	c.create(t, s, "mug", 10)
	waitForStandbys(t, db, "nobody")
	if got := reserve(t, s, "o1", 300*time.Millisecond); got.status == http.StatusOK {
		t.Fatal("a reservation was acknowledged that no standby has")
	}
	if f := c.product(t, s, "mug"); f.Reserved != 0 || f.Available != 10 {
		t.Errorf("%+v while nobody knows: want the state before", f)
	}
	// Both calls end at the same moment. When the second ends first, it says that the
	// first is still being carried out.
	if got := reserve(t, s, "o1", time.Minute); got.status != http.StatusServiceUnavailable && got.code != "IN_PROGRESS" {
		t.Errorf("at its deadline the call got %d %s, want 503 or IN_PROGRESS", got.status, got.code)
	}
	answered := make(chan int, 1)
	go func() { answered <- reserve(t, s, "o1", time.Minute).status }()
	sql(t, db, "ALTER SYSTEM RESET synchronous_standby_names")
	sql(t, db, "SELECT pg_reload_conf()")
	there := time.Now()
	if got := <-answered; got != http.StatusOK {
		t.Errorf("with the standby there it got %d, want 200", got)
	}
	t.Logf("acknowledged %v after the standby was there", time.Since(there).Round(time.Millisecond))
	if f := c.product(t, s, "mug"); f.Reserved != 1 || f.Available != 9 {
		t.Errorf("%+v, want 1 reserved and 9 available", f)
	}
	s.stop()
	s.verify()
}

// A server sleeps through a failover that loses its own last write. When it wakes, the log of the
// new primary has grown past what it knew. Without the fix it wrote onto that log, and 14 of 10
// units were held.
func TestAServerThatSleptThroughALossyFailoverNamesWhatWasLost(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	asleep, awake := p.on(t), p.on(t)
	c := newCaller(adminKey)
	c.create(t, asleep, "mug", 10)
	for n := range 3 {
		if got := reserve(t, asleep, fmt.Sprint("kept-", n), time.Minute); got.status != http.StatusOK {
			t.Fatalf("reserve: %d", got.status)
		}
	}
	c.product(t, awake, "mug")
	p.standby.CatchUp()
	p.standby.Kill() // it misses what follows
	var last string
	for n := range 5 {
		if got := reserve(t, asleep, fmt.Sprint("lost-", n), time.Minute); got.status != http.StatusOK {
			t.Fatalf("reserve: %d", got.status)
		}
	}
	last = restock(t, asleep)
	asleep.freeze()
	p.primary.Kill()
	p.standby.Start()
	p.promote(t)
	// The log grows past what the sleeper has seen.
	for n := range 12 {
		c.must(t, "POST", awake.url("/inventory/restock"), fmt.Sprint("new-", n), object{"product_id": "mug", "quantity": 1}, nil)
	}
	asleep.thaw()
	token{"a place of the lost time", "/inventory/product/mug", "Holdfast-After", last}.asksUntil(t, asleep, "POSITION_GONE")
	// The epoch began with the other server's first write. The sleeper names the lost records once
	// it has compared.
	for !strings.Contains(asleep.log.String(), "acknowledged records were lost") {
		c.product(t, asleep, "mug")
	}
	if f := c.product(t, asleep, "mug"); f.Reserved != 3 || f.Available != 19 {
		t.Errorf("%+v, want 3 reserved and 19 available", f)
	}
	asleep.stop()
	awake.stop()
	awake.verify()
}

// asksUntil sends the token back until the server answers with the problem.
func (k token) asksUntil(t *testing.T, s *server, code string) {
	t.Helper()
	c := newCaller(adminKey)
	ctx, cancel := context.WithTimeout(t.Context(), hang)
	defer cancel()
	for tick := time.Tick(50 * time.Millisecond); ; <-tick {
		if ctx.Err() != nil {
			t.Fatalf("%s never got %s", k.name, code)
		}
		req, err := http.NewRequestWithContext(ctx, "GET", s.url(k.path), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+adminKey)
		req.Header.Set(k.header, k.value)
		res, err := c.http.Do(req)
		if err != nil {
			continue
		}
		var problem struct{ Code string }
		err = json.NewDecoder(res.Body).Decode(&problem)
		_ = res.Body.Close()
		if err == nil && problem.Code == code {
			return
		}
	}
}

// The cluster has promoted the standby, and the old primary keeps running without knowing: its
// commits wait for ever. Without the fix writes stood still for as long as it ran.
func TestAPrimaryThatItsClusterHasLeftIsLeft(t *testing.T) {
	t.Parallel()
	p := newPair(t)
	s := p.on(t)
	c := newCaller(adminKey)
	c.create(t, s, "mug", 10)
	p.synchronous(t)
	c.must(t, "POST", s.url("/inventory/reserve"), "o1", object{"order_id": "o1", "product_id": "mug", "quantity": 1}, nil)
	p.promote(t)
	c.must(t, "POST", s.url("/inventory/reserve"), "o2", object{"order_id": "o2", "product_id": "mug", "quantity": 1}, nil)
	p.primary.Kill()
	if f := c.product(t, s, "mug"); f.Reserved != 2 || f.Available != 8 {
		t.Errorf("%+v on the primary that is left, want 2 reserved and 8 available", f)
	}
	s.stop()
	s.verify()
}
