package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/sqlite"
	"holdfast.dev/holdfast/internal/ledger/erase"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

// tenantsConfig has the settings of the tenants commands.
type tenantsConfig struct {
	books    booksConfig
	redis    tenantRedis
	operator string
	dryRun   bool

	out, errOut io.Writer
}

func newTenants() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tenants",
		Short: "Create a tenant, or delete one and all that is kept of it",
		Example: `  holdfast tenants create try --db sqlite:holdfast.db --sandbox
  holdfast tenants delete acme --db sqlite:holdfast.db --dry-run`,
	}
	cmd.AddCommand(newTenantsCreate(), newTenantsDelete())
	return cmd
}

func newTenantsDelete() *cobra.Command {
	var cfg tenantsConfig
	cmd := &cobra.Command{
		Use:   "delete ID",
		Short: "Delete a tenant, for good",
		Long: `Delete drops all that is kept of a tenant: its entries in the log, with their text;
items, reservations, keys and journal; everything the catalog has of it. Other
tenants keep their figures, and verify finds every chain whole.

If items of the tenant sold through Redis, its tasks and its keys are deleted there too:
name the Redis of the servers with --redis (and --redis-second), or give --redis-gone
if it was emptied or is off for good.

Stop all servers first, make a backup, and begin with --dry-run. Give the command
again after it was interrupted, however that was, before a server starts: it deletes
the rest. When records were archived it needs --archive, and deletes there too.

The catalog keeps the id of the tenant, when it was deleted and by whom.
docs/operations/privacy.md says what is left, and of copies that are yours to delete.`,
		Example: `  holdfast tenants delete acme --db sqlite:holdfast.db --dry-run
  holdfast tenants delete acme --db sqlite:holdfast.db
  holdfast verify --db sqlite:holdfast.db`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg.out, cfg.errOut = cmd.OutOrStdout(), cmd.ErrOrStderr()
			return cfg.delete(cmd.Context(), args[0])
		},
	}
	cfg.books.flags(cmd)
	cfg.redis.flags(cmd)
	f := cmd.Flags()
	f.StringVar(&cfg.operator, "operator", "", "who deletes, which is kept (default: the name of the account)")
	f.BoolVar(&cfg.dryRun, "dry-run", false, "change nothing, say what would be deleted")
	return cmd
}

func (c *tenantsConfig) delete(ctx context.Context, tenant string) error {
	if err := errors.Join(c.books.check(), c.redis.check()); err != nil {
		return &usageError{err: err, path: "holdfast tenants delete"}
	}
	if tenant == catalog.DefaultTenant {
		return errors.New("the default tenant cannot be deleted: every installation has it")
	}
	if !c.dryRun {
		if err := c.books.refuseOtherServers(); err != nil {
			return err
		}
	}
	entries, err := c.drop(ctx, tenant)
	if errors.Is(err, errDeleted) {
		// An earlier run may have been interrupted before the files were rewritten.
		if !c.dryRun {
			err = errors.Join(c.books.compact(), err)
		}
		return err
	}
	if err != nil {
		return err
	}
	if c.dryRun {
		_, err := fmt.Fprintln(c.out, "nothing was changed: run without --dry-run to delete")
		return err
	}
	if err := c.books.compact(); err != nil {
		return fmt.Errorf("tenant %q is deleted, what was deleted can still be found in the file: %w", tenant, err)
	}
	_, err = fmt.Fprintf(c.out, "tenant %q is deleted, with %s; now run holdfast verify\n", tenant, counted(entries, "catalog entry", "catalog entries"))
	return err
}

// errDeleted says that there is nothing left to delete.
var errDeleted = errors.New("the tenant was deleted before, and none of its data is left")

// drop drops the tenant from Redis, from the slots, then from the catalog, and returns how many entries
// it had in the catalog.
func (c *tenantsConfig) drop(ctx context.Context, tenant string) (entries int64, err error) {
	books, err := openLaidOut(ctx, c.books)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, books.Close()) }()
	deleted, err := wasDeleted(ctx, books, tenant)
	if err != nil {
		return 0, err
	}
	if err := c.ready(ctx, books, tenant); err != nil {
		return 0, err
	}
	sold, err := c.readyRedis(ctx, books.slotSet, tenant)
	if err != nil {
		return 0, err
	}
	// The keys go first: a repeat knows by the items that there are keys.
	keys, err := c.dropKeys(ctx, tenant)
	if err != nil {
		return 0, fmt.Errorf("%w; the books were not changed: give the command again when Redis answers, or with --redis-gone if it never will", err)
	}
	if !c.dryRun && !deleted {
		// From here on no key of the deleted tenant can write, whoever starts a server.
		if err := revokeAll(ctx, books.directory, tenant); err != nil {
			return 0, err
		}
	}
	t := newTable(c.out, "slot", "records", "entries", "items", "reservations")
	all, err := c.dropRows(ctx, books.slotSet, tenant, t)
	if err != nil {
		return 0, fmt.Errorf("%w; what was deleted stays so, give the command again for the rest", err)
	}
	if deleted && all == (erase.Gone{}) && sold.Items == 0 && keys == 0 {
		return 0, fmt.Errorf("tenant %q: %w", tenant, errDeleted)
	}
	if err := t.Flush(); err != nil {
		return 0, err
	}
	if sold.Items > 0 || keys > 0 {
		fmt.Fprintf(c.out, "Redis: %s, %s, %s\n", counted(sold.Items, "item", "items"), counted(sold.Tasks, "task", "tasks"), counted(keys, "key", "keys"))
	}
	if c.dryRun || deleted {
		return 0, nil
	}
	return books.directory.DeleteTenant(ctx, tenant, accountName(c.operator))
}

