package server

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

// refuseOutside refuses what is outside of the key's bounds.
func (c *call) refuseOutside(format string, args ...any) error {
	p := refuse(codeDenied, format, args...)
	var to []string
	if at := c.bounds.Locations; len(at) > 0 {
		to = append(to, "the locations "+strings.Join(at, ", "))
	}
	if of := c.bounds.Channels; len(of) > 0 {
		to = append(to, "the channels "+strings.Join(of, ", "))
	}
	p.detail += ": the key is bound to " + strings.Join(to, " and ")
	return p
}

// bind refuses a request that names anything outside of the key's bounds, or that such
// a key may not make. request is nil where the parameters are no message.
func (c *call) bind(m *method, request proto.Message) error {
	if err := c.ownOrder(request); err != nil {
		return err
	}
	if c.bounds == nil {
		return nil
	}
	rule := m.rule.GetBound()
	if rule == holdfastv1.Bound_BOUND_REFUSED || rule == holdfastv1.Bound_BOUND_UNSPECIFIED {
		return c.refuseOutside("%s is about the whole tenant", m.name)
	}
	if len(c.bounds.Channels) > 0 && !m.rule.GetChannels() {
		return c.refuseOutside("%s is about the stock of all channels", m.name)
	}
	if request == nil {
		return nil
	}
	if err := c.bindMessage(request.ProtoReflect()); err != nil {
		return err
	}
	if len(c.bounds.Locations) == 0 {
		return nil
	}
	switch at := mainLocation(request.ProtoReflect()); {
	case at != "":
	case rule == holdfastv1.Bound_BOUND_NAMED:
		return c.refuseOutside("location_id must be named")
	case rule == holdfastv1.Bound_BOUND_DEFAULT:
		return c.requireLocation(c.settings.DefaultLocation)
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

// requireLocation refuses a location that is outside.
func (c *call) requireLocation(location string) error {
	if c.bounds.Location(location) {
		return nil
	}
	return c.refuseOutside("the location %q is not the key's", location)
}

// requireChannel refuses a channel that is outside, and also the absence of a channel.
func (c *call) requireChannel(channel string) error {
	switch {
	case c.bounds.Channel(channel):
		return nil
	case channel == "":
		return c.refuseOutside("channel_id must be named")
	}
	return c.refuseOutside("the channel %q is not the key's", channel)
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
func (c *call) bindMessage(m protoreflect.Message) (err error) {
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
			err = forEachText(f, v, c.requireLocation)
		case namesChannel(f):
			err = forEachText(f, v, c.requireChannel)
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
func (s *core) keepWithin(ctx context.Context, c *call, a *intake.Ask) error {
	if a.Sourcing != nil {
		a.Sourcing.Bounds = c.bounds
	}
	for _, ref := range a.Refs(c.tenant) {
		if ref.Location != "" {
			if err := c.requireLocation(ref.Location); err != nil {
				return err
			}
		}
	}
	switch cmd := a.Command.(type) {
	case *stock.Place:
		return c.requireChannel(cmd.Channel)
	case *stock.SoldElsewhere:
		return c.requireChannel(cmd.Channel)
	case *stock.SetSaleStatus:
		return c.requireChannel(cmd.Channel)
	case *stock.Change:
		a.AnyLocation = false // a kit is looked for at the locations that are named only
		return s.changeWithin(ctx, c, cmd)
	case *stock.Relocate:
		return s.linesWithin(ctx, c, cmd.Order, cmd.From.Location)
	case *stock.Release:
		return s.targetWithin(ctx, c, a, &cmd.Target)
	case *stock.Confirm:
		return s.targetWithin(ctx, c, a, &cmd.Target)
	case *stock.Withdraw:
		return s.targetWithin(ctx, c, a, &cmd.Target)
	case *stock.Commit:
		return s.targetWithin(ctx, c, a, &cmd.Target)
	case *stock.Extend:
		return s.targetWithin(ctx, c, a, &cmd.Target)
	}
	return nil
}

// targetWithin refuses lines of an order that are outside. A kit without a location is
// looked for at the default location only.
func (s *core) targetWithin(ctx context.Context, c *call, a *intake.Ask, t *stock.Target) error {
	if t.Item.Product == "" {
		return s.linesWithin(ctx, c, t.Order, "")
	}
	a.AnyLocation = false
	if err := c.requireLocation(t.Item.Location); err != nil {
		return err
	}
	return s.linesWithin(ctx, c, t.Order, t.Item.Location)
}

// changeWithin refuses a change that would give back lines outside, or make lines
// without a channel.
func (s *core) changeWithin(ctx context.Context, c *call, cmd *stock.Change) error {
	for i := range cmd.Lines {
		if err := c.requireChannel(cmd.Lines[i].Channel); err != nil {
			return err
		}
		if err := s.linesWithin(ctx, c, cmd.Order, cmd.Lines[i].Item.Location); err != nil {
			return err
		}
	}
	if cmd.Replace {
		return s.linesWithin(ctx, c, cmd.Order, "")
	}
	return nil
}

// linesWithin refuses an order with a line outside: at the location, or at any when none
// is named. Lines that have ended count, because the answer shows them.
func (s *core) linesWithin(ctx context.Context, c *call, order stock.OrderKey, location string) error {
	holds, _, err := s.books.Order(ctx, order)
	if err != nil {
		return err
	}
	for _, h := range holds {
		for i := range h.Lines {
			if l := &h.Lines[i]; (location == "" || l.Item.Location == location) && !c.bounds.Line(l) {
				return c.refuseOutside("order %q has lines that are not the key's", order.Order)
			}
		}
	}
	return nil
}

// keepInside removes the lines of holds that are outside.
func (c *call) keepInside(holds []*stock.Hold) []*stock.Hold {
	if c.bounds == nil {
		return holds
	}
	var kept []*stock.Hold
	for _, h := range holds {
		own := *h
		own.Lines = slices.DeleteFunc(slices.Clone(h.Lines), func(l stock.Line) bool { return !c.bounds.Line(&l) })
		if len(own.Lines) > 0 {
			kept = append(kept, &own)
		}
	}
	return kept
}
