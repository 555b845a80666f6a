package rocketmq

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	"holdfast.dev/holdfast/relay"
)

// message is an event in the form of RocketMQ. The names of properties are those that the Java SDK of
// CloudEvents reads: RocketMQ's binding is a draft about CloudEvents 0.1.
func (l *leaf) message(m *relay.Message) *v2.Message {
	properties := map[string]string{"CE_contenttype": m.ContentType}
	for _, a := range m.Attributes {
		properties["CE_"+a.Name] = a.Value
	}
	group := groupOf(m.Key)
	s := &v2.SystemProperties{
		Keys: []string{m.ID}, MessageId: idOf(m.ID), MessageGroup: &group, MessageType: v2.MessageType_FIFO,
		BodyEncoding: v2.Encoding_IDENTITY, BornTimestamp: timestamppb.Now(),
	}
	if tag := tagOf(m.Type); tag != "" {
		s.Tag = &tag
	}
	return &v2.Message{Topic: &v2.Resource{Name: l.topic}, UserProperties: properties, SystemProperties: s, Body: m.Body}
}

// maxGroup is how many bytes a message group has at most (GrpcValidator of the proxy).
const maxGroup = 64

// groupOf is the group whose messages stay in order: the key itself, or 32 digits of its
// SHA-256 when the proxy would refuse it.
func groupOf(key string) string {
	if len(key) <= maxGroup && strings.TrimSpace(key) != "" && !strings.ContainsFunc(key, unicode.IsControl) {
		return key
	}
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:16])
}

// idOf is the identifier of the message: version 1 and 32 digits, as in RocketMQ's clients, and the same
// each time the event is sent.
func idOf(event string) string {
	sum := sha256.Sum256([]byte(event))
	return "01" + strings.ToUpper(hex.EncodeToString(sum[:16]))
}

// tagOf is the tag for consumers' filters: reserve for dev.holdfast.stock.reserve.v1.
func tagOf(kind string) string {
	parts := strings.Split(kind, ".")
	if len(parts) < 2 {
		return ""
	}
	return parts[len(parts)-2]
}
