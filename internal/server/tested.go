package server

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"time"

	holdfastv1 "holdfast.dev/holdfast/api/holdfast/v1"
	"holdfast.dev/holdfast/internal/catalog"
)

const (
	// testEvery is how often the server checks whether a test was answered. testWait is how long
	// it waits: the answer must come within the deadline of a call.
	testEvery = 100 * time.Millisecond
	testWait  = 8 * time.Second
)

// newTest makes the id of a test.
func newTest() string { return "test-" + strings.ToLower(rand.Text()) }

// awaitTest waits until a relay has answered a test, and returns the text late when none does
// in time. read reads the latest stored test.
func awaitTest(ctx context.Context, id, late string, read func(context.Context) (catalog.SinkTest, error)) (catalog.SinkTest, error) {
	end := time.NewTimer(testWait)
	defer end.Stop()
	look := time.NewTicker(testEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return catalog.SinkTest{}, ctx.Err()
		case <-end.C:
			return catalog.SinkTest{Error: late}, nil
		case <-look.C:
		}
		t, err := read(ctx)
		switch {
		case err != nil:
			return t, factError("", err)
		case t.ID != id:
			return catalog.SinkTest{Error: "another test began"}, nil
		case t.Answered:
			return t, nil
		}
	}
}

func (s *sinkChapter) testSink(ctx context.Context, c *call, r *holdfastv1.TestSinkRequest) (*holdfastv1.SinkTest, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	id := newTest()
	if err := s.sinks.AskTest(ctx, c.tenant, r.GetName(), id); err != nil {
		return nil, sinkError(err)
	}
	t, err := awaitTest(ctx, id, "no relay has delivered it within 8 s: is one running?", func(ctx context.Context) (catalog.SinkTest, error) {
		k, err := s.sinks.Get(ctx, c.tenant, r.GetName())
		return k.Test, err
	})
	if err != nil {
		return nil, err
	}
	return &holdfastv1.SinkTest{EventId: id, Delivered: t.Answered && t.Error == "", Error: t.Error, TookMs: t.TookMS}, nil
}

func (s *sourceChapter) testSource(ctx context.Context, c *call, r *holdfastv1.TestSourceRequest) (*holdfastv1.SourceTest, error) {
	if err := checkID("name", r.GetName(), catalog.MaxSinkName); err != nil {
		return nil, err
	}
	id := newTest()
	if err := s.sources.AskTest(ctx, c.tenant, r.GetName(), id); err != nil {
		if errors.Is(err, catalog.ErrStale) {
			p := refuse(codeState, "the source is paused: nobody consumes it; resume it first")
			p.state = catalog.SinkPaused
			return nil, p
		}
		return nil, sourceError(err)
	}
	var last catalog.Source
	t, err := awaitTest(ctx, id, "", func(ctx context.Context) (catalog.SinkTest, error) {
		k, err := s.sources.Get(ctx, c.tenant, r.GetName())
		last = k
		return k.Test, err
	})
	if err != nil {
		return nil, err
	}
	out := &holdfastv1.SourceTest{TestId: id, Reached: t.Answered && t.Error == "", Error: t.Error, TookMs: t.TookMS}
	if !out.Reached && out.Error == "" {
		out.Error = s.unanswered(&last)
	}
	return out, nil
}

// unanswered returns why no relay has answered a test of a source.
func (s *sourceChapter) unanswered(k *catalog.Source) string {
	is := s.sourceMessage(k, 0)
	why := "no relay has answered within 8 s: is one running?"
	if is.GetRelay() != "" {
		why = "the relay that consumes it has not answered within 8 s"
	}
	if is.GetState() == catalog.SinkFailing {
		why += " The source is failing: " + is.GetLastError()
	}
	return why
}
