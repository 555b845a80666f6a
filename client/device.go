package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// StoreDevice is a screen that shows a page of a store, until it is ended.
type StoreDevice struct {
	ID        string // of its key too
	Name      string // recorded with what it writes
	Page      StorePage
	ChannelID string // empty: it is bound to none
	// CreatedAt is when it was confirmed. UsedAt is when it last sent a request, to the minute; zero:
	// it no longer shows the page.
	CreatedAt, UsedAt time.Time
}

// StorePage is a page of a store.
type StorePage string

// The pages that a till offers.
const (
	PageKiosk   StorePage = "kiosk"
	PageMenu    StorePage = "menu"
	PageKitchen StorePage = "kitchen"
	PageTill    StorePage = "till"
)

// NewDevice describes the device for a screen that shows a code.
type NewDevice struct {
	Name      string // no other valid key has it
	Page      StorePage
	ChannelID string // of a kiosk or a menu; empty: none
}

// Devices reads, at a till, a page of the screens that show pages of the store, oldest first. It uses
// only the page fields of List.
func (s *TillService) Devices(ctx context.Context, r List) (*Page[StoreDevice], error) {
	return askPage(ctx, s.c, "devices", s.stub.ListDevices, &holdfastv1.ListDevicesRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, deviceOf)
}

// AddDevice lets, at a till, the screen that shows the code show a page. A code is valid once and for ten
// minutes. It returns ErrInvalidArgument when no screen shows the code now.
func (s *TillService) AddDevice(ctx context.Context, code string, d NewDevice) (*StoreDevice, error) {
	return askOne(ctx, s.c, "add_device", s.stub.AddDevice, &holdfastv1.AddDeviceRequest{Code: code, Name: d.Name, Page: string(d.Page), ChannelId: d.ChannelID}, deviceOf)
}

// EndDevice ends a device and its key.
func (s *TillService) EndDevice(ctx context.Context, id string) (*StoreDevice, error) {
	return askOne(ctx, s.c, "end_device", s.stub.EndDevice, &holdfastv1.EndDeviceRequest{Id: id}, deviceOf)
}

func deviceOf(m *holdfastv1.Device) StoreDevice {
	return StoreDevice{
		ID: m.GetId(), Name: m.GetName(), Page: StorePage(m.GetPage()), ChannelID: m.GetChannelId(),
		CreatedAt: timeOf(m.GetCreatedAt()), UsedAt: timeOf(m.GetUsedAt()),
	}
}
