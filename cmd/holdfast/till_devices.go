package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/timestamppb"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/internal/catalog"
)

// devicesConfig has the settings of the devices commands.
type devicesConfig struct {
	talkConfig
	DB                  string
	Name, Page, Channel string
}

func newTillDevices() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "devices",
		Short: "See the screens that show pages of the store, and confirm and end them",
		Long: `A screen that opens /store/ of a till shows a code. Once staff have confirmed that, the
screen shows one page, with a key of its own, until it is ended. It works with the line to
the centre and without.

Devices opens the till's file itself, also while the till serves. With --url or --key, and
without --db, it asks the till.`,
		Example: "  holdfast till devices confirm WDJB-MJHT --page kiosk --name kiosk-1 --db sqlite:till.db",
		Args:    cobra.NoArgs,
	}
	cmd.AddCommand(tillDevicesList(), tillDevicesConfirm(), tillDevicesEnd())
	return cmd
}

func tillDevicesList() *cobra.Command {
	var cfg devicesConfig
	return cfg.keeps(&cobra.Command{
		Use: "list", Short: "List the screens that show pages of the store", Example: "  holdfast till devices list --db sqlite:till.db", Args: cobra.NoArgs,
	}, func(ctx context.Context, k deviceKeeper) error {
		all, err := k.list(ctx)
		if err != nil {
			return err
		}
		t := cfg.table("id", "name", "page", "channel", "since", "used")
		var m holdfastv1.ListDevicesResponse
		for i := range all {
			d := &all[i]
			t.row(d.ID, d.Name, string(d.Page), d.ChannelID, formatTime(d.CreatedAt), formatTime(d.UsedAt))
			m.Items = append(m.Items, deviceMessage(d))
		}
		if cfg.JSON {
			return cfg.printRaw(&m)
		}
		return t.Flush()
	})
}

func tillDevicesConfirm() *cobra.Command {
	var cfg devicesConfig
	cmd := cfg.keeps(&cobra.Command{
		Use:   "confirm CODE",
		Short: "Let the screen that shows a code show a page of the store",
		Long: `Confirm lets the screen that shows the code show a page. A code counts once, and for ten
minutes. The page says what the screen may do: kiosk sells, menu only reads, kitchen has the
role agent, and till the role manager.`,
		Example: "  holdfast till devices confirm WDJB-MJHT --page menu --name window --channel takeaway --db sqlite:till.db",
		Args:    cobra.ExactArgs(1),
	}, func(ctx context.Context, k deviceKeeper) error {
		d, err := k.confirm(ctx, cfg.args[0], client.NewDevice{Name: cfg.Name, Page: client.StorePage(cfg.Page), ChannelID: cfg.Channel})
		if err != nil {
			return err
		}
		return cfg.printDone(d, "the screen %s shows the page %s as %s", d.Name, d.Page, d.ID)
	})
	f := cmd.Flags()
	f.StringVar(&cfg.Page, "page", "", "the page that it shows: kiosk, menu, kitchen or till")
	f.StringVar(&cfg.Name, "name", "", "name of the screen, recorded with its writes")
	f.StringVar(&cfg.Channel, "channel", "", "channel that a kiosk sells for, or a menu shows (default none)")
	return markRequired(markRequired(cmd, "page"), "name")
}

func tillDevicesEnd() *cobra.Command {
	var cfg devicesConfig
	return cfg.keeps(&cobra.Command{
		Use: "end ID", Short: "End a screen and its key", Long: `End ends the screen with this id (see "till devices list") and its key, within 2 s.`,
		Example: "  holdfast till devices end 7k2m9q4x --db sqlite:till.db", Args: cobra.ExactArgs(1),
	}, func(ctx context.Context, k deviceKeeper) error {
		d, err := k.end(ctx, cfg.args[0])
		if err != nil {
			return err
		}
		return cfg.printDone(d, "the screen %s shows the page %s no longer", d.Name, d.Page)
	})
}

// deviceKeeper keeps the screens of a store: a serving till, or its file.
type deviceKeeper interface {
	list(ctx context.Context) ([]client.StoreDevice, error)
	confirm(ctx context.Context, code string, d client.NewDevice) (*client.StoreDevice, error)
	end(ctx context.Context, id string) (*client.StoreDevice, error)
}

