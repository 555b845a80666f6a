package main

import (
	"context"
	"fmt"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/mysql"
	"holdfast.dev/holdfast/internal/engine/postgres"
	"holdfast.dev/holdfast/internal/engine/sqlite"
)

// opener opens a set of tables of one database.
type opener func(ctx context.Context, set int) (engine.Engine, error)

// dial connects to the database of the DSN. A replica is opened only for reading. When the
// disk fails, an engine in the SQLite file of the directory stops together with the
// directory; the directory may be nil where nothing is written. end closes the connections,
// after the engines.
func dial(ctx context.Context, dsn string, replica bool, directory *catalog.Catalog) (open opener, end func() error, err error) {
	switch kindOf(dsn) {
	case "postgres":
		var how []postgres.Option
		if replica {
			how = append(how, postgres.ReadOnly())
		}
		db, err := postgres.Dial(ctx, dsn, how...)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, set int) (engine.Engine, error) { return db.Slot(ctx, set) }, db.Close, nil
	case "mysql":
		var how []mysql.Option
		if replica {
			how = append(how, mysql.ReadOnly())
		}
		db, err := mysql.Dial(ctx, dsn, how...)
		if err != nil {
			return nil, nil, err
		}
		return func(ctx context.Context, set int) (engine.Engine, error) { return db.Slot(ctx, set) }, db.Close, nil
	}
	path, err := databaseFile(dsn)
	if err != nil {
		return nil, nil, err
	}
	open = func(ctx context.Context, set int) (engine.Engine, error) {
		if set != 0 {
			return nil, fmt.Errorf("%s: a SQLite file has one set of tables, --sets must be 1", path)
		}
		var how []sqlite.Option
		if directory != nil {
			how = append(how, sqlite.WithFile(directory.File(path)))
		}
		return sqlite.Open(ctx, path, how...)
	}
	return open, func() error { return nil }, nil
}
