package server

import (
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener without a network: time in a bubble stands still while a socket is waited for.
type pipes chan net.Conn

func (p pipes) Accept() (net.Conn, error) {
	conn, open := <-p
	if !open {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p pipes) Close() error {
	close(p)
	return nil
}

func (pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p pipes) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	p <- far
	return near, nil
}

// A file arrives whole when more time than a piece may take passes between two of its pieces.
func TestADownloadMayPause(t *testing.T) {
	t.Parallel()
	for name, protocol := range map[string]func(*http.Protocols){
		"HTTP/1": func(p *http.Protocols) { p.SetHTTP1(true) },
		"HTTP/2": func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var protocols http.Protocols
				protocol(&protocols)
				front := &http.Server{
					Protocols: &protocols, ReadTimeout: requestWait, WriteTimeout: answerWait,
					Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
						to := &steady{ResponseWriter: w, ctx: r.Context()}
						for range 3 {
							if _, err := io.WriteString(to, "piece "); err != nil {
								t.Error(err)
							}
							if err := http.NewResponseController(w).Flush(); err != nil {
								t.Error(err)
							}
							<-time.After(2 * answerWait) // of the test's clock
						}
						to.limit(answerWait)
					}),
				}
				ears := make(pipes)
				served := make(chan error)
				go func() { served <- front.Serve(ears) }()
				caller := &http.Transport{DialContext: ears.dial, Protocols: &protocols}
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://holdfast.example/", nil)
				if err != nil {
					t.Fatal(err)
				}
				res, err := caller.RoundTrip(req)
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(res.Body)
				if err != nil || string(got) != "piece piece piece " {
					t.Errorf("%q, %v", got, err)
				}
				res.Body.Close()
				caller.CloseIdleConnections()
				if err := front.Close(); err != nil {
					t.Error(err)
				}
				<-served
			})
		})
	}
}
