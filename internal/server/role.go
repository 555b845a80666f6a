package server

import (
	"slices"
	"strings"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/server/fleet"
	"holdfast.dev/holdfast/internal/server/kit"
)

// atLeast are the roles of the definition that a role has: calls of those are its own. An admin may call
// everything.
var atLeast = map[catalog.Role][]holdfastv1.Role{
	catalog.RoleViewer:  {holdfastv1.Role_ROLE_VIEWER},
	catalog.RoleAgent:   {holdfastv1.Role_ROLE_VIEWER, holdfastv1.Role_ROLE_AGENT},
	catalog.RoleClerk:   {holdfastv1.Role_ROLE_VIEWER, holdfastv1.Role_ROLE_CLERK},
	catalog.RoleManager: {holdfastv1.Role_ROLE_VIEWER, holdfastv1.Role_ROLE_AGENT, holdfastv1.Role_ROLE_CLERK, holdfastv1.Role_ROLE_MANAGER},
	catalog.RoleDisplay: {holdfastv1.Role_ROLE_DISPLAY},
	catalog.RoleKiosk:   {holdfastv1.Role_ROLE_KIOSK},
}

// mayAs refuses a method that the caller's tenant or role does not allow. A caller without a role may do all
// that its scopes allow.
func mayAs(c *kit.Call, m *kit.Method) error {
	if err := owns(c, m.Name); err != nil {
		return err
	}
	if c.Role == "" || c.Role == catalog.RoleAdmin {
		return nil
	}
	var people []string
	for _, role := range m.Rule.GetRoles() {
		if slices.Contains(atLeast[c.Role], role) {
			return nil
		}
		if role != holdfastv1.Role_ROLE_DISPLAY && role != holdfastv1.Role_ROLE_KIOSK {
			people = append(people, strings.ToLower(strings.TrimPrefix(role.String(), "ROLE_")))
		}
	}
	return kit.Refuse(kit.CodeDenied, "this needs the role %s; the %s has %s", strings.Join(people, " or "), credential(c), c.Role)
}

// credential is the kind of credential that the caller has.
func credential(c *kit.Call) string {
	if c.SignedIn {
		return "session"
	}
	return "key"
}

// owns refuses calls about the installation to callers of any tenant except the one that every
// installation has.
func owns(c *kit.Call, operation string) error {
	if c.Tenant == catalog.DefaultTenant || !slices.Contains(fleet.OfInstallation, operation) {
		return nil
	}
	return kit.Refuse(kit.CodeDenied, "this is about the installation, which all tenants share: it needs a key of the tenant %s", catalog.DefaultTenant)
}
