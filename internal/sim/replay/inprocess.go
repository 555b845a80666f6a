package replay

import (
	"bytes"
	"io"
	"net/http"
)

// NewInProcess returns a Target that hands its calls to the handler directly:
// the whole server but the network.
func NewInProcess(handler http.Handler, key string) *REST {
	return &REST{base: "http://in-process", key: key, client: &http.Client{Transport: handled{handler}}}
}

// handled is a transport that ends in a handler of this process.
type handled struct{ http.Handler }

// RoundTrip implements http.RoundTripper.
func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	in := r.Clone(r.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "in-process:0"
	out := &recorded{header: http.Header{}, status: http.StatusOK}
	h.ServeHTTP(out, in)
	return &http.Response{
		Status: http.StatusText(out.status), StatusCode: out.status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: out.header, Body: io.NopCloser(&out.body), ContentLength: int64(out.body.Len()), Request: r,
	}, nil
}

// recorded is a response as it was written.
type recorded struct {
	header http.Header
	status int
	wrote  bool
	body   bytes.Buffer
}

// Header implements http.ResponseWriter.
func (a *recorded) Header() http.Header { return a.header }

// WriteHeader implements http.ResponseWriter.
func (a *recorded) WriteHeader(status int) {
	if !a.wrote {
		a.status, a.wrote = status, true
	}
}

// Write implements http.ResponseWriter.
func (a *recorded) Write(b []byte) (int, error) {
	a.wrote = true
	return a.body.Write(b)
}
