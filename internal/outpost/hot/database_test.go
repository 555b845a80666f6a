package hot_test

import (
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The database of the books and tasks dies, and stops for a while, while callers reserve.
func TestNothingIsLostWhenTheDatabaseDies(t *testing.T) {
	t.Parallel()
	for name, start := range map[string]func(testing.TB, ...string) *dbtest.Server{"postgres": dbtest.StartPostgres, "mysql": dbtest.StartMySQL} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := start(t)
			c := newTrial(t, db.DSN(t), dbtest.StartRedis(t, "--appendfsync", "everysec"))
			c.crash(
				func() { db.Kill(); db.Start() },
				func() {
					db.Pause() // and nobody has an answer
					<-time.After(time.Second)
					db.Resume()
				},
				func() { db.Kill(); db.Start() },
			)
			c.judge()
		})
	}
}
