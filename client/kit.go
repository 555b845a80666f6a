package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// KitService keeps kits.
type KitService struct {
	c    *caller
	stub holdfastv1.KitServiceClient
}

// Kit is a product that is put together from others and has no stock of its
// own.
type Kit struct {
	ProductID string
	// Version grows by one with each change. Set ignores Version and UpdatedAt.
	Version    int64
	UpdatedAt  time.Time
	Components []Component // ordered by product; none: it is no longer a kit
}

// Component is how much of a product one unit of a kit contains. The product may be a
// kit too.
type Component struct {
	ProductID string
	Quantity  int64  // in smallest units
	Decimal   string // in the declared unit, in place of Quantity
}

// Set sets 1 to 1,000 kits, all or none of them, one after another. To set
// the same again changes nothing.
func (s *KitService) Set(ctx context.Context, kits ...Kit) ([]Kit, error) {
	items := each(kits, func(k Kit) *holdfastv1.SetKitRequest {
		return &holdfastv1.SetKitRequest{ProductId: k.ProductID, Components: each(k.Components, func(part Component) *holdfastv1.KitComponentItem {
			return &holdfastv1.KitComponentItem{ProductId: part.ProductID, Quantity: part.Quantity, QuantityDecimal: part.Decimal}
		})}
	})
	m, _, err := ask(ctx, s.c, "set_kits", s.stub.SetKits, &holdfastv1.SetKitsRequest{Items: items})
	if err != nil {
		return nil, err
	}
	return each(m.GetItems(), kitOf), nil
}

// Get shows a kit; it does not expand the kits among its components.
func (s *KitService) Get(ctx context.Context, productID string) (*Kit, error) {
	return askOne(ctx, s.c, "kit", s.stub.GetKit, &holdfastv1.GetKitRequest{ProductId: productID}, kitOf)
}

// List reads a page of the kits, ordered by product. It uses only the page fields of
// List.
func (s *KitService) List(ctx context.Context, r List) (*Page[Kit], error) {
	return askPage(ctx, s.c, "kits", s.stub.ListKits, &holdfastv1.ListKitsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, kitOf)
}

// Drop makes a kit a plain product again. To drop it again changes nothing.
func (s *KitService) Drop(ctx context.Context, productID string) error {
	_, _, err := ask(ctx, s.c, "drop_kit", s.stub.DeleteKit, &holdfastv1.DeleteKitRequest{ProductId: productID})
	return err
}

func kitOf(m *holdfastv1.Kit) Kit {
	return Kit{
		ProductID: m.GetProductId(), Version: m.GetVersion(), UpdatedAt: timeOf(m.GetUpdatedAt()),
		Components: each(m.GetComponents(), func(m *holdfastv1.KitComponent) Component {
			return Component{ProductID: m.GetProductId(), Quantity: m.GetQuantity()}
		}),
	}
}
