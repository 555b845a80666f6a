package rabbitmq

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/relay"
)

// maxShort is how many bytes a routing key or an identifier has at most (AMQP 0-9-1, shortstr).
const maxShort = 255

// publish publishes messages and waits until the broker has confirmed each.
func (l *leaf) publish(ctx context.Context, to *link, round []*relay.Message) []error {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	defer to.limit(ctx)()
	errs := make([]error, len(round))
	confirms := make([]*amqp.DeferredConfirmation, len(round))
	for n, m := range round {
		route := l.route(m)
		if len(route) > maxShort {
			errs[n] = relay.Rejected("the routing key %q has more than %d bytes", route, maxShort)
			continue
		}
		var err error
		if confirms[n], err = to.channel.PublishWithDeferredConfirm(l.exchange, route, true, false, message(m)); err != nil {
			errs[n] = relay.Down(err)
		}
	}
	failed := false
	for n, c := range confirms {
		if c == nil {
			failed = failed || !errors.Is(errs[n], relay.ErrRejected)
			continue
		}
		if taken, err := c.WaitContext(ctx); err != nil {
			failed, errs[n] = true, relay.Down(fmt.Errorf("wait for a confirm: %w", err))
		} else if !taken {
			errs[n] = refusal(to.reason(), round[n])
			failed = true
		}
	}
	// The broker returns a message before it confirms it.
	for _, r := range unroutable(to.returned) {
		for n, m := range round {
			if idOf(m.ID) == r.MessageId {
				failed, errs[n] = true, relay.Down(fmt.Errorf("no queue takes what is published to %q with the routing key %q: %s", r.Exchange, r.RoutingKey, r.ReplyText))
			}
		}
	}
	if failed {
		l.forget() // the next delivery begins with another connection, and checks the queue
	}
	return errs
}

// refusal is the error of a message that the broker has not accepted. A message that is too
// large ends the channel, and the other messages under way on it must be sent again.
func refusal(why string, m *relay.Message) error {
	if strings.Contains(why, fmt.Sprintf("message size %d is larger than", len(m.Body))) {
		return relay.Rejected("the broker does not take the message: %s", why)
	}
	return relay.Down(errors.New(why))
}

// unroutable are the messages that were returned.
func unroutable(returned chan amqp.Return) (all []amqp.Return) {
	for {
		select {
		case r, open := <-returned:
			if !open {
				return all
			}
			all = append(all, r)
		default:
			return all
		}
	}
}

// route is the routing key of a message: the queue's name, or the key for the exchange's
// bindings.
func (l *leaf) route(m *relay.Message) string {
	if l.topic != "" {
		return l.topic
	}
	return strings.Replace(m.Key, "/", ".", 1)
}

// idOf is the identifier of the message: the event's id, or its SHA-256 when the id is too
// long.
func idOf(event string) string {
	if len(event) <= maxShort {
		return event
	}
	sum := sha256.Sum256([]byte(event))
	return hex.EncodeToString(sum[:])
}

// message is an event in the form of RabbitMQ, with headers by the AMQP binding of
// CloudEvents 1.0.2.
func message(m *relay.Message) amqp.Publishing {
	p := amqp.Publishing{
		ContentType: m.ContentType, DeliveryMode: amqp.Persistent, MessageId: idOf(m.ID), Timestamp: m.Time, AppId: "holdfast", Body: m.Body,
	}
	if m.Attributes != nil {
		p.Headers = amqp.Table{}
	}
	for _, a := range m.Attributes {
		p.Headers["cloudEvents:"+a.Name] = a.Value
	}
	return p
}
