package sinks

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *CatalogChapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{"ListCatalogChanges": kit.Unary(kit.Knowing(s.core, s.listCatalogChanges))}
}

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetSink":          kit.Unary(kit.Knowing(s.core, s.setSink)),
		"GetSink":          kit.Unary(kit.Knowing(s.core, s.getSink)),
		"ListSinks":        kit.Unary(kit.Knowing(s.core, s.ListSinks)),
		"DeleteSink":       kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteSink))),
		"PauseSink":        kit.Unary(kit.Knowing(s.core, measured(s, kit.WriteOnce(s.core, nil, s.pauseSink)))),
		"ResumeSink":       kit.Unary(kit.Knowing(s.core, measured(s, kit.WriteOnce(s.core, nil, s.resumeSink)))),
		"RewindSink":       kit.Unary(kit.Knowing(s.core, s.rewindSink)),
		"RebuildSink":      kit.Unary(kit.Knowing(s.core, s.rebuildSink)),
		"TestSink":         kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.testSink))),
		"RotateSinkSecret": kit.Unary(kit.Knowing(s.core, s.rotateSecret)),
	}
}

// Functions are the functions behind the methods of the chapter.
func (s *Parked) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"ListParked":        kit.Unary(kit.Knowing(s.sinks.core, s.listParked)),
		"RequeueParked":     kit.Unary(kit.Knowing(s.sinks.core, kit.WriteOnce(s.sinks.core, nil, s.requeueParked))),
		"DiscardParked":     kit.Unary(kit.Knowing(s.sinks.core, kit.WriteOnce(s.sinks.core, nil, s.discardParked))),
		"ListDeliveries":    kit.Unary(kit.Knowing(s.sinks.core, s.listDeliveries)),
		"RedeliverDelivery": kit.Unary(kit.Knowing(s.sinks.core, kit.WriteOnce(s.sinks.core, nil, s.redeliver))),
	}
}
