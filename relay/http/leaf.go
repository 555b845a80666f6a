// Package http posts events to a receiver: several as a batch of CloudEvents, or each in a
// call of its own.
package http

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"time"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	typeBatch = "application/cloudevents-batch+json; charset=utf-8"
	typeList  = "application/json"
	timeout   = 15 * time.Second
	mostBody  = 8 << 20
)

// Kind returns the kind of sinks that post to allowed addresses.
func Kind(client *http.Client) relay.Kind {
	return relay.Kind{Parallel: 4, Open: func(_ context.Context, t relay.Target) (relay.Leaf, error) {
		if err := dial.CheckURL(t.URL); err != nil {
			return nil, err
		}
		return &leaf{client: client, target: t}, nil
	}}
}

// Client returns a client for Kind.
func Client(allowed dial.Allowed) *http.Client { return allowed.Client(timeout, nil) }

type leaf struct {
	client *http.Client
	target relay.Target
}

// Deliver posts the messages in one call; in binary mode it makes one call for each.
func (l *leaf) Deliver(ctx context.Context, messages []relay.Message) []error {
	if l.target.Format != relay.FormatBinary && len(messages) > 1 {
		contentType := typeBatch
		if l.target.Format == relay.FormatPlain {
			contentType = typeList
		}
		return relay.All(len(messages), l.post(ctx, contentType, nil, array(messages)))
	}
	errs := make([]error, len(messages))
	failed := map[string]error{} // by key: later messages of it wait
	for i := range messages {
		m := &messages[i]
		if errs[i] = failed[m.Key]; errs[i] == nil {
			errs[i] = l.post(ctx, m.ContentType, m.Attributes, m.Body)
		}
		if errs[i] != nil {
			failed[m.Key] = errs[i]
		}
	}
	if len(failed) == 0 {
		return nil
	}
	return errs
}

// array writes the bodies of messages as one list.
func array(messages []relay.Message) []byte {
	b := []byte{'['}
	for i := range messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, messages[i].Body...)
	}
	return append(b, ']')
}

func (l *leaf) post(ctx context.Context, contentType string, attributes []relay.Attribute, body []byte) error {
	if len(body) > mostBody {
		return relay.Rejected("the body has %d bytes, at most %d are sent", len(body), mostBody)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, l.target.URL, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	req.Header.Set("Content-Type", contentType)
	for _, a := range attributes {
		req.Header.Set("ce-"+a.Name, broker.Escape(a.Value))
	}
	if len(l.target.Secrets) > 0 {
		req.Header.Set("Authorization", "Bearer "+l.target.Secrets[0])
	}
	_, err = Send(l.client, req)
	return err
}

// Close has nothing to do. All sinks share the client.
func (l *leaf) Close() error { return nil }
