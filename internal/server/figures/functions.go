package figures

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListFigures": kit.Unary(s.listFigures), "ListStockFigures": kit.Unary(s.listStockFigures),
		"ListOverstock": kit.Unary(s.listOverstock), "GetServiceFigures": kit.Unary(s.getServiceFigures),
	}
}
