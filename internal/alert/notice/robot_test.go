package notice_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"holdfast.dev/holdfast/internal/alert/notice"
	"holdfast.dev/holdfast/relay/signature"
)

const secret = "this is secret"

// robots are the paths of addresses of robots, with a token that no error shows.
var robots = map[string]string{
	"dingtalk": "/robot/send?access_token=t0ken", "wecom": "/cgi-bin/webhook/send?key=t0ken", "feishu": "/open-apis/bot/v2/hook/t0ken", "slack": "/services/T0/B0/t0ken",
}

func TestAWebhookIsSignedAsSinksAre(t *testing.T) {
	t.Parallel()
	const secret = "whsec_aG9sZGZhc3QtZGVtby1zZWNyZXQtMzItYnl0ZXMtMDA="
	r := newReceiver(t, http.StatusNoContent, "")
	if err := r.send(t, "webhook", "/hook?a=b", map[string]string{"secret": secret}, low()); err != nil {
		t.Fatal(err)
	}
	got := r.took(t)
	same(t, got.body, `{"type":"alert.firing","timestamp":"2026-03-01T09:00:05.000Z","data":{"id":"low-mugs/mug@berlin.7","tenant":"default",
		"rule":"low-mugs","title":"Mugs run low","severity":"warning","state":"firing","subject":"mug at berlin","text":"Order more.\nCall Ann.","value":"3",
		"at":"2026-03-01T09:00:05.000Z","since":"2026-03-01T08:55:00.000Z","link":"https://stock.example/console/alerts/low-mugs?a=1"}}`)
	h := got.request.Header
	if id := h.Get("Webhook-Id"); id != "low-mugs%2Fmug%40berlin_7" || h.Get("Idempotency-Key") != "low-mugs%2Fmug%40berlin.7" || h.Get("Webhook-Timestamp") != "1599360473" {
		t.Errorf("headers %v", h)
	}
	signer, err := signature.New(secret)
	if err != nil {
		t.Fatal(err)
	}
	if want := signature.Of([]signature.Signer{signer}, h.Get("Webhook-Id"), at, got.body); h.Get("Webhook-Signature") != want {
		t.Errorf("signature %s, want %s", h.Get("Webhook-Signature"), want)
	}
	if got.request.RequestURI != "/hook?a=b" || h.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("%s, %s", got.request.RequestURI, h.Get("Content-Type"))
	}
}

func TestAWebhookWithoutASecretIsNotSigned(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusOK, "")
	if err := r.send(t, "webhook", "", nil, low()); err != nil {
		t.Fatal(err)
	}
	if h := r.took(t).request.Header; h.Get("Webhook-Signature") != "" || h.Get("Idempotency-Key") == "" {
		t.Errorf("headers %v", h)
	}
}

// The signatures of these tests were computed by another program, after the vendors' pages.
func TestDingTalk(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusOK, `{"errcode":0,"errmsg":"ok"}`)
	if err := r.send(t, "dingtalk", robots["dingtalk"], map[string]string{"secret": secret}, low()); err != nil {
		t.Fatal(err)
	}
	got := r.took(t)
	same(t, got.body, `{"msgtype":"markdown","markdown":{"title":"[Warning] firing: Mugs run low","text":"### ［Warning］ firing: Mugs run low\n\nmug at berlin\n\nValue: 3\n\nSince: 2026-03-01 08:55:00 UTC\n\nOrder more.\n\nCall Ann.\n\n[Open in Holdfast](https://stock.example/console/alerts/low-mugs?a=1)\n\nFrom: Holdfast, default"}}`)
	want := "/robot/send?access_token=t0ken&sign=hXZTWifRGHclNuZSKxoXc%2F%2Fsh51SWfVfRIhcdeKs63I%3D&timestamp=1599360473000"
	if got.request.RequestURI != want {
		t.Errorf("asked for %s, want %s", got.request.RequestURI, want)
	}
	if err := r.send(t, "dingtalk", robots["dingtalk"], nil, low()); err != nil {
		t.Fatal(err)
	}
	if uri := r.took(t).request.RequestURI; uri != robots["dingtalk"] {
		t.Errorf("without a secret %s", uri)
	}
}

