package sheet

import (
	"context"
	"strconv"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/stock"
	"holdfast.dev/holdfast/internal/view"
)

// unitWalk finds the units of products, requested in the order of their ids, while
// it reads the list of products in the same order.
type unitWalk struct {
	directory Directory
	tenant    string
	page      []catalog.Product
	after     string
	ended     bool
}

// walkPage is how many products are read at once.
const walkPage = 5000

// unit returns the unit of the product; ids must come in ascending order.
func (u *unitWalk) unit(ctx context.Context, id string) (catalog.Unit, error) {
	for {
		for len(u.page) > 0 && u.page[0].ID < id {
			u.page = u.page[1:]
		}
		if len(u.page) > 0 || u.ended {
			break
		}
		var err error
		if u.page, err = u.directory.Products(ctx, u.tenant, u.after, walkPage); err != nil {
			return catalog.Unit{}, err
		}
		if u.ended = len(u.page) == 0; !u.ended {
			u.after = u.page[len(u.page)-1].ID
		}
	}
	if len(u.page) > 0 && u.page[0].ID == id {
		return u.page[0].Unit, nil
	}
	return catalog.Unit{}, nil
}

// levels writes levels, or only their thresholds.
func (x *export) levels(ctx context.Context) (view.Snapshot, error) {
	words := []string{"product_id", "location_id", "low_stock_threshold", "unit", "scale"}
	if x.spec.Kind == KindLevels {
		words = []string{
			"product_id", "location_id", "on_hand", "low_stock_threshold", "unit", "scale", "tracked",
			"available", "reserved", "on_sale", "status", "version", "updated_at",
		}
	}
	if err := x.heading(words...); err != nil {
		return view.Snapshot{}, err
	}
	units := &unitWalk{directory: x.desk.rooms.Directory, tenant: x.spec.Tenant}
	q := view.LevelQuery{Tenant: x.spec.Tenant, Location: x.spec.Location, Product: x.spec.Product, Bounds: x.spec.Bounds}
	return x.desk.rooms.Levels.Scan(ctx, q, func(it *stock.Item) error {
		u, err := units.unit(ctx, it.Key.Product)
		if err != nil {
			return err
		}
		if x.spec.Kind == KindLevels {
			return x.level(it, u)
		}
		x.start()
		x.text(it.Key.Product, it.Key.Location)
		x.units(u.Scale, it.Threshold)
		x.text(u.Name)
		x.scale(u.Scale)
		return x.end()
	})
}

func (x *export) level(it *stock.Item, u catalog.Unit) error {
	f := it.Figures()
	x.start()
	x.text(it.Key.Product, it.Key.Location)
	x.units(u.Scale, f.OnHand, it.Threshold)
	x.text(u.Name)
	x.scale(u.Scale)
	x.flags(it.Tracked)
	x.units(u.Scale, f.Available, f.Held)
	x.flags(it.OnSale)
	x.text(status(it))
	x.number(strconv.FormatUint(it.Version, 10))
	x.time(it.UpdatedAt)
	return x.end()
}

// status is the API's word for the sale status of an item.
func status(it *stock.Item) string {
	switch {
	case it.SoldOut():
		return "sold_out"
	case it.Low():
		return "low_stock"
	}
	return "in_stock"
}

// products writes the catalog's products, page by page.
func (x *export) products(ctx context.Context) error {
	if err := x.heading("product_id", "unit", "scale", "created_at"); err != nil {
		return err
	}
	for after := ""; ; {
		page, err := x.desk.rooms.Directory.Products(ctx, x.spec.Tenant, after, walkPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, p := range page {
			if after = p.ID; x.spec.Product != "" && p.ID != x.spec.Product {
				continue
			}
			x.start()
			x.text(p.ID, p.Unit.Name)
			x.scale(p.Unit.Scale)
			x.time(stock.Time(p.Created.UnixMilli()))
			if err := x.end(); err != nil {
				return err
			}
		}
	}
}
