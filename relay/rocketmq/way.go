package rocketmq

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"github.com/apache/rocketmq-clients/golang/v5/protocol/v2"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"

	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

// way is the connection to proxies: their addresses, and the caller.
type way struct {
	hosts   []string
	host    int // which of the hosts is next
	caller  caller
	options []grpc.DialOption
}

// newWay reads the connection to proxies. The id names the caller among their clients.
func newWay(allowed dial.Allowed, target string, secrets []string, id string) (*way, error) {
	at, err := broker.ReadAddress(target, "rocketmq", "rocketmqs")
	if err != nil {
		return nil, err
	}
	w := &way{hosts: at.Hosts("8081"), caller: caller{id: id}}
	if len(secrets) > 0 {
		if w.caller.access, w.caller.secret = broker.Login(secrets); w.caller.access == "" || w.caller.secret == "" {
			return nil, errors.New("secret: write the access key and the secret key as ACCESSKEY:SECRETKEY")
		}
	}
	secure := insecure.NewCredentials()
	if !at.Plain {
		secure = credentials.NewTLS(&tls.Config{MinVersion: tls.VersionTLS12})
	}
	dialer := allowed.Dialer(at.Plain)
	w.options = []grpc.DialOption{
		grpc.WithTransportCredentials(secure), grpc.WithUnaryInterceptor(w.caller.sign), grpc.WithStreamInterceptor(w.caller.signStream), grpc.WithDisableServiceConfig(),
		grpc.WithContextDialer(func(ctx context.Context, host string) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", host) }),
	}
	return w, nil
}

// dial makes a connection to the next proxy.
func (w *way) dial() (*grpc.ClientConn, string, error) {
	host := w.hosts[w.host%len(w.hosts)]
	w.host++
	// The dialer resolves the name, so that it checks each address before it is reached.
	conn, err := grpc.NewClient("passthrough:///"+host, w.options...)
	if err != nil {
		return nil, host, fmt.Errorf("connect to %s: %w", host, err)
	}
	return conn, host, nil
}

// routes are the queues of a topic.
func routes(ctx context.Context, proxy v2.MessagingServiceClient, host, topic string) ([]*v2.MessageQueue, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	route, err := proxy.QueryRoute(ctx, &v2.QueryRouteRequest{Topic: &v2.Resource{Name: topic}, Endpoints: endpoints(host)})
	if err != nil {
		return nil, fmt.Errorf("find the topic %q: %w", topic, err)
	}
	switch code := route.GetStatus().GetCode(); code {
	case v2.Code_OK:
		return route.GetMessageQueues(), nil
	case v2.Code_TOPIC_NOT_FOUND:
		return nil, fmt.Errorf("there is no topic %q, make it with mqadmin updateTopic -n NAMESERVER -c CLUSTER -t %s -o true -a +message.type=FIFO", topic, topic)
	default:
		return nil, fmt.Errorf("find the topic %q: %s", topic, statusText(route.GetStatus()))
	}
}

// fifo reports whether a queue accepts messages of groups.
func fifo(q *v2.MessageQueue) bool {
	return slices.Contains(q.GetAcceptMessageTypes(), v2.MessageType_FIFO)
}

// unordered explains what to do about a topic that keeps no order.
func unordered(topic string) error {
	return fmt.Errorf("the topic %q takes no FIFO messages, change it with mqadmin updateTopic -n NAMESERVER -c CLUSTER -t %s -o true -a +message.type=FIFO", topic, topic)
}
