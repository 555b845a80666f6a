package catalog

import (
	"slices"
	"strings"
)

// Role is what the holder of a key does. The server decides which calls a role allows.
// Here the role is stored with the bounds of a key.
type Role string

// The roles of the public contract.
const (
	RoleViewer  Role = "viewer"  // looks at everything that is not an admin's
	RoleAgent   Role = "agent"   // takes care of orders
	RoleClerk   Role = "clerk"   // counts, ships and receives
	RoleManager Role = "manager" // decides what is sold where
	RoleAdmin   Role = "admin"   // everything
	RoleDisplay Role = "display" // a screen on a wall
	RoleKiosk   Role = "kiosk"   // a screen at which customers of a store order
)

// Roles are all roles, in the order in which people see them.
var Roles = []Role{RoleViewer, RoleAgent, RoleClerk, RoleManager, RoleAdmin, RoleDisplay, RoleKiosk}

// checkRole refuses what is no role. A key may have none.
func checkRole(r Role) error {
	if r == "" || slices.Contains(Roles, r) {
		return nil
	}
	names := make([]string, len(Roles))
	for i, known := range Roles {
		names[i] = string(known)
	}
	return &InvalidError{Field: "role", Reason: "must be one of " + strings.Join(names, ", ")}
}

// Role is what people do whose key has these scopes and no role.
func (s Scopes) Role() Role {
	switch {
	case s.Allow(ScopeAdmin):
		return RoleAdmin
	case s.Allow(ScopeInternal):
		return RoleManager
	}
	return RoleViewer
}

// Scopes are what the role needs: those of people who have signed in without a key.
func (r Role) Scopes() Scopes {
	switch r {
	case RoleAdmin, RoleManager, RoleClerk:
		return ScopeAdmin
	case RoleAgent, RoleKiosk:
		return ScopeInternal
	}
	return ScopeRead
}
