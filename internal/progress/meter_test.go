package progress

import (
	"bytes"
	"testing"
	"time"
)

func TestAMeterShowsWhatTakesLongerThanASecond(t *testing.T) {
	t.Parallel()
	begun := time.Now()
	var out bytes.Buffer
	quick := measure(On(&out), "pages", begun)
	quick.show(1, 10, begun.Add(patience-1))
	quick.show(10, 10, begun.Add(patience-1))
	quick.End()
	(&Meter{}).At(1, 2)
	if out.Len() > 0 {
		t.Errorf("what is quick is shown: %s", out.String())
	}
	slow := measure(On(&out), "pages", begun)
	slow.show(4, 10, begun.Add(patience))
	slow.show(3, 10, begun.Add(patience)) // it never goes back
	slow.show(10, 10, begun.Add(2*patience))
	slow.End()
	if got, want := out.String(), "pages: 10 of 10 done (100 %)\n"; got != want {
		t.Errorf("shown %q, want %q", got, want)
	}
}
