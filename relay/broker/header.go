package broker

import (
	"fmt"
	"strings"
)

// Escape encodes the value of an attribute for a header, by the HTTP binding of
// CloudEvents 1.0.2. The binding of NATS has the same rules.
func Escape(value string) string {
	var b strings.Builder
	for i := range len(value) {
		if c := value[i]; c <= ' ' || c == '"' || c == '%' || c > '~' {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(c)
		}
	}
	return b.String()
}
