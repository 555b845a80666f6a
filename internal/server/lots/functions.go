package lots

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListLots":      kit.Unary(s.listLots),
		"GetLotLevels":  kit.Unary(s.getLotLevels),
		"GetLotPolicy":  kit.Unary(s.getLotPolicy),
		"SetLotPolicy":  kit.Unary(s.setLotPolicy),
		"RecallLot":     kit.Unary(kit.Knowing(s.core, s.keeping(s.recallLot))),
		"ListRecalls":   kit.Unary(s.listRecalls),
		"ListLotOrders": kit.Unary(s.listLotOrders),
	}
}
