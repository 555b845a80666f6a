package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// remoteConfig names the server to call, and how long to retry.
type remoteConfig struct {
	URL     string
	Key     string
	Profile string
	Retry   time.Duration
}

func (c *remoteConfig) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&c.URL, "url", "", "address of the server (default: the profile's, else "+usualURL+")")
	f.StringVar(&c.Key, keyFlag, "", "API key (default: the profile's); on the command line it shows in the list of processes")
	f.StringVar(&c.Profile, profileFlag, "", "profile that \"holdfast login\" has made, with an address and a key (default \"default\")")
	f.DurationVar(&c.Retry, "retry", 5*time.Minute, "how long to try while the server does not answer")
}

// caller sends and fetches files, which travel over HTTP only. Every call may be
// repeated.
type caller struct {
	base  string
	key   string
	retry time.Duration
	http  *http.Client
	note  func(string)
}

// caller returns a caller that reports to note why it waits.
func (c *remoteConfig) caller(path string, note func(string)) (*caller, error) {
	err := c.checkURL()
	if err == nil && c.Key == "" {
		err = c.keyless()
	}
	if err != nil {
		return nil, &usageError{err: err, path: path}
	}
	return &caller{base: strings.TrimSuffix(c.URL, "/"), key: c.Key, retry: c.Retry, http: &http.Client{}, note: note}, nil
}

// refusedError is an answer that a repeat would not change.
type refusedError struct {
	Status int    `json:"status"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (e *refusedError) Error() string {
	if e.Code == "" {
		return fmt.Sprintf("the server answers %d", e.Status)
	}
	return fmt.Sprintf("the server refuses: %s (%s)", e.Detail, e.Code)
}

// do repeats the call until it has an answer that a repeat would not change. The caller
// closes the body of a success.
func (r *caller) do(ctx context.Context, request func(context.Context) (*http.Request, error)) (*http.Response, error) {
	pause, begun, told := 50*time.Millisecond, time.Now(), false
	for {
		res, err := r.callOnce(ctx, request)
		var refused *refusedError
		switch {
		case err == nil:
			return res, nil
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.As(err, &refused) && !isLater(refused):
			return nil, err
		case time.Since(begun) > r.retry:
			return nil, fmt.Errorf("no answer for %v: %w", r.retry, err)
		}
		if !told {
			told = true
			r.note(fmt.Sprintf("trying again: %v", err))
		}
		wait := time.NewTimer(pause/2 + rand.N(pause/2))
		select {
		case <-wait.C:
		case <-ctx.Done():
			wait.Stop()
			return nil, ctx.Err()
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// isLater reports that the same call may have another answer after a while.
func isLater(e *refusedError) bool {
	return e.Status >= 500 || e.Status == http.StatusTooManyRequests || e.Status == http.StatusRequestTimeout ||
		e.Status == http.StatusConflict && e.Code == "IN_PROGRESS"
}

func (r *caller) callOnce(ctx context.Context, request func(context.Context) (*http.Request, error)) (*http.Response, error) {
	req, err := request(ctx)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+r.key)
	res, err := r.http.Do(req)
	if err != nil {
		return nil, err
	}
	if res.StatusCode == http.StatusOK {
		return res, nil
	}
	refused := &refusedError{}
	text, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil {
		err = json.Unmarshal(text, refused)
	}
	if err != nil {
		refused = &refusedError{} // no problem document: only the status is known
	}
	refused.Status = res.StatusCode
	return nil, errors.Join(refused, res.Body.Close())
}

// get reads the JSON at a path.
func (r *caller) get(ctx context.Context, path string, into any) error {
	res, err := r.do(ctx, func(ctx context.Context) (*http.Request, error) {
		return http.NewRequestWithContext(ctx, http.MethodGet, r.base+path, http.NoBody)
	})
	if err != nil {
		return err
	}
	return decodeAnswer(res, into)
}

func decodeAnswer(res *http.Response, into any) error {
	err := json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(into)
	if err = errors.Join(err, res.Body.Close()); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	return nil
}

// narrowed is a query with the texts that are not empty.
func narrowed(texts map[string]string) url.Values {
	query := url.Values{}
	for name, text := range texts {
		if text != "" {
			query.Set(name, text)
		}
	}
	return query
}
