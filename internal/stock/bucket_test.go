package stock

import (
	"strings"
	"testing"
)

// The wanted values were computed with another implementation of murmur3 (mmh3);
// docs/protocol/log-rows.md lists them for authors of further implementations.
func TestBucketsAreForEver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tenant, location string
		want             Bucket
	}{
		{"", "", 774},
		{"default", "default", 311},
		{"default", "store-1", 478},
		{"a", "bc", 784},
		{"ab", "c", 14},
		{"acme", "仓库-上海", 213},
		{"acme", strings.Repeat("w", 63), 380},
		{"t", strings.Repeat("x", 64), 757},
		{strings.Repeat("t", 200), strings.Repeat("l", 64), 975},
	} {
		if got := BucketOf(c.tenant, c.location); got != c.want {
			t.Errorf("BucketOf(%q, %q) = %s, wanted %s", c.tenant, c.location, got, c.want)
		}
	}
	for _, c := range []struct {
		tenant, location, product string
		want                      Bucket
	}{
		{"default", "default", "sku-1", 93},
		{"default", "default", "", 286},
		{"acme", "仓库-上海", "茶-100g", 281},
		{strings.Repeat("t", 64), strings.Repeat("l", 64), strings.Repeat("p", 128), 41},
		{"m", "n", "o", 830},
		{"m", "n", "op", 669},
		{"m", "n", "opq", 63},
		{"m", "n", "opqr", 183},
	} {
		if got := SpreadBucketOf(c.tenant, c.location, c.product); got != c.want {
			t.Errorf("SpreadBucketOf(%q, %q, %q) = %s, wanted %s", c.tenant, c.location, c.product, got, c.want)
		}
	}
}
