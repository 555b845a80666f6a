package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/proof/tills"
)

func newTills() *cobra.Command {
	c := tills.Config{Tills: 2000, Returning: 200, Backlog: 50, Rate: 1, Within: time.Minute, Spell: 20 * time.Second}
	cmd := &cobra.Command{
		Use:   "tills",
		Short: "Measure a centre with many connected tills",
		Long: `Measure a centre to which many tills are connected, each with a line of its own, all
of them in this process:

  steady     each till takes an order in every second: processors and memory of the centre
  come back  some tills are cut off, and come back within a minute with their orders: the
             slowest hundredth of reservations online before and meanwhile

Those that come back are real tills; the others speak the same protocol, and keep nothing
but their log in memory. Real tills write to files: with TMPDIR=/dev/shm they do not take
the centre's disk. The centre must be new and on this machine.`,
		Example: `  holdfast-proof tills --address 127.0.0.1:9090 --pid "$(pidof holdfast)"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if c.Key = os.Getenv("HOLDFAST_KEY"); c.Key == "" || c.PID == 0 {
				return errors.New("HOLDFAST_KEY and --pid must be given: a key of an admin, and the process of the centre")
			}
			dir, err := os.MkdirTemp("", "holdfast-tills-")
			if err != nil {
				return err
			}
			defer os.RemoveAll(dir) //nolint:errcheck // it is the system's to clear
			c.Dir = dir
			r, err := tills.Run(cmd.Context(), c, func(text string) { fmt.Fprintln(cmd.ErrOrStderr(), text) })
			if err != nil {
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
		},
	}
	f := cmd.Flags()
	f.StringVar(&c.Address, "address", "127.0.0.1:9090", "the centre's gRPC, host and port")
	f.IntVar(&c.PID, "pid", 0, "the process of the centre")
	f.IntVar(&c.Tills, "tills", c.Tills, "how many tills are connected")
	f.IntVar(&c.Returning, "returning", c.Returning, "how many of them come back")
	f.DurationVar(&c.Within, "within", c.Within, "in what time they come back; 0s: all at once")
	f.IntVar(&c.Backlog, "backlog", c.Backlog, "with how many orders each")
	f.Float64Var(&c.Rate, "rate", c.Rate, "how many orders a second each till takes")
	f.DurationVar(&c.Spell, "spell", c.Spell, "how long each measurement takes")
	return cmd
}
