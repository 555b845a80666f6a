// Package webhook posts each event to a receiver by Standard Webhooks 1.0.0: signed, with an id that stays
// the same when it is sent again.
package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"holdfast.dev/holdfast/client"
	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
	post "holdfast.dev/holdfast/relay/http"
	"holdfast.dev/holdfast/relay/signature"
)

// Kind returns the kind of sinks that are webhooks.
func Kind(via *http.Client) relay.Kind {
	return relay.Kind{MaxBatch: 1, Parallel: 8, Pause: pause, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		if err := dial.CheckURL(t.URL); err != nil {
			return nil, err
		}
		l := &leaf{client: via, target: t}
		for _, secret := range t.Secrets {
			s, err := signature.New(secret)
			if err != nil {
				return nil, err
			}
			l.signers = append(l.signers, s)
		}
		if len(l.signers) == 0 {
			return nil, errors.New("a webhook needs a secret to sign with")
		}
		return l, nil
	}}
}

// lasting are the pauses of the specification from five minutes on. After the last one the sink is
// disabled.
var lasting = []time.Duration{
	5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// pause is how long to wait for a receiver that has been down: in the first five minutes as for every sink,
// so that a restart costs seconds, then by the schedule.
func pause(tries int, down time.Duration) (next time.Duration, over bool) {
	if down < lasting[0] {
		return relay.Backoff(tries), false
	}
	began := lasting[0]
	for _, step := range lasting[1:] {
		if down < began+step {
			return began + step - down + relay.Backoff(tries), false
		}
		began += step
	}
	return 0, true
}

type leaf struct {
	client  *http.Client
	target  relay.Target
	signers []signature.Signer
}

// Deliver posts the messages, one each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	errs := make([]error, len(messages))
	failed := map[string]error{}
	for i := range messages {
		m := &messages[i]
		if errs[i] = failed[m.Key]; errs[i] != nil {
			continue
		}
		if errs[i] = l.post(ctx, m); errs[i] != nil {
			failed[m.Key] = errs[i]
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return errs
}

func (l *leaf) post(ctx context.Context, m *relay.Message) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.target.URL, bytes.NewReader(m.Body))
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	began := time.Now()
	req.Header.Set("Content-Type", m.ContentType)
	signature.Sign(req.Header, l.signers, m.ID, began, m.Body)
	status, err := post.Send(l.client, req)
	if l.target.Record != nil && m.Position != "" {
		d := client.NewDelivery{EventID: m.ID, Position: m.Position, At: began, Status: status, Took: time.Since(began), Try: m.Try, RedeliveryOf: m.Repeats}
		if err != nil {
			d.Error = err.Error()
		}
		l.target.Record(d)
	}
	return err
}

// Close has nothing to do. All sinks share the client.
func (l *leaf) Close() error { return nil }
