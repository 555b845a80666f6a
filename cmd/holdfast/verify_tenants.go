package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"holdfast.dev/holdfast/internal/catalog"
	"holdfast.dev/holdfast/internal/outpost/hot/task"
)

// keptTenants counts what the books have of each tenant. What is of a tenant that the catalog does not have belongs to nobody:
// it would be that of the next tenant with the id.
type keptTenants map[string]int64

func (k keptTenants) add(rows map[string]int) {
	for tenant, n := range rows {
		k[tenant] += int64(n)
	}
}

// addRedis counts the items and tasks of Redis, and returns how many rows have no item.
func (k keptTenants) addRedis(ctx context.Context, tasks task.Store) (stray int64, err error) {
	all, err := tasks.Tenants(ctx)
	if err != nil {
		return 0, err
	}
	for _, tenant := range all {
		kept, err := tasks.Kept(ctx, tenant)
		if err != nil {
			return 0, err
		}
		k[tenant] += kept.Items + kept.Tasks
	}
	return tasks.Stray(ctx)
}

// verify looks the tenants up once their rows were read: servers may make others meanwhile. It returns how many are
// not there.
func (k keptTenants) verify(ctx context.Context, directory *catalog.Catalog, out io.Writer) (wrong int, err error) {
	delete(k, catalog.DefaultTenant) // it is never deleted
	for _, tenant := range slices.Sorted(maps.Keys(k)) {
		_, err := directory.Tenant(ctx, tenant)
		switch {
		case errors.Is(err, catalog.ErrUnknown):
			fmt.Fprintf(out, "%s of tenant %q, which is not there: after a deletion give holdfast tenants delete again\n", counted(k[tenant], "row or entry is", "rows and entries are"), tenant)
			wrong++
		case err != nil:
			return wrong, err
		}
	}
	return wrong, nil
}