// wasDeleted reports whether the tenant was deleted before: what an earlier version left of it, or a copy of a slot brought back, can
// still be dropped.
func wasDeleted(ctx context.Context, books *laidOut, tenant string) (bool, error) {
	_, unknown := books.directory.Tenant(ctx, tenant)
	if !errors.Is(unknown, catalog.ErrUnknown) {
		return false, unknown
	}
	was, err := books.directory.WasDeleted(ctx, tenant)
	if err == nil && !was {
		err = unknown
	}
	return was, err
}

// dropRows drops the tenant from the tasks of Redis and from the slots.
func (c *tenantsConfig) dropRows(ctx context.Context, s *slotSet, tenant string, t *table) (all erase.Gone, err error) {
	if !c.dryRun {
		if err := eachTasks(ctx, c.books, s, func(tasks task.Store) error { return task.DropTenant(ctx, tasks, tenant) }); err != nil {
			return all, err
		}
	}
	for i := range s.kept {
		gone, err := c.slot(ctx, s, i, tenant)
		if err != nil {
			return all, fmt.Errorf("%s: %w", s.names[i], err)
		}
		t.row(i, gone.Records, gone.Entries, gone.Items, gone.Holds)
		all.Records, all.Entries, all.Items, all.Holds = all.Records+gone.Records, all.Entries+gone.Entries, all.Items+gone.Items, all.Holds+gone.Holds
	}
	return all, nil
}

// ready returns what prevents the deletion of the tenant.
func (c *tenantsConfig) ready(ctx context.Context, books *laidOut, tenant string) error {
	if !c.dryRun {
		if err := checkNobodyServes(ctx, &books.directory.Nodes); err != nil {
			return err
		}
	}
	if err := checkWholeLogs(ctx, books.slotSet, c.books.archive); err != nil {
		return err
	}
	for i, eng := range books.slotSet.kept {
		err := erase.Droppable(ctx, eng, tenant)
		var spread *erase.SpreadError
		if errors.As(err, &spread) {
			return fmt.Errorf("%w; nothing was changed. These end its use and take its free text out of the log: "+
				"holdfast keys list --tenant %s, holdfast keys revoke ID --tenant %[2]s, holdfast redact --tenant %[2]s --since 2000-01-01T00:00:00Z", err, tenant)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", books.slotSet.names[i], err)
		}
	}
	return nil
}

// slot deletes the tenant's data in a slot and its archive.
func (c *tenantsConfig) slot(ctx context.Context, s *slotSet, slot int, tenant string) (gone erase.Gone, err error) {
	first, err := s.kept[slot].First(ctx)
	if err != nil {
		return gone, err
	}
	if gone, err = erase.Tenant(ctx, s.kept[slot], tenant, c.dryRun); err != nil || c.books.archive == "" {
		return gone, err
	}
	drop := erase.WithoutTenant(tenant)
	seen := engine.Seq(0) // parts are read twice, to find what changes and to change it
	return gone, changeArchive(ctx, c.books.archive, uint16(slot), func(rec *engine.Record) (engine.Record, error) {
		if rec.Seq > seen && (first == 0 || rec.Seq < first) { // what is in both was counted in the database
			seen = rec.Seq
			if err := gone.Count(rec, tenant); err != nil {
				return *rec, err
			}
		}
		return drop(rec)
	}, c.dryRun)
}

// revokeAll revokes the keys of the tenant that are valid.
func revokeAll(ctx context.Context, directory *catalog.Catalog, tenant string) error {
	keys, err := directory.Keys(ctx, tenant)
	if err != nil {
		return err
	}
	for i := range keys {
		if !keys[i].Valid() {
			continue
		}
		if _, err := directory.RevokeKey(ctx, tenant, keys[i].ID); err != nil {
			return err
		}
	}
	return nil
}

// ownFiles are the files of the books; there are none on database servers.
func (c *booksConfig) ownFiles() (paths []string) {
	all := []string{c.db}
	for _, dsn := range c.databases {
		all = append(all, dsn)
	}
	for _, dsn := range all {
		if path, err := databaseFile(dsn); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

// refuseOtherServers refuses when another process has a file of the books open. Servers on database
// servers send heartbeats to the catalog.
func (c *booksConfig) refuseOtherServers() error {
	for _, path := range c.ownFiles() {
		if err := sqlite.Alone(path); err != nil {
			return fmt.Errorf("%w; stop the servers first", err)
		}
	}
	return nil
}

// compact rewrites the files of the books, without the deleted data.
func (c *booksConfig) compact() error {
	for _, path := range c.ownFiles() {
		if err := sqlite.Compact(path); err != nil {
			return err
		}
	}
	return nil
}
