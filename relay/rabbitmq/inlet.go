package rabbitmq

import (
	"cmp"
	"context"
	"fmt"
	"time"

	amqp "github.com/rabbitmq/amqp091-go"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/dial"
)

const (
	// mostUnacked is how many unacknowledged messages the broker gives.
	mostUnacked = 1000
	// countEvery is how often the broker is asked how many messages it has left.
	countEvery = time.Second
)

// Inlets returns the kind of sources that consume queues of RabbitMQ brokers that may be
// reached.
func Inlets(allowed dial.Allowed) relay.InletKind {
	return func(ctx context.Context, o relay.Origin) (relay.Inlet, error) {
		w, err := newWay(allowed, o.URL, o.Secrets, "holdfast-source-"+o.Source)
		if err != nil {
			return nil, err
		}
		l := &inlet{queue: o.Topic, reply: o.Reply}
		// All hosts are equal, and an inlet is opened again after each error.
		for range w.hosts {
			if l.link, err = w.open(ctx, l.begin); err == nil {
				return l, nil
			}
		}
		return nil, err
	}
}

type inlet struct {
	link    *link
	queue   string
	reply   string
	taken   <-chan amqp.Delivery
	left    int64
	counted time.Time
}

// begin makes missing queues and begins to consume.
func (l *inlet) begin(to *link) (err error) {
	for _, queue := range []string{l.reply, l.queue} {
		if queue == "" {
			continue
		}
		if err := to.findQueue(queue); err != nil {
			return err
		}
	}
	if err := to.channel.Qos(mostUnacked, 0, false); err != nil {
		return fmt.Errorf("bound what is not acknowledged: %w", err)
	}
	if l.taken, err = to.channel.Consume(l.queue, "", false, false, false, false, nil); err != nil {
		return fmt.Errorf("consume the queue %q: %w", l.queue, err)
	}
	return nil
}

// Receive returns the messages that have arrived.
func (l *inlet) Receive(ctx context.Context, most int) (all []*relay.Incoming, err error) {
	l.count(ctx)
	select {
	case d, open := <-l.taken:
		if !open {
			return nil, fmt.Errorf("the broker gives no more: %s", l.link.reason())
		}
		all = append(all, l.incoming(d))
	case <-ctx.Done():
		return nil, nil
	}
	for len(all) < most {
		select {
		case d, open := <-l.taken:
			if !open {
				return all, nil // the next call says why
			}
			all = append(all, l.incoming(d))
		default:
			return all, nil
		}
	}
	return all, nil
}

// incoming is a delivery in the relay's form. The sender's id is the only name that stays the
// same when a message is redelivered.
func (l *inlet) incoming(d amqp.Delivery) *relay.Incoming {
	in := &relay.Incoming{Sender: d.MessageId, Body: d.Body, Native: d}
	if d.MessageId != "" {
		in.ID = "rabbitmq/" + l.queue + "/" + d.MessageId
	}
	return in
}

// count asks at intervals how many messages the queue has.
func (l *inlet) count(ctx context.Context) {
	if time.Since(l.counted) < countEvery {
		return
	}
	l.counted = time.Now()
	defer l.link.limit(ctx)()
	if q, err := l.link.channel.QueueDeclarePassive(l.queue, true, false, false, false, nil); err == nil {
		l.left = int64(q.Messages)
	}
}

// Ack acknowledges messages: the last one, and all before it.
func (l *inlet) Ack(ctx context.Context, messages []*relay.Incoming) error {
	defer l.link.limit(ctx)()
	last, ok := messages[len(messages)-1].Native.(amqp.Delivery)
	if !ok {
		return nil
	}
	return last.Ack(true)
}

// Hold does nothing: a broker waits while the connection is there, for half an hour by
// default.
func (l *inlet) Hold(context.Context, []*relay.Incoming) error { return nil }

// Reply publishes replies to the queue of replies, and returns when the broker has
// confirmed each.
func (l *inlet) Reply(ctx context.Context, replies []relay.Reply) error {
	defer l.link.limit(ctx)()
	confirms := make([]*amqp.DeferredConfirmation, len(replies))
	for i, r := range replies {
		p := amqp.Publishing{
			ContentType: "application/json", DeliveryMode: amqp.Persistent, MessageId: idOf(r.MessageID), CorrelationId: idOf(r.MessageID), AppId: "holdfast", Body: r.Body,
		}
		if to, ok := r.To.Native.(amqp.Delivery); ok {
			p.CorrelationId = cmp.Or(to.CorrelationId, to.MessageId, p.CorrelationId)
		}
		var err error
		if confirms[i], err = l.link.channel.PublishWithDeferredConfirm("", l.reply, false, false, p); err != nil {
			return err
		}
	}
	for _, c := range confirms {
		if taken, err := c.WaitContext(ctx); err != nil {
			return fmt.Errorf("wait for a confirm: %w", err)
		} else if !taken {
			return fmt.Errorf("the broker does not take a reply: %s", l.link.reason())
		}
	}
	return nil
}

// Check asks the broker for the queue.
func (l *inlet) Check(ctx context.Context) error {
	defer l.link.limit(ctx)()
	q, err := l.link.channel.QueueDeclarePassive(l.queue, true, false, false, false, nil)
	switch {
	case err != nil:
		return fmt.Errorf("find the queue %q: %w", l.queue, err)
	case q.Consumers == 0:
		return fmt.Errorf("the queue %q does not have the source among its consumers", l.queue)
	}
	return nil
}

// Lag is how many messages the queue has left.
func (l *inlet) Lag() (int64, bool) { return l.left, true }

// Close disconnects from the broker, which gives unacknowledged messages to the next consumer.
func (l *inlet) Close() error {
	l.link.drop()
	return nil
}
