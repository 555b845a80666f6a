package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

func newRedisUse() *cobra.Command {
	var c booksConfig
	cmd := &cobra.Command{
		Use:   "use first|second",
		Short: "Sell through the other of the two Redis of the servers",
		Long: `Use says in the databases of the books which Redis is in use: the one of --redis or the one
of --redis-second. Servers follow within two seconds: they make all balances anew there,
from the books. Nothing is sold from the other one any more, even by a server that does
not know yet. Make sure that the servers reach the Redis that you choose: otherwise
the other one takes over again.`,
		Example:   "  holdfast redis use first --db postgres://holdfast@db/stock",
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{redisFirst, redisSecond},
		RunE: func(cmd *cobra.Command, args []string) error {
			err := c.check()
			if args[0] != redisFirst && args[0] != redisSecond {
				err = errors.Join(err, fmt.Errorf("%q: use %s or %s", args[0], redisFirst, redisSecond))
			}
			if err != nil {
				return &usageError{err: err, path: cmd.CommandPath()}
			}
			return useRedis(cmd.Context(), c, args[0] == redisSecond, cmd.OutOrStdout())
		},
	}
	c.addBooksFlags(cmd)
	return cmd
}

// The names of the two Redis.
const (
	redisFirst  = "first"
	redisSecond = "second"
)

// useRedis chooses in each slot. Servers that were not asked meanwhile may have chosen too: the last one counts.
func useRedis(ctx context.Context, c booksConfig, second bool, out io.Writer) (err error) {
	directory, err := catalog.Open(ctx, c.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	_, places, err := c.layOut(ctx, directory, false)
	if err != nil {
		return err
	}
	changed := 0
	for _, p := range places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return err
		}
		done, err := chooseRedis(ctx, inSet(dsn, p.Set), second)
		if err != nil {
			return err
		}
		if done {
			changed++
		}
	}
	fmt.Fprintf(out, "%d of %d slots changed\n", changed, len(places))
	return nil
}

// chooseRedis reports whether the choice was another one before.
func chooseRedis(ctx context.Context, dsn string, second bool) (changed bool, err error) {
	store, err := task.Open(ctx, dsn)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	for {
		is, err := store.Chosen(ctx)
		if err != nil || is.Second == second {
			return false, err
		}
		if done, err := store.Choose(ctx, is, second); err != nil || done {
			return done, err
		}
	}
}
