package main

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// switches say what goes wrong, and how often: shares are from 0, never, to 1, always.
type switches struct {
	Latency     time.Duration // that each request waits
	Unavailable float64       // share of requests that never reach the server
	Dropped     float64       // share of writes that do, and whose answer does not come back
}

func (s switches) String() string {
	return fmt.Sprintf("latency=%v unavailable=%v dropped=%v", s.Latency, s.Unavailable, s.Dropped)
}

func (s switches) check() error {
	for _, share := range []float64{s.Unavailable, s.Dropped} {
		if !(share >= 0 && share <= 1) { // not a number is neither
			return errors.New("a share must be from 0 to 1")
		}
	}
	if s.Latency < 0 {
		return errors.New("latency must not be negative")
	}
	return nil
}

// faults is the proxy.
type faults struct {
	now   atomic.Pointer[switches]
	proxy *httputil.ReverseProxy
}

func newFaults(server *url.URL, s switches) *faults {
	f := &faults{proxy: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(server)
		r.SetXForwarded()
	}}}
	f.now.Store(&s)
	f.proxy.ModifyResponse = func(a *http.Response) error {
		if a.Request.Method == http.MethodGet || a.Request.Method == http.MethodHead || !happens(f.now.Load().Dropped) {
			return nil
		}
		_, _ = io.Copy(io.Discard, a.Body) // the server has answered in full
		_ = a.Body.Close()
		panic(http.ErrAbortHandler) // the connection to the caller breaks
	}
	return f
}

func happens(share float64) bool { return rand.Float64() < share }

// ServeHTTP passes a request to the server and its answer back, except for what goes wrong.
func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s := f.now.Load()
	wait := time.NewTimer(s.Latency)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-r.Context().Done():
		return
	}
	if happens(s.Unavailable) {
		w.Header().Set("Retry-After", "1")
		w.Header().Set("Content-Type", "application/problem+json")
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = io.WriteString(w, `{"title":"Service Unavailable","status":503,"code":"UNAVAILABLE","detail":"the proxy answers for the server"}`+"\n")
		return
	}
	f.proxy.ServeHTTP(w, r)
}

// control answers the switches: GET shows them, POST sets those that its query names.
func (f *faults) control(w http.ResponseWriter, r *http.Request) {
	s := *f.now.Load()
	if r.Method == http.MethodPost {
		if err := s.set(r.URL.Query()); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		f.now.Store(&s)
	}
	_, _ = fmt.Fprintln(w, s)
}

func (s *switches) set(query url.Values) (err error) {
	for name, values := range query {
		switch text := values[0]; name {
		case "latency":
			s.Latency, err = time.ParseDuration(text)
		case "unavailable":
			s.Unavailable, err = strconv.ParseFloat(text, 64)
		case "dropped":
			s.Dropped, err = strconv.ParseFloat(text, 64)
		default:
			err = fmt.Errorf("there is no switch %q: latency, unavailable or dropped", name)
		}
		if err != nil {
			return err
		}
	}
	return s.check()
}
