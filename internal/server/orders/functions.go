package orders

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
)

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"Reserve":             kit.Shown(kit.Writing(s.reserve, func(r *holdfastv1.ReserveRequest) OrderWrite { return ReserveWrite{r} }), s.show),
		"Release":             kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.ReleaseRequest) OrderWrite { return ReleaseWrite{r} }), s.show),
		"Deduct":              kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.DeductRequest) OrderWrite { return DeductWrite{r} }), s.show),
		"CleanupExpired":      kit.Unary(s.cleanupExpired),
		"GetOrder":            kit.Unary(s.getOrder),
		"ListReservations":    kit.Unary(s.listReservations),
		"ListOrders":          kit.Unary(s.listOrders),
		"GetOrderHistory":     kit.Unary(s.getOrderHistory),
		"Commit":              kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.CommitRequest) OrderWrite { return CommitWrite{r} }), s.show),
		"Extend":              kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.ExtendRequest) OrderWrite { return ExtendWrite{r} }), s.show),
		"ExpireOrder":         kit.Writing(s.oneOrder, func(r *holdfastv1.ExpireOrderRequest) OrderWrite { return ExpireWrite{r} }),
		"ChangeOrder":         kit.Shown(kit.Writing(s.change, func(r *holdfastv1.ChangeOrderRequest) ChangeWrite { return ChangeWrite{r} }), s.show),
		"Relocate":            kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.RelocateRequest) OrderWrite { return RelocateWrite{r} }), s.show),
		"Withdraw":            kit.Shown(kit.Writing(s.oneOrder, func(r *holdfastv1.WithdrawRequest) OrderWrite { return WithdrawWrite{r} }), s.show),
		"ConfirmAvailability": kit.Unary(s.confirmAvailability),
	}
}
