package accounts

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
)

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"Move":          kit.Writing(s.core.OneItem, func(r *holdfastv1.MoveRequest) kit.Write { return MoveWrite{r} }),
		"Return":        kit.Writing(s.core.OneItem, func(r *holdfastv1.ReturnRequest) kit.Write { return ReturnWrite{r} }),
		"Observe":       kit.Shown(kit.Writing(s.observe, func(r *holdfastv1.ObserveRequest) *ObserveWrite { return &ObserveWrite{ObserveRequest: r} }), s.showObservation),
		"SellElsewhere": kit.Shown(kit.Writing(s.sellElsewhere, func(r *holdfastv1.SellElsewhereRequest) SoldWrite { return SoldWrite{r} }), s.showSale),
		"GetAccounts":   kit.Unary(s.getAccounts),
	}
}
