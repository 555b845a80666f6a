package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"holdfast.dev/holdfast/relay/signature"
)

// webhook posts a notice as Standard Webhooks 1.0.0 has it, signed as the events of sinks
// are when there is a secret. Idempotency-Key is the notice's id. The body is
//
//	{
//	  "type": "alert.firing",
//	  "timestamp": "2026-03-01T09:00:05.000Z",
//	  "data": {
//	    "id": "n-1", "tenant": "default", "rule": "low-mugs", "title": "Mugs run low",
//	    "severity": "warning", "state": "firing", "subject": "mug at berlin",
//	    "text": "Order more.", "value": "3",
//	    "at": "2026-03-01T09:00:05.000Z", "since": "2026-03-01T08:55:00.000Z",
//	    "link": "https://stock.example/console/alerts/low-mugs"
//	  }
//	}
//
// where the end of type is the state, and timestamp is at. A notice about several alerts has their number
// (count) and a list of them (items) as well.
type webhook struct {
	*poster
	to      *url.URL
	signers []signature.Signer
	now     func() time.Time
}

type webhookBody struct {
	Type      string      `json:"type"`
	Timestamp string      `json:"timestamp"`
	Data      webhookData `json:"data"`
}

type webhookData struct {
	ID       string `json:"id"`
	Tenant   string `json:"tenant"`
	Rule     string `json:"rule"`
	Title    string `json:"title"`
	Severity string `json:"severity"`
	State    string `json:"state"`
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	Value    string `json:"value"`
	At       string `json:"at"`
	Since    string `json:"since"`
	Link     string `json:"link"`
	Count    int    `json:"count,omitempty"`
	Items    []Item `json:"items,omitempty"`
}

func openWebhook(s settings, w ways) (Sender, error) {
	u, err := s.address()
	if err != nil {
		return nil, err
	}
	hook := &webhook{poster: newPoster(w, s[settingSecret]), to: u, now: w.now}
	if secret := s[settingSecret]; secret != "" {
		signer, err := signature.New(secret)
		if err != nil {
			return nil, fmt.Errorf("setting %q: %w", settingSecret, err)
		}
		hook.signers = []signature.Signer{signer}
	}
	return hook, nil
}

// Send posts the notice.
func (h *webhook) Send(ctx context.Context, n Notice) error {
	body, err := json.Marshal(webhookBody{Type: "alert." + n.State, Timestamp: moment(n.At), Data: webhookData{
		ID: n.ID, Tenant: n.Tenant, Rule: n.Rule, Title: n.Title, Severity: n.Severity, State: n.State, Subject: n.Subject,
		Text: cut(n.Text, mostText), Value: n.Value, At: moment(n.At), Since: moment(n.Since), Link: n.Link,
		Count: n.Count, Items: n.Items,
	}})
	if err != nil {
		return fmt.Errorf("write the notice: %w", err)
	}
	header := http.Header{}
	id := url.QueryEscape(n.ID) // as a header has it
	header.Set("Idempotency-Key", id)
	if len(h.signers) > 0 {
		signature.Sign(header, h.signers, id, h.now(), body)
	}
	_, err = h.post(ctx, h.to.String(), body, header)
	return err
}

// moment is a time as the API has it, "" for none.
func moment(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}
