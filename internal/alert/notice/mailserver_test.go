package notice_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"net"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mailServer is a small mail server on this machine.
type mailServer struct {
	starttls, implicit bool
	methods            string            // of AUTH, "" for none
	refuses            map[string]string // what the server answers to a command that begins so

	net.Listener
	cert *x509.Certificate
	keys *tls.Config

	mu      sync.Mutex
	secure  bool   // when it was signed in, or the mail came
	signed  string // user and password
	said    []string
	letters []string
}

func (s *mailServer) start(t *testing.T) *mailServer {
	t.Helper()
	keys := httptest.NewTLSServer(nil)
	keys.Close()
	s.keys, s.cert = &tls.Config{Certificates: keys.TLS.Certificates, MinVersion: tls.VersionTLS12}, keys.Certificate()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Listener = l
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); serving.Wait() })
	return s
}

func (s *mailServer) serve(raw net.Conn) {
	defer raw.Close()
	conn := raw
	if s.implicit {
		conn = tls.Server(raw, s.keys)
	}
	text := textproto.NewConn(conn)
	encrypted := s.implicit
	_ = text.PrintfLine("220 mail.shop.example")
	for {
		line, err := text.ReadLine()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.said = append(s.said, line)
		s.secure = encrypted
		s.mu.Unlock()
		if answer := s.refusal(line); answer != "" {
			_ = text.PrintfLine("%s", answer)
			continue
		}
		switch verb, rest, _ := strings.Cut(line, " "); verb {
		case "EHLO":
			answers := []string{"mail.shop.example"}
			if s.starttls && !encrypted {
				answers = append(answers, "STARTTLS")
			} else if s.methods != "" {
				answers = append(answers, "AUTH "+s.methods)
			}
			for i, a := range answers {
				_ = text.PrintfLine("250%s%s", map[bool]string{true: " ", false: "-"}[i == len(answers)-1], a)
			}
		case "STARTTLS":
			_ = text.PrintfLine("220 go ahead")
			conn, encrypted = tls.Server(raw, s.keys), true
			text = textproto.NewConn(conn)
		case "AUTH":
			s.authenticate(text, rest)
		case "DATA":
			_ = text.PrintfLine("354 go ahead")
			letter, err := text.ReadDotBytes()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.letters = append(s.letters, string(letter))
			s.mu.Unlock()
			_ = text.PrintfLine("250 queued")
		case "QUIT":
			_ = text.PrintfLine("221 bye")
			return
		default:
			_ = text.PrintfLine("250 ok")
		}
	}
}

func (s *mailServer) refusal(line string) string {
	for begin, answer := range s.refuses {
		if strings.HasPrefix(line, begin) {
			return answer
		}
	}
	return ""
}

func (s *mailServer) authenticate(text *textproto.Conn, rest string) {
	decode := func(in string) string { b, _ := base64.StdEncoding.DecodeString(in); return string(b) }
	var signed string
	if method, first, _ := strings.Cut(rest, " "); method == "PLAIN" {
		signed = strings.ReplaceAll(strings.TrimPrefix(decode(first), "\x00"), "\x00", ":")
	} else {
		_ = text.PrintfLine("334 %s", base64.StdEncoding.EncodeToString([]byte("Username:")))
		user, _ := text.ReadLine()
		_ = text.PrintfLine("334 %s", base64.StdEncoding.EncodeToString([]byte("Password:")))
		password, _ := text.ReadLine()
		signed = decode(user) + ":" + decode(password)
	}
	s.mu.Lock()
	s.signed = signed
	s.mu.Unlock()
	_ = text.PrintfLine("235 welcome")
}

// letter is the one mail that came.
func (s *mailServer) letter(t *testing.T) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.letters) != 1 {
		t.Fatalf("%d mails came, said was %q", len(s.letters), s.said)
	}
	return s.letters[0]
}

// recipients are those that the server received.
func (s *mailServer) recipients() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.said), func(line string) bool { return !strings.HasPrefix(line, "RCPT") })
}
