package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/outpost"
	"holdfast.dev/holdfast/internal/stock"
)

func newTillExport() *cobra.Command {
	var db string
	var all bool
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print what a till did that its centre does not have",
		Long: `Export prints what is in the till's log and, as far as the till knows, not in the books of
the centre: a line of JSON for each entry, oldest first, with the units that it moved.
It is for people who book by hand what a till did whose file the centre does not take
any more.`,
		Example: "  holdfast till export --db sqlite:old-till.db",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			file, err := tillFile(db)
			if err != nil {
				return &usageError{err: err, path: cmd.CommandPath()}
			}
			s, err := outpost.ReadState(file)
			if err != nil {
				return err
			}
			after := s.Seq
			if all {
				after = 0
			}
			return exportTill(cmd.Context(), db, engine.Seq(after), cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&db, "db", "sqlite:till.db", "the till's file")
	cmd.Flags().BoolVar(&all, "all", false, "print the whole log")
	return cmd
}

// tillEntry is the printed form of an entry of a till's log.
type tillEntry struct {
	Record    uint64      `json:"record"`
	At        time.Time   `json:"at"`
	Operation string      `json:"operation"`
	Order     string      `json:"order_id,omitempty"`
	Product   string      `json:"product_id,omitempty"`
	Moved     []tillMoved `json:"moved,omitempty"`
	Seen      *stock.Qty  `json:"seen,omitempty"`
	Reason    string      `json:"reason,omitempty"`
	Operator  string      `json:"operator,omitempty"`
}

type tillMoved struct {
	From     stock.Account `json:"from"`
	To       stock.Account `json:"to"`
	Quantity stock.Qty     `json:"quantity"`
}

func exportTill(ctx context.Context, db string, after engine.Seq, out io.Writer) (err error) {
	open, end, err := dial(ctx, db, false, nil)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	e, err := open(ctx, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	lines := json.NewEncoder(out)
	for {
		records, err := e.Read(ctx, after, outpost.MaxRecords)
		if err != nil || len(records) == 0 {
			return err
		}
		for i := range records {
			r, err := stock.ParseRecord(records[i].Body)
			if err == nil {
				err = r.Attach(records[i].Text)
			}
			if err == nil {
				err = r.Events(func(_ int, e *stock.Event) error { return printEntry(lines, r.Header(), e) })
			}
			if err != nil {
				return err
			}
		}
		after = records[len(records)-1].Seq
	}
}

// printEntry prints a line for each item that the entry changed.
func printEntry(lines *json.Encoder, in stock.RecordHeader, e *stock.Event) error {
	for i := range e.Items {
		c := &e.Items[i]
		if !c.Changed || c.Key.Hidden() || e.Refusal != nil {
			continue
		}
		line := tillEntry{
			Record: in.Seq, At: time.UnixMilli(int64(in.At)).UTC(), Operation: e.Op.String(), Order: e.Order, Product: c.Key.Product,
			Seen: c.Shelf, Reason: e.Note.Reason, Operator: e.Note.Operator,
		}
		for _, p := range c.Postings {
			line.Moved = append(line.Moved, tillMoved{p.From, p.To, p.Qty})
		}
		if err := lines.Encode(line); err != nil {
			return err
		}
	}
	return nil
}
