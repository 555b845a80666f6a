package figures

import "testing"

// Quantiles are what histogram_quantile of Prometheus says of the same buckets.
func TestQuantiles(t *testing.T) {
	t.Parallel()
	buckets := func(upTo ...float64) (h histogram) {
		for i, bound := range []float64{1, 2, 4} {
			h.add(i, bound, upTo[i])
		}
		h.count = upTo[3]
		return h
	}
	for _, tc := range []struct {
		name  string
		of    histogram
		share float64
		want  float64
	}{
		{"spread evenly in the first bucket", buckets(10, 10, 10, 10), .5, .5},
		{"spread evenly in a later one", buckets(0, 10, 10, 10), .5, 1.5},
		{"over two buckets", buckets(5, 10, 10, 10), .75, 1.5},
		{"an empty bucket is passed over", buckets(5, 5, 10, 10), .75, 3},
		{"above the last bound", buckets(0, 0, 0, 10), .5, 4},
	} {
		if got := tc.of.quantile(tc.share); got != tc.want {
			t.Errorf("%s: %v, want %v", tc.name, got, tc.want)
		}
	}
	was, is := buckets(5, 5, 5, 5), buckets(5, 15, 15, 15)
	if d := is.minus(&was); d.quantile(.5) != 1.5 || d.count != 10 {
		t.Errorf("of what came later: %+v", d)
	}
}
