package main

import (
	"context"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

func newTillsBookLost() *cobra.Command {
	var cfg tillsConfig
	var booking client.LostBooking
	cmd := cfg.writes(&cobra.Command{
		Use: "book-lost TILL", Short: "Book all that a till's old file did and that is not in the books",
		Long: `Book-lost decides "book" about all cases of the kind lost_line of a till, the oldest first, which
"holdfast tills offer" has opened. What waits may still come by itself; what is refused is
for people. What was booked before is not booked again. With --json each answer of the
server is a line: there are several of many cases.`,
		Example: "  holdfast tills book-lost till-1 --note 'disk broken'", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error { return cfg.bookLost(ctx, booking) })
	cmd.Flags().StringVar(&booking.Epoch, "epoch", "", "only what is in the file of this pairing (default all)")
	cmd.Flags().StringVar(&booking.Note, "note", "", "why, for the case and the journal")
	return cmd
}

// bookLost books page by page.
func (c *tillsConfig) bookLost(ctx context.Context, booking client.LostBooking) error {
	var sum client.BookedLost
	for {
		page, err := c.c.Tills.BookLost(ctx, c.args[0], booking)
		if err != nil {
			return err
		}
		if c.JSON {
			if err := c.printRaw(c.answers.shaped(nil)); err != nil {
				return err
			}
		}
		sum.Booked, sum.Waiting, sum.Refused = sum.Booked+page.Booked, sum.Waiting+page.Waiting, append(sum.Refused, page.Refused...)
		if booking.PageToken = page.NextPageToken; booking.PageToken == "" {
			break
		}
	}
	if c.JSON {
		return nil
	}
	head, parts := c.table("till", "booked", "still to come", "refused"), c.table("case", "code", "cause")
	head.row(c.args[0], sum.Booked, sum.Waiting, len(sum.Refused))
	for _, r := range sum.Refused {
		parts.row(r.CaseID, string(r.Code), r.Detail)
	}
	if len(sum.Refused) == 0 {
		return head.Flush()
	}
	return c.document(nil, head, parts)
}
