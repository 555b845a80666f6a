package server

import (
	"net/http"
	"strings"
	"time"

	"google.golang.org/grpc"
)

// sharedPort also answers gRPC where REST is answered, so that one address is
// enough. The port for gRPC alone takes less CPU per call
// (docs/adr/0035).
type sharedPort struct {
	rest http.Handler
	grpc *grpc.Server
}

// ServeHTTP answers a call of either kind.
func (p *sharedPort) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor == 1 && len(r.TransferEncoding) > 0 {
		// A body in pieces may have come with a Content-Length too, which net/http drops. Two servers that disagree
		// about the end of a request take a part of it for the next one (RFC 9112, 6.1): there is no next one.
		w.Header().Set("Connection", "close")
	}
	if !isGRPC(r) {
		p.rest.ServeHTTP(w, r)
		return
	}
	// A watch lasts as long as its reader wants; other calls have a deadline of their own.
	// Only connections without support for deadlines refuse, such as HTTP/2.
	c := http.NewResponseController(w)
	_ = c.SetReadDeadline(time.Time{})
	_ = c.SetWriteDeadline(time.Time{})
	p.grpc.ServeHTTP(w, r)
}

// isGRPC reports that the call uses gRPC, and not gRPC-Web.
func isGRPC(r *http.Request) bool {
	kind, ok := strings.CutPrefix(r.Header.Get("Content-Type"), "application/grpc")
	return ok && r.ProtoMajor == 2 && (kind == "" || kind[0] == '+' || kind[0] == ';')
}

// speaksBoth makes the server also accept HTTP/2 without TLS, which gRPC needs.
func speaksBoth(s *http.Server) {
	s.Protocols = new(http.Protocols)
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true)
	s.Protocols.SetUnencryptedHTTP2(true)
	s.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: maxStreams, SendPingTimeout: pingAfter, PingTimeout: pingWait}
}
