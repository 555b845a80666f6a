package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"golang.org/x/time/rate"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Devices keeps the screens that show the pages of a store (catalog.Catalog).
type Devices interface {
	// PairDevice returns the outcome of the pairing that a screen shows, or a new pairing;
	// catalog.ErrTooManyPairings when there can be none now.
	PairDevice(ctx context.Context, secret string) (catalog.Pairing, error)
	// AddDevice makes the screen with the code a device, or catalog.ErrUnknown.
	AddDevice(ctx context.Context, tenant, code string, spec catalog.DeviceSpec) (catalog.Device, error)
	// Devices are those of a tenant, by when they were confirmed and their id.
	Devices(ctx context.Context, tenant string) ([]catalog.Device, error)
	// EndDevice ends a device of the tenant and its key, or catalog.ErrUnknown.
	EndDevice(ctx context.Context, tenant, id string) (catalog.Device, error)
}

const (
	// wrongCodes is how many unknown codes may be tried at once. One more is allowed each
	// wrongEvery. At that rate, a search of 25,600,000,000 codes takes thousands of years.
	wrongCodes = 10
	wrongEvery = 6 * time.Second
)

// deviceChapter lets screens show the pages of a store.
type deviceChapter struct {
	*core
	devices Devices // nil: this server is no till
	wrong   *rate.Limiter
}

func newDeviceChapter(s *core, devices Devices, till bool) *deviceChapter {
	if !till {
		devices = nil
	}
	return &deviceChapter{s, devices, rate.NewLimiter(rate.Every(wrongEvery), wrongCodes)}
}

func (s *deviceChapter) functions() map[string]method {
	return map[string]method{
		"ListDevices": unary(knowing(s.core, s.listDevices)),
		"AddDevice":   unary(knowing(s.core, heeded(s.core, writeOnce(s.core, nil, s.addDevice)))),
		"EndDevice":   unary(knowing(s.core, heeded(s.core, writeOnce(s.core, nil, s.endDevice)))),
	}
}

func (s *deviceChapter) listDevices(ctx context.Context, c *call, r *holdfastv1.ListDevicesRequest) (*holdfastv1.ListDevicesResponse, error) {
	const list = "devices"
	size, after, err := pageForm(list, r.PageSize, r.GetPageToken())
	switch {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, errNoTill()
	}
	all, err := s.devices.Devices(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(d catalog.Device) string { return fmt.Sprintf("%015d %s", d.Begun.UnixMilli(), d.ID) })
	return &holdfastv1.ListDevicesResponse{Items: each(page, renderDevice), NextPageToken: next}, nil
}

func (s *deviceChapter) addDevice(ctx context.Context, c *call, r *holdfastv1.AddDeviceRequest) (*holdfastv1.Device, error) {
	var f requestForm
	f.id("code", r.GetCode(), maxCode)
	f.id("name", r.GetName(), maxKeyName)
	if f.oneOf("page", r.GetPage(), catalog.DevicePages...); r.GetPage() == "" {
		f.refuse("page", "must be given")
	}
	f.optionalID("channel_id", r.GetChannelId(), maxChannel)
	switch err := f.err(); {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, errNoTill()
	case s.wrong.Tokens() < 1:
		return nil, &problem{code: codeRate, detail: "too many codes that no screen shows were tried", retryAfter: wait}
	}
	made, err := s.devices.AddDevice(ctx, c.tenant, r.GetCode(), catalog.DeviceSpec{Name: r.GetName(), Page: r.GetPage(), Channel: r.GetChannelId()})
	switch {
	case errors.Is(err, catalog.ErrTooManyDevices):
		return nil, refuse(codeState, "%s", catalog.ErrTooManyDevices.Error())
	case errors.Is(err, catalog.ErrUnknown):
		s.wrong.Allow()
		return nil, invalid("code", "is shown by no screen now: a code counts once, and for ten minutes")
	case err != nil:
		return nil, keyError(err)
	}
	s.log.InfoContext(ctx, "device confirmed", "audit", true, "tenant", c.tenant, "operator", c.operator, "device", made.ID, "name", made.Name, "page", made.Page, "request_id", c.requestID)
	return renderDevice(made), nil
}

func (s *deviceChapter) endDevice(ctx context.Context, c *call, r *holdfastv1.EndDeviceRequest) (*holdfastv1.Device, error) {
	var f requestForm
	f.id("id", r.GetId(), maxKeyID)
	switch err := f.err(); {
	case err != nil:
		return nil, err
	case s.devices == nil:
		return nil, errNoTill()
	}
	ended, err := s.devices.EndDevice(ctx, c.tenant, r.GetId())
	if err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "device ended", "audit", true, "tenant", c.tenant, "operator", c.operator, "device", ended.ID, "name", ended.Name, "page", ended.Page, "request_id", c.requestID)
	return renderDevice(ended), nil
}

func renderDevice(d catalog.Device) *holdfastv1.Device {
	return &holdfastv1.Device{Id: d.ID, Name: d.Name, Page: d.Page, ChannelId: d.Channel, CreatedAt: timestamppb.New(d.Begun), UsedAt: optionalTime(d.Used)}
}
