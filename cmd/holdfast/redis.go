package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/progress"
)

// redisConfig has the settings of "redis" and its commands.
type redisConfig struct {
	talkConfig
	All   bool
	given *pflag.FlagSet
}

func newRedis() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "redis",
		Short: "Say which items sell through Redis, and see how they stand",
		Long: `An item sells through Redis when none of the lists forbidden, batch and pledged names it and
the list allowed does. All other items sell through the ledger. docs/guide/redis.md has
the whole story.`,
		Example: "  holdfast redis list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newRedisRules(), newRedisOn(), newRedisShadow(), newRedisOff(), newRedisList(), newRedisRebuild(), newRedisCompare(), newRedisFigures(), newRedisUse())
	return cmd
}

func newRedisList() *cobra.Command {
	var cfg redisConfig
	return cfg.talks(&cobra.Command{
		Use: "list", Short: "List the items that sell through Redis, or did", Example: "  holdfast redis list", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		r := client.List{PageSize: pageSize}
		t := cfg.table("product", "location", "state", "epoch", "floor", "usable", "in flight", "shortage", "difference", "differs since")
		return printPages(ctx, &cfg.talkConfig, t, &r.PageToken, func(ctx context.Context) (*client.Page[client.RedisItem], error) {
			return cfg.c.Redis.Items(ctx, r)
		}, func(i *client.RedisItem) {
			t.row(i.ProductID, i.LocationID, cfg.cell(string(i.State)), i.Epoch, i.Floor, figure(i.Usable), figure(i.InFlight), figure(i.Shortage), i.Difference, formatTime(i.DifferenceSince))
		})
	})
}

// wholeRedisWait is how long a command about all items may take.
const wholeRedisWait = 10 * time.Minute

func newRedisRebuild() *cobra.Command {
	var cfg redisConfig
	cmd := cfg.writes(&cobra.Command{
		Use:   "rebuild [PRODUCT] [LOCATION]",
		Short: "Make what Redis has of an item, or of --all, anew from the books",
		Long: `Rebuild gives Redis a new balance of an item, as the books have it. Until that is done the
item does not sell through Redis. With --all it does so for all items that sell through
Redis, some thousand in a second.`,
		Example: "  holdfast redis rebuild mug berlin\n  holdfast redis rebuild --all", Args: cobra.MaximumNArgs(2),
	}, func(ctx context.Context) error {
		product, location, err := cfg.item()
		if err != nil {
			return err
		}
		var n int64
		if cfg.All {
			n, err = cfg.rebuildAll(ctx)
		} else {
			n, err = cfg.c.Redis.Rebuild(ctx, product, location)
		}
		if err != nil {
			return err
		}
		t := cfg.table("rebuilt")
		return cfg.tell(nil, t, func() { t.row(n) })
	})
	cmd.Flags().BoolVar(&cfg.All, "all", false, "all items that sell through Redis")
	return cmd
}

// rebuildAll shows on a terminal how far it is.
func (c *redisConfig) rebuildAll(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, wholeRedisWait)
	defer cancel()
	meter := &progress.Meter{}
	if file, ok := c.errOut.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
		meter = progress.Measure(file, c.words.translate("items"))
	}
	defer meter.End()
	return c.c.Redis.RebuildAll(ctx, func(done, left int64) { meter.At(done, done+left) })
}

// item is the item in the arguments; with --all there is none.
func (c *redisConfig) item() (product, location string, err error) {
	switch {
	case c.All && len(c.args) == 0:
		return "", "", nil
	case c.All || len(c.args) != 2:
		return "", "", c.usageError(errors.New("needs PRODUCT and LOCATION, or --all"))
	}
	return c.args[0], c.args[1], nil
}

// withProgress gives a call about all items its time, and shows on a terminal how long it takes until end is
// called.
func (c *redisConfig) withProgress(ctx context.Context, what string) (_ context.Context, end func()) {
	if len(c.args) > 0 {
		return ctx, func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, wholeRedisWait)
	if file, ok := c.errOut.(*os.File); !ok || !isatty.IsTerminal(file.Fd()) {
		return ctx, cancel
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.count(ctx, what)
	}()
	return ctx, func() {
		cancel()
		<-done
	}
}

// count shows the seconds that something takes, until ctx ends.
func (c *redisConfig) count(ctx context.Context, what string) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for began := time.Now(); ; {
		select {
		case <-ctx.Done():
			fmt.Fprint(c.errOut, "\r\x1b[K")
			return
		case now := <-tick.C:
			fmt.Fprintf(c.errOut, "\r"+c.words.translate(what+", %v"), now.Sub(began).Round(time.Second))
		}
	}
}

