package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
)

func newTenantsCreate() *cobra.Command {
	var db string
	var sandbox bool
	cmd := &cobra.Command{
		Use:   "create ID",
		Short: "Create a tenant, for work or as a sandbox",
		Long: `Create opens the main database itself, so it works before the first server and while
servers run. A tenant that is there stays as it is.

A sandbox is a tenant for tests of a program that calls Holdfast: orders expire there
on demand, without the wait. A tenant is made a sandbox or is none, and never changes:
--sandbox refuses one that is there and is none.`,
		Example: `  holdfast tenants create try --db sqlite:holdfast.db --sandbox
  holdfast keys create --db sqlite:holdfast.db --tenant try --scopes admin`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			kind := "tenant"
			err := withCatalog(cmd.Context(), db, func(c *catalog.Catalog) error {
				var as []catalog.TenantOption
				if sandbox {
					as = append(as, catalog.AsSandbox)
				}
				t, err := c.CreateTenant(cmd.Context(), args[0], as...)
				if t.Settings.Sandbox {
					kind = "sandbox"
				}
				return err
			})
			if err == nil {
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s %q is there\n", kind, args[0])
			}
			return err
		},
	}
	f := cmd.Flags()
	f.StringVar(&db, "db", "sqlite:holdfast.db", "main database: sqlite:PATH, postgres://… or mysql://…")
	f.BoolVar(&sandbox, "sandbox", false, "make it a sandbox, for tests")
	return cmd
}
