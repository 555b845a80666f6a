package rabbitmq

import (
	"context"
	"fmt"
	"net"

	amqp "github.com/rabbitmq/amqp091-go"
)

// atOnce is how many messages are under way at most.
const atOnce = 256

// link is a connection to a broker with the channel for publishing.
type link struct {
	raw      net.Conn
	conn     *amqp.Connection
	channel  *amqp.Channel
	returned chan amqp.Return // what no queue took
	ended    chan *amqp.Error // why the channel has ended, once
	why      string           // the same reason, stored after it was read
}

// open opens a channel on which the broker confirms each message.
func (to *link) open() (err error) {
	if to.channel, err = to.conn.Channel(); err != nil {
		return fmt.Errorf("open a channel: %w", err)
	}
	if err := to.channel.Confirm(false); err != nil {
		return fmt.Errorf("ask for confirms: %w", err)
	}
	// The client drops returned messages for which there is no room.
	to.returned = to.channel.NotifyReturn(make(chan amqp.Return, atOnce))
	to.ended = to.channel.NotifyClose(make(chan *amqp.Error, 1))
	return nil
}

// limit ends the connection when ctx ends before done is called: without it, calls of the
// client wait for the broker without end.
func (to *link) limit(ctx context.Context) (done func() bool) {
	return context.AfterFunc(ctx, func() {
		_ = to.raw.Close() // calls that wait for an answer fail with an error
	})
}

// drop closes the connection without telling the broker, which may be dead.
func (to *link) drop() {
	_ = to.raw.Close() // it may be closed
	if to.conn != nil {
		_ = to.conn.Close() // its error only means that the broker does not answer
	}
}

// reason is why the broker does not have an unconfirmed message.
func (to *link) reason() string {
	if !to.channel.IsClosed() {
		return "the queue is full or has no leader"
	}
	if why := <-to.ended; why != nil { // once; then it is closed
		to.why = why.Error()
	}
	return to.why
}
