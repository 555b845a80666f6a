package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

func newShards() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "shards",
		Short:   "Look at how the books are laid out",
		Example: `  holdfast shards list --config holdfast.yaml`,
	}
	cmd.AddCommand(newShardsList())
	return cmd
}

func newShardsList() *cobra.Command {
	var c booksConfig
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the slots: where each is kept, how many buckets live in it, its newest record",
		Long: `List the slots of the books: the database and the set of tables each is kept in,
how many of the 1024 buckets live in it, and its newest record. It reads the main
database and every slot, and changes nothing.`,
		Example: `  holdfast shards list --config holdfast.yaml
  holdfast shards list --db postgres://holdfast@main/stock --databases a=postgres://holdfast@a/stock,b=mysql://holdfast@b/stock`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listShards(cmd.Context(), c, asJSON, cmd.OutOrStdout())
		},
	}
	c.flags(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

// shard is one slot as it is listed.
type shard struct {
	Slot     int    `json:"slot"`
	Database string `json:"database"`
	Set      int    `json:"set"`
	Buckets  int    `json:"buckets"`
	Head     uint64 `json:"head"`
}

func listShards(ctx context.Context, c booksConfig, asJSON bool, out io.Writer) (err error) {
	if err := c.check(); err != nil {
		return &usageError{err: err, path: "holdfast shards list"}
	}
	directory, err := catalog.Open(ctx, c.db, catalog.WithExisting())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, directory.Close()) }()
	s, err := openShelf(ctx, c, directory, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	shards := make([]shard, len(s.kept))
	for i, eng := range s.kept {
		head, err := eng.Head(ctx)
		if err != nil {
			return fmt.Errorf("%s: %w", s.names[i], err)
		}
		shards[i] = shard{Slot: i, Database: s.places[i].Database, Set: s.places[i].Set, Head: uint64(head)}
		for b := range stock.Buckets {
			if s.layout == nil || int(s.layout.Buckets[b]) == i {
				shards[i].Buckets++
			}
		}
	}
	if asJSON {
		return json.NewEncoder(out).Encode(shards)
	}
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.OptionsNoBordersAndSeparators
	t.AppendHeader(table.Row{"slot", "database", "set", "buckets", "newest record"})
	for _, s := range shards {
		t.AppendRow(table.Row{s.Slot, s.Database, s.Set, s.Buckets, s.Head})
	}
	_, err = fmt.Fprintln(out, t.Render())
	return err
}
