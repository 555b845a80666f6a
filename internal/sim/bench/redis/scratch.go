package redis

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"

	"github.com/jackc/pgx/v5"
)

// scratch is a database of its own on a PostgreSQL server.
type scratch struct {
	home *pgx.Conn // to the database that the user named
	name string
	dsn  string
}

// makeScratch makes another database on the server that the DSN names.
func makeScratch(ctx context.Context, dsn string) (*scratch, error) {
	u, err := url.Parse(dsn)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, errors.New("the DSN is not like postgres://user:password@host:5432/database")
	}
	home, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	s := &scratch{home: home, name: "holdfast_bench_" + drawName()}
	if _, err := home.Exec(ctx, "CREATE DATABASE "+s.name); err != nil {
		return nil, errors.Join(fmt.Errorf("create a scratch database: %w", err), home.Close(ctx))
	}
	own := *u
	own.Path = "/" + s.name
	s.dsn = own.String()
	return s, nil
}

func drawName() string {
	var b [6]byte
	rand.Read(b[:]) //nolint:errcheck // never fails
	return hex.EncodeToString(b[:])
}

// drop removes the database.
func (s *scratch) drop(ctx context.Context) error {
	_, err := s.home.Exec(ctx, "DROP DATABASE "+s.name+" WITH (FORCE)")
	return errors.Join(err, s.home.Close(ctx))
}
