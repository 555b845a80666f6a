package signon

import (
	"fmt"
	"slices"
	"strings"

	"holdfast.dev/holdfast/internal/catalog"
)

// Everybody is the group of all people whom the provider accepts.
const Everybody = "*"

// Grant says what the members of a group may do in a tenant.
type Grant struct {
	Group  string
	Role   catalog.Role
	Tenant string
}

// ParseGrant reads GROUP=ROLE or GROUP=ROLE@TENANT. A group may have = in its name.
func ParseGrant(text string) (Grant, error) {
	bad := fmt.Errorf("%q: write GROUP=ROLE or GROUP=ROLE@TENANT, with a role of viewer, agent, clerk, manager, admin", text)
	at := strings.LastIndex(text, "=")
	if at < 1 {
		return Grant{}, bad
	}
	role, tenant, named := strings.Cut(text[at+1:], "@")
	if !named {
		tenant = catalog.DefaultTenant
	}
	g := Grant{Group: strings.TrimSpace(text[:at]), Role: catalog.Role(strings.TrimSpace(role)), Tenant: strings.TrimSpace(tenant)}
	if g.Group == "" || g.Tenant == "" || g.Role == catalog.RoleDisplay || g.Role == catalog.RoleKiosk || !slices.Contains(catalog.Roles, g.Role) {
		return Grant{}, bad
	}
	return g, nil
}

// granted is what a member of the groups may do: the first grant that fits.
func granted(grants []Grant, groups []string) (Grant, bool) {
	for _, g := range grants {
		if g.Group == Everybody || slices.Contains(groups, g.Group) {
			return g, true
		}
	}
	return Grant{}, false
}
