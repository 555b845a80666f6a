package hot_test

import (
	"os"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The primary that has the item dies while callers reserve, a replica takes over, and the old
// primary comes back as its replica. Each time the balance is made again from the books.
func TestNothingIsLostWhenAReplicaTakesOver(t *testing.T) {
	t.Parallel()
	dsn := dbtest.Postgres(t)
	failovers := 1
	if os.Getenv("SOAK") != "" {
		failovers = 10
	}
	for set, kind := range []struct {
		name     string
		start    func(testing.TB) *dbtest.Redis
		replicas int
	}{{"sentinel", dbtest.StartRedisSentinel, 2}, {"cluster", dbtest.StartRedisCluster, 3}} {
		t.Run(kind.name, func(t *testing.T) {
			redis := kind.start(t)
			var dead *dbtest.Program
			faults := []func(){func() {}}
			for n := range failovers {
				faults = append(faults, func() { // and answers come again when a replica has taken over
					dead = redis.Primary(t)
					dead.Kill()
				}, func() {
					if dead.Start(); n+1 < failovers {
						redis.WaitForFollowers(t, kind.replicas)
					}
				})
			}
			c := newTrial(t, dsn+[]string{"", "&set=1"}[set], redis)
			c.crash(faults...)
			c.judge()
			p := mustOpen(t, c.dsn, redis.URL)
			defer p.close()
			// Turning on takes two epochs, each new balance and turning off one.
			l, err := p.store.Find(t.Context(), crashItem)
			if err != nil || l.Epoch < int64(3+failovers) {
				t.Errorf("%v: the item is %+v after %d failovers: the balance was not made again", err, l, failovers)
			}
		})
	}
}
