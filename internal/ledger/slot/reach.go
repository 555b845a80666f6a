package slot

import (
	"slices"

	"holdfast.dev/holdfast/internal/stock"
)

// Postponed is the reach of requests that met a bucket on its way and will be sent
// again: a later request that touches the same waits with them.
type Postponed []stock.Reach

// Meet reports whether the request touches what one of them does.
func (p Postponed) Meet(r *stock.Reach) bool {
	for i := range p {
		if order := orderOf(&p[i]); order != (stock.OrderKey{}) && order == orderOf(r) {
			return true
		}
		for _, k := range p[i].Items {
			if slices.Contains(r.Items, k) {
				return true
			}
		}
	}
	return false
}

// postponed has the requests that one group postpones, by their call. They reach
// the call together with its answers, so a group that is thrown away postpones
// nothing. Its requests are decided again, and none of them waits for a later one.
type postponed map[*submission]Postponed

func (p *postponed) note(c *submission, r stock.Reach) {
	if *p == nil {
		*p = postponed{}
	}
	(*p)[c] = append((*p)[c], r)
}

// orderOf is the order that a request touches: a receipt touches the order that it
// is for.
func orderOf(r *stock.Reach) stock.OrderKey {
	if r.For != (stock.OrderKey{}) {
		return r.For
	}
	return r.Order
}

// TenantOf is the tenant of a command's reach.
func TenantOf(r *stock.Reach) string {
	if r.Order.Tenant != "" {
		return r.Order.Tenant
	}
	if len(r.Items) > 0 {
		return r.Items[0].Tenant
	}
	return r.Tenant
}
