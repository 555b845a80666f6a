package main

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/outpost"
)

func newTillsOffer() *cobra.Command {
	var cfg tillsConfig
	return cfg.writes(&cobra.Command{
		Use:   "offer FILE",
		Short: "Bring the old file of a till, so that what is only in it can be booked",
		Long: `Offer reads the file of a till that the centre does not take any more: a copy, one that was
restored, written off, or from before the till was paired anew. What it did that is not
in the books becomes cases of the kind lost_line, each once, however often the file is
brought. "holdfast cases decide" then books or dismisses each of them.

The till must not be running on the file.`,
		Example: "  holdfast tills offer sqlite:old-till.db", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		file, err := tillFile(cfg.args[0])
		if err != nil {
			return cfg.usageError(err)
		}
		s, err := outpost.ReadState(file)
		if err != nil {
			return err
		}
		entries, err := offerFile(ctx, cfg.c, cfg.args[0], &s)
		if err != nil {
			return err
		}
		t := cfg.table("till", "not in the books")
		return cfg.tell(nil, t, func() { t.row(s.Till, entries) })
	})
}

// offerFile offers the whole log: nobody knows where it begins to differ from the till's.
func offerFile(ctx context.Context, c *client.Client, db string, s *outpost.CentreState) (entries int64, err error) {
	open, end, err := dial(ctx, db, false, nil)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, end()) }()
	e, err := open(ctx, 0)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	for after := uint64(0); ; {
		records, err := outpost.ReadRecords(ctx, e, after)
		if err != nil || len(records) == 0 {
			return entries, err
		}
		o := client.TillOffer{Epoch: s.Epoch, Offset: time.Duration(s.Offset) * time.Millisecond}
		for _, r := range records {
			o.Records = append(o.Records, client.TillRecord(r))
		}
		found, err := c.Tills.Offer(ctx, s.Till, o)
		if err != nil {
			return entries, err
		}
		entries += found
		after += uint64(len(records))
	}
}
