package kit

import (
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
)

// IsJSON refuses bodies with another content type.
func IsJSON(r *http.Request) error {
	v := r.Header["Content-Type"]
	if len(v) == 0 || v[0] == "application/json" {
		return nil
	}
	kind, parameters, _ := strings.Cut(v[0], ";")
	if !strings.EqualFold(strings.TrimSpace(kind), "application/json") || len(v) > 1 {
		return Refuse(CodeMediaType, "Content-Type must be application/json")
	}
	for parameters != "" {
		var p string
		p, parameters, _ = strings.Cut(parameters, ";")
		name, set, _ := strings.Cut(strings.TrimSpace(p), "=")
		if set = strings.Trim(set, `"`); strings.EqualFold(name, "charset") && !strings.EqualFold(set, "utf-8") && !strings.EqualFold(set, "utf8") {
			return Refuse(CodeMediaType, "the charset must be utf-8")
		}
	}
	return nil
}

// IsPlain refuses bodies that are marked as compressed: the server decompresses nothing,
// so limits hold for the bytes sent.
func IsPlain(r *http.Request) error {
	v := r.Header["Content-Encoding"]
	if len(v) == 0 || v[0] == "" || len(v) == 1 && strings.EqualFold(v[0], "identity") {
		return nil
	}
	return Refuse(CodeMediaType, "Content-Encoding must be left out: bodies are not unpacked")
}

// maxDrain is how much of a body that is too large is read and dropped. So a
// client that reads only after it has written gets its answer.
const maxDrain = 64 << 20

// ReadBody reads a body of at most limit bytes. It grows buf.
func ReadBody(r *http.Request, limit int64, buf *[]byte) ([]byte, error) {
	if r.ContentLength > limit {
		return nil, tooLarge(r, limit)
	}
	b := (*buf)[:0]
	if n := int(r.ContentLength) + 1; n > cap(b) {
		b = make([]byte, 0, n) // one more, so that the end is seen without growing
	}
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		*buf = b
		if int64(len(b)) > limit {
			return nil, tooLarge(r, limit)
		}
		switch {
		case errors.Is(err, io.EOF):
			return b, nil
		case errors.Is(err, os.ErrDeadlineExceeded):
			return nil, Refuse(CodeTimeout, "the body came too slowly")
		case err != nil:
			return nil, Invalid("", "the body ends before its length")
		}
	}
}

func tooLarge(r *http.Request, limit int64) error {
	if r.ContentLength <= maxDrain {
		// If the rest cannot be read, only the client loses by it.
		_, _ = io.Copy(io.Discard, io.LimitReader(r.Body, maxDrain))
	}
	return Refuse(CodeTooLarge, "the body may have at most %d bytes", limit)
}
