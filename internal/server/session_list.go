package server

import (
	"context"
	"fmt"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"

	"google.golang.org/protobuf/types/known/timestamppb"
)

// signedInChapter shows admins the sessions of the console, and ends sessions.
type signedInChapter struct {
	*core
	sessions Sessions // nil: there are none
}

func (s *signedInChapter) functions() map[string]method {
	end := writeOnce(s.core, nil, s.endSession)
	return map[string]method{
		"ListSessions": unary(knowing(s.core, s.listSessions)),
		"EndSession":   unary(knowing(s.core, end)),
	}
}

func (s *signedInChapter) listSessions(ctx context.Context, c *call, r *holdfastv1.ListSessionsRequest) (*holdfastv1.ListSessionsResponse, error) {
	const list = "sessions"
	size, after, err := pageForm(list, r.PageSize, r.GetPageToken())
	if err != nil {
		return nil, err
	}
	if s.sessions == nil {
		return nil, unavailable("this server has no sessions", nil)
	}
	all, err := s.sessions.Sessions(ctx, c.tenant)
	if err != nil {
		return nil, err
	}
	page, next := cutPage(all, list, after, size, func(s catalog.SignedIn) string { return fmt.Sprintf("%015d %s", s.Begun.UnixMilli(), s.ID) })
	return &holdfastv1.ListSessionsResponse{Items: each(page, renderSignedIn), NextPageToken: next}, nil
}

func (s *signedInChapter) endSession(ctx context.Context, c *call, r *holdfastv1.EndSessionRequest) (*holdfastv1.ConsoleSession, error) {
	var f requestForm
	f.id("id", r.GetId(), maxKeyID)
	if err := f.err(); err != nil {
		return nil, err
	}
	if s.sessions == nil {
		return nil, unavailable("this server has no sessions", nil)
	}
	ended, err := s.sessions.EndSessionOf(ctx, c.tenant, r.GetId())
	if err != nil {
		return nil, factError("", err)
	}
	s.log.InfoContext(ctx, "session ended", "audit", true, "tenant", c.tenant, "operator", c.operator, "session", ended.ID, "holder", holderOf(ended.KeyID, ended.Subject), "request_id", c.requestID)
	return renderSignedIn(ended), nil
}

func renderSignedIn(s catalog.SignedIn) *holdfastv1.ConsoleSession {
	role := s.Role
	if role == "" {
		role = s.Scopes.Role()
	}
	return &holdfastv1.ConsoleSession{
		Id: s.ID, Operator: s.Operator, Holder: holderOf(s.KeyID, s.Subject), Issuer: s.Issuer, Role: string(role),
		CreatedAt: timestamppb.New(s.Begun), UsedAt: timestamppb.New(s.Used), ExpiresAt: timestamppb.New(s.Expires),
	}
}
