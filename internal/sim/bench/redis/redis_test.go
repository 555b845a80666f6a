package redis_test

import (
	"context"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/sim/bench/redis"
)

func TestTheSidesAgreeAndLeaveNothing(t *testing.T) {
	t.Parallel()
	server := dbtest.StartRedis(t)
	c := redis.Defaults()
	c.Database, c.Redis = dbtest.Postgres(t), server.URL
	c.Rounds, c.Cell, c.Callers, c.Items = 1, 100*time.Millisecond, 8, 5
	results, err := redis.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.A.PerSecond <= 0 || r.B.PerSecond <= 0 || r.Ratio <= 0 || r.Note == "" {
			t.Errorf("%+v", r)
		}
	}
	if len(results) != 4 {
		t.Errorf("%d results, want two of each workload", len(results))
	}
	rebuilt, err := redis.Rebuild(t.Context(), c, 30)
	if err != nil || rebuilt.Items != 31 || rebuilt.Keys != 7*31+7 || rebuilt.Seconds <= 0 || rebuilt.One <= 0 {
		t.Errorf("rebuilt: %+v %v", rebuilt, err) // the workload's own item is one more, and the script's has no books
	}
	o, err := rueidis.ParseURL(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	is, err := rueidis.NewClient(o)
	if err != nil {
		t.Fatal(err)
	}
	defer is.Close()
	keys, err := is.Do(context.Background(), is.B().Keys().Pattern("*").Build()).AsStrSlice()
	if err != nil || len(keys) > 0 {
		t.Errorf("keys are left: %v %v", keys, err)
	}
}
