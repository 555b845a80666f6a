package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/demo/restaurant"
)

// restaurantDemo is a centre and two tills on one day of a restaurant. It does nothing that a
// user could not do: it runs command lines, and a program with the Go client.
type restaurantDemo struct {
	data, day, speed string
	offline          bool

	folder  string // of the databases and logs
	key     string // admin of each server
	out     io.Writer
	errOut  io.Writer
	environ []string
}

// The tills of the restaurant.
const (
	cutTill   = "till-1" // whose line is cut
	otherTill = "till-2"
)

func newDemoRestaurant() *cobra.Command {
	var d restaurantDemo
	cmd := &cobra.Command{
		Use:   "restaurant",
		Short: "Sell a day of a restaurant at two tills and online, one till cut off for half of it",
		Long: `Start a centre and two tills as processes of their own, in a temporary folder, and
replay the busiest day of a restaurant: orders go to till one, to till two and
online to the centre in turn, some of them twice. The tills accept and serve what was
ordered online, and decline some of it, which till two sells instead. From 13:00 to 19:00 the line
of till one is cut, and it sells on. Then the line is back; when the books
agree, all of them are verified, and what the centre says was used is compared
with what the day's dishes take by their recipes.

A till sells ingredients: the demo resolves the recipe of each dish into the
lines of its order.

It ends with 0 when each order is booked once and each figure is right, else
with 1, and then keeps its folder. Ctrl-C ends it and its servers.`,
		Example: `  holdfast demo restaurant
  holdfast demo restaurant --speed max
  holdfast demo restaurant --offline=false`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out, d.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			d.environ = environOf(cmd.Context())
			speed, err := speedOf(d.speed)
			if err != nil {
				return &usageError{err: err, path: cmd.CommandPath()}
			}
			// "| head" must not end the demo before it has ended its servers.
			ctx, stop := signal.NotifyContext(cmd.Context(), syscall.SIGPIPE)
			defer stop()
			return d.run(ctx, speed)
		},
	}
	f := cmd.Flags()
	f.StringVar(&d.data, "data", filepath.Join("data", "restaurant"), "folder of the data set")
	f.StringVar(&d.day, "day", "", "which day, such as 2015-02-01 (default: the one with the most orders)")
	f.StringVar(&d.speed, "speed", "720", `how many times as fast as the clock it goes, or "max" for no pauses`)
	f.BoolVar(&d.offline, "offline", true, "cut the line of till one from 13:00 to 19:00")
	return cmd
}

// speedOf reads --speed; 0 is without pauses.
func speedOf(text string) (float64, error) {
	if text == "max" {
		return 0, nil
	}
	speed, err := strconv.ParseFloat(text, 64)
	if err != nil || speed <= 0 || math.IsInf(speed, 0) || math.IsNaN(speed) {
		return 0, fmt.Errorf("--speed %q: write a number above 0, such as 720, or max", text)
	}
	return speed, nil
}

func (d *restaurantDemo) run(ctx context.Context, speed float64) (err error) {
	day, err := restaurant.ReadDay(d.data, d.day)
	if err != nil {
		return fmt.Errorf("read the data set (--data, --day): %w", err)
	}
	if d.folder, err = os.MkdirTemp("", "holdfast-restaurant-"); err != nil {
		return err
	}
	d.key = rand.Text()
	defer func() {
		if err != nil && ctx.Err() == nil {
			fmt.Fprintf(d.errOut, "databases and logs of the demo are kept in %s\n", d.folder)
			return
		}
		err = errors.Join(err, os.RemoveAll(d.folder))
	}()
	fmt.Fprintf(d.out, "%s: %d orders with %d dishes, in turn at %s, at %s and online at the centre.\n",
		day.Date.Format("Monday 2 January 2006"), len(day.Orders), day.Dishes(), cutTill, otherTill)
	fmt.Fprintf(d.out, "A dish is sold as its ingredients, by recipe.csv. Each till may have %d%% of them.\n", restaurant.Percent)
	figures, err := d.sell(ctx, day, speed)
	if err != nil {
		return err
	}
	fmt.Fprintln(d.out)
	for _, name := range []string{"centre", cutTill, otherTill} {
		fmt.Fprintf(d.out, "verify %s:\n", name)
		if err := execute(ctx, []string{"verify", "--db", d.database(name)}, d.environ, d.out, d.errOut); err != nil {
			return fmt.Errorf("verify the books of %s: %w", name, err)
		}
	}
	if !figures.Print(d.out, day) {
		return errors.New("the books do not agree: see the list above")
	}
	fmt.Fprintln(d.out, "the books agree")
	return nil
}

