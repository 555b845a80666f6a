package server

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// WithPathPrefix sets the prefix of all paths for callers behind a proxy, such as /stock.
// It is removed from paths that have it, because some proxies forward the whole path. The
// default is none.
func WithPathPrefix(prefix string) Option { return func(o *options) { o.pathPrefix = prefix } }

// paths handles what proxies do to paths and addresses.
type paths struct {
	proxies proxies
	prefix  string // that is set; "": none
}

// stripPrefix is the request without the prefix of its path, or unchanged.
func (p *paths) stripPrefix(r *http.Request) *http.Request {
	if p.prefix == "" {
		return r
	}
	rest, ok := strings.CutPrefix(r.URL.Path, p.prefix)
	raw, rawToo := strings.CutPrefix(r.URL.EscapedPath(), p.prefix)
	if !ok || !rawToo || rest != "" && rest[0] != '/' {
		return r
	}
	if rest == "" {
		rest, raw = "/", "/"
	}
	short, at := new(http.Request), new(url.URL)
	*short, *at = *r, *r.URL
	at.Path, at.RawPath = rest, raw
	short.URL = at
	return short
}

// prefixOf is the prefix of this server's paths in the caller's browser: the value of
// X-Forwarded-Prefix from a trusted proxy, otherwise the one that is set. An invalid
// value is ignored.
func (p *paths) prefixOf(r *http.Request) string {
	said := r.Header["X-Forwarded-Prefix"]
	if len(said) != 1 || !p.trusted(r) {
		return p.prefix
	}
	prefix := strings.TrimSuffix(strings.TrimSpace(said[0]), "/")
	if CheckPathPrefix(prefix) != nil {
		return p.prefix
	}
	return prefix
}

// trusted reports whether a trusted proxy has forwarded the request.
func (p *paths) trusted(r *http.Request) bool {
	if len(p.proxies) == 0 {
		return false
	}
	at, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && p.proxies.trust(at.Addr().Unmap())
}

// maxPathPrefix bounds a prefix, in bytes.
const maxPathPrefix = 128

// CheckPathPrefix returns what is wrong with the prefix of WithPathPrefix, nil when
// nothing is.
func CheckPathPrefix(prefix string) error {
	if prefix == "" {
		return nil
	}
	bad := fmt.Errorf("%q is no prefix of a path: write it like /stock, with letters, digits, -, _, . and ~, at most %d bytes, without a / at the end", prefix, maxPathPrefix)
	rest, ok := strings.CutPrefix(prefix, "/")
	if !ok || len(prefix) > maxPathPrefix {
		return bad
	}
	for part := range strings.SplitSeq(rest, "/") {
		if part == "" || part == "." || part == ".." || strings.Trim(part, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~") != "" {
			return bad
		}
	}
	return nil
}
