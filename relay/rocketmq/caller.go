package rocketmq

import (
	"context"
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // what RocketMQ's proxy checks
	"encoding/hex"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// clientVersion is the release of RocketMQ's clients that uses this protocol.
const clientVersion = "5.1.4"

// caller is the identity of a caller of the proxy.
type caller struct{ id, access, secret string }

// sign adds to a call the metadata of RocketMQ's clients: the caller, and the proof that it knows the
// secret key.
func (c *caller) sign(ctx context.Context, method string, ask, answer any, conn *grpc.ClientConn, call grpc.UnaryInvoker, o ...grpc.CallOption) error {
	return call(metadata.AppendToOutgoingContext(ctx, c.headers(time.Now())...), method, ask, answer, conn, o...)
}

// signStream does the same for streams.
func (c *caller) signStream(ctx context.Context, about *grpc.StreamDesc, conn *grpc.ClientConn, method string, call grpc.Streamer, o ...grpc.CallOption) (grpc.ClientStream, error) {
	return call(metadata.AppendToOutgoingContext(ctx, c.headers(time.Now())...), about, conn, method, o...)
}

func (c *caller) headers(now time.Time) []string {
	at := now.UTC().Format("20060102T150405Z")
	all := []string{
		"x-mq-client-id", c.id, "x-mq-language", "GO", "x-mq-protocol", "v2", "x-mq-client-version", clientVersion, "x-mq-date-time", at,
	}
	if c.access == "" {
		return all
	}
	proof := hmac.New(sha1.New, []byte(c.secret))
	proof.Write([]byte(at))
	return append(all, "authorization", fmt.Sprintf("MQv2-HMAC-SHA1 Credential=%s//Rocketmq, SignedHeaders=x-mq-date-time, Signature=%s",
		c.access, hex.EncodeToString(proof.Sum(nil))))
}

// endpoints is the address of the proxy as the caller reached it.
func endpoints(host string) *v2.Endpoints {
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	n, err := strconv.ParseInt(port, 10, 32)
	if err != nil {
		n = 0
	}
	scheme := v2.AddressScheme_DOMAIN_NAME
	if at, err := netip.ParseAddr(name); err == nil {
		scheme = v2.AddressScheme_IPv6
		if at.Is4() {
			scheme = v2.AddressScheme_IPv4
		}
	}
	return &v2.Endpoints{Scheme: scheme, Addresses: []*v2.Address{{Host: name, Port: int32(n)}}}
}
