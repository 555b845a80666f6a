package main

import (
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"holdfast.dev/holdfast/client"
)

// fixtures are the stocks that "sandbox load" loads.
const fixtures = "shop|lots|sold_out"

//go:embed fixtures
var fixtureFiles embed.FS

// fixture is a file of fixtures. Commands are in the JSON of the API. Names and numbers of a fixture that
// was released stay: a repeated load is known by them.
type fixture struct {
	Items []fixtureItem `json:"items"`
	Kits  []struct {
		ProductID  string `json:"product_id"`
		Components []struct {
			ProductID string `json:"product_id"`
			Quantity  int64  `json:"quantity"`
		} `json:"components"`
	} `json:"kits"`
}

// fixtureItem is one item: its create, what follows it, and a recall of lots.
type fixtureItem struct {
	Commands []json.RawMessage `json:"commands"`
	Recall   *struct {
		ProductID string     `json:"product_id"`
		Lot       client.Lot `json:"lot"`
		Reason    string     `json:"reason"`
	} `json:"recall"`
}

func newSandbox() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "sandbox",
		Short:   "Fill a sandbox, for tests of your integration",
		Long:    `A sandbox is a tenant for tests: holdfast tenants create ID --sandbox makes one.`,
		Example: "  holdfast sandbox load shop",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(newSandboxLoad())
	return cmd
}

func newSandboxLoad() *cobra.Command {
	var cfg talkConfig
	return cfg.writes(&cobra.Command{
		Use:   "load " + fixtures,
		Short: "Load stock for tests into a sandbox",
		Long: `Load opens a stock for tests, through the API:

  shop      20 products at the default location and at "store", and the kit tea-set
  lots      milk with an expired lot, yoghurt with a recalled one, cheese in two grades
  sold_out  none-left, last-one, oversold by 2 and off-sale

What is there already stays as it is, whatever was sold since: to begin again, make
another sandbox. In a tenant that is no sandbox nothing is loaded.`,
		Example: "  holdfast sandbox load shop",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context) error {
		name := cfg.args[0]
		if !slices.Contains(strings.Split(fixtures, "|"), name) {
			return cfg.usageError(fmt.Errorf("there is no %q to load: one of %s", name, strings.ReplaceAll(fixtures, "|", ", ")))
		}
		s, err := cfg.c.Tenant.Settings(ctx)
		if err != nil {
			return err
		}
		if !s.Sandbox {
			return errors.New(cfg.words.translate("the tenant is not a sandbox: nothing was loaded"))
		}
		l := fixtureLoad{c: cfg.c, name: name}
		if err := l.run(ctx); err != nil {
			return err
		}
		t := cfg.table("opened", "there before")
		return cfg.tell(nil, t, func() { t.row(l.opened, l.there) })
	})
}

// fixtureLoad loads a fixture, and counts its items and kits.
type fixtureLoad struct {
	c             *client.Client
	name          string
	opened, there int
}

func (l *fixtureLoad) run(ctx context.Context) error {
	var f fixture
	text, err := fixtureFiles.ReadFile("fixtures/" + l.name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &f)
	}
	if err != nil {
		return fmt.Errorf("fixture %s: %w", l.name, err)
	}
	if err := l.items(ctx, f.Items); err != nil {
		return err
	}
	for _, k := range f.Kits {
		switch _, err := l.c.Kits.Get(ctx, k.ProductID); {
		case err == nil:
			l.there++
			continue
		case !errors.Is(err, client.ErrNotFound):
			return err
		}
		kit := client.Kit{ProductID: k.ProductID}
		for _, part := range k.Components {
			kit.Components = append(kit.Components, client.Component{ProductID: part.ProductID, Quantity: part.Quantity})
		}
		if _, err := l.c.Kits.Set(ctx, kit); err != nil {
			return err
		}
		l.opened++
	}
	return nil
}

// items opens the items, and then does what follows. An item that is there, and was not opened under the
// fixture's key, is left alone.
func (l *fixtureLoad) items(ctx context.Context, items []fixtureItem) error {
	commands := make([][]client.Command, len(items))
	opening := make([]client.Command, len(items))
	for i, it := range items {
		for n, text := range it.Commands {
			c, err := client.ReadCommand(text)
			if err != nil {
				return fmt.Errorf("fixture %s: %w", l.name, err)
			}
			commands[i] = append(commands[i], c.WithKey(l.key(i, n)))
		}
		opening[i] = commands[i][0]
	}
	opened, err := l.c.Batch(ctx, opening...)
	if err != nil {
		return err
	}
	for i, it := range items {
		switch r := opened[i]; {
		case errors.Is(r.Err, client.ErrAlreadyExists):
			l.there++
			continue
		case r.Err != nil:
			return r.Err
		case r.Inventory.Replayed:
			l.there++
		default:
			l.opened++
		}
		if err := l.follow(ctx, commands[i][1:]); err != nil {
			return err
		}
		if r := it.Recall; r != nil {
			if _, err := l.c.Lots.Recall(ctx, client.RecallLot{ProductID: r.ProductID, Lot: r.Lot, Reason: r.Reason, Key: l.key(i, len(it.Commands))}); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow carries out what follows the create of an item.
func (l *fixtureLoad) follow(ctx context.Context, commands []client.Command) error {
	if len(commands) == 0 {
		return nil
	}
	results, err := l.c.Batch(ctx, commands...)
	for _, r := range results {
		err = cmp.Or(err, r.Err)
	}
	return err
}

// key is the idempotency key of a command of the fixture.
func (l *fixtureLoad) key(item, command int) string {
	return fmt.Sprintf("fixture-%s-%d-%d", l.name, item, command)
}
