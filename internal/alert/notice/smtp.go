package notice

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"time"

	"holdfast.dev/holdfast/relay/dial"
)

// mailServer is a server that takes mails (RFC 5321).
type mailServer struct {
	host, port, tls string
	user, password  string // "" when it asks for none
	trust           *tls.Config
	dialer          *dial.Dialer
}

// envelope has the sender and the recipients of a mail, as the client sends
// them to the server.
type envelope struct {
	from   string
	to     []string
	domain string // that the client greets with
}

// mailTime is how long a mail may take.
const mailTime = 30 * time.Second

// send hands a mail over. When the server refuses some of the recipients the others get
// it, and the error says how many do not.
func (s *mailServer) send(ctx context.Context, e envelope, letter []byte) error {
	ctx, cancel := context.WithTimeout(ctx, mailTime)
	defer cancel()
	conn, err := s.connect(ctx)
	if err != nil {
		return &failure{err: fmt.Errorf("connect to the mail server: %w", err)}
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	c, err := smtp.NewClient(bounded{conn, io.LimitReader(conn, mostAnswer)}, s.host)
	if err != nil {
		return explainRefusal("greet", err)
	}
	if err := s.startSession(c, e.domain); err != nil {
		return err
	}
	if err := c.Mail(e.from); err != nil {
		return explainRefusal("say who it is from", err)
	}
	var missed []error
	for _, to := range e.to {
		if err := c.Rcpt(to); err != nil {
			missed = append(missed, explainRefusal("say who it is for", err))
		}
	}
	if len(missed) == len(e.to) {
		return missed[0]
	}
	w, err := c.Data()
	if err != nil {
		return explainRefusal("begin the mail", err)
	}
	if _, err := w.Write(letter); err != nil {
		return explainRefusal("send the mail", err)
	}
	if err := w.Close(); err != nil {
		return explainRefusal("send the mail", err)
	}
	_ = c.Quit() // the server has the mail
	if len(missed) > 0 {
		again := slices.ContainsFunc(missed, func(err error) bool { return !Permanent(err) })
		return &failure{fmt.Errorf("%d of %d recipients were refused: %w", len(missed), len(e.to), missed[0]), !again}
	}
	return nil
}

func (s *mailServer) connect(ctx context.Context) (net.Conn, error) {
	at := net.JoinHostPort(s.host, s.port)
	if s.tls != tlsImplicit {
		return s.dialer.DialContext(ctx, "tcp", at)
	}
	return s.dialer.DialTLS(ctx, "tcp", at, s.secure())
}

func (s *mailServer) secure() *tls.Config {
	c := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.trust != nil {
		c = s.trust.Clone()
	}
	c.ServerName = s.host
	return c
}

// startSession greets, encrypts and signs in.
func (s *mailServer) startSession(c *smtp.Client, domain string) error {
	if err := c.Hello(domain); err != nil {
		return explainRefusal("greet", err)
	}
	if s.tls == tlsStart {
		if ok, _ := c.Extension("STARTTLS"); !ok {
			return &failure{fmt.Errorf("the mail server offers no STARTTLS: set %q to %s", settingTLS, tlsImplicit), true}
		}
		if err := c.StartTLS(s.secure()); err != nil {
			return explainRefusal("encrypt", err)
		}
	}
	if s.user == "" {
		return nil
	}
	if err := c.Auth(&signIn{user: s.user, password: s.password}); err != nil {
		return explainRefusal("sign in", err)
	}
	return nil
}

// explainRefusal returns what went wrong in a step. The server says by the code whether it stays so.
func explainRefusal(step string, err error) error {
	answer, ok := errors.AsType[*textproto.Error](err)
	return &failure{fmt.Errorf("%s: %w", step, err), errors.Is(err, errNoMethod) || ok && answer.Code >= 500}
}

// bounded is a connection of which no more than a bound is read.
type bounded struct {
	net.Conn
	answers io.Reader
}

func (b bounded) Read(to []byte) (int, error) { return b.answers.Read(to) }

// signIn is PLAIN, or LOGIN where the server has no PLAIN. New sees to it that it is
// encrypted, or that somebody said it need not be.
type signIn struct {
	user, password string
	plain          bool
	asked          int
}

var errNoMethod = errors.New("the mail server offers neither PLAIN nor LOGIN")

// Start chooses the method.
func (s *signIn) Start(server *smtp.ServerInfo) (method string, first []byte, err error) {
	switch {
	case slices.Contains(server.Auth, "PLAIN"):
		s.plain = true
		return "PLAIN", bytes.Join([][]byte{nil, []byte(s.user), []byte(s.password)}, []byte{0}), nil
	case slices.Contains(server.Auth, "LOGIN"):
		return "LOGIN", nil, nil
	}
	return "", nil, errNoMethod
}

// Next answers what LOGIN asks: the user, then the password.
func (s *signIn) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	s.asked++
	switch {
	case s.plain || s.asked > 2:
		return nil, errors.New("the mail server asks for more than a user and a password")
	case s.asked == 1:
		return []byte(s.user), nil
	}
	return []byte(s.password), nil
}
