package retire

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"Retire":    kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.retire))),
		"Reinstate": kit.Unary(kit.Knowing(s.core, kit.OnceDone(s.core, s.reinstate))),
	}
}
