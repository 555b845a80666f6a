package http

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"holdfast.dev/holdfast/relay"
)

// mostAnswer is how much of an answer is read.
const mostAnswer = 64 << 10

// Send posts a request and returns the status, 0 without an answer. The error is what
// the answer means for a relay: a *relay.DownError, relay.ErrRejected,
// relay.ErrDisabled, or that of the message alone.
func Send(client *http.Client, req *http.Request) (status int, err error) {
	res, err := client.Do(req)
	if err != nil {
		if errors.Is(err, context.Canceled) {
			return 0, relay.Down(context.Canceled)
		}
		return 0, relay.Down(err)
	}
	defer res.Body.Close()
	// The rest of a longer answer is not of interest, and the connection is given up.
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, mostAnswer))
	return res.StatusCode, meaning(res)
}

// meaning is what the status says, nil when the messages were taken.
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
		// It says the same to every message until somebody mends the receiver or the sink.
		return relay.Down(told)
	case code >= 400 && code < 500:
		return relay.Rejected("the receiver answered %d", code)
	}
	return told
}

// RetryAfter is how long an answer asks to wait, in seconds or until a date; 0: it says
// nothing.
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
