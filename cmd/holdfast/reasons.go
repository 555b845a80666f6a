package main

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
)

func newReasons() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "reasons",
		Short: "See and set why stock may be changed, and sum the journal by it",
		Long: `Reasons are those of the key's tenant. Commands that change stock name one with
--reason-code, next to the free text of --reason, and the journal is summed by it.`,
		Example: "  holdfast reasons list",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newReasonsList(), newReasonsSet(), newReasonsSums())
	return cmd
}

func newReasonsList() *cobra.Command {
	var cfg talkConfig
	return cfg.talks(&cobra.Command{Use: "list", Short: "List the tenant's reasons", Example: "  holdfast reasons list", Args: cobra.NoArgs}, func(ctx context.Context) error {
		all, err := cfg.c.Tenant.Reasons(ctx)
		return printReasons(&cfg, all, err)
	})
}

func newReasonsSet() *cobra.Command {
	var cfg talkConfig
	return cfg.writes(&cobra.Command{
		Use:   "set FILE",
		Short: "Set all reasons from a file",
		Long: `Set replaces the reasons by those of the file, or of standard input for -: JSON as
"holdfast reasons list --json" prints it. One that is left out is gone; what was booked
for it keeps its code.`,
		Example: `  holdfast reasons list --json > reasons.json
  holdfast reasons set reasons.json`,
		Args: cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		var m holdfastv1.Reasons // as the list has them
		if err := readDocument(&cfg, &m); err != nil {
			return err
		}
		all := make([]client.Reason, len(m.GetItems()))
		for i, r := range m.GetItems() {
			all[i] = client.Reason{
				Code: r.GetCode(), Title: r.GetTitle(), Direction: client.Direction(r.GetDirection()), DocumentRequired: r.GetDocumentRequired(),
				Operations: r.GetOperations(), Into: client.Account(r.GetInto()), Inactive: r.Active != nil && !r.GetActive(),
			}
		}
		all, err := cfg.c.Tenant.SetReasons(ctx, all)
		return printReasons(&cfg, all, err)
	})
}

func newReasonsSums() *cobra.Command {
	var cfg listConfig
	cmd := cfg.talks(&cobra.Command{
		Use:   "sums [PRODUCT]",
		Short: "Sum the journal by reason, operation and unit",
		Example: `  holdfast reasons sums --since 2030-01-01
  holdfast reasons sums mug --location berlin --csv`,
		Args: cobra.MaximumNArgs(1),
	}, func(ctx context.Context) error {
		r := client.ReasonSums{ProductID: cfg.product(), LocationID: cfg.Location}
		var err error
		if r.Since, err = cfg.moment("since", cfg.Since); err != nil {
			return err
		}
		if r.Until, err = cfg.moment("until", cfg.Until); err != nil {
			return err
		}
		sums, err := cfg.c.Tenant.SumReasons(ctx, r)
		if err != nil {
			return err
		}
		t := cfg.amounts("reason", "operation", "entries", "units in", "units out")
		var m holdfastv1.SumReasonsResponse // of all pages, which the client has added up
		for _, s := range sums {
			u := declared{s.Unit, s.Scale}
			t.row(s.ReasonCode, s.Operation, s.Entries, u.amount(s.UnitsIn), u.amount(s.UnitsOut))
			sum := &holdfastv1.ReasonSum{ReasonCode: s.ReasonCode, Operation: s.Operation, Entries: s.Entries, UnitsIn: s.UnitsIn, UnitsOut: s.UnitsOut}
			if s.Scale != 0 {
				sum.Unit, sum.Scale = &s.Unit, new(int32(s.Scale)) //nolint:gosec // 1 to 6
			}
			m.Items = append(m.Items, sum)
		}
		if cfg.JSON {
			return cfg.printRaw(&m)
		}
		return t.Flush()
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Location, "location", "", "only this location")
	f.StringVar(&cfg.Since, "since", "", "booked at or after this time, like 2030-01-31T00:00:00Z or 2030-01-31")
	f.StringVar(&cfg.Until, "until", "", "booked before this time")
	return cmd
}

// printReasons prints reasons.
func printReasons(c *talkConfig, all []client.Reason, err error) error {
	if err != nil {
		return err
	}
	t := c.table("code", "direction", "document", "for", "into", "in use", "title")
	return c.tell(nil, t, func() {
		for i := range all {
			r := &all[i]
			document, use, operations := "no", "yes", strings.Join(r.Operations, ",")
			if r.DocumentRequired {
				document = "yes"
			}
			if r.Inactive {
				use = "no"
			}
			if operations == "" {
				operations = c.cell("all")
			}
			t.row(r.Code, c.cell(string(r.Direction)), c.cell(document), operations, r.Into, c.cell(use), r.Title)
		}
	})
}
