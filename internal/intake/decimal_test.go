package intake

import (
	"math/big"
	"strings"
	"testing"
)

// FuzzParseDecimal compares with exact arithmetic.
func FuzzParseDecimal(f *testing.F) {
	for _, seed := range []string{"1.25", "-0.001", "007", "1.", ".5", "1e3", "٣", "99999999999999999999", "0.0000000"} {
		f.Add(seed, 3)
	}
	f.Fuzz(func(t *testing.T, s string, scale int) {
		if scale < 1 || scale > 6 {
			return
		}
		n, why := parseDecimal(s, scale)
		exact, ok := new(big.Rat).SetString(s)
		if why != "" {
			return
		}
		if !ok || strings.ContainsAny(s, "eE/_+ ") {
			t.Fatalf("%q was read as %d", s, n)
		}
		exact.Mul(exact, new(big.Rat).SetInt64(int64(pow10(scale))))
		if !exact.IsInt() {
			t.Fatalf("%q at scale %d was read as %d", s, scale, n)
		}
		if exact.Num().IsInt64() && exact.Num().Int64() != n {
			t.Fatalf("%q at scale %d is %s, read as %d", s, scale, exact.Num(), n)
		}
	})
}

func pow10(n int) int {
	p := 1
	for range n {
		p *= 10
	}
	return p
}