func newRedisCompare() *cobra.Command {
	var cfg redisConfig
	var file string
	cmd := cfg.talks(&cobra.Command{
		Use:   "compare [PRODUCT] [LOCATION]",
		Short: "Compare what Redis has with the books, of an item or of all",
		Long: `Compare shows each item of which Redis has not as many units as it should. Such an item
goes back to the ledger and to Redis again, and the journal says why. With a difference
compare ends with status 1. --to writes the differences into a file
as comma-separated values.`,
		Example: "  holdfast redis compare\n  holdfast redis compare mug berlin\n  holdfast redis compare --to differences.csv", Args: cobra.MaximumNArgs(2),
	}, func(ctx context.Context) error {
		if len(cfg.args) == 1 {
			return cfg.usageError(errors.New("needs PRODUCT and LOCATION, or neither"))
		}
		return cfg.compare(ctx, file)
	})
	cmd.Flags().StringVar(&file, "to", "", "file for the differences, as comma-separated values")
	return cmd
}

// formatYesNo returns a cell with yes or no.
func (c *redisConfig) formatYesNo(is bool) string {
	if is {
		return c.cell("yes")
	}
	return c.cell("no")
}

// errDiffers says that a comparison found differences.
var errDiffers = errors.New("the books and Redis differ")

func (c *redisConfig) compare(ctx context.Context, file string) error {
	product, location := "", ""
	if len(c.args) == 2 {
		product, location = c.args[0], c.args[1]
	}
	ctx, end := c.withProgress(ctx, "comparing")
	found, err := c.c.Redis.Compare(ctx, product, location)
	if end(); err != nil {
		return err
	}
	fill := func(t *table) func() {
		return func() {
			for _, d := range found.Differences {
				t.row(d.ProductID, d.LocationID, d.Has, d.Want)
			}
		}
	}
	columns := []string{"product", "location", "in Redis", "should be"}
	if file != "" {
		if err := writeDifferences(file, columns, fill); err != nil {
			return err
		}
	}
	t := c.table(columns...)
	if err := c.tell(nil, t, fill(t)); err != nil {
		return err
	}
	if !c.JSON && !c.CSV {
		fmt.Fprintf(c.errOut, c.words.translate("%d items compared, %d differ")+"\n", found.Compared, int64(len(found.Differences))+found.LeftOut)
	}
	if len(found.Differences) > 0 {
		return errDiffers
	}
	return nil
}

// writeDifferences writes a table into a file for programs.
func writeDifferences(path string, columns []string, fill func(*table) func()) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	t := &table{out: io.Writer(f), csv: true}
	head := make([]any, len(columns))
	for i, name := range columns {
		head[i] = name
	}
	t.row(head...)
	fill(t)()
	return t.Flush()
}

func newRedisFigures() *cobra.Command {
	var cfg redisConfig
	return cfg.talks(&cobra.Command{
		Use: "figures", Short: "Show the figures of each rule by which items sell through Redis",
		Long: `Figures shows what the server that answers has counted since it was started: reservations
that were taken and refused, errors, units given back, differences found, and the time
of 99 of a hundred reservations in milliseconds. Of a shadow entry it shows how many
decisions of the ledger Redis made too, how many of them alike, how many reservations
Redis alone or the ledger alone would have taken, and how many decisions were left out.`,
		Example: "  holdfast redis figures", Args: cobra.NoArgs,
	}, func(ctx context.Context) error {
		all, err := cfg.c.Redis.Figures(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("list", "product", "location", "reserves", "refusals", "errors", "compensations", "differences", "p99 ms", "shadow", "decided", "alike", "Redis only", "ledger only", "left out")
		return cfg.tell(nil, t, func() {
			for _, f := range all {
				p99 := ""
				if f.P99 > 0 {
					p99 = fmt.Sprintf("%.1f", float64(f.P99.Microseconds())/1000)
				}
				t.row(cfg.cell(string(f.Rule.List)), idOrAll(&cfg.talkConfig, f.Rule.ProductID), idOrAll(&cfg.talkConfig, f.Rule.LocationID), f.Reserves, f.Refusals, f.Errors, f.Compensations, f.Differences, p99, cfg.formatYesNo(f.Shadow), f.Decided, f.Alike, f.RedisOnly, f.LedgerOnly, f.LeftOut)
			}
		})
	})
}
