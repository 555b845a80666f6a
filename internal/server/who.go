package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
)

// whoChapter shows callers who they are and what they may do.
type whoChapter struct {
	server *Server // knows all methods
}

func (s *whoChapter) functions() map[string]method {
	return map[string]method{"GetSession": unary(s.getSession)}
}

func (s *whoChapter) getSession(_ context.Context, c *call, _ *holdfastv1.GetSessionRequest) (*holdfastv1.Session, error) {
	is := &holdfastv1.Session{Tenant: c.tenant, Operator: c.operator, Role: string(c.role), Scopes: c.scopes.Names(), Actions: s.actions(c), Page: c.page, TimeZone: c.settings.Zone().String()}
	if c.role == "" {
		is.Role = string(c.scopes.Role())
	}
	if c.bounds != nil {
		is.Locations, is.Channels = c.bounds.Locations, c.bounds.Channels
	}
	return is, nil
}

// actions are the operations that the caller may call, whatever their arguments.
func (s *whoChapter) actions(c *call) []string {
	var all []string
	add := func(m *method) {
		if c.mayAs(m) == nil && c.scoped(m) && c.bind(m, nil) == nil {
			all = append(all, m.name)
		}
	}
	for _, m := range s.server.methods {
		add(m)
	}
	for _, m := range s.server.files.methods() {
		add(m)
	}
	slices.Sort(all)
	return all
}
