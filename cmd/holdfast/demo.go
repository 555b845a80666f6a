package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	demoreplay "holdfast.dev/holdfast/internal/demo"
	"holdfast.dev/holdfast/internal/progress"
)

const (
	demoTenant = "demo"
	// demoProduct is one of the best sellers, with units left at the end: a
	// regency cakestand.
	demoProduct = "22423"
)

// demo is a server with the orders of a real shop, for people who want to see Holdfast
// work. It does nothing that a user could not do: it runs the command lines of "serve" and
// "keys create", and a program with the Go client.
type demo struct {
	dir             string // everything it leaves behind
	data            string // folder of the data set
	http, grpc, ops string

	out     io.Writer
	errOut  io.Writer
	environ []string
}

func newDemo() *cobra.Command {
	var d demo
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Serve with six months of a real web shop replayed, to look around in",
		Long: `Start a server on a database of its own, create a tenant and a key, replay six
months of a real web shop through the API with too little stock, compare what
is left with answers computed elsewhere, open a small chain of coffee shops
beside it, so that each page of the console has something to show, and keep
serving until Ctrl-C.

Started again it goes on where it stopped. To start over, remove its folder.`,
		Example: `  holdfast demo
  holdfast demo --dir /tmp/demo --http :8090 --grpc :8091 --ops 127.0.0.1:9091`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d.out, d.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			d.environ = environOf(cmd.Context())
			return d.run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&d.dir, "dir", filepath.Join("var", "demo"), "folder for the database, the key and the log")
	cmd.Flags().StringVar(&d.data, "data", filepath.Join("data", "online-retail"), "folder of the data set")
	cmd.Flags().StringVar(&d.http, "http", "127.0.0.1:8080", "address for REST")
	cmd.Flags().StringVar(&d.grpc, "grpc", "127.0.0.1:8081", "address for gRPC")
	cmd.Flags().StringVar(&d.ops, "ops", "127.0.0.1:9090", "address for metrics and profiles")
	cmd.AddCommand(newDemoRestaurant())
	return cmd
}

func (d *demo) run(ctx context.Context) error {
	log, err := d.prepare(ctx)
	if err != nil {
		return err
	}
	defer log.Close()

	// The server has a context of its own: it stops after the replay did, so
	// that the last calls get their answers.
	serving, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	server := d.serve(serving, log)

	err = d.show(ctx, server)
	if err == nil {
		select {
		case <-server.ended:
			err = d.endReason(server)
		case <-ctx.Done():
		}
	}
	stop()
	<-server.ended
	if ctx.Err() == nil {
		return err
	}
	if server.err != nil {
		return fmt.Errorf("stop the server: %w", server.err)
	}
	fmt.Fprintln(d.out, "\nstopped; the next run goes on from here")
	return nil
}

// prepare makes the folder and opens the server's log in it.
func (d *demo) prepare(ctx context.Context) (*os.File, error) {
	for _, need := range []string{d.orders(), d.expected()} {
		if _, err := os.Stat(need); err != nil {
			return nil, fmt.Errorf("the data set is not where it should be (--data): %w", err)
		}
	}
	if err := os.MkdirAll(d.dir, 0o755); err != nil {
		return nil, fmt.Errorf("the demo needs a folder it can write to (--dir): %w", err)
	}
	if _, err := os.Stat(d.database()); errors.Is(err, os.ErrNotExist) {
		// Without the database, these files have no meaning.
		for _, stale := range []string{d.keyFile(), d.checkpoint(), d.doneFile(), d.chainFile()} {
			if err := os.RemoveAll(stale); err != nil {
				return nil, fmt.Errorf("start over: %w", err)
			}
		}
	}
	// Another server on the port would answer in place of ours.
	places := serveConfig{http: d.http, grpc: d.grpc, ops: d.ops}
	if err := places.checkAddresses(ctx); err != nil {
		return nil, &usageError{err: err, path: "holdfast demo"}
	}
	free, err := listen(ctx, places)
	if err != nil {
		return nil, err
	}
	if err := free.Close(); err != nil {
		return nil, err
	}
	log, err := os.OpenFile(d.logFile(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, fmt.Errorf("the demo needs a folder it can write to (--dir): %w", err)
	}
	return log, nil
}

// show runs the whole demonstration, until only the server remains.
func (d *demo) show(ctx context.Context, server *running) error {
	if err := d.poll(ctx, server, 2*time.Minute, "/readyz", ""); err != nil {
		return err
	}
	key, err := d.key(ctx, server)
	if err != nil {
		return err
	}
	d.printAddresses(key)
	if err := d.replay(ctx, key); err != nil {
		return err
	}
	if err := d.chain(ctx, key); err != nil {
		return err
	}
	d.printNext(key)
	return nil
}

// replay runs the replay, or the rest of an earlier run. After a correct replay,
// differences come from later changes that people made to the stock.
func (d *demo) replay(ctx context.Context, key string) (err error) {
	shop, err := client.New(reachable(d.grpc), client.WithKey(key), client.WithTimeout(time.Minute))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shop.Close()) }()
	orders := demoreplay.Replay{Orders: d.orders(), Expected: d.expected(), State: d.checkpoint(), Progress: progress.On(d.errOut)}
	report, err := orders.Run(ctx, shop)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	_, before := os.Stat(d.doneFile())
	printReplay(d.out, report, d.expected())
	switch {
	case len(report.Differences) == 0:
		return os.WriteFile(d.doneFile(), nil, 0o644)
	case before == nil:
		fmt.Fprintln(d.out, "\nThe replay had come out right; the stock was changed by hand since.")
		return nil
	}
	return errors.New("the replay did not end as it should: see the list above")
}

// chain opens the chain of shops, once.
func (d *demo) chain(ctx context.Context, key string) (err error) {
	if _, err := os.Stat(d.chainFile()); err == nil {
		return nil
	}
	shop, err := client.New(reachable(d.grpc), client.WithKey(key), client.WithTimeout(time.Minute))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, shop.Close()) }()
	chain := demoreplay.Chain{Now: time.Now()}
	if err := chain.Run(ctx, shop); err != nil {
		return err
	}
	fmt.Fprintln(d.out, "\nA chain of coffee shops was opened beside it: places, channels, a campaign, batches, transfers, orders of today, a case and alerts.")
	return os.WriteFile(d.chainFile(), nil, 0o644)
}

func (d *demo) database() string   { return filepath.Join(d.dir, "stock.db") }
func (d *demo) keyFile() string    { return filepath.Join(d.dir, "key") }
func (d *demo) logFile() string    { return filepath.Join(d.dir, "server.log") }
func (d *demo) checkpoint() string { return filepath.Join(d.dir, "replay.state") }
func (d *demo) doneFile() string   { return filepath.Join(d.dir, "replay.done") }
func (d *demo) chainFile() string  { return filepath.Join(d.dir, "chain.done") }
func (d *demo) orders() string     { return filepath.Join(d.data, "orders-2010-12_2011-05.csv.gz") }
func (d *demo) expected() string   { return filepath.Join(d.data, "expected.json") }
func (d *demo) url() string        { return "http://" + reachable(d.http) }