// sell runs the centre and the tills until the day is sold and reported.
func (d *restaurantDemo) sell(ctx context.Context, day *restaurant.Day, speed float64) (figures *restaurant.Figures, err error) {
	var h household
	defer func() { err = errors.Join(err, h.close()) }()
	centre, err := d.start(ctx, &h, "centre", "serve")
	if err != nil {
		return nil, err
	}
	if err := restaurant.Open(ctx, centre.client, day); err != nil {
		return nil, err
	}
	wire, err := listenLine(ctx, centre.grpc)
	if err != nil {
		return nil, err
	}
	h.add(wire.Close)
	one, err := d.openTill(ctx, &h, centre, cutTill, wire.Address())
	if err != nil {
		return nil, err
	}
	two, err := d.openTill(ctx, &h, centre, otherTill, centre.grpc)
	if err != nil {
		return nil, err
	}
	r := &restaurant.Replay{Day: day, Centre: centre.client, Speed: speed, Out: d.out, Counters: []restaurant.Counter{
		{Name: cutTill, Shop: one.client, TillID: cutTill},
		{Name: otherTill, Shop: two.client, TillID: otherTill},
		{Name: "online", Shop: centre.client},
	}}
	if d.offline {
		r.Wire = wire
	}
	for _, step := range []func(context.Context) error{r.WaitForShares, r.Run, r.WaitUntilAgreed} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return r.Read(ctx)
}

// openTill sets a till at the centre, pairs a new file with it, and starts it.
func (d *restaurantDemo) openTill(ctx context.Context, h *household, centre *child, name, address string) (*child, error) {
	if _, err := centre.client.Tills.Set(ctx, client.Till{TillID: name, LocationID: restaurant.Location, Percent: restaurant.Percent}); err != nil {
		return nil, fmt.Errorf("set %s: %w", name, err)
	}
	code, err := centre.client.Tills.Code(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("make a code for %s: %w", name, err)
	}
	pair := []string{"till", "pair", "--centre", address, "--db", d.database(name), code.Code}
	if err := execute(ctx, pair, d.environ, io.Discard, d.errOut); err != nil {
		return nil, fmt.Errorf("pair %s: %w", name, err)
	}
	return d.start(ctx, h, name, "till", "serve")
}

// start starts a server, and makes a client of it.
func (d *restaurantDemo) start(ctx context.Context, h *household, name string, command ...string) (*child, error) {
	c, err := startChild(ctx, filepath.Join(d.folder, name+".log"), append(command, "--db", d.database(name)), d.environ, d.key)
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	h.add(c.stop)
	if c.client, err = client.New(c.grpc, client.WithKey(d.key), client.WithTimeout(time.Minute)); err != nil {
		return nil, err
	}
	h.add(c.client.Close)
	return c, nil
}

func (d *restaurantDemo) database(name string) string {
	return "sqlite:" + filepath.Join(d.folder, name+".db")
}

// household is a list of things to close, in the opposite order of opening.
type household struct{ closers []func() error }

func (h *household) add(closer func() error) { h.closers = append(h.closers, closer) }

func (h *household) close() error {
	var errs []error
	for n := len(h.closers) - 1; n >= 0; n-- {
		errs = append(errs, h.closers[n]())
	}
	return errors.Join(errs...)
}
