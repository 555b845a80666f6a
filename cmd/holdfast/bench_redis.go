package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/sim/bench"
	"holdfast.dev/holdfast/internal/sim/bench/redis"
)

type benchRedisConfig struct {
	db, url         string
	callers, rounds int
	rebuild         int
	json            bool
}

func newBenchRedis() *cobra.Command {
	var c benchRedisConfig
	cmd := &cobra.Command{
		Use:   "redis",
		Short: "Measure reservations through Redis against the ledger's own path",
		Long: `Measure durable reservations through Redis, with their way into the books,
against the ledger's own path on the same PostgreSQL, and against the script in
Redis alone, one call for each. Callers are in this process. Both run with one
item that everybody wants (hot) and with a thousand (spread, zipf 1.1). At the
end units held and acknowledged calls must agree, and the books are verified.

With --rebuild it measures instead how long the balances of so many items take
to be made anew from the books after Redis has lost them, all at once and one
item on demand.

It makes a database of its own on the server and drops it, and deletes its keys
in Redis. It takes about two minutes.`,
		Example: `  holdfast bench redis --db postgres://holdfast:secret@127.0.0.1:5432/postgres --redis redis://127.0.0.1:6379
  holdfast bench redis --db postgres://holdfast:secret@127.0.0.1:5432/postgres --redis redis://127.0.0.1:6379 --rebuild 143000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return runBenchRedis(cmd, c) },
	}
	d := redis.Defaults()
	cmd.Flags().StringVar(&c.db, "db", "", "PostgreSQL server: postgres://user:password@host:5432/database")
	cmd.Flags().StringVar(&c.url, "redis", "", "Redis: redis://HOST:PORT")
	cmd.Flags().IntVar(&c.callers, "callers", d.Callers, "how many callers reserve at once")
	cmd.Flags().IntVar(&c.rounds, "rounds", d.Rounds, "how often each side is measured; the median counts")
	cmd.Flags().IntVar(&c.rebuild, "rebuild", 0, "measure instead how long so many items take to be made anew in Redis")
	cmd.Flags().BoolVar(&c.json, "json", false, "print one JSON array, alone on standard output")
	return cmd
}

func runBenchRedis(cmd *cobra.Command, c benchRedisConfig) error {
	for _, flag := range []struct {
		name, value string
	}{{"--db", c.db}, {"--redis", c.url}} {
		if flag.value == "" {
			return &usageError{err: fmt.Errorf("%s must be given", flag.name), path: cmd.CommandPath()}
		}
	}
	if c.callers < 1 || c.callers > 10_000 || c.rounds < 1 || c.rounds > 1000 {
		return &usageError{err: fmt.Errorf("--callers %d, --rounds %d: from 1 to 10000, and from 1 to 1000", c.callers, c.rounds), path: cmd.CommandPath()}
	}
	if c.rebuild < 0 || c.rebuild > 10_000_000 {
		return &usageError{err: fmt.Errorf("--rebuild %d: at most 10000000", c.rebuild), path: cmd.CommandPath()}
	}
	collectLess()
	say := cmd.ErrOrStderr()
	config := redis.Defaults()
	config.Database, config.Redis, config.Callers, config.Rounds = c.db, c.url, c.callers, c.rounds
	config.Progress = func(what string) { fmt.Fprintln(say, what) }
	config.Report = func(r bench.Result) { fmt.Fprintf(say, "%s; %s\n", r, r.Note) }
	if c.rebuild > 0 {
		return runRebuild(cmd, c, config)
	}
	results, err := redis.Run(cmd.Context(), config)
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(results)
	}
	return bench.WriteTable(cmd.OutOrStdout(), results)
}

func runRebuild(cmd *cobra.Command, c benchRedisConfig, config redis.Config) error {
	res, err := redis.Rebuild(cmd.Context(), config, c.rebuild)
	if err != nil {
		return err
	}
	if c.json {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(res)
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), res)
	return err
}
