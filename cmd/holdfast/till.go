package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/outpost"
)

func newTill() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "till",
		Short: "Sell in a store, whether or not the line to the centre is there",
		Long: `A till is a server of its own, on a machine in the store, that sells for one location.
It has units in escrow: they are its own to sell, with the line to the centre or
without. What it sells it reports, and what it needs it asks for, as soon as the line is
there.

A person makes a code at the centre ("holdfast tills code"); "till pair" makes the
till's file of it, and "till serve" sells.`,
		Example: "  holdfast till pair --centre https://stock.example --db sqlite:till.db BCDFG-HJKLM\n  holdfast till serve --db sqlite:till.db",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newTillPair(), newTillServe(), newTillStatus(), newTillExport(), newTillDevices())
	return cmd
}

// lockTill makes this process the only one that serves the till's file.
func lockTill(dsn string) (*outpost.Lock, error) {
	path, err := databaseFile(dsn)
	if err != nil {
		return nil, err
	}
	return outpost.LockTill(path)
}

// tillFile is the file next to the till's books that says whose till it is.
func tillFile(dsn string) (string, error) {
	path, err := databaseFile(dsn)
	if err != nil {
		return "", err
	}
	return outpost.StateFile(path), nil
}

func newTillPair() *cobra.Command {
	var centre, db string
	cmd := &cobra.Command{
		Use:   "pair CODE",
		Short: "Make a till's file with a code from the centre",
		Long: `Pair makes the file of a till with a code that a person has made at the centre
("holdfast tills code"). A code counts for one file, and for an hour. The file that was the
till's before sells no more: a till that was lost, or restored from a back-up, is
paired anew, with a new file.`,
		Example: "  holdfast till pair --centre https://stock.example --db sqlite:till.db BCDFG-HJKLM",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := tillFile(db)
			if err == nil && centre == "" {
				err = errors.New("--centre is missing: the address of the server that has the books of all stores")
			}
			if err != nil {
				return &usageError{err: err, path: cmd.CommandPath()}
			}
			return pairTill(cmd.Context(), cmd, centre, db, file, args[0])
		},
	}
	cmd.Flags().StringVar(&centre, "centre", "", "address of the centre: the URL of its REST, or its gRPC port")
	cmd.Flags().StringVar(&db, "db", "sqlite:till.db", "the till's own file, which must be new")
	return cmd
}

// pairTill pairs a file that does not exist yet: a log that continues from another
// pairing would be reported twice.
func pairTill(ctx context.Context, cmd *cobra.Command, centre, db, file, code string) error {
	books, err := databaseFile(db)
	if err != nil {
		return err
	}
	for _, f := range []string{books, file} {
		switch _, err := os.Stat(f); {
		case err == nil:
			return fmt.Errorf("%s is there already: a pairing needs a file of its own, move the old one away and keep it", f)
		case !errors.Is(err, fs.ErrNotExist):
			return err
		}
	}
	c, err := client.New(centre, client.WithTimeout(patienceAtHand))
	if err != nil {
		return &usageError{err: err, path: cmd.CommandPath()}
	}
	word, err := pairingWord(file)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	p, err := c.Tills.PairFile(ctx, code, word)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	s := outpost.CentreState{Centre: centre, Tenant: p.Tenant, Till: p.TillID, Location: p.LocationID, Key: p.Key, Epoch: p.Epoch}
	if err := errors.Join(outpost.WriteState(file, &s), c.Close(), os.Remove(file+pairingEnding)); err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "paired: this is till %s of location %s; start it with\n  holdfast till serve --db %s\n", p.TillID, p.LocationID, db)
	return err
}

// pairingEnding ends the name of the file that has the word of a pairing whose answer has not come yet.
const pairingEnding = ".pairing"

