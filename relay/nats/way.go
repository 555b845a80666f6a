package nats

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"holdfast.dev/holdfast/relay"
	"holdfast.dev/holdfast/relay/broker"
	"holdfast.dev/holdfast/relay/dial"
)

// brokerConn is the connection to servers: their addresses, and the login.
type brokerConn struct {
	servers string
	options []nats.Option
}

// newWay reads the connection for a subject.
func newWay(allowed dial.Allowed, t relay.Target, name string) (*brokerConn, error) {
	at, err := broker.ReadAddress(t.URL, "nats", "tls")
	if err != nil {
		return nil, err
	}
	if err := checkSubject(t.Topic); err != nil {
		return nil, err
	}
	hosts := at.Hosts("4222")
	for i := range hosts {
		hosts[i] = at.Scheme + "://" + hosts[i]
	}
	w := &brokerConn{servers: strings.Join(hosts, ","), options: []nats.Option{
		nats.Name(name), nats.NoReconnect(), nats.Timeout(answerWait), nats.NoEcho(), nats.SetCustomDialer(dialer{allowed.Dialer(at.Plain)}),
	}}
	if !at.Plain {
		w.options = append(w.options, nats.Secure(&tls.Config{MinVersion: tls.VersionTLS12}))
	}
	switch user, password := broker.Login(t.Secrets); {
	case user != "":
		w.options = append(w.options, nats.UserInfo(user, password))
	case password != "":
		w.options = append(w.options, nats.Token(password))
	}
	return w, nil
}

// checkSubject returns why messages cannot be stored under a subject.
func checkSubject(subject string) error {
	if strings.ContainsAny(subject, "*> \t") || strings.HasPrefix(subject, "$") || slices.Contains(strings.Split(subject, "."), "") {
		return fmt.Errorf("topic %q: a subject has no wildcard, no blank, no $ at its start and something between two dots", subject)
	}
	return nil
}

// open connects.
func (w *brokerConn) open() (*nats.Conn, jetstream.JetStream, error) {
	conn, err := nats.Connect(w.servers, w.options...)
	if err != nil {
		return nil, nil, fmt.Errorf("connect: %w", err)
	}
	js, err := jetstream.New(conn, jetstream.WithPublishAsyncTimeout(answerWait))
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return conn, js, nil
}

// findStream creates a stream when no stream has the subject, and returns its name.
func findStream(ctx context.Context, js jetstream.JetStream, subject, about string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWait)
	defer cancel()
	name, err := js.StreamNameBySubject(ctx, subject)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		name = nameOf(subject)
		_, err = js.CreateStream(ctx, jetstream.StreamConfig{
			Name: name, Description: about, Subjects: []string{subject}, Storage: jetstream.FileStorage, MaxAge: keep,
		})
		if err != nil { // somebody else may have been faster: then the name is in use, or the subject is
			if other, failed := js.StreamNameBySubject(ctx, subject); failed == nil {
				name, err = other, nil
			}
		}
	}
	if err != nil {
		return "", fmt.Errorf("find the stream of %s: %w", subject, err)
	}
	return name, nil
}

// nameOf is a valid name of a stream or a consumer.
func nameOf(text string) string {
	return strings.NewReplacer(".", "-", "/", "-", `\`, "-", "*", "-", ">", "-").Replace(text)
}

// dialer connects to addresses that may be reached.
type dialer struct{ *dial.Dialer }

func (d dialer) Dial(network, address string) (net.Conn, error) {
	return d.DialContext(context.Background(), network, address)
}
