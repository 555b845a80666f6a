package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
)

// keysConfig is what the keys commands are told.
type keysConfig struct {
	DB     string
	Tenant string
	Scopes string
	Name   string
	// Locations and Channels are what a key is bound to, each a list with commas.
	Locations, Channels string
}

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Create, list, rotate and revoke API keys",
		Long: `Keys opens the main database itself, so it works before the first server and while
servers run: they accept a new key, and refuse a revoked one, within 2 s.

A database that is missing or empty gets its catalog on "keys create", as it
would from "serve"; the other commands refuse it.`,
		Example: `  holdfast keys create --db sqlite:holdfast.db --tenant demo --scopes admin
  holdfast keys list --db sqlite:holdfast.db --tenant demo`,
	}
	cmd.AddCommand(keysCreate(), keysList(), keysRotate(), keysRevoke())
	return cmd
}

func keysCreate() *cobra.Command {
	var cfg keysConfig
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a key and print it, once and alone, on standard output",
		Long: `Create makes the tenant when it is new, and a key with a name that no valid
key of the tenant has. The key is printed alone on standard output and cannot
be shown again; its id and name go to standard error.

Scopes are admin (implies all), internal (implies read) and read. A key with
--locations sees and changes stock there alone, one with --channels acts for
those alone; neither makes keys or changes the tenant.`,
		Example: `  KEY=$(holdfast keys create --db sqlite:holdfast.db --tenant demo --scopes internal --name shop)
  holdfast keys create --scopes internal --locations berlin,hamburg --channels web`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return createKey(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	keysFlags(cmd, &cfg)
	cmd.Flags().StringVar(&cfg.Scopes, "scopes", "", "what the key may do: some of admin,internal,read")
	cmd.Flags().StringVar(&cfg.Name, "name", "", "name of the key, recorded with its writes (default made from its id)")
	cmd.Flags().StringVar(&cfg.Locations, "locations", "", "locations that the key may see and act at, with commas (default all)")
	cmd.Flags().StringVar(&cfg.Channels, "channels", "", "channels that the key may act for, with commas (default all)")
	return markRequired(cmd, "scopes")
}

func keysList() *cobra.Command {
	var cfg keysConfig
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List a tenant's keys, revoked ones too",
		Example: `  holdfast keys list --db sqlite:holdfast.db --tenant demo`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listKeys(cmd.Context(), cfg, cmd.OutOrStdout())
		},
	}
	keysFlags(cmd, &cfg)
	return cmd
}

func keysRotate() *cobra.Command {
	var cfg keysConfig
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Make a second valid key of a name and print it, once and alone",
		Long: `Rotate makes a second key with the name, the scopes and the bounds of a valid one.
Both are valid: hand out the new key, then revoke the old one by its id. A third is
refused until then.`,
		Example: `  KEY=$(holdfast keys rotate --db sqlite:holdfast.db --tenant demo --name shop)`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return rotateKey(cmd.Context(), cfg, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	keysFlags(cmd, &cfg)
	cmd.Flags().StringVar(&cfg.Name, "name", "", "name of the key")
	return markRequired(cmd, "name")
}

func keysRevoke() *cobra.Command {
	var cfg keysConfig
	cmd := &cobra.Command{
		Use:     "revoke ID",
		Short:   "End a key for good",
		Long:    `Revoke ends the key with this id (see "keys list"). Doing so twice is fine.`,
		Example: `  holdfast keys revoke --db sqlite:holdfast.db --tenant demo 7k2m9q4x`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return revokeKey(cmd.Context(), cfg, args[0], cmd.ErrOrStderr())
		},
	}
	keysFlags(cmd, &cfg)
	return cmd
}

func keysFlags(cmd *cobra.Command, cfg *keysConfig) {
	cmd.Flags().StringVar(&cfg.DB, "db", "sqlite:holdfast.db", "main database: sqlite:PATH, postgres://… or mysql://…")
	cmd.Flags().StringVar(&cfg.Tenant, "tenant", catalog.DefaultTenant, "tenant whose keys are meant")
}

func markRequired(cmd *cobra.Command, flag string) *cobra.Command {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // the flag is declared a line above each call
	}
	return cmd
}

