package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/ledger"
)

// defaultEventualAge allows at most four checks a second at the head of each slot: a page
// shows "sold out" that much later than the books.
const defaultEventualAge = 250 * time.Millisecond

// eventualFlags are those of the command that answers reads.
func (c *booksConfig) eventualFlags(cmd *cobra.Command) {
	cmd.Flags().DurationVar(&c.eventualAge, "eventual-age", defaultEventualAge,
		"how old an answer from memory to a read with consistency=eventual may be before the log is looked at again, up to 25s; 0 for no such answers")
}

// checkEventualAge says what is wrong with --eventual-age.
func (c *booksConfig) checkEventualAge() error {
	if c.eventualAge < 0 || c.eventualAge > ledger.MaxAge {
		return fmt.Errorf("--eventual-age %s: it must be 0s to %s", c.eventualAge, ledger.MaxAge)
	}
	return nil
}
