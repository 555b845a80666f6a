package kit

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/cases"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// The fields by which an answer shows that it is one of a dry run. In a batch each result has the
// preview of its command.
const (
	dryRunField  protoreflect.Name = "dry_run"
	previewField protoreflect.Name = "preview"
)

func showDryRun(answer proto.Message, preview *holdfastv1.Preview) {
	m := answer.ProtoReflect()
	m.Set(m.Descriptor().Fields().ByName(dryRunField), protoreflect.ValueOfBool(true))
	if f := m.Descriptor().Fields().ByName(previewField); f != nil && preview != nil {
		m.Set(f, protoreflect.ValueOfMessage(preview.ProtoReflect()))
	}
}

// Preview shows what a write of a dry run would change.
func (s *Core) Preview(o *intake.Outcome) *holdfastv1.Preview {
	out := &holdfastv1.Preview{}
	for i := range o.Event.Items {
		if c := &o.Event.Items[i]; c.Changed && !c.Key.Hidden() {
			out.Items = append(out.Items, previewItem(c, o.Before[i]))
		}
	}
	if c := cases.Of(o.Event); c != nil && s.Cases != nil {
		out.Cases = []*holdfastv1.PreviewCase{{Kind: c.Kind, ProductId: c.Product, LocationId: c.Location, Quantity: c.Qty}}
	}
	return out
}

func previewItem(c *stock.ItemChange, was *stock.Item) *holdfastv1.PreviewItem {
	if was == nil {
		was = &stock.Item{Key: c.Key}
	}
	before := was.Figures()
	out := &holdfastv1.PreviewItem{
		ProductId: c.Key.Product, LocationId: c.Key.Location,
		AvailableBefore: int64(before.Available), AvailableAfter: int64(c.Figures.Available),
		ReservedBefore: int64(before.Held), ReservedAfter: int64(c.Figures.Held),
		OnHandBefore: int64(before.OnHand), OnHandAfter: int64(c.Figures.OnHand),
	}
	for _, b := range c.Touched {
		out.Accounts = append(out.Accounts, &holdfastv1.PreviewAccount{Account: string(b.Account), Before: int64(was.Of(b.Account)), After: int64(b.Qty)})
	}
	return out
}
