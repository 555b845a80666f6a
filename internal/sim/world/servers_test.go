package world_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"

	"holdfast.dev/holdfast/internal/dbtest"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/sim/world"
)

// database is one of a server that may be the store of several slots.
type database interface {
	Slot(ctx context.Context, set int) (engine.Engine, error)
	Close() error
}

type postgresDatabase struct{ *postgres.Database }

func (d postgresDatabase) Slot(ctx context.Context, set int) (engine.Engine, error) {
	return d.Database.Slot(ctx, set)
}

type mysqlDatabase struct{ *mysql.Database }

func (d mysqlDatabase) Slot(ctx context.Context, set int) (engine.Engine, error) {
	return d.Database.Slot(ctx, set)
}

type dial func(context.Context) (database, error)

func postgresAt(dsn string) dial {
	return func(ctx context.Context) (database, error) {
		d, err := postgres.Dial(ctx, dsn)
		return postgresDatabase{d}, err
	}
}

func mysqlAt(dsn string) dial {
	return func(ctx context.Context) (database, error) {
		d, err := mysql.Dial(ctx, dsn)
		return mysqlDatabase{d}, err
	}
}

// servers are the databases that hold the slots: that many sets in each. Every world
// gets sets of its own.
type servers struct {
	dials []dial
	sets  int
	used  atomic.Int64
}

// open connects inside the bubble, because the world's time is there.
func (s *servers) open(ctx context.Context) (slots []engine.Engine, closeAll func() error, err error) {
	var databases []database
	closeAll = func() error {
		var errs []error
		for _, d := range databases {
			errs = append(errs, d.Close())
		}
		return errors.Join(errs...)
	}
	for _, connect := range s.dials {
		d, err := connect(ctx)
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		databases = append(databases, d)
	}
	first := int(s.used.Add(int64(s.sets))) - s.sets
	for set := range s.sets {
		for _, d := range databases {
			slot, err := d.Slot(ctx, first+set)
			if err != nil {
				return nil, nil, errors.Join(err, closeAll())
			}
			slots = append(slots, slot)
		}
	}
	return slots, closeAll, nil
}

// TestSeedsOnServers runs short worlds: a commit there takes milliseconds.
func TestSeedsOnServers(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*servers{
		"two PostgreSQL databases with four sets each": {
			dials: []dial{postgresAt(dbtest.Postgres(t)), postgresAt(dbtest.Postgres(t))}, sets: 4,
		},
		"PostgreSQL and MariaDB with two sets each": {
			dials: []dial{postgresAt(dbtest.Postgres(t)), mysqlAt(dbtest.MySQL(t))}, sets: 2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			seedsWith(t, name, 12, func(seed uint64) world.Config {
				return world.Config{Seed: seed, Engine: fmt.Sprint(name), Open: s.open, Clients: 4, Commands: 5}
			})
		})
	}
}
