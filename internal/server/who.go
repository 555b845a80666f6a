package server

import (
	"context"
	"slices"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
)

// whoChapter shows callers who they are and what they may do.
type whoChapter struct {
	server *Server // knows all methods
}

func (s *whoChapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{"GetSession": kit.Unary(s.getSession)}
}

func (s *whoChapter) getSession(_ context.Context, c *kit.Call, _ *holdfastv1.GetSessionRequest) (*holdfastv1.Session, error) {
	is := &holdfastv1.Session{Tenant: c.Tenant, Operator: c.Operator, Role: string(c.Role), Scopes: c.Scopes.Names(), Actions: s.actions(c), Page: c.Page, TimeZone: c.Settings.Zone().String()}
	if c.Role == "" {
		is.Role = string(c.Scopes.Role())
	}
	if c.Bounds != nil {
		is.Locations, is.Channels = c.Bounds.Locations, c.Bounds.Channels
	}
	return is, nil
}

// actions are the operations that the caller may call, whatever their arguments.
func (s *whoChapter) actions(c *kit.Call) []string {
	var all []string
	add := func(m *kit.Method) {
		if mayAs(c, m) == nil && scoped(c, m) && c.Bind(m, nil) == nil {
			all = append(all, m.Name)
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

// may reports whether the caller may use a method at all.
func (s *Server) may(c *kit.Call, name string) bool {
	m := s.methods[name]
	need, _ := m.Need()
	return c.Scopes.Allow(need) && c.Bind(m, nil) == nil
}