func createKey(ctx context.Context, cfg keysConfig, out, errOut io.Writer) error {
	scopes, err := catalog.ParseScopes(cfg.Scopes)
	if err != nil {
		return &usageError{err: err, path: "holdfast keys create"}
	}
	return withCatalog(ctx, cfg.DB, func(c *catalog.Catalog) error {
		if _, err := c.CreateTenant(ctx, cfg.Tenant); err != nil {
			return err
		}
		key, printed, err := c.CreateKey(ctx, catalog.KeySpec{Tenant: cfg.Tenant, Name: cfg.Name, Scopes: scopes, Bounds: &stock.Bounds{
			Locations: commaList(cfg.Locations), Channels: commaList(cfg.Channels),
		}})
		if err != nil {
			return err
		}
		return handOver(key, printed, out, errOut)
	})
}

func rotateKey(ctx context.Context, cfg keysConfig, out, errOut io.Writer) error {
	return withCatalog(ctx, cfg.DB, func(c *catalog.Catalog) error {
		key, printed, err := c.RotateKey(ctx, cfg.Tenant, cfg.Name)
		if err != nil {
			return err
		}
		return handOver(key, printed, out, errOut)
	}, catalog.WithExisting())
}

// handOver prints the key, which nobody can do later.
func handOver(key catalog.Key, printed string, out, errOut io.Writer) error {
	if _, err := fmt.Fprintln(out, printed); err != nil {
		return fmt.Errorf("print key %s (revoke it, it is lost): %w", key.ID, err)
	}
	fmt.Fprintf(errOut, "key %s, name %q, tenant %q, scopes %s%s\n", key.ID, key.Name, key.Tenant, key.Scopes, boundTo(key, ", bound to "))
	return nil
}

func listKeys(ctx context.Context, cfg keysConfig, out io.Writer) error {
	return withCatalog(ctx, cfg.DB, func(c *catalog.Catalog) error {
		if _, err := c.Tenant(ctx, cfg.Tenant); err != nil {
			return err
		}
		keys, err := c.Keys(ctx, cfg.Tenant)
		if err != nil {
			return err
		}
		t := newTable(out, "id", "name", "scopes", "bound to", "created", "state")
		for _, k := range keys {
			t.row(k.ID, k.Name, k.Scopes, boundTo(k, ""), keyTime(k.Created), keyState(k))
		}
		return t.Flush()
	}, catalog.WithExisting())
}

// commaList are the parts of a list with commas.
func commaList(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

// boundTo says what a key is bound to, after a word; nothing when it is not.
func boundTo(k catalog.Key, word string) string {
	var to []string
	if b := k.Bounds; b != nil {
		if len(b.Locations) > 0 {
			to = append(to, "locations "+strings.Join(b.Locations, ","))
		}
		if len(b.Channels) > 0 {
			to = append(to, "channels "+strings.Join(b.Channels, ","))
		}
	}
	if len(to) == 0 {
		return ""
	}
	return word + strings.Join(to, "; ")
}

func keyState(k catalog.Key) string {
	switch {
	case !k.Valid():
		return "revoked " + keyTime(k.Revoked)
	case !k.Rotated.IsZero():
		return "valid, rotated " + keyTime(k.Rotated)
	}
	return "valid"
}

func keyTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

func revokeKey(ctx context.Context, cfg keysConfig, id string, errOut io.Writer) error {
	return withCatalog(ctx, cfg.DB, func(c *catalog.Catalog) error {
		key, err := c.RevokeKey(ctx, cfg.Tenant, id)
		if err != nil {
			return err
		}
		fmt.Fprintf(errOut, "key %s, name %q, is revoked; servers refuse it within 2 s\n", key.ID, key.Name)
		return nil
	}, catalog.WithExisting())
}

// withCatalog runs do on the catalog of the database that dsn names.
func withCatalog(ctx context.Context, dsn string, do func(*catalog.Catalog) error, opts ...catalog.Option) error {
	err := checkDSN(dsn)
	if err != nil {
		return &usageError{err: err, path: "holdfast keys"}
	}
	c, err := catalog.Open(ctx, dsn, opts...)
	if err != nil {
		return err
	}
	return errors.Join(do(c), c.Close())
}
