package figures

// histogram is how long calls took, in the form of Prometheus: how many took at most as long as
// each bound.
type histogram struct {
	bounds []float64 // seconds, rising
	most   []float64 // calls up to the bound
	count  float64
}

// add adds calls that took at most as long as bound number i.
func (h *histogram) add(i int, bound, calls float64) {
	if i == len(h.bounds) {
		h.bounds, h.most = append(h.bounds, bound), append(h.most, 0)
	}
	h.most[i] += calls
}

// minus returns the difference from an earlier state.
func (h *histogram) minus(was *histogram) histogram {
	d := histogram{bounds: h.bounds, most: append([]float64(nil), h.most...), count: h.count - was.count}
	for i := range was.most {
		d.most[i] -= was.most[i]
	}
	return d
}

// quantile is the time that a share of the calls took at most. It assumes that calls spread evenly
// within a bucket; above the last bound it returns that bound (histogram_quantile).
func (h *histogram) quantile(share float64) float64 {
	rank := share * h.count
	var from, below float64
	for i, upTo := range h.bounds {
		if h.most[i] >= rank {
			if in := h.most[i] - below; in > 0 {
				return from + (upTo-from)*(rank-below)/in
			}
			return upTo
		}
		from, below = upTo, h.most[i]
	}
	return from
}
