package client

import (
	"context"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// ConsoleSession is somebody who has signed in to the console.
type ConsoleSession struct {
	ID       string
	Operator string // recorded with what is written in the session
	Holder   string // key: and the id of a key, or oidc: and the subject of a person
	Issuer   string // the identity provider of a person; "": the session belongs to a key
	Role     Role
	// UsedAt is when it was last used, to the minute. ExpiresAt is when it ends at the latest.
	CreatedAt, UsedAt, ExpiresAt time.Time
}

// Sessions reads a page of the sessions of the console, oldest first. It uses only the page
// fields of List.
func (s *TenantService) Sessions(ctx context.Context, r List) (*Page[ConsoleSession], error) {
	return askPage(ctx, s.c, "sessions", s.stub.ListSessions, &holdfastv1.ListSessionsRequest{PageSize: size(r.PageSize), PageToken: r.PageToken}, consoleSessionOf)
}

// EndSession ends a session of the console, on every node within 2 s.
func (s *TenantService) EndSession(ctx context.Context, id string) (*ConsoleSession, error) {
	return askOne(ctx, s.c, "end_session", s.stub.EndSession, &holdfastv1.EndSessionRequest{Id: id}, consoleSessionOf)
}

func consoleSessionOf(m *holdfastv1.ConsoleSession) ConsoleSession {
	return ConsoleSession{
		ID: m.GetId(), Operator: m.GetOperator(), Holder: m.GetHolder(), Issuer: m.GetIssuer(), Role: Role(m.GetRole()),
		CreatedAt: m.GetCreatedAt().AsTime(), UsedAt: m.GetUsedAt().AsTime(), ExpiresAt: m.GetExpiresAt().AsTime(),
	}
}
