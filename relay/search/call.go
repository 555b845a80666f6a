package search

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"holdfast.dev/holdfast/relay"
	post "holdfast.dev/holdfast/relay/http"
)

// mostAnswer is how much of an answer is read: the answer to an import has a line for each document, and
// a failed line has the document again.
const mostAnswer = 16 << 20

// caller calls the hosts of an engine.
type caller struct {
	client *http.Client
	hosts  []string
	header http.Header
}

// refusedError is an answer that says that the request will never be accepted.
type refusedError struct {
	status  int
	message string
}

// errMissing is the cause of an outage: the object of a request does not exist.
var errMissing = errors.New("there is no such index")

func (e *refusedError) Error() string {
	return fmt.Sprintf("the index answered %d: %s", e.status, e.message)
}

// call sends a request and reads the answer into out, unless that is nil. The error is
// a *relay.DownError, or a *refusedError when it is the request's.
func (c *caller) call(ctx context.Context, method, path string, body []byte, out any) error {
	text, err := c.send(ctx, method, path, body)
	if err != nil || out == nil {
		return err
	}
	if err := json.Unmarshal(text, out); err != nil {
		return relay.Down(fmt.Errorf("the answer of the index is no JSON: %w", err))
	}
	return nil
}

// send asks one host after the other until one answers.
func (c *caller) send(ctx context.Context, method, path string, body []byte) (text []byte, err error) {
	for _, host := range c.hosts {
		var next bool
		if text, next, err = c.ask(ctx, method, host+path, body); !next || ctx.Err() != nil {
			return text, err
		}
	}
	return nil, err
}

// ask sends a request to one host. next reports that another host may answer it.
func (c *caller) ask(ctx context.Context, method, url string, body []byte) (text []byte, next bool, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, false, relay.Down(err)
	}
	req.Header = c.header.Clone()
	res, err := c.client.Do(req)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return nil, false, relay.Down(context.Canceled)
		}
		return nil, true, relay.Down(post.WithoutAddress(err))
	}
	defer res.Body.Close()
	if text, err = io.ReadAll(io.LimitReader(res.Body, mostAnswer)); err != nil {
		return nil, true, relay.Down(fmt.Errorf("read the answer of the index: %w", err))
	}
	next, err = meaning(res, text)
	return text, next, err
}

// meaning is the meaning of an answer, nil when the request was accepted.
func meaning(res *http.Response, text []byte) (next bool, err error) {
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		return false, nil
	}
	said := &refusedError{status: res.StatusCode, message: http.StatusText(res.StatusCode)}
	var told struct{ Message string }
	if json.Unmarshal(text, &told) == nil && told.Message != "" {
		said.message = told.Message
	}
	switch res.StatusCode {
	case http.StatusBadRequest, http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity:
		return false, said
	case http.StatusUnauthorized, http.StatusForbidden:
		return false, said.outage("the key, which is the secret of the sink, may not do this: ", 0)
	case http.StatusNotFound:
		return false, relay.Down(fmt.Errorf("%w: %s", errMissing, said.Error()))
	}
	return res.StatusCode >= 500, said.outage("", post.RetryAfter(res.Header))
}

// outage makes an outage of the answer: everything waits, and nothing is abandoned.
func (e *refusedError) outage(about string, after time.Duration) error {
	return &relay.DownError{Err: errors.New(about + e.Error()), After: after}
}
