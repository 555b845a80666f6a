package redis

import "holdfast.dev/holdfast/internal/server/kit"

// Functions are the functions behind the methods of the chapter.
func (s *Chapter) Functions() map[string]kit.Method {
	return map[string]kit.Method{
		"SetRedisRule":    kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.setRedisRule))),
		"ListRedisRules":  kit.Unary(kit.Knowing(s.core, s.listRedisRules)),
		"DeleteRedisRule": kit.Unary(kit.Knowing(s.core, kit.WriteOnce(s.core, nil, s.deleteRedisRule))),

		"ListRedisItems":    kit.Unary(onRoad(s, s.listRedisItems)),
		"RebuildRedisItems": kit.Unary(kit.Knowing(s.core, onItem(onRoad(s, kit.OnceDone(s.core, s.rebuildRedisItems))))),
		"CompareRedisItems": kit.Unary(onItem(onRoad(s, s.compareRedisItems))),
		"ListRedisFigures":  kit.Unary(onRoad(s, s.listRedisFigures)),
	}
}