func TestWeComInChinese(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusOK, `{"errcode":0,"errmsg":"ok"}`)
	n := low()
	n.Title, n.State, n.Severity, n.Text, n.Link = "马克杯库存紧张", "resolved", "critical", "请补货。", ""
	if err := r.send(t, "wecom", robots["wecom"], map[string]string{"language": "zh"}, n); err != nil {
		t.Fatal(err)
	}
	got := r.took(t)
	same(t, got.body, `{"msgtype":"markdown","markdown":{"content":"### 【严重】已恢复：马克杯库存紧张\nmug at berlin\n当前值：3\n开始于：2026-03-01 08:55:00 UTC\n请补货。\n来源：Holdfast，default"}}`)
	if got.request.RequestURI != robots["wecom"] {
		t.Error(got.request.RequestURI)
	}
}

func TestFeishu(t *testing.T) {
	t.Parallel()
	const card = `"msg_type":"interactive","card":{"config":{"wide_screen_mode":true},
		"header":{"template":"orange","title":{"tag":"plain_text","content":"[Warning] firing: Mugs run low"}},"elements":[
		{"tag":"div","text":{"tag":"plain_text","content":"mug at berlin"}},{"tag":"div","text":{"tag":"plain_text","content":"Order more.\nCall Ann."}},
		{"tag":"div","text":{"tag":"plain_text","content":"Value: 3"}},{"tag":"div","text":{"tag":"plain_text","content":"Since: 2026-03-01 08:55:00 UTC"}},
		{"tag":"div","text":{"tag":"plain_text","content":"From: Holdfast, default"}},
		{"tag":"action","actions":[{"tag":"button","type":"default","text":{"tag":"plain_text","content":"Open in Holdfast"},"url":"https://stock.example/console/alerts/low-mugs?a=1"}]}]}`
	for name, answer := range map[string]string{"of today": `{"code":0,"msg":"success","data":{}}`, "of older robots": `{"Extra":null,"StatusCode":0,"StatusMessage":"success"}`} {
		r := newReceiver(t, http.StatusOK, answer)
		if err := r.send(t, "feishu", robots["feishu"], map[string]string{"secret": "demo"}, low()); err != nil {
			t.Fatalf("the answer %s: %v", name, err)
		}
		same(t, r.took(t).body, `{"timestamp":"1599360473","sign":"l1N0gAcBjdwBvGm1xMjOF0XSyaLRpR7tuO5dHfhAYc8=",`+card+`}`)
		if err := r.send(t, "feishu", robots["feishu"], nil, low()); err != nil {
			t.Fatal(err)
		}
		same(t, r.took(t).body, `{`+card+`}`)
	}
}

func TestSlack(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusOK, "ok")
	n := low()
	n.Title, n.Text = "<!channel> R&D", ""
	if err := r.send(t, "slack", robots["slack"], nil, n); err != nil {
		t.Fatal(err)
	}
	same(t, r.took(t).body, `{"text":"[Warning] firing: &lt;!channel&gt; R&amp;D","mrkdwn":false,"blocks":[
		{"type":"header","text":{"type":"plain_text","emoji":false,"text":"[Warning] firing: &lt;!channel&gt; R&amp;D"}},
		{"type":"section","text":{"type":"plain_text","emoji":false,"text":"mug at berlin"}},{"type":"section","text":{"type":"plain_text","emoji":false,"text":"Value: 3"}},
		{"type":"section","text":{"type":"plain_text","emoji":false,"text":"Since: 2026-03-01 08:55:00 UTC"}},
		{"type":"section","text":{"type":"plain_text","emoji":false,"text":"From: Holdfast, default"}},
		{"type":"actions","elements":[{"type":"button","text":{"type":"plain_text","emoji":false,"text":"Open in Holdfast"},"url":"https://stock.example/console/alerts/low-mugs?a=1"}]}]}`)
}

func TestAnswersSayWhetherToTryAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, kind string
		status     int
		answer     string
		permanent  bool
		wants      string
	}{
		{"a signature that does not fit", "dingtalk", 200, `{"errcode":310000,"errmsg":"sign not match"}`, true, "310000: sign not match"},
		{"a token that is not known", "dingtalk", 200, `{"errcode":300001,"errmsg":"token is not exist"}`, true, "300001"},
		{"too many calls of DingTalk", "dingtalk", 200, `{"errcode":130101,"errmsg":"send too fast, exceed 20 times per minute"}`, false, "130101"},
		{"a system that is busy", "dingtalk", 200, `{"errcode":-1,"errmsg":"busy"}`, false, "-1: busy"},
		{"a key that is not known", "wecom", 200, `{"errcode":93000,"errmsg":"invalid webhook url"}`, true, "93000"},
		{"too many calls of WeCom", "wecom", 200, `{"errcode":45009,"errmsg":"api freq out of limit"}`, false, "45009"},
		{"a code that nobody knows", "wecom", 200, `{"errcode":77777,"errmsg":"?"}`, false, "77777"},
		{"a signature that does not fit Feishu", "feishu", 200, `{"code":19021,"msg":"sign match fail"}`, true, "19021"},
		{"a keyword that is missing", "feishu", 200, `{"code":19024,"msg":"Key Words Not Found"}`, true, "19024"},
		{"too many calls of Feishu", "feishu", 200, `{"code":11232,"msg":"frequency limited"}`, false, "11232"},
		{"too many calls of older robots", "feishu", 200, `{"StatusCode":9499,"StatusMessage":"too many request"}`, false, "9499"},
		{"a 400 with a code that says more", "feishu", 400, `{"code":19001,"msg":"param invalid"}`, true, "400"},
		{"a page instead of an answer", "wecom", 200, `<html>`, false, "no JSON"},
		{"an answer without a code", "dingtalk", 200, `{}`, false, "without a code"},
		{"a webhook that is gone", "slack", 404, `no_service`, true, "404: no_service"},
		{"too many calls of Slack", "slack", 429, `rate_limited`, false, "429"},
		{"another word than ok", "slack", 200, `maybe`, false, "maybe"},
		{"a failure of the server", "slack", 500, `rollup_error`, false, "500"},
		{"a receiver that took too long", "slack", 408, ``, false, "408"},
		{"an answer that repeats the token, in many lines", "slack", 403, "no\r\n\x1b[31m t0ken T0/B0/t0ken " + strings.Repeat("x", 1000), true, "403: no"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := newReceiver(t, test.status, test.answer).send(t, test.kind, robots[test.kind], nil, low())
			if err == nil || notice.Permanent(err) != test.permanent || !strings.Contains(err.Error(), test.wants) {
				t.Fatalf("got %v (permanent: %v), want %q (permanent: %v)", err, notice.Permanent(err), test.wants, test.permanent)
			}
			if len(err.Error()) > 300 || strings.ContainsAny(err.Error(), "\r\n\x1b") || strings.Contains(err.Error(), "t0ken") {
				t.Errorf("the error shows too much: %q", err)
			}
		})
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, http.StatusTemporaryRedirect, "")
	if err := r.send(t, "slack", robots["slack"], nil, low()); !notice.Permanent(err) {
		t.Errorf("got %v", err)
	}
	if r.took(t); len(r.got) != 0 {
		t.Error("it was followed")
	}
}

func TestPrivateAddressesAreForTheOperator(t *testing.T) {
	t.Parallel()
	for kind, path := range robots {
		s, err := notice.New(kind, map[string]string{"url": "https://127.0.0.1:9" + path})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Send(t.Context(), low()); err == nil || !strings.Contains(err.Error(), "--webhook-allow") || notice.Permanent(err) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: %v", kind, err)
		}
	}
	s, err := notice.New("email", map[string]string{"host": "127.0.0.1", "from": "a@shop.example", "to": "b@shop.example"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Send(t.Context(), low()); err == nil || !strings.Contains(err.Error(), "--webhook-allow") || notice.Permanent(err) {
		t.Errorf("email: %v", err)
	}
}

func TestAReceiverThatIsAwayIsTriedAgainAndItsAddressIsNotShown(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, 200, "ok")
	r.Close()
	for kind, path := range robots {
		if err := r.send(t, kind, path, nil, low()); err == nil || notice.Permanent(err) || strings.Contains(err.Error(), "t0ken") {
			t.Errorf("%s: %v", kind, err)
		}
	}
}

func TestAMomentThatIsMissingIsNotShown(t *testing.T) {
	t.Parallel()
	r := newReceiver(t, 200, "")
	n := low()
	n.Since = time.Time{}
	if err := r.send(t, "webhook", "", nil, n); err != nil {
		t.Fatal(err)
	}
	var body struct{ Data map[string]string }
	if err := json.Unmarshal(r.took(t).body, &body); err != nil || body.Data["since"] != "" {
		t.Errorf("%v, %v", body, err)
	}
}
