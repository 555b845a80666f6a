package hot_test

import (
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
)

// The database of the books and tasks dies while callers reserve.
func TestNothingIsLostWhenTheDatabaseDies(t *testing.T) {
	t.Parallel()
	db := dbtest.StartPostgres(t)
	crash(t, db.DSN(t), dbtest.StartRedis(t, "--appendfsync", "everysec"), []func(){
		func() { db.Kill(); db.Start() },
		func() { db.Kill(); db.Start() },
	})
}
