package replay

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSettingsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	h := sixMonths(t)
	for name, c := range map[string]struct {
		settings Settings
		want     string
	}{
		"an unknown mode":              {Settings{Opening: Zero, Mode: "pairs"}, "unknown mode"},
		"an unknown opening":           {Settings{Opening: "much", Mode: ByLine}, "unknown opening"},
		"a month without sales":        {Settings{Mode: Flash, Month: "2011-06"}, "no sale line in 2011-06"},
		"a month of another form":      {Settings{Mode: Flash, Month: "May"}, "is not like"},
		"a run with a blank":           {Settings{Opening: Zero, Mode: ByLine, Run: "my run"}, "visible ASCII"},
		"a run of 65 characters":       {Settings{Opening: Zero, Mode: ByLine, Run: strings.Repeat("r", 65)}, "1 to 64"},
		"a prefix with a slash":        {Settings{Opening: Zero, Mode: ByLine, Prefix: "a/"}, "slash"},
		"a prefix that leaves no room": {Settings{Opening: Zero, Mode: ByLine, Prefix: strings.Repeat("p", 125)}, "longer than 128"},
		"warehouses at one location":   {Settings{Opening: Zero, Mode: Warehouses, Location: "l"}, "locations of its own"},
		"a location of 65 bytes":       {Settings{Opening: Zero, Mode: ByLine, Location: strings.Repeat("l", 65)}, "longer than 64"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := NewPlan(h, c.settings)
			if !errors.Is(err, ErrSettings) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want an ErrSettings with %q", err, c.want)
			}
		})
	}
}

func TestAnOrderOfMoreThanTwoThousandLinesIsAddedUp(t *testing.T) {
	t.Parallel()
	text := strings.Builder{}
	text.WriteString(header)
	for i := range 2001 {
		text.WriteString(row(fmt.Sprint(i+1), "sale", fmt.Sprint(10000+i%1000), "2"))
	}
	h, err := loadFrom(strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	p := mustPlan(t, h, Settings{Opening: Peak, Mode: ByOrder})
	if n := len(p.reserve(&p.Tasks[0]).Items); n != 1000 {
		t.Errorf("%d items, want 1000", n)
	}
	s, err := Run(t.Context(), p, newFakeShop(), sequential())
	if err != nil {
		t.Fatal(err)
	}
	wantAsReadme(t, p, s)

	for i := range 2001 {
		text.WriteString(row(fmt.Sprint(i+3000), "sale", fmt.Sprint(20000+i), "2"))
	}
	if h, err = loadFrom(strings.NewReader(text.String())); err != nil {
		t.Fatal(err)
	}
	if _, err := NewPlan(h, Settings{Opening: Peak, Mode: ByOrder}); err == nil || !strings.Contains(err.Error(), "different SKUs") {
		t.Errorf("an order of 3001 SKUs: %v", err)
	}
}

func TestADamagedCheckpointIsRefused(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, firstLines(t, 300), Settings{Opening: Scarce, Mode: ByPart})
	path := filepath.Join(t.TempDir(), "state.json")
	o := sequential()
	o.State = path
	if _, err := Run(t.Context(), p, newFakeShop(), o); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(whole)
	at := strings.Index(text, `"outcomes": "`) + 60
	for name, damaged := range map[string]string{
		"cut off":        text[:len(text)/2],
		"empty":          "",
		"another format": strings.Replace(text, `"format": 1`, `"format": 2`, 1),
		"another count":  strings.Replace(text, `"lines_granted": `, `"lines_granted": 9`, 1),
		"another length": strings.Replace(text, `"tasks_done": `, `"tasks_done": 1`, 1),
		"flipped":        text[:at] + "AAAAAAAA" + text[at+8:],
	} {
		if err := os.WriteFile(path, []byte(damaged), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Run(t.Context(), p, newFakeShop(), o)
		if err == nil || !strings.Contains(err.Error(), "delete it to begin again") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	other := mustPlan(t, firstLines(t, 300), Settings{Opening: Scarce, Mode: ByLine})
	if _, err := Run(t.Context(), other, newFakeShop(), o); !errors.Is(err, ErrSettings) {
		t.Errorf("with other settings: %v", err)
	}
	leftovers, err := filepath.Glob(path + ".*")
	if err != nil || len(leftovers) > 0 {
		t.Errorf("left behind: %v (%v)", leftovers, err)
	}
}

func TestAFolderThatTakesNoCheckpointStopsTheRun(t *testing.T) {
	t.Parallel()
	p := mustPlan(t, firstLines(t, 300), Settings{Opening: Scarce, Mode: ByLine})
	o := sequential()
	o.State = filepath.Join(t.TempDir(), "gone", "state.json")
	if _, err := Run(t.Context(), p, newFakeShop(), o); err == nil || !strings.Contains(err.Error(), "checkpoint") {
		t.Errorf("got %v", err)
	}
}

func TestQuantilesAreWithinABucket(t *testing.T) {
	t.Parallel()
	l := &latencies{}
	for i := range 1000 {
		l.add(time.Duration(i+1) * time.Millisecond)
	}
	again := &latencies{}
	again.restore(l.sparse())
	for q, want := range map[float64]time.Duration{0.5: 500 * time.Millisecond, 0.99: 990 * time.Millisecond, 0.999: time.Second} {
		got := again.quantile(q)
		if got < want || float64(got) > 1.04*float64(want) {
			t.Errorf("quantile %v is %v, want %v and at most 4 %% more", q, got, want)
		}
	}
	for d := time.Duration(1); d > 0; d = d*3 + 1 {
		if i := bucketOf(d); top(i) < d || i > 0 && top(i-1) >= d {
			t.Errorf("%v is in bucket %d, which ends at %v after %v", d, i, top(i), top(i-1))
		}
	}
	if got := (&latencies{}).quantile(0.5); got != 0 {
		t.Errorf("the median of nothing is %v", got)
	}
}
