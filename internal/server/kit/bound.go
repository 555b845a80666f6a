package kit

import (
	"context"
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/intake"
	"holdfast.dev/holdfast/internal/stock"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
)

// This file limits keys that are bound to locations or channels. Every method
// passes bind before its function. Every ask passes keepWithin before the door. Every
// read of the books passes source, which shows only what is inside the bounds.

// RefuseOutside refuses what is outside of the key's bounds.
func (c *Call) RefuseOutside(format string, args ...any) error {
	p := Refuse(CodeDenied, format, args...)
	var to []string
	if at := c.Bounds.Locations; len(at) > 0 {
		to = append(to, "the locations "+strings.Join(at, ", "))
	}
	if of := c.Bounds.Channels; len(of) > 0 {
		to = append(to, "the channels "+strings.Join(of, ", "))
	}
	p.Detail += ": the key is bound to " + strings.Join(to, " and ")
	return p
}

// Bind refuses a request that names anything outside of the key's bounds, or that such
// a key may not make. request is nil where the parameters are no message.
func (c *Call) Bind(m *Method, request proto.Message) error {
	if err := c.ownOrder(request); err != nil {
		return err
	}
	if c.Bounds == nil {
		return nil
	}
	rule := m.Rule.GetBound()
	if rule == holdfastv1.Bound_BOUND_REFUSED || rule == holdfastv1.Bound_BOUND_UNSPECIFIED {
		return c.RefuseOutside("%s is about the whole tenant", m.Name)
	}
	if len(c.Bounds.Channels) > 0 && !m.Rule.GetChannels() {
		return c.RefuseOutside("%s is about the stock of all channels", m.Name)
	}
	if request == nil {
		return nil
	}
	if err := c.bindMessage(request.ProtoReflect()); err != nil {
		return err
	}
	if len(c.Bounds.Locations) == 0 {
		return nil
	}
	switch at := mainLocation(request.ProtoReflect()); {
	case at != "":
	case rule == holdfastv1.Bound_BOUND_NAMED:
		return c.RefuseOutside("location_id must be named")
	case rule == holdfastv1.Bound_BOUND_DEFAULT:
		return c.RequireLocation(c.Settings.DefaultLocation)
	}
	return nil
}

// mainLocation is the location that a request is about, "" when it names none.
func mainLocation(m protoreflect.Message) string {
	for _, name := range []protoreflect.Name{"location_id", "from_location_id"} {
		if f := m.Descriptor().Fields().ByName(name); f != nil {
			return m.Get(f).String()
		}
	}
	return ""
}

// RequireLocation refuses a location that is outside.
func (c *Call) RequireLocation(location string) error {
	if c.Bounds.Location(location) {
		return nil
	}
	return c.RefuseOutside("the location %q is not the key's", location)
}

// RequireChannel refuses a channel that is outside, and also the absence of a channel.
func (c *Call) RequireChannel(channel string) error {
	switch {
	case c.Bounds.Channel(channel):
		return nil
	case channel == "":
		return c.RefuseOutside("channel_id must be named")
	}
	return c.RefuseOutside("the channel %q is not the key's", channel)
}

// namesLocation reports whether a field of a request names locations, and namesChannel
// whether it names channels. The destination of an order is not a location that units
// are taken from.
func namesLocation(f protoreflect.FieldDescriptor) bool {
	name := string(f.Name())
	return f.ContainingMessage().Name() != "Destination" &&
		(strings.HasSuffix(name, "location_id") || strings.HasSuffix(name, "location_ids") || name == "move_stock_to" ||
			name == "locations" && f.ContainingMessage().Name() == "Sourcing")
}

func namesChannel(f protoreflect.FieldDescriptor) bool { return f.Name() == "channel_id" }

// bindMessage checks the fields of a message and of the messages in it. In a list of
// commands, each command is checked on its own.
func (c *Call) bindMessage(m protoreflect.Message) (err error) {
	m.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		switch {
		case f.IsMap():
		case f.Message() != nil && f.Message().FullName() == commandName:
		case f.Message() != nil && f.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				err = c.bindMessage(v.List().Get(i).Message())
			}
		case f.Message() != nil:
			err = c.bindMessage(v.Message())
		case namesLocation(f):
			err = forEachText(f, v, c.RequireLocation)
		case namesChannel(f):
			err = forEachText(f, v, c.RequireChannel)
		}
		return err == nil
	})
	return err
}

