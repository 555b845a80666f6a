package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/feed"
	"holdfast.dev/holdfast/internal/view"
)

// replicaFlags are those of the command that answers reads.
func (c *booksConfig) replicaFlags(cmd *cobra.Command) {
	named(cmd, &c.replicas, replicasFlag,
		"replicas of the databases, for reads that may be a little old: `pairs` NAME=DSN,… by the names of --databases, \""+mainName+"\" for --db; a second one is NAME#2=DSN")
	cmd.Flags().DurationVar(&c.replicaLag, "replica-lag", view.DefaultBound, "how far behind a replica may be before it is left out, 500ms to 25s")
}

// replicated is the database that a replica copies: the part before #.
func replicated(name string) string {
	database, _, _ := strings.Cut(name, "#")
	return database
}

// leastLag keeps the checks of servers and replicas below ten a
// second.
const leastLag = 500 * time.Millisecond

// checkReplicas returns what is wrong with --replicas.
func (c *booksConfig) checkReplicas() error {
	if c.replicaLag != 0 && (c.replicaLag < leastLag || c.replicaLag > view.MaxBound) {
		return fmt.Errorf("--replica-lag %s: it must be %s to %s", c.replicaLag, leastLag, view.MaxBound)
	}
	for _, name := range slices.Sorted(maps.Keys(c.replicas)) {
		dsn := c.replicas[name]
		primary, err := c.dsn(replicated(name))
		if err != nil {
			return fmt.Errorf("--%s %s: there is no database called %q; --databases names them, and the main one is %q", replicasFlag, name, replicated(name), mainName)
		}
		if kind := kindOf(primary); !isOnServer(primary) || kindOf(dsn) != kind {
			return fmt.Errorf("--%s %s: a replica is a %s database's, as the one it follows; a file has none", replicasFlag, name, "postgres:// or mysql://")
		}
		if err := checkDSN(dsn); err != nil {
			return fmt.Errorf("--%s %s: %w", replicasFlag, name, err)
		}
	}
	return nil
}

// openReplicas returns the replicas of the slots. They open nothing before they run,
// so an unreachable replica does not delay the start of a server.
func (c *booksConfig) openReplicas(
	s *slotSet, engines []engine.Engine, directory *catalog.Catalog, histories *feed.Histories, registry prometheus.Registerer, log *slog.Logger,
) (*view.Replicas, error) {
	var copies []view.Replica
	for _, name := range slices.Sorted(maps.Keys(c.replicas)) {
		one := view.Replica{Name: name}
		var sets []int
		for number, p := range s.places {
			if p.Database == replicated(name) {
				one.Slots = append(one.Slots, uint16(number))
				sets = append(sets, p.Set)
			}
		}
		if len(sets) == 0 {
			return nil, fmt.Errorf("--%s %s: no books are kept in the database called %q", replicasFlag, name, replicated(name))
		}
		one.Open = func(ctx context.Context) ([]engine.Engine, func() error, error) {
			return openReplica(ctx, c.replicas[name], one.Slots, sets, c.archive)
		}
		copies = append(copies, one)
	}
	var where view.Where
	if s.layout != nil {
		where = whereabouts{atlas{directory}}
	}
	replicas, err := view.NewReplicas(engines, copies, where, log, view.WithBound(cmp.Or(c.replicaLag, view.DefaultBound)), view.WithEpochs(histories))
	if err != nil {
		return nil, err
	}
	return replicas, countReplicas(replicas, registry)
}

// openReplica opens the sets of a replica, with the records that were archived.
func openReplica(ctx context.Context, dsn string, slots []uint16, sets []int, folder string) (_ []engine.Engine, _ func() error, err error) {
	opened, end, err := dial(ctx, dsn, true, nil)
	if err != nil {
		return nil, nil, err
	}
	engines := make([]engine.Engine, len(sets))
	for i, set := range sets {
		eng, err := opened(ctx, set)
		if err == nil {
			eng, err = withArchive(ctx, eng, slots[i], folder)
		}
		if err != nil {
			return nil, nil, errors.Join(err, end())
		}
		engines[i] = eng
	}
	return engines, end, nil
}

// countReplicas registers how many replicas there are and how many answer.
func countReplicas(r *view.Replicas, registry prometheus.Registerer) error {
	for _, g := range []prometheus.Collector{
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_replicas", Help: "Replicas that this server was told of.",
		}, func() float64 {
			all, _ := r.Count()
			return float64(all)
		}),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "holdfast_replicas_left_out", Help: "Replicas that are behind or do not answer: they are not read.",
		}, func() float64 {
			all, serving := r.Count()
			return float64(all - serving)
		}),
	} {
		if err := registry.Register(g); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
	}
	return nil
}
