package hot

import (
	"strings"

	"holdfast.dev/holdfast/internal/stock"
)

// escape makes an id a part of a key that redis-cli shows as it is read: the characters
// with a meaning in a key, and blanks and controls, are written as %XX.
func escape(id string) string {
	const hex = "0123456789ABCDEF"
	if !strings.ContainsFunc(id, special) {
		return id
	}
	var b strings.Builder
	for i := range len(id) {
		switch c := id[i]; {
		case special(rune(c)):
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func special(c rune) bool {
	return c <= ' ' || c == 0x7f || c == '{' || c == '}' || c == '|' || c == '%' || c == ':'
}

// prefix begins every key of an item. Its hash tag puts all of them into one slot of a
// Redis cluster. The empty part is the lot: items in lots do not sell through Redis.
func prefix(item stock.ItemKey) string {
	return "{" + escape(item.Tenant) + "|" + escape(item.Product) + "|" + escape(item.Location) + "}||"
}

// shadowTenant begins the tenant in the keys of a server that tries Redis out.
const shadowTenant = "~shadow~"

// ShadowTenant is the tenant in the keys of the server that tries Redis out. Its name has no ~.
func ShadowTenant(server, tenant string) string { return shadowTenant + server + "~" + tenant }

// isOf reports whether the key is of the tenant, or of a server that tries Redis out for it.
func isOf(key, tenant string) bool {
	shown, tagged := strings.CutPrefix(key, "{")
	shown, _, parts := strings.Cut(shown, "|")
	if !tagged || !parts {
		return false
	}
	of, tried := strings.CutPrefix(shown, shadowTenant)
	if _, of, parts = strings.Cut(of, "~"); tried && parts && of == escape(tenant) {
		return true
	}
	return shown == escape(tenant)
}

// names are those of the keys of an item, in the order that scripts expect.
var names = [...]string{"epoch", "run", "usable", "subtract", "shortage", "record", "applied", "takes", "version"}

// keys returns the keys of an item and both guards of the orders, in the order that scripts expect.
func keys(item stock.ItemKey, orders ...string) []string {
	at := prefix(item)
	all := itemKeys(at, 2*len(orders))
	for _, order := range orders {
		order = escape(order)
		all = append(all, at+"operate:"+order, at+"rollback:"+order)
	}
	return all
}

// takingKeys returns the keys of an item and the guards against a second taking of the orders.
func takingKeys(item stock.ItemKey, orders []string) []string {
	at := prefix(item)
	all := itemKeys(at, len(orders))
	for _, order := range orders {
		all = append(all, at+"operate:"+escape(order))
	}
	return all
}

// itemKeys returns the keys of the item that the prefix names, with room for more.
func itemKeys(at string, more int) []string {
	all := make([]string, 0, len(names)+more)
	for _, name := range names {
		all = append(all, at+name)
	}
	return all
}
