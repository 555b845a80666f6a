// Package screens pairs the screens of walls and stores.
package screens

import (
	"context"
	"errors"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

const (
	// maxDisplayName bounds the name of a display, as that of a key.
	maxDisplayName = 64
)

// DisplayChapter lets screens show the wall.
type DisplayChapter struct {
	core     *kit.Core
	sessions kit.Sessions // nil: there are none
}

// NewDisplays returns the chapter DisplayChapter.
func NewDisplays(core *kit.Core, sessions kit.Sessions) *DisplayChapter {
	return &DisplayChapter{core, sessions}
}

// Functions are the functions behind the methods of the chapter.
func (s *DisplayChapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListDisplays": kit.Unary(ofSessions(s, s.listDisplays)),
		"AddDisplay":   kit.Unary(ofSessions(s, kit.WriteOnce(s.core, nil, s.addDisplay))),
		"EndDisplay":   kit.Unary(ofSessions(s, kit.WriteOnce(s.core, nil, s.endDisplay))),
	}
}

// ofSessions carries out a call where there are sessions.
func ofSessions[Q, R any](s *DisplayChapter, f func(context.Context, *kit.Call, Q) (R, error)) func(context.Context, *kit.Call, Q) (R, error) {
	return kit.Knowing(s.core, func(ctx context.Context, c *kit.Call, q Q) (R, error) {
		if s.sessions == nil {
			var none R
			return none, kit.Unavailable("this server has no sessions", nil)
		}
		return f(ctx, c, q)
	})
}

func (s *DisplayChapter) listDisplays(ctx context.Context, c *kit.Call, r *holdfastv1.ListDisplaysRequest) (*holdfastv1.ListDisplaysResponse, error) {
	const list = "displays"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	all, err := s.sessions.Displays(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(d catalog.Display) string { return fmt.Sprintf("%015d %s", d.Begun.UnixMilli(), d.ID) })
	return &holdfastv1.ListDisplaysResponse{Items: kit.Each(page, renderDisplay), NextPageToken: next}, nil
}

func (s *DisplayChapter) addDisplay(ctx context.Context, c *kit.Call, r *holdfastv1.AddDisplayRequest) (*holdfastv1.Display, error) {
	var f kit.Form
	f.ID("code", r.GetCode(), kit.MaxCode)
	if name := r.GetName(); name == "" || len(name) > maxDisplayName || kit.IsBadText(name) {
		f.Refuse("name", "must be text of 1 to "+kit.Itoa(maxDisplayName)+" bytes")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	made, err := s.sessions.AddDisplay(ctx, c.Tenant, r.GetCode(), r.GetName())
	switch {
	case errors.Is(err, catalog.ErrTooManyDisplays):
		return nil, kit.Refuse(kit.CodeState, "%s", catalog.ErrTooManyDisplays.Error())
	case errors.Is(err, catalog.ErrUnknown):
		return nil, kit.Invalid("code", "is shown by no screen now: a code counts once, and for ten minutes")
	case err != nil:
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "display confirmed", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "display", made.ID, "name", made.Name, "request_id", c.RequestID)
	return renderDisplay(made), nil
}

func (s *DisplayChapter) endDisplay(ctx context.Context, c *kit.Call, r *holdfastv1.EndDisplayRequest) (*holdfastv1.Display, error) {
	var f kit.Form
	f.ID("id", r.GetId(), kit.MaxKeyID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	ended, err := s.sessions.EndDisplay(ctx, c.Tenant, r.GetId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "display ended", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "display", ended.ID, "name", ended.Name, "request_id", c.RequestID)
	return renderDisplay(ended), nil
}

func renderDisplay(d catalog.Display) *holdfastv1.Display {
	return &holdfastv1.Display{Id: d.ID, Name: d.Name, CreatedAt: timestamppb.New(d.Begun), UsedAt: timestamppb.New(d.Used)}
}
