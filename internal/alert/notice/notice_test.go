package notice_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/relay/dial"
)

// low is a notice with all that one can have.
func low() notice.Notice {
	return notice.Notice{
		ID: "low-mugs/mug@berlin.7", Tenant: "default", Rule: "low-mugs", Title: "Mugs run low", Severity: "warning", State: "firing",
		Subject: "mug at berlin", Text: "Order more.\nCall Ann.", Value: "3",
		At: time.Date(2026, 3, 1, 9, 0, 5, 0, time.UTC), Since: time.Date(2026, 3, 1, 8, 55, 0, 0, time.UTC), Link: "https://stock.example/console/alerts/low-mugs?a=1",
	}
}

// received is a call that a receiver got.
type received struct {
	request *http.Request
	body    []byte
}

// receiver is an HTTPS server that keeps what it receives and answers with status and
// answer.
type receiver struct {
	*httptest.Server
	status int
	answer string
	got    chan received
}

func newReceiver(t *testing.T, status int, answer string) *receiver {
	t.Helper()
	r := &receiver{status: status, answer: answer, got: make(chan received, 4)}
	r.Server = httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			t.Error(err)
		}
		r.got <- received{q, body}
		w.WriteHeader(r.status)
		_, _ = io.WriteString(w, r.answer)
	}))
	t.Cleanup(r.Close)
	return r
}

// at is the time that signatures of tests have.
var at = time.Unix(1599360473, 0)

// here lets senders reach servers of this machine, which have a certificate of cert.
func here(t *testing.T, cert *x509.Certificate) []notice.Option {
	t.Helper()
	allowed, err := dial.Parse([]string{"127.0.0.0/8"})
	if err != nil {
		t.Fatal(err)
	}
	opts := []notice.Option{notice.WithAllowed(allowed), notice.WithClock(func() time.Time { return at })}
	if cert != nil {
		pool := x509.NewCertPool()
		pool.AddCert(cert)
		opts = append(opts, notice.WithTrust(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}))
	}
	return opts
}

// send sends a notice to a receiver whose address ends in path.
func (r *receiver) send(t *testing.T, kind, path string, more map[string]string, n notice.Notice) error {
	t.Helper()
	given := map[string]string{"url": r.URL + path}
	maps.Copy(given, more)
	s, err := notice.Senders(here(t, r.Certificate())...)(kind, given)
	if err != nil {
		t.Fatal(err)
	}
	return s.Send(t.Context(), n)
}

// took is the one call that the receiver got.
func (r *receiver) took(t *testing.T) received {
	t.Helper()
	select {
	case got := <-r.got:
		return got
	default:
		t.Fatal("nothing was sent")
		return received{}
	}
}

// same compares JSON.
func same(t *testing.T, got []byte, want string) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(got, &a); err != nil {
		t.Fatalf("%s: %v", got, err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	x, _ := json.MarshalIndent(a, "", " ")
	y, _ := json.MarshalIndent(b, "", " ")
	if string(x) != string(y) {
		t.Errorf("got %s\nwant %s", x, y)
	}
}

func TestEveryKindSaysWhatItIsTold(t *testing.T) {
	t.Parallel()
	if got := notice.Kinds(); !slices.Equal(got, []string{"dingtalk", "email", "feishu", "slack", "webhook", "wecom"}) {
		t.Errorf("kinds %v", got)
	}
	for _, kind := range notice.Kinds() {
		for _, s := range notice.Settings(kind) {
			hides := s.Name == "secret" || s.Name == "password" || s.Name == "url" && kind != "webhook"
			if s.Secret != hides {
				t.Errorf("%s: %s is secret: %v", kind, s.Name, s.Secret)
			}
		}
	}
	if notice.Settings("pigeon") != nil {
		t.Error("a kind that nobody knows has settings")
	}
}

func TestSettingsThatAreWrongAreNamed(t *testing.T) {
	t.Parallel()
	const token = "t0ken-that-nobody-sees"
	mail := func(more ...string) map[string]string {
		m := map[string]string{"host": "smtp.shop.example", "from": "a@shop.example", "to": "b@shop.example"}
		for i := 0; i < len(more); i += 2 {
			m[more[i]] = more[i+1]
		}
		return m
	}
	tests := []struct {
		name, kind string
		given      map[string]string
		wants      string // "" when they are right
	}{
		{"a kind that nobody knows", "pigeon", nil, "dingtalk, email, feishu"},
		{"an address is missing", "slack", nil, `"url"`},
		{"a setting that the kind has not", "wecom", map[string]string{"url": "https://a.example/?key=" + token, "secret": token}, `"secret"`},
		{"an address without TLS", "slack", map[string]string{"url": "http://chat.example/" + token}, `"insecure"`},
		{"an address without TLS that somebody said is fine", "slack", map[string]string{"url": "http://chat.example/" + token, "insecure": "true"}, ""},
		{"an address of this machine without TLS", "slack", map[string]string{"url": "http://127.0.0.1:8080/" + token}, ""},
		{"an address with a password", "webhook", map[string]string{"url": "https://me:" + token + "@shop.example"}, `"url"`},
		{"no address at all", "webhook", map[string]string{"url": "%zz" + token}, `"url"`},
		{"neither yes nor no", "webhook", map[string]string{"url": "https://shop.example", "insecure": token}, `"insecure"`},
		{"a secret that is none", "webhook", map[string]string{"url": "https://shop.example", "secret": token}, `"secret"`},
		{"DingTalk without a token", "dingtalk", map[string]string{"url": "https://oapi.dingtalk.com/robot/send?token=" + token}, "access_token"},
		{"WeCom without a key", "wecom", map[string]string{"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?k=" + token}, "key="},
		{"Feishu with another path", "feishu", map[string]string{"url": "https://open.feishu.cn/" + token}, "open-apis"},
		{"a language that nobody knows", "slack", map[string]string{"url": "https://chat.example/" + token, "language": "fr"}, `"language"`},
		{"a mail that is complete", "email", mail(), ""},
		{"a mail server with a path", "email", mail("host", "shop.example/smtp"), `"host"`},
		{"a port that is none", "email", mail("port", "smtp"), `"port"`},
		{"a port that is too high", "email", mail("port", "65536"), `"port"`},
		{"TLS that is none", "email", mail("tls", "ssl"), `"tls"`},
		{"a mail server without TLS", "email", mail("tls", "none"), `"insecure"`},
		{"a mail server without TLS on this machine", "email", mail("tls", "none", "host", "localhost"), ""},
		{"a password without a user", "email", mail("password", token), `"username"`},
		{"a user without a password", "email", mail("username", "me"), `"password"`},
		{"a sender that could begin a header", "email", mail("from", "a@shop.example\r\nBcc: c@shop.example"), `"from"`},
		{"a recipient that is none", "email", mail("to", "b@shop.example, "+token), `"to"`},
		{"a recipient outside ASCII", "email", mail("to", "安@shop.example"), `"to"`},
		{"too many recipients", "email", mail("to", strings.Repeat("b@shop.example,", 50)+"c@shop.example"), "51"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := notice.New(test.kind, test.given)
			if test.wants == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.wants) || strings.Contains(err.Error(), token) {
				t.Errorf("got %v, want one with %s and without what was given", err, test.wants)
			}
		})
	}
}
