package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"holdfast.dev/holdfast/relay"
)

// mostAnswer is how much of an answer is read.
const mostAnswer = 64 << 10

// Send posts a request and returns the status, 0 without an answer. The error is the
// meaning of the answer for a relay: a *relay.DownError, relay.ErrDisabled,
// relay.ErrRefused, or another error of this message.
func Send(client *http.Client, req *http.Request) (status int, err error) {
	res, err := client.Do(req)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return 0, relay.Down(context.Canceled)
		}
		return 0, relay.Down(WithoutAddress(err))
	}
	defer res.Body.Close()
	// The rest of a longer answer is not needed, and the connection is closed.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, mostAnswer))
	return res.StatusCode, meaning(res)
}

// WithoutAddress is an error of a client without the address, whose query may have a secret.
func WithoutAddress(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// meaning is the meaning of the status, nil when the messages were accepted.
func meaning(res *http.Response) error {
	told := fmt.Errorf("the receiver answered %d", res.StatusCode)
	switch code := res.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code == http.StatusGone:
		return fmt.Errorf("%w: it answered 410", relay.ErrDisabled)
	case code == http.StatusTooManyRequests, code == http.StatusBadGateway, code == http.StatusServiceUnavailable, code == http.StatusGatewayTimeout:
		return &relay.DownError{Err: told, After: RetryAfter(res.Header)}
	case code == http.StatusUnauthorized, code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusRequestTimeout, code >= 300 && code < 400:
		// Every message gets this answer until somebody repairs the receiver or the sink.
		return relay.Down(told)
	case code >= 400 && code < 500:
		return fmt.Errorf("%w: %w", relay.ErrRefused, told)
	}
	return told
}

// RetryAfter is how long an answer asks to wait, in seconds or until a date; 0:
// unknown.
func RetryAfter(h http.Header) time.Duration {
	text, now := h.Get("Retry-After"), time.Now()
	if seconds, err := strconv.Atoi(text); err == nil {
		return min(time.Duration(max(seconds, 0))*time.Second, time.Hour)
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}