// pairingWord is the word by which the file that is being paired names itself. It is the same one as long as no answer
// has come: the centre takes a code for one file.
func pairingWord(file string) (string, error) {
	b, err := os.ReadFile(file + pairingEnding) //nolint:gosec // the operator names it
	if err == nil && len(b) > 0 {
		return string(b), nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	word := rand.Text()
	return word, os.WriteFile(file+pairingEnding, []byte(word), 0o600)
}

func newTillServe() *cobra.Command {
	var c serveConfig
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Sell for the location of a till",
		Long: `Serve answers REST and gRPC for the location of the till that the file is paired with, as
"holdfast serve" does, from the till's own books. The centre is asked for what they
lack, and told of what was sold, whenever it can be reached; they sell on when it
cannot.

One process serves a till's file: a second one is refused.

` + bootstrapKeyEnv + ` in the environment, at least 16 characters, makes that key an
admin key of the till on a first start.`,
		Example: "  holdfast till serve --db sqlite:till.db --http :8080",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			file, err := tillFile(c.books.db)
			if err == nil {
				_, err = outpost.ReadState(file)
			}
			if err != nil {
				return &usageError{err: fmt.Errorf("%w; \"holdfast till pair\" makes a till's file", err), path: cmd.CommandPath()}
			}
			lock, err := lockTill(c.books.db)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, lock.Unlock()) }()
			c.books.till = file
			c.relay = "off"
			return serve(cmd.Context(), cmd, c)
		},
	}
	c.books.sets = 1
	cmd.Flags().StringVar(&c.books.db, "db", "sqlite:till.db", "the till's file")
	c.books.eventualFlags(cmd)
	c.books.itemsFlags(cmd)
	cmd.Flags().StringVar(&c.http, "http", "127.0.0.1:8080", "address for REST")
	cmd.Flags().StringVar(&c.grpc, "grpc", "127.0.0.1:8081", "address for gRPC")
	cmd.Flags().StringVar(&c.ops, "ops", "127.0.0.1:9090", "address for metrics and profiles")
	c.public.flags(cmd)
	c.log.flags(cmd)
	return cmd
}

func newTillStatus() *cobra.Command {
	var db string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   "Show how things stand between a till and its centre",
		Long:    `Status shows which till a file is of, and how far its log is known to be in the books of the centre.`,
		Example: "  holdfast till status --db sqlite:till.db",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := tillFile(db)
			if err != nil {
				return &usageError{err: err, path: cmd.CommandPath()}
			}
			return tillStatus(cmd, db, file)
		},
	}
	cmd.Flags().StringVar(&db, "db", "sqlite:till.db", "the till's file")
	return cmd
}

func tillStatus(cmd *cobra.Command, db, file string) error {
	s, err := outpost.ReadState(file)
	if err != nil {
		return err
	}
	last, err := lastRecord(cmd.Context(), db)
	if err != nil {
		return err
	}
	t := &table{out: cmd.OutOrStdout()}
	t.row("till", s.Till)
	t.row("location", s.Location)
	t.row("centre", s.Centre)
	t.row("records", last)
	t.row("at the centre", s.Seq)
	state := "the file is the till's"
	if s.Stale {
		state = "stale: the centre does not take this file any more, pair the till anew"
	}
	if s.Refused != "" && !s.Stale {
		state = "the centre takes no more of the log, and has a case about that: " + s.Refused
	}
	t.row("state", state)
	t.row("clock", clockOff(time.Duration(s.Offset)*time.Millisecond))
	return t.Flush()
}

// clockOff shows how far a till's clock is from that of its centre.
func clockOff(offset time.Duration) string {
	by := offset.Abs().Round(time.Second)
	switch {
	case !outpost.Skewed(offset):
		return "as at the centre"
	case offset > 0:
		return fmt.Sprintf("%s behind that of the centre: set it", by)
	}
	return fmt.Sprintf("%s ahead of that of the centre: set it", by)
}

// lastRecord is the number of the last record in the till's log, 0 when it is empty.
func lastRecord(ctx context.Context, db string) (uint64, error) {
	path, err := databaseFile(db)
	if err != nil {
		return 0, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	open, end, err := dial(ctx, db, false, nil)
	if err != nil {
		return 0, err
	}
	e, err := open(ctx, 0)
	if err != nil {
		return 0, errors.Join(err, end())
	}
	head, err := e.Head(ctx)
	return uint64(head), errors.Join(err, e.Close(), end())
}
