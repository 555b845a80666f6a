package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// A hint that ends writes nothing afterwards, so its caller reads the output without
// a lock.
func TestAHintIsSaidBeforeItsEndOrNever(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		ended time.Duration
		want  string
	}{
		{time.Second - 1, ""},
		{time.Second + 1, "wait"},
		{time.Second + time.Minute, "wait"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			h := hintAfter(time.Second, func() {
				<-time.After(time.Minute) // of the test's clock: a terminal that is slow
				out.WriteString("wait")
			})
			<-time.After(c.ended)
			h.end()
			h.end()
			if out.String() != c.want {
				t.Errorf("ended after %v: %q, want %q", c.ended, out.String(), c.want)
			}
			out.Reset()
			<-time.After(time.Hour)
			if out.Len() != 0 {
				t.Errorf("after its end: %q", out.String())
			}
		})
	}
	var none *hint
	none.end()
}
