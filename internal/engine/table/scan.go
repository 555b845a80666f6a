package table

import (
	"strings"

	"holdfast.dev/holdfast/internal/engine"
)

// Value returns the text for a string, a []byte, an int64 or true in a
// statement: a parameter or a literal. For true it is a literal, which a partial
// index needs.
type Value func(v any) string

// Conditions returns the conditions of a scan in SQL, except After.
func Conditions(s *engine.ItemScan, value Value) (all []string) {
	and := func(condition string, v any) { all = append(all, condition+value(v)) }
	if !s.All {
		and("tenant = ", s.Tenant)
	}
	if s.Product != "" {
		and("product = ", s.Product)
	}
	if s.Location != "" {
		and("location = ", s.Location)
	}
	if s.Low {
		and("low = ", true)
	}
	if s.Lapsed != 0 {
		and("lapses_at > 0 AND lapses_at <= ", int64(s.Lapsed))
	}
	if s.Bucket != nil {
		and("bucket = ", int64(*s.Bucket))
	}
	return all
}

// Selection is the part of a scan's statement that follows the name of the
// table.
func Selection(s *engine.ItemScan, value Value) (sql string) {
	where := Conditions(s, value)
	if a := s.After; a != nil {
		key, from := "product, location, lot", []string{}
		if s.All {
			key, from = "tenant, "+key, append(from, value(a.Tenant))
		}
		from = append(from, value(a.Product), value(a.Location), value([]byte(a.Lot)))
		where = append(where, "("+key+") > ("+strings.Join(from, ", ")+")")
	}
	if len(where) > 0 {
		sql = " WHERE " + strings.Join(where, " AND ")
	}
	sql += " ORDER BY tenant, product, location, lot"
	if s.Limit > 0 {
		sql += " LIMIT " + value(int64(s.Limit))
	}
	return sql
}
