package enginetest

import (
	"testing"

	"holdfast.dev/holdfast/internal/engine"
)

var readTests = []test{
	{"records come ascending and dense, at most as many as asked for", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 25)
		for _, limit := range []int{1, 7, 25, 1000} {
			after := engine.Seq(0)
			for after < 25 {
				recs, err := e.Read(t.Context(), after, limit)
				if err != nil || len(recs) == 0 || len(recs) > limit {
					t.Fatalf("read %d records behind %d with limit %d, %v", len(recs), after, limit, err)
				}
				for i := range recs {
					after++
					if recs[i].Seq != after {
						t.Fatalf("got record %d, want %d", recs[i].Seq, after)
					}
				}
			}
		}
	}},
	{"there is nothing to read at the head or behind it", func(t *testing.T, e engine.Engine) {
		Fill(t, e, 5)
		for _, after := range []engine.Seq{5, 6, 1 << 40} {
			recs, err := e.Read(t.Context(), after, 10)
			if err != nil || len(recs) != 0 {
				t.Errorf("read %d records behind %d, %v", len(recs), after, err)
			}
		}
	}},
	{"a record is read as soon as its append has returned", func(t *testing.T, e engine.Engine) {
		for n := engine.Seq(1); n <= 20; n++ {
			Fill(t, e, n)
			recs, err := e.Read(t.Context(), n-1, 10)
			if err != nil || len(recs) != 1 || recs[0].Seq != n {
				t.Fatalf("read %d records behind %d, %v", len(recs), n-1, err)
			}
		}
	}},
}
