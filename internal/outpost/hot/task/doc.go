// Package task keeps the items that sell through Redis, and the log of what Redis took. Both are in
// the database of the items' slot, with the books, so a back-up has all of it or nothing.
// Package hot defines what tasks mean.
package task

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"holdfast.dev/holdfast/internal/dburl"
	"holdfast.dev/holdfast/internal/outpost/hot"
	"holdfast.dev/holdfast/internal/stock"
)

// Store is a hot.Store in a database.
type Store interface {
	hot.Store
	tenantRows
	// Owed is what tasks of the item that are not finished need.
	Owed(ctx context.Context, item int64) (Owed, error)
	Close() error
}

// Owed are tasks that the books do not have, and the units that they need of those that were given to Redis.
type Owed struct {
	Tasks int
	Units stock.Qty
}

// Open opens the tasks of the slot that the DSN names, and makes its tables if there are
// none. SQLite is refused: it is faster alone than with Redis.
func Open(ctx context.Context, dsn string) (Store, error) { return open(ctx, dsn, true) }

// OpenToRead opens the tasks without a change in the database; nil when nothing ever sold through Redis there, or an earlier
// version has made the tables.
func OpenToRead(ctx context.Context, dsn string) (Store, error) { return open(ctx, dsn, false) }

// OpenToDrop opens the tasks to drop a tenant; nil when nothing ever sold through Redis there.
func OpenToDrop(ctx context.Context, dsn string) (Store, error) {
	s, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	is, err := s.made(ctx, "tenant")
	if err != nil || !is {
		return nil, closed(s, err)
	}
	return begun(ctx, s, true) // tables of an earlier version lack some that DropTenant empties
}

func open(ctx context.Context, dsn string, makes bool) (Store, error) {
	s, err := connect(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return begun(ctx, s, makes)
}

func connect(ctx context.Context, dsn string) (tables, error) {
	scheme, _, _ := strings.Cut(dsn, "://")
	switch scheme {
	case "postgres", "postgresql", "mysql":
	default:
		return nil, errors.New("selling through Redis needs books on PostgreSQL, MySQL or MariaDB: SQLite answers faster without Redis")
	}
	u, err := dburl.Parse(dsn)
	if err != nil {
		return nil, errors.New("the DSN of the books cannot be read") // its text has the password
	}
	q := u.Query()
	set := 0
	if text := q.Get("set"); text != "" {
		if set, err = strconv.Atoi(text); err != nil || set < 0 {
			return nil, fmt.Errorf("set=%s: want a number", text)
		}
	}
	for _, ours := range []string{"set", "unsafe", "pool_max_conns"} {
		q.Del(ours)
	}
	if scheme == "mysql" {
		m, err := openMySQL(u, q, set)
		if err != nil {
			return nil, err
		}
		return inMySQL(m), nil
	}
	p, err := openPostgres(ctx, withQuery(u, q), set)
	if err != nil {
		return nil, err
	}
	return inPostgres(p), nil
}

// tables are a store that can make its tables.
type tables interface {
	Store
	makeTables(ctx context.Context) error
	// made reports whether the tables are there, with the column of hot_item.
	made(ctx context.Context, column string) (bool, error)
}

// begun returns the store when its tables are there.
func begun(ctx context.Context, s tables, makes bool) (Store, error) {
	if makes {
		if err := s.makeTables(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("make the tables of tasks: %w", err), s.Close())
		}
		return s, nil
	}
	is, err := s.made(ctx, latestColumn)
	if err != nil || !is {
		return nil, closed(s, err)
	}
	return s, nil
}

// closed closes a store whose tables are not there, or could not be looked for.
func closed(s tables, err error) error {
	if err != nil {
		err = fmt.Errorf("open the tables of tasks: %w", err)
	}
	return errors.Join(err, s.Close())
}

// withQuery is the URL with another query. It may name several hosts.
func withQuery(u *url.URL, q url.Values) string {
	c := *u
	c.RawQuery = q.Encode()
	return c.String()
}

// bodyOf is never nil: the column takes no NULL.
func bodyOf(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// useOf is what a row has of the use of a key: no id without a key.
func useOf(u hot.KeyUse) (id, text []byte) {
	if u == (hot.KeyUse{}) {
		return nil, []byte{}
	}
	return u.ID[:], u.Print[:]
}

// number gives tasks that are next in the books their numbers there, behind how many the books have.
func number(all []hot.Task, written uint64) {
	for i := range all {
		all[i].Seq, all[i].State = written+uint64(i)+1, hot.Sent //nolint:gosec // i counts from 0
	}
}

// rowAddress is where an item's row is.
type rowAddress struct {
	epoch int64
	state hot.State
}

// moving are the items that are still where they were, after the turn.
func moving(was []hot.Listed, is map[int64]rowAddress, to hot.Turn) (now []hot.Listed) {
	for _, l := range was {
		if is[l.ID] == (rowAddress{l.Epoch, l.State}) {
			now = append(now, to.Of(l))
		}
	}
	return now
}

// unitsOf are the units that were given, and those that may be taken, of each item.
func unitsOf(all []hot.Listed) (given, free []int64) {
	given, free = make([]int64, len(all)), make([]int64, len(all))
	for i := range all {
		given[i], free[i] = int64(all[i].Given), int64(all[i].Free)
	}
	return given, free
}

func idsOf(all []hot.Listed) []int64 {
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

const (
	// dropItems and dropRows bound what one transaction drops.
	dropItems = 500
	dropRows  = 10_000
)

// DropTenant drops all rows of the tenant. An item goes behind its tasks, so a repeat finds what an interrupted call left. No
// server may run.
func DropTenant(ctx context.Context, s Store, tenant string) error {
	for {
		items, err := s.itemsOf(ctx, tenant, dropItems)
		if err != nil {
			return fmt.Errorf("drop the tasks of Redis: %w", err)
		}
		if len(items) == 0 {
			return nil
		}
		for _, of := range [...][2]string{{"hot_task", "item"}, {"hot_mend", "item"}, {"hot_item", "id"}} {
			for n := int64(1); n > 0; {
				if n, err = s.dropOf(ctx, of[0], of[1], items, dropRows); err != nil {
					return fmt.Errorf("drop the tasks of Redis: %w", err)
				}
			}
		}
	}
}
