package test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
	"holdfast.dev/holdfast/internal/stock"
)

// A tenant that sold through Redis is deleted with its tasks, its items and its keys there, though the command is
// killed. The tenant that has the id next begins empty: it gets no answer to a key of the first one, even when the
// keys stayed in Redis.
func TestATenantThatSoldThroughRedisIsDeletedThereToo(t *testing.T) {
	t.Parallel()
	for _, db := range []struct {
		name string
		dsn  func(testing.TB) string
	}{{"PostgreSQL", dbtest.Postgres}, {"MariaDB", dbtest.MySQL}} {
		t.Run(db.name, func(t *testing.T) {
			t.Parallel()
			redis := dbtest.StartRedis(t)
			s := offServer(t, "")
			s.db = db.dsn(t)
			s.subcommand = []string{"serve", "--redis", redis.URL}
			s.start()
			deleteFromRedis(t, s, redis.URL)
		})
	}
}

// mugTenant is a caller of a new tenant whose only product sells through Redis.
func mugTenant(t *testing.T, s *server, id string) *caller {
	t.Helper()
	c := newCaller(strings.TrimSpace(runWith(t, nil, "keys", "create", "--db", s.db, "--tenant", id, "--scopes", "admin").stdout))
	accepts(t, s, c.key, 200)
	c.must(t, "PUT", s.url("/v1/redis/rules"), "", object{"list": "allowed"}, nil)
	c.create(t, s, "mug", 50)
	c.waitOpen(t, s, "mug")
	return c
}

// reserveMugs reserves the same orders under the same keys each time.
func reserveMugs(t *testing.T, c *caller, s *server, replayed bool) {
	t.Helper()
	for n := range 5 {
		order := fmt.Sprint("o-", n)
		r, err := c.ask(t, "POST", s.url("/v1/inventory/reserve"), "key-"+order, object{"order_id": order, "product_id": "mug", "quantity": 2, "customer_id": "Jane Miller"})
		if err != nil || r.status != 200 || r.replayed != replayed {
			t.Errorf("order %s: %+v, %v; want 200, replayed %t", order, r, err, replayed)
		}
		c.must(t, "GET", s.url("/v1/inventory/orders/"+order), "", nil, nil)
	}
	if f := c.product(t, s, "mug"); f.Available != 40 {
		t.Errorf("there are %+v, want 40 available", f)
	}
}

func deleteFromRedis(t *testing.T, s *server, redis string) {
	remove := []string{"tenants", "delete", "gone", "--db", s.db}
	deletes := func(want string, more ...string) {
		t.Helper()
		if o := runWith(t, nil, append(remove, more...)...); o.code != 0 && !strings.Contains(o.stderr, "deleted before") || !strings.Contains(o.stdout+o.stderr, want) {
			t.Fatalf("delete ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
		}
		if o := runWith(t, nil, "verify", "--db", s.db); o.code != 0 {
			t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
		}
	}
	stays := mugTenant(t, s, "stays")
	reserveMugs(t, stays, s, false)
	first := mugTenant(t, s, "gone")
	reserveMugs(t, first, s, false)
	s.kill()
	runWith(t, nil, remove...).wantSentence(t, "sold 1 item through Redis", "--redis-gone")
	runWith(t, nil, append(remove, "--redis", "redis://"+freeAddress(t))...).wantSentence(t, "the books were not changed", "--redis-gone")
	deletes("nothing was changed", "--redis", redis, "--dry-run")
	if n := keysOf(t, redis, "gone"); n == 0 {
		t.Error("a dry run has dropped the keys")
	}
	killSome(t, append(remove, "--redis", redis))
	deletes("delete", "--redis", redis)
	if n := keysOf(t, redis, "gone"); n > 0 {
		t.Errorf("Redis has %d keys of the tenant", n)
	}

	s.start()
	accepts(t, s, first.key, 401)
	second := mugTenant(t, s, "gone")
	reserveMugs(t, second, s, false)
	reserveMugs(t, stays, s, true)
	s.kill()
	deletes("Redis: 1 item, ", "--redis-gone") // and its keys stay
	if n := keysOf(t, redis, "gone"); n == 0 {
		t.Error("keys were dropped in a Redis that was not named")
	}

	s.start()
	reserveMugs(t, mugTenant(t, s, "gone"), s, false)
	reserveMugs(t, stays, s, true)
	s.stop()
	s.verify()

	// Rows that an earlier version left are found, and dropped.
	tasks, err := task.Open(t.Context(), s.db)
	if err != nil {
		t.Fatal(err)
	}
	defer tasks.Close()
	if _, err := tasks.Add(t.Context(), stock.ItemKey{Tenant: "left", Product: "mug", Location: "default"}); err != nil {
		t.Fatal(err)
	}
	if o := runWith(t, nil, "verify", "--db", s.db); o.code != 1 || !strings.Contains(o.stdout, `1 row or entry is of tenant "left", which is not there`) {
		t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	if err := task.DropTenant(t.Context(), tasks, "left"); err != nil {
		t.Fatal(err)
	}
	deletes("delete", "--redis", redis)
	if _, err := tasks.Add(t.Context(), stock.ItemKey{Tenant: "gone", Product: "mug", Location: "default"}); err != nil {
		t.Fatal(err)
	}
	if o := runWith(t, nil, "verify", "--db", s.db); o.code != 1 {
		t.Errorf("verify ends with %d:\n%s%s", o.code, o.stdout, o.stderr)
	}
	deletes("Redis: 1 item, 0 tasks, 0 keys", "--redis", redis)
}

// keysOf counts the keys of the tenant in Redis.
func keysOf(t *testing.T, url, tenant string) int {
	t.Helper()
	o, err := rueidis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	o.DisableCache = true
	c, err := rueidis.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	all, err := c.Do(t.Context(), c.B().Keys().Pattern("{"+tenant+"|*").Build()).AsStrSlice()
	if err != nil {
		t.Fatal(err)
	}
	return len(all)
}
