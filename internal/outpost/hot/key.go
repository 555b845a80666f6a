package hot

import (
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// escape makes an id a part of a key that redis-cli shows as it is read: the characters
// with a meaning in a key, and blanks and controls, are written as %XX.
func escape(id string) string {
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(id) {
		switch c := id[i]; {
		case c <= ' ' || c == 0x7f || strings.IndexByte("{}|%:", c) >= 0:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// prefix begins every key of an item. Its hash tag puts all of them into one slot of a
// Redis cluster. The empty part is the lot: items in lots do not sell through Redis.
func prefix(item stock.ItemKey) string {
	return "{" + escape(item.Tenant) + "|" + escape(item.Product) + "|" + escape(item.Location) + "}||"
}

// keys returns the keys of an item and of orders for it, in the order that scripts expect.
func keys(item stock.ItemKey, orders ...string) []string {
	at := prefix(item)
	all := make([]string, 0, 9+2*len(orders))
	for _, name := range [...]string{"epoch", "run", "usable", "subtract", "shortage", "record", "applied", "takes", "version"} {
		all = append(all, at+name)
	}
	for _, order := range orders {
		all = append(all, at+"operate:"+escape(order), at+"rollback:"+escape(order))
	}
	return all
}
