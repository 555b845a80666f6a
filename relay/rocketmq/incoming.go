package rocketmq

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"

	"holdfast.dev/holdfast/relay"
)

// mostBody bounds a decompressed body, in bytes: a broker accepts no larger one.
const mostBody = 4 << 20

// incoming is a message in the relay's form.
func incoming(m *v2.Message) *relay.Incoming {
	in := &relay.Incoming{ID: m.GetSystemProperties().GetMessageId(), Body: m.GetBody(), Native: m}
	if m.GetSystemProperties().GetBodyEncoding() != v2.Encoding_GZIP {
		return in
	}
	// A body that cannot be decompressed is no command either: the relay parks it.
	if r, err := gzip.NewReader(bytes.NewReader(m.GetBody())); err == nil {
		if body, err := io.ReadAll(io.LimitReader(r, mostBody)); err == nil {
			in.Body = body
		}
	}
	return in
}
