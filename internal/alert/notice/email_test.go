package notice_test

import (
	"context"
	"encoding/base64"
	"io"
	"maps"
	"mime"
	"net"
	"net/mail"
	"slices"
	"strings"
	"testing"

	"holdfast.dev/holdfast/internal/alert/notice"
)

// mailBy sends a notice by a mail server.
func mailBy(ctx context.Context, t *testing.T, s *mailServer, more map[string]string, n notice.Notice) error {
	t.Helper()
	host, port, err := net.SplitHostPort(s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	given := map[string]string{"host": host, "port": port, "from": "Holdfast <alerts@shop.example>", "to": "ann@shop.example, 安妮 <anni@shop.example>, ann@shop.example"}
	maps.Copy(given, more)
	sender, err := notice.Senders(here(t, s.cert)...)("email", given)
	if err != nil {
		t.Fatal(err)
	}
	return sender.Send(ctx, n)
}

func TestAMailIsEncryptedAndSignedInAsTheServerOffers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		server mailServer
		given  map[string]string
		signed string
		secure bool
	}{
		{"STARTTLS and PLAIN", mailServer{starttls: true, methods: "LOGIN PLAIN"}, map[string]string{"username": "me", "password": "pass wörd"}, "me:pass wörd", true},
		{"STARTTLS and LOGIN", mailServer{starttls: true, methods: "LOGIN"}, map[string]string{"username": "me", "password": "word"}, "me:word", true},
		{"TLS from the first byte", mailServer{implicit: true, methods: "PLAIN"}, map[string]string{"tls": "implicit", "username": "me", "password": "word"}, "me:word", true},
		{"nothing of both on this machine", mailServer{}, map[string]string{"tls": "none"}, "", false},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := test.server.start(t)
			if err := mailBy(t.Context(), t, s, test.given, low()); err != nil {
				t.Fatal(err)
			}
			s.letter(t)
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.signed != test.signed || s.secure != test.secure {
				t.Errorf("signed in as %q, encrypted: %v", s.signed, s.secure)
			}
		})
	}
}

func TestAMailCanBeReadInChinese(t *testing.T) {
	t.Parallel()
	s := (&mailServer{starttls: true}).start(t)
	n := low()
	n.Title, n.Text = "马克杯库存紧张："+strings.Repeat("很长的标题", 8), "请补货。\n.\n打电话给安妮。"
	if err := mailBy(t.Context(), t, s, map[string]string{"language": "zh"}, n); err != nil {
		t.Fatal(err)
	}
	letter := s.letter(t)
	for line := range strings.Lines(letter) {
		if len(line) > 78 || strings.ContainsFunc(line, func(r rune) bool { return r > '~' }) {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	m, err := mail.ReadMessage(strings.NewReader(letter))
	if err != nil {
		t.Fatal(err)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(m.Header.Get("Subject"))
	if want := "【警告】告警中：" + n.Title + ", mug at berlin"; err != nil || subject != want {
		t.Errorf("subject %q, want %q (%v)", subject, want, err)
	}
	body, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, m.Body))
	want := "【警告】告警中：" + n.Title + "\n\nmug at berlin\n请补货。\n.\n打电话给安妮。\n当前值：3\n开始于：2026-03-01 08:55:00 UTC\n来源：Holdfast，default\nhttps://stock.example/console/alerts/low-mugs?a=1\n"
	if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || got != want {
		t.Errorf("body %q, want %q (%v)", got, want, err)
	}
	to, err := m.Header.AddressList("To")
	if err != nil || len(to) != 2 || to[1].Name != "安妮" {
		t.Errorf("to %v (%v)", to, err)
	}
	if got := s.recipients(); !slices.Equal(got, []string{"RCPT TO:<ann@shop.example>", "RCPT TO:<anni@shop.example>"}) {
		t.Errorf("recipients %q", got)
	}
	if id := m.Header.Get("Message-Id"); !strings.HasPrefix(id, "<holdfast.") || !strings.HasSuffix(id, "@shop.example>") {
		t.Errorf("id %s", id)
	}
	if date, err := m.Header.Date(); err != nil || !date.Equal(n.At) {
		t.Errorf("date %v (%v)", date, err)
	}
}

func TestAMailThatIsSentAgainHasTheSameID(t *testing.T) {
	t.Parallel()
	id := func(n notice.Notice) string {
		s := (&mailServer{starttls: true}).start(t)
		if err := mailBy(t.Context(), t, s, nil, n); err != nil {
			t.Fatal(err)
		}
		m, err := mail.ReadMessage(strings.NewReader(s.letter(t)))
		if err != nil {
			t.Fatal(err)
		}
		return m.Header.Get("Message-Id")
	}
	other := low()
	other.ID = "low-mugs/mug@berlin.8"
	first, again := id(low()), id(low())
	if first != again || first == id(other) {
		t.Error("the id of a mail is not that of the notice")
	}
}

func TestMailServersThatRefuse(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		server    mailServer
		given     map[string]string
		permanent bool
		wants     string
		arrives   bool
	}{
		{"a server without STARTTLS", mailServer{}, nil, true, "STARTTLS", false},
		{"a wrong password", mailServer{starttls: true, methods: "PLAIN", refuses: map[string]string{"AUTH": "535 5.7.8 s3same AHVzZXIAczNzYW1l is wrong"}}, map[string]string{"username": "user", "password": "s3same"}, true, "sign in: 535", false},
		{"a server that signs in otherwise", mailServer{starttls: true, methods: "GSSAPI"}, map[string]string{"username": "user", "password": "s3same"}, true, "PLAIN nor LOGIN", false},
		{"a sender that is refused for ever", mailServer{starttls: true, refuses: map[string]string{"MAIL": "550 no"}}, nil, true, "550", false},
		{"a server that has too much to do", mailServer{starttls: true, refuses: map[string]string{"MAIL": "451 later"}}, nil, false, "451", false},
		{"no recipient is known", mailServer{starttls: true, refuses: map[string]string{"RCPT": "550 who"}}, nil, true, "550", false},
		{"one of two is unknown", mailServer{starttls: true, refuses: map[string]string{"RCPT TO:<anni": "550 who"}}, nil, true, "1 of 2", true},
		{"one of two is to wait", mailServer{starttls: true, refuses: map[string]string{"RCPT TO:<anni": "450 greylisted"}}, nil, false, "1 of 2", true},
	}
	for i := range tests {
		test := &tests[i]
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := test.server.start(t)
			err := mailBy(t.Context(), t, s, test.given, low())
			if err == nil || notice.Permanent(err) != test.permanent || !strings.Contains(err.Error(), test.wants) {
				t.Fatalf("got %v (permanent: %v)", err, notice.Permanent(err))
			}
			if strings.Contains(err.Error(), "s3same") {
				t.Errorf("the password is shown: %v", err)
			}
			if test.arrives {
				s.letter(t)
			}
		})
	}
}

func TestACertificateOfAnotherIsRefused(t *testing.T) {
	t.Parallel()
	s := (&mailServer{starttls: true}).start(t)
	s.cert = nil // the sender trusts what the machine does
	if err := mailBy(t.Context(), t, s, nil, low()); err == nil || notice.Permanent(err) {
		t.Errorf("got %v", err)
	}
}

func TestAMailServerThatSaysNothingIsLeftWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, leave := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		leave()
		_, _ = conn.Read(make([]byte, 1)) // until the sender goes
	}()
	s := &mailServer{Listener: l}
	if err := mailBy(ctx, t, s, nil, low()); err == nil || notice.Permanent(err) {
		t.Errorf("got %v", err)
	}
	<-done
}
