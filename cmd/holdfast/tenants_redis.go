package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

// tenantRedis is where the keys of a tenant that is deleted are.
type tenantRedis struct {
	url, second string // "": not named
	gone        bool   // there are none any longer
}

func (r *tenantRedis) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "redis", "", "Redis of the servers, whose keys of the tenant are deleted, written as for serve (default: none)")
	cmd.Flags().StringVar(&r.second, "redis-second", "", "the second Redis of the servers (default: none)")
	cmd.Flags().BoolVar(&r.gone, "redis-gone", false, "no Redis has keys of the tenant: it was emptied, or is off for good")
}

func (r *tenantRedis) check() error {
	if r.gone && (r.url != "" || r.second != "") {
		return errors.New("--redis-gone says that there is no Redis, --redis and --redis-second name one")
	}
	return (&redisServing{url: r.url, second: r.second, after: redisSecondAfter}).check()
}

// eachTasks calls fn with the tasks of each slot where items sell through Redis, or did.
func eachTasks(ctx context.Context, c booksConfig, s *slotSet, fn func(tasks task.Store) error) error {
	for i, p := range s.places {
		dsn, err := c.dsn(p.Database)
		if err != nil {
			return err
		}
		if !isOnServer(dsn) {
			continue
		}
		tasks, err := task.OpenToDrop(ctx, inSet(dsn, p.Set))
		if err == nil && tasks != nil {
			err = errors.Join(fn(tasks), tasks.Close())
		}
		if err != nil {
			return fmt.Errorf("%s: tasks of Redis: %w", s.names[i], err)
		}
	}
	return nil
}

// readyRedis counts what the tenant has that sold through Redis, and returns what prevents that its keys are deleted.
func (c *tenantsConfig) readyRedis(ctx context.Context, s *slotSet, tenant string) (all task.Kept, err error) {
	tookOver := false
	err = eachTasks(ctx, c.books, s, func(tasks task.Store) error {
		kept, err := tasks.Kept(ctx, tenant)
		if err != nil {
			return err
		}
		all.Items, all.Tasks = all.Items+kept.Items, all.Tasks+kept.Tasks
		at, err := tasks.Chosen(ctx)
		tookOver = tookOver || at.Term > 0
		return err
	})
	switch {
	case err != nil || all.Items == 0 || c.redis.gone:
		return all, err
	case c.redis.url == "":
		return all, fmt.Errorf("tenant %q sold %s through Redis, which has keys with its orders: name it with --redis, or give --redis-gone if it was emptied or is off for good; nothing was changed",
			tenant, counted(all.Items, "item", "items"))
	case tookOver && c.redis.second == "":
		return all, errors.New("the servers had a second Redis, which has keys of the tenant too: name it with --redis-second, or give --redis-gone alone if both were emptied or are off for good; nothing was changed")
	}
	return all, nil
}

// dropKeys drops the tenant's keys in Redis, or counts them.
func (c *tenantsConfig) dropKeys(ctx context.Context, tenant string) (int64, error) {
	if c.redis.url == "" {
		return 0, nil
	}
	balances, err := (&redisServing{url: c.redis.url, second: c.redis.second}).connect()
	if err != nil {
		return 0, err
	}
	defer balances.Close()
	return balances.DropTenant(ctx, tenant, c.dryRun)
}
