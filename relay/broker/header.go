package broker

import (
	"fmt"
	"strings"
)

// Escape writes the value of an attribute for a header, as the HTTP binding of
// CloudEvents 1.0.2 wants it, whose rules that of NATS has taken over.
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
