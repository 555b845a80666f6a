package items

import (
	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/server/kit"
)

// Functions are the functions behind the methods of the chapter.
func (s *Inventory) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"CheckAvailability":   kit.Unary(s.checkAvailability),
		"BatchCheck":          kit.Unary(s.batchCheck),
		"CreateInventory":     kit.Writing(s.core.OneItem, func(r *holdfastv1.CreateInventoryRequest) kit.Write { return CreateWrite{r} }),
		"ListInventory":       kit.Unary(s.listInventory),
		"GetProduct":          kit.Unary(s.getProduct),
		"ListLowStock":        kit.Unary(s.listLowStock),
		"Restock":             kit.Writing(s.core.OneItem, func(r *holdfastv1.RestockRequest) kit.Write { return RestockWrite{r} }),
		"Adjust":              kit.Writing(s.core.OneItem, func(r *holdfastv1.AdjustRequest) kit.Write { return AdjustWrite{r} }),
		"SetThreshold":        kit.Writing(s.core.OneItem, func(r *holdfastv1.SetThresholdRequest) kit.Write { return ThresholdWrite{r} }),
		"ExplainAvailability": kit.Unary(s.explainAvailability),
		"SetSaleStatus":       kit.Writing(s.core.OneItem, func(r *holdfastv1.SetSaleStatusRequest) kit.Write { return SaleWrite{r} }),
	}
}

// Functions are the functions behind the methods of the chapter.
func (s *List) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListItems":         kit.Unary(s.listItems),
		"ListLocationStock": kit.Unary(s.listLocationStock),
		"Suggest":           kit.Unary(s.suggest),
	}
}
