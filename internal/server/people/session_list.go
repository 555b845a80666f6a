// Package people lists who is signed in.
package people

import (
	"context"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/kit"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// Chapter shows admins the sessions of the console, and ends sessions.
type Chapter struct {
	core     *kit.Core
	sessions kit.Sessions // nil: there are none
}

// New returns the chapter.
func New(core *kit.Core, sessions kit.Sessions) *Chapter {
	return &Chapter{core, sessions}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	end := kit.WriteOnce(s.core, nil, s.endSession)
	return map[string]kit.Method{
		"ListSessions": kit.Unary(kit.Knowing(s.core, s.listSessions)),
		"EndSession":   kit.Unary(kit.Knowing(s.core, end)),
	}
}

func (s *Chapter) listSessions(ctx context.Context, c *kit.Call, r *holdfastv1.ListSessionsRequest) (*holdfastv1.ListSessionsResponse, error) {
	const list = "sessions"
	size, after, err := kit.PageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if s.sessions == nil {
		return nil, kit.Unavailable("this server has no sessions", nil)
	}
	all, err := s.sessions.Sessions(ctx, c.Tenant)
	if err != nil {
		return nil, err
	}
	page, next := kit.CutPage(all, list, after, size, func(s catalog.SignedIn) string { return fmt.Sprintf("%015d %s", s.Begun.UnixMilli(), s.ID) })
	return &holdfastv1.ListSessionsResponse{Items: kit.Each(page, renderSignedIn), NextPageToken: next}, nil
}

func (s *Chapter) endSession(ctx context.Context, c *kit.Call, r *holdfastv1.EndSessionRequest) (*holdfastv1.ConsoleSession, error) {
	var f kit.Form
	f.ID("id", r.GetId(), kit.MaxKeyID)
	if err := f.Err(); err != nil {
		return nil, err
	}
	if s.sessions == nil {
		return nil, kit.Unavailable("this server has no sessions", nil)
	}
	ended, err := s.sessions.EndSessionOf(ctx, c.Tenant, r.GetId())
	if err != nil {
		return nil, kit.FactError("", err)
	}
	s.core.Log.InfoContext(ctx, "session ended", "audit", true, "tenant", c.Tenant, "operator", c.Operator, "session", ended.ID, "holder", kit.HolderOf(ended.KeyID, ended.Subject), "request_id", c.RequestID)
	return renderSignedIn(ended), nil
}

func renderSignedIn(s catalog.SignedIn) *holdfastv1.ConsoleSession {
	role := s.Role
	if role == "" {
		role = s.Scopes.Role()
	}
	return &holdfastv1.ConsoleSession{
		Id: s.ID, Operator: s.Operator, Holder: kit.HolderOf(s.KeyID, s.Subject), Issuer: s.Issuer, Role: string(role),
		CreatedAt: timestamppb.New(s.Begun), UsedAt: timestamppb.New(s.Used), ExpiresAt: timestamppb.New(s.Expires),
	}
}
