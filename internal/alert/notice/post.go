package notice

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	// timeout is how long a receiver may take.
	timeout = 15 * time.Second
	// mostAnswer is how much of an answer is read.
	mostAnswer = 64 << 10
)

// poster posts JSON to a receiver.
type poster struct {
	client  *http.Client
	secrets []string // that an answer may repeat and nobody is to see
}

func newPoster(w ways, secrets ...string) *poster {
	return &poster{client: w.allowed.Client(timeout, w.trust), secrets: secrets}
}

// post sends a body and returns what was answered with 2xx.
func (p *poster) post(ctx context.Context, to string, body []byte, header http.Header) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, withoutAddress(err)
	}
	for name, values := range header {
		req.Header[name] = values
	}
	req.Header.Set("Content-Type", "application/json; charset=utf-8")
	req.Header.Set("User-Agent", "Holdfast")
	req.Close = true // the next notice is minutes away
	res, err := p.client.Do(req)
	if err != nil {
		return nil, withoutAddress(err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, mostAnswer))
	if err != nil {
		return nil, withoutAddress(err)
	}
	if res.StatusCode < 200 || res.StatusCode > 299 {
		return nil, &failure{p.answered(fmt.Sprint(res.StatusCode), string(answer)), permanentStatus(res.StatusCode)}
	}
	return answer, nil
}

// answered is an error with what the receiver said.
func (p *poster) answered(code, text string) error {
	if text = shortAnswer(text, p.secrets); text != "" {
		return fmt.Errorf("the receiver answered %s: %s", code, text)
	}
	return fmt.Errorf("the receiver answered %s", code)
}

// robot posts a message and reads the code that the answer has. forever are the codes that
// stay until somebody changes the robot or its settings.
func (p *poster) robot(ctx context.Context, to string, message any, forever map[int]bool) error {
	var body bytes.Buffer
	write := json.NewEncoder(&body)
	write.SetEscapeHTML(false) // robots count bytes
	if err := write.Encode(message); err != nil {
		return fmt.Errorf("write the message: %w", err)
	}
	answer, err := p.post(ctx, to, body.Bytes(), nil)
	if err != nil {
		return err
	}
	var a struct {
		Errcode *int   `json:"errcode"` // DingTalk, WeCom
		Errmsg  string `json:"errmsg"`
		Code    *int   `json:"code"` // Feishu
		Msg     string `json:"msg"`
		Status  *int   `json:"StatusCode"` // Feishu, of older robots
		Message string `json:"StatusMessage"`
	}
	if json.Unmarshal(answer, &a) != nil {
		return &failure{err: p.answered("no JSON", string(answer))}
	}
	for _, said := range []struct {
		code *int
		text string
	}{{a.Errcode, a.Errmsg}, {a.Code, a.Msg}, {a.Status, a.Message}} {
		switch {
		case said.code == nil:
		case *said.code == 0:
			return nil
		default:
			return &failure{p.answered(fmt.Sprint(*said.code), said.text), forever[*said.code]}
		}
	}
	return &failure{err: errors.New("the receiver answered without a code: it is no such robot")}
}

// withQuery returns an address with more in its query.
func withQuery(u *url.URL, values map[string]string) string {
	to := *u
	q := to.Query()
	for name, value := range values {
		q.Set(name, value)
	}
	to.RawQuery = q.Encode()
	return to.String()
}
