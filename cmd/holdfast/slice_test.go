package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"holdfast.dev/holdfast/internal/duty"
	"holdfast.dev/holdfast/internal/engine"
	"holdfast.dev/holdfast/internal/engine/memory"
	"holdfast.dev/holdfast/internal/feed"
)

// dueOnce is a duty that is due once.
func dueOnce(name string, done *[]string) duty.Kind {
	due := []string{name}
	return &duty.Duty[string]{
		Failing: name, Every: time.Hour, Most: 1,
		Due:  func(context.Context, int) ([]string, error) { return due, nil },
		Name: func(s *string) duty.Name { return duty.Name{Key: *s} },
		CarryOut: func(context.Context, []string) []error {
			*done, due = append(*done, name), nil
			return []error{nil}
		},
	}
}

func TestASliceIsAddedWhole(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	var done []string
	h := &house{
		log: slog.New(slog.NewTextHandler(&log, nil)), registry: prometheus.NewRegistry(),
		logs: feed.NewLogs([]engine.Engine{memory.New()}),
	}
	ran := make(chan string, 2)
	task := func(name string) func(context.Context) error {
		return func(context.Context) error { ran <- name; return nil }
	}
	err := h.add(
		slice{name: "counts", duties: []duty.Kind{dueOnce("first", &done), dueOnce("second", &done)}, run: []func(context.Context) error{task("counts")}},
		slice{
			name: "costs", duties: []duty.Kind{dueOnce("third", &done)},
			project: func(r *feed.Runner, logs *feed.Logs) {
				r.ProjectEach(logs, func(*feed.Log) feed.Projection {
					return feed.Projection{Name: "costs", Apply: func(context.Context, *feed.Record) error { return nil }}
				})
			},
			metrics: func(r prometheus.Registerer) error {
				return r.Register(prometheus.NewGauge(prometheus.GaugeOpts{Name: "holdfast_costs"}))
			},
		})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := duty.New(h.log, h.duties...).Look(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := []string{"first", "second", "third"}; !slices.Equal(done, want) {
		t.Errorf("the duties were carried out as %v, want %v, the order of the slices", done, want)
	}
	metrics, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	if shown := fmt.Sprint(metrics); !strings.Contains(shown, "holdfast_costs") || !strings.Contains(shown, "holdfast_view_lag_records") {
		t.Errorf("the metrics are %s, want that of the slice and the lag of its reader", shown)
	}
	ctx, stop := context.WithCancel(t.Context())
	stopped := make(chan error, len(h.tasks))
	for _, run := range h.tasks {
		go func() { stopped <- run(ctx) }()
	}
	if name := <-ran; name != "counts" {
		t.Errorf("%s ran, want the task of the slice", name)
	}
	stop()
	for range h.tasks {
		<-stopped
	}
	if len(h.tasks) != 2 {
		t.Errorf("there are %d tasks, want that of the first slice and the reader of the second", len(h.tasks))
	}
}

// Each step of opening uses what is open already, so closing goes the same way back.
func TestWhatWasOpenedLastIsClosedFirst(t *testing.T) {
	t.Parallel()
	h := &house{}
	var closed []string
	for _, name := range []string{"catalog", "slots", "sightings", "Redis", "till"} {
		h.onClose(func() error {
			closed = append(closed, name)
			return errors.New(name)
		})
	}
	err := h.Close()
	if want := []string{"till", "Redis", "sightings", "slots", "catalog"}; !slices.Equal(closed, want) {
		t.Errorf("closed %v, want %v: also when one of them fails", closed, want)
	}
	if err == nil || !strings.Contains(err.Error(), "slots") {
		t.Errorf("Close returned %v, want all errors", err)
	}
	if err := h.Close(); err != nil || len(closed) != 5 {
		t.Errorf("a second Close closed something again: %v, %v", closed, err)
	}
}

// Positions in the logs are kept under these names, and dashboards show them.
func TestAHouseFollowsItsLogsUnderTheSameNames(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	c := booksConfig{db: "sqlite:" + filepath.Join(folder, "main.db"), sets: 1, databases: map[string]string{"a": "sqlite:" + filepath.Join(folder, "a.db"), "b": "sqlite:" + filepath.Join(folder, "b.db")}}
	h, err := openHouse(t.Context(), c, newWitness(""), nil, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}()
	metrics, err := h.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var views []string
	for _, m := range metrics {
		if m.GetName() != "holdfast_view_lag_records" {
			continue
		}
		for _, one := range m.GetMetric() {
			for _, label := range one.GetLabel() {
				if label.GetName() == "view" {
					views = append(views, label.GetValue())
				}
			}
		}
	}
	slices.Sort(views)
	views = slices.Compact(views)
	if want := []string{"cases", "figures", "journal", "legs", "search", "soldout", "tills"}; !slices.Equal(views, want) {
		t.Errorf("the readers of the log are %v, want %v", views, want)
	}
	if len(h.duties) != 11 {
		t.Errorf("there are %d duties, want those of all slices", len(h.duties))
	}
}

func TestAHouseCarriesOutItsDuties(t *testing.T) {
	t.Parallel()
	carried, due := make(chan struct{}), []string{"one"}
	h := &house{log: slog.New(slog.DiscardHandler), duties: []duty.Kind{&duty.Duty[string]{
		Failing: "one", Every: time.Hour, Most: 1,
		Due:  func(context.Context, int) ([]string, error) { return due, nil },
		Name: func(s *string) duty.Name { return duty.Name{Key: *s} },
		CarryOut: func(context.Context, []string) []error {
			due = nil
			close(carried)
			return []error{nil}
		},
	}}}
	err := h.run(t.Context(), func(ctx context.Context) error {
		select {
		case <-carried:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
	if err != nil {
		t.Error(err)
	}
}
