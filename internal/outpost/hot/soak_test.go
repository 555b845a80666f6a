package hot_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/outpost/hot"
)

// soakOrders is how many reservations a soak acknowledges in all, unless HOT_SOAK_ORDERS names
// another number.
const soakOrders = 510_000

// Half a million reservations on PostgreSQL and MariaDB, with each way of Redis to write to its
// disk and with a primary that fails over, while everything dies, stops and is emptied.
func TestSoakThroughRedis(t *testing.T) {
	if os.Getenv("SOAK") == "" {
		t.Skip("make soak runs it; the tests of single faults are its short form")
	}
	want := soakOrders
	if n, err := strconv.Atoi(os.Getenv("HOT_SOAK_ORDERS")); err == nil {
		want = n
	}
	single := func(settings ...string) func(testing.TB) *dbtest.Redis {
		return func(tb testing.TB) *dbtest.Redis { return dbtest.StartRedis(tb, settings...) }
	}
	kinds := []struct {
		name     string
		database func(testing.TB, ...string) *dbtest.Server
		redis    func(testing.TB) *dbtest.Redis
	}{
		{"postgres, synced always", dbtest.StartPostgres, single()},
		{"postgres, synced each second", dbtest.StartPostgres, single("--appendfsync", "everysec")},
		{"postgres, with replicas", dbtest.StartPostgres, dbtest.StartRedisSentinel},
		{"mysql, synced each second", dbtest.StartMySQL, single("--appendfsync", "everysec")},
		{"mysql, kept in memory", dbtest.StartMySQL, single("--appendonly", "no")},
	}
	for n, kind := range kinds {
		t.Run(kind.name, func(t *testing.T) { soak(t, kind.database(t), kind.redis(t), want/len(kinds), uint64(n)) })
	}
}

// soak has faults come at random until so many orders were acknowledged.
func soak(t *testing.T, db *dbtest.Server, redis *dbtest.Redis, want int, seed uint64) {
	t.Helper()
	c := newTrial(t, db.DSN(t), redis)
	r := rand.New(rand.NewPCG(21, seed))
	stopped := func() { <-time.After(time.Duration(100+r.IntN(1500)) * time.Millisecond) }
	faults := map[string]func(){
		"Redis killed":     func() { killRedis(t, redis) },
		"Redis emptied":    func() { empty(t, redis) },
		"database killed":  func() { db.Kill(); db.Start() },
		"database stopped": func() { db.Pause(); stopped(); db.Resume() },
	}
	if redis.Sentinel == nil { // stopped behind a Sentinel it is as killed
		faults["Redis stopped"] = func() { redis.Servers[0].Pause(); stopped(); redis.Servers[0].Resume() }
	}
	names := slices.Sorted(maps.Keys(faults))
	done := map[string]int{}
	for c.a.count() < want {
		var some []func()
		for range 1 + r.IntN(4) {
			name := names[r.IntN(len(names))]
			some = append(some, func() { faults[name](); done[name]++ })
		}
		c.run(1000*(1+len(some)), some...)
		done["process killed"]++
	}
	c.judge()
	var all []string
	for _, name := range slices.Sorted(maps.Keys(done)) {
		all = append(all, fmt.Sprint(name, " ", done[name], " times"))
	}
	t.Log(strings.Join(all, ", "))
}

// killRedis kills the server that has the item, and starts it again: behind a Sentinel when
// another one has taken over.
func killRedis(t *testing.T, redis *dbtest.Redis) {
	t.Helper()
	if redis.Sentinel == nil {
		redis.Servers[0].Kill()
		redis.Servers[0].Start()
		return
	}
	one := redis.Primary(t)
	one.Kill()
	redis.Primary(t)
	one.Start()
	redis.WaitForFollowers(t, len(redis.Servers)-1)
}

func empty(t *testing.T, redis *dbtest.Redis) {
	t.Helper()
	b, err := hot.Connect(redis.URL)
	if err != nil {
		t.Error(err)
		return
	}
	defer b.Close()
	if err := b.Redis().Do(t.Context(), b.Redis().B().Flushall().Build()).Error(); err != nil {
		t.Error(err)
	}
}
