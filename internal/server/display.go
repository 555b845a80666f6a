package server

import (
	"context"
	"errors"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Displays keeps the screens that show the wall (catalog.Catalog).
type Displays interface {
	// Pair returns the outcome of the pairing that a screen shows, or a new pairing;
	// catalog.ErrTooManyPairings when there can be none now.
	Pair(ctx context.Context, secret string) (catalog.Pairing, error)
	// AddDisplay makes the screen with the code a display, or catalog.ErrUnknown.
	AddDisplay(ctx context.Context, tenant, code, name string) (catalog.Display, error)
	// Displays are those of a tenant, by when they were confirmed and their id.
	Displays(ctx context.Context, tenant string) ([]catalog.Display, error)
	// EndDisplay ends the session of a display of the tenant, or catalog.ErrUnknown.
	EndDisplay(ctx context.Context, tenant, id string) (catalog.Display, error)
}

const (
	// maxCode bounds a code as it is typed.
	maxCode = 32
	// maxDisplayName bounds the name of a display, as that of a key.
	maxDisplayName = 64
)

// displayChapter lets screens show the wall.
type displayChapter struct {
	*core
	sessions Sessions // nil: there are none
}

func (s *displayChapter) functions() map[string]method {
	return map[string]method{
		"ListDisplays": unary(ofSessions(s, s.listDisplays)),
		"AddDisplay":   unary(ofSessions(s, writeOnce(s.core, nil, s.addDisplay))),
		"EndDisplay":   unary(ofSessions(s, writeOnce(s.core, nil, s.endDisplay))),
	}
}

// ofSessions carries out a call where there are sessions.
func ofSessions[Q, R any](s *displayChapter, f func(context.Context, *call, Q) (R, error)) func(context.Context, *call, Q) (R, error) {
	return knowing(s.core, func(ctx context.Context, c *call, q Q) (R, error) {
		if s.sessions == nil {
			var none R
			return none, unavailable("this server has no sessions", nil)
		}
		return f(ctx, c, q)
	})
}

func (s *displayChapter) listDisplays(ctx context.Context, c *call, r *holdfastv1.ListDisplaysRequest) (*holdfastv1.ListDisplaysResponse, error) {
	const list = "displays"
	size, after, err := pageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sessions.Displays(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(d catalog.Display) string { return fmt.Sprintf("%015d %s", d.Begun.UnixMilli(), d.ID) })
	return &holdfastv1.ListDisplaysResponse{Items: each(page, renderDisplay), NextPageToken: next}, nil
}

func (s *displayChapter) addDisplay(ctx context.Context, c *call, r *holdfastv1.AddDisplayRequest) (*holdfastv1.Display, error) {
	var f requestForm
	f.id("code", r.GetCode(), maxCode)
	if name := r.GetName(); name == "" || len(name) > maxDisplayName || isBadText(name) {
		f.refuse("name", "must be text of 1 to "+itoa(maxDisplayName)+" bytes")
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	made, err := s.sessions.AddDisplay(ctx, c.tenant, r.GetCode(), r.GetName())
	switch {
	case errors.Is(err, catalog.ErrTooManyDisplays):
		return nil, refuse(codeState, "%s", catalog.ErrTooManyDisplays.Error())
	case errors.Is(err, catalog.ErrUnknown):
		return nil, invalid("code", "is shown by no screen now: a code counts once, and for ten minutes")
	case err != nil:
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "display confirmed", "audit", true, "tenant", c.tenant, "operator", c.operator, "display", made.ID, "name", made.Name, "request_id", c.requestID)
	return renderDisplay(made), nil
}

func (s *displayChapter) endDisplay(ctx context.Context, c *call, r *holdfastv1.EndDisplayRequest) (*holdfastv1.Display, error) {
	var f requestForm
	f.id("id", r.GetId(), maxKeyID)
	if err := f.err(); err != nil {
		return nil, err
	}
	ended, err := s.sessions.EndDisplay(ctx, c.tenant, r.GetId())
	if err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "display ended", "audit", true, "tenant", c.tenant, "operator", c.operator, "display", ended.ID, "name", ended.Name, "request_id", c.requestID)
	return renderDisplay(ended), nil
}

func renderDisplay(d catalog.Display) *holdfastv1.Display {
	return &holdfastv1.Display{Id: d.ID, Name: d.Name, CreatedAt: timestamppb.New(d.Begun), UsedAt: timestamppb.New(d.Used)}
}
