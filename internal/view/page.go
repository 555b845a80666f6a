package view

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
)

// The bounds of a page.
const (
	DefaultPageSize = 50
	MaxPageSize     = 500
)

var (
	// ErrPageSize says that a page size is negative or over MaxPageSize.
	ErrPageSize = errors.New("page_size must be 1 to 500")
	// ErrPageToken says that a page token was not made by this list with this
	// filter.
	ErrPageToken = errors.New("page_token is malformed or belongs to another request")
)

// pageSize returns how many entries a page has; 0 asks for the default.
func pageSize(n int) (int, error) {
	switch {
	case n == 0:
		return DefaultPageSize, nil
	case n < 0 || n > MaxPageSize:
		return 0, fmt.Errorf("%w, not %d", ErrPageSize, n)
	}
	return n, nil
}

// A filter stands for the tenant and everything else a list was asked for. Tokens are
// sealed with it, so that a token cannot be used to continue another list. It is no secret:
// a forged token shows nothing that its bearer may not list anyway.
type filter []byte

func newFilter(list string, parts ...string) filter {
	f := filter(nil).add(list)
	for _, p := range parts {
		f = f.add(p)
	}
	return f
}

func (f filter) add(part string) filter {
	return append(binary.AppendUvarint(f, uint64(len(part))), part...)
}

const sealSize = 12

func (f filter) sum(body []byte) []byte {
	h := sha256.New()
	h.Write(f)
	h.Write(body)
	return h.Sum(nil)[:sealSize]
}

// seal makes a page token of the place where a page ended.
func (f filter) seal(body []byte) string {
	return base64.RawURLEncoding.EncodeToString(append(f.sum(body), body...))
}

// open returns the place that seal was given; ErrPageToken for anything that
// seal did not make with the same filter.
func (f filter) open(token string) ([]byte, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(b) < sealSize {
		return nil, ErrPageToken
	}
	body := b[sealSize:]
	if string(f.sum(body)) != string(b[:sealSize]) {
		return nil, ErrPageToken
	}
	return body, nil
}

// appendText and cutText write and read one length-prefixed text of a place.
func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func cutText(b []byte) (s string, rest []byte, ok bool) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)-size) {
		return "", nil, false
	}
	b = b[size:]
	return string(b[:n]), b[n:], true
}
