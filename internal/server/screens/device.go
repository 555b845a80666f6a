package screens

import (
	"context"
	"errors"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"golang.org/x/time/rate"
	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// wrongCodes is how many unknown codes may be tried at once. One more is allowed each
	// wrongEvery. At that rate, a search of 25,600,000,000 codes takes thousands of years.
	wrongCodes = 10
	wrongEvery = 6 * time.Second
)

// DeviceChapter lets screens show the pages of a store.
type DeviceChapter struct {
	core    *kit.Core
	devices kit.Devices // nil: this server is no till
	wrong   *rate.Limiter
}

// NewDevices returns the chapter DeviceChapter.
func NewDevices(s *kit.Core, devices kit.Devices, till bool) *DeviceChapter {
	if !till {
		devices = nil
	}
	return &DeviceChapter{s, devices, rate.NewLimiter(rate.Every(wrongEvery), wrongCodes)}
}

// Functions are the functions behind the methods of the chapter.
func (s *DeviceChapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListDevices": kit.Unary(kit.Knowing(s.core, s.listDevices)),
		"AddDevice":   kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, kit.WriteOnce(s.core, nil, s.addDevice)))),
		"EndDevice":   kit.Unary(kit.Knowing(s.core, kit.Heeded(s.core, kit.WriteOnce(s.core, nil, s.endDevice)))),
	}
}

func (s *DeviceChapter) listDevices(ctx context.Context, c *kit.Call, r *holdfastv1.ListDevicesRequest) (*holdfastv1.ListDevicesResponse, error) {
	const list = "devices"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	switch {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, kit.ErrNoTill()
	}
	all, err := s.devices.Devices(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(d catalog.Device) string { return fmt.Sprintf("%015d %s", d.Begun.UnixMilli(), d.ID) })
	return &holdfastv1.ListDevicesResponse{Items: kit.Each(page, renderDevice), NextPageToken: next}, nil
}

func (s *DeviceChapter) addDevice(ctx context.Context, c *kit.Call, r *holdfastv1.AddDeviceRequest) (*holdfastv1.Device, error) {
	var f kit.Form
	f.ID("code", r.GetCode(), kit.MaxCode)
	f.ID("name", r.GetName(), kit.MaxKeyName)
	if f.OneOf("page", r.GetPage(), catalog.DevicePages...); r.GetPage() == "" {
		f.Refuse("page", "must be given")
	}
	f.OptionalID("channel_id", r.GetChannelId(), kit.MaxChannel)
	switch err := f.Err(); {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, kit.ErrNoTill()
	case s.wrong.Tokens() < 1:
		return nil, &kit.Problem{Code: kit.CodeRate, Detail: "too many codes that no screen shows were tried", RetryAfter: kit.Wait}
	}
	made, err := s.devices.AddDevice(ctx, c.Tenant, r.GetCode(), catalog.DeviceSpec{Name: r.GetName(), Page: r.GetPage(), Channel: r.GetChannelId()})
	switch {
	case errors.Is(err, catalog.ErrTooManyDevices):
		return nil, kit.Refuse(kit.CodeState, "%s", catalog.ErrTooManyDevices.Error())
	case errors.Is(err, catalog.ErrUnknown):
		s.wrong.Allow()
		return nil, kit.Invalid("code", "is shown by no screen now: a code counts once, and for ten minutes")
	case err != nil:
		return nil, kit.KeyError(err)
	}
	s.core.Log.InfoContext(ctx, "device confirmed", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "device", made.ID, "name", made.Name, "page", made.Page, "request_id", c.RequestID)
	return renderDevice(made), nil
}

func (s *DeviceChapter) endDevice(ctx context.Context, c *kit.Call, r *holdfastv1.EndDeviceRequest) (*holdfastv1.Device, error) {
	var f kit.Form
	f.ID("id", r.GetId(), kit.MaxKeyID)
	switch err := f.Err(); {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, kit.ErrNoTill()
	}
	ended, err := s.devices.EndDevice(ctx, c.Tenant, r.GetId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "device ended", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "device", ended.ID, "name", ended.Name, "page", ended.Page, "request_id", c.RequestID)
	return renderDevice(ended), nil
}

func renderDevice(d catalog.Device) *holdfastv1.Device {
	return &holdfastv1.Device{Id: d.ID, Name: d.Name, Page: d.Page, ChannelId: d.Channel, CreatedAt: timestamppb.New(d.Begun), UsedAt: kit.OptionalTime(d.Used)}
}
