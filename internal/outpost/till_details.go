package outpost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"holdfast.dev/holdfast/internal/catalog"
)

// TillDetails are the details of products for shoppers, as the till stores them
// (catalog.ProductDetails).
type TillDetails interface {
	// Set is no change of those that are the same.
	Set(ctx context.Context, tenant string, set []catalog.Details) ([]catalog.Details, error)
}

// detailsEvery is how often a till that is connected reads the details of products, kitsEvery how often the kits: it
// sells by them.
const (
	detailsEvery = 5 * time.Minute
	kitsEvery    = time.Minute
)

// mirror copies something from the centre when the line comes up, and then every so often.
func (t *Till) mirror(ctx context.Context, every time.Duration, bring func(context.Context) error) error {
	for {
		if err := bring(ctx); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(t.pause(every)):
		}
	}
}

// mirrorDetails brings the details of products for shoppers. Those that the centre does not have stay as the till has
// them.
func (t *Till) mirrorDetails(ctx context.Context) error {
	err := t.line.AllDetails(ctx, func(details []catalog.Details) error {
		_, err := t.details.Set(ctx, localTenant, details)
		return err
	})
	if err != nil {
		return fmt.Errorf("bring the details of products: %w", err)
	}
	return nil
}

// mirrorKits brings the till's kits, such as dishes, to the state of the centre. A kit that was made at the till alone
// stays.
func (t *Till) mirrorKits(ctx context.Context) error {
	var kits []catalog.Kit
	if err := t.line.AllKits(ctx, func(some []catalog.Kit) error {
		kits = append(kits, some...)
		return nil
	}); err != nil {
		return fmt.Errorf("bring the kits: %w", err)
	}
	are := make([]string, len(kits))
	for i := range kits {
		are[i] = kits[i].Product
	}
	gone := slices.DeleteFunc(slices.Clone(t.get().Kits), func(kit string) bool { return slices.Contains(are, kit) })
	for _, kit := range gone {
		if _, err := t.directory.DropKit(ctx, localTenant, kit); err != nil && !errors.Is(err, catalog.ErrUnknown) {
			return err
		}
	}
	if err := t.setKits(ctx, kits); err != nil {
		return err
	}
	if !slices.Equal(t.get().Kits, are) {
		t.update(func(s *CentreState) { s.Kits = are }, true)
	}
	return nil
}

// kitsAtATime is how many kits are set together.
const kitsAtATime = 1000

// setKits sets kits, whose components may be kits among them. One that does not fit to the till's own is left out:
// the line is needed for more than kits.
func (t *Till) setKits(ctx context.Context, kits []catalog.Kit) error {
	for some := range slices.Chunk(kits, kitsAtATime) {
		_, err := t.directory.SetKits(ctx, localTenant, some)
		for try := 0; try < 2 && errors.Is(err, catalog.ErrInvalid); try++ { // one may fit once another has changed
			err = nil
			for i := range some {
				if _, bad := t.directory.SetKits(ctx, localTenant, some[i:i+1]); bad != nil {
					err = bad
				}
			}
		}
		switch {
		case errors.Is(err, catalog.ErrInvalid):
			t.log.WarnContext(ctx, "a kit of the centre does not fit to those of the till: drop the till's own", "err", err)
		case err != nil:
			return err
		}
	}
	return nil
}
