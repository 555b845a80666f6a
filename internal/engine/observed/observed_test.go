package observed_test

import (
	"errors"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/enginetest"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/engine/observed"
)

func TestEngine(t *testing.T) {
	t.Parallel()
	enginetest.Run(t, func(t *testing.T) engine.Engine {
		return observe(t, memory.New(), prometheus.NewRegistry())
	})
}

func observe(t *testing.T, e engine.Engine, reg prometheus.Registerer) engine.Engine {
	t.Helper()
	o, err := observed.New(e, reg)
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestCallsAreCountedByMethodAndOutcome(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	e := observe(t, memory.New(), reg)
	if n := len(counted(t, reg)); n != 0 {
		t.Errorf("%d series are shown before the first call", n)
	}
	enginetest.Fill(t, e, 3)
	if err := e.Append(t.Context(), 1, enginetest.Nth(2)); !errors.Is(err, engine.ErrMoved) {
		t.Fatal(err)
	}
	w, err := e.Lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Append(t.Context(), 3, enginetest.Nth(4)); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Head(t.Context()); !errors.Is(err, engine.ErrClosed) {
		t.Fatal(err)
	}
	want := map[string]uint64{
		"append ok": 3, "append moved": 1, "lock ok": 1, "locked_append ok": 1, "head ok": 1, "head closed": 1, "close ok": 1,
		"rows item": 4, "rows hold": 4, "rows key": 4, "bytes": 4,
	}
	for name, n := range counted(t, reg) {
		if want[name] != n {
			t.Errorf("%q was counted %d times, want %d", name, n, want[name])
		}
		delete(want, name)
	}
	if len(want) > 0 {
		t.Errorf("not counted: %v", want)
	}
}

// counted returns how often each histogram was fed, by its labels.
func counted(t *testing.T, reg *prometheus.Registry) map[string]uint64 {
	t.Helper()
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, f := range families {
		for _, m := range f.GetMetric() {
			labels := map[string]string{}
			for _, l := range m.GetLabel() {
				labels[l.GetName()] = l.GetValue()
			}
			n := m.GetHistogram().GetSampleCount()
			switch f.GetName() {
			case "holdfast_engine_call_seconds":
				got[labels["method"]+" "+labels["outcome"]] = n
			case "holdfast_engine_group_rows":
				got["rows "+labels["kind"]] = n
			case "holdfast_engine_record_bytes":
				got["bytes"] = n
			default:
				t.Errorf("unexpected metric %s", f.GetName())
			}
		}
	}
	return got
}

func TestOneRegistererCannotBeUsedTwice(t *testing.T) {
	t.Parallel()
	reg := prometheus.NewRegistry()
	observe(t, memory.New(), prometheus.WrapRegistererWith(prometheus.Labels{"slot": "0"}, reg))
	observe(t, memory.New(), prometheus.WrapRegistererWith(prometheus.Labels{"slot": "1"}, reg))
	if _, err := observed.New(memory.New(), prometheus.WrapRegistererWith(prometheus.Labels{"slot": "1"}, reg)); err == nil {
		t.Error("the same slot was registered twice")
	}
}