var commandName = (&holdfastv1.Command{}).ProtoReflect().Descriptor().FullName()

func forEachText(f protoreflect.FieldDescriptor, v protoreflect.Value, check func(string) error) error {
	if !f.IsList() {
		return check(v.String())
	}
	for i := range v.List().Len() {
		if err := check(v.List().Get(i).String()); err != nil {
			return err
		}
	}
	return nil
}

// keepWithin refuses an ask about anything outside of the key's bounds, and keeps the
// choice of locations inside.
func keepWithin(ctx context.Context, books Books, c *Call, a *intake.Ask) error {
	if a.Sourcing != nil {
		a.Sourcing.Bounds = c.Bounds
	}
	for _, ref := range a.Refs(c.Tenant) {
		if ref.Location != "" {
			if err := c.RequireLocation(ref.Location); err != nil {
				return err
			}
		}
	}
	switch cmd := a.Command.(type) {
	case *stock.Place:
		return c.RequireChannel(cmd.Channel)
	case *stock.SoldElsewhere:
		return c.RequireChannel(cmd.Channel)
	case *stock.SetSaleStatus:
		return c.RequireChannel(cmd.Channel)
	case *stock.Change:
		a.AnyLocation = false // a kit is looked for at the locations that are named only
		return changeWithin(ctx, books, c, cmd)
	case *stock.Relocate:
		return linesWithin(ctx, books, c, cmd.Order, cmd.From.Location)
	case *stock.Release:
		return targetWithin(ctx, books, c, a, &cmd.Target)
	case *stock.Confirm:
		return targetWithin(ctx, books, c, a, &cmd.Target)
	case *stock.Withdraw:
		return targetWithin(ctx, books, c, a, &cmd.Target)
	case *stock.Commit:
		return targetWithin(ctx, books, c, a, &cmd.Target)
	case *stock.Extend:
		return targetWithin(ctx, books, c, a, &cmd.Target)
	}
	return nil
}

// targetWithin refuses lines of an order that are outside. A kit without a location is
// looked for at the default location only.
func targetWithin(ctx context.Context, books Books, c *Call, a *intake.Ask, t *stock.Target) error {
	if t.Item.Product == "" {
		return linesWithin(ctx, books, c, t.Order, "")
	}
	a.AnyLocation = false
	if err := c.RequireLocation(t.Item.Location); err != nil {
		return err
	}
	return linesWithin(ctx, books, c, t.Order, t.Item.Location)
}

// changeWithin refuses a change that would give back lines outside, or make lines
// without a channel.
func changeWithin(ctx context.Context, books Books, c *Call, cmd *stock.Change) error {
	for i := range cmd.Lines {
		if err := c.RequireChannel(cmd.Lines[i].Channel); err != nil {
			return err
		}
		if err := linesWithin(ctx, books, c, cmd.Order, cmd.Lines[i].Item.Location); err != nil {
			return err
		}
	}
	if cmd.Replace {
		return linesWithin(ctx, books, c, cmd.Order, "")
	}
	return nil
}

// linesWithin refuses an order with a line outside: at the location, or at any when none
// is named. Lines that have ended count, because the answer shows them.
func linesWithin(ctx context.Context, books Books, c *Call, order stock.OrderKey, location string) error {
	holds, _, err := books.Order(ctx, order)
	if err != nil {
		return err
	}
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; (location == "" || l.Item.Location == location) && !c.Bounds.Line(l) {
				return c.RefuseOutside("order %q has lines that are not the key's", order.Order)
			}
		}
	}
	return nil
}

// KeepInside removes the lines of holds that are outside.
func (c *Call) KeepInside(holds []*stock.Hold) []*stock.Hold {
	if c.Bounds == nil {
		return holds
	}
	var kept []*stock.Hold
	for _, h := range holds {
		own := *h
		own.Lines = slices.DeleteFunc(slices.Clone(h.Lines), func(l stock.Line) bool { return !c.Bounds.Line(&l) })
		if len(own.Lines) > 0 {
			kept = append(kept, &own)
		}
	}
	return kept
}