// keeps adds the command's flags, and gives run the keeper that they name.
func (c *devicesConfig) keeps(cmd *cobra.Command, run func(context.Context, deviceKeeper) error) *cobra.Command {
	c.talks(cmd, func(ctx context.Context) error { return run(ctx, servedDevices{c.c.Tills}) })
	f := cmd.Flags()
	f.StringVar(&c.DB, "db", "sqlite:till.db", "the till's file")
	ask := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if f.Changed("db") || !f.Changed("url") && !f.Changed(keyFlag) {
			c.takeIn(cmd, args)
			return run(cmd.Context(), filedDevices{c.DB})
		}
		return ask(cmd, args)
	}
	return cmd
}

// printDone prints what was done to a screen.
func (c *devicesConfig) printDone(d *client.StoreDevice, text string, names ...any) error {
	if c.JSON {
		return c.printRaw(deviceMessage(d))
	}
	return c.printGone(text, names...)
}

// servedDevices are those of a serving till.
type servedDevices struct{ tills *client.TillService }

func (s servedDevices) list(ctx context.Context) (all []client.StoreDevice, err error) {
	for r := (client.List{PageSize: pageSize}); ; {
		page, err := s.tills.Devices(ctx, r)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if r.PageToken = page.NextPageToken; r.PageToken == "" {
			return all, nil
		}
	}
}

func (s servedDevices) confirm(ctx context.Context, code string, d client.NewDevice) (*client.StoreDevice, error) {
	return s.tills.AddDevice(ctx, code, d)
}

func (s servedDevices) end(ctx context.Context, id string) (*client.StoreDevice, error) {
	return s.tills.EndDevice(ctx, id)
}

// filedDevices are those in a till's file, of the till's only tenant.
type filedDevices struct{ db string }

func (s filedDevices) list(ctx context.Context) (all []client.StoreDevice, err error) {
	err = withCatalog(ctx, s.db, func(c *catalog.Catalog) error {
		devices, err := c.Sessions.Devices(ctx, catalog.DefaultTenant)
		for i := range devices {
			all = append(all, storeDevice(&devices[i]))
		}
		return err
	}, catalog.WithExisting())
	return all, err
}

func (s filedDevices) confirm(ctx context.Context, code string, d client.NewDevice) (*client.StoreDevice, error) {
	return s.change(ctx, func(c *catalog.Catalog) (catalog.Device, error) {
		return c.Sessions.AddDevice(ctx, catalog.DefaultTenant, code, catalog.DeviceSpec{Name: d.Name, Page: string(d.Page), Channel: d.ChannelID})
	})
}

func (s filedDevices) end(ctx context.Context, id string) (*client.StoreDevice, error) {
	return s.change(ctx, func(c *catalog.Catalog) (catalog.Device, error) {
		return c.Sessions.EndDevice(ctx, catalog.DefaultTenant, id)
	})
}

func (s filedDevices) change(ctx context.Context, do func(*catalog.Catalog) (catalog.Device, error)) (*client.StoreDevice, error) {
	var made client.StoreDevice
	err := withCatalog(ctx, s.db, func(c *catalog.Catalog) error {
		d, err := do(c)
		made = storeDevice(&d)
		return err
	}, catalog.WithExisting())
	return &made, err
}

// storeDevice is a device of the catalog as the client has it.
func storeDevice(d *catalog.Device) client.StoreDevice {
	return client.StoreDevice{ID: d.ID, Name: d.Name, Page: client.StorePage(d.Page), ChannelID: d.Channel, CreatedAt: d.Begun, UsedAt: d.Used}
}

// deviceMessage is the device in the form of the API.
func deviceMessage(d *client.StoreDevice) *holdfastv1.Device {
	return &holdfastv1.Device{
		Id: d.ID, Name: d.Name, Page: string(d.Page), ChannelId: d.ChannelID, CreatedAt: timestamppb.New(d.CreatedAt), UsedAt: maybeAt(d.UsedAt),
	}
}

func maybeAt(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
