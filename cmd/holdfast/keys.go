package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
)

// keysConfig has the settings of the keys commands.
type keysConfig struct {
	talkConfig
	DB     string
	Tenant string
	Scopes string
	Name   string
	// Locations and Channels bound a key, each a list with commas.
	Locations, Channels string
	Role                string

	server bool // a server is asked
}

func newKeys() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Create, list, rotate and revoke API keys",
		Long: `Keys opens the main database itself, so it works before the first server and while
servers run: they accept a new key, and refuse a revoked one, within 2 s. With --url,
or a profile of "holdfast login", and without --db it asks the server, for the tenant
of the key, which needs the scope admin.

A database that is missing or empty gets its catalog on "keys create", as it
would from "serve"; the other commands refuse it.`,
		Example: `  holdfast keys create --db sqlite:holdfast.db --tenant demo --scopes admin
  holdfast keys list --url http://127.0.0.1:8080`,
	}
	cmd.AddCommand(keysCreate(), keysList(), keysRotate(), keysRevoke())
	return cmd
}

func keysCreate() *cobra.Command {
	var cfg keysConfig
	cmd := cfg.keeps(&cobra.Command{
		Use:   "create",
		Short: "Create a key and print it, once and alone, on standard output",
		Long: `Create makes the tenant when it is new, and a key with a name that no valid
key of the tenant has. The key is printed alone on standard output and cannot
be shown again; its id and name go to standard error.

Scopes are admin (implies all), internal (implies read), read, and relay (implies
read): for programs that deliver changes to sinks, and with internal consume sources. A key with
--locations sees and changes stock there alone, one with --channels acts for
those alone; neither makes keys or changes the tenant. With --role a key may do
what both its scopes and the role allow: a clerk needs the scope admin too.`,
		Example: `  KEY=$(holdfast keys create --db sqlite:holdfast.db --tenant demo --scopes internal --name shop)
  holdfast keys create --scopes internal --locations berlin,hamburg --channels web
  holdfast keys create --scopes admin --role clerk --name anna`,
		Args: cobra.NoArgs,
	}, func(ctx context.Context, k keeper) error {
		scopes, err := catalog.ParseScopes(cfg.Scopes)
		if err != nil {
			return cfg.usageError(err)
		}
		key, err := k.create(ctx, cfg.Name, scopes, client.KeyBounds{Locations: commaList(cfg.Locations), Channels: commaList(cfg.Channels), Role: client.Role(cfg.Role)})
		return cfg.handOver(key, err)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Scopes, "scopes", "", "what the key may do: some of admin,internal,read,relay")
	f.StringVar(&cfg.Name, "name", "", "name of the key, recorded with its writes (default made from its id)")
	f.StringVar(&cfg.Locations, "locations", "", "locations that the key may see and act at, with commas (default all)")
	f.StringVar(&cfg.Channels, "channels", "", "channels that the key may act for, with commas (default all)")
	f.StringVar(&cfg.Role, "role", "", "what its holder does: viewer, agent, clerk, manager, admin, display or kiosk (default: what the scopes allow)")
	return markRequired(cmd, "scopes")
}

func keysList() *cobra.Command {
	var cfg keysConfig
	return cfg.keeps(&cobra.Command{
		Use: "list", Short: "List a tenant's keys, revoked ones too", Example: `  holdfast keys list --db sqlite:holdfast.db --tenant demo`, Args: cobra.NoArgs,
	}, func(ctx context.Context, k keeper) error {
		all, err := k.list(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("id", "name", "scopes", "role", "bound to", "created", "state")
		var m holdfastv1.ListKeysResponse
		for i := range all {
			key := &all[i]
			t.row(key.ID, key.Name, scopesText(key.Scopes), string(key.Bounds.Role), boundTo(key.Bounds, ""), keyTime(key.CreatedAt), cfg.state(key))
			m.Items = append(m.Items, keyMessage(key))
		}
		if cfg.JSON {
			return cfg.printRaw(&m)
		}
		return t.Flush()
	})
}

func keysRotate() *cobra.Command {
	var cfg keysConfig
	cmd := cfg.keeps(&cobra.Command{
		Use:   "rotate",
		Short: "Make a second valid key of a name and print it, once and alone",
		Long: `Rotate makes a second key with the name, the scopes, the bounds and the role of a valid
one. Both are valid: hand out the new key, then revoke the old one by its id. A third
is refused until then.`,
		Example: `  KEY=$(holdfast keys rotate --db sqlite:holdfast.db --tenant demo --name shop)`,
		Args:    cobra.NoArgs,
	}, func(ctx context.Context, k keeper) error {
		key, err := k.rotate(ctx, cfg.Name)
		return cfg.handOver(key, err)
	})
	cmd.Flags().StringVar(&cfg.Name, "name", "", "name of the key")
	return markRequired(cmd, "name")
}

func keysRevoke() *cobra.Command {
	var cfg keysConfig
	return cfg.keeps(&cobra.Command{
		Use:     "revoke ID",
		Short:   "End a key for good",
		Long:    `Revoke ends the key with this id (see "keys list"). Doing so twice is fine.`,
		Example: `  holdfast keys revoke --db sqlite:holdfast.db --tenant demo 7k2m9q4x`,
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, k keeper) error {
		key, err := k.revoke(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		if cfg.JSON {
			return cfg.printRaw(keyMessage(key))
		}
		fmt.Fprintf(cfg.errOut, cfg.words.translate("key %s, name %q, is revoked; servers refuse it within 2 s")+"\n", key.ID, key.Name)
		return nil
	})
}

// keeper keeps the keys of a tenant: a server, or the main database.
type keeper interface {
	create(ctx context.Context, name string, scopes catalog.Scopes, bounds client.KeyBounds) (*client.APIKey, error)
	list(ctx context.Context) ([]client.APIKey, error)
	rotate(ctx context.Context, name string) (*client.APIKey, error)
	revoke(ctx context.Context, id string) (*client.APIKey, error)
}

// keeps adds the command's flags, and gives run the keeper that they name.
func (c *keysConfig) keeps(cmd *cobra.Command, run func(context.Context, keeper) error) *cobra.Command {
	c.talks(cmd, func(ctx context.Context) error { return run(ctx, serverKeys{c.c.Tenant}) })
	f := cmd.Flags()
	f.StringVar(&c.DB, "db", "sqlite:holdfast.db", "main database: sqlite:PATH, postgres://… or mysql://…")
	f.StringVar(&c.Tenant, "tenant", catalog.DefaultTenant, "tenant whose keys are meant, of a database")
	ask := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c.takeIn(cmd, args)
		switch named := f.Changed("url") || f.Changed(keyFlag); {
		case f.Changed("db") || !named:
			return run(cmd.Context(), catalogKeys{c.DB, c.Tenant})
		case f.Changed("tenant"):
			return c.usageError(errors.New("--tenant belongs to --db: a server goes by the key's tenant"))
		}
		c.server = true
		return ask(cmd, args)
	}
	return cmd
}

func markRequired(cmd *cobra.Command, flag string) *cobra.Command {
	if err := cmd.MarkFlagRequired(flag); err != nil {
		panic(err) // the flag is declared a line above each call
	}
	return cmd
}

// handOver prints the key, which nobody can do later. It also prints a key when something
// failed after the key was made.
func (c *keysConfig) handOver(key *client.APIKey, err error) error {
	switch {
	case err != nil && (key == nil || key.Key == ""):
		return err
	case c.JSON:
		return errors.Join(err, c.printRaw(keyMessage(key)))
	case key.Key == "":
		return fmt.Errorf("key %s was made and is lost with the connection: revoke it, and make another", key.ID)
	}
	if _, lost := fmt.Fprintln(c.out, key.Key); lost != nil {
		return fmt.Errorf("print key %s (revoke it, it is lost): %w", key.ID, errors.Join(err, lost))
	}
	tenant := ""
	if !c.server {
		tenant = fmt.Sprintf(", tenant %q", c.Tenant)
	}
	fmt.Fprintf(c.errOut, c.words.translate("key %s, name %q%s, scopes %s%s")+"\n", key.ID, key.Name, tenant, scopesText(key.Scopes), roleText(key.Bounds.Role)+boundTo(key.Bounds, ", bound to "))
	return err
}

// commaList are the parts of a list with commas.
func commaList(list string) []string {
	if list == "" {
		return nil
	}
	return strings.Split(list, ",")
}

func scopesText(scopes []client.Scope) string {
	words := make([]string, len(scopes))
	for i, s := range scopes {
		words[i] = string(s)
	}
	return strings.Join(words, ",")
}

func roleText(r client.Role) string {
	if r == "" {
		return ""
	}
	return ", role " + string(r)
}

// boundTo lists the bounds of a key, after a word; nothing when it has none.
func boundTo(b client.KeyBounds, word string) string {
	var to []string
	if len(b.Locations) > 0 {
		to = append(to, "locations "+strings.Join(b.Locations, ","))
	}
	if len(b.Channels) > 0 {
		to = append(to, "channels "+strings.Join(b.Channels, ","))
	}
	if len(to) == 0 {
		return ""
	}
	return word + strings.Join(to, "; ")
}

func (c *keysConfig) state(k *client.APIKey) string {
	switch {
	case !k.RevokedAt.IsZero():
		return fmt.Sprintf(c.cell("revoked %s"), keyTime(k.RevokedAt))
	case !k.RotatedAt.IsZero():
		return fmt.Sprintf(c.cell("valid, rotated %s"), keyTime(k.RotatedAt))
	}
	return c.cell("valid")
}

func keyTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// keyMessage is the key in the form of the API.
func keyMessage(k *client.APIKey) *holdfastv1.ApiKey {
	m := &holdfastv1.ApiKey{
		Id: k.ID, Name: k.Name, CreatedAt: timestamppb.New(k.CreatedAt), Key: k.Key, Locations: k.Bounds.Locations, Channels: k.Bounds.Channels, Role: string(k.Bounds.Role), TillId: k.TillID,
	}
	for _, s := range k.Scopes {
		m.Scopes = append(m.Scopes, string(s))
	}
	if !k.RotatedAt.IsZero() {
		m.RotatedAt = timestamppb.New(k.RotatedAt)
	}
	if !k.RevokedAt.IsZero() {
		m.RevokedAt = timestamppb.New(k.RevokedAt)
	}
	return m
}
