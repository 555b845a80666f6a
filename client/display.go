package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// WallDisplay is a screen that shows the wall of the console, until it is ended.
type WallDisplay struct {
	ID   string
	Name string // for people: where the screen is
	// CreatedAt is when it was confirmed. UsedAt is when it last sent a request, to the minute.
	CreatedAt, UsedAt time.Time
}

// Displays reads a page of the screens that show the wall, oldest first. It uses only the page
// fields of List.
func (s *TenantService) Displays(ctx context.Context, r List) (*Page[WallDisplay], error) {
	return askPage(ctx, s.c, "displays", s.stub.ListDisplays, &holdfastv1.ListDisplaysRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, displayOf)
}

// AddDisplay lets the screen that shows the code show the wall. A code is valid once and for ten
// minutes. It returns ErrInvalidArgument when no screen shows the code now.
func (s *TenantService) AddDisplay(ctx context.Context, code, name string) (*WallDisplay, error) {
	return askOne(ctx, s.c, "add_display", s.stub.AddDisplay, &holdfastv1.AddDisplayRequest{Code: code, Name: name}, displayOf)
}

// EndDisplay ends the session of a screen, on every node within 2 s.
func (s *TenantService) EndDisplay(ctx context.Context, id string) (*WallDisplay, error) {
	return askOne(ctx, s.c, "end_display", s.stub.EndDisplay, &holdfastv1.EndDisplayRequest{Id: id}, displayOf)
}

func displayOf(m *holdfastv1.Display) WallDisplay {
	return WallDisplay{ID: m.GetId(), Name: m.GetName(), CreatedAt: m.GetCreatedAt().AsTime(), UsedAt: m.GetUsedAt().AsTime()}
}
